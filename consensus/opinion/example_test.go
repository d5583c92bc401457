// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"errors"
	"math"
	"slices"
	"testing"
)

// examplePeople are three people × three statements: the example of section 4.
func examplePeople(t testing.TB) *Matrix {
	t.Helper()
	m := NewMatrix(3)
	for _, row := range [][]Vote{{{0, 1}, {1, 1}}, {{0, 1}, {1, -1}}, {{0, -1}, {1, 0}, {2, 1}}} {
		if err := m.AppendRow(row); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func TestStatisticsExample(t *testing.T) {
	s, err := examplePeople(t).Stats(make([]Column, 3))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.A, []int64{2, 1, 1}) || !slices.Equal(s.D, []int64{1, 1, 0}) || !slices.Equal(s.S, []int64{3, 3, 1}) || s.Participants != 3 {
		t.Errorf("counts %+v", s)
	}
	want := []Pair{{3, 3, 1, 1}, {3, 0, 1, 0}, {1, -1, -1, 1}, {3, 2, 0, 0}, {1, 0, 0, 1}, {1, 1, 1, 1}}
	if !slices.Equal(s.Pairs.Cells, want) {
		t.Errorf("pairs %v, want %v", s.Pairs.Cells, want)
	}
	hidden := s.Suppress(3).Pairs.Cells
	if !slices.Equal(hidden, []Pair{want[0], want[1], {}, want[3], {}, {}}) || !slices.Equal(s.Pairs.Cells, want) {
		t.Errorf("with pairMin 3: %v", hidden)
	}
}

func TestProjectionExample(t *testing.T) {
	m := Model{MuQ: []int64{357913941, 0, 1073741824}, C1Q: []int64{644245094, 858993459, 0}, C2Q: []int64{858993459, -644245094, 0}, NCols: 4, NModOut: 1}
	votes, columns := examplePeople(t), []Column{{}, {}, {}, {ModOut: true}}
	for i, want := range []Point{{1452950, -80719}, {-484317, 1372230}, {-838861, -1118481}} {
		if got := m.Project(columns, votes.Row(i)); got != want {
			t.Errorf("person %d at %v, want %v", i, got, want)
		}
	}
}

func TestStartExample(t *testing.T) {
	if got := Start(2, 1, 1234567); !slices.Equal(got, []Point{{617284, 1069166}, {-617283, -1069166}}) {
		t.Errorf("start %v", got)
	}
}

func TestFormulas(t *testing.T) {
	for _, f := range []struct{ got, want float64 }{
		{prop1(0, 0), 1},
		{prop1(7, 10), 1.507556722888818},
		{prop2(7, 3, 10, 12), 2.048366225996757},
		{prop2(5, 5, 5, 5), 0},
		{Priority(0, 0, 0, 0, false), 5.0625},
		{Priority(30, 10, 50, 1.5, false), 1.40254636},
		{Priority(0, 0, 3, 0, true), 49},
	} {
		if math.Abs(f.got-f.want) > 5e-9 {
			t.Errorf("got %.15g, want %.15g", f.got, f.want)
		}
	}
}

func TestHalvesGoAwayFromZero(t *testing.T) {
	for _, c := range [][3]int64{{1, 2, 1}, {-1, 2, -1}, {3, 2, 2}, {-3, 2, -2}, {1, 3, 0}, {-2, 3, -1}, {0, 5, 0}} {
		if got := halfAway(c[0], c[1]); got != c[2] {
			t.Errorf("%d/%d = %d, want %d", c[0], c[1], got, c[2])
		}
	}
}

func TestMoveAndRate(t *testing.T) {
	points, centroids := []Point{{0, 0}, {1, 0}, {10, 0}, {5, 0}}, []Point{{0, 0}, {10, 0}, {1 << 20, 0}}
	sums := Step(points, centroids)
	if !slices.Equal(sums, []ClusterSum{{3, 6, 0}, {1, 10, 0}, {}}) { // 5 is as near to both: the first
		t.Errorf("sums %v", sums)
	}
	next, moved := Move(centroids, sums)
	if !slices.Equal(next, []Point{{2, 0}, {10, 0}, {1 << 20, 0}}) || !moved {
		t.Errorf("next %v %v", next, moved)
	}
	s := Rate(points, centroids)
	if !slices.Equal(s.Sizes, []int64{3, 1, 0}) || s.SilSum != 1000000+888889+1000000+0 || s.Inertia != 0 {
		t.Errorf("score %+v", s)
	}
}

func TestChoice(t *testing.T) {
	solution := func(silSum int64, sizes ...int64) Solution {
		return Solution{Centroids: make([]Point, len(sizes)), Score: Score{SilSum: silSum, Sizes: sizes}, Dropped: dropped(sizes, 10)}
	}
	for _, c := range []struct {
		name      string
		solutions []Solution
		previous  int
		want      int
	}{
		{"highest", []Solution{solution(5, 50, 50), solution(6, 30, 30, 40)}, 0, 3},
		{"equal: smaller k", []Solution{solution(6, 50, 50), solution(6, 30, 30, 40)}, 0, 2},
		{"group below minGroup", []Solution{solution(5, 50, 50), solution(6, 9, 51, 40)}, 0, 2},
		{"a twentieth", []Solution{solution(5, 10, 390), solution(6, 19, 191, 190)}, 0, 2},
		{"none", []Solution{solution(5, 0, 100), solution(6, 9, 51, 40)}, 0, 0},
		{"stays", []Solution{solution(5, 50, 50), solution(1000004, 30, 30, 40)}, 2, 2},
		{"gain of 0.01", []Solution{solution(5, 50, 50), solution(1000005, 30, 30, 40)}, 2, 3},
	} {
		if got := Choose(c.solutions, c.previous); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestNamesFollowThePreviousGroups(t *testing.T) {
	before := []Point{{100, 0}, {-100, 0}, {0, 50}}
	if got := Rename([]Point{{-90, 1}, {1, 60}, {120, 0}}, before); !slices.Equal(got, []Point{{120, 0}, {-90, 1}, {1, 60}}) {
		t.Errorf("renamed %v", got)
	}
}

func TestSumsAreChecked(t *testing.T) {
	big := NewStats(1)
	big.S[0] = limit - 1
	one := NewStats(1)
	one.S[0] = 1
	if err := big.Merge(one); !errors.Is(err, ErrRange) {
		t.Errorf("counts: %v", err)
	}
	p := Stats{A: []int64{0}, D: []int64{0}, S: []int64{0}, Pairs: NewPairs(1)}
	q := p.Clone()
	p.Pairs.Cells[0].N, q.Pairs.Cells[0].N = math.MaxInt32, 1
	if err := p.Merge(q); !errors.Is(err, ErrRange) {
		t.Errorf("pairs: %v", err)
	}
	if err := p.Merge(NewStats(2)); !errors.Is(err, ErrShape) {
		t.Errorf("columns: %v", err)
	}
	if err := AddSums([]ClusterSum{{1, limit - 1, 0}}, []ClusterSum{{1, 1, 0}}); !errors.Is(err, ErrRange) {
		t.Errorf("cluster sums: %v", err)
	}
	s := Score{Inertia: limit - 1, Sizes: []int64{0}}
	if err := s.Add(Score{Inertia: 1, Sizes: []int64{0}}); !errors.Is(err, ErrRange) {
		t.Errorf("scores: %v", err)
	}
}

func TestWrongVotesAreRefused(t *testing.T) {
	m := NewMatrix(2)
	for _, v := range []struct {
		row int
		Vote
	}{{0, Vote{0, 2}}, {0, Vote{-1, 1}}, {1, Vote{0, 1}}, {-1, Vote{0, 1}}, {0, Vote{maxColumns, 1}}} {
		if err := m.AddVote(v.row, v.Vote); !errors.Is(err, ErrShape) {
			t.Errorf("%+v: %v", v, err)
		}
	}
	if err := m.AddVote(0, Vote{Column: 5, Value: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Stats(make([]Column, 5)); !errors.Is(err, ErrShape) {
		t.Errorf("a vote outside the columns: %v", err)
	}
	if _, err := Run([]*Matrix{m}, make([]Column, 5), LocalParams()); !errors.Is(err, ErrShape) {
		t.Errorf("a run without the column: %v", err)
	}
}
