// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Keys are strings of parts joined by 0x00. Inside a part 0x00 and 0x01 are
// written as 0x01 0x01 and 0x01 0x02, so keys of different parts never collide,
// whatever a remote server puts in an id, and sort part by part.
var (
	escape   = strings.NewReplacer("\x00", "\x01\x01", "\x01", "\x01\x02")
	unescape = strings.NewReplacer("\x01\x01", "\x00", "\x01\x02", "\x01")
)

// Key joins parts into one key. Keys sort as their lists of parts do, each part
// bytewise.
func Key(parts ...string) string {
	if len(parts) == 1 {
		return escape.Replace(parts[0])
	}
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteByte(0)
		}
		b.WriteString(escape.Replace(p))
	}
	return b.String()
}

// Prefix is what every key that begins with parts and has at least one more
// part begins with. Without parts it is empty: the whole table.
func Prefix(parts ...string) string {
	if len(parts) == 0 {
		return ""
	}
	return Key(parts...) + "\x00"
}

// Parts is the inverse of Key.
func Parts(key string) []string {
	parts := strings.Split(key, "\x00")
	for i, p := range parts {
		parts[i] = unescape.Replace(p)
	}
	return parts
}

// Uint64Part writes n as 16 hexadecimal digits, which sort as numbers do.
func Uint64Part(n uint64) string { return fmt.Sprintf("%016x", n) }

// ParseUint64Part is the inverse of Uint64Part.
func ParseUint64Part(s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 16, 64)
	if err != nil || len(s) != 16 {
		return 0, fmt.Errorf("reading number %q in a key: %w", s, ErrCorrupt)
	}
	return n, nil
}

// timeLayout has a fixed width, so that its texts sort as the times do.
const timeLayout = "2006-01-02T15:04:05.000000000Z"

// TimePart writes t in UTC to the nanosecond with a fixed width, so that times
// from the year 0 to 9999 sort as they should.
func TimePart(t time.Time) string { return t.UTC().Format(timeLayout) }

// ParseTimePart is the inverse of TimePart.
func ParseTimePart(s string) (time.Time, error) {
	t, err := time.Parse(timeLayout, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("reading time %q in a key: %w", s, ErrCorrupt)
	}
	return t, nil
}

// HashPart stands for a text of any length, such as the IRI of a remote
// object: 43 characters of base64url SHA-256. It keeps keys below MaxKey.
func HashPart(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
