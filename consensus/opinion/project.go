// SPDX-License-Identifier: EUPL-1.2

package opinion

import "math"

// projector holds, per column and vote, what the vote adds to both coordinates:
// the integer terms of section 6, computed once.
type projector struct {
	kept    []int32
	terms   [][3]Point // per kept column, by code of the vote
	factors []float64  // by votes on kept columns
	model   *Model
}

func newProjector(m *Model, columns []Column) *projector {
	p := &projector{kept: keptIndex(columns), model: m, terms: make([][3]Point, len(m.MuQ))}
	for k, mu := range m.MuQ {
		for code := range p.terms[k] {
			d := int64(code-1)*modelUnit - mu
			p.terms[k][code] = Point{d * m.C1Q[k] >> 20, d * m.C2Q[k] >> 20}
		}
	}
	p.factors = make([]float64, len(m.MuQ)+1)
	for v := range p.factors {
		p.factors[v] = math.Sqrt(float64(m.NCols) / float64(max(v+m.NModOut, 1)))
	}
	return p
}

func (p *projector) row(row []cell) Point {
	var s Point
	v := 0
	for _, c := range row {
		if k := p.kept[c.column()]; k >= 0 {
			t := &p.terms[k][c.code()]
			s.X += t.X
			s.Y += t.Y
			v++
		}
	}
	return Point{coordinate(s.X, p.factors[v]), coordinate(s.Y, p.factors[v])}
}

func coordinate(s int64, factor float64) int64 {
	return int64(math.RoundToEven(float64(s) * factor / pointUnit))
}

// Project gives the position of a person with these votes, at most one per
// column (spec: opinion.md 6). Columns are those of the model's round.
func (m *Model) Project(columns []Column, votes []Vote) Point {
	row := make([]cell, len(votes))
	for i, v := range votes {
		row[i] = newCell(v)
	}
	return newProjector(m, columns).row(row)
}

// Threshold is the number of votes from which a person is clustered.
func (m *Model) Threshold() int { return min(m.InConvMin, m.NCols) }

// Placed are the clustered people of one contributor: row numbers, ascending,
// and their positions.
type Placed struct {
	Rows   []int
	Points []Point
}

// Place projects the in-conversation people of a matrix.
func (m *Model) Place(columns []Column, votes *Matrix) Placed {
	var out Placed
	least := max(m.Threshold(), 1)
	for i, row := range votes.rows {
		if len(row) >= least {
			out.Rows = append(out.Rows, i)
		}
	}
	out.Points = m.placeRows(columns, votes, out.Rows)
	return out
}

func (m *Model) placeRows(columns []Column, votes *Matrix, rows []int) []Point {
	p := newProjector(m, columns)
	points := make([]Point, len(rows))
	spread(blocksOf(len(rows)), func(next func() (span, bool)) {
		for s, ok := next(); ok; s, ok = next() {
			for i := s.from; i < s.to; i++ {
				points[i] = p.row(votes.rows[rows[i]])
			}
		}
	})
	return points
}
