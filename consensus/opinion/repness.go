// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"cmp"
	"math"
	"slices"
)

const (
	z90      = 1.2816 // one-sided 90 % point of the normal distribution
	listSize = 5
)

// Statement is one line of a list: a statement, a direction and how strongly
// the votes point there (spec: opinion.md 9, 10).
type Statement struct {
	Column      int
	Success     int64 // votes in this direction
	Trials      int64 // votes, passes included
	P, PTest    float64
	Repness     float64 // lists of groups only
	RepnessTest float64 // lists of groups only
	Agree       bool    // the direction
	Agrees      int64   // set with BestAgree
	BestAgree   bool
}

// prop1 tests whether the share n of s is above one half.
func prop1(n, s int64) float64 {
	t := float64(s + 1)
	return 2 * math.Sqrt(t) * (float64(n+1)/t - 0.5)
}

// prop2 tests whether the share n of s is above the share no of so.
func prop2(n, no, s, so int64) float64 {
	a, b, s1, s2 := float64(n+1), float64(no+1), float64(s+1), float64(so+1)
	pi := (a + b) / (s1 + s2)
	if pi == 1 {
		return 0
	}
	return (a/s1 - b/s2) / math.Sqrt(pi*(1-pi)*(1/s1+1/s2))
}

// side is one direction of one statement in one group against the others.
type side struct {
	n            int64
	p, pt, r, rt float64
}

func newSide(n, s, no, so int64) side {
	p := float64(n+1) / float64(s+2)
	return side{n: n, p: p, pt: prop1(n, s), r: p / (float64(no+1) / float64(so+2)), rt: prop2(n, no, s, so)}
}

func (a side) significant() bool { return a.rt > z90 && a.pt > z90 }
func (a side) two() float64      { return a.p * a.pt }
func (a side) four() float64     { return a.r * a.rt * a.p * a.pt }

// Repness lists, per group, the statements that set it apart from the others,
// at most five: agreed ones first, bestAgree at the front of the ranking.
// BestAgree's line keeps its own direction, which may be disagree.
func Repness(groups []GroupCounts, columns []Column) [][]Statement {
	out := make([][]Statement, len(groups))
	total := sumGroups(groups, len(columns))
	for g := range groups {
		out[g] = representative(&groups[g], total, columns)
	}
	return out
}

func sumGroups(groups []GroupCounts, columns int) *GroupCounts {
	total := &NewGroupCounts(1, columns)[0]
	for g := range groups {
		total.plus(&groups[g])
	}
	return total
}

// walk is what the pass over the columns of one group keeps.
type walk struct {
	sufficient []Statement
	best       *Statement
	bestAgree  *Statement
	bestSide   side // the agree side of bestAgree
}

func representative(g, total *GroupCounts, columns []Column) []Statement {
	var w walk
	for j, c := range columns {
		if c.ModOut {
			continue
		}
		s, so := g.S[j], total.S[j]-g.S[j]
		w.visit(j, s, newSide(g.A[j], s, total.A[j]-g.A[j], so), newSide(g.D[j], s, total.D[j]-g.D[j], so))
	}
	return w.list()
}

func (w *walk) visit(j int, trials int64, a, d side) {
	line := newLine(j, trials, a, d)
	if a.significant() || d.significant() {
		w.sufficient = append(w.sufficient, line)
	}
	if len(w.sufficient) == 0 && (w.best == nil || line.RepnessTest > w.best.RepnessTest) {
		w.best = &line
	}
	if (a.n > 0 || d.n > 0) && w.better(a) {
		agree := line
		agree.Agrees, agree.BestAgree = a.n, true
		w.bestAgree, w.bestSide = &agree, a
	}
}

func newLine(j int, trials int64, a, d side) Statement {
	x, agree := d, false
	if a.rt > d.rt {
		x, agree = a, true
	}
	return Statement{Column: j, Success: x.n, Trials: trials, P: x.p, PTest: x.pt, Repness: x.r, RepnessTest: x.rt, Agree: agree}
}

func (w *walk) better(a side) bool {
	switch {
	case w.bestAgree == nil:
		return a.pt > z90 || (a.r > 1 && a.p > 0.5)
	case w.bestSide.r > 1:
		return a.four() > w.bestSide.four()
	}
	return a.two() > w.bestSide.two()
}

func (w *walk) list() []Statement {
	if len(w.sufficient) == 0 {
		for _, s := range []*Statement{w.bestAgree, w.best} {
			if s != nil {
				return []Statement{*s}
			}
		}
		return []Statement{}
	}
	out := w.sufficient
	if w.bestAgree != nil {
		out = slices.DeleteFunc(out, func(s Statement) bool { return s.Column == w.bestAgree.Column })
	}
	slices.SortStableFunc(out, func(a, b Statement) int { return cmp.Compare(b.weight(), a.weight()) })
	if w.bestAgree != nil {
		out = slices.Insert(out, 0, *w.bestAgree)
	}
	out = out[:min(listSize, len(out))]
	slices.SortStableFunc(out, func(a, b Statement) int { return cmp.Compare(rank(a.Agree), rank(b.Agree)) })
	return out
}

func (s *Statement) weight() float64 { return s.Repness * s.RepnessTest * s.P * s.PTest }

func rank(agree bool) int {
	if agree {
		return 0
	}
	return 1
}
