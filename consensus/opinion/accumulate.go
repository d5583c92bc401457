// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"fmt"
	"math"
	"sync"
)

// The pair sums are the cost of the whole computation. While adding, one cell
// is a word of four 16-bit counters N, XX+N, T+N and U+N, so that a pair of
// votes is one addition and the table is half the size. None can carry into the
// next within batch people; then the words are emptied into the int32 cells.
const batch = math.MaxInt16

// packed[x][y] is what votes with codes x (column j) and y (column k) add.
var packed = func() (t [3][3]uint64) {
	for x := range t {
		for y := range t[x] {
			product := uint64((x-1)*(y-1) + 1)
			t[x][y] = 1 | product<<16 | uint64(x)<<32 | uint64(y)<<48
		}
	}
	return t
}()

type accumulator struct {
	kept   []int32
	m      int
	words  []uint64
	filled int
	cols   []int32
	codes  []uint8
	add    [3][]uint64
}

func newAccumulator(kept []int32, m int) *accumulator {
	return &accumulator{kept: kept, m: m, words: make([]uint64, m*(m+1)/2)}
}

func (a *accumulator) row(row []cell) {
	a.gather(row)
	for i, j := range a.cols {
		at := int(j)*a.m - int(j)*(int(j)-1)/2
		line := a.words[at : at+a.m-int(j)]
		cols := a.cols[i:]
		add := a.add[a.codes[i]][i:]
		add = add[:len(cols)]
		for b, k := range cols {
			line[k-j] += add[b]
		}
	}
	a.filled++
}

// gather lists the kept columns of a row and, for each value the other vote of
// a pair can have, the words to add.
func (a *accumulator) gather(row []cell) {
	a.cols, a.codes = a.cols[:0], a.codes[:0]
	for x := range a.add {
		a.add[x] = a.add[x][:0]
	}
	for _, c := range row {
		k := a.kept[c.column()]
		if k < 0 {
			continue
		}
		a.cols, a.codes = append(a.cols, k), append(a.codes, uint8(c.code()))
		for x := range a.add {
			a.add[x] = append(a.add[x], packed[x][c.code()])
		}
	}
}

func (a *accumulator) flush(into *Pairs) {
	for i, w := range a.words {
		if w == 0 {
			continue
		}
		n, p := int32(w&0xffff), &into.Cells[i]
		p.N += n
		p.XX += int32(w>>16&0xffff) - n
		p.T += int32(w>>32&0xffff) - n
		p.U += int32(w>>48) - n
		a.words[i] = 0
	}
	a.filled = 0
}

// sumPairs adds the pairs of all people of all parts.
func sumPairs(parts []*Matrix, kept []int32) (Pairs, error) {
	m, people := 0, int64(0)
	for _, k := range kept {
		m = max(m, int(k)+1)
	}
	for _, p := range parts {
		people += int64(len(p.rows))
	}
	if people > math.MaxInt32 {
		return Pairs{}, fmt.Errorf("adding the pairs of %d people: %w", people, ErrRange)
	}
	out := NewPairs(m)
	var lock sync.Mutex
	spread(blocks(parts), func(next func() (rowRange, bool)) {
		a := newAccumulator(kept, m)
		for r, ok := next(); ok; r, ok = next() {
			if a.filled+r.to-r.from > batch {
				lock.Lock()
				a.flush(&out)
				lock.Unlock()
			}
			for _, row := range parts[r.part].rows[r.from:r.to] {
				a.row(row)
			}
		}
		lock.Lock()
		a.flush(&out)
		lock.Unlock()
	})
	return out, nil
}
