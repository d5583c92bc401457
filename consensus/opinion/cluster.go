// SPDX-License-Identifier: EUPL-1.2

package opinion

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
	var out []Solution
	for k := 2; k <= g.params.KMax; k++ {
		out = append(out, Best(all[(k-2)*inits:(k-1)*inits], g.params.MinGroup))
	}
	return out
}

func (g grouping) lloyd(k, r int) Solution {
	s := Solution{Init: r, Centroids: Start(k, r, g.sdQ)}
	if before := g.prev.centroids(k); r == 0 && before != nil {
		s.Centroids = before
	}
	for moved := true; moved && s.Rounds < g.params.MaxUpdates; s.Rounds++ {
		sums := make([]ClusterSum, k)
		for _, p := range g.points {
			addStep(sums, p, s.Centroids)
		}
		s.Centroids, moved = Move(s.Centroids, sums)
	}
	s.Centroids = Order(s.Centroids)
	s.Score = Score{Sizes: make([]int64, k)}
	for _, p := range g.points {
		part := Rate(p, s.Centroids)
		s.Score.Inertia += part.Inertia
		s.Score.SilSum += part.SilSum
		for j, n := range part.Sizes {
			s.Score.Sizes[j] += n
		}
	}
	return s
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
