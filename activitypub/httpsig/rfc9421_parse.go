// SPDX-License-Identifier: EUPL-1.2

package httpsig

import (
	"slices"
	"time"

	"github.com/dunglas/httpsfv"
)

// parseRFC9421 reads and judges an HTTP Message Signature.
func parseRFC9421(m message, body []byte, now time.Time, p Policy) (*Signature, error) {
	list, value, err := onlyLabel(m.header["Signature-Input"], m.header["Signature"])
	if err != nil {
		return nil, err
	}
	s := &Signature{Scheme: RFC9421, value: value}
	if s.Covered, err = componentNames(list); err != nil {
		return nil, err
	}
	if err := s.checkParams(list.Params, now, p); err != nil {
		return nil, err
	}
	if err := s.checkCovered(m.needsDigest(body)); err != nil {
		return nil, err
	}
	if s.base, err = signatureBase(m, s.Covered, list, p); err != nil {
		return nil, err
	}
	if slices.Contains(s.Covered, "content-digest") {
		return s, checkContentDigest(m.field("content-digest"), body)
	}
	return s, nil
}

// onlyLabel returns the one signature, which both headers must give the same
// label.
func onlyLabel(input, signature []string) (httpsfv.InnerList, []byte, error) {
	none := httpsfv.InnerList{}
	inputs, err := onlyMember(input)
	if err != nil {
		return none, nil, err
	}
	values, err := onlyMember(signature)
	if err != nil {
		return none, nil, err
	}
	label := inputs.Names()[0]
	member, _ := inputs.Get(label)
	list, ok := member.(httpsfv.InnerList)
	if !ok {
		return none, nil, ErrMalformed.because("Signature-Input is not a list")
	}
	if err := checkUniqueParams(input[0], list); err != nil {
		return none, nil, err
	}
	member, _ = values.Get(label)
	item, _ := member.(httpsfv.Item)
	value, ok := item.Value.([]byte)
	if !ok || len(value) == 0 || len(value) > 1024 {
		return none, nil, ErrMalformed.because("Signature")
	}
	return list, value, nil
}

// onlyMember reads a dictionary of exactly one member. A second label is a
// second signature, also if it repeats the first.
func onlyMember(values []string) (*httpsfv.Dictionary, error) {
	if countOutsideStrings(values[0], ',') > 0 {
		return nil, ErrTwoSignatures.because("second label")
	}
	return parseDictionary(values)
}

// checkUniqueParams refuses doubled parameters: every semicolon outside
// strings starts one, and the parsed form holds each name once.
func checkUniqueParams(input string, list httpsfv.InnerList) error {
	n := len(list.Params.Names())
	for _, item := range list.Items {
		n += len(item.Params.Names())
	}
	if countOutsideStrings(input, ';') != n {
		return ErrMalformed.because("doubled parameter")
	}
	return nil
}

// checkParams judges created, expires, keyid and alg; nonce, tag and unknown
// parameters are covered by the signature and mean nothing here.
func (s *Signature) checkParams(params *httpsfv.Params, now time.Time, p Policy) error {
	created, ok, err := timeOf(params, "created")
	if err != nil || !ok {
		return ErrMalformed.because("created is required")
	}
	s.Created = created
	if err := p.checkAge(created, now); err != nil {
		return err
	}
	expires, ok, err := timeOf(params, "expires")
	if err != nil {
		return err
	}
	if ok {
		if err := checkExpiry(expires, created, now); err != nil {
			return err
		}
	}
	if alg, ok := params.Get("alg"); ok {
		if s.algorithm, _ = alg.(string); s.algorithm != algRSA && s.algorithm != algEd25519 {
			return ErrAlgorithm.because("only " + algRSA + " and " + algEd25519)
		}
	}
	keyID, _ := params.Get("keyid")
	text, _ := keyID.(string)
	s.KeyID, err = p.normalKeyID(text)
	return err
}

func timeOf(params *httpsfv.Params, name string) (time.Time, bool, error) {
	value, ok := params.Get(name)
	if !ok {
		return time.Time{}, false, nil
	}
	seconds, isInt := value.(int64)
	if !isInt || seconds <= 0 || seconds > 1<<40 {
		return time.Time{}, false, ErrMalformed.because(name + " is not a time")
	}
	return time.Unix(seconds, 0), true, nil
}

func (s *Signature) checkCovered(needsDigest bool) error {
	has := func(name string) bool { return slices.Contains(s.Covered, name) }
	if !has("@method") || !has("@target-uri") {
		return ErrNotCovered
	}
	if needsDigest && !has("content-digest") {
		return ErrNotCovered.because("content-digest")
	}
	return nil
}
