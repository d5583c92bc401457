// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func mustParse(t testing.TB, raw string) *Document {
	t.Helper()
	d, err := Parse([]byte(raw))
	if err != nil {
		t.Fatalf("Parse(%s): %v", raw, err)
	}
	return d
}

// nest is an object of the given depth.
func nest(depth int) string {
	return strings.Repeat(`{"a":`, depth-1) + "{}" + strings.Repeat("}", depth-1)
}

func array(n int) string {
	return `{"a":[0` + strings.Repeat(",0", n-1) + `]}`
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"k%d":1`, i)
	}
	return "{" + b.String()[1:]
}

// Row 44 and 45 of the attack table: each is refused, and says why.
func TestParseRefuses(t *testing.T) {
	cases := []struct {
		name, in string
		want     error
	}{
		{"empty", "", ErrSyntax},
		{"spaces", "  ", ErrSyntax},
		{"array on top", `[{"id":"x"}]`, ErrNotObject},
		{"string on top", `"x"`, ErrNotObject},
		{"null on top", `null`, ErrNotObject},
		{"byte order mark", "\ufeff{}", ErrSyntax},
		{"unclosed", `{"a":1`, ErrSyntax},
		{"cut in a string", `{"a":"b`, ErrSyntax},
		{"cut in an escape", `{"a":"\u00`, ErrSyntax},
		{"trailing comma", `{"a":1,}`, ErrSyntax},
		{"trailing comma in array", `{"a":[1,]}`, ErrSyntax},
		{"leading comma in array", `{"a":[,1]}`, ErrSyntax},
		{"two documents", `{}{}`, ErrSyntax},
		{"trailing text", `{} x`, ErrSyntax},
		{"comment", `{/*x*/}`, ErrSyntax},
		{"single quotes", `{'a':1}`, ErrSyntax},
		{"bare key", `{a:1}`, ErrSyntax},
		{"line end in a string", "{\"a\":\"\n\"}", ErrSyntax},
		{"bad escape", `{"a":"\x41"}`, ErrSyntax},
		{"bad hex", `{"a":"\u12g4"}`, ErrSyntax},
		{"half a literal", `{"a":tru}`, ErrSyntax},
		{"NaN", `{"a":NaN}`, ErrSyntax},
		{"Infinity", `{"a":-Infinity}`, ErrSyntax},
		{"leading zero", `{"a":01}`, ErrSyntax},
		{"leading plus", `{"a":+1}`, ErrSyntax},
		{"bare minus", `{"a":-}`, ErrSyntax},
		{"no digits after point", `{"a":1.}`, ErrSyntax},
		{"no exponent", `{"a":1e}`, ErrSyntax},
		{"hexadecimal", `{"a":0x10}`, ErrSyntax},
		{"1e999", `{"a":1e999}`, ErrNumber},
		{"-1e999", `{"a":[-1e999]}`, ErrNumber},
		{"400 digits", `{"a":` + strings.Repeat("9", 400) + `}`, ErrNumber},
		{"depth 33", nest(33), ErrDepth},
		{"depth 10,000", nest(10000), ErrDepth},
		{"arrays too deep", `{"a":` + strings.Repeat("[", 10000), ErrDepth},
		{"1,001 elements", array(1001), ErrArray},
		{"500,000 elements", array(500000), ErrArray},
		{"too large", `{"a":"` + strings.Repeat("x", MaxDocument) + `"}`, ErrTooLarge},
		{"duplicate", `{"id":"a","type":"Note","id":"b"}`, ErrDuplicateKey},
		{"duplicate by escape", `{"id":"a","\u0069d":"b"}`, ErrDuplicateKey},
		{"duplicate below", `{"a":[{"b":{"c":1,"c":1}}]}`, ErrDuplicateKey},
		{"duplicate in a large object", manyKeys(5000) + `,"k17":2}`, ErrDuplicateKey},
		{"late duplicate in a large object", manyKeys(5000) + `,"k4999":2}`, ErrDuplicateKey},
		{"empty key twice", `{"":1,"":2}`, ErrDuplicateKey},
		{"invalid UTF-8", "{\"a\":\"\xff\"}", ErrEncoding},
		{"invalid UTF-8 in a key", "{\"\xc3\x28\":1}", ErrEncoding},
		{"overlong UTF-8", "{\"a\":\"\xc0\xaf\"}", ErrEncoding},
		{"surrogate as UTF-8", "{\"a\":\"\xed\xa0\x80\"}", ErrEncoding},
		{"lone high surrogate", `{"a":"\ud800"}`, ErrEncoding},
		{"lone low surrogate", `{"a":"\udc00x"}`, ErrEncoding},
		{"surrogates the wrong way round", `{"a":"\udc00\ud800"}`, ErrEncoding},
		{"high surrogate and a letter", `{"a":"\ud800\u0041"}`, ErrEncoding},
		{"lone surrogate in a key", `{"\udfff":1}`, ErrEncoding},
		{"@graph", `{"@graph":[]}`, ErrKeyword},
		{"@included below", `{"object":{"@included":[]}}`, ErrKeyword},
		{"@reverse in a context", `{"@context":{"x":{"@reverse":"as:object"}}}`, ErrKeyword},
		{"keyword by escape", `{"\u0040graph":[]}`, ErrKeyword},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte(c.in))
			var pe *ParseError
			if !errors.Is(err, c.want) || !errors.As(err, &pe) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestParseAccepts(t *testing.T) {
	cases := map[string]string{
		"empty object":              `{}`,
		"white space all over":      " \r\n\t{ \"a\" : [ 1 , 2 ] , \"b\" : { } } \n",
		"depth 32":                  nest(32),
		"1,000 elements":            array(1000),
		"case differs":              `{"id":"a","ID":"b","Id":"c"}`,
		"same key on other levels":  `{"id":"a","object":{"id":"b"},"tag":[{"id":"c"},{"id":"d"}]}`,
		"surrogate pair":            `{"a":"\ud83d\ude00"}`,
		"all escapes":               `{"a":"\"\\\/\b\f\n\r\t\u00e9"}`,
		"numbers":                   `{"a":[0,-0,1.5,-2e10,3E-7,9007199254740993,123456789012345678901234567890]}`,
		"LD signature, no meaning":  `{"signature":{"type":"RsaSignature2017","signatureValue":"x"}}`,
		"remapped context":          `{"@context":{"actor":"as:object"},"actor":"https://a.example/u"}`,
		"a key called @graph-like":  `{"@graphs":1,"graph":2}`,
		"many members":              manyKeys(5000) + "}",
		"emptiness of every kind":   `{"":"","a":[],"b":{},"c":null}`,
		"keys after a large object": `{"big":` + manyKeys(100) + `},"k1":1,"k2":2}`,
	}
	for name, in := range cases {
		t.Run(name, func(t *testing.T) {
			d := mustParse(t, in)
			if string(d.Raw) != in {
				t.Errorf("raw bytes changed")
			}
		})
	}
}

// Whatever encoding/json writes, Parse reads, with the same members.
func TestParseAgreesWithEncodingJSON(t *testing.T) {
	text := rapid.String()
	leaf := rapid.OneOf(
		rapid.Map(text, func(s string) any { return s }),
		rapid.Map(rapid.Float64(), func(f float64) any { return f }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Just[any](nil),
	)
	list := rapid.Map(rapid.SliceOfN(leaf, 0, 4), func(l []any) any { return l })
	object := rapid.Map(rapid.MapOfN(text, leaf, 0, 4), func(m map[string]any) any { return m })
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.MapOfN(text, rapid.OneOf(leaf, list, object), 0, 40).Draw(t, "document")
		for _, k := range []string{"@graph", "@included", "@reverse"} {
			delete(in, k)
		}
		raw, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		d, err := Parse(raw)
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if len(d.Fields) != len(in) {
			t.Fatalf("%d members, want %d", len(d.Fields), len(in))
		}
		for k, v := range in {
			want, _ := json.Marshal(v)
			if !bytes.Equal(d.Fields[k], want) {
				t.Fatalf("%q = %s, want %s", k, d.Fields[k], want)
			}
		}
	})
}

func TestAccessorsTakeEveryShape(t *testing.T) {
	d := mustParse(t, `{
		"id":"https://a.example/1","type":["Note","Page"],
		"s":"x","list":["x","y"],"value":{"@value":"x"},"mixed":[null,1,"x",{"id":"https://a.example/2"},["deep"]],
		"link":{"type":"Link","href":"https://a.example/3"},"both":[{"type":"Link","href":"h:1"},{"id":"h:2","href":"h:3"},"h:4"],
		"object":{"id":"https://a.example/o","name":"n"},"objects":["h:1",{"id":"h:2"},{"id":"h:3"}],
		"bad":[{"id":"h:1"},7],"null":null,
		"n":42,"whole":1e3,"point":3.0,"half":2.5,"big":1e300,"nl":[7],
		"yes":true,"no":[false],
		"t":"2026-11-03T09:00:00Z","frac":"2026-11-03T09:00:00.123Z","zone":"2026-11-10T19:00:00+01:00","bare":"2026-11-03T09:00:00","never":"soon",
		"contentMap":{"nl":"ja","en":"yes","x":3}
	}`)
	equal := func(name string, got, want any) {
		t.Helper()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	equal("id", d.ID(), "https://a.example/1")
	equal("type", d.Type(), "Note")
	equal("types", d.Types(), []string{"Note", "Page"})
	for _, key := range []string{"s", "list", "value", "mixed"} {
		equal("String "+key, d.String(key), "x")
	}
	for _, key := range []string{"n", "object", "null", "absent"} {
		equal("String "+key, d.String(key), "")
	}
	equal("IRI of a link", d.IRI("link"), "https://a.example/3")
	equal("IRI of an object", d.IRI("object"), "https://a.example/o")
	equal("IRIs", d.IRIs("both"), []string{"h:1", "h:2", "h:4"})
	equal("IRI of nothing", d.IRI("absent"), "")
	equal("Has", []bool{d.Has("s"), d.Has("null"), d.Has("absent"), d.Has("S")}, []bool{true, false, false, false})

	o, err := d.Object("objects")
	equal("Object of an array", []any{o.ID(), err}, []any{"h:2", nil})
	o, err = d.Object("object")
	equal("bytes of an object", []any{string(o.Raw), err}, []any{`{"id":"https://a.example/o","name":"n"}`, nil})
	_, err = d.Object("s")
	equal("Object of a string", errors.Is(err, ErrShape), true)
	_, err = d.Object("null")
	equal("Object of null", errors.Is(err, ErrMissing), true)
	list, err := d.Objects("objects")
	equal("Objects", []any{len(list), err}, []any{2, nil})
	list, err = d.Objects("absent")
	equal("Objects of nothing", []any{len(list), err}, []any{0, nil})
	_, err = d.Objects("bad")
	equal("Objects with a number", errors.Is(err, ErrShape), true)

	for key, want := range map[string]string{"n": "42 true", "whole": "1000 true", "point": "3 true", "nl": "7 true",
		"half": "0 false", "big": "0 false", "s": "0 false", "absent": "0 false"} {
		n, ok := d.Int(key)
		equal("Int "+key, fmt.Sprint(n, " ", ok), want)
	}
	yes, ok := d.Bool("yes")
	equal("Bool", []bool{yes, ok}, []bool{true, true})
	no, ok := d.Bool("no")
	equal("Bool in a list", []bool{no, ok}, []bool{false, true})
	_, ok = d.Bool("s")
	equal("Bool of text", ok, false)

	for key, want := range map[string]string{"t": "2026-11-03T09:00:00Z", "frac": "2026-11-03T09:00:00Z", "zone": "2026-11-10T18:00:00Z", "bare": "2026-11-03T09:00:00Z"} {
		at, ok := d.Time(key)
		equal("Time "+key, []any{at.UTC().Format(time.RFC3339), ok}, []any{want, true})
	}
	_, ok = d.Time("never")
	equal("Time of text", ok, false)
	equal("LangMap", d.LangMap("contentMap"), LangMap{"nl": "ja", "en": "yes"})
	equal("LangMap of nothing", len(d.LangMap("s")), 0)
}

// Row 66: an id that could break a header, a log line or a key is no id.
func TestIRIRefusesControlCharacters(t *testing.T) {
	for _, bad := range []string{`a\r\nX: y`, `a\nb`, `a b`, `a\u0000b`, `a\u007fb`, `a\u0085b`, `a\u00a0b`, `a\u2028b`, strings.Repeat("x", maxIRI+1)} {
		d := mustParse(t, `{"id":"https://a.example/`+bad+`","o":{"id":"`+bad+`"},"l":["`+bad+`","https://ok.example/"]}`)
		if d.ID() != "" || d.IRI("o") != "" || d.IRI("l") != "https://ok.example/" {
			t.Errorf("%q taken as an id", bad)
		}
	}
}

func TestAddresses(t *testing.T) {
	cases := []struct {
		in               string
		public, unlisted bool
	}{
		{`{"to":"as:Public"}`, true, false},
		{`{"to":["Public"],"cc":["https://a.example/f"]}`, true, false},
		{`{"to":["https://www.w3.org/ns/activitystreams#Public"]}`, true, false},
		{`{"to":"https://a.example/f","cc":"as:Public"}`, true, true},
		{`{"to":["Public"],"cc":["as:Public"]}`, true, false},
		{`{"to":["https://a.example/f"],"audience":"as:Public"}`, false, false},
		{`{"to":["public","AS:Public"]}`, false, false},
		{`{"bto":"as:Public"}`, false, false},
		{`{}`, false, false},
	}
	for _, c := range cases {
		d := mustParse(t, c.in)
		if d.IsPublic() != c.public || d.IsUnlisted() != c.unlisted {
			t.Errorf("%s: public %v, unlisted %v", c.in, d.IsPublic(), d.IsUnlisted())
		}
	}
	a := mustParse(t, `{"to":["as:Public",{"id":"https://a.example/u"}],"audience":"https://a.example/g"}`).Addresses()
	if !a.Has(Public) || !a.Has("https://a.example/u") || !a.Has("https://a.example/g") || a.Has("https://a.example/x") {
		t.Errorf("addresses %+v", a)
	}
}

// goldenDocuments is every JSON document of testdata: corpus of the fuzz targets.
func goldenDocuments(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, p := range paths {
		raw, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		out[p] = raw
	}
	return out
}

// What Parse accepts, encoding/json accepts too, no accessor panics on, and
// parses again to the same members.
func FuzzParse(f *testing.F) {
	for _, raw := range goldenDocuments(f) {
		f.Add(raw)
	}
	f.Add([]byte(nest(33)))
	f.Add([]byte(`{"a":"\ud83d\ude00","b":[1e5,{"c":null}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := Parse(raw)
		if err != nil {
			var pe *ParseError
			if !errors.As(err, &pe) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(raw, &fields); err != nil || len(fields) != len(d.Fields) {
			t.Fatalf("encoding/json disagrees: %v, %d members against %d", err, len(fields), len(d.Fields))
		}
		for key := range d.Fields {
			readAll(d, key)
			if o, err := d.Object(key); err == nil && !bytes.Contains(raw, o.Raw) {
				t.Fatalf("bytes of %q changed", key)
			}
		}
		d.Addresses()
	})
}

func readAll(d *Document, key string) {
	d.Strings(key)
	d.IRIs(key)
	_, _ = d.Objects(key)
	d.Time(key)
	d.Int(key)
	d.Bool(key)
	d.LangMap(key)
}
