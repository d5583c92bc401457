// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"polder/instance/store"
)

// Benchmark measures an engine: durable updates of the size of a vote by one
// and by many callers, lookups and scans.
func Benchmark(b *testing.B, open Open) {
	for _, callers := range []int{1, 8, 32, 64} {
		b.Run(fmt.Sprintf("votes/callers=%d", callers), func(b *testing.B) { benchVotes(b, open, callers) })
	}
	b.Run("get", func(b *testing.B) { benchGet(b, open) })
	b.Run("scan", func(b *testing.B) { benchScan(b, open) })
}

// vote writes what one ballot takes: ballot, change counter, dirty flag.
func vote(w store.Writer, n int64) error {
	key := fmt.Appendf(nil, "question\x00%x", uint64(n)*0x9e3779b97f4a7c15)
	ballot := make([]byte, 250)
	if err := w.Insert("ballots", key, ballot); err != nil {
		return err
	}
	if err := add(w, "question", 1); err != nil {
		return err
	}
	return w.Put("dirty", []byte("consultation"), ballot[:40])
}

func benchEngine(b *testing.B, open Open) store.Engine {
	e, err := open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { e.Close() })
	return e
}

func benchVotes(b *testing.B, open Open, callers int) {
	e := benchEngine(b, open)
	var n, left atomic.Int64
	left.Store(int64(b.N))
	done := make(chan error, callers)
	b.ResetTimer()
	for range callers {
		go func() {
			var err error
			for err == nil && left.Add(-1) >= 0 {
				i := n.Add(1)
				err = e.Update(context.Background(), func(w store.Writer) error { return vote(w, i) })
			}
			done <- err
		}()
	}
	for range callers {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "votes/s")
}

// benchRows fills a table for reading.
func benchRows(b *testing.B, e store.Engine, rows int) {
	err := e.Update(context.Background(), func(w store.Writer) error {
		for i := range rows {
			if err := w.Put("t", fmt.Appendf(nil, "%08d", i), make([]byte, 100)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

func benchGet(b *testing.B, open Open) {
	const rows = 100_000
	e := benchEngine(b, open)
	benchRows(b, e, rows)
	b.ResetTimer()
	for i := range b.N {
		err := e.View(context.Background(), func(r store.Reader) error {
			_, err := r.Get("t", fmt.Appendf(nil, "%08d", i%rows))
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func benchScan(b *testing.B, open Open) {
	const rows = 100_000
	e := benchEngine(b, open)
	benchRows(b, e, rows)
	b.ResetTimer()
	for range b.N {
		err := e.View(context.Background(), func(r store.Reader) error {
			for _, err := range r.Scan("t", store.Range{}) {
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
