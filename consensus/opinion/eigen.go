// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"errors"
	"math"
)

// ErrEigen means that the eigenvectors did not reach the accuracy of section 5.
var ErrEigen = errors.New("the principal components do not converge")

// symmetric computes all eigenvalues of the n × n matrix a, descending, with
// orthonormal eigenvectors as rows. It reduces a (which it overwrites) to
// tridiagonal form by reflections and then iterates implicit QL steps (Golub
// and Van Loan, Matrix Computations, 8.3).
func symmetric(a []float64, n int) (values []float64, vectors [][]float64, err error) {
	d, e, z := tridiagonal(a, n)
	for l := 0; l < n; l++ {
		for step := 0; ; step++ {
			m := split(d, e, l)
			if m == l {
				break
			}
			if step == 60 {
				return nil, nil, ErrEigen
			}
			implicitStep(d, e, z, l, m)
		}
	}
	sortPairs(d, z)
	return d, z, nil
}

// tridiagonal gives diagonal, subdiagonal and the transformation, transposed.
func tridiagonal(a []float64, n int) (d, e []float64, z [][]float64) {
	z = identity(n)
	d, e = make([]float64, n), make([]float64, n)
	v, p := make([]float64, n), make([]float64, n)
	for k := 0; k+2 < n; k++ {
		e[k] = reflector(a, n, k, v)
		reflect(a, n, k, v, p)
		turn(z, k, v, p)
	}
	for k := range n {
		d[k] = a[k*n+k]
	}
	if n > 1 {
		e[n-2] = a[(n-1)*n+n-2]
	}
	return d, e, z
}

func identity(n int) [][]float64 {
	z, cells := make([][]float64, n), make([]float64, n*n)
	for i := range z {
		z[i] = cells[i*n : (i+1)*n]
		z[i][i] = 1
	}
	return z
}

// reflector puts the unit normal of the reflection for column k into v[k+1:] (all
// zero if there is nothing to do) and gives the remaining subdiagonal entry.
func reflector(a []float64, n, k int, v []float64) float64 {
	scale := 0.0
	for i := k + 1; i < n; i++ {
		v[i] = a[i*n+k]
		scale = math.Max(scale, math.Abs(v[i]))
	}
	if scale == 0 {
		return 0
	}
	length := scaledNorm(v[k+1:n], scale)
	first := v[k+1]
	alpha := -math.Copysign(length, first)
	v[k+1] = first - alpha
	norm := scaledNorm(v[k+1:n], math.Max(scale, math.Abs(v[k+1])))
	for i := k + 1; i < n; i++ {
		v[i] /= norm
	}
	return alpha
}

func scaledNorm(v []float64, scale float64) float64 {
	sum := 0.0
	for _, x := range v {
		x /= scale
		sum += float64(x * x)
	}
	return scale * math.Sqrt(sum)
}

// reflect applies the reflection to both sides of the remaining block.
func reflect(a []float64, n, k int, v, p []float64) {
	shared := 0.0
	for i := k + 1; i < n; i++ {
		p[i] = dot(a[i*n+k+1:i*n+n], v[k+1:n])
		shared += float64(p[i] * v[i])
	}
	for i := k + 1; i < n; i++ {
		p[i] -= float64(shared * v[i])
	}
	for i := k + 1; i < n; i++ {
		row, vi, pi := a[i*n:i*n+n], 2*v[i], 2*p[i]
		for j := k + 1; j < n; j++ {
			row[j] -= float64(vi*p[j]) + float64(pi*v[j])
		}
	}
}

// turn multiplies the rows below k of z by the reflection.
func turn(z [][]float64, k int, v, p []float64) {
	clear(p)
	for i := k + 1; i < len(z); i++ {
		axpy(p, 2*v[i], z[i])
	}
	for i := k + 1; i < len(z); i++ {
		axpy(z[i], -v[i], p)
	}
}

// split finds the end of the unreduced block that begins at l.
func split(d, e []float64, l int) int {
	for m := l; m+1 < len(d); m++ {
		if math.Abs(e[m]) <= 0x1p-53*(math.Abs(d[m])+math.Abs(d[m+1])) {
			return m
		}
	}
	return len(d) - 1
}

// implicitStep chases one bulge from m up to l with a shift that comes from the
// first two rows of the block.
func implicitStep(d, e []float64, z [][]float64, l, m int) {
	g := (d[l+1] - d[l]) / (2 * e[l])
	g = d[m] - d[l] + e[l]/(g+math.Copysign(hypot(g, 1), g))
	s, c, p := 1.0, 1.0, 0.0
	for i := m - 1; i >= l; i-- {
		f, b := float64(s*e[i]), float64(c*e[i])
		r := hypot(f, g)
		e[i+1] = r
		if r == 0 {
			d[i+1] -= p
			e[m] = 0
			return
		}
		s, c = f/r, g/r
		g = d[i+1] - p
		r = float64((d[i]-g)*s) + float64(2*c*b)
		p = float64(s * r)
		d[i+1] = g + p
		g = float64(c*r) - b
		rotate(z[i], z[i+1], c, s)
	}
	d[l] -= p
	e[l] = g
	e[m] = 0
}

// hypot is math.Hypot in operations that every platform rounds alike.
func hypot(a, b float64) float64 {
	a, b = math.Abs(a), math.Abs(b)
	if a < b {
		a, b = b, a
	}
	if b == 0 {
		return a
	}
	q := b / a
	return a * math.Sqrt(1+float64(q*q))
}

func rotate(low, high []float64, c, s float64) {
	for k, f := range high {
		high[k] = float64(s*low[k]) + float64(c*f)
		low[k] = float64(c*low[k]) - float64(s*f)
	}
}

func sortPairs(d []float64, z [][]float64) {
	for i := range d {
		best := i
		for j := i + 1; j < len(d); j++ {
			if d[j] > d[best] {
				best = j
			}
		}
		d[i], d[best] = d[best], d[i]
		z[i], z[best] = z[best], z[i]
	}
}
