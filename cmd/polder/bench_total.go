// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// inParallel calls fn for 0..n-1 on every core.
func inParallel(ctx context.Context, n int, fn func(i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	cores := runtime.NumCPU()
	for start := range cores {
		group.Go(func() error {
			for i := start; i < n; i += cores {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				if err := fn(i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// total adds up the tallies of every municipality from their bytes: parse,
// verify the proof by the pinned key, validate, total.
func (b *bench) total(ctx context.Context) error {
	n, err := newBenchNation()
	if err != nil {
		return err
	}
	var l loadResult
	for range 5 {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		begin := time.Now()
		res, err := n.addUp()
		if err != nil {
			return err
		}
		took := time.Since(begin)
		if res.Coverage.Reported != int64(len(n.raws)) {
			return fmt.Errorf("%d of %d tallies were counted", res.Coverage.Reported, len(n.raws))
		}
		l.took += took
		l.times = append(l.times, took)
	}
	slices.Sort(l.times)
	b.report.Results = append(b.report.Results, benchResult{Name: "total", Target: "< 500 ms", Count: len(l.times), Seconds: l.took.Seconds(),
		What: fmt.Sprintf("nation total over %d signed tallies, from bytes", len(n.raws)), P50: millis(l.quantile(0.5)), P99: millis(l.quantile(0.99))})
	return nil
}
