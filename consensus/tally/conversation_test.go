// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"slices"
	"testing"

	"polder/consensus"
)

// TestConversationTurnout: the people of a conversation are in the turnout of a
// tally though its statements are in no question; small levels are hidden, and
// a turnout below the ballots of a question is still refused.
func TestConversationTurnout(t *testing.T) {
	def := simpleDefinition(consensus.ResultsAfterClose, 2)
	def.Questions[1].Kind = consensus.KindStatements
	for name, c := range map[string]struct {
		people, ballots int64
		want            int64
	}{"more people than ballots": {50, 20, 50}, "fewer": {12, 20, 20}, "nobody": {0, 20, 20}} {
		counts := NewCounts(def)
		counts.Eligible["code"], counts.Issued["code"] = 1000, 1000
		cast(t, counts, "q1", "code", "agree", int(c.ballots)/2)
		cast(t, counts, "q1", "code", "disagree", int(c.ballots)/2)
		counts.People = counts.Accepted()
		counts.People["code"], counts.People["open"] = c.people, 4
		direct, sealed, err := NewDirect(header(t, stadskanaal, def, StatusFinal, 1), counts, def)
		if err != nil || sealed == nil {
			t.Fatalf("%s: %v", name, err)
		}
		d, err := Parse(direct)
		if err != nil {
			t.Fatal(err)
		}
		if fails, _ := d.Validate(def, nil); len(fails) > 0 {
			t.Errorf("%s: %v", name, fails)
		}
		if got := d.Turnout.Accepted["code"]; got != c.want {
			t.Errorf("%s: accepted %d, want %d", name, got, c.want)
		}
		if _, shown := d.Turnout.Accepted["open"]; shown {
			t.Errorf("%s: four people are shown", name)
		}
		d.Turnout.Accepted["code"] = c.ballots - 1
		fails, _ := d.Validate(def, nil)
		if !slices.ContainsFunc(fails, func(p Problem) bool { return p.Code == CodeAccepted }) {
			t.Errorf("%s: fewer accepted than ballots passes: %v", name, fails)
		}
	}
}
