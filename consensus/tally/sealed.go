// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"fmt"
	"maps"
	"slices"

	"polder/consensus"
)

// CheckSealed compares a sealed companion with its direct tally: it must be the
// one named by digest, and its full counts must give every published number.
func CheckSealed(direct, sealed *Doc, def *consensus.Definition) []Problem {
	f := &findings{}
	switch {
	case sealed.Kind != KindSealed || sealed.Digest != direct.Sealed:
		f.fail(CodeSum, "/sealed", "not the sealed tally %s", direct.Sealed)
	case sealed.Area != direct.Area || sealed.Epoch != direct.Epoch || sealed.Revision != direct.Revision ||
		sealed.AttributedTo != direct.AttributedTo || sealed.Context != direct.Context:
		f.fail(CodeSum, "/revision", "sealed tally of another tally")
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

func (s *SealedSum) same(other *SealedSum) bool {
	return s != nil && slices.Equal(s.Areas, other.Areas) && slices.Equal(s.Digests, other.Digests)
}

func (s *SealedSum) pairs() map[string]string {
	out := make(map[string]string, len(s.Areas))
	for i := range min(len(s.Areas), len(s.Digests)) {
		out[s.Areas[i]] = s.Digests[i]
	}
	return out
}

// mayReplace: the difference to what was published covers at least two areas,
// and in every question and level at least k ballots, or none at all.
func mayReplace(next, prior *SealedSum, k int64) bool {
	before, after := prior.pairs(), next.pairs()
	changed := map[string]bool{}
	for area, digest := range before {
		changed[area] = after[area] != digest
	}
	for area, digest := range after {
		changed[area] = before[area] != digest
	}
	maps.DeleteFunc(changed, func(_ string, yes bool) bool { return !yes })
	if len(changed) < 2 {
		return false
	}
	ids := map[string]bool{}
	for _, q := range slices.Concat(next.Questions, prior.Questions) {
		ids[q.ID] = true
	}
	for id := range ids {
		a, _ := findQuestion(next.Questions, id)
		b, _ := findQuestion(prior.Questions, id)
		if !differsEnough(a, b, k) {
			return false
		}
	}
	return true
}

// differsEnough compares one question of two sums over the union of their groups.
func differsEnough(a, b *Question, k int64) bool {
	var sets []mask
	for _, q := range []*Question{a, b} {
		if q != nil {
			for _, m := range masksOf(q.Groups) {
				sets = unite(sets, m)
			}
		}
	}
	for _, m := range sets {
		x, y := emptyOr(a, m), emptyOr(b, m)
		diff := x.Ballots[m.key()] - y.Ballots[m.key()]
		if max(diff, -diff) < k && !sameAnswers(x, y, m.key()) {
			return false
		}
	}
	return true
}

func emptyOr(q *Question, m mask) *Question {
	if q == nil {
		return &Question{}
	}
	return q.narrow(m)
}

func sameAnswers(a, b *Question, key string) bool {
	if a.Ballots[key] != b.Ballots[key] || a.Blank[key] != b.Blank[key] || len(a.Options) != len(b.Options) {
		return false
	}
	for i := range a.Options {
		o := b.option(a.Options[i].ID, i)
		if a.Options[i].N[key] != o.N[key] || a.Options[i].Scores[key] != o.Scores[key] {
			return false
		}
	}
	return true
}

// stillHidden reports whether every area of the published sum still hides its
// counts, so that keeping the sum counts nobody twice.
func stillHidden(prior *SealedSum, list []secret) bool {
	for _, area := range prior.Areas {
		if !slices.ContainsFunc(list, func(s secret) bool { return s.area == area }) {
			return false
		}
	}
	return true
}
