// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

func goldenBytes(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// edited returns the document with one change; numbers stay as written.
func edited(t testing.TB, raw []byte, change func(doc map[string]any)) []byte {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var doc map[string]any
	if err := dec.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	change(doc)
	out, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func question(doc map[string]any) map[string]any {
	return doc["questions"].([]any)[0].(map[string]any)
}

func option(doc map[string]any, i int) map[string]any {
	return question(doc)["options"].([]any)[i].(map[string]any)
}

func repeated(n int, v any) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = v
	}
	return out
}

func TestParseRefuses(t *testing.T) {
	raw := goldenBytes(t, "direct-GM0037.json")
	for name, change := range map[string]func(map[string]any){
		"another type":          func(d map[string]any) { d["type"] = "Note" },
		"unknown kind":          func(d map[string]any) { d["kind"] = "secret" },
		"negative count":        func(d map[string]any) { option(d, 0)["n"].(map[string]any)["code"] = -1 },
		"fraction":              func(d map[string]any) { option(d, 0)["n"].(map[string]any)["code"] = json.Number("1204.0") },
		"exponent":              func(d map[string]any) { option(d, 0)["n"].(map[string]any)["code"] = json.Number("1e3") },
		"2^53":                  func(d map[string]any) { d["revision"] = json.Number("9007199254740992") },
		"fraction, unknown":     func(d map[string]any) { d["extra"] = json.Number("0.5") },
		"text for a number":     func(d map[string]any) { d["epoch"] = "1" },
		"bad time":              func(d map[string]any) { d["published"] = "yesterday" },
		"field in another case": func(d map[string]any) { d["Revision"] = 1 },
		"folded field":          func(d map[string]any) { d["\u017ftatus"] = "final" },
		"51 questions":          func(d map[string]any) { d["questions"] = repeated(51, question(d)) },
		"61 options":            func(d map[string]any) { question(d)["options"] = repeated(61, option(d, 0)) },
		"9 groups":              func(d map[string]any) { question(d)["groups"] = repeated(9, []any{"code"}) },
		"1001 items":            func(d map[string]any) { d["extra"] = repeated(1001, 1) },
		"401 inputs":            func(d map[string]any) { d["inputs"] = repeated(401, map[string]any{}) },
		"five score counters":   func(d map[string]any) { option(d, 0)["n"] = map[string]any{"code": repeated(5, 1)} },
		"more than 256 KiB":     func(d map[string]any) { d["extra"] = strings.Repeat("x", MaxBytes) },
	} {
		t.Run(name, func(t *testing.T) {
			var p Problem
			if _, err := Parse(edited(t, raw, change)); !errors.As(err, &p) || p.Code != CodeSchema {
				t.Errorf("got %v, want F101", err)
			}
		})
	}
}

func TestParseRefusesText(t *testing.T) {
	for _, raw := range []string{"", "null", "[]", `{"type":"Tally","type":"Tally","kind":"direct"}`, `{"type":"Tally","kind":"direct"} x`,
		"{\"type\":\"Tally\",\"kind\":\"\xff\"}", `{"type":"Tally","kind":"direct","x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "}"} {
		if _, err := Parse([]byte(raw)); err == nil {
			t.Errorf("%.60q was accepted", raw)
		}
	}
}

func TestParseKeepsUnknownFields(t *testing.T) {
	raw := edited(t, goldenBytes(t, "direct-GM0037.json"), func(d map[string]any) {
		d["shift"] = -3
		question(d)["weather"] = map[string]any{"rain": 2}
	})
	d, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(d.Raw, raw) {
		t.Error("Raw is not what was received")
	}
	plain, err := Parse(goldenBytes(t, "direct-GM0037.json"))
	if err != nil {
		t.Fatal(err)
	}
	if d.Digest == plain.Digest {
		t.Error("unknown fields are not covered by the digest")
	}
}

func TestVerifyBy(t *testing.T) {
	raw := goldenBytes(t, "direct-GM0037.json")
	d, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.VerifyBy(multikey("GM1952")); err == nil || d.Key != "" {
		t.Error("a foreign key was accepted")
	}
	if err := d.VerifyBy(multikey("GM1952"), multikey("GM0037")); err != nil || d.Key != multikey("GM0037") {
		t.Errorf("the pinned key was refused: %v", err)
	}
	stolen := edited(t, raw, func(d map[string]any) { d["attributedTo"] = "https://other.example/actor" })
	if d, err = Parse(stolen); err != nil {
		t.Fatal(err)
	}
	if err := d.VerifyBy(multikey("GM0037")); err == nil {
		t.Error("a proof by another actor's key was accepted")
	}
}

func TestParseRosterRefuses(t *testing.T) {
	raw := goldenBytes(t, "roster.json")
	member := func(d map[string]any, i int) map[string]any { return d["members"].([]any)[i].(map[string]any) }
	for name, change := range map[string]func(map[string]any){
		"another type":      func(d map[string]any) { d["type"] = "Tally" },
		"area twice":        func(d map[string]any) { member(d, 1)["area"] = "GM0014" },
		"broken area":       func(d map[string]any) { member(d, 1)["area"] = "37" },
		"unknown role":      func(d map[string]any) { member(d, 0)["role"] = "witness" },
		"unknown status":    func(d map[string]any) { member(d, 0)["status"] = "gone" },
		"unknown count":     func(d map[string]any) { member(d, 0)["count"] = "frozen:abc" },
		"epoch 0":           func(d map[string]any) { member(d, 0)["epoch"] = 0 },
		"negative eligible": func(d map[string]any) { member(d, 0)["eligible"] = -5 },
		"broken key":        func(d map[string]any) { member(d, 0)["keys"].(map[string]any)["tally"] = []any{"z6Mkbroken"} },
		"previous not older": func(d map[string]any) {
			d["previous"] = map[string]any{"revision": d["revision"], "digest": fmt.Sprintf("sha256:%064d", 1)}
		},
		"context elsewhere":    func(d map[string]any) { d["context"] = "https://other.example/consultations/water" },
		"id elsewhere":         func(d map[string]any) { d["id"] = "https://other.example/roster/1" },
		"deadlines turned":     func(d map[string]any) { d["deadlines"].(map[string]any)["tallyBy"] = "2026-11-01T00:00:00Z" },
		"no roll date":         func(d map[string]any) { d["rollDate"] = "november" },
		"no definition digest": func(d map[string]any) { d["consultationDigest"] = "" },
	} {
		t.Run(name, func(t *testing.T) {
			var p Problem
			if _, err := ParseRoster(edited(t, raw, change)); !errors.As(err, &p) || p.Code != CodeSchema {
				t.Errorf("got %v, want F101", err)
			}
		})
	}
}

// FuzzTallyParse: whatever arrives, Parse and Validate do not panic, and what
// Parse accepts it accepts again from Raw with the same digest.
func FuzzTallyParse(f *testing.F) {
	for _, name := range []string{"direct-GM0037.json", "direct-GM1952.json", "sealed-GM1952.json", "aggregate.json", "roster.json"} {
		f.Add(goldenBytes(f, name))
	}
	f.Add([]byte(`{"type":"Tally","kind":"direct","questions":[{"id":"q1","options":[{"id":"opt-1","n":null}],"groups":[[],null]}],"turnout":null}`))
	def := exampleDefinition()
	r := exampleRoster(f, def)
	direct := parsed(f, goldenBytes(f, "direct-GM1952.json"), "GM1952")
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, _ = ParseRoster(raw)
		d, err := Parse(raw)
		if err != nil {
			return
		}
		d.Key = multikey(d.Area)
		d.Validate(def, r)
		d.Validate(def, nil)
		Total([]*Doc{d}, []*Doc{d}, r, def, "")
		CheckAggregate(d, map[string]*Doc{d.Digest: d}, r, def)
		withheld := *direct
		withheld.Sealed, withheld.Status, withheld.Revision = d.Digest, d.Status, d.Revision
		CheckSealed(&withheld, d, def)
		FullTotals([]*Doc{&withheld}, []*Doc{d}, r, def)
		again, err := Parse(d.Raw)
		if err != nil || again.Digest != d.Digest {
			t.Errorf("second reading: %v", err)
		}
	})
}
