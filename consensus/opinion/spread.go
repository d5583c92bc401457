// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// span is a run of people.
type span struct{ from, to int }

// rowRange is a run of rows of one part.
type rowRange struct {
	part int
	span
}

const blockRows = 1024

// blocks cuts the rows of all parts into runs of at most blockRows.
func blocks(parts []*Matrix) []rowRange {
	var out []rowRange
	for i, p := range parts {
		for _, s := range blocksOf(len(p.rows)) {
			out = append(out, rowRange{i, s})
		}
	}
	return out
}

func blocksOf(people int) []span {
	var out []span
	for from := 0; from < people; from += blockRows {
		out = append(out, span{from, min(from+blockRows, people)})
	}
	return out
}

// spread lets workers take items one by one. Work must add integers or fill
// slots of its own, so that the outcome does not depend on who did what.
func spread[T any](items []T, work func(next func() (T, bool))) {
	var at atomic.Int64
	next := func() (item T, ok bool) {
		i := at.Add(1) - 1
		if i >= int64(len(items)) {
			return item, false
		}
		return items[i], true
	}
	workers := min(runtime.GOMAXPROCS(0), len(items), 16)
	if workers <= 1 {
		work(next)
		return
	}
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() { work(next) })
	}
	wg.Wait()
}

// each calls work for 0..n-1, spread over the processors.
func each(n int, work func(i int)) {
	items := make([]int, n)
	for i := range items {
		items[i] = i
	}
	spread(items, func(next func() (int, bool)) {
		for i, ok := next(); ok; i, ok = next() {
			work(i)
		}
	})
}
