// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"maps"
	"slices"
)

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
