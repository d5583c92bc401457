// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"polder/consensus"
)

var update = flag.Bool("update", false, "write the golden documents")

// exampleDefinition is that of aggregation.md 6.2.
func exampleDefinition() *consensus.Definition {
	def := simpleDefinition(consensus.ResultsAfterClose, 0)
	def.Levels = def.Levels[1:2:2]
	def.Levels = append(def.Levels, "code", "paper")
	def.Questions = []consensus.DefinitionQuestion{{ID: "q1", Kind: "single", Max: 1, Text: map[string]string{"nl": "Waar komt het water?"},
		Options: []consensus.DefinitionOption{{ID: "opt-1", Text: map[string]string{"nl": "Noord"}}, {ID: "opt-2", Text: map[string]string{"nl": "Zuid"}}}}}
	return def
}

var (
	oldambt       = place{"GM0014", "https://oldambt.example"}
	stadskanaal   = place{"GM0037", "https://stadskanaal.example"}
	middengron    = place{"GM1952", "https://middengroningen.example"}
	exampleSigned = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
)

func exampleRoster(t tb, def *consensus.Definition) *Roster {
	h := rosterHeader(t, def)
	h.Revision = 1790848800000
	h.Auditors = []Auditor{{"rekenkamer", "https://rekenkamer.example/actor"}}
	var members []Member
	for _, p := range []struct {
		place
		eligible int64
	}{{oldambt, 190000}, {stadskanaal, 25400}, {middengron, 48500}} {
		m := member(p.place)
		m.Eligible = p.eligible
		m.Since = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
		m.Witnesses = []string{"PV20", "GM0014", "GM1952"}
		members = append(members, m)
	}
	hub := member(place{"PV20", groningen})
	hub.Role, hub.Parent, hub.Eligible = RoleHub, "", 0
	return roster(t, h, append(members, hub)...)
}

// exampleCounts gives the counts of aggregation.md 6.3 for Stadskanaal, and for
// Midden-Groningen those that make the sums of 6.4.
func exampleCounts(t tb, def *consensus.Definition, p place) *Counts {
	c := NewCounts(def)
	c.Eligible["code"], c.Issued["code"] = 25400, 25400
	c.Issued["paper"] = 40
	n := map[string][3]int{"code": {1204, 790, 17}, "paper": {12, 19, 0}, "fediverse": {61, 33, 2}}
	c.Void, c.Superseded = map[string]int64{"withdrawn": 2, "cross-duplicate": 1}, 57
	if p == middengron {
		c.Eligible["code"], c.Issued["code"], c.Issued["paper"] = 48500, 48500, 25
		n = map[string][3]int{"code": {1655, 1432, 33}, "paper": {4, 2, 0}, "fediverse": {40, 20, 0}}
		c.Void, c.Superseded = nil, 12
	}
	for level, v := range n {
		cast(t, c, "q1", level, "opt-1", v[0])
		cast(t, c, "q1", level, "opt-2", v[1])
		cast(t, c, "q1", level, "", v[2])
	}
	return c
}

func exampleHeader(t tb, p place, def *consensus.Definition) Header {
	h := header(t, p, def, StatusProvisional, 1795510800123)
	h.Published = exampleSigned
	h.Software = "polder/1.0.3"
	h.Log = []LogRef{{"stadskanaal.example/log/water", 2203, "<signed note with cosignatures>"}}
	h.Register = &RegisterRef{"stadskanaal.example/register", 118, "AAAA"}
	h.Previous = &Ref{Revision: 1795467300044, Digest: "sha256:51aa000000000000000000000000000000000000000000000000000000000000"}
	if p == middengron {
		h.Revision, h.Previous, h.Register, h.Log = 1795512000310, nil, nil, nil
	}
	return h
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, got, "", " "); err != nil {
		t.Fatal(err)
	}
	pretty.WriteByte('\n')
	if *update {
		if err := os.WriteFile(path, pretty.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, pretty.Bytes()) {
		t.Errorf("%s differs; got\n%s", name, pretty.Bytes())
	}
}

// TestGoldenDocuments writes the examples of aggregation.md 6.3 to 6.5, signed,
// and compares them with the files: the wire format may not drift.
func TestGoldenDocuments(t *testing.T) {
	def := exampleDefinition()
	rawDef, _, err := def.Encode()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "definition.json", rawDef)
	r := exampleRoster(t, def)
	golden(t, "roster.json", r.Raw)

	set := []*Doc{}
	for _, p := range []place{stadskanaal, middengron} {
		direct, sealed, err := NewDirect(exampleHeader(t, p, def), exampleCounts(t, def, p), def)
		if err != nil {
			t.Fatal(err)
		}
		signed := sign(t, direct, p.actor(), p.area)
		golden(t, "direct-"+p.area+".json", signed)
		if sealed != nil {
			golden(t, "sealed-"+p.area+".json", sign(t, sealed, p.actor(), p.area))
		}
		d, err := Parse(signed)
		if err != nil {
			t.Fatal(err)
		}
		m, _ := r.Member(p.area)
		if err := d.VerifyBy(m.PinnedKeys()...); err != nil {
			t.Fatal(err)
		}
		if fails, _ := d.Validate(def, r); len(fails) > 0 {
			t.Fatalf("%s: %v", p.area, fails)
		}
		set = append(set, d)
	}

	res := Total(set, nil, r, def, "")
	h := header(t, place{"PV20", groningen}, def, StatusProvisional, 1795514400871)
	h.CC = nil
	raw, err := NewAggregate(h, res)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "aggregate.json", sign(t, raw, groningen+"/actor", "PV20"))
	agg := parsed(t, raw, "PV20")
	inputs := map[string]*Doc{set[0].Digest: set[0], set[1].Digest: set[1]}
	if problems := CheckAggregate(agg, inputs, r, def); len(problems) > 0 {
		t.Errorf("the aggregate does not hold: %v", problems)
	}
}

// TestExampleTotals compares with the numbers printed in aggregation.md 6.4.
func TestExampleTotals(t *testing.T) {
	raw, err := os.ReadFile("testdata/aggregate.json")
	if err != nil {
		t.Fatal(err)
	}
	d, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	q := d.Questions[0]
	for _, c := range []struct {
		name string
		got  int64
		want int64
	}{
		{"opt-1 code+paper", q.Options[0].N["code+paper"], 2875}, {"opt-1 fediverse", q.Options[0].N["fediverse"], 101},
		{"opt-2 code+paper", q.Options[1].N["code+paper"], 2243}, {"opt-2 fediverse", q.Options[1].N["fediverse"], 53},
		{"blank code+paper", q.Blank["code+paper"], 50}, {"blank fediverse", q.Blank["fediverse"], 2},
		{"ballots code+paper", q.Ballots["code+paper"], 5168}, {"ballots fediverse", q.Ballots["fediverse"], 156},
		{"eligible", d.Turnout.Eligible["code"], 73900}, {"issued paper", d.Turnout.Issued["paper"], 65},
		{"accepted", d.Turnout.Accepted["code+paper"], 5168},
		{"expected", d.Coverage.Expected, 3}, {"reported", d.Coverage.Reported, 2}, {"final", d.Coverage.Final, 0},
		{"coverage eligible", d.Coverage.Eligible, 263900}, {"coverage eligibleReported", d.Coverage.EligibleReported, 73900},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, c.got, c.want)
		}
	}
	if n := d.NotCounted; len(n) != 1 || n[0].Area != "GM0014" || n[0].Why != WhyNoReport || n[0].Last != nil {
		t.Errorf("notCounted: %v", n)
	}
}
