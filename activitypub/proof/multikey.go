// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"strings"
)

// Multicodec prefix of an Ed25519 public key (0xed as varint).
const codec0, codec1 = 0xed, 0x01

// EncodeKey writes key as a Multikey: 'z', base58btc of 0xed01 and the 32
// bytes; always 48 characters starting z6Mk (W3C Controlled Identifiers 2.2.2,
// FEP-521a).
func EncodeKey(key ed25519.PublicKey) string {
	return "z" + encodeBase58(append([]byte{codec0, codec1}, key...))
}

// DecodeKey reads a Multikey that holds an Ed25519 public key.
func DecodeKey(multikey string) (ed25519.PublicKey, error) {
	raw, err := decodeMultibase(multikey, 2+ed25519.PublicKeySize)
	if err != nil {
		return nil, fmt.Errorf("decoding Multikey: %w", err)
	}
	if raw[0] != codec0 || raw[1] != codec1 {
		return nil, fmt.Errorf("decoding Multikey: %w", ErrKey)
	}
	return ed25519.PublicKey(raw[2:]), nil
}

// Fingerprint returns what people read to each other to compare a key: the
// SHA-256 of its 32 raw bytes in 16 groups of 4 lower-case hexadecimal digits,
// separated by spaces.
func Fingerprint(multikey string) (string, error) {
	key, err := DecodeKey(multikey)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(key)
	groups := make([]string, 0, len(sum)/2)
	for i := 0; i < len(sum); i += 2 {
		groups = append(groups, fmt.Sprintf("%02x%02x", sum[i], sum[i+1]))
	}
	return strings.Join(groups, " "), nil
}
