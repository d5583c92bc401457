// SPDX-License-Identifier: EUPL-1.2

package plainpeer

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Digest is the value of the Digest header for a body.
func Digest(body []byte) string {
	sum := sha256.Sum256(body)
	return "SHA-256=" + base64.StdEncoding.EncodeToString(sum[:])
}

// SigningString is what draft-cavage signs (section 2.3): one line per covered
// field. Parameters holds created and expires where they are covered.
func SigningString(r *http.Request, covered []string, parameters map[string]string) string {
	lines := make([]string, len(covered))
	for i, name := range covered {
		value := ""
		switch name {
		case "(request-target)":
			value = strings.ToLower(r.Method) + " " + r.URL.RequestURI()
		case "(created)", "(expires)":
			value = parameters[strings.Trim(name, "()")]
		case "host":
			value = r.Host
		default:
			value = strings.Join(r.Header.Values(name), ", ")
		}
		lines[i] = name + ": " + value
	}
	return strings.Join(lines, "\n")
}

// SignText makes an RSA-SHA256 signature in base64.
func SignText(key *rsa.PrivateKey, text string) (string, error) {
	sum := sha256.Sum256([]byte(text))
	raw, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("signing: %w", err)
	}
	return base64.StdEncoding.EncodeToString(raw), nil
}

// sign adds Date, Digest (for a body) and Signature.
func (s *Server) sign(r *http.Request, body []byte, user string) error {
	r.Header.Set("Date", s.now().UTC().Format(http.TimeFormat))
	covered := []string{"(request-target)", "host", "date"}
	if body != nil {
		r.Header.Set("Digest", Digest(body))
		covered = append(covered, "digest")
	}
	value, err := SignText(s.key, SigningString(r, covered, nil))
	if err != nil {
		return err
	}
	r.Header.Set("Signature", fmt.Sprintf(`keyId="%s#main-key",algorithm="rsa-sha256",headers="%s",signature="%s"`,
		s.Actor(user), strings.Join(covered, " "), value))
	return nil
}

// verify checks a request to an inbox and gives the actor whose key signed it.
func (s *Server) verify(r *http.Request, body []byte) (string, error) {
	fields := signatureFields(r.Header.Get("Signature"))
	covered := strings.Fields(fields["headers"])
	for _, must := range []string{"(request-target)", "host", "date", "digest"} {
		if !slices.Contains(covered, must) {
			return "", fmt.Errorf("signature does not cover %s", must)
		}
	}
	if fields["algorithm"] != "rsa-sha256" {
		return "", fmt.Errorf("algorithm %q", fields["algorithm"])
	}
	if got := r.Header.Get("Digest"); got != Digest(body) {
		return "", fmt.Errorf("digest %q is not that of the body", got)
	}
	date, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil || s.now().Sub(date).Abs() > time.Hour {
		return "", fmt.Errorf("date %q", r.Header.Get("Date"))
	}
	if r.Host != s.Host {
		return "", fmt.Errorf("host %q", r.Host)
	}
	owner, key, err := s.keyOf(fields["keyId"])
	if err != nil {
		return "", err
	}
	value, err := base64.StdEncoding.DecodeString(fields["signature"])
	if err != nil {
		return "", fmt.Errorf("reading the signature: %w", err)
	}
	sum := sha256.Sum256([]byte(SigningString(r, covered, nil)))
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], value); err != nil {
		return "", fmt.Errorf("verifying: %w", err)
	}
	return owner, nil
}

// signatureFields splits the header; the values of our peers hold no quotes.
func signatureFields(header string) map[string]string {
	fields := map[string]string{}
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(part, "=")
		fields[strings.TrimSpace(name)] = strings.Trim(value, `"`)
	}
	return fields
}

// keyOf fetches the actor of a key, which must list it and own it.
func (s *Server) keyOf(keyID string) (owner string, key *rsa.PublicKey, err error) {
	id, _, _ := strings.Cut(keyID, "#")
	actor, err := s.Fetch("", id)
	if err != nil {
		return "", nil, fmt.Errorf("fetching the key: %w", err)
	}
	listed := actor.Sub("publicKey")
	if listed.Text("id") != keyID || listed.Text("owner") != actor.Text("id") {
		return "", nil, fmt.Errorf("%s does not own %s", actor.Text("id"), keyID)
	}
	block, _ := pem.Decode([]byte(listed.Text("publicKeyPem")))
	if block == nil {
		return "", nil, errors.New("no key in the actor")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return "", nil, fmt.Errorf("reading the key: %w", err)
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return "", nil, errors.New("not an RSA key")
	}
	return actor.Text("id"), key, nil
}
