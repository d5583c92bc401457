// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Vectors of draft-msporny-base58-03, section 5.
func TestBase58PublishedVectors(t *testing.T) {
	for text, want := range map[string]string{
		"2NEpo7TZRRrLZSi2U": hex.EncodeToString([]byte("Hello World!")),
		"USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z": hex.EncodeToString([]byte("The quick brown fox jumps over the lazy dog.")),
		"11233QC4": "0000287fb4cd",
	} {
		raw, err := hex.DecodeString(want)
		if err != nil {
			t.Fatal(err)
		}
		if got := encodeBase58(raw); got != text {
			t.Errorf("encoding %s gives %s, want %s", want, got, text)
		}
		got, err := decodeMultibase("z"+text, len(raw))
		if err != nil || !bytes.Equal(got, raw) {
			t.Errorf("decoding %s gives %x, %v", text, got, err)
		}
	}
}

func TestBase58RoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := append(make([]byte, rapid.IntRange(0, 3).Draw(t, "zeros")), rapid.SliceOfN(rapid.Byte(), 1, 80).Draw(t, "raw")...)
		got, err := decodeMultibase("z"+encodeBase58(raw), len(raw))
		if err != nil || !bytes.Equal(got, raw) {
			t.Fatalf("%x became %x, %v", raw, got, err)
		}
		if _, err := decodeMultibase("z"+encodeBase58(raw), len(raw)+1); !errors.Is(err, ErrMultibase) {
			t.Fatalf("wrong length: %v", err)
		}
	})
}

func TestMultikey(t *testing.T) {
	key, err := DecodeKey(fepPublic)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(key, fepKey(t).Public().(ed25519.PublicKey)) {
		t.Error("the published public key does not belong to the published secret key")
	}
	if got := EncodeKey(key); got != fepPublic {
		t.Errorf("encoding gives %s", got)
	}
	for _, bad := range []string{
		"", "z", "6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2", "u" + fepPublic[1:],
		fepPublic + "1", "z1" + fepPublic[1:], fepPublic[:40], "z" + strings.Repeat("1", 34), fepSecret,
		strings.Repeat("z", 1<<20),
	} {
		if _, err := DecodeKey(bad); err == nil {
			t.Errorf("%.60q is not a Multikey", bad)
		}
	}
}

func TestFingerprint(t *testing.T) {
	got, err := Fingerprint(fepPublic)
	if err != nil {
		t.Fatal(err)
	}
	// printf of the 32 bytes of the key | sha256sum
	const want = "3ba2 8cbd db7c 2559 e713 abe8 910c 3e9c 7489 019b ebaf e6b3 e037 bdd4 c723 d2ca"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if _, err := Fingerprint("z6Mk"); err == nil {
		t.Error("no error for a broken key")
	}
}
