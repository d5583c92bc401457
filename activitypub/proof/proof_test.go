// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const (
	fepSecret = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"
	fepPublic = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
	fepMethod = "https://server.example/users/alice#ed25519-key"
)

var fepCreated = time.Date(2023, 2, 24, 23, 36, 38, 0, time.UTC)

// fepKey decodes the published secret key: multicodec 0x1300 and the seed.
func fepKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	raw, err := decodeMultibase(fepSecret, 2+ed25519.SeedSize)
	if err != nil {
		t.Fatal(err)
	}
	return ed25519.NewKeyFromSeed(raw[2:])
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// unsigned drops the proof with encoding/json, not with the code under test.
func unsigned(t testing.TB, doc []byte) []byte {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal(doc, &m); err != nil {
		t.Fatal(err)
	}
	delete(m, "proof")
	out, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPublishedVector(t *testing.T) {
	for _, name := range []string{"fep-8b32-v1.json", "fep-8b32-v2.json"} {
		t.Run(name, func(t *testing.T) {
			doc := readFile(t, name)
			public, err := DecodeKey(fepPublic)
			if err != nil {
				t.Fatal(err)
			}
			if err := Verify(doc, public); err != nil {
				t.Errorf("verifying the published document: %v", err)
			}
			got, err := Sign(unsigned(t, doc), fepKey(t), fepMethod, fepCreated)
			if err != nil {
				t.Fatal(err)
			}
			want, err := Canonicalize(doc)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("signing gives\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestInspectReadsTheVector(t *testing.T) {
	p, err := Inspect(readFile(t, "fep-8b32-v2.json"))
	if err != nil {
		t.Fatal(err)
	}
	if p.VerificationMethod != fepMethod || !p.Created.Equal(fepCreated) || len(p.Value) != 64 {
		t.Errorf("got %+v", p)
	}
	if !p.ByActor("https://server.example/users/alice") {
		t.Error("the proof is by alice")
	}
	for _, id := range []string{"", "https://server.example/users/ali", "https://evil.example/users/alice", fepMethod} {
		if p.ByActor(id) {
			t.Errorf("the proof is not by %q", id)
		}
	}
}

func TestDigestIgnoresTheProofAndTheSpelling(t *testing.T) {
	doc := readFile(t, "fep-8b32-v2.json")
	a, err := Digest(doc)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Digest(unsigned(t, doc))
	if err != nil {
		t.Fatal(err)
	}
	if a != b || !strings.HasPrefix(a, "sha256:") || len(a) != 71 {
		t.Errorf("digest with proof %s, without %s", a, b)
	}
	if c, err := Digest([]byte(`{}`)); err != nil || c != "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" {
		t.Errorf("digest of {} is %s, %v", c, err)
	}
}

func TestSignRefusesASecondProof(t *testing.T) {
	_, err := Sign(readFile(t, "fep-8b32-v2.json"), fepKey(t), fepMethod, fepCreated)
	if !errors.Is(err, ErrSigned) {
		t.Errorf("got %v", err)
	}
	if _, err := Sign([]byte(`{}`), nil, fepMethod, fepCreated); !errors.Is(err, ErrKey) {
		t.Errorf("got %v", err)
	}
}

func TestVerifyWithoutContext(t *testing.T) {
	key := fepKey(t)
	doc, err := Sign([]byte(`{}`), key, fepMethod, fepCreated)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(doc, []byte("@context")) {
		t.Errorf("a context appeared: %s", doc)
	}
	if err := Verify(doc, key.Public().(ed25519.PublicKey)); err != nil {
		t.Error(err)
	}
}

// Any document survives signing and reformatting, and no other key verifies it.
func TestSignVerifyProperty(t *testing.T) {
	key := fepKey(t)
	other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32)).Public().(ed25519.PublicKey)
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.MapOf(rapid.String(), rapid.OneOf(rapid.String().AsAny(), rapid.Float64().AsAny())).Draw(t, "doc")
		delete(m, "proof")
		raw, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := Sign(raw, key, fepMethod, fepCreated)
		if err != nil {
			t.Fatal(err)
		}
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, doc, "", "\t"); err != nil {
			t.Fatal(err)
		}
		if err := Verify(pretty.Bytes(), key.Public().(ed25519.PublicKey)); err != nil {
			t.Fatal(err)
		}
		if err := Verify(doc, other); !errors.Is(err, ErrSignature) {
			t.Fatalf("another key: %v", err)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	doc := readFile(b, "fep-8b32-v2.json")
	public, err := DecodeKey(fepPublic)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := Verify(doc, public); err != nil {
			b.Fatal(err)
		}
	}
}
