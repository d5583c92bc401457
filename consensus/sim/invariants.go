// SPDX-License-Identifier: EUPL-1.2

package sim

import (
	"strings"

	"polder/consensus/tally"
)

// checkTotal checks an aggregate against the set and the Roster it was made
// from, at the moment it is made: I2, I3, I4, I6, I7, and that no honest member
// is called disputed.
func (w *world) checkTotal(h *hub, res *tally.Result) {
	w.checkRows(h, res)
	w.checkCoverage(h, res)
	w.checkTurnout(h, res)
}

// checkRows: I2 and I3, row by row.
func (w *world) checkRows(h *hub, res *tally.Result) {
	byArea := make(map[string]int, len(w.leaves))
	for i, l := range w.leaves {
		byArea[l.area] = i
	}
	var values []*item
	for i := range res.Rows {
		row := &res.Rows[i]
		if !row.Expected {
			continue
		}
		l := w.leaves[byArea[row.Area]]
		m, _ := h.latest.Member(row.Area)
		v := judge(m, h.latest.Context, h.held[l.index])
		if (v.value == nil) != (row.Doc == nil) || v.value != nil && v.value.doc.Digest != row.Doc.Digest {
			w.violate("I3", "%s counts %s of %s, want %s", h.area, describe(row.Doc), row.Area, describe(docOf(v.value)))
		}
		if v.disputed != row.Disputed {
			w.violate("I2", "%s says %s disputed: %v, want %v", h.area, row.Area, row.Disputed, v.disputed)
		}
		w.checkDispute(h, l, m, row)
		if v.value != nil && !v.value.doc.Withheld && v.value.doc.Status != tally.StatusWithdrawn {
			values = append(values, v.value)
		}
	}
	if res.SealedSum == nil && !addUp(values).equals(res) {
		w.violate("I3", "%s: the total is not the sum of %d values", h.area, len(values))
	}
}

// checkDispute: once disputed, disputed for that epoch; and never an honest one.
func (w *world) checkDispute(h *hub, l *leaf, m *tally.Member, row *tally.Row) {
	if h.disputes[l.index] == m.Epoch && !row.Disputed && m.Count != tally.CountExclude {
		w.violate("I2", "%s forgot the dispute of %s", h.area, l.area)
	}
	if !row.Disputed {
		return
	}
	h.disputes[l.index] = m.Epoch
	if l.honest() && !h.accused[l.index] {
		h.accused[l.index] = true
		w.violate("honest", "%s calls honest %s disputed", h.area, l.area)
	}
}

// checkCoverage: I4 and I6.
func (w *world) checkCoverage(h *hub, res *tally.Result) {
	counted, expected := map[string]bool{}, map[string]bool{}
	for _, area := range res.Covers {
		expected[area] = true
	}
	for _, in := range res.Inputs {
		if counted[in.Area] || !expected[in.Area] {
			w.violate("I4", "%s counts %s twice or out of place", h.area, in.Area)
		}
		counted[in.Area] = true
	}
	missing := 0
	for _, n := range res.NotCounted {
		if counted[n.Area] {
			w.violate("I4", "%s counts %s and names it as not counted", h.area, n.Area)
		}
		if expected[n.Area] {
			missing++
		}
	}
	if res.Coverage.Expected != int64(len(expected)) || res.Coverage.Reported != int64(len(res.Inputs)) || len(expected) != len(res.Inputs)+missing {
		w.violate("I6", "%s: %d expected, %d reported, %d missing", h.area, len(expected), len(res.Inputs), missing)
	}
}

// checkTurnout: I7, for the official level of the total and of every value.
func (w *world) checkTurnout(h *hub, res *tally.Result) {
	const l = string(official)
	wrong := func(t *tally.Turnout) bool {
		return t.Accepted[l] > t.Issued[l] || t.Issued[l] > t.Eligible[l]
	}
	if wrong(&res.Turnout) {
		w.violate("I7", "%s: %d accepted, %d issued, %d eligible", h.area, res.Turnout.Accepted[l], res.Turnout.Issued[l], res.Turnout.Eligible[l])
	}
	for i := range res.Rows {
		if row := &res.Rows[i]; row.Counted() && row.Doc.Turnout != nil && wrong(row.Doc.Turnout) {
			w.violate("I7", "%s counts impossible turnout of %s", h.area, row.Area)
		}
	}
}

func docOf(it *item) *tally.Doc {
	if it == nil {
		return nil
	}
	return it.doc
}

func describe(d *tally.Doc) string {
	if d == nil {
		return "nothing"
	}
	return d.Status + " " + d.ID[strings.LastIndex(d.ID, "/")+1:] + " " + d.Digest[7:13]
}
