// SPDX-License-Identifier: EUPL-1.2

package eligibility

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode"
)

// A letter code is a random number of 60 bits in Crockford base32: 12 symbols,
// and one check symbol for the number modulo 37. The check alphabet is
// Crockford's: the 32 symbols, then * ~ $ = U for the values 32 to 36. Any
// single wrong symbol and any swap of two neighbours is found.
const (
	codeSymbols = 12
	codeLength  = codeSymbols + 1
	codeBits    = 5 * codeSymbols
	checkModulo = 37

	crockford      = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	crockfordCheck = crockford + "*~$=U"

	// longestEntry bounds what is looked at when somebody types a code:
	// 13 symbols with generous separators.
	longestEntry = 64
)

var (
	// ErrCode is returned for text that is not a letter code.
	ErrCode = errors.New("not a letter code")
	// ErrCodeCheck is returned for a code of the right form whose check symbol
	// is wrong, mostly a typing error. It is an ErrCode too.
	ErrCodeCheck = fmt.Errorf("%w: the check symbol is wrong", ErrCode)
)

// LetterCode is a letter code in canonical form: 13 symbols, upper case, without
// separators. Who holds it can vote, so fmt and log/slog show it redacted; use
// Letter to print it.
type LetterCode string

// Letter is the form printed in the letter: 4-4-4-1.
func (c LetterCode) Letter() string {
	if len(c) != codeLength {
		return ""
	}
	return string(c[0:4] + "-" + c[4:8] + "-" + c[8:12] + "-" + c[12:])
}

// String hides the code.
func (c LetterCode) String() string { return Redacted }

// GoString hides the code.
func (c LetterCode) GoString() string { return Redacted }

// LogValue implements slog.LogValuer.
func (c LetterCode) LogValue() slog.Value { return slog.StringValue(Redacted) }

// GenerateCode makes one code from 8 bytes of random, which must be
// cryptographically strong outside tests.
func GenerateCode(random io.Reader) (LetterCode, error) {
	var b [8]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("generate letter code: %w", err)
	}
	return encodeCode(binary.BigEndian.Uint64(b[:]) >> (64 - codeBits)), nil
}

func encodeCode(n uint64) LetterCode {
	var b [codeLength]byte
	b[codeSymbols] = crockfordCheck[n%checkModulo]
	for i := codeSymbols - 1; i >= 0; i-- {
		b[i] = crockford[n&31]
		n >>= 5
	}
	return LetterCode(b[:])
}

// NormalizeCode reads a code as typed: any case, spaces and hyphens ignored
// (also the dashes that telephones put in their place), O read as 0, I and L
// as 1. It returns ErrCodeCheck if only the check symbol does not fit.
func NormalizeCode(typed string) (LetterCode, error) {
	symbols, err := foldCode(typed)
	if err != nil {
		return "", err
	}
	var n uint64
	for i := range codeSymbols {
		v := strings.IndexByte(crockford, symbols[i])
		if v < 0 {
			return "", fmt.Errorf("%w: symbol %d is not allowed", ErrCode, i+1)
		}
		n = n<<5 | uint64(v)
	}
	if crockfordCheck[n%checkModulo] != symbols[codeSymbols] {
		return "", ErrCodeCheck
	}
	return LetterCode(symbols[:]), nil
}

// foldCode drops separators and maps look-alikes. Errors never repeat the
// input: it may be a valid code with a slip.
func foldCode(typed string) (symbols [codeLength]byte, err error) {
	if len(typed) > longestEntry {
		return symbols, fmt.Errorf("%w: too long", ErrCode)
	}
	n := 0
	for _, r := range typed {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || r == '\u2212' {
			continue
		}
		if n == codeLength || r > unicode.MaxASCII {
			return symbols, fmt.Errorf("%w: want %d symbols", ErrCode, codeLength)
		}
		symbols[n] = foldSymbol(byte(r))
		n++
	}
	if n != codeLength {
		return symbols, fmt.Errorf("%w: want %d symbols, got %d", ErrCode, codeLength, n)
	}
	return symbols, nil
}

func foldSymbol(c byte) byte {
	if 'a' <= c && c <= 'z' {
		c -= 'a' - 'A'
	}
	switch c {
	case 'O':
		return '0'
	case 'I', 'L':
		return '1'
	}
	return c
}

// HashCode is base64url(HMAC-SHA256(kCode, code)) without padding, 43
// characters: what the ballot box stores instead of the code, and the identity
// of level code. The HMAC covers the 13 symbols of the canonical form.
func HashCode(kCode []byte, code LetterCode) string {
	mac := hmac.New(sha256.New, kCode)
	_, _ = io.WriteString(mac, string(code))
	return strictBase64.EncodeToString(mac.Sum(nil))
}
