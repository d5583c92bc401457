// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// RSA keys below are too weak, above they cost too much to verify
// (federation.md 4.2).
const (
	minRSABits = 2048
	maxRSABits = 8192
)

// ErrKey says that a public key is missing or cannot be used.
var ErrKey = errors.New("no usable key")

// ParsePublicKeyPEM reads an RSA public key of 2048 to 8192 bits, SPKI
// ("PUBLIC KEY") or PKCS #1 ("RSA PUBLIC KEY").
func ParsePublicKeyPEM(text string) (*rsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fmt.Errorf("%w: not PEM", ErrKey)
	}
	key, err := parseRSA(block)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	if bits := key.N.BitLen(); bits < minRSABits || bits > maxRSABits {
		return nil, fmt.Errorf("%w: RSA key of %d bits", ErrKey, bits)
	}
	if key.E < 3 || key.E%2 == 0 {
		return nil, fmt.Errorf("%w: RSA exponent %d", ErrKey, key.E)
	}
	return key, nil
}

func parseRSA(block *pem.Block) (*rsa.PublicKey, error) {
	if block.Type == "RSA PUBLIC KEY" {
		return x509.ParsePKCS1PublicKey(block.Bytes)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	if k, ok := key.(*rsa.PublicKey); ok {
		return k, nil
	}
	return nil, fmt.Errorf("a %T, not RSA", key)
}

// rsaKey is an entry of publicKey: usable, and owned by whoever Owner says.
type rsaKey struct {
	ID    string
	Owner string
	Key   *rsa.PublicKey
}

func parseRSAKey(d *Document) (rsaKey, error) {
	k := rsaKey{ID: d.ID(), Owner: d.IRI("owner")}
	if k.ID == "" || k.Owner == "" {
		return rsaKey{}, fmt.Errorf("%w: publicKey without id or owner", ErrKey)
	}
	if !SameHost(k.ID, k.Owner) {
		return rsaKey{}, fmt.Errorf("%w: %s belongs to an actor of another host", ErrKey, k.ID)
	}
	key, err := ParsePublicKeyPEM(d.String("publicKeyPem"))
	if err != nil {
		return rsaKey{}, fmt.Errorf("key %s: %w", k.ID, err)
	}
	k.Key = key
	return k, nil
}

// parseMultikey reads an entry of assertionMethod (FEP-521a): its id, controller
// and the multibase text of the key, which package proof decodes.
func parseMultikey(d *Document) (Multikey, error) {
	k := Multikey{ID: d.ID(), Type: "Multikey", Controller: d.IRI("controller"), PublicKeyMultibase: d.String("publicKeyMultibase")}
	if d.Type() != k.Type || k.ID == "" || k.Controller == "" || k.PublicKeyMultibase == "" {
		return Multikey{}, fmt.Errorf("%w: not a Multikey", ErrKey)
	}
	if !SameHost(k.ID, k.Controller) {
		return Multikey{}, fmt.Errorf("%w: %s is controlled from another host", ErrKey, k.ID)
	}
	return k, nil
}

// KeyPointer is what a keyId led to when it did not lead to a whole actor: whose key
// it claims to be. The owner must be fetched and must list the key itself.
type KeyPointer struct {
	KeyID string
	Owner string
}

// ParseKeyPointer reads the document found at keyID (its fragment stripped for the
// fetch). It knows four shapes: an actor, or GoToSocial's cut-down actor, with
// publicKey or assertionMethod in it; a bare RSA key with owner; a bare Multikey
// with controller. Owner is on the host of keyID, else the key is refused
// (federation.md 4.2, rule 7; security.md, row 16).
func ParseKeyPointer(d *Document, keyID string) (KeyPointer, error) {
	owner := ownerOf(d, keyID)
	if owner == "" {
		return KeyPointer{}, fmt.Errorf("%w: document has no key %s", ErrKey, keyID)
	}
	if !SameHost(owner, keyID) {
		return KeyPointer{}, fmt.Errorf("%w: owner of %s is on another host", ErrKey, keyID)
	}
	return KeyPointer{KeyID: keyID, Owner: owner}, nil
}

func ownerOf(d *Document, keyID string) string {
	if d.ID() == keyID { // the key itself, not what holds it
		if owner := d.IRI("owner"); owner != "" {
			return owner
		}
		if owner := d.IRI("controller"); owner != "" {
			return owner
		}
	}
	for _, place := range []struct{ list, owner string }{{"publicKey", "owner"}, {"assertionMethod", "controller"}} {
		keys, err := d.Objects(place.list)
		if err != nil {
			continue
		}
		for _, k := range keys {
			if k.ID() == keyID {
				return k.IRI(place.owner)
			}
		}
	}
	return ""
}
