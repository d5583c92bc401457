// SPDX-License-Identifier: EUPL-1.2

package auth

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"
)

// The vectors of RFC 6238, appendix B, for SHA-1, cut to six digits.
func TestTOTPVectors(t *testing.T) {
	secret := []byte("12345678901234567890")
	for second, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got := TOTPCode(secret, time.Unix(second, 0)); got != want {
			t.Errorf("code at %d is %s, want %s", second, got, want)
		}
	}
}

func TestTOTPWindow(t *testing.T) {
	secret := []byte("12345678901234567890")
	at := time.Unix(1_800_000_010, 0)
	step := totpStepOf(at)
	for offset, valid := range map[int64]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		code := hotp(secret, step+offset)
		got, ok := matchTOTP(secret, code, at, 0)
		if ok != valid || ok && got != step+offset {
			t.Errorf("code %d steps away: step %d, %t", offset, got-step, ok)
		}
		if _, ok := matchTOTP(secret, code, at, step+offset); ok {
			t.Errorf("code %d steps away is valid twice", offset)
		}
	}
	for _, typed := range []string{"", "12345", "1234567", "abcdef"} {
		if _, ok := matchTOTP(secret, typed, at, 0); ok {
			t.Errorf("%q is a code", typed)
		}
	}
}

func TestOtpauthAddress(t *testing.T) {
	secret := []byte("12345678901234567890")
	got := otpauthURI("Gemeente 's-Hertogenbosch: test", "anna", secret)
	u, err := url.Parse(got)
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Gemeente 's-Hertogenbosch  test:anna" || strings.Contains(got, "+") {
		t.Errorf("%s: %v", got, err)
	}
	q := u.Query()
	if q.Get("secret") != "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" || q.Get("digits") != "6" || q.Get("period") != "30" || q.Get("algorithm") != "SHA1" || q.Get("issuer") != "Gemeente 's-Hertogenbosch  test" {
		t.Errorf("parameters %v", q)
	}
	if back, err := SecretOf(got); !bytes.Equal(back, secret) || err != nil {
		t.Errorf("the secret reads back as %q, %v", back, err)
	}
	for _, bad := range []string{"", "https://x?secret=AA", "otpauth://totp/x", "otpauth://totp/x?secret=1"} {
		if got, err := SecretOf(bad); err == nil {
			t.Errorf("%q has secret %q", bad, got)
		}
	}
}

func TestPasswords(t *testing.T) {
	h, ctx := NewHasher(nil), context.Background()
	const password = "een lang wachtwoord é"
	stored, err := h.Hash(ctx, password)
	if err != nil || !strings.HasPrefix(stored, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("hash %q, %v", stored, err)
	}
	if fits, old, err := h.Verify(ctx, stored, password); !fits || old || err != nil {
		t.Errorf("right password: %t, %t, %v", fits, old, err)
	}
	for name, c := range map[string][2]string{
		"wrong":       {stored, password + "x"},
		"too long":    {stored, strings.Repeat("x", 1<<20)},
		"no account":  {"", password},
		"nothing yet": {"", ""},
	} {
		if fits, old, err := h.Verify(ctx, c[0], c[1]); fits || old || err != nil {
			t.Errorf("%s: %t, %t, %v", name, fits, old, err)
		}
	}
	again, _ := h.Hash(ctx, password)
	if again == stored {
		t.Error("two hashes of one password are equal")
	}
	for _, length := range []int{0, 11, 129} {
		if _, err := h.Hash(ctx, strings.Repeat("é", length)); !errors.Is(err, ErrPasswordLength) {
			t.Errorf("%d characters: %v, want ErrPasswordLength", length, err)
		}
	}
	for _, length := range []int{12, 128} {
		if _, err := h.Hash(ctx, strings.Repeat("é", length)); err != nil {
			t.Errorf("%d characters: %v", length, err)
		}
	}
}

func TestOlderCostsAreNoticed(t *testing.T) {
	h := NewHasher(nil)
	cheap := argonParams{memory: 8, passes: 1, threads: 1}
	salt := []byte("0123456789abcdef")
	stored := phc(cheap, salt, argon2.IDKey([]byte("wachtwoord"), salt, 1, 8, 1, 32))
	if fits, old, err := h.Verify(context.Background(), stored, "wachtwoord"); !fits || !old || err != nil {
		t.Errorf("right: %t, %t, %v; want it to be made anew", fits, old, err)
	}
	if fits, old, err := h.Verify(context.Background(), stored, "x"); fits || old || err != nil {
		t.Errorf("wrong: %t, %t, %v", fits, old, err)
	}
}

func TestForeignHashesAreRefused(t *testing.T) {
	good := phc(required(), make([]byte, 16), make([]byte, 32))
	if _, _, _, err := parsePHC(good); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"", "$", "secret", "$2a$10$abcdefghijklmnopqrstuv", good[1:], good + "$", good + "=",
		strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "m=19456", "m=4194304", 1), strings.Replace(good, "t=2", "t=0", 1),
		strings.Replace(good, "t=2", "t=1000", 1), strings.Replace(good, "p=1", "p=0", 1),
		strings.Replace(good, "m=19456", "m=019456", 1), strings.Replace(good, "p=1", "p=1,x=2", 1),
		"$argon2id$v=19$m=19456,t=2,p=1$$",
	} {
		if _, _, _, err := parsePHC(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

func TestHashingWaitsForItsTurn(t *testing.T) {
	h := NewHasher(nil)
	for range hashesAtOnce {
		h.turns <- struct{}{}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := h.Verify(ctx, "", "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("a third hash answers %v", err)
	}
}

func TestRecoveryCodes(t *testing.T) {
	codes, hashes, err := newRecoveryCodes(bytes.NewReader(bytes.Repeat([]byte{1, 2, 3, 4, 5, 6, 7}, 100)))
	if err != nil || len(codes) != 10 || len(hashes) != 10 {
		t.Fatalf("%d codes, %d hashes, %v", len(codes), len(hashes), err)
	}
	for i, c := range codes {
		for _, typed := range []string{c, strings.ToUpper(c), strings.ReplaceAll(c, "-", ""), " " + c + " "} {
			if got, ok := matchRecovery(hashes, typed); !ok || got != hashes[i] {
				t.Errorf("%q does not fit", typed)
			}
		}
		if _, ok := matchRecovery(hashes, c[:len(c)-1]); ok {
			t.Errorf("a part of %q fits", c)
		}
		if strings.Contains(strings.Join(hashes, " "), strings.ReplaceAll(c, "-", "")) {
			t.Error("a code is kept as it is")
		}
	}
	if _, _, err := newRecoveryCodes(bytes.NewReader(nil)); err == nil {
		t.Error("codes without randomness")
	}
}

func TestSealing(t *testing.T) {
	key := bytes.Repeat([]byte{7}, 32)
	s, err := NewSealer(key)
	if err != nil {
		t.Fatal(err)
	}
	sealed := s.Seal("totp\x00anna", []byte("secret"))
	if got, err := s.Open("totp\x00anna", sealed); string(got) != "secret" || err != nil {
		t.Errorf("opens as %q, %v", got, err)
	}
	if bytes.Equal(sealed, s.Seal("totp\x00anna", []byte("secret"))) {
		t.Error("sealing twice gives the same bytes")
	}
	other, _ := NewSealer(bytes.Repeat([]byte{8}, 32))
	changed := bytes.Clone(sealed)
	changed[len(changed)-1] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"another place": func() ([]byte, error) { return s.Open("totp\x00bert", sealed) },
		"another key":   func() ([]byte, error) { return other.Open("totp\x00anna", sealed) },
		"changed":       func() ([]byte, error) { return s.Open("totp\x00anna", changed) },
		"cut off":       func() ([]byte, error) { return s.Open("totp\x00anna", sealed[:5]) },
		"empty":         func() ([]byte, error) { return s.Open("totp\x00anna", nil) },
	} {
		if got, err := open(); !errors.Is(err, ErrSealed) {
			t.Errorf("%s: %q, %v, want ErrSealed", name, got, err)
		}
	}
	if s.Lookup("email", "a@b.nl") != s.Lookup("email", "a@b.nl") || s.Lookup("email", "a@b.nl") == s.Lookup("other", "a@b.nl") ||
		s.Lookup("email", "a@b.nl") == other.Lookup("email", "a@b.nl") {
		t.Error("lookup keys depend on something else than key, purpose and value")
	}
	if _, err := NewSealer(key[:31]); err == nil {
		t.Error("a short application key is taken")
	}
}
