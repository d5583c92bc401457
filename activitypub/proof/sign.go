// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

const (
	proofType    = "DataIntegrityProof"
	proofSuite   = "eddsa-jcs-2022"
	proofPurpose = "assertionMethod"
)

// ErrSigned reports a document that already carries a proof: a second one is
// never added and an old one never silently replaced.
var ErrSigned = errors.New("document already has a proof")

// options are the members of a proof, in their wire names. The order here is
// irrelevant: the proof is canonicalized before it is hashed.
type options struct {
	Context            json.RawMessage `json:"@context,omitempty"`
	Type               string          `json:"type"`
	Cryptosuite        string          `json:"cryptosuite"`
	Created            string          `json:"created"`
	VerificationMethod string          `json:"verificationMethod"`
	ProofPurpose       string          `json:"proofPurpose"`
	ProofValue         string          `json:"proofValue,omitempty"`
}

// Sign returns the canonical bytes of doc with one eddsa-jcs-2022 proof added.
// The proof repeats the document's @context, names verificationMethod (an IRI
// with fragment, `<actor>#tally-1`) and carries created in UTC seconds
// (FEP-8b32; spec: aggregation.md 5). Signing is deterministic.
func Sign(doc []byte, key ed25519.PrivateKey, verificationMethod string, created time.Time) ([]byte, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, ErrKey
	}
	obj, err := parseObject(doc)
	if err != nil {
		return nil, err
	}
	if _, ok := obj.get("proof"); ok {
		return nil, ErrSigned
	}
	opts := newOptions(obj, verificationMethod, created)
	config, err := opts.canonical()
	if err != nil {
		return nil, err
	}
	opts.ProofValue = "z" + encodeBase58(ed25519.Sign(key, hashData(config, obj.canon)))
	return attach(obj, opts)
}

func newOptions(obj object, verificationMethod string, created time.Time) options {
	context, _ := obj.get("@context")
	return options{
		Context:            context,
		Type:               proofType,
		Cryptosuite:        proofSuite,
		Created:            created.UTC().Format("2006-01-02T15:04:05Z"),
		VerificationMethod: verificationMethod,
		ProofPurpose:       proofPurpose,
	}
}

func (o options) canonical() ([]byte, error) {
	raw, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("encoding proof: %w", err)
	}
	return Canonicalize(raw)
}

// attach adds the proof to the object and restores canonical order.
func attach(obj object, opts options) ([]byte, error) {
	value, err := opts.canonical()
	if err != nil {
		return nil, err
	}
	raw := append([]byte(nil), obj.canon[:len(obj.canon)-1]...)
	if len(obj.members) > 0 {
		raw = append(raw, ',')
	}
	raw = append(raw, `"proof":`...)
	raw = append(raw, value...)
	return Canonicalize(append(raw, '}'))
}

// hashData is what eddsa-jcs-2022 signs: the hash of the proof options
// followed by the hash of the document (W3C vc-di-eddsa 3.3.4).
func hashData(config, doc []byte) []byte {
	c, d := sha256.Sum256(config), sha256.Sum256(doc)
	return append(c[:], d[:]...)
}
