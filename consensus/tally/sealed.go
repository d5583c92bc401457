// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"slices"

	"polder/consensus"
)

// secret is one area whose tally hides something, with its sealed companion and
// how the rules publish it.
type secret struct {
	area   string
	direct *Doc
	full   *Doc
	rules  Published
}

// hidden gives the sets of levels the area hides in one question.
func (s secret) hidden(question string, def *consensus.Definition) []mask {
	return masksOf(s.rules.question(question, def).Hidden)
}

// secrets finds the areas whose hidden counts could enter a sum: last word
// given, something hidden, and a companion that agrees.
func secrets(rows []Row, sealed []*Doc, def *consensus.Definition) []secret {
	byDigest := make(map[string]*Doc, len(sealed))
	for _, s := range sealed {
		byDigest[s.Digest] = s
	}
	var out []secret
	for i := range rows {
		row := &rows[i]
		if row.Doc == nil || row.Why != "" && row.Why != WhyWithheld || !row.Doc.Final() || !row.Doc.hides() {
			continue
		}
		full, ok := byDigest[row.Doc.Sealed]
		if ok && full.Key == row.Doc.Key && len(CheckSealed(row.Doc, full, def)) == 0 {
			out = append(out, secret{row.Area, row.Doc, full, Suppress(full.exact(def), def, AnswersAll)})
		}
	}
	return out
}

// hides reports whether counts are left out, not only merged.
func (d *Doc) hides() bool {
	return d.Withheld || d.Turnout != nil && len(d.Turnout.Hidden) > 0 ||
		slices.ContainsFunc(d.Questions, func(q Question) bool { return len(q.Hidden) > 0 })
}

// sealedSum builds the sum of hidden counts (aggregation.md 9.5). Per question
// and united group it needs at least two areas, at least k ballots and no
// unanimity; what fails that stays out. nil if nothing can be summed.
func sealedSum(rows []Row, sealed []*Doc, prior *SealedSum, def *consensus.Definition) *SealedSum {
	list := secrets(rows, sealed, def)
	candidate := buildSealedSum(slices.Clone(list), def)
	switch {
	case prior == nil || candidate.same(prior):
		return candidate
	case candidate != nil && mayReplace(candidate, prior, int64(def.K)):
		return candidate
	case stillHidden(prior, list):
		return prior
	}
	return nil
}

func buildSealedSum(list []secret, def *consensus.Definition) *SealedSum {
	out := &SealedSum{Areas: []string{}, Digests: []string{}, Questions: []Question{}}
	used := map[string]bool{}
	for i := range def.Questions {
		if dq := &def.Questions[i]; counted(dq) {
			if q, ok := sumHidden(list, dq, def, used); ok {
				out.Questions = append(out.Questions, q)
			}
		}
	}
	list = slices.DeleteFunc(list, func(s secret) bool { return !used[s.area] })
	for _, s := range list {
		out.Areas, out.Digests = append(out.Areas, s.area), append(out.Digests, s.full.Digest)
	}
	out.Turnout = sumHiddenTurnout(list, int64(def.K))
	if len(out.Areas) == 0 {
		return nil
	}
	return out
}

func sumHidden(list []secret, dq *consensus.DefinitionQuestion, def *consensus.Definition, used map[string]bool) (Question, bool) {
	var sets, kept []mask
	for _, s := range list {
		for _, m := range s.hidden(dq.ID, def) {
			sets = unite(sets, m)
		}
	}
	byWeakest(sets)
	var parts []part
	for _, m := range sets {
		var own []part
		var areas []string
		for _, s := range list {
			if one, ok := s.within(m, dq.ID, def); ok {
				own, areas = append(own, part{q: one}), append(areas, s.area)
			}
		}
		sum := addQuestion(dq, own)
		if len(areas) < 2 || sum.Ballots[m.key()] < int64(def.K) || sum.unanimous(m.key()) {
			continue
		}
		kept, parts = append(kept, m), append(parts, own...)
		for _, a := range areas {
			used[a] = true
		}
	}
	return addQuestion(dq, parts), len(kept) > 0
}

// within gives what the area hides inside m as one group, false if no ballots.
func (s secret) within(m mask, question string, def *consensus.Definition) (*Question, bool) {
	full, ok := s.full.Question(question)
	if !ok {
		return nil, false
	}
	var hidden mask
	for _, h := range s.hidden(question, def) {
		hidden |= h & m
	}
	if hidden == 0 {
		return nil, false
	}
	one := full.narrow(hidden).rekey(hidden, m)
	return one, one.Ballots[m.key()] > 0
}

// rekey renames the one group of q.
func (q *Question) rekey(from, to mask) *Question {
	if from == to {
		return q
	}
	a, b := from.key(), to.key()
	q.Ballots, q.Blank = map[string]int64{b: q.Ballots[a]}, map[string]int64{b: q.Blank[a]}
	for i := range q.Options {
		o := &q.Options[i]
		if o.Scores != nil {
			o.Scores = map[string][6]int64{b: o.Scores[a]}
			continue
		}
		o.N = map[string]int64{b: o.N[a]}
	}
	q.Groups = []Group{to.group()}
	return q
}

// sumHiddenTurnout sums the hidden accepted counts of the areas whose answers
// are in the sum; they are numbers of people, not choices, so unanimity does not
// matter.
func sumHiddenTurnout(list []secret, k int64) Turnout {
	out := Turnout{Eligible: map[string]int64{}, Issued: map[string]int64{}, Accepted: map[string]int64{}, Groups: []Group{}, Hidden: []Group{}}
	var sets []mask
	for _, s := range list {
		for _, m := range masksOf(s.direct.Turnout.Hidden) {
			sets = unite(sets, m)
		}
	}
	byWeakest(sets)
	for _, m := range sets {
		var sum int64
		areas := 0
		for _, s := range list {
			var own int64
			for _, h := range masksOf(s.direct.Turnout.Hidden) {
				n, _ := sumOf(h&m, s.full.Turnout.Accepted)
				own += n
			}
			if own > 0 {
				sum, areas = sum+own, areas+1
			}
		}
		if areas < 2 || sum < k {
			continue
		}
		out.Groups = append(out.Groups, m.group())
		out.Accepted[m.key()] = sum
	}
	return out
}
