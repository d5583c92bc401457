// SPDX-License-Identifier: EUPL-1.2

package opinion

import "slices"

// tracker keeps the sums over pairs up to date with every vote.
type tracker struct {
	columns []Column
	kept    []int32
	pairs   Pairs
}

// Track computes the sums over pairs of these columns once and keeps them up to
// date from then on. Another moderation state or a new column needs it again.
func (m *Matrix) Track(columns []Column) error {
	if m.tracked.serves(columns) {
		return nil
	}
	stats, err := m.Stats(columns)
	if err != nil {
		return err
	}
	m.widen(len(columns))
	m.tracked = &tracker{columns: slices.Clone(columns), kept: keptIndex(columns), pairs: stats.Pairs}
	return nil
}

func (t *tracker) serves(columns []Column) bool {
	return t != nil && slices.EqualFunc(t.columns, columns, func(a, b Column) bool { return a.ModOut == b.ModOut })
}

// change adds (sign 1) or takes away (-1) the products of one vote with the
// other votes of its row and with itself.
func (t *tracker) change(row []cell, c cell, sign int32) {
	j, x := t.kept[c.column()], int32(c.value())
	if j < 0 {
		return
	}
	own := &t.pairs.Cells[t.pairs.Index(int(j), int(j))]
	own.N, own.XX, own.T, own.U = own.N+sign, own.XX+sign*x*x, own.T+sign*x, own.U+sign*x
	for _, o := range row {
		k, y := t.kept[o.column()], int32(o.value())
		switch {
		case k < 0:
		case j < k:
			p := &t.pairs.Cells[t.pairs.Index(int(j), int(k))]
			p.N, p.XX, p.T, p.U = p.N+sign, p.XX+sign*x*y, p.T+sign*x, p.U+sign*y
		default:
			p := &t.pairs.Cells[t.pairs.Index(int(k), int(j))]
			p.N, p.XX, p.T, p.U = p.N+sign, p.XX+sign*x*y, p.T+sign*y, p.U+sign*x
		}
	}
}
