// SPDX-License-Identifier: EUPL-1.2

package opinion

// Column is one statement as the engine sees it, in publication order.
type Column struct {
	ModOut bool // removed by moderation, or meta
	Meta   bool // about people, not opinion
}

// Stats are the additive integer statistics of one contributor or of a sum of
// contributors (spec: opinion.md 4).
type Stats struct {
	Participants int64
	A, D, S      []int64 // per column: agrees, disagrees, votes (passes included)
	Pairs        Pairs   // over the kept columns; M = 0 when absent (withheld)
}

// Pairs are the sums over pairs of kept columns: the upper triangle with its
// diagonal, row by row. Cell (j, k), j <= k, is at Index(j, k).
type Pairs struct {
	M     int // kept columns
	Cells []Pair
}

// Pair is one cell: N_jk, XX_jk, T_jk and T_kj of opinion.md 4.
type Pair struct{ N, XX, T, U int32 }

// NewPairs has a zero cell for every pair of m kept columns.
func NewPairs(m int) Pairs { return Pairs{M: m, Cells: make([]Pair, m*(m+1)/2)} }

// Index is the place of cell (j, k), j <= k.
func (p *Pairs) Index(j, k int) int { return j*p.M - j*(j-1)/2 + k - j }
