// SPDX-License-Identifier: EUPL-1.2

package httpsig

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxCovered bounds the covered set; real ones hold at most ten names.
const maxCovered = 32

// parseCavage reads and judges a draft-cavage signature. The order is cheap
// checks first; the body is hashed last.
func parseCavage(m message, body []byte, now time.Time, p Policy) (*Signature, error) {
	params, err := parseParams(m.header["Signature"][0])
	if err != nil {
		return nil, err
	}
	s := &Signature{Scheme: Cavage, message: m, algorithm: get(params, "algorithm")}
	if s.algorithm != "" && s.algorithm != "rsa-sha256" && s.algorithm != "hs2019" {
		return nil, ErrAlgorithm.because("only rsa-sha256 and hs2019")
	}
	if s.KeyID, err = p.normalKeyID(get(params, "keyId")); err != nil {
		return nil, err
	}
	if s.Covered, err = coveredSet(get(params, "headers"), m.needsDigest(body)); err != nil {
		return nil, err
	}
	s.value, err = base64.StdEncoding.Strict().DecodeString(get(params, "signature"))
	if err != nil || len(s.value) == 0 || len(s.value) > 1024 {
		return nil, ErrMalformed.because("signature is not base64")
	}
	if err := m.checkFields(s.Covered); err != nil {
		return nil, err
	}
	if err := s.checkTimes(params, now, p); err != nil {
		return nil, err
	}
	if slices.Contains(s.Covered, "digest") {
		return s, checkDigest(m.field("digest"), body)
	}
	return s, nil
}

// coveredSet reads the headers parameter and demands the minimum.
func coveredSet(headers string, needsDigest bool) ([]string, error) {
	covered := strings.Split(strings.ToLower(headers), " ")
	if len(covered) > maxCovered {
		return nil, ErrMalformed.because("too many covered fields")
	}
	for i, name := range covered {
		pseudo := name == "(request-target)" || name == "(created)" || name == "(expires)"
		if name == "" && len(covered) > 1 || !pseudo && name != "" && !isFieldName(name) {
			return nil, ErrMalformed.because("covered field")
		}
		if slices.Contains(covered[:i], name) {
			return nil, ErrMalformed.because("covered twice")
		}
	}
	has := func(name string) bool { return slices.Contains(covered, name) }
	switch {
	case !has("(request-target)"), !has("host"), !has("date") && !has("(created)"):
		return nil, ErrNotCovered
	case needsDigest && !has("digest"):
		return nil, ErrNotCovered.because("digest")
	}
	return covered, nil
}

// checkTimes applies the rules for Date, created and expires and sets Created.
func (s *Signature) checkTimes(params []param, now time.Time, p Policy) error {
	if slices.Contains(s.Covered, "date") {
		date, err := http.ParseTime(s.message.field("date")[0])
		if err != nil {
			return ErrDate.because("Date is not a date")
		}
		if err := p.checkAge(date, now); err != nil {
			return err
		}
		s.Created = date
	}
	if err := s.checkCreated(params, now, p); err != nil {
		return err
	}
	expires, ok, err := s.timeParam(params, "expires")
	if err != nil || !ok {
		return err
	}
	return checkExpiry(expires, s.Created, now)
}

func (s *Signature) checkCreated(params []param, now time.Time, p Policy) error {
	created, ok, err := s.timeParam(params, "created")
	if err != nil || !ok {
		return err
	}
	if created.After(now.Add(createdAhead)) {
		return ErrDate.because("created in the future")
	}
	if err := p.checkAge(created, now); err != nil {
		return err
	}
	if s.Created.IsZero() {
		s.Created = created
	}
	return nil
}

// timeParam reads created or expires. They are judged even if the signature
// does not cover them: that can only refuse more. Covered, they must be
// present, and belong to hs2019 (draft-cavage 2.3).
func (s *Signature) timeParam(params []param, name string) (time.Time, bool, error) {
	covered := slices.Contains(s.Covered, "("+name+")")
	text := get(params, name)
	if covered && (text == "" || s.algorithm == "rsa-sha256") {
		return time.Time{}, false, ErrMalformed.because("(" + name + ") cannot be covered")
	}
	if text == "" {
		return time.Time{}, false, nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds <= 0 || seconds > 1<<40 {
		return time.Time{}, false, ErrMalformed.because(name + " is not a time")
	}
	if covered {
		s.params = append(s.params, param{name, strconv.FormatInt(seconds, 10)})
	}
	return time.Unix(seconds, 0), true, nil
}
