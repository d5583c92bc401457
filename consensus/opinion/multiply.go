// SPDX-License-Identifier: EUPL-1.2

package opinion

const stripe = 64 // rows of one piece of work

// multiply computes C·v for blockSize vectors in one pass over the symmetric
// m × m matrix C. Every entry is one sum in a fixed order.
func multiply(c []float64, m int, vectors [][]float64) [][]float64 {
	mixed := interleave(vectors, m)
	out := make([][]float64, blockSize)
	for b := range out {
		out[b] = make([]float64, m)
	}
	each((m+stripe-1)/stripe, func(s int) {
		for i := s * stripe; i < min((s+1)*stripe, m); i++ {
			out[0][i], out[1][i], out[2][i], out[3][i] = rowTimes(c[i*m:(i+1)*m], mixed)
		}
	})
	return out
}

func interleave(vectors [][]float64, m int) [][blockSize]float64 {
	mixed := make([][blockSize]float64, m)
	for i := range mixed {
		for b, v := range vectors {
			mixed[i][b] = v[i]
		}
	}
	return mixed
}

func rowTimes(row []float64, mixed [][blockSize]float64) (s0, s1, s2, s3 float64) {
	mixed = mixed[:len(row)]
	var t0, t1, t2, t3 float64
	i := 0
	for ; i+2 <= len(row); i += 2 {
		x, v := row[i], &mixed[i]
		y, w := row[i+1], &mixed[i+1]
		s0 += float64(x * v[0])
		s1 += float64(x * v[1])
		s2 += float64(x * v[2])
		s3 += float64(x * v[3])
		t0 += float64(y * w[0])
		t1 += float64(y * w[1])
		t2 += float64(y * w[2])
		t3 += float64(y * w[3])
	}
	if i < len(row) {
		x, v := row[i], &mixed[i]
		s0 += float64(x * v[0])
		s1 += float64(x * v[1])
		s2 += float64(x * v[2])
		s3 += float64(x * v[3])
	}
	return s0 + t0, s1 + t1, s2 + t2, s3 + t3
}
