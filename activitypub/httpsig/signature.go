// SPDX-License-Identifier: EUPL-1.2

package httpsig

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"net/http"
	"strings"
	"time"
)

// Scheme is a way to sign.
type Scheme int

const (
	// Cavage is draft-cavage-http-signatures-12 as the fediverse uses it.
	Cavage Scheme = iota
	// CavageWithoutQuery leaves the query out of (request-target), as some
	// servers expect of a GET. It occurs in signing only.
	CavageWithoutQuery
	// RFC9421 is HTTP Message Signatures.
	RFC9421
)

// String names the scheme for logs.
func (s Scheme) String() string {
	return [...]string{"cavage", "cavage-without-query", "rfc9421"}[s]
}

// Signature is one signature that has passed every check except the
// cryptographic one. It keeps what Verify needs and nothing of the body.
type Signature struct {
	// KeyID is the URL of the key, host in lower case. Authorisation must use
	// this value and no other.
	KeyID string
	// Scheme is Cavage or RFC9421.
	Scheme Scheme
	// Covered lists the covered components as signed, in order.
	Covered []string
	// Created is when the signer says it signed: Date, or created.
	Created time.Time

	algorithm string // as claimed; "" if not
	value     []byte
	message   message // cavage
	params    []param // cavage: created and expires
	base      []byte  // RFC 9421
}

// Parse finds the one signature of r and applies the policy to it: syntax,
// covered set, host, digest over the raw body, window, algorithm name and
// keyId. It touches neither network nor clock. Errors carry a Reason.
//
// The raw target decides (r.RequestURI), so r must not have been rewritten.
func Parse(r *http.Request, body []byte, now time.Time, p Policy) (*Signature, error) {
	if err := checkOnlyOne(r.Header); err != nil {
		return nil, err
	}
	m, err := newMessage(r, p)
	if err != nil {
		return nil, err
	}
	if len(r.Header["Signature-Input"]) > 0 {
		return parseRFC9421(m, body, now, p)
	}
	return parseCavage(m, body, now, p)
}

// Host returns host[:port] of the key's URL.
func (s *Signature) Host() string {
	_, rest, _ := strings.Cut(s.KeyID, "://")
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		return rest[:end]
	}
	return rest
}

// Verify checks the signature with the key that KeyID names: *rsa.PublicKey of
// 2048 to 8192 bits (PKCS #1 v1.5, SHA-256) or ed25519.PublicKey. The key
// alone decides the algorithm; a claim that contradicts it is refused.
func (s *Signature) Verify(key crypto.PublicKey) error {
	if err := s.checkKey(key); err != nil {
		return err
	}
	if s.Scheme == RFC9421 {
		return verifyBytes(key, s.base, s.value)
	}
	return s.verifyCavage(key)
}

func (s *Signature) checkKey(key crypto.PublicKey) error {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if k == nil || k.N == nil || k.N.BitLen() < 2048 || k.N.BitLen() > 8192 {
			return ErrKey.because("RSA size")
		}
		if s.algorithm == "ed25519" {
			return ErrAlgorithm.because("the key is RSA")
		}
	case ed25519.PublicKey:
		if len(k) != ed25519.PublicKeySize {
			return ErrKey.because("Ed25519 size")
		}
		if strings.HasPrefix(s.algorithm, "rsa-") {
			return ErrAlgorithm.because("the key is Ed25519")
		}
	default:
		return ErrKey.because("kind of key")
	}
	return nil
}

// checkOnlyOne finds a second signature wherever it may hide. One that is only
// in Authorization is no signature to us.
func checkOnlyOne(h http.Header) error {
	switch {
	case len(h["Signature"]) == 0:
		return ErrUnsigned
	case len(h["Signature"]) > 1 || len(h["Signature-Input"]) > 1:
		return ErrTwoSignatures
	}
	for _, value := range h["Authorization"] {
		scheme, _, _ := strings.Cut(strings.TrimSpace(value), " ")
		if strings.EqualFold(scheme, "Signature") {
			return ErrTwoSignatures.because("Authorization")
		}
	}
	return nil
}
