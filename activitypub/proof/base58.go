// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"errors"
	"strings"
)

// alphabet is base58btc: no 0, O, I or l.
const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// ErrMultibase reports text that is not base58btc multibase of the expected
// length: prefix z, alphabet without 0, O, I and l.
var ErrMultibase = errors.New("not base58btc multibase of the right length")

// encodeBase58 writes b in base58btc. Leading zero bytes become leading ones.
func encodeBase58(b []byte) string {
	zeros := 0
	for zeros < len(b) && b[zeros] == 0 {
		zeros++
	}
	var digits []byte // base 58, least significant first
	for _, c := range b[zeros:] {
		digits = mulAdd(digits, 256, int(c), 58)
	}
	var out strings.Builder
	out.WriteString(strings.Repeat("1", zeros))
	for i := len(digits) - 1; i >= 0; i-- {
		out.WriteByte(alphabet[digits[i]])
	}
	return out.String()
}

// decodeMultibase reads 'z' and base58btc text that must hold exactly size
// bytes. The length is checked first, because decoding is quadratic.
func decodeMultibase(s string, size int) ([]byte, error) {
	if len(s) < 2 || s[0] != 'z' || len(s) > 2+size*138/100 {
		return nil, ErrMultibase
	}
	var digits []byte // base 256, least significant first
	for i := 1; i < len(s); i++ {
		v := strings.IndexByte(alphabet, s[i])
		if v < 0 {
			return nil, ErrMultibase
		}
		digits = mulAdd(digits, 58, v, 256)
	}
	zeros := len(s[1:]) - len(strings.TrimLeft(s[1:], "1"))
	if zeros+len(digits) != size {
		return nil, ErrMultibase
	}
	out := make([]byte, size)
	for i, d := range digits {
		out[size-1-i] = d
	}
	return out, nil
}

// mulAdd computes digits*factor + carry in the given base, in place.
func mulAdd(digits []byte, factor, carry, base int) []byte {
	for i, d := range digits {
		carry += int(d) * factor
		digits[i] = byte(carry % base)
		carry /= base
	}
	for ; carry > 0; carry /= base {
		digits = append(digits, byte(carry%base))
	}
	return digits
}
