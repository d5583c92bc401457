// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"fmt"
	"math"
)

const (
	modelUnit = 1 << 30 // scale of muQ, c1Q, c2Q
	pointUnit = 1 << 20 // units per unit of distance
)

// Fitted is a model with the float64 numbers it was rounded from. Only Model is
// published. Slices run over the kept columns.
type Fitted struct {
	Model Model
	Mu    []float64
	Comps [2][]float64 // unit vectors, or zero
	Eig   []float64    // the largest eigenvalues of C and two zeros, at most five numbers
	Trace float64
	Sd    float64
}

// NoVariance reports that there is no component to see people along.
func (f *Fitted) NoVariance() bool { return f.Model.noVariance() }

func (m *Model) noVariance() bool {
	for j := range m.C1Q {
		if m.C1Q[j] != 0 || m.C2Q[j] != 0 {
			return false
		}
	}
	return true
}

// Fit computes the two principal components of the votes behind the statistics
// and rounds them to the published integers (spec: opinion.md 5). Prev, if any,
// only decides the free sign of a component. The error is
// ErrShape, ErrRange or ErrEigen.
func Fit(s Stats, columns []Column, params Params, prev *Previous) (Fitted, error) {
	kept := keptIndex(columns)
	m := Kept(columns)
	if len(s.S) != len(columns) || (s.Pairs.M != 0 && (s.Pairs.M != m || len(s.Pairs.Cells) != m*(m+1)/2)) {
		return Fitted{}, fmt.Errorf("fitting %d columns: %w", len(columns), ErrShape)
	}
	if s.Participants > math.MaxInt32 {
		return Fitted{}, fmt.Errorf("fitting %d people: %w", s.Participants, ErrRange)
	}
	f := Fitted{Mu: make([]float64, m), Model: newModel(s, columns, params)}
	for j, k := range kept {
		if k >= 0 && s.S[j] > 0 {
			f.Mu[k] = float64(s.A[j]-s.D[j]) / float64(s.S[j])
		}
	}
	if err := f.components(s.Pairs, prev); err != nil {
		return Fitted{}, err
	}
	lambda := math.Max(f.Eig[0], 0)
	f.Sd = math.Sqrt(lambda / float64(max(f.Model.Participants, 1)))
	f.Model.SdQ = int64(math.RoundToEven(f.Sd * pointUnit))
	f.Model.C1Q, f.Model.C2Q = rounded(f.Comps[0]), rounded(f.Comps[1])
	return f, nil
}

// newModel fills in what does not depend on the components.
func newModel(s Stats, columns []Column, params Params) Model {
	out := Model{MuQ: []int64{}, Participants: s.PairPeople(), InConvMin: params.InConvMin}
	for j, c := range columns {
		if s.S[j] > 0 {
			out.NCols++
			if c.ModOut {
				out.NModOut++
			}
		}
		if !c.ModOut {
			out.MuQ = append(out.MuQ, halfAway((s.A[j]-s.D[j])*modelUnit, max(s.S[j], 1)))
		}
	}
	return out
}

// components solves for the two directions of most variance.
func (f *Fitted) components(p Pairs, prev *Previous) error {
	m := len(f.Mu)
	f.Comps = [2][]float64{make([]float64, m), make([]float64, m)}
	f.Eig = []float64{0, 0}
	if p.M == 0 {
		return nil
	}
	c := covariance(p, f.Mu)
	for j := range m {
		f.Trace += c[j*m+j]
	}
	values, vectors, err := leading(c, m)
	if err != nil {
		return fmt.Errorf("fitting %d columns: %w", m, err)
	}
	f.Eig = append(append([]float64(nil), values...), 0, 0)[:min(leadingSet, len(values)+2)]
	for i, v := range vectors {
		if f.Eig[i] > 1e-9*math.Max(1, f.Eig[0]) {
			scale(v, direction(v, prev.component(i)))
			f.Comps[i] = v
		}
	}
	return nil
}

// covariance is the full symmetric matrix C, row by row.
func covariance(p Pairs, mu []float64) []float64 {
	m := p.M
	c := make([]float64, m*m)
	each(m, func(j int) {
		at := p.Index(j, j)
		for k := j; k < m; k++ {
			q := &p.Cells[at+k-j]
			v := float64(q.XX) - float64(mu[k]*float64(q.T)) - float64(mu[j]*float64(q.U)) + float64(float64(mu[j]*mu[k])*float64(q.N))
			c[j*m+k], c[k*m+j] = v, v
		}
	})
	return c
}

func rounded(v []float64) []int64 {
	out := make([]int64, len(v))
	for j, x := range v {
		out[j] = int64(math.RoundToEven(x * modelUnit))
	}
	return out
}

// direction is the sign to give a component: towards the previous one if they
// belong together, otherwise the first of its largest entries is positive.
func direction(v, prev []float64) float64 {
	if len(prev) == len(v) {
		if d := dot(v, prev); math.Abs(d) >= 0.5 {
			return math.Copysign(1, d)
		}
	}
	largest := 0.0
	for _, x := range v {
		largest = math.Max(largest, math.Abs(x))
	}
	for _, x := range v {
		if math.Abs(x) > largest-1e-9 {
			return math.Copysign(1, x)
		}
	}
	return 1
}

// halfAway divides and rounds to the nearest integer, halves away from zero.
func halfAway(a, b int64) int64 {
	if a < 0 {
		return -halfAway(-a, b)
	}
	return (2*a + b) / (2 * b)
}
