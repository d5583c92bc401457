// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// ErrRange means that a sum leaves the exact range of numbers in JSON.
var ErrRange = errors.New("a sum is out of range")

// ErrShape means that statistics or votes do not fit the columns.
var ErrShape = errors.New("numbers do not fit the columns")

// limit is the first integer that a sum must not reach, either way (O601).
const limit = int64(1) << 53

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
	// Paired is the number of participants inside Pairs. 0 with Pairs present
	// means all of them; it differs only in sums with a withheld part.
	Paired int64
}

// Pairs are the sums over pairs of kept columns: the upper triangle with its
// diagonal, row by row. Cell (j, k), j <= k, is at Index(j, k).
type Pairs struct {
	M     int // kept columns
	Cells []Pair
}

// Pair is one cell: N_jk, XX_jk, T_jk and T_kj of opinion.md 4. On the diagonal
// T and U are both T_jj.
type Pair struct{ N, XX, T, U int32 }

// NewPairs has a zero cell for every pair of m kept columns.
func NewPairs(m int) Pairs { return Pairs{M: m, Cells: make([]Pair, m*(m+1)/2)} }

// Index is the place of cell (j, k), j <= k.
func (p *Pairs) Index(j, k int) int { return j*p.M - j*(j-1)/2 + k - j }

// Kept counts the columns that are not modOut.
func Kept(columns []Column) int {
	n := 0
	for _, c := range columns {
		if !c.ModOut {
			n++
		}
	}
	return n
}

// NewStats has zeros for every column and no pairs.
func NewStats(columns int) Stats {
	cells := make([]int64, 3*columns)
	return Stats{A: cells[:columns:columns], D: cells[columns : 2*columns : 2*columns], S: cells[2*columns:]}
}

// PairPeople is the number of people whose pair statistics are in the sum.
func (s *Stats) PairPeople() int64 {
	switch {
	case s.Pairs.M == 0:
		return 0
	case s.Paired == 0:
		return s.Participants
	}
	return s.Paired
}

// Clone shares nothing with s.
func (s *Stats) Clone() Stats {
	out := NewStats(len(s.S))
	copy(out.A, s.A)
	copy(out.D, s.D)
	copy(out.S, s.S)
	out.Participants, out.Paired = s.Participants, s.Paired
	out.Pairs = Pairs{M: s.Pairs.M, Cells: append([]Pair(nil), s.Pairs.Cells...)}
	return out
}

// Merge adds the statistics of another contributor. A part without pairs adds
// its counts only. On an error s is no longer usable.
func (s *Stats) Merge(part Stats) error { return s.combine(part, 1) }

// Sub takes a part out of the sum again, as the folds of section 13 need.
func (s *Stats) Sub(part Stats) error { return s.combine(part, -1) }

func (s *Stats) combine(part Stats, sign int64) error {
	if len(s.S) != len(part.S) || len(s.A) != len(part.A) || len(s.D) != len(part.D) {
		return fmt.Errorf("adding statistics of %d columns to %d: %w", len(part.S), len(s.S), ErrShape)
	}
	paired := s.PairPeople() + sign*part.PairPeople()
	if err := s.Pairs.combine(part.Pairs, sign); err != nil {
		return err
	}
	s.Paired = paired
	var bad bool
	add := func(to *int64, v int64) {
		*to += sign * v
		bad = bad || *to <= -limit || *to >= limit || v <= -limit || v >= limit
	}
	add(&s.Participants, part.Participants)
	for j := range s.S {
		add(&s.A[j], part.A[j])
		add(&s.D[j], part.D[j])
		add(&s.S[j], part.S[j])
	}
	if bad {
		return fmt.Errorf("adding statistics: %w", ErrRange)
	}
	return nil
}

func (p *Pairs) combine(part Pairs, sign int64) error {
	if part.M == 0 {
		return nil
	}
	if p.M == 0 && sign > 0 {
		*p = Pairs{M: part.M, Cells: slices.Clone(part.Cells)}
		return nil
	}
	if p.M != part.M || len(p.Cells) != len(part.Cells) {
		return fmt.Errorf("adding pairs of %d columns to %d: %w", part.M, p.M, ErrShape)
	}
	over := false
	add := func(a, b int32) int32 {
		sum := int64(a) + sign*int64(b)
		over = over || sum < math.MinInt32 || sum > math.MaxInt32
		return int32(sum)
	}
	for i := range part.Cells {
		a, b := &p.Cells[i], &part.Cells[i]
		a.N, a.XX, a.T, a.U = add(a.N, b.N), add(a.XX, b.XX), add(a.T, b.T), add(a.U, b.U)
	}
	if over {
		return fmt.Errorf("adding pairs: %w", ErrRange)
	}
	return nil
}

// Suppress gives the statistics as they may leave an instance: every pair that
// fewer than pairMin people share is set to zero. With pairMin <= 1 it is s.
func (s Stats) Suppress(pairMin int) Stats {
	if pairMin <= 1 || s.Pairs.M == 0 {
		return s
	}
	cells := make([]Pair, len(s.Pairs.Cells))
	for i, c := range s.Pairs.Cells {
		if int(c.N) >= pairMin {
			cells[i] = c
		}
	}
	s.Pairs.Cells = cells
	return s
}
