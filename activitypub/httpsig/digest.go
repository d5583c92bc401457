// SPDX-License-Identifier: EUPL-1.2

package httpsig

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/dunglas/httpsfv"
)

// checkDigest compares a Digest header (RFC 3230) with the raw body. Exactly
// one SHA-256 value is wanted; values of other kinds prove nothing and are
// skipped.
func checkDigest(values []string, body []byte) error {
	found := ""
	for value := range strings.SplitSeq(strings.Join(values, ","), ",") {
		name, sum, _ := strings.Cut(strings.TrimSpace(value), "=")
		if !strings.EqualFold(name, "SHA-256") {
			continue
		}
		if found != "" {
			return ErrDigest.because("two SHA-256 values")
		}
		found = sum
	}
	sum, err := base64.StdEncoding.Strict().DecodeString(found)
	if err != nil {
		return ErrDigest.because("not base64")
	}
	return compareSum(sum, body)
}

// checkContentDigest does the same for Content-Digest (RFC 9530).
func checkContentDigest(values []string, body []byte) error {
	dict, err := parseDictionary(values)
	if err != nil {
		return ErrDigest.because("Content-Digest is malformed")
	}
	member, _ := dict.Get("sha-256")
	item, _ := member.(httpsfv.Item)
	sum, _ := item.Value.([]byte)
	return compareSum(sum, body)
}

func compareSum(sum, body []byte) error {
	if len(sum) != sha256.Size {
		return ErrDigest.because("no SHA-256 value")
	}
	if want := sha256.Sum256(body); [sha256.Size]byte(sum) != want {
		return ErrDigest
	}
	return nil
}

// contentDigest is the value of Content-Digest for body.
func contentDigest(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}
