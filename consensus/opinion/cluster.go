// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"cmp"
	"slices"
)

// grouping is the search for groups among the positions of all contributors.
type grouping struct {
	points [][]Point
	sdQ    int64
	params Params
	prev   *Previous // only if it is continued
}

// search runs every start of every k and gives the best one per k.
func (g grouping) search() []Solution {
	inits := max(g.params.Inits, 1)
	all := make([]Solution, inits*(g.params.KMax-1))
	each(len(all), func(i int) { // the large k first: they take longest
		i = len(all) - 1 - i
		all[i] = g.lloyd(2+i/inits, i%inits)
	})
	out := make([]Solution, g.params.KMax-1)
	each(len(out), func(i int) {
		best := slices.MinFunc(all[i*inits:(i+1)*inits], func(a, b Solution) int { return cmp.Compare(a.Score.Inertia, b.Score.Inertia) })
		best.Score = g.rate(best.Centroids)
		out[i] = Best([]Solution{best}, g.params.MinGroup)
	})
	return out
}

// lloyd computes one start. Of the score only the inertia is set: the rest is
// needed for the best start alone.
func (g grouping) lloyd(k, r int) Solution {
	s := Solution{Init: r, Centroids: Start(k, r, g.sdQ)}
	if before := g.prev.centroids(k); r == 0 && before != nil {
		s.Centroids = before
	}
	a := newAssignment(g.points, s.Centroids)
	for moved := true; moved && s.Rounds < g.params.MaxUpdates; s.Rounds++ {
		if s.Rounds > 0 {
			a.moveTo(s.Centroids)
		}
		s.Centroids, moved = Move(s.Centroids, a.sums)
	}
	a.moveTo(s.Centroids)
	s.Score.Inertia = a.inertia()
	s.Centroids = Order(s.Centroids)
	return s
}

func (g grouping) rate(centroids []Point) Score {
	total := Score{Sizes: make([]int64, len(centroids))}
	for _, p := range g.points {
		part := Rate(p, centroids)
		total.Inertia += part.Inertia
		total.SilSum += part.SilSum
		for j, n := range part.Sizes {
			total.Sizes[j] += n
		}
	}
	return total
}

// choose gives k, 0 for none, and the centroids in the order they are shown.
func (g grouping) choose(solutions []Solution) (int, []Point) {
	previous := 0
	if g.prev != nil {
		previous = g.prev.K
	}
	k := Choose(solutions, previous)
	if k == 0 {
		return 0, nil
	}
	centroids := solutions[k-2].Centroids
	if before := g.prev.centroids(k); k == previous && before != nil {
		centroids = Rename(centroids, before)
	}
	return k, centroids
}
