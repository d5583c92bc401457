// SPDX-License-Identifier: EUPL-1.2

package opinion

// Solution is the outcome of one start, or of the best start of one k.
type Solution struct {
	Init      int     // number of the start
	Rounds    int     // updates computed, the last one without change included
	Centroids []Point // ordered
	Score     Score   // over the ordered centroids
	Dropped   bool    // k is not eligible (7.6)
}

// Best takes the start with the lowest inertia, the first on equality, and
// judges whether its k may be chosen (spec: opinion.md 7.4, 7.6). Starts must
// not be empty.
func Best(starts []Solution, minGroup int) Solution {
	best := starts[0]
	for _, s := range starts[1:] {
		if s.Score.Inertia < best.Score.Inertia {
			best = s
		}
	}
	best.Dropped = dropped(best.Score.Sizes, minGroup)
	return best
}

func dropped(sizes []int64, minGroup int) bool {
	var n int64
	least := sizes[0]
	for _, s := range sizes {
		n += s
		least = min(least, s)
	}
	return least < int64(max(1, minGroup)) || (len(sizes) > 2 && 20*least < n)
}

// Choose gives the number of groups, 0 if every k is dropped: the largest
// silSum, the smaller k on equality. Solutions stand in the order of k, their
// length. A previous k (else 0) stays unless the gain is at least 0.01 per
// person (7.7).
func Choose(solutions []Solution, previous int) int {
	var best, stay *Solution
	for i := range solutions {
		s := &solutions[i]
		if s.Dropped {
			continue
		}
		if best == nil || s.Score.SilSum > best.Score.SilSum {
			best = s
		}
		if len(s.Centroids) == previous {
			stay = s
		}
	}
	switch {
	case best == nil:
		return 0
	case stay != nil && best.Score.SilSum-stay.Score.SilSum < 10000*people(stay.Score.Sizes):
		return previous
	}
	return len(best.Centroids)
}

func people(sizes []int64) (n int64) {
	for _, s := range sizes {
		n += s
	}
	return n
}

// Rename orders centroids like those of the epoch before: the permutation with
// the least sum of squared distances, the first in lexicographic order on
// equality (7.7). Both have the same length.
func Rename(centroids, before []Point) []Point {
	best, out := int64(-1), make([]Point, len(centroids))
	permutations(len(centroids), func(p []int) {
		sum := int64(0)
		for i, j := range p {
			sum += distance(centroids[j], before[i])
		}
		if best < 0 || sum < best {
			best = sum
			for i, j := range p {
				out[i] = centroids[j]
			}
		}
	})
	return out
}

// permutations visits all orders of 0..n-1 lexicographically.
func permutations(n int, visit func([]int)) {
	p, used := make([]int, 0, n), make([]bool, n)
	var place func()
	place = func() {
		if len(p) == n {
			visit(p)
			return
		}
		for j := range n {
			if used[j] {
				continue
			}
			used[j] = true
			p = append(p, j)
			place()
			p = p[:len(p)-1]
			used[j] = false
		}
	}
	place()
}
