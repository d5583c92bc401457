// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"cmp"
	"slices"
)

// OpinionSorts are the orders of the table of statements, as ?sort= says them.
// All but the number run from high to low; withheld rows come last.
var opinionSorts = [...]string{"number", "votes", "agree", "disagree", "pass", "gap"}

// OpinionSorts lists the values of ?sort=.
func OpinionSorts() []string { return slices.Clone(opinionSorts[:]) }

func knownSort(s string) string {
	if slices.Contains(opinionSorts[:], s) {
		return s
	}
	return opinionSorts[0]
}

// sortKey is what an order compares.
func (r OpinionRow) sortKey(by string) int64 {
	c := r.All
	switch by {
	case "votes":
		if c.Withheld {
			return -1
		}
		return c.Total()
	case "agree":
		return c.share(c.Agree)
	case "disagree":
		return c.share(c.Disagree)
	case "pass":
		return c.share(c.Pass)
	case "gap":
		return r.gap()
	}
	return -int64(r.Number)
}

func (v *OpinionView) sortRows() {
	slices.SortStableFunc(v.Rows, func(a, b OpinionRow) int {
		return cmp.Or(cmp.Compare(b.sortKey(v.Sort), a.sortKey(v.Sort)), cmp.Compare(a.Number, b.Number))
	})
}

// sortHeader is a column of the table: a link, or the order in use.
type sortHeader struct {
	Key     string
	Current string // value of aria-sort, "" = another column is sorted
	Number  bool   // the column holds figures
}

// headers are the columns by which the table can be sorted.
func (v OpinionView) headers() (out []sortHeader) {
	for _, key := range opinionSorts {
		if key == "gap" && len(v.Groups) == 0 {
			continue
		}
		h := sortHeader{Key: key, Number: key != "number"}
		if key == v.Sort {
			h.Current = map[bool]string{true: "descending", false: "ascending"}[h.Number]
		}
		out = append(out, h)
	}
	return out
}
