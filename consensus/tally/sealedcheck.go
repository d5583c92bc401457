// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"fmt"
	"slices"

	"polder/consensus"
	"polder/consensus/eligibility"
)

// CheckSealed compares a sealed companion with its direct tally: it must be the
// one named by digest, and its full counts must give every published number.
func CheckSealed(direct, sealed *Doc, def *consensus.Definition) []Problem {
	f := &findings{}
	switch {
	case sealed.Kind != KindSealed || sealed.Digest != direct.Sealed:
		f.fail(CodeSum, "/sealed", "not the sealed tally %s", direct.Sealed)
	case sealed.Area != direct.Area || sealed.Epoch != direct.Epoch || sealed.Revision != direct.Revision ||
		sealed.AttributedTo != direct.AttributedTo || sealed.Context != direct.Context || sealed.Status != direct.Status:
		f.fail(CodeSum, "/revision", "sealed tally of another tally")
	case direct.Turnout == nil:
		f.fail(CodeSum, "/turnout", "the tally has none")
	default:
		sealed.checkHeader(f)
		sealed.checkDirectFields(f)
		sealed.checkCounts(f, def)
	}
	if len(f.fails) > 0 {
		return f.fails
	}
	p := Suppress(sealed.exact(def), def, AnswersAll)
	if direct.Withheld != p.Withheld {
		f.fail(CodeSum, "/withheld", "%v, by the full counts %v", direct.Withheld, p.Withheld)
		return f.fails
	}
	for i := range direct.Questions {
		q := &direct.Questions[i]
		full, ok := sealed.Question(q.ID)
		if !ok || !agrees(q, full, p.question(q.ID, def)) {
			f.fail(CodeSum, fmt.Sprintf("/questions/%d", i), "%s does not follow from the full counts", q.ID)
		}
	}
	full := &Question{Ballots: sealed.Turnout.Accepted, Groups: sealed.Turnout.Groups}
	accepted := &Question{Ballots: direct.Turnout.Accepted, Groups: direct.Turnout.Groups, Hidden: direct.Turnout.Hidden}
	if !agrees(accepted, full, p.Turnout) {
		f.fail(CodeSum, "/turnout/accepted", "does not follow from the full counts")
	}
	return f.fails
}

// exact gives the counts of a sealed tally.
func (d *Doc) exact(def *consensus.Definition) *Counts {
	c := NewCounts(def)
	for i := range c.Questions {
		q, ok := d.Question(c.Questions[i].ID)
		if !ok {
			continue
		}
		for l, s := range c.Questions[i].Levels {
			key := string(l)
			s.Ballots, s.Blank = q.Ballots[key], q.Blank[key]
			for j := range q.Options {
				o := &q.Options[j]
				if o.Scores != nil {
					s.Scores[o.ID] = o.Scores[key]
					continue
				}
				s.Options[o.ID] = o.N[key]
			}
		}
	}
	if _, talk := def.StatementsQuestion(); talk && d.Turnout != nil {
		c.People = map[eligibility.Level]int64{}
		for level, n := range d.Turnout.Accepted {
			c.People[eligibility.Level(level)] = n
		}
	}
	return c
}

// question gives the grouping of one question.
func (p Published) question(id string, def *consensus.Definition) Grouping {
	at := 0
	for i := range def.Questions {
		if !counted(&def.Questions[i]) {
			continue
		}
		if def.Questions[i].ID == id {
			return p.Questions[at]
		}
		at++
	}
	return Grouping{}
}

// agrees: the public question is published as the rules say, with the sums of
// the full levels.
func agrees(public, full *Question, want Grouping) bool {
	if !slices.EqualFunc(public.Groups, want.Groups, slices.Equal[Group]) || !slices.EqualFunc(public.Hidden, want.Hidden, slices.Equal[Group]) {
		return false
	}
	for _, m := range masksOf(public.Groups) {
		if key := m.key(); !sameAnswers(full.narrow(m), public, key) {
			return false
		}
	}
	return true
}

// narrow adds the levels of q within m into one group m.
func (q *Question) narrow(m mask) *Question {
	out := &Question{ID: q.ID, Max: q.Max, Ballots: map[string]int64{m.key(): 0}, Blank: map[string]int64{m.key(): 0}}
	for _, o := range q.Options {
		empty := Option{ID: o.ID, N: map[string]int64{m.key(): 0}}
		if o.Scores != nil {
			empty.N, empty.Scores = nil, map[string][6]int64{m.key(): {}}
		}
		out.Options = append(out.Options, empty)
	}
	part{q: q}.addTo(out, m, true)
	out.Groups, out.Hidden = []Group{m.group()}, []Group{}
	return out
}
