// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"polder/consensus"
	"polder/consensus/eligibility"
)

// add sums questions and turnout of the counted rows and of the sealed sum.
func (r *Result) add(def *consensus.Definition) {
	var docs []*Doc
	for i := range r.Rows {
		row := &r.Rows[i]
		switch {
		case !row.Counted():
		case len(row.docs) > 0:
			docs = append(docs, row.docs...)
		default:
			docs = append(docs, row.Doc)
		}
	}
	r.Questions, r.Turnout = addAll(docs, r.SealedSum, def)
}

// addAll gives the questions of the definition, keyed by the union of the groups
// published by any part, and the turnout.
func addAll(docs []*Doc, sealed *SealedSum, def *consensus.Definition) ([]Question, Turnout) {
	questions := []Question{}
	for i := range def.Questions {
		dq := &def.Questions[i]
		if !counted(dq) {
			continue
		}
		var parts []part
		for _, d := range docs {
			if q, ok := d.Question(dq.ID); ok {
				parts = append(parts, part{q, d.Status == StatusInterim && def.Results == consensus.ResultsInterim})
			}
		}
		if sealed != nil {
			if q, ok := findQuestion(sealed.Questions, dq.ID); ok {
				parts = append(parts, part{q, false})
			}
		}
		questions = append(questions, addQuestion(dq, parts))
	}
	return questions, addTurnout(docs, sealed)
}

// part is one summand of a question. rounded: its answers are rounded to 5.
type part struct {
	q       *Question
	rounded bool
}

// quality ranks what a part says about the answers of a group: nothing, rounded
// or exact.
func (p part) quality(m mask) int {
	best := 0
	for _, g := range masksOf(p.q.Groups) {
		if g&m == 0 {
			continue
		}
		if !p.q.hasOptions(g.key()) {
			return 0
		}
		if best = 2; p.rounded {
			best = 1
		}
	}
	return best
}

// addQuestion adds the parts. Where some places already publish answers and
// others only turnout (or rounded answers), the best kind alone is added, so that
// options, blank and ballots of the total stay answers of the same people.
func addQuestion(dq *consensus.DefinitionQuestion, parts []part) Question {
	sum := Question{ID: dq.ID, Max: int64(dq.Max), Ballots: map[string]int64{}, Blank: map[string]int64{}, Options: emptyOptions(dq)}
	groups, hidden := unionOf(parts)
	answers := len(parts) == 0
	for _, m := range groups {
		best := 0
		for _, p := range parts {
			best = max(best, p.quality(m))
		}
		answers = answers || best > 0
		sum.Ballots[m.key()] = 0
		for _, p := range parts {
			if p.quality(m) == best {
				p.addTo(&sum, m, best > 0)
			}
		}
	}
	if !answers {
		sum.Options, sum.Blank = nil, nil
	}
	sum.Groups, sum.Hidden = groupsOf(groups), groupsOf(hidden)
	return sum
}

// unionOf gives the transitive union of the published groups, and of the hidden
// ones those that no published group touches.
func unionOf(parts []part) (groups, hidden []mask) {
	for _, p := range parts {
		for _, m := range masksOf(p.q.Groups) {
			groups = unite(groups, m)
		}
	}
	for _, p := range parts {
		for _, m := range masksOf(p.q.Hidden) {
			hidden = unite(hidden, m)
		}
	}
	return groups, untouched(groups, hidden)
}

func untouched(groups, hidden []mask) []mask {
	var taken mask
	for _, m := range groups {
		taken |= m
	}
	out := []mask{}
	for _, m := range hidden {
		if m&taken == 0 {
			out = append(out, m)
		}
	}
	byWeakest(groups)
	byWeakest(out)
	return out
}

// addTo adds the groups of p that lie within m under the key of m.
func (p part) addTo(sum *Question, m mask, answers bool) {
	key := m.key()
	for _, g := range masksOf(p.q.Groups) {
		if g&m == 0 {
			continue
		}
		from := g.key()
		sum.Ballots[key] += p.q.Ballots[from]
		if !answers {
			continue
		}
		sum.Blank[key] += p.q.Blank[from]
		for i := range sum.Options {
			sum.Options[i].add(key, p.q.option(sum.Options[i].ID, i), from)
		}
	}
}

// option finds an option; at is where it stands if the order is that of the
// definition.
func (q *Question) option(id string, at int) *Option {
	if at < len(q.Options) && q.Options[at].ID == id {
		return &q.Options[at]
	}
	for i := range q.Options {
		if q.Options[i].ID == id {
			return &q.Options[i]
		}
	}
	return &Option{}
}

func (o *Option) add(key string, other *Option, from string) {
	if o.Scores != nil {
		o.Scores[key] = addScores(o.Scores[key], other.Scores[from])
		return
	}
	o.N[key] += other.N[from]
}

func addTurnout(docs []*Doc, sealed *SealedSum) Turnout {
	sum := Turnout{Eligible: map[string]int64{}, Issued: map[string]int64{}, Accepted: map[string]int64{}}
	var parts []*Turnout
	for _, d := range docs {
		if d.Turnout != nil {
			parts = append(parts, d.Turnout)
		}
	}
	if sealed != nil {
		parts = append(parts, &sealed.Turnout)
	}
	var groups, hidden []mask
	for _, t := range parts {
		for _, m := range masksOf(t.Groups) {
			groups = unite(groups, m)
		}
		for _, m := range masksOf(t.Hidden) {
			hidden = unite(hidden, m)
		}
	}
	hidden = untouched(groups, hidden)
	for _, t := range parts {
		for _, l := range eligibility.Levels {
			addLevel(sum.Eligible, t.Eligible, string(l))
			addLevel(sum.Issued, t.Issued, string(l))
		}
		for _, g := range masksOf(t.Groups) {
			for _, m := range groups {
				if g&m != 0 {
					sum.Accepted[m.key()] += t.Accepted[g.key()]
				}
			}
		}
	}
	sum.Groups, sum.Hidden = groupsOf(groups), groupsOf(hidden)
	return sum
}

func addLevel(sum, part map[string]int64, l string) {
	if n, ok := part[l]; ok {
		sum[l] += n
	}
}
