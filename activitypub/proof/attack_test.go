// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
)

// TestAttack holds row 63 of the attack table (spec: security.md 1): whatever
// is done to a signed document or its proof, it does not verify.
func TestAttack(t *testing.T) {
	t.Run("63", func(t *testing.T) {
		for _, tt := range alterations {
			t.Run(tt.name, func(t *testing.T) { checkAlteration(t, tt) })
		}
	})
}

// alteration replaces text in the canonical published vector.
type alteration struct {
	name, old, new string
	want           error // nil: any error
}

const (
	v2Value   = "z42ffGu6AUKPCFcFPiabmUvnGLPJzC7e4DGWC52NUasSSH37UMa9c58tdgVszUcZfytxa4fQ5TYHaJENCxUDe9SdL"
	v2Context = `"proof":{"@context":["https://www.w3.org/ns/activitystreams","https://w3id.org/security/data-integrity/v2"],`
)

var alterations = []alteration{
	{"content changed", `Hello world`, `Hello World`, ErrSignature},
	{"float changed in the last digit", `25.273962`, `25.273961`, ErrSignature},
	{"float becomes a string", `25.273962`, `"25.273962"`, ErrSignature},
	{"member added", `"type":"Create"`, `"type":"Create","x":0`, ErrSignature},
	{"unicode key added", `"type":"Create"`, `"type":"Create","\ud83d\ude00":0`, ErrSignature},
	{"key in another normalisation", `"content":`, `"conte\u0301nt":`, ErrSignature},
	{"nested proof added", `"type":"Note"`, `"type":"Note","proof":{}`, ErrSignature},
	{"proof nested only", `},"proof":{`, `},"prooF":{`, ErrNoProof},
	{"proof removed", `"proof":{`, `"proofs":{`, ErrNoProof},
	{"purpose authentication", `"assertionMethod"`, `"authentication"`, ErrShape},
	{"purpose as array", `"assertionMethod"`, `["assertionMethod"]`, ErrShape},
	{"purpose missing", `"proofPurpose"`, `"purpose"`, ErrShape},
	{"purpose twice", `"proofPurpose":`, `"proofPurpose":"x","proofPurpose":`, nil},
	{"another suite", `eddsa-jcs-2022`, `eddsa-rdfc-2022`, ErrShape},
	{"another type", `DataIntegrityProof`, `Ed25519Signature2020`, ErrShape},
	{"foreign method", `users/alice#ed25519-key`, `users/mallory#ed25519-key`, ErrSignature},
	{"no method", `"verificationMethod":"https://server.example/users/alice#ed25519-key"`, `"verificationMethod":""`, ErrShape},
	{"method is an object", `"verificationMethod":"https`, `"verificationMethod":{"id":1},"v":"https`, ErrShape},
	{"created changed", `"created":"2023`, `"created":"2024`, ErrSignature},
	{"created without zone", `36:38Z`, `36:38`, ErrShape},
	{"created missing", `"created"`, `"creation"`, ErrShape},
	{"option added", `"proofPurpose"`, `"nonce":"1","proofPurpose"`, ErrSignature},
	{"expires", `"proofPurpose"`, `"expires":"2999-01-01T00:00:00Z","proofPurpose"`, ErrShape},
	{"chained", `"proofPurpose"`, `"previousProof":"urn:x","proofPurpose"`, ErrShape},
	{"value base64url", v2Value, "u" + v2Value[1:], ErrMultibase},
	{"value without prefix", v2Value, v2Value[1:], ErrMultibase},
	{"value hex", v2Value, "f" + strings.Repeat("0", 128), ErrMultibase},
	{"value empty", v2Value, "", ErrMultibase},
	{"value only prefix", v2Value, "z", ErrMultibase},
	{"value with a forbidden letter", v2Value, "z0" + v2Value[2:], ErrMultibase},
	{"value with white space", v2Value, v2Value + " ", ErrMultibase},
	{"value longer", v2Value, v2Value + "1", ErrMultibase},
	{"value shorter", v2Value, v2Value[:60], ErrMultibase},
	{"value with leading zero byte", v2Value, "z1" + v2Value[1:], ErrMultibase},
	{"value altered", v2Value, v2Value[:len(v2Value)-1] + "M", ErrSignature},
	{"value not a string", `"` + v2Value + `"`, `7`, ErrMultibase},
	{"context of the proof changed", v2Context, strings.Replace(v2Context, "/v2", "/v1", 1), ErrContext},
	{"context of the proof shortened", v2Context, `"proof":{"@context":"https://www.w3.org/ns/activitystreams",`, ErrContext},
	{"context of the proof removed", v2Context, `"proof":{`, ErrSignature},
	{"context of the document changed", `{"@context":["https://www.w3.org/ns/activitystreams",`, `{"@context":[`, ErrContext},
	{"context of the document renamed", `{"@context"`, `{"@Context"`, ErrContext},
	{"proof is an array of one", `"proof":{`, `"proof":[{`, nil},
	{"proof is a string", `"proof":{`, `"proof":"x","p":{`, ErrShape},
	{"proof is null", `"proof":{`, `"proof":null,"p":{`, ErrShape},
	{"two proofs by duplicate key", `"proof":{`, `"proof":{},"pr\u006fof":{`, nil},
	{"duplicate key", `"type":"Create"`, `"type":"Create","type":"Create"`, nil},
	{"duplicate key by escape", `"type":"Create"`, `"type":"Create","\u0074ype":"Create"`, nil},
	{"lone surrogate", `Hello world`, `Hello \ud800 world`, nil},
	{"invalid UTF-8", `Hello world`, "Hello \xff world", nil},
	{"number out of range", `25.273962`, `1e999`, nil},
	{"not a number", `25.273962`, `NaN`, nil},
	{"trailing data", `36:38Z"`, `36:38Z"}} {"a":{"b":1`, nil},
	{"deep", `"type":"Note"`, `"type":"Note","d":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000), ErrDepth},
}

func checkAlteration(t *testing.T, tt alteration) {
	doc, err := Canonicalize(readFile(t, "fep-8b32-v2.json"))
	if err != nil {
		t.Fatal(err)
	}
	// Ambiguous text means the last match, which is the one inside the proof,
	// unless the row speaks of the document.
	i := bytes.LastIndex(doc, []byte(tt.old))
	if strings.Contains(tt.name, "of the document") {
		i = bytes.Index(doc, []byte(tt.old))
	}
	if i < 0 {
		t.Fatalf("the vector has no %q", tt.old)
	}
	bad := string(doc[:i]) + tt.new + string(doc[i+len(tt.old):])
	if tt.name == "proof is an array of one" {
		bad = strings.Replace(bad, `"},"type":"Create"}`, `"}],"type":"Create"}`, 1)
	}
	public, err := DecodeKey(fepPublic)
	if err != nil {
		t.Fatal(err)
	}
	err = Verify([]byte(bad), public)
	if err == nil {
		t.Fatalf("verified: %s", bad)
	}
	if tt.want != nil && !errors.Is(err, tt.want) {
		t.Errorf("got %v, want %v", err, tt.want)
	}
}

// The same document in another spelling is the same document.
func TestSpellingDoesNotMatter(t *testing.T) {
	public, err := DecodeKey(fepPublic)
	if err != nil {
		t.Fatal(err)
	}
	doc := string(readFile(t, "fep-8b32-v2.json"))
	for old, spelling := range map[string]string{
		"25.273962":   "2.5273962e1",
		"-71.184902":  "-71.18490200",
		"Hello world": `\u0048ello\u0020world`,
		`"proof"`:     `"pr\u006fof"`,
		`"type"`:      ` "t\u0079pe" `,
	} {
		if err := Verify([]byte(strings.Replace(doc, old, spelling, 1)), public); err != nil {
			t.Errorf("%s written as %s: %v", old, spelling, err)
		}
	}
}

func TestVerifyRefusesABadKey(t *testing.T) {
	doc := readFile(t, "fep-8b32-v2.json")
	for _, key := range []ed25519.PublicKey{nil, make([]byte, 31), make([]byte, 33)} {
		if err := Verify(doc, key); !errors.Is(err, ErrKey) {
			t.Errorf("key of %d bytes: %v", len(key), err)
		}
	}
	if err := Verify(doc, make([]byte, 32)); !errors.Is(err, ErrSignature) {
		t.Errorf("zero key: %v", err)
	}
}

func FuzzProofVerify(f *testing.F) {
	for _, name := range []string{"fep-8b32-v1.json", "fep-8b32-v2.json"} {
		f.Add(readFile(f, name), fepPublic)
	}
	f.Add([]byte(`{"proof":{}}`), "z1")
	f.Add([]byte(`{"proof":[{"type":"DataIntegrityProof"}]}`), "z6Mk")
	f.Add([]byte(`{"a":{"b":"}\"{"},"proof":1e21}`), "")
	public, err := DecodeKey(fepPublic)
	if err != nil {
		f.Fatal(err)
	}
	genuine := map[string]bool{}
	for _, name := range []string{"fep-8b32-v1.json", "fep-8b32-v2.json"} {
		digest, err := Digest(readFile(f, name))
		if err != nil {
			f.Fatal(err)
		}
		genuine[digest] = true
	}
	f.Fuzz(func(t *testing.T, doc []byte, multikey string) {
		if key, err := DecodeKey(multikey); err == nil && EncodeKey(key) != multikey {
			t.Errorf("%q is not the only spelling of its key", multikey)
		}
		if err := Verify(doc, public); err == nil {
			if digest, _ := Digest(doc); !genuine[digest] {
				t.Errorf("a forgery verifies: %s", doc)
			}
		}
		canon, err := Canonicalize(doc)
		if err != nil {
			return
		}
		if again, err := Canonicalize(canon); err != nil || !bytes.Equal(again, canon) {
			t.Errorf("canonical form is not stable: %q, then %q, %v", canon, again, err)
		}
	})
}
