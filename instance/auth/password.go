// SPDX-License-Identifier: EUPL-1.2

package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Lengths of a password in characters (spec: security.md 4.2). There are no
// rules of composition.
const (
	MinPassword = 12
	MaxPassword = 128
)

// ErrPasswordLength: a new password is too short or too long.
var ErrPasswordLength = errors.New("a password has 12 to 128 characters")

// argonParams are the costs of one argon2id hash.
type argonParams struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
}

// required are the costs of security.md 4.2.
func required() argonParams { return argonParams{memory: 19 * 1024, passes: 2, threads: 1} }

const (
	saltSize      = 16
	hashSize      = 32
	hashesAtOnce  = 2 // each takes 19 MiB
	largestMemory = 256 * 1024
	mostPasses    = 16
)

// errPHC: a stored hash is not one of ours.
var errPHC = errors.New("unreadable password hash")

// Hasher hashes passwords with argon2id, two at a time.
type Hasher struct {
	random io.Reader
	costs  argonParams
	turns  chan struct{}
}

// NewHasher makes a Hasher that takes salts from random, crypto/rand if nil.
func NewHasher(random io.Reader) *Hasher {
	if random == nil {
		random = rand.Reader
	}
	return &Hasher{random: random, costs: required(), turns: make(chan struct{}, hashesAtOnce)}
}

// Hash makes the PHC string of a new password, or ErrPasswordLength.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if n := utf8.RuneCountInString(password); n < MinPassword || n > MaxPassword {
		return "", ErrPasswordLength
	}
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return "", fmt.Errorf("making a salt: %w", err)
	}
	sum, err := h.derive(ctx, password, salt, h.costs, hashSize)
	if err != nil {
		return "", err
	}
	return phc(h.costs, salt, sum), nil
}

// Verify reports whether password belongs to the PHC string, and whether the
// hash has older costs, so that it should be made anew. An empty PHC string
// stands for an account that does not exist: it takes as long and never fits.
func (h *Hasher) Verify(ctx context.Context, stored, password string) (fits, old bool, err error) {
	known := stored != ""
	if !known {
		stored = phc(h.costs, make([]byte, saltSize), make([]byte, hashSize))
	}
	p, salt, want, err := parsePHC(stored)
	if err != nil {
		return false, false, err
	}
	if utf8.RuneCountInString(password) > MaxPassword {
		password, known = "", false // bounded work for any input
	}
	got, err := h.derive(ctx, password, salt, p, uint32(len(want)))
	if err != nil {
		return false, false, err
	}
	fits = subtle.ConstantTimeCompare(got, want) == 1 && known
	return fits, fits && (p != h.costs || len(want) != hashSize || len(salt) != saltSize), nil
}

// derive waits for its turn and hashes.
func (h *Hasher) derive(ctx context.Context, password string, salt []byte, p argonParams, size uint32) ([]byte, error) {
	select {
	case h.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-h.turns }()
	return argon2.IDKey([]byte(password), salt, p.passes, p.memory, p.threads, size), nil
}

// phc writes a hash in the PHC string format.
func phc(p argonParams, salt, sum []byte) string {
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memory, p.passes, p.threads,
		b.EncodeToString(salt), b.EncodeToString(sum))
}

// parsePHC reads what phc writes, within costs that we are willing to pay.
func parsePHC(s string) (p argonParams, salt, sum []byte, err error) {
	part := strings.Split(s, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, nil, nil, errPHC
	}
	n, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.threads)
	if err != nil || n != 3 || part[3] != fmt.Sprintf("m=%d,t=%d,p=%d", p.memory, p.passes, p.threads) {
		return p, nil, nil, errPHC
	}
	if p.memory < 8 || p.memory > largestMemory || p.passes < 1 || p.passes > mostPasses || p.threads < 1 {
		return p, nil, nil, errPHC
	}
	strict := base64.RawStdEncoding.Strict()
	salt, err = strict.DecodeString(part[4])
	sum, err2 := strict.DecodeString(part[5])
	if err != nil || err2 != nil || len(salt) < 8 || len(sum) < 16 || len(sum) > 64 {
		return p, nil, nil, errPHC
	}
	return p, salt, sum, nil
}
