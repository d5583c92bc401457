// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func resultOf(t rapid.TB, parts []*Matrix, columns []Column, params Params) []byte {
	t.Helper()
	o, err := Run(parts, columns, params)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(o.Result())
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// drawRows makes votes of people; some rows are empty.
func drawRows(t *rapid.T, columns int) [][]Vote {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	rows := make([][]Vote, rapid.IntRange(0, 120).Draw(t, "people"))
	for i := range rows {
		for j := range columns {
			if r.IntN(3) == 0 {
				rows[i] = append(rows[i], Vote{Column: j, Value: opinionOn(j, i, r.Float64())})
			}
		}
	}
	return rows
}

func drawColumns(t *rapid.T) []Column {
	columns := make([]Column, rapid.IntRange(1, 30).Draw(t, "columns"))
	for j := range columns {
		columns[j].Meta = rapid.IntRange(0, 9).Draw(t, "meta") == 0
		columns[j].ModOut = columns[j].Meta || rapid.IntRange(0, 6).Draw(t, "modOut") == 0
	}
	return columns
}

func matrixOf(t rapid.TB, columns int, rows [][]Vote) *Matrix {
	t.Helper()
	m := NewMatrix(columns)
	for _, row := range rows {
		if err := m.AppendRow(row); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func spreadOver(t *rapid.T, columns int, rows [][]Vote) []*Matrix {
	parts := make([][][]Vote, rapid.IntRange(1, 40).Draw(t, "parts"))
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "split"), 0))
	for _, i := range r.Perm(len(rows)) {
		p := r.IntN(len(parts))
		parts[p] = append(parts[p], rows[i])
	}
	var out []*Matrix
	for _, p := range parts {
		out = append(out, matrixOf(t, columns, p))
	}
	return out
}

// However people are spread over contributors, and in whatever order, the
// result is the same bytes.
func TestSplitMeansNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns := drawColumns(t)
		rows := drawRows(t, len(columns))
		params := canonicalParams()
		params.MinGroup = rapid.IntRange(0, 10).Draw(t, "minGroup")
		whole := resultOf(t, []*Matrix{matrixOf(t, len(columns), rows)}, columns, params)
		if parts := resultOf(t, spreadOver(t, len(columns), rows), columns, params); !bytes.Equal(whole, parts) {
			t.Fatalf("whole %s\nparts %s", whole, parts)
		}
	})
}

func TestSplitOfRealVotes(t *testing.T) {
	c := readConversation(t, "brexit-consensus", "participants-votes.csv")
	whole := resultOf(t, []*Matrix{c.votes}, c.columns, LocalParams())
	parts := make([]*Matrix, 12)
	for i := range parts {
		parts[i] = NewMatrix(len(c.columns))
	}
	for i := range c.votes.Rows() {
		if err := parts[(i*i+i/9)%12].AppendRow(c.votes.Row(i)); err != nil {
			t.Fatal(err)
		}
	}
	if got := resultOf(t, parts, c.columns, LocalParams()); !bytes.Equal(got, whole) {
		t.Error("twelve contributors give another result than one")
	}
	federated := DefaultParams()
	federated.MinShare = 17 // several of the twelve have fewer people
	o, err := Run(parts, c.columns, federated)
	if err != nil || o.K == 0 {
		t.Fatalf("federated: %v", err)
	}
	if o.Stats.PairPeople() >= o.Stats.Participants || o.Stats.PairPeople() == 0 || o.Fit.Model.Participants != o.Stats.PairPeople() {
		t.Errorf("pairs of %d of %d people, %d in the model", o.Stats.PairPeople(), o.Stats.Participants, o.Fit.Model.Participants)
	}
}

// The order in which votes arrive, changed and withdrawn ones among them, has
// no influence; sums that are kept up to date equal those computed afresh.
func TestOrderOfVotesMeansNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns := drawColumns(t)
		rows := drawRows(t, len(columns))
		m := NewMatrix(len(columns))
		for range rows {
			if err := m.AppendRow(nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := m.Track(columns); err != nil {
			t.Fatal(err)
		}
		castAll(t, m, rows, len(columns))
		kept, err := m.Stats(columns)
		if err != nil {
			t.Fatal(err)
		}
		if !m.tracked.serves(columns) {
			t.Fatal("tracking ended")
		}
		fresh, err := matrixOf(t, len(columns), rows).Stats(columns)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(kept.Pairs.Cells, fresh.Pairs.Cells) || !slices.Equal(kept.S, fresh.S) || !slices.Equal(kept.A, fresh.A) ||
			!slices.Equal(kept.D, fresh.D) || kept.Participants != fresh.Participants {
			t.Fatalf("kept %+v\nfresh %+v", kept, fresh)
		}
	})
}

// castAll casts all votes in a random order, with detours.
func castAll(t *rapid.T, m *Matrix, rows [][]Vote, columns int) {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 0))
	type cast struct {
		row int
		Vote
	}
	var all []cast
	for i, row := range rows {
		for _, v := range row {
			all = append(all, cast{i, v})
		}
		if r.IntN(2) == 0 {
			column := r.IntN(columns)
			if err := m.AddVote(i, Vote{Column: column, Value: int8(r.IntN(3) - 1)}); err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(row, func(v Vote) bool { return v.Column == column }) {
				m.RemoveVote(i, column)
			}
		}
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for _, c := range all {
		if err := m.AddVote(c.row, c.Vote); err != nil {
			t.Fatal(err)
		}
	}
}

// Merging and taking out again restores the statistics.
func TestMergeAndSub(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns := drawColumns(t)
		a, err := matrixOf(t, len(columns), drawRows(t, len(columns))).Stats(columns)
		if err != nil {
			t.Fatal(err)
		}
		b, err := matrixOf(t, len(columns), drawRows(t, len(columns))).Stats(columns)
		if err != nil {
			t.Fatal(err)
		}
		sum := a.Clone()
		if sum.Merge(b) != nil || sum.Sub(b) != nil {
			t.Fatal("the sums do not fit")
		}
		if !slices.Equal(sum.Pairs.Cells, a.Pairs.Cells) || !slices.Equal(sum.S, a.S) || sum.PairPeople() != a.PairPeople() {
			t.Fatalf("got %+v, want %+v", sum, a)
		}
	})
}

// Both eigen solvers fulfil the accuracy of section 5 and agree.
func TestEigenSolversAgree(t *testing.T) {
	for _, m := range []int{2, 3, 17, 101, 160} {
		columns := make([]Column, m)
		votes := generate(400, m, float64(m)/3, uint64(m))
		s, err := votes.Stats(columns)
		if err != nil {
			t.Fatal(err)
		}
		fit, err := Fit(s, columns, LocalParams(), nil)
		if err != nil {
			t.Fatal(err)
		}
		c := covariance(s.Pairs, fit.Mu)
		values, vectors, err := symmetric(slices.Clone(c), m)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			if d := math.Abs(math.Abs(dot(vectors[i], fit.Comps[i])) - 1); d > 1e-12 {
				t.Errorf("m = %d: component %d differs by %g", m, i, d)
			}
			if r := residual(c, m, fit.Comps[i], fit.Eig[i]); r > 1e-12*fit.Eig[0] {
				t.Errorf("m = %d: residual %g", m, r)
			}
		}
		for i, v := range fit.Eig[:min(m, leadingSet)] {
			if math.Abs(v-values[i]) > 1e-9*math.Max(1, values[i]) {
				t.Errorf("m = %d: eigenvalue %d is %g, want %g", m, i, v, values[i])
			}
		}
		if d := math.Abs(dot(fit.Comps[0], fit.Comps[1])); d > 1e-12 {
			t.Errorf("m = %d: components at an angle: %g", m, d)
		}
	}
}

func residual(c []float64, m int, v []float64, lambda float64) float64 {
	r := make([]float64, m)
	for i := range r {
		r[i] = dot(c[i*m:(i+1)*m], v) - lambda*v[i]
	}
	return norm(r)
}

// A matrix of low rank with equal eigenvalues ends the Krylov space early.
func TestSolverOfLowRank(t *testing.T) {
	const m = 130
	c := make([]float64, m*m)
	for i, v := range []float64{7, 7, 3} {
		c[(i*40)*m+i*40] = v
	}
	values, vectors, err := leading(c, m)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{7, 7, 3, 0, 0} {
		if math.Abs(values[i]-want) > 1e-12 {
			t.Errorf("eigenvalue %d is %g, want %g", i, values[i], want)
		}
	}
	if math.Abs(dot(vectors[0], vectors[1])) > 1e-12 || residual(c, m, vectors[1], 7) > 1e-12 {
		t.Error("the second vector is wrong")
	}
	if values, _, err := leading(make([]float64, m*m), m); err != nil || values[0] != 0 {
		t.Errorf("zero matrix: %v %v", values, err)
	}
}

// The shortcut of a local computation gives the sums that contributors answer.
func TestAssignmentIsStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom([]int64{3, 40, 1 << 27}).Draw(t, "size")
		coordinate := rapid.Int64Range(-size, size)
		point := rapid.Custom(func(t *rapid.T) Point { return Point{coordinate.Draw(t, "x"), coordinate.Draw(t, "y")} })
		parts := rapid.SliceOfN(rapid.SliceOfN(point, 0, 60), 1, 3).Draw(t, "points")
		centroids := rapid.SliceOfN(point, 2, 5).Draw(t, "centroids")
		a := newAssignment(parts, centroids)
		for moved, round := true, 0; moved && round < 30; round++ {
			sums := make([]ClusterSum, len(centroids))
			for _, p := range parts {
				if err := AddSums(sums, Step(p, centroids)); err != nil {
					t.Fatal(err)
				}
			}
			if !slices.Equal(a.sums, sums) {
				t.Fatalf("round %d: %v, want %v", round, a.sums, sums)
			}
			if centroids, moved = Move(centroids, sums); rapid.IntRange(0, 3).Draw(t, "jump") == 0 {
				centroids[0] = point.Draw(t, "to")
			}
			a.moveTo(centroids)
		}
	})
}
