// SPDX-License-Identifier: EUPL-1.2

package httpsig

import (
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	gofed "github.com/go-fed/httpsig"
)

// This is the only file that imports go-fed/httpsig v1.1.0. The library is
// given a copy of the request that leaves it nothing to decide: its parser
// breaks on commas in keyId and on spaces after commas, so the header is
// rewritten; it builds (request-target) from the decoded path, so Path holds
// the raw target; it reads Authorization, so only covered fields are copied.
// It looks at neither the digest nor the age of Date: Parse has done both.

// verifyCavage checks the signature. A GET with a query is also tried without
// it, because some servers sign that (spec: federation.md 4.2 rule 9).
func (s *Signature) verifyCavage(key crypto.PublicKey) error {
	err := s.verifyTarget(key, s.message.target)
	if err != nil && s.message.method == http.MethodGet && strings.Contains(s.message.target, "?") {
		err = s.verifyTarget(key, s.message.withoutQuery())
	}
	if err != nil {
		return ErrSignature
	}
	return nil
}

func (s *Signature) verifyTarget(key crypto.PublicKey, target string) error {
	algorithm := gofed.RSA_SHA256
	if _, ok := key.(ed25519.PublicKey); ok {
		algorithm = gofed.ED25519
	}
	verifier, err := gofed.NewVerifier(s.bareRequest(target))
	if err != nil {
		return fmt.Errorf("reading signature: %w", err)
	}
	return verifier.Verify(key, algorithm)
}

// bareRequest holds the covered fields and the rewritten header. go-fed
// compares created and expires with the system clock once more; Parse was
// stricter, so that changes nothing while now was the present.
func (s *Signature) bareRequest(target string) *http.Request {
	header := http.Header{"Host": {s.message.host}}
	for _, name := range s.Covered {
		if !strings.HasPrefix(name, "(") {
			header[textproto.CanonicalMIMEHeaderKey(name)] = s.message.field(name)
		}
	}
	value := cavageHeader("k", strings.Join(s.Covered, " "), base64.StdEncoding.EncodeToString(s.value))
	for _, p := range s.params {
		value += "," + p.name + "=" + p.value
	}
	header["Signature"] = []string{value}
	return &http.Request{Method: s.message.method, URL: &url.URL{Path: target}, Header: header}
}

// signCavage adds Date, for a body Digest, and Signature to r. One go-fed
// signer serves one request: they are not safe for concurrent use.
func (s Signer) signCavage(m message, r *http.Request, body []byte) error {
	fields := []string{gofed.RequestTarget, "host", "date"}
	if m.needsDigest(body) {
		fields = append(fields, "digest")
		body = append([]byte{}, body...) // nil would mean: no Digest
	} else {
		body = nil
	}
	signer, _, err := gofed.NewSigner([]gofed.Algorithm{gofed.RSA_SHA256}, gofed.DigestSha256, fields, gofed.Signature, 0)
	if err != nil {
		return fmt.Errorf("making a signer: %w", err)
	}
	bare := &http.Request{
		Method: m.method,
		URL:    &url.URL{Path: m.target},
		Header: http.Header{"Host": {m.host}, "Date": r.Header["Date"]},
	}
	if err := signer.SignRequest(s.Key, "k", bare, body); err != nil {
		return fmt.Errorf("signing: %w", err)
	}
	return s.copySignature(bare, r, strings.Join(fields, " "))
}

// copySignature moves what go-fed made into r. go-fed announces hs2019, which
// older servers refuse, so the header is written anew.
func (s Signer) copySignature(bare, r *http.Request, fields string) error {
	params, err := parseParams(bare.Header.Get("Signature"))
	if err != nil {
		return fmt.Errorf("reading the signature just made: %w", err)
	}
	if digest, ok := bare.Header["Digest"]; ok {
		r.Header["Digest"] = digest
	}
	r.Header.Set("Signature", cavageHeader(s.KeyID, fields, get(params, "signature")))
	return nil
}

func cavageHeader(keyID, fields, signature string) string {
	return `keyId="` + keyID + `",algorithm="rsa-sha256",headers="` + fields + `",signature="` + signature + `"`
}
