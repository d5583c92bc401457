// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"cmp"
	"slices"
)

// Majority lists the statements that most of all people agree with, and those
// that most disagree with, at most five each (spec: opinion.md 10). Its counts
// are those of all rows, clustered or not.
func Majority(s Stats, columns []Column) (agree, disagree []Statement) {
	return majority(s.A, s.S, columns, true), majority(s.D, s.S, columns, false)
}

func majority(n, trials []int64, columns []Column, agree bool) []Statement {
	out := []Statement{}
	for j, c := range columns {
		if c.ModOut {
			continue
		}
		p, z := float64(n[j]+1)/float64(trials[j]+2), prop1(n[j], trials[j])
		if p > 0.5 && z > z90 {
			out = append(out, Statement{Column: j, Success: n[j], Trials: trials[j], P: p, PTest: z, Agree: agree})
		}
	}
	slices.SortStableFunc(out, func(a, b Statement) int { return cmp.Compare(b.P*b.PTest, a.P*a.PTest) })
	return out[:min(listSize, len(out))]
}
