// SPDX-License-Identifier: EUPL-1.2

package opinion

// MapCell is a square of the public map; X, Y is its centre. People is nil for
// fewer than 10, and for the one cell that goes with them (see hideMore).
type MapCell struct {
	X      int64 `json:"x"`
	Y      int64 `json:"y"`
	People Cell  `json:"people"`
}

// PublicMap is where people are, coarsely: square cells of this side, sorted by
// x and y; empty ones are left out. Side 0 and no cells: no size of cell is
// coarse enough, and only centroids and radii may be drawn.
type PublicMap struct {
	Side  int64     `json:"side"`
	Cells []MapCell `json:"cells"`
}

// NewPublicMap draws the clustered people of one instance in cells of side
// sd/4·2^m with the smallest m of 0..3 for which 90 % of the people are in cells
// of at least k (opinion.md 14.5); k is at least 10. The order of the points
// does not matter.
func NewPublicMap(points []Point, sdQ, k int64) PublicMap {
	k = max(k, 10)
	for m := range 4 {
		side := max(sdQ>>2, 1) << m
		count, inside := cellCounts(points, side), int64(0)
		for _, n := range count {
			if n >= k {
				inside += n
			}
		}
		if inside > 0 && 10*inside >= 9*int64(len(points)) {
			return PublicMap{Side: side, Cells: hideMore(drawn(count, side, k), int64(len(points))-inside, k)}
		}
	}
	return PublicMap{Cells: []MapCell{}}
}

// cellCounts counts people per square; a key is the square's place in squares.
func cellCounts(points []Point, side int64) map[Point]int64 {
	count := map[Point]int64{}
	for _, p := range points {
		count[Point{floorDiv(p.X, side), floorDiv(p.Y, side)}]++
	}
	return count
}

func drawn(count map[Point]int64, side, k int64) []MapCell {
	at := make([]Point, 0, len(count))
	for c := range count {
		at = append(at, c)
	}
	out := make([]MapCell, 0, len(count))
	for _, c := range Order(at) {
		cell := MapCell{X: c.X*side + side/2, Y: c.Y*side + side/2}
		if n := count[c]; n >= k {
			cell.People = &n
		}
		out = append(out, cell)
	}
	return out
}

// hideMore also withholds the smallest number shown where fewer than k people
// are in the withheld cells together: the sizes of the groups are public, so
// their number would follow by subtraction.
func hideMore(cells []MapCell, hidden, k int64) []MapCell {
	if hidden == 0 || hidden >= k {
		return cells
	}
	least := -1
	for i, c := range cells {
		if c.People != nil && (least < 0 || *c.People < *cells[least].People) {
			least = i
		}
	}
	cells[least].People = nil
	return cells
}

func floorDiv(a, b int64) int64 {
	if a < 0 {
		return -((-a + b - 1) / b)
	}
	return a / b
}
