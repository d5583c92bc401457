// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"encoding/json"
	"testing"
)

// The reply of Mastodon is a Create of about 3 kB.
func BenchmarkParse(b *testing.B) {
	raw := read(b, "mastodon/reply.json")
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(raw); err != nil {
			b.Fatal(err)
		}
	}
}

// What an inbox does with it before the signature: two levels and addressing.
func BenchmarkParseAndRead(b *testing.B) {
	raw := read(b, "mastodon/reply.json")
	b.ReportAllocs()
	for b.Loop() {
		d, err := Parse(raw)
		if err != nil {
			b.Fatal(err)
		}
		o, err := d.Object("object")
		if err != nil || d.ID() == "" || d.IRI("actor") == "" || o.IRI("inReplyTo") == "" || !o.IsPublic() {
			b.Fatal("not read")
		}
	}
}

func BenchmarkParseVote(b *testing.B) {
	raw := read(b, "mastodon/vote.json")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(raw); err != nil {
			b.Fatal(err)
		}
	}
}

// For comparison: the standard library, which checks none of our limits.
func BenchmarkUnmarshalMap(b *testing.B) {
	raw := read(b, "mastodon/reply.json")
	b.ReportAllocs()
	for b.Loop() {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(raw, &fields); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseActor(b *testing.B) {
	d, err := Parse(read(b, "mastodon/actor.json"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseActor(d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMarshalUpdate(b *testing.B) {
	o, err := statement().WithCounts([]int{24, 12, 4}, 40)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Marshal(NewUpdate(o.ID+"#updates/1795464030000", o)); err != nil {
			b.Fatal(err)
		}
	}
}

// The most work 1 MiB can ask for: short keys without end.
func BenchmarkParseHostile(b *testing.B) {
	raw := []byte(manyKeys(85000) + "}")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(raw); err != nil {
			b.Fatal(err)
		}
	}
}
