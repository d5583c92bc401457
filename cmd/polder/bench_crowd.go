// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"polder/consensus/opinion"
)

// makeCrowd makes votes up (spec: opinion.md 19): few people vote much, early
// statements get more votes, three camps differ on a fifth of them. The same
// numbers give the same votes.
func makeCrowd(people, statements int, mean float64) *opinion.Matrix {
	r := rand.New(rand.NewPCG(1, 0))
	m, seen := opinion.NewMatrix(statements), make([]int, statements)
	var row []opinion.Vote
	for p := range people {
		n := min(statements, 1+int(r.ExpFloat64()*(mean-1)))
		for row = row[:0]; len(row) < n; {
			j := int(math.Pow(r.Float64(), 1.6) * float64(statements))
			if seen[j] == p+1 {
				continue
			}
			seen[j] = p + 1
			row = append(row, opinion.Vote{Column: j, Value: crowdOpinion(j, p, r.Float64())})
		}
		if err := m.AppendRow(row); err != nil {
			panic(err) // only a vote outside the columns is refused
		}
	}
	return m
}

func crowdOpinion(statement, person int, u float64) int8 {
	v := int8(0)
	switch {
	case u < 0.5:
		v = 1
	case u < 0.8:
		v = -1
	}
	if statement%5 == person%3 {
		return -v
	}
	return v
}

// crowdOf spreads a crowd over the members of a shape, in turn.
func crowdOf(votes *opinion.Matrix, s opinionShape) []*opinion.Matrix {
	if s.members == 0 {
		return []*opinion.Matrix{votes}
	}
	parts := make([]*opinion.Matrix, s.members)
	for i := range parts {
		parts[i] = opinion.NewMatrix(s.statements)
	}
	for i := range votes.Rows() {
		if err := parts[i%s.members].AppendRow(votes.Row(i)); err != nil {
			panic(err) // these votes fitted the same columns before
		}
	}
	return parts
}

// measure computes the full result several times.
func (b *opinionBench) measure(ctx context.Context, s opinionShape, parts []*opinion.Matrix, columns []opinion.Column) (opinionFigures, error) {
	x := opinionFigures{Name: s.name, What: "cold", People: s.people, Statements: s.statements, Runs: b.runs, Aim: s.aim.Seconds(),
		Published: s.published, Cores: runtime.NumCPU()}
	if s.cores > 0 {
		x.Cores = min(x.Cores, s.cores)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(x.Cores))
	votes := parts[0]
	switch {
	case s.members > 0:
		x.What, x.Runs = fmt.Sprintf("protocol, %d members", s.members), min(b.runs, 2)
	case s.kept:
		x.What = "after one more vote"
		if err := votes.Track(columns); err != nil {
			return x, err
		}
	}
	resetPeak()
	r := rand.New(rand.NewPCG(2, 0))
	var results, casts []time.Duration
	for range x.Runs {
		if ctx.Err() != nil {
			return x, ctx.Err()
		}
		begin := time.Now()
		if s.kept {
			v := opinion.Vote{Column: r.IntN(s.statements), Value: int8(r.IntN(3) - 1)}
			if err := votes.AddVote(r.IntN(s.people), v); err != nil {
				return x, err
			}
			casts = append(casts, time.Since(begin))
		}
		if err := x.compute(s, parts, columns); err != nil {
			return x, err
		}
		results = append(results, time.Since(begin))
	}
	x.MiB = peak()
	slices.Sort(results)
	x.Best, x.Median = results[0].Seconds(), results[len(results)/2].Seconds()
	if s.kept {
		slices.Sort(casts)
		x.Vote = float64(casts[len(casts)/2].Nanoseconds()) / 1000
	}
	return x, nil
}

// compute is everything a results page needs, down to its bytes.
func (x *opinionFigures) compute(s opinionShape, parts []*opinion.Matrix, columns []opinion.Column) error {
	run := func() (*opinion.Outcome, error) { return opinion.Run(parts, columns, opinion.LocalParams()) }
	if s.members > 0 {
		run = func() (*opinion.Outcome, error) {
			return opinion.RunProtocol(parts, columns, opinion.DefaultParams(), time.Now())
		}
	}
	out, err := run()
	if err != nil {
		return err
	}
	x.Votes, x.Groups = 0, out.K
	for _, s := range out.Stats.S {
		x.Votes += s
	}
	_, err = json.Marshal(out.Result())
	return err
}

// resetPeak makes the system forget how much memory this process had at most.
// Where it cannot, the peak is that of the whole run.
func resetPeak() {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

// peak is the largest resident memory in MiB since resetPeak; 0 if the system
// does not tell.
func peak() float64 {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			if kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64); err == nil {
				return mib(kib << 10)
			}
		}
	}
	return 0
}
