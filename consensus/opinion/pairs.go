// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
)

// Limits of the pair blob: columns of a federated instrument, bytes after
// inflation (spec: opinion.md 12, aggregation.md 8).
const (
	MaxColumns   = 1000
	MaxPairBytes = 8 << 20
	pairMagic    = "PPS1"
)

// ErrPairs means that bytes are not a pair blob in its one valid form.
var ErrPairs = errors.New("not a pair blob")

// EncodePairs writes the blob `PPS1` of opinion.md 12: m, then N and XX of the
// upper triangle with its diagonal, then T of every ordered pair of different
// columns. T_jj is not in it: it follows from the counts, see WithDiagonal.
func EncodePairs(p Pairs) []byte {
	b := make([]byte, 0, len(pairMagic)+2+3*len(p.Cells))
	b = binary.AppendUvarint(append(b, pairMagic...), uint64(p.M))
	for _, c := range p.Cells {
		b = binary.AppendVarint(b, int64(c.N))
	}
	for _, c := range p.Cells {
		b = binary.AppendVarint(b, int64(c.XX))
	}
	for j := range p.M {
		for k := range p.M {
			switch {
			case j < k:
				b = binary.AppendVarint(b, int64(p.Cells[p.Index(j, k)].T))
			case j > k:
				b = binary.AppendVarint(b, int64(p.Cells[p.Index(k, j)].U))
			}
		}
	}
	return b
}

// DecodePairs reads a pair blob of m <= MaxColumns columns. Only the shortest
// form of every number is accepted and nothing may follow, so that equal pairs
// have equal bytes; the error is ErrPairs. T_jj is 0: see WithDiagonal.
func DecodePairs(raw []byte) (Pairs, error) {
	if len(raw) > MaxPairBytes {
		return Pairs{}, fmt.Errorf("%d bytes, at most %d are allowed: %w", len(raw), MaxPairBytes, ErrPairs)
	}
	if len(raw) < len(pairMagic) || string(raw[:len(pairMagic)]) != pairMagic {
		return Pairs{}, fmt.Errorf("it does not begin with %s: %w", pairMagic, ErrPairs)
	}
	r := pairReader{rest: raw[len(pairMagic):]}
	m := r.unsigned()
	// Every number takes a byte, so a short blob cannot ask for much memory.
	if m > MaxColumns || 2*m*m > uint64(len(r.rest)) {
		return Pairs{}, fmt.Errorf("%d columns in %d bytes: %w", m, len(raw), ErrPairs)
	}
	p := NewPairs(int(m))
	r.fill(&p)
	if r.bad || len(r.rest) > 0 {
		return Pairs{}, fmt.Errorf("a number in a long form, too large or missing, or %d bytes too many: %w", len(r.rest), ErrPairs)
	}
	return p, nil
}

type pairReader struct {
	rest []byte
	bad  bool
}

func (r *pairReader) fill(p *Pairs) {
	for i := range p.Cells {
		p.Cells[i].N = r.signed()
	}
	for i := range p.Cells {
		p.Cells[i].XX = r.signed()
	}
	for j := range p.M {
		for k := range p.M {
			switch {
			case j < k:
				p.Cells[p.Index(j, k)].T = r.signed()
			case j > k:
				p.Cells[p.Index(k, j)].U = r.signed()
			}
		}
	}
}

// unsigned reads a varint in its shortest form: the last byte is not zero.
func (r *pairReader) unsigned() uint64 {
	v, n := binary.Uvarint(r.rest)
	if r.bad || n <= 0 || n > 1 && r.rest[n-1] == 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *pairReader) signed() int32 {
	u := r.unsigned()
	v := int64(u >> 1)
	if u&1 != 0 {
		v = ^v
	}
	if v < math.MinInt32 || v > math.MaxInt32 {
		r.bad = true
		return 0
	}
	return int32(v)
}

// WithDiagonal sets T_jj, which the blob leaves out, from the counts of the
// kept columns: A_j - D_j, and 0 where the pair is suppressed. In a hub's sum
// the counts may include people whose pairs are not in it; then T_jj stays
// within the XX_jj votes that are.
func (p Pairs) WithDiagonal(a, d []int64, columns []Column) Pairs {
	k := 0
	for j, c := range columns {
		if c.ModOut || k >= p.M {
			continue
		}
		cell := &p.Cells[p.Index(k, k)]
		xx := int64(cell.XX)
		cell.T = int32(min(max(a[j]-d[j], -xx), xx))
		cell.U = cell.T
		k++
	}
	return p
}

// BlobDigest is the digest of a blob: over its bytes before compression.
func BlobDigest(raw []byte) string {
	sum := sha256.Sum256(raw)
	return "sha256:" + hex.EncodeToString(sum[:])
}
