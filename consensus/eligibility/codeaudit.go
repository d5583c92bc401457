// SPDX-License-Identifier: EUPL-1.2

package eligibility

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/nacl/box"
)

// AuditorKey is the X25519 public key of the auditor who may open sealed.bin.
type AuditorKey [32]byte

// ErrAuditorKey is returned for text that is not an auditor's key.
var ErrAuditorKey = errors.New("not an X25519 public key of 32 bytes in hexadecimal or base64")

// ParseAuditorKey reads a key of 32 bytes as 64 hexadecimal digits or as base64
// in any of its four forms.
func ParseAuditorKey(s string) (AuditorKey, error) {
	s = strings.TrimSpace(s)
	if len(s) == hex.EncodedLen(len(AuditorKey{})) {
		if b, err := hex.DecodeString(s); err == nil {
			return AuditorKey(b), nil
		}
	}
	plain := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(s, "="))
	b, err := base64.RawStdEncoding.DecodeString(plain)
	if err != nil || len(b) != len(AuditorKey{}) {
		return AuditorKey{}, ErrAuditorKey
	}
	return AuditorKey(b), nil
}

// SealAudit writes sealed.bin: the lines "number,hash", sealed to the auditor
// with nacl/box SealAnonymous (libsodium: crypto_box_seal). With it the auditor
// finds the letter behind a used code; nobody else can (aggregation.md 3.4).
func SealAudit(w io.Writer, random io.Reader, list []PrintedCode, auditor AuditorKey) error {
	sealed, err := box.SealAnonymous(nil, auditLines(list), (*[32]byte)(&auditor), random)
	if err != nil {
		return fmt.Errorf("seal audit file: %w", err)
	}
	if _, err := w.Write(sealed); err != nil {
		return fmt.Errorf("write audit file: %w", err)
	}
	return nil
}

// OpenAudit reads sealed.bin with the auditor's key pair.
func OpenAudit(sealed []byte, public AuditorKey, private Secret) ([]byte, error) {
	key := private.Bytes()
	if len(key) != 32 {
		return nil, fmt.Errorf("open audit file: the private key has %d bytes, want 32", len(key))
	}
	plain, ok := box.OpenAnonymous(nil, sealed, (*[32]byte)(&public), (*[32]byte)(key))
	if !ok {
		return nil, errors.New("open audit file: it is damaged or was sealed to another key")
	}
	return plain, nil
}
