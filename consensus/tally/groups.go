// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"math/bits"
	"slices"
	"strings"

	"polder/consensus"
	"polder/consensus/eligibility"
)

// Group is a set of levels whose counts are published as one, weakest first.
type Group []eligibility.Level

// Key is the name of the group in every map of counts: its levels joined by '+'.
func (g Group) Key() string {
	if len(g) == 1 {
		return string(g[0])
	}
	names := make([]string, len(g))
	for i, l := range g {
		names[i] = string(l)
	}
	return strings.Join(names, "+")
}

// GroupOf reads a key back into its group, nil if it names an unknown level or
// its levels are not in order.
func GroupOf(key string) Group {
	var g Group
	for name := range strings.SplitSeq(key, "+") {
		g = append(g, eligibility.Level(name))
	}
	if _, ok := g.mask(); !ok {
		return nil
	}
	return g
}

// mask is a set of levels; bit i stands for eligibility.Levels[i].
type mask uint8

func levelMask(l eligibility.Level) mask {
	if r := l.Rank(); r >= 0 {
		return 1 << r
	}
	return 0
}

// mask reports the set of levels, false if the group is empty, out of order,
// repeats a level or names an unknown one.
func (g Group) mask() (mask, bool) {
	var m mask
	last := -1
	for _, l := range g {
		r := l.Rank()
		if r <= last {
			return 0, false
		}
		last, m = r, m|1<<r
	}
	return m, m != 0
}

func (m mask) group() Group {
	g := make(Group, 0, bits.OnesCount8(uint8(m)))
	for i, l := range eligibility.Levels {
		if m&(1<<i) != 0 {
			g = append(g, l)
		}
	}
	return g
}

func (m mask) key() string { return m.group().Key() }

// masksOf converts groups; malformed ones are left out (Validate names them).
func masksOf(groups []Group) []mask {
	out := make([]mask, 0, len(groups))
	for _, g := range groups {
		if m, ok := g.mask(); ok {
			out = append(out, m)
		}
	}
	return out
}

func groupsOf(masks []mask) []Group {
	out := make([]Group, len(masks))
	for i, m := range masks {
		out[i] = m.group()
	}
	return out
}

// unite adds m to a list of disjoint sets, joining every set it touches: applied
// to all groups of all inputs it gives their transitive union.
func unite(sets []mask, m mask) []mask {
	if m == 0 {
		return sets
	}
	out := sets[:0]
	for _, s := range sets {
		if s&m != 0 {
			m |= s
			continue
		}
		out = append(out, s)
	}
	return append(out, m)
}

// byWeakest sorts disjoint sets by their weakest level.
func byWeakest(sets []mask) {
	slices.SortFunc(sets, func(a, b mask) int {
		return bits.TrailingZeros8(uint8(a)) - bits.TrailingZeros8(uint8(b))
	})
}

// officialMask is the set of levels that count officially; all others are
// signals. Counts of the two classes are never merged or added.
func officialMask(def *consensus.Definition) mask {
	var m mask
	for _, l := range def.Official {
		m |= levelMask(l)
	}
	return m
}

func definedMask(def *consensus.Definition) mask {
	var m mask
	for _, l := range def.Levels {
		m |= levelMask(l)
	}
	return m
}

// sets gives the published and the hidden sets of levels of a question.
func (q *Question) sets() (groups, hidden []mask) { return masksOf(q.Groups), masksOf(q.Hidden) }

// hasOptions reports whether the option counts of the group key are published.
func (q *Question) hasOptions(key string) bool {
	if len(q.Options) == 0 {
		return false
	}
	return q.Options[0].has(key)
}

func (o *Option) has(key string) bool {
	if o.Scores != nil {
		_, ok := o.Scores[key]
		return ok
	}
	_, ok := o.N[key]
	return ok
}

// value is how many ballots of the group chose the option.
func (o *Option) value(key string) int64 {
	if o.Scores == nil {
		return o.N[key]
	}
	var sum int64
	for _, n := range o.Scores[key] {
		sum += n
	}
	return sum
}
