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
	for i := range direct.Questions {
		q := &direct.Questions[i]
		if full, ok := sealed.Question(q.ID); !ok || !agrees(q, full, int64(def.K)) {
			f.fail(CodeSum, fmt.Sprintf("/questions/%d", i), "published counts of %s are not those of the sealed tally", q.ID)
		}
	}
	checkWithheld(f, direct, sealed, def)
	checkSealedTurnout(f, direct.Turnout, sealed.Turnout, int64(def.K))
	return f.fails
}

// checkWithheld: a withheld tally hides whole classes; each must be hidden for
// a reason.
func checkWithheld(f *findings, direct, sealed *Doc, def *consensus.Definition) {
	if !direct.Withheld {
		return
	}
	for i := range sealed.Questions {
		q := &sealed.Questions[i]
		for _, m := range present(q.Ballots, def) {
			if !q.narrow(m).mayHide(m, int64(def.K)) {
				f.fail(CodeSum, fmt.Sprintf("/questions/%d", i), "%s has enough ballots to be published", m.key())
			}
		}
	}
}

func checkSealedTurnout(f *findings, public, full *Turnout, k int64) {
	for _, m := range masksOf(public.Groups) {
		if n, _ := sumOf(m, full.Accepted); n != public.Accepted[m.key()] {
			f.fail(CodeSum, "/turnout/accepted", "%s is not that of the sealed tally", m.key())
		}
	}
	for _, m := range masksOf(public.Hidden) {
		if n, _ := sumOf(m, full.Accepted); n >= k {
			f.fail(CodeSum, "/turnout/hidden", "%s has enough ballots to be published", m.key())
		}
	}
}

// mayHide reports whether the one group m of q is too small, or unanimous and
// not twice as large.
func (q *Question) mayHide(m mask, k int64) bool {
	n := q.Ballots[m.key()]
	return n < k || n < 2*k && q.unanimous(m.key())
}

// agrees: published groups are sums of full levels; hidden ones are small, or
// unanimous below 2k.
func agrees(public, full *Question, k int64) bool {
	for _, m := range masksOf(public.Groups) {
		key := m.key()
		sum := full.narrow(m)
		if sum.Ballots[key] != public.Ballots[key] || sum.Blank[key] != public.Blank[key] {
			return false
		}
		for i := range sum.Options {
			o, p := &sum.Options[i], public.option(sum.Options[i].ID, i)
			if o.N[key] != p.N[key] || o.Scores[key] != p.Scores[key] {
				return false
			}
		}
	}
	for _, m := range masksOf(public.Hidden) {
		if !full.narrow(m).mayHide(m, k) {
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

// secret is one area whose tally hides something, with its sealed companion.
type secret struct {
	area   string
	direct *Doc
	full   *Doc
}

// hidden gives the sets of levels the area hides in one question.
func (s secret) hidden(question string, def *consensus.Definition) []mask {
	if q, ok := s.direct.Question(question); ok {
		return masksOf(q.Hidden)
	}
	full, ok := s.full.Question(question)
	if !ok || !s.direct.Withheld {
		return nil
	}
	return present(full.Ballots, def)
}

// present gives per class the levels with ballots; withheld tallies hide these.
func present(ballots map[string]int64, def *consensus.Definition) []mask {
	var out []mask
	for _, class := range classes(def) {
		var m mask
		for _, l := range class.group() {
			if ballots[string(l)] > 0 {
				m |= levelMask(l)
			}
		}
		if m != 0 {
			out = append(out, m)
		}
	}
	return out
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
			out = append(out, secret{row.Area, row.Doc, full})
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
	candidate := buildSealedSum(list, def)
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
	out.Turnout = sumHiddenTurnout(list, def, used)
	for _, s := range list {
		if used[s.area] {
			out.Areas, out.Digests = append(out.Areas, s.area), append(out.Digests, s.full.Digest)
		}
	}
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

// sumHiddenTurnout sums hidden accepted counts; they are numbers of people, not
// choices, so unanimity does not matter.
func sumHiddenTurnout(list []secret, def *consensus.Definition, used map[string]bool) Turnout {
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
		var areas []string
		for _, s := range list {
			var own int64
			for _, h := range masksOf(s.direct.Turnout.Hidden) {
				n, _ := sumOf(h&m, s.full.Turnout.Accepted)
				own += n
			}
			if own > 0 {
				sum, areas = sum+own, append(areas, s.area)
			}
		}
		if len(areas) < 2 || sum < int64(def.K) {
			continue
		}
		out.Groups = append(out.Groups, m.group())
		out.Accepted[m.key()] = sum
		for _, a := range areas {
			used[a] = true
		}
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
