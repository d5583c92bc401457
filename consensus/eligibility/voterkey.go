// SPDX-License-Identifier: EUPL-1.2

package eligibility

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
)

// VoterKey stands for one person at one question and one level: the ballot id
// b of the log. Keys of different questions cannot be linked without K_c
// (spec: product.md 7.1, aggregation.md 3.1).
type VoterKey [16]byte

// ErrVoterKey is returned for text that is not a voter key.
var ErrVoterKey = errors.New("not a voter key")

// voterKeyLength is the length of a voter key in base64url without padding.
const voterKeyLength = 22

// strictBase64 refuses text whose unused last bits are not zero, so that every
// value has exactly one written form.
var strictBase64 = base64.RawURLEncoding.Strict()

// NewVoterKey is HMAC-SHA256(kc, level "\n" question "\n" identity)[:16].
//
// kc is K_c, KeySize random bytes per consultation. The identity strings are
// those of aggregation.md 3.1: cookie id, actor id, normalised e-mail address,
// code hash, form number, or issuer "\n" subject. Only identities of the last
// kind hold a line break, so two different voters never give the same input:
// level and question hold none.
func NewVoterKey(kc []byte, l Level, question, identity string) VoterKey {
	mac := hmac.New(sha256.New, kc)
	_, _ = io.WriteString(mac, string(l)+"\n"+question+"\n"+identity)
	var k VoterKey
	copy(k[:], mac.Sum(nil))
	return k
}

// NewRowKey stands for one person at one instrument and one level (spec:
// product.md 7.2): it joins the votes of a conversation to a row. It never goes
// into a log, an export or a message.
func NewRowKey(kc []byte, l Level, instrument, identity string) VoterKey {
	return NewVoterKey(kc, l, instrument, identity)
}

// String is the key in base64url without padding, 22 characters.
func (k VoterKey) String() string { return strictBase64.EncodeToString(k[:]) }

// IsZero reports whether k was never set.
func (k VoterKey) IsZero() bool { return k == VoterKey{} }

// ParseVoterKey reads what String wrote.
func ParseVoterKey(s string) (VoterKey, error) {
	var k VoterKey
	return k, k.UnmarshalText([]byte(s))
}

// MarshalText implements encoding.TextMarshaler.
func (k VoterKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (k *VoterKey) UnmarshalText(text []byte) error {
	if len(text) != voterKeyLength {
		return fmt.Errorf("%w: %d characters, want %d", ErrVoterKey, len(text), voterKeyLength)
	}
	var b VoterKey
	// Decode ignores line breaks, so the written length has to match as well.
	if n, err := strictBase64.Decode(b[:], text); err != nil || n != len(b) {
		return fmt.Errorf("%w: not base64url of 16 bytes", ErrVoterKey)
	}
	*k = b
	return nil
}
