// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"
)

// generate makes votes as section 19 describes: few people vote much, early
// statements get more votes, and three camps differ on a fifth of them.
func generate(people, statements int, mean float64, seed uint64) *Matrix {
	r := rand.New(rand.NewPCG(seed, 0))
	m, seen := NewMatrix(statements), make([]int, statements)
	for p := range people {
		n := min(statements, 1+int(r.ExpFloat64()*(mean-1)))
		var row []Vote
		for len(row) < n {
			j := int(math.Pow(r.Float64(), 1.6) * float64(statements))
			if seen[j] == p+1 {
				continue
			}
			seen[j] = p + 1
			row = append(row, Vote{Column: j, Value: opinionOn(j, p, r.Float64())})
		}
		if err := m.AppendRow(row); err != nil {
			panic(err)
		}
	}
	return m
}

func opinionOn(statement, person int, u float64) int8 {
	v := int8(0)
	switch {
	case u < 0.5:
		v = 1
	case u < 0.8:
		v = -1
	}
	if statement%5 == person%3 {
		v = -v
	}
	return v
}

func benchmarkRun(b *testing.B, people, statements int, mean float64) {
	m, columns := generate(people, statements, mean, 1), make([]Column, statements)
	b.ReportAllocs()
	defer func() { b.ReportMetric(float64(votesIn(m)), "votes") }()
	for b.Loop() {
		if _, err := fullResult(m, columns); err != nil {
			b.Fatal(err)
		}
	}
}

func votesIn(m *Matrix) (n int64) {
	for _, s := range m.counts.S {
		n += s
	}
	return n
}

// fullResult is everything a consultation needs: lists and JSON too.
func fullResult(m *Matrix, columns []Column) ([]byte, error) {
	o, err := Run([]*Matrix{m}, columns, LocalParams())
	if err != nil {
		return nil, err
	}
	return json.Marshal(o.Result())
}

func BenchmarkRun2000x200(b *testing.B)    { benchmarkRun(b, 2000, 200, 60) }
func BenchmarkRun33422x783(b *testing.B)   { benchmarkRun(b, 33422, 783, 62.8) }
func BenchmarkRun100000x1000(b *testing.B) { benchmarkRun(b, 100000, 1000, 51) }

func BenchmarkBowlingGreen(b *testing.B) {
	c := readConversation(b, "american-assembly.bowling-green", "participants-votes.csv")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := fullResult(c.votes, c.columns); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOneMoreVote is a fresh result after one vote, with sums that were
// kept up to date.
func BenchmarkOneMoreVote100000x1000(b *testing.B) {
	m, columns := generate(100000, 1000, 51, 1), make([]Column, 1000)
	if err := m.Track(columns); err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(2, 0))
	b.ReportAllocs()
	for b.Loop() {
		if err := m.AddVote(r.IntN(100000), Vote{Column: r.IntN(1000), Value: int8(r.IntN(3) - 1)}); err != nil {
			b.Fatal(err)
		}
		if _, err := fullResult(m, columns); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStages100000x1000(b *testing.B) {
	m, columns := generate(100000, 1000, 51, 1), make([]Column, 1000)
	parts, p := []*Matrix{m}, LocalParams()
	s, err := Total(parts, columns, p)
	if err != nil {
		b.Fatal(err)
	}
	fit, err := Fit(s, columns, p, nil)
	if err != nil {
		b.Fatal(err)
	}
	placed := fit.Model.Place(columns, m)
	g := grouping{points: [][]Point{placed.Points}, sdQ: fit.Model.SdQ, params: p}
	solutions := g.search()
	stages := []struct {
		name string
		run  func()
	}{
		{"statistics", func() { _, _ = Total(parts, columns, p) }},
		{"model", func() { _, _ = Fit(s, columns, p, nil) }},
		{"positions", func() { fit.Model.Place(columns, m) }},
		{"groups", func() { g.search() }},
		{"tally", func() { Tally(m, placed, solutions[0].Centroids, 1000) }},
	}
	for _, stage := range stages {
		b.Run(stage.name, func(b *testing.B) {
			for b.Loop() {
				stage.run()
			}
		})
	}
}

// BenchmarkFederation342x300 is a nation: every municipality a member, the whole
// protocol in one process but for signatures.
func BenchmarkFederation342x300(b *testing.B) {
	parts := make([]*Matrix, 342)
	for i := range parts {
		parts[i] = generate(100, 300, 40, uint64(i+1))
	}
	columns := make([]Column, 300)
	b.ReportAllocs()
	for b.Loop() {
		o, err := RunProtocol(parts, columns, DefaultParams(), someDay)
		if err != nil {
			b.Fatal(err)
		}
		if o.Stats.Participants != 34200 {
			b.Fatal(o.Stats.Participants)
		}
	}
}
