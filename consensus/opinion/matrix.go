// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"fmt"
	"slices"
)

// Vote is one vote of one person: agree +1, disagree -1, pass 0.
type Vote struct {
	Column int
	Value  int8
}

// cell is a vote in memory: the column shifted left by two, plus value + 1.
// Cells of a row are sorted by column, which is their order as numbers.
type cell uint32

const maxColumns = 1 << 30

func newCell(v Vote) cell       { return cell(v.Column)<<2 | cell(v.Value+1) }
func (c cell) column() int      { return int(c >> 2) }
func (c cell) code() int        { return int(c & 3) }
func (c cell) value() int64     { return int64(c&3) - 1 }
func (c cell) vote() Vote       { return Vote{Column: c.column(), Value: int8(c.value())} }
func compareCell(a, b cell) int { return int(a>>2) - int(b>>2) }

// Matrix holds the votes of one contributor, row by row: one row per person
// with four bytes per vote, sorted by column. Counts per column are kept up to
// date; sums over pairs too, once Track was called. It is not safe for
// concurrent use while votes are added.
type Matrix struct {
	rows    [][]cell
	counts  Stats // no pairs
	tracked *tracker
}

// NewMatrix is a matrix without people for the given number of columns. Votes
// on a later column make it wider.
func NewMatrix(columns int) *Matrix { return &Matrix{counts: NewStats(columns)} }

// Rows is the number of rows, those without votes included.
func (m *Matrix) Rows() int { return len(m.rows) }

// Row gives the votes of one person by column.
func (m *Matrix) Row(row int) []Vote {
	out := make([]Vote, len(m.rows[row]))
	for i, c := range m.rows[row] {
		out[i] = c.vote()
	}
	return out
}

// AddVote records a vote; it replaces an earlier one of this person on this
// statement. Row may be the next new row. The cost is proportional to the
// number of votes of this person.
func (m *Matrix) AddVote(row int, v Vote) error {
	if v.Value < -1 || v.Value > 1 || v.Column < 0 || v.Column >= maxColumns || row < 0 || row > len(m.rows) {
		return fmt.Errorf("adding vote %d on column %d in row %d of %d: %w", v.Value, v.Column, row, len(m.rows), ErrShape)
	}
	if row == len(m.rows) {
		m.rows = append(m.rows, nil)
	}
	m.widen(v.Column + 1)
	at, found := slices.BinarySearchFunc(m.rows[row], newCell(v), compareCell)
	if found {
		m.replace(row, at, newCell(v))
		return nil
	}
	m.change(row, newCell(v), 1)
	m.rows[row] = slices.Insert(m.rows[row], at, newCell(v))
	return nil
}

func (m *Matrix) replace(row, at int, c cell) {
	old := m.rows[row][at]
	if old == c {
		return
	}
	m.remove(row, at, old)
	m.change(row, c, 1)
	m.rows[row] = slices.Insert(m.rows[row], at, c)
}

// RemoveVote withdraws a vote; without one it does nothing.
func (m *Matrix) RemoveVote(row, column int) {
	if row < 0 || row >= len(m.rows) {
		return
	}
	at, found := slices.BinarySearchFunc(m.rows[row], newCell(Vote{Column: column}), compareCell)
	if found {
		m.remove(row, at, m.rows[row][at])
	}
}

func (m *Matrix) remove(row, at int, old cell) {
	m.rows[row] = slices.Delete(m.rows[row], at, at+1)
	m.change(row, old, -1)
}

// change adds (sign 1) or takes away (-1) what cell c contributes next to the
// present cells of its row, which do not hold c.
func (m *Matrix) change(row int, c cell, sign int64) {
	m.counts.count(c, sign)
	if len(m.rows[row]) == 0 {
		m.counts.Participants += sign
	}
	if m.tracked != nil {
		m.tracked.change(m.rows[row], c, int32(sign))
	}
}

func (s *Stats) count(c cell, sign int64) {
	j := c.column()
	s.S[j] += sign
	switch c.value() {
	case 1:
		s.A[j] += sign
	case -1:
		s.D[j] += sign
	}
}

func (m *Matrix) widen(columns int) {
	if columns <= len(m.counts.S) {
		return
	}
	m.counts.A = grown(m.counts.A, columns)
	m.counts.D = grown(m.counts.D, columns)
	m.counts.S = grown(m.counts.S, columns)
	m.tracked = nil
}

func grown(s []int64, n int) []int64 { return append(s, make([]int64, n-len(s))...) }

// AppendRow adds a person with all votes at once, in any order; of two votes on
// one column the later counts.
func (m *Matrix) AppendRow(votes []Vote) error {
	row := len(m.rows)
	m.rows = append(m.rows, make([]cell, 0, len(votes)))
	for _, v := range votes {
		if err := m.AddVote(row, v); err != nil {
			return err
		}
	}
	return nil
}

// Counts are the statistics per column without pairs, for n columns.
func (m *Matrix) Counts(n int) (Stats, error) {
	if len(m.counts.S) > n {
		return Stats{}, fmt.Errorf("counting votes on %d columns as %d: %w", len(m.counts.S), n, ErrShape)
	}
	out := m.counts.Clone()
	out.A, out.D, out.S = grown(out.A, n), grown(out.D, n), grown(out.S, n)
	return out, nil
}

// Stats are the statistics of this contributor over the given columns, pairs
// included. With unchanged columns since Track they are ready already.
func (m *Matrix) Stats(columns []Column) (Stats, error) {
	out, err := m.Counts(len(columns))
	if err != nil {
		return Stats{}, err
	}
	if m.tracked.serves(columns) {
		out.Pairs = Pairs{M: m.tracked.pairs.M, Cells: slices.Clone(m.tracked.pairs.Cells)}
		return out, nil
	}
	out.Pairs, err = sumPairs([]*Matrix{m}, keptIndex(columns))
	return out, err
}

// keptIndex numbers the kept columns; -1 is a modOut column.
func keptIndex(columns []Column) []int32 {
	out, next := make([]int32, len(columns)), int32(0)
	for j, c := range columns {
		out[j] = -1
		if !c.ModOut {
			out[j] = next
			next++
		}
	}
	return out
}
