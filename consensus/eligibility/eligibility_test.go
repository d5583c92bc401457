// SPDX-License-Identifier: EUPL-1.2

package eligibility_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/crypto/nacl/box"
	"pgregory.net/rapid"

	"polder/consensus/eligibility"
)

func TestLevelsAreOrderedWeakestFirst(t *testing.T) {
	want := []eligibility.Level{"open", "fediverse", "email", "code", "paper", "oidc", "token"}
	for i, l := range want {
		if l.Rank() != i || !l.Valid() || l.Signal() != (i < 3) {
			t.Errorf("%s: rank %d, valid %v, signal %v", l, l.Rank(), l.Valid(), l.Signal())
		}
	}
	if eligibility.Level("sms").Valid() {
		t.Error("sms is a level")
	}
}

func TestVoterKeyIsTheHMACOfTheSpecification(t *testing.T) {
	kc := bytes.Repeat([]byte{7}, 32)
	mac := hmac.New(sha256.New, kc)
	mac.Write([]byte("oidc\nq1\nhttps://id.example\nsub-4"))
	want := base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
	got := eligibility.NewVoterKey(kc, eligibility.OIDC, "q1", "https://id.example\nsub-4")
	if got.String() != want || len(want) != 22 {
		t.Fatalf("got %s, want %s", got, want)
	}
}

func TestOnePersonTwoQuestionsTwoKeys(t *testing.T) {
	kc := bytes.Repeat([]byte{7}, 32)
	base := eligibility.NewVoterKey(kc, eligibility.Code, "q1", "h")
	for name, other := range map[string]eligibility.VoterKey{
		"question": eligibility.NewVoterKey(kc, eligibility.Code, "q2", "h"),
		"level":    eligibility.NewVoterKey(kc, eligibility.Open, "q1", "h"),
		"identity": eligibility.NewVoterKey(kc, eligibility.Code, "q1", "i"),
		"secret":   eligibility.NewVoterKey(kc[:31], eligibility.Code, "q1", "h"),
	} {
		if other == base {
			t.Errorf("another %s gives the same key", name)
		}
	}
}

func TestVoterKeyTextRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := eligibility.VoterKey(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "key"))
		raw, err := json.Marshal(map[string]eligibility.VoterKey{"b": k})
		if err != nil {
			t.Fatal(err)
		}
		var back map[string]eligibility.VoterKey
		if err := json.Unmarshal(raw, &back); err != nil || back["b"] != k {
			t.Fatalf("%s: %v, %v", raw, back, err)
		}
	})
}

func TestVoterKeyHasOneWrittenForm(t *testing.T) {
	for _, s := range []string{"", "AAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAB", "AAAAAAAAAA\nAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAA==", "AAAAAAAAAAAAAAAAAAAA+A"} {
		if _, err := eligibility.ParseVoterKey(s); !errors.Is(err, eligibility.ErrVoterKey) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestSecretNeverShowsItsBytes(t *testing.T) {
	s := eligibility.NewSecret([]byte("planted-secret"))
	code, err := eligibility.NormalizeCode("0000-0000-0000-0")
	if err != nil {
		t.Fatal(err)
	}
	type holder struct {
		Shown  eligibility.Secret
		hidden eligibility.Secret
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb+"\n", s)
		fmt.Fprintf(&out, verb+"\n", &s)
		fmt.Fprintf(&out, verb+"\n", holder{s, s})
	}
	raw, err := json.Marshal(holder{Shown: s})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(raw)
	log := slog.New(slog.NewJSONHandler(&out, nil))
	log.Info("x", "secret", s, "holder", holder{s, s}, "code", code)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "secret", s, "holder", holder{s, s}, "code", code)
	fmt.Fprintf(&out, "%v %s %#v %q %x", code, code, code, code, code)
	for _, leak := range []string{"planted", fmt.Sprintf("%x", "planted"), fmt.Sprintf("%X", "planted"), fmt.Sprint([]byte("planted"))[1:20], "000000000000", base64.StdEncoding.EncodeToString([]byte("planted"))[:8]} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("%q leaks in %s", leak, out.String())
		}
	}
}

func TestSecretKeepsComparesAndWipes(t *testing.T) {
	b := []byte("abc")
	s := eligibility.NewSecret(b)
	b[0] = 'x'
	again := s
	if string(s.Bytes()) != "abc" || !s.Equal(eligibility.NewSecret([]byte("abc"))) || s.Equal(eligibility.NewSecret([]byte("abd"))) {
		t.Fatal("the secret changed or compares wrongly")
	}
	s.Wipe()
	if !again.Empty() || !(eligibility.Secret{}).Empty() {
		t.Fatal("a copy survives Wipe")
	}
	if _, err := eligibility.GenerateSecret(strings.NewReader("short")); err == nil {
		t.Fatal("a short source gives a secret")
	}
}

func TestCodeSurvivesTheWaysPeopleType(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "random")
		code, err := eligibility.GenerateCode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		var typed strings.Builder
		for i, r := range code.Letter() {
			if r == '-' {
				typed.WriteString(rapid.SampledFrom([]string{"", "-", " ", " - ", "\u2013", "\u00a0"}).Draw(t, "separator"))
				continue
			}
			s := string(r)
			if rapid.Bool().Draw(t, "lower") {
				s = strings.ToLower(s)
			}
			if i < 14 && r == '0' && rapid.Bool().Draw(t, "letter O") {
				s = rapid.SampledFrom([]string{"O", "o"}).Draw(t, "o")
			}
			if r == '1' {
				s = rapid.SampledFrom([]string{"1", "I", "i", "L", "l"}).Draw(t, "one")
			}
			typed.WriteString(s)
		}
		got, err := eligibility.NormalizeCode(typed.String())
		if err != nil || string(got) != string(code) {
			t.Fatalf("%q: %s, %v; want %s", typed.String(), string(got), err, string(code))
		}
	})
}

func TestCheckSymbolFindsOneSlipAndOneSwap(t *testing.T) {
	const symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "random")
		code, _ := eligibility.GenerateCode(bytes.NewReader(b))
		slip := []byte(code)
		i := rapid.IntRange(0, 11).Draw(t, "place")
		slip[i] = symbols[rapid.IntRange(0, 31).Draw(t, "symbol")]
		if string(slip) != string(code) {
			if _, err := eligibility.NormalizeCode(string(slip)); !errors.Is(err, eligibility.ErrCodeCheck) || !errors.Is(err, eligibility.ErrCode) {
				t.Fatalf("slip %s of %s: %v", slip, string(code), err)
			}
		}
		swap := []byte(code)
		j := rapid.IntRange(0, 10).Draw(t, "swap")
		swap[j], swap[j+1] = swap[j+1], swap[j]
		if swap[j] != swap[j+1] {
			if _, err := eligibility.NormalizeCode(string(swap)); err == nil {
				t.Fatalf("swap %s of %s passes", swap, string(code))
			}
		}
	})
}

func TestCodesOfKnownNumbers(t *testing.T) {
	for bytes8, want := range map[string]string{
		"\x00\x00\x00\x00\x00\x00\x00\x00": "0000-0000-0000-0",
		"\x00\x00\x00\x00\x00\x00\x00\x1f": "0000-0000-0001-1",
		"\x00\x00\x00\x00\x00\x00\x02\x40": "0000-0000-0014-U", // 36
		"\x00\x00\x00\x00\x00\x00\x02\x00": "0000-0000-0010-*", // 32
		"\xff\xff\xff\xff\xff\xff\xff\xff": "ZZZZ-ZZZZ-ZZZZ-9", // 2^60-1 = 9 mod 37
	} {
		c, err := eligibility.GenerateCode(strings.NewReader(bytes8))
		if err != nil || c.Letter() != want {
			t.Errorf("%x: %s, want %s", bytes8, c.Letter(), want)
		}
	}
}

func TestNormalizeCodeRefuses(t *testing.T) {
	for _, s := range []string{"", "0000-0000-0000", "0000-0000-0000-00", "U000-0000-0000-0", "0000-0000-0000-é", "0000_0000_0000_0", strings.Repeat(" ", 100), "*000-0000-0000-0"} {
		if _, err := eligibility.NormalizeCode(s); !errors.Is(err, eligibility.ErrCode) || errors.Is(err, eligibility.ErrCodeCheck) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func FuzzLetterCode(f *testing.F) {
	for _, s := range []string{"0000-0000-0000-0", "zzzz zzzz zzzz 9", "OIL0-0000-0000-u", "", "\xff", "0000\u20130000\u20130000\u20130"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code, err := eligibility.NormalizeCode(typed)
		if err != nil {
			if code != "" || !errors.Is(err, eligibility.ErrCode) {
				t.Fatalf("%q: %q with %v", typed, string(code), err)
			}
			return
		}
		again, err := eligibility.NormalizeCode(code.Letter())
		if err != nil || again != code || len(code) != 13 || len(code.Letter()) != 16 {
			t.Fatalf("%q normalises to %q, then to %q (%v)", typed, string(code), string(again), err)
		}
	})
}

func testCodes(t *testing.T, count int) (eligibility.Secret, []eligibility.PrintedCode) {
	t.Helper()
	random := mathrand.NewChaCha8([32]byte{1})
	key, err := eligibility.GenerateSecret(random)
	if err != nil {
		t.Fatal(err)
	}
	list, err := eligibility.GenerateCodes(random, key.Bytes(), count)
	if err != nil {
		t.Fatal(err)
	}
	return key, list
}

func TestHashesFileRoundTrip(t *testing.T) {
	key, list := testCodes(t, 500)
	var file bytes.Buffer
	if err := eligibility.WriteHashes(&file, mathrand.NewChaCha8([32]byte{2}), key.Bytes(), list); err != nil {
		t.Fatal(err)
	}
	first, rest, _ := strings.Cut(file.String(), "\n")
	if want := "polder-codes/1 " + base64.StdEncoding.EncodeToString(key.Bytes()); first != want {
		t.Fatalf("first line %q, want %q", first, want)
	}
	back, hashes, err := eligibility.ReadHashes(&file)
	if err != nil || !back.Equal(key) || len(hashes) != len(list) {
		t.Fatalf("%d hashes, %v", len(hashes), err)
	}
	inFile := map[string]int{}
	for i, h := range hashes {
		inFile[h] = i
	}
	inPlace := 0
	for i, p := range list {
		at, ok := inFile[p.Hash]
		if !ok {
			t.Fatalf("hash of letter %d is not in the file", p.Number)
		}
		if at == i {
			inPlace++
		}
	}
	if inPlace > 20 {
		t.Errorf("%d of %d hashes stand at the place of their letter", inPlace, len(list))
	}
	// The municipality recognises a code typed by a resident.
	code, err := eligibility.NormalizeCode(strings.ToLower(list[7].Code.Letter()))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := inFile[eligibility.HashCode(back.Bytes(), code)]; !ok {
		t.Error("a printed code is not recognised")
	}
	if _, _, err := eligibility.ReadHashes(strings.NewReader(strings.ReplaceAll(first+"\n"+rest, "\n", "\r\n"))); err != nil {
		t.Errorf("Windows line ends: %v", err)
	}
}

func TestReadHashesRefuses(t *testing.T) {
	key, list := testCodes(t, 2)
	head := "polder-codes/1 " + base64.StdEncoding.EncodeToString(key.Bytes()) + "\n"
	a := list[0].Hash + "\n"
	for name, text := range map[string]string{
		"empty":      "",
		"no hashes":  head,
		"version":    strings.Replace(head, "/1 ", "/2 ", 1) + a,
		"short key":  "polder-codes/1 AAAA\n" + a,
		"no key":     "polder-codes/1\n" + a,
		"twice":      head + a + a,
		"not a hash": head + "hallo\n",
		"padded":     head + strings.TrimSpace(a) + "=\n",
		"blank line": head + "\n" + a,
		"long line":  head + strings.Repeat("A", 500) + "\n",
		"codes":      head + list[0].Code.Letter() + "\n",
	} {
		if _, _, err := eligibility.ReadHashes(strings.NewReader(text)); !errors.Is(err, eligibility.ErrCodeFile) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPrintFile(t *testing.T) {
	_, list := testCodes(t, 3)
	var file bytes.Buffer
	if err := eligibility.WritePrint(&file, list); err != nil {
		t.Fatal(err)
	}
	want := "number,code\n"
	for i, p := range list {
		want += fmt.Sprintf("%d,%s\n", i+1, p.Code.Letter())
	}
	if file.String() != want {
		t.Fatalf("got %q, want %q", file.String(), want)
	}
}

func TestAuditFileOpensForTheAuditorOnly(t *testing.T) {
	_, list := testCodes(t, 3)
	public, private := auditorPair(t)
	for _, text := range []string{fmt.Sprintf("%x", public), fmt.Sprintf("%X\n", public), base64.StdEncoding.EncodeToString(public[:]), base64.RawURLEncoding.EncodeToString(public[:])} {
		if k, err := eligibility.ParseAuditorKey(text); err != nil || k != public {
			t.Fatalf("%q: %x, %v", text, k, err)
		}
	}
	var file bytes.Buffer
	if err := eligibility.SealAudit(&file, rand.Reader, list, public); err != nil {
		t.Fatal(err)
	}
	plain, err := eligibility.OpenAudit(file.Bytes(), public, private)
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("1,%s\n2,%s\n3,%s\n", list[0].Hash, list[1].Hash, list[2].Hash); string(plain) != want {
		t.Fatalf("got %q, want %q", plain, want)
	}
	file.Bytes()[40] ^= 1
	if _, err := eligibility.OpenAudit(file.Bytes(), public, private); err == nil {
		t.Error("a damaged audit file opens")
	}
	if _, err := eligibility.OpenAudit(file.Bytes(), public, eligibility.NewSecret([]byte("short"))); err == nil {
		t.Error("a short key opens the audit file")
	}
}

func TestParseAuditorKeyRefuses(t *testing.T) {
	for _, s := range []string{"", "hallo", strings.Repeat("g", 64), strings.Repeat("A", 42), strings.Repeat("A", 44)} {
		if _, err := eligibility.ParseAuditorKey(s); !errors.Is(err, eligibility.ErrAuditorKey) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestGenerateCodesBounds(t *testing.T) {
	key, list := testCodes(t, 1)
	if list[0].Number != 1 {
		t.Errorf("numbers start at %d", list[0].Number)
	}
	for _, n := range []int{-1, 0, eligibility.MaxCodes + 1} {
		if _, err := eligibility.GenerateCodes(rand.Reader, key.Bytes(), n); err == nil {
			t.Errorf("%d codes are accepted", n)
		}
	}
	if _, err := eligibility.GenerateCodes(rand.Reader, key.Bytes()[:16], 1); err == nil {
		t.Error("a short key is accepted")
	}
	if _, err := eligibility.GenerateCodes(strings.NewReader("few bytes"), key.Bytes(), 10); err == nil {
		t.Error("a short source is accepted")
	}
}

func auditorPair(t *testing.T) (eligibility.AuditorKey, eligibility.Secret) {
	t.Helper()
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return eligibility.AuditorKey(*public), eligibility.NewSecret(private[:])
}
