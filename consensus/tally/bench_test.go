// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"testing"

	"polder/consensus"
	"polder/consensus/eligibility"
)

// nation is 342 signed tallies of 10 questions x 3 options x 3 levels.
func nation(b *testing.B) (raws [][]byte, r *Roster, def *consensus.Definition) {
	b.Helper()
	def = simpleDefinition(consensus.ResultsAfterClose, 10)
	def.Levels = []eligibility.Level{"open", "fediverse", "code"}
	def.Official = []eligibility.Level{"code"}
	var members []Member
	for i, p := range places(342) {
		members = append(members, member(p))
		c := NewCounts(def)
		c.Eligible["code"], c.Issued["code"] = 1000, 1000
		for q := range def.Questions {
			for _, l := range def.Levels {
				s := c.Questions[q].Levels[l]
				s.Options["agree"], s.Options["pass"], s.Ballots = int64(100+i), 50, int64(150+i)
			}
		}
		direct, _, err := NewDirect(header(b, p, def, StatusFinal, 1795510800123), c, def)
		if err != nil {
			b.Fatal(err)
		}
		raws = append(raws, sign(b, direct, p.actor(), p.area))
	}
	return raws, roster(b, rosterHeader(b, def), members...), def
}

// readAll parses the tallies and verifies each proof by the pinned key.
func readAll(b *testing.B, raws [][]byte, r *Roster) []*Doc {
	b.Helper()
	set := make([]*Doc, 0, len(raws))
	for _, raw := range raws {
		d, err := Parse(raw)
		if err != nil {
			b.Fatal(err)
		}
		m, _ := r.Member(d.Area)
		if err := d.VerifyBy(m.PinnedKeys()...); err != nil {
			b.Fatal(err)
		}
		set = append(set, d)
	}
	return set
}

// BenchmarkNationFromScratch: bytes in, total out.
func BenchmarkNationFromScratch(b *testing.B) {
	raws, r, def := nation(b)
	for b.Loop() {
		res := Total(readAll(b, raws, r), nil, r, def, "")
		if res.Coverage.Reported != 342 {
			b.Fatal(res.Coverage)
		}
	}
}

// BenchmarkNationTotal: parsed tallies in, total out.
func BenchmarkNationTotal(b *testing.B) {
	raws, r, def := nation(b)
	set := readAll(b, raws, r)
	for b.Loop() {
		if res := Total(set, nil, r, def, ""); res.Coverage.Reported != 342 {
			b.Fatal(res.Coverage)
		}
	}
}
