// SPDX-License-Identifier: EUPL-1.2

package eligibility

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// Redacted is what a Secret shows instead of its bytes.
const Redacted = "[redacted]"

// KeySize is the length in bytes of K_c and K_code (aggregation.md 3.1).
const KeySize = 32

// Secret holds bytes that must not reach a log, a page or a JSON document:
// fmt, encoding/json, encoding and log/slog all show Redacted (security.md 6).
// The bytes sit behind a function, so that even an unexported field of a
// printed struct, where fmt cannot call the methods, shows an address and not
// the key. The zero value is empty.
type Secret struct {
	hold func() *[]byte
}

// NewSecret copies b into a Secret.
func NewSecret(b []byte) Secret {
	kept := make([]byte, len(b))
	copy(kept, b)
	return hide(kept)
}

// GenerateSecret reads KeySize bytes from random, which must be
// cryptographically strong outside tests.
func GenerateSecret(random io.Reader) (Secret, error) {
	b := make([]byte, KeySize)
	if _, err := io.ReadFull(random, b); err != nil {
		return Secret{}, fmt.Errorf("generate secret: %w", err)
	}
	return hide(b), nil
}

func hide(b []byte) Secret { return Secret{hold: func() *[]byte { return &b }} }

// Bytes gives the secret itself. The caller must not print or keep it.
func (s Secret) Bytes() []byte {
	if s.hold == nil {
		return nil
	}
	return *s.hold()
}

// Empty reports whether there are no bytes.
func (s Secret) Empty() bool { return len(s.Bytes()) == 0 }

// Equal compares in constant time for secrets of equal length.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare(s.Bytes(), other.Bytes()) == 1
}

// Wipe overwrites the bytes; every copy of s is empty afterwards.
func (s Secret) Wipe() {
	if s.hold == nil {
		return
	}
	b := s.hold()
	clear(*b)
	*b = nil
}

// Format implements fmt.Formatter: every verb prints Redacted.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// String implements fmt.Stringer.
func (s Secret) String() string { return Redacted }

// MarshalText implements encoding.TextMarshaler, which encoding/json uses too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(Redacted) }
