// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"encoding/json"
	"testing"
	"time"
)

func marshal(t *testing.T, v any) string {
	t.Helper()
	raw, err := Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestMarshalKeepsHTMLReadable(t *testing.T) {
	same(t, "text", marshal(t, Object{Type: TypeNote, Content: "<p>a & b</p>"}), `{"type":"Note","content":"<p>a & b</p>"}`)
	same(t, "other text", marshal(t, Object{Type: TypeNote, Content: "é \"\\\n\u2028"}), `{"type":"Note","content":"é \"\\\n\u2028"}`)
}

func TestTime(t *testing.T) {
	amsterdam := time.FixedZone("CET", 3600)
	moment := time.Date(2026, 11, 10, 19, 0, 0, 987654321, amsterdam)
	same(t, "UTC", marshal(t, At(moment)), `"2026-11-10T18:00:00Z"`)
	same(t, "local", marshal(t, Time{moment}), `"2026-11-10T19:00:00+01:00"`)
	same(t, "zero", At(time.Time{}).IsZero(), true)
	var back Time
	for _, in := range []string{`null`, `"2026-11-10T18:00:00.5Z"`} {
		if err := json.Unmarshal([]byte(in), &back); err != nil {
			t.Errorf("%s: %v", in, err)
		}
	}
	for _, in := range []string{`"soon"`, `7`, `""`} {
		if json.Unmarshal([]byte(in), &back) == nil {
			t.Errorf("%s read as a time", in)
		}
	}
	if _, err := Marshal(Time{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}); err == nil {
		t.Error("the year 10000 was written")
	}
}

func TestOneOrMany(t *testing.T) {
	for in, want := range map[string]string{`"a"`: `"a"`, `["a"]`: `"a"`, `["a","b"]`: `["a","b"]`, `[]`: `[]`, `null`: `[]`} {
		var l OneOrMany[string]
		if err := json.Unmarshal([]byte(in), &l); err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		same(t, in, marshal(t, l), want)
	}
	var l OneOrMany[string]
	if json.Unmarshal([]byte(`{"a":1}`), &l) == nil {
		t.Error("an object read as text")
	}
}

func TestIRIOrObject(t *testing.T) {
	same(t, "link", marshal(t, Link(tA)), `"`+tA+`"`)
	same(t, "one link", marshal(t, Links(tA)), `"`+tA+`"`)
	same(t, "links", marshal(t, Links(tA, tC)), `["`+tA+`","`+tC+`"]`)
	same(t, "embedded", marshal(t, Embed(map[string]int{"n": 1})), `{"n":1}`)
	// Numbers, escapes and the order of members are part of what was signed.
	signed := `{"z":1.0,"a":"\u00e9\u003c","b":[1e2]}`
	same(t, "raw", marshal(t, Activity{ID: "i", Type: "t", Actor: "a", Object: Raw([]byte(signed))}),
		`{"id":"i","type":"t","actor":"a","object":`+signed+`}`)
	same(t, "nothing", marshal(t, Activity{ID: "i", Type: "t", Actor: "a"}), `{"id":"i","type":"t","actor":"a"}`)
	if _, err := Marshal(IRIOrObject{}); err == nil {
		t.Error("an empty reference was written")
	}
	if _, err := Marshal(Activity{Object: Raw([]byte(`{"broken`))}); err == nil {
		t.Error("broken bytes were written")
	}
	var x IRIOrObject
	if err := json.Unmarshal([]byte(`"`+tA+`"`), &x); err != nil || x.IRI() != tA || x.Value() != nil {
		t.Errorf("link read as %+v, %v", x, err)
	}
	if err := json.Unmarshal([]byte(signed), &x); err != nil || x.IRI() != "" || string(x.Value().(json.RawMessage)) != signed {
		t.Errorf("object read as %+v, %v", x, err)
	}
	if err := json.Unmarshal([]byte(`null`), &x); err != nil || !x.IsZero() {
		t.Errorf("null read as %+v, %v", x, err)
	}
}

func TestLevelCountsKeepTheirOrder(t *testing.T) {
	const text = `{"fediverse":40,"code+paper":351,"oidc":0}`
	var l LevelCounts
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		t.Fatal(err)
	}
	same(t, "written", marshal(t, l), text)
	for _, in := range []string{`[]`, `{"a":"b"}`, `{"a":1.5}`, `7`} {
		if json.Unmarshal([]byte(in), &l) == nil {
			t.Errorf("%s read as counts", in)
		}
	}
}

func TestIsContentType(t *testing.T) {
	for header, want := range map[string]bool{
		ContentType: true, ContentTypeLD: true, "APPLICATION/ACTIVITY+JSON; charset=UTF-8": true,
		`application/ld+json; profile="https://www.w3.org/ns/activitystreams https://x.example"; charset=utf-8`: true,
		"application/ld+json": false, "application/json": false, "text/html": false, "": false, "image/png": false,
		"application/activity+json; charset=latin1":        false,
		"application/activity+json, text/html":             false,
		`application/ld+json; profile="https://x.example"`: false,
	} {
		if IsContentType(header) != want {
			t.Errorf("%q: %v", header, !want)
		}
	}
}
