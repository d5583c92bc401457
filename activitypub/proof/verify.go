// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Sentinel errors of Inspect and Verify.
var (
	// ErrNoProof reports a document without a proof.
	ErrNoProof = errors.New("document has no proof")
	// ErrShape reports a proof outside the profile: not exactly one object, or
	// another type, suite or purpose, or a member missing or malformed.
	ErrShape = errors.New("proof is malformed")
	// ErrContext reports a proof whose @context differs from the document's.
	ErrContext = errors.New("proof @context differs from the document")
	// ErrSignature reports a proof that the key did not make over this document.
	ErrSignature = errors.New("proof does not verify")
	// ErrForeign reports a proof by a key of another actor.
	ErrForeign = errors.New("proof names a key of another actor")
	// ErrKey reports a key that is not a usable Ed25519 key.
	ErrKey = errors.New("not an Ed25519 key")
)

// Proof is the readable part of a proof. Nothing in it is proven before Verify
// has succeeded with a key the caller trusts for VerificationMethod.
type Proof struct {
	VerificationMethod string    // IRI of the Multikey, `<actor>#<name>`
	Created            time.Time // UTC
	Value              []byte    // the 64 bytes of the Ed25519 signature
}

// Controller returns the IRI that should list the key: VerificationMethod
// without its fragment.
func (p Proof) Controller() string {
	controller, _, _ := strings.Cut(p.VerificationMethod, "#")
	return controller
}

// ByActor reports whether the proof names a key of the actor id, compared byte
// for byte. A proof naming anybody else's key is foreign and proves nothing
// about this actor, even if it verifies.
func (p Proof) ByActor(id string) bool {
	return id != "" && strings.HasPrefix(p.VerificationMethod, id+"#") && p.Controller() == id
}

// Inspect reads the proof of doc and checks its shape, not its signature. It
// returns ErrNoProof if there is none.
func Inspect(doc []byte) (Proof, error) {
	obj, err := parseObject(doc)
	if err != nil {
		return Proof{}, err
	}
	p, _, err := inspect(obj)
	return p, err
}

// VerifyBy checks the proof of doc against each Multikey in turn and returns
// the one that made it. ErrForeign reports a proof that names a key of another
// actor, ErrSignature that none of the keys made it; a key that cannot be read
// vouches for nobody.
func VerifyBy(doc []byte, actor string, multikeys []string) (string, error) {
	p, err := Inspect(doc)
	if err != nil {
		return "", err
	}
	if !p.ByActor(actor) {
		return "", ErrForeign
	}
	err = ErrSignature
	for _, k := range multikeys {
		key, decodeErr := DecodeKey(k)
		if decodeErr != nil {
			continue
		}
		if err = Verify(doc, key); err == nil {
			return k, nil
		}
	}
	return "", err
}

// Verify checks that key made the proof of doc over exactly these contents
// (FEP-8b32, suite eddsa-jcs-2022). The proof must be the only one, serve
// assertionMethod and repeat the document's @context if it has one; members
// that would need a clock or a second proof to judge (expires, previousProof)
// are refused. Whether the key belongs to the author is for the caller.
func Verify(doc []byte, key ed25519.PublicKey) error {
	if len(key) != ed25519.PublicKeySize {
		return ErrKey
	}
	obj, err := parseObject(doc)
	if err != nil {
		return err
	}
	p, options, err := inspect(obj)
	if err != nil {
		return err
	}
	data := hashData(options.without("proofValue"), obj.without("proof"))
	if !ed25519.Verify(key, data, p.Value) {
		return ErrSignature
	}
	return nil
}

// inspect returns the proof of obj, also as an object of its own.
func inspect(obj object) (Proof, object, error) {
	raw, ok := obj.get("proof")
	if !ok {
		return Proof{}, object{}, ErrNoProof
	}
	options, err := split(raw)
	if err != nil {
		return Proof{}, object{}, fmt.Errorf("%w: not a single object", ErrShape)
	}
	if err := checkContext(obj, options); err != nil {
		return Proof{}, object{}, err
	}
	if err := checkConstants(options); err != nil {
		return Proof{}, object{}, err
	}
	p, err := read(options)
	return p, options, err
}

func checkContext(obj, options object) error {
	inProof, ok := options.get("@context")
	if !ok {
		return nil
	}
	if inDoc, _ := obj.get("@context"); !bytes.Equal(inProof, inDoc) {
		return ErrContext
	}
	return nil
}

// checkConstants compares canonical text, so no spelling of a string escapes
// it and no second parser can disagree.
func checkConstants(options object) error {
	for name, want := range map[string]string{
		"type": proofType, "cryptosuite": proofSuite, "proofPurpose": proofPurpose,
	} {
		if got, _ := options.get(name); string(got) != `"`+want+`"` {
			return fmt.Errorf("%w: %s is not %s", ErrShape, name, want)
		}
	}
	for _, name := range []string{"expires", "previousProof"} {
		if _, ok := options.get(name); ok {
			return fmt.Errorf("%w: %s is not supported", ErrShape, name)
		}
	}
	return nil
}

func read(options object) (Proof, error) {
	var p Proof
	var err error
	if p.VerificationMethod = text(options, "verificationMethod"); p.VerificationMethod == "" {
		return Proof{}, fmt.Errorf("%w: no verificationMethod", ErrShape)
	}
	if p.Created, err = time.Parse(time.RFC3339, text(options, "created")); err != nil {
		return Proof{}, fmt.Errorf("%w: created is not a time", ErrShape)
	}
	p.Created = p.Created.UTC()
	if p.Value, err = decodeMultibase(text(options, "proofValue"), ed25519.SignatureSize); err != nil {
		return Proof{}, fmt.Errorf("%w: proofValue: %w", ErrShape, err)
	}
	return p, nil
}

// text returns a string member, or "" if it is absent or not a string.
func text(o object, name string) string {
	raw, ok := o.get(name)
	if !ok || raw[0] != '"' {
		return ""
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return ""
	}
	return s
}
