// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"testing"

	"pgregory.net/rapid"
)

// breaks reports whether a draw of a world shows the rules to be broken.
type breaks func(t *rapid.T, s *stock, rules Rules) bool

// orderMatters breaks I1.
func orderMatters(t *rapid.T, s *stock, rules Rules) bool {
	w := drawWorld(t, s)
	a := TotalWith(rules, w.set, nil, w.roster, w.def, "")
	b := TotalWith(rules, shuffled(t, w.set), nil, w.roster, w.def, "")
	return shown(a) != shown(b)
}

// rosterOrderMatters breaks the choice of one Roster for everybody.
func rosterOrderMatters(t *rapid.T, s *stock, rules Rules) bool {
	w := drawWorld(t, s)
	next := *w.roster
	next.Revision, next.Previous, next.Digest = w.roster.Revision+1, &Ref{Revision: w.roster.Revision, Digest: w.roster.Digest}, fakeDigest("next")
	order := rapid.Permutation([]*Roster{w.roster, &next, &next}).Draw(t, "rosters")
	got, _ := LatestRosterWith(rules, order)
	return got != &next
}

// TestMutants: each protection that is switched off is found within 500 draws,
// and with all rules on nothing is found in any of them.
func TestMutants(t *testing.T) {
	s := newStock(t)
	for _, c := range []struct {
		name  string
		rules Rules
		found breaks
	}{
		{"fork rule removed", Rules{IgnoreForks: true}, orderMatters},
		{"deltas instead of snapshots", Rules{Deltas: true}, orderMatters},
		{"last-arrived roster", Rules{LastArrivedRoster: true}, rosterOrderMatters},
	} {
		t.Run(c.name, func(t *testing.T) {
			const draws = 500
			for _, rules := range []Rules{c.rules, {}} {
				at := firstFound(s, rules, c.found, draws)
				if mutant := rules != (Rules{}); mutant && at == draws {
					t.Errorf("not found in %d draws", draws)
				} else if !mutant && at < draws {
					t.Errorf("found in draw %d although all rules hold", at)
				}
			}
		})
	}
}

func firstFound(s *stock, rules Rules, found breaks, draws int) int {
	gen := rapid.Custom(func(t *rapid.T) bool { return found(t, s, rules) })
	for i := range draws {
		if gen.Example(i) {
			return i
		}
	}
	return draws
}
