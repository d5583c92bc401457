// SPDX-License-Identifier: EUPL-1.2

package auth

import (
	"crypto/subtle"
	"fmt"
	"io"
	"strings"
)

// Recovery codes stand in for a lost phone: ten per account, each good once.
const (
	recoveryCodes = 10
	recoveryBytes = 10 // 80 bits: too many to guess, so a plain hash will do
	recoveryGroup = 4
)

// newRecoveryCodes draws codes like abcd-efgh-ijkl-mnop and their hashes.
func newRecoveryCodes(random io.Reader) (codes, hashes []string, err error) {
	for range recoveryCodes {
		raw := make([]byte, recoveryBytes)
		if _, err := io.ReadFull(random, raw); err != nil {
			return nil, nil, fmt.Errorf("making recovery codes: %w", err)
		}
		plain := strings.ToLower(noPadding.EncodeToString(raw))
		hashes = append(hashes, hashToken(plain))
		var groups []string
		for len(plain) > 0 {
			groups = append(groups, plain[:recoveryGroup])
			plain = plain[recoveryGroup:]
		}
		codes = append(codes, strings.Join(groups, "-"))
	}
	return codes, hashes, nil
}

// matchRecovery returns the stored hash that belongs to what was typed, with
// or without hyphens, in any case.
func matchRecovery(hashes []string, typed string) (hash string, ok bool) {
	typed = strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(typed))
	sum := hashToken(typed)
	for _, h := range hashes {
		if subtle.ConstantTimeCompare([]byte(h), []byte(sum)) == 1 {
			hash, ok = h, true
		}
	}
	return hash, ok
}
