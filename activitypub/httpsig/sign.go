// SPDX-License-Identifier: EUPL-1.2

package httpsig

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"net/http"
	"time"

	"github.com/dunglas/httpsfv"
)

// Signer signs outgoing requests with the RSA key of one actor. It is a value
// and safe for concurrent use.
type Signer struct {
	KeyID string // `<actor>#main-key`
	Key   *rsa.PrivateKey
}

// Sign signs r, which must have its final URL, and sets Date, the digest of a
// body and the signature headers (spec: federation.md 4.1). Signing again
// replaces an earlier signature, so one request can climb the ladder of
// schemes. body is what r will send; nil for GET.
func (s Signer) Sign(r *http.Request, body []byte, now time.Time, scheme Scheme) error {
	if s.Key == nil || s.Key.N.BitLen() < 2048 || s.Key.N.BitLen() > 8192 {
		return ErrKey
	}
	for _, name := range []string{"Signature", "Signature-Input", "Digest", "Content-Digest"} {
		r.Header.Del(name)
	}
	r.Header.Set("Date", now.UTC().Format(http.TimeFormat))
	m := message{method: r.Method, target: r.URL.RequestURI(), host: r.Host, header: r.Header}
	if m.host == "" {
		m.host = r.URL.Host
	}
	switch scheme {
	case CavageWithoutQuery:
		m.target = m.withoutQuery()
		return s.signCavage(m, r, body)
	case RFC9421:
		return s.signRFC9421(m, r, body, now)
	default:
		return s.signCavage(m, r, body)
	}
}

// signRFC9421 covers @method, @target-uri and the digest of a body.
func (s Signer) signRFC9421(m message, r *http.Request, body []byte, now time.Time) error {
	names := []string{"@method", "@target-uri"}
	if m.needsDigest(body) {
		names = append(names, "content-digest")
		r.Header.Set("Content-Digest", contentDigest(body))
	}
	list := s.signatureInput(names, now)
	base, err := signatureBase(m, names, list, Policy{BaseURL: r.URL.Scheme + "://" + m.host})
	if err != nil {
		return err
	}
	sum := sha256.Sum256(base)
	value, err := rsa.SignPKCS1v15(nil, s.Key, crypto.SHA256, sum[:])
	if err != nil {
		return fmt.Errorf("signing: %w", err)
	}
	return setMessageSignature(r.Header, list, value)
}

func (s Signer) signatureInput(names []string, now time.Time) httpsfv.InnerList {
	list := httpsfv.InnerList{Params: httpsfv.NewParams()}
	for _, name := range names {
		list.Items = append(list.Items, httpsfv.NewItem(name))
	}
	list.Params.Add("created", now.Unix())
	list.Params.Add("keyid", s.KeyID)
	list.Params.Add("alg", algRSA)
	return list
}

func setMessageSignature(h http.Header, list httpsfv.InnerList, value []byte) error {
	for name, member := range map[string]httpsfv.Member{
		"Signature-Input": list,
		"Signature":       httpsfv.NewItem(value),
	} {
		dict := httpsfv.NewDictionary()
		dict.Add("sig1", member)
		text, err := httpsfv.Marshal(dict)
		if err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
		h.Set(name, text)
	}
	return nil
}
