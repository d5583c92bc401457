// SPDX-License-Identifier: EUPL-1.2

package opinion

import "math"

const (
	blockSize  = 4     // vectors per multiplication
	fullUpTo   = 100   // columns up to which all eigenvectors are computed
	maxBasis   = 96    // vectors before the basis is made smaller again
	keepBasis  = 16    // vectors that remain then
	maxSteps   = 1000  // as in section 5
	leadingSet = 5     // eigenvalues given out
	tightGap   = 2e-13 // residual aimed at for the components, relative to λ1
	looseGap   = 1e-7  // residual for the other eigenvalues; their error is its square
	acceptGap  = 1e-12 // residual that section 5 demands
)

// leading computes the five largest eigenvalues and the eigenvectors of the two
// largest of a symmetric m × m matrix, with ‖C·c - λ·c‖ ≤ 1e-12·λ1.
func leading(c []float64, m int) (values []float64, vectors [][]float64, err error) {
	if m <= fullUpTo {
		values, vectors, err = symmetric(append([]float64(nil), c...), m)
		return values[:min(leadingSet, len(values))], vectors[:min(2, len(vectors))], err
	}
	k := &krylov{c: c, m: m}
	for step := range maxSteps {
		k.expand()
		if step%4 != 3 && len(k.basis)+blockSize <= maxBasis {
			continue
		}
		done, err := k.ritz(tightGap)
		if err != nil {
			return nil, nil, err
		}
		if done {
			return k.values, k.vectors, nil
		}
		if len(k.basis)+blockSize > maxBasis {
			k.shrink()
		}
	}
	if done, err := k.ritz(acceptGap); err != nil || !done {
		return nil, nil, ErrEigen
	}
	return k.values, k.vectors, nil
}

// krylov is a block Krylov space of C with full orthogonalisation: an
// orthonormal basis, its images under C, and h = basisᵀ·C·basis.
type krylov struct {
	c      []float64
	m      int
	basis  [][]float64
	images [][]float64
	h      [][]float64
	seed   noise

	ritzValues []float64
	ritzRows   [][]float64
	values     []float64
	vectors    [][]float64
}

// expand adds a block: the images of the last block, made orthogonal to
// everything there is; at the start ones and noise.
func (k *krylov) expand() {
	first := len(k.basis)
	for b := range blockSize {
		v := make([]float64, k.m)
		if first > 0 {
			copy(v, k.images[first-blockSize+b])
		} else {
			k.start(v, b)
		}
		k.append(v)
	}
	k.images = append(k.images, multiply(k.c, k.m, k.basis[first:])...)
	for i, v := range k.basis {
		for j := max(i, first); j < len(k.basis); j++ {
			k.h[i] = append(k.h[i], dot(v, k.images[j]))
		}
	}
}

func (k *krylov) start(v []float64, b int) {
	for i := range v {
		v[i] = 1
		if b > 0 {
			v[i] = k.seed.next()
		}
	}
}

// append makes v a unit vector orthogonal to the basis. A vector that lies
// inside the space is replaced by noise.
func (k *krylov) append(v []float64) {
	first := norm(v)
	for length := first; ; {
		for _, u := range k.basis {
			axpy(v, -dot(u, v), u)
		}
		before := length
		length = norm(v)
		if !(length > 1e-12*first) { // nothing new but rounding errors
			k.start(v, 1)
			first = norm(v)
			length = first
			continue
		}
		if length > before/2 { // little was left to take away
			scale(v, 1/length)
			break
		}
	}
	k.basis = append(k.basis, v)
	k.h = append(k.h, nil)
}

// ritz computes the best approximations in the space and whether they are good
// enough.
func (k *krylov) ritz(gap float64) (done bool, err error) {
	n := len(k.basis)
	h := make([]float64, n*n)
	for i, row := range k.h {
		for j, x := range row {
			h[i*n+i+j], h[(i+j)*n+i] = x, x
		}
	}
	if k.ritzValues, k.ritzRows, err = symmetric(h, n); err != nil {
		return false, err
	}
	k.values, k.vectors = k.ritzValues[:leadingSet:leadingSet], nil
	limit := math.Max(math.Abs(k.values[0]), math.SmallestNonzeroFloat64)
	for i := range leadingSet {
		v, image := combine(k.basis, k.ritzRows[i]), combine(k.images, k.ritzRows[i])
		axpy(image, -k.values[i], v)
		want := looseGap
		if i < 2 {
			want = gap
			k.vectors = append(k.vectors, v)
		}
		if !(norm(image) <= want*limit) {
			return false, nil
		}
	}
	return true, nil
}

// shrink replaces the basis by its best vectors, followed by the block that the
// next step starts from.
func (k *krylov) shrink() {
	basis, images := make([][]float64, keepBasis), make([][]float64, keepBasis)
	for i := range keepBasis {
		basis[i], images[i] = combine(k.basis, k.ritzRows[i]), combine(k.images, k.ritzRows[i])
	}
	next := k.images[len(k.images)-blockSize:]
	old := k.basis
	k.basis, k.images, k.h = basis, images, make([][]float64, keepBasis)
	for i := range k.h {
		k.h[i] = make([]float64, keepBasis-i)
		k.h[i][0] = k.ritzValues[i]
	}
	k.refill(old, next)
}

// refill adds what the last images have outside the whole former space.
func (k *krylov) refill(old, next [][]float64) {
	first := len(k.basis)
	for _, image := range next {
		v := append([]float64(nil), image...)
		for range 2 {
			for _, u := range old {
				axpy(v, -dot(u, v), u)
			}
		}
		k.append(v)
	}
	k.images = append(k.images, multiply(k.c, k.m, k.basis[first:])...)
	for i, v := range k.basis {
		for j := max(i, first); j < len(k.basis); j++ {
			k.h[i] = append(k.h[i], dot(v, k.images[j]))
		}
	}
}

func combine(vectors [][]float64, weights []float64) []float64 {
	out := make([]float64, len(vectors[0]))
	for i, v := range vectors {
		axpy(out, weights[i], v)
	}
	return out
}
