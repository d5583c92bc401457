// SPDX-License-Identifier: EUPL-1.2

package opinion

import "math"

// Extremity tells, per column, how far a statement pulls people apart, from the
// published model and the counts of all rows; 0 for modOut columns (spec:
// opinion.md 6).
func Extremity(m *Model, s Stats, columns []Column) []float64 {
	k, mu := 0, make([]float64, len(m.MuQ))
	for j, c := range columns {
		if c.ModOut {
			continue
		}
		if s.S[j] > 0 {
			mu[k] = float64(s.A[j]-s.D[j]) / float64(s.S[j])
		}
		k++
	}
	return extremity(m.NCols, mu, unscaled(m.C1Q), unscaled(m.C2Q), columns)
}

// Extremity is the same from the unrounded components.
func (f *Fitted) Extremity(columns []Column) []float64 {
	return extremity(f.Model.NCols, f.Mu, f.Comps[0], f.Comps[1], columns)
}

func unscaled(v []int64) []float64 {
	out := make([]float64, len(v))
	for j, x := range v {
		out[j] = float64(x) / modelUnit
	}
	return out
}

func extremity(nCols int, mu, c1, c2 []float64, columns []Column) []float64 {
	out, k := make([]float64, len(columns)), 0
	for j, c := range columns {
		if c.ModOut {
			continue
		}
		length := math.Sqrt(float64(c1[k]*c1[k]) + float64(c2[k]*c2[k]))
		out[j] = math.Sqrt(float64(nCols)) * math.Abs(1-mu[k]) * length
		k++
	}
	return out
}

// fifths are 2^(-i/5). With Ldexp they give 2^(-S/5) equal on every platform.
var fifths = [5]float64{1, 0.8705505632961241, 0.757858283255199, 0.6597539553864471, 0.5743491774985174}

const metaPriority = 49

// Priority is the weight with which a statement is drawn for the next person,
// from the votes of the clustered people (spec: opinion.md 11).
func Priority(a, d, s int64, extremity float64, meta bool) float64 {
	if meta {
		return metaPriority
	}
	trials := float64(s + 2)
	importance := (1 - float64(s-a-d+1)/trials) * (extremity + 1) * (float64(a+1) / trials)
	fresh := math.Ldexp(fifths[s%5], -int(s/5)) // the doubling of attention for new statements
	w := importance * (1 + float64(8*fresh))
	return w * w
}

// Priorities are the priorities of all columns.
func Priorities(groups []GroupCounts, extremity []float64, columns []Column) []float64 {
	total := sumGroups(groups, len(columns))
	out := make([]float64, len(columns))
	for j, c := range columns {
		out[j] = Priority(total.A[j], total.D[j], total.S[j], extremity[j], c.Meta)
	}
	return out
}
