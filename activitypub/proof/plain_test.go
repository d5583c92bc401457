// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/gowebpki/jcs"
	"pgregory.net/rapid"
)

// FuzzPlain: what the short way accepts, the full implementation accepts too,
// and gives the same bytes.
func FuzzPlain(f *testing.F) {
	for _, s := range []string{`{"b":1,"a":[true,false,null,-3,"é"]}`, ` { "a" : { } , "B":[ ],"aa":"" } `, `{"a":1,"a":2}`, `[-0]`, `[01]`, `[1.0]`, `[1e3]`,
		`["\u0041"]`, `{"é":1,"a":2}`, "[\"\xff\"]", `[9007199254740993]`, `[999999999999999]`, `{"a":1,}`, `[1 2]`, `[tru]`, `nulll`, "[\"\x7f\u2028\"]", `"`, `{`, `[`, `-`, ``} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, ok := plain(raw)
		if !ok {
			return
		}
		want, err := jcs.Transform(raw)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%q became %q, want %q, %v", raw, got, want, err)
		}
	})
}

func drawJSON(t *rapid.T, depth int) any {
	switch kind := rapid.IntRange(0, 6).Draw(t, "kind"); {
	case kind == 0:
		return rapid.Int64().Draw(t, "number")
	case kind == 1:
		return rapid.IntRange(-1000, 1000).Draw(t, "number")
	case kind == 2:
		return rapid.String().Draw(t, "text")
	case kind == 3 || depth == 4:
		return rapid.SampledFrom([]any{nil, true, false, "plain", 0.5, "http://a.example/b#c"}).Draw(t, "value")
	case kind == 4:
		list := []any{}
		for range rapid.IntRange(0, 4).Draw(t, "items") {
			list = append(list, drawJSON(t, depth+1))
		}
		return list
	}
	object := map[string]any{}
	for range rapid.IntRange(0, 5).Draw(t, "members") {
		object[rapid.OneOf(rapid.StringMatching("[a-zA-Z@]{0,3}"), rapid.String()).Draw(t, "name")] = drawJSON(t, depth+1)
	}
	return object
}

func TestCanonicalFormIsTheSameEitherWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw, err := json.Marshal(drawJSON(t, 0))
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "indented") {
			var out bytes.Buffer
			if err := json.Indent(&out, raw, " ", "\t"); err != nil {
				t.Fatal(err)
			}
			raw = out.Bytes()
		}
		want, err := jcs.Transform(raw)
		if err != nil {
			return // not a document
		}
		if got, err := Canonicalize(raw); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%q became %q, want %q, %v", raw, got, want, err)
		}
	})
}

// The short way is used for what is signed every day.
func TestPlainTakesOrdinaryObjects(t *testing.T) {
	for raw, want := range map[string]string{
		`{"type":"Round","id":"https://a.example/1","epoch":3,"final":false,"to":["x","y"],"previous":null,"sums":{"3":[[-1,0,123456789012345]],"2":[]}}`: `{"epoch":3,"final":false,"id":"https://a.example/1","previous":null,"sums":{"2":[],"3":[[-1,0,123456789012345]]},"to":["x","y"],"type":"Round"}`,
		"\n{ \"b\" : \"Gemeente Súdwest-Fryslân\",\r\t\"a\":[ ] }":                                                                                        `{"a":[],"b":"Gemeente Súdwest-Fryslân"}`,
	} {
		if got, ok := plain([]byte(raw)); !ok || string(got) != want {
			t.Errorf("%s became %s, %v", raw, got, ok)
		}
	}
	for _, raw := range []string{`{"a":1,"b":2,"a":3}`, `[-0]`, `[1234567890123456]`, `["\n"]`, `{"é":1}`, strings.Repeat("[", 40) + strings.Repeat("]", 40)} {
		if got, ok := plain([]byte(raw)); ok {
			t.Errorf("%s was taken as %s", raw, got)
		}
	}
}

func BenchmarkCanonicalize(b *testing.B) {
	var list []int
	for i := range 2000 {
		list = append(list, i*i)
	}
	raw, err := json.Marshal(map[string]any{"type": "ConsensusShare", "A": list, "D": list, "S": list})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Canonicalize(raw); err != nil {
			b.Fatal(err)
		}
	}
}
