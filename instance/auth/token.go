// SPDX-License-Identifier: EUPL-1.2

package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// newToken draws a token of at least 128 bits: 26 letters and digits. It is
// given away once and kept as its hash.
func newToken() string { return rand.Text() }

// hashToken is how a token is kept. Tokens are drawn evenly from so many that a
// fast hash without salt tells nothing.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
