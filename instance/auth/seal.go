// SPDX-License-Identifier: EUPL-1.2

package auth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
)

// ApplicationKeySize is the length in bytes of the application key.
const ApplicationKeySize = 32

// ErrSealed: a sealed value was damaged, moved to another place, or sealed with
// another application key.
var ErrSealed = errors.New("sealed value cannot be opened")

// Sealer keeps values in the database that only the application key opens, and
// makes lookup keys from which they cannot be guessed without it.
type Sealer struct {
	aead   cipher.AEAD
	lookup []byte
}

// NewSealer makes a Sealer with an application key of 32 bytes. Its two keys
// are derived from it (RFC 5869), so other uses of the key stay apart.
func NewSealer(key []byte) (*Sealer, error) {
	if len(key) != ApplicationKeySize {
		return nil, fmt.Errorf("the application key has %d bytes, want %d", len(key), ApplicationKeySize)
	}
	sealing, err := hkdf.Key(sha256.New, key, nil, "polder/auth/seal", 32)
	if err != nil {
		return nil, fmt.Errorf("deriving the sealing key: %w", err)
	}
	lookup, err := hkdf.Key(sha256.New, key, nil, "polder/auth/lookup", 32)
	if err != nil {
		return nil, fmt.Errorf("deriving the lookup key: %w", err)
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return nil, fmt.Errorf("preparing AES: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("preparing GCM: %w", err)
	}
	return &Sealer{aead: aead, lookup: lookup}, nil
}

// Seal encrypts plain with AES-256-GCM. purpose says what it is and whose; the
// value opens for the same purpose only, so it cannot be moved to another
// account or field.
func (s *Sealer) Seal(purpose string, plain []byte) []byte {
	return s.aead.Seal(nil, nil, plain, []byte(purpose))
}

// Open decrypts what Seal made, or answers ErrSealed.
func (s *Sealer) Open(purpose string, sealed []byte) ([]byte, error) {
	plain, err := s.aead.Open(nil, nil, sealed, []byte(purpose))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// Lookup is a key to find a value by: 43 characters, HMAC-SHA-256.
func (s *Sealer) Lookup(purpose, value string) string {
	mac := hmac.New(sha256.New, s.lookup)
	mac.Write([]byte(purpose + "\x00" + value))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
