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

// packed[x][y] is what votes with codes x (column j) and y (column k) add. The
// fourth code does not occur.
var packed = func() (t [4][4]uint64) {
	for x := range 3 {
		for y := range 3 {
			product := uint64((x-1)*(y-1) + 1)
			t[x][y] = 1 | product<<16 | uint64(x)<<32 | uint64(y)<<48
		}
	}
	return t
}()

// stripeWords is how much of the table is worked on at a time: it has to stay
// in the cache of one core while a block of people passes by.
const stripeWords = 1 << 15

type accumulator struct {
	kept   []int32
	m      int
	words  []uint64
	filled int // people since the last flush

	cells []cell // of a block of people, numbered by kept column
	ends  []int  // of each person's cells
	next  []int  // first cell of each person that was not the first of a pair yet
}

func newAccumulator(kept []int32, m int) *accumulator {
	return &accumulator{kept: kept, m: m, words: make([]uint64, m*(m+1)/2)}
}

// add adds a block of people, stripe by stripe.
func (a *accumulator) add(rows [][]cell) {
	a.gather(rows)
	for from := 0; from < a.m; {
		to, words := from, 0
		for to < a.m && words < stripeWords {
			words += a.m - to
			to++
		}
		a.stripe(cell(to) << 2)
		from = to
	}
	a.filled += len(rows)
}

func (a *accumulator) gather(rows [][]cell) {
	a.cells, a.ends, a.next = a.cells[:0], a.ends[:0], a.next[:0]
	for _, row := range rows {
		a.next = append(a.next, len(a.cells))
		for _, c := range row {
			if k := a.kept[c.column()]; k >= 0 {
				a.cells = append(a.cells, cell(k)<<2|c&3)
			}
		}
		a.ends = append(a.ends, len(a.cells))
	}
}

// stripe adds all pairs whose first column lies below the limit.
func (a *accumulator) stripe(limit cell) {
	for p, end := range a.ends {
		at := a.next[p]
		for ; at < end && a.cells[at] < limit; at += 2 {
			c := a.cells[at]
			one, word := a.line(c.column()), &packed[c&3]
			one[c>>2] += word[c&3]
			if at+1 == end {
				continue
			}
			d := a.cells[at+1]
			one[d>>2] += word[d&3]
			two, other := a.line(d.column()), &packed[d&3]
			two[d>>2] += other[d&3]
			addLines(one, two, a.cells[at+2:end], word, other)
		}
		a.next[p] = at
	}
}

// line is the part of the table for pairs that begin with column j, indexed by
// the second column.
func (a *accumulator) line(j int) []uint64 {
	zero := j*a.m - j*(j+1)/2
	return a.words[zero : zero+a.m]
}

// addLines adds the words of each second vote to two lines at once.
func addLines(one, two []uint64, cells []cell, word, other *[4]uint64) {
	two = two[:len(one)]
	for len(cells) >= 2 {
		c, d := cells[0], cells[1]
		j, k := c>>2, d>>2
		one[j] += word[c&3]
		two[j] += other[c&3]
		one[k] += word[d&3]
		two[k] += other[d&3]
		cells = cells[2:]
	}
	if len(cells) > 0 {
		c := cells[0]
		one[c>>2] += word[c&3]
		two[c>>2] += other[c&3]
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
			a.add(parts[r.part].rows[r.from:r.to])
		}
		lock.Lock()
		a.flush(&out)
		lock.Unlock()
	})
	return out, nil
}
