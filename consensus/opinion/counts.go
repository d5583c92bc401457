// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"fmt"
	"sync"
)

// NewGroupCounts has zeros for every group and column.
func NewGroupCounts(groups, columns int) []GroupCounts {
	out := make([]GroupCounts, groups)
	for g := range out {
		s := NewStats(columns)
		out[g].A, out[g].D, out[g].S = s.A, s.D, s.S
	}
	return out
}

// Tally answers a tally round: the votes of each group over all columns, its
// members, and how far they are spread (spec: opinion.md 8). Without centroids
// the clustered people are one virtual group.
func Tally(votes *Matrix, placed Placed, centroids []Point, columns int) []GroupCounts {
	out := NewGroupCounts(max(len(centroids), 1), columns)
	var lock sync.Mutex
	spread(blocksOf(len(placed.Rows)), func(next func() (span, bool)) {
		own := NewGroupCounts(len(out), columns)
		for s, ok := next(); ok; s, ok = next() {
			tallyRows(own, votes, placed, s, centroids)
		}
		lock.Lock()
		defer lock.Unlock()
		for g := range out {
			out[g].plus(&own[g])
		}
	})
	return out
}

func tallyRows(out []GroupCounts, votes *Matrix, placed Placed, people span, centroids []Point) {
	for i := people.from; i < people.to; i++ {
		g := 0
		if len(centroids) > 0 {
			g = nearest(placed.Points[i], centroids)
			out[g].Spread += distance(placed.Points[i], centroids[g]) >> 20
		}
		out[g].Members++
		s := Stats{A: out[g].A, D: out[g].D, S: out[g].S}
		for _, c := range votes.rows[placed.Rows[i]] {
			s.count(c, 1)
		}
	}
}

func (g *GroupCounts) plus(part *GroupCounts) {
	g.Members, g.Spread = g.Members+part.Members, g.Spread+part.Spread
	for j := range g.S {
		g.A[j], g.D[j], g.S[j] = g.A[j]+part.A[j], g.D[j]+part.D[j], g.S[j]+part.S[j]
	}
}

// AddCounts adds the tally of another contributor.
func AddCounts(total, part []GroupCounts) error {
	if len(total) != len(part) {
		return fmt.Errorf("adding counts of %d groups to %d: %w", len(part), len(total), ErrShape)
	}
	for g := range total {
		t, p := &total[g], &part[g]
		sum := Stats{A: t.A, D: t.D, S: t.S}
		if err := sum.combine(Stats{A: p.A, D: p.D, S: p.S}, 1); err != nil {
			return err
		}
		t.Members, t.Spread = t.Members+p.Members, t.Spread+p.Spread
		if !exact(p.Members) || !exact(p.Spread) || !exact(t.Members) || !exact(t.Spread) {
			return fmt.Errorf("adding counts of groups: %w", ErrRange)
		}
	}
	return nil
}

// GroupAware gives, per column, the product over the groups of the share of
// agrees and of disagrees, each smoothed by one vote either way: "what all
// groups agree on" (8).
func GroupAware(groups []GroupCounts) (agree, disagree []float64) {
	columns := len(groups[0].S)
	agree, disagree = make([]float64, columns), make([]float64, columns)
	for j := range columns {
		agree[j], disagree[j] = 1, 1
		for g := range groups {
			s := float64(groups[g].S[j] + 2)
			agree[j] *= float64(groups[g].A[j]+1) / s
			disagree[j] *= float64(groups[g].D[j]+1) / s
		}
	}
	return agree, disagree
}
