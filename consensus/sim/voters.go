// SPDX-License-Identifier: EUPL-1.2

package sim

import (
	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/consensus/tally"
)

// The consultation: one question, a signal level and an official one.
const (
	question = "q1"
	signal   = eligibility.Fediverse
	official = eligibility.Code
)

var optionIDs = []string{"opt-1", "opt-2", "opt-3"}

func newDefinition(root string) *consensus.Definition {
	q := consensus.DefinitionQuestion{ID: question, Kind: consensus.KindSingle, Max: 1, Text: map[string]string{"nl": "Wat moet er met het water gebeuren?"}}
	for _, id := range optionIDs {
		q.Options = append(q.Options, consensus.DefinitionOption{ID: id, Text: map[string]string{"nl": id}})
	}
	return &consensus.Definition{
		V: 1, Root: root, RollDate: "2026-11-01", AreaScheme: "CBS-2023", MinAge: 16,
		Levels: []eligibility.Level{signal, official}, Official: []eligibility.Level{official}, K: 10,
		Results: consensus.ResultsAfterClose, Openings: "auditors", Questions: []consensus.DefinitionQuestion{q},
	}
}

// voters are the people of one municipality: how many there are, how many have
// voted in the end and how they choose. Counts are a function of time, so that
// the right answer is known at any moment.
type voters struct {
	eligible int64
	final    map[eligibility.Level]int64
	share    [2]int64 // per mille of the first two options
}

func drawVoters(d dice) voters {
	v := voters{eligible: d.skewed(30_000, 1, 900_000), share: [2]int64{d.between(150, 500), d.between(100, 450)}}
	v.eligible = max(v.eligible, 800)
	v.final = map[eligibility.Level]int64{
		official: v.eligible * d.between(10, 150) / 1000,
		signal:   d.between(0, 4+v.eligible/500),
	}
	return v
}

// tallyAt is the count when part of whole of the voting time has passed, with
// extra ballots that never were cast (for those who cheat).
func (v voters) tallyAt(def *consensus.Definition, part, whole, extra int64) *tally.Counts {
	part = min(part, whole)
	c := tally.NewCounts(def)
	c.Eligible[official], c.Issued[official] = v.eligible, v.eligible
	for _, l := range def.Levels {
		n := v.final[l] * part / whole
		if l == official {
			n += extra
		}
		s := c.Questions[0].Levels[l]
		s.Ballots = n
		s.Options[optionIDs[0]] = n * v.share[0] / 1000
		s.Options[optionIDs[1]] = n * v.share[1] / 1000
		s.Options[optionIDs[2]] = n - s.Options[optionIDs[0]] - s.Options[optionIDs[1]]
	}
	c.Superseded = v.final[official] * part / whole / 40
	return c
}
