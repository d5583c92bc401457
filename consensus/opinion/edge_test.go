// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// repeated gives n people with the same votes.
func repeated(n int, row ...Vote) [][]Vote {
	out := make([][]Vote, n)
	for i := range out {
		out[i] = row
	}
	return out
}

// every gives one value on columns 0..n-1.
func every(n int, value int8) []Vote {
	row := make([]Vote, n)
	for j := range row {
		row[j] = Vote{Column: j, Value: value}
	}
	return row
}

func TestEdgesHaveAReasonInsteadOfGroups(t *testing.T) {
	modOut := make([]Column, 8)
	for j := range modOut {
		modOut[j].ModOut = true
	}
	plain := make([]Column, 8)
	camps := append(repeated(20, every(8, 1)...), repeated(20, every(8, -1)...)...)
	few := append(repeated(40, every(6, 1)...), repeated(40, every(6, -1)...)...)
	for _, c := range []struct {
		name    string
		rows    [][]Vote
		columns []Column
		reason  Reason
		inside  int64
	}{
		{"no votes", nil, plain, NoVariance, 0},
		{"no columns", nil, nil, NoVariance, 0},
		{"rows without votes", repeated(3), plain, NoVariance, 0},
		{"one person", repeated(1, every(8, 1)...), plain, NoVariance, 1},
		{"all pass", repeated(40, every(8, 0)...), plain, NoVariance, 40},
		{"all agree", repeated(40, every(8, 1)...), plain, NoVariance, 40},
		{"everything modOut", camps, modOut, NoVariance, 40},
		{"two identical people", append(repeated(2, every(8, 1)...), every(8, -1)), plain, TooFewPeople, 3},
		{"people with 6 votes", few, plain, TooFewStatements, 80},
		{"one statement", append(repeated(20, every(1, 1)...), repeated(20, every(1, -1)...)...), plain[:1], TooFewStatements, 40},
		{"a lone dissenter", append(repeated(40, every(8, 1)...), every(8, -1)), plain, SmallGroups, 41},
		{"everyone at one point", append(append(repeated(40, every(8, 1)...), repeated(9, Vote{0, -1}, Vote{1, 0})...),
			repeated(3, Vote{2, -1})...), plain, SmallGroups, 40},
		{"two camps", camps, plain, "", 40},
	} {
		columns := c.columns
		if c.name == "people with 6 votes" {
			columns = plain[:6]
		}
		o, err := Run([]*Matrix{matrixOf(t, len(columns), c.rows)}, columns, LocalParams())
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if o.Reason != c.reason || o.Clustered != c.inside || (o.K == 0) != (c.reason != "") {
			t.Errorf("%s: reason %q, %d groups, %d clustered", c.name, o.Reason, o.K, o.Clustered)
		}
		if o.K == 0 && (len(o.Groups) != 1 || o.Groups[0].Members != c.inside) {
			t.Errorf("%s: the virtual group is missing", c.name)
		}
		raw := resultOf(t, []*Matrix{matrixOf(t, len(columns), c.rows)}, columns, LocalParams())
		if bytes.Contains(raw, []byte("null")) != (o.K == 0) || strings.Count(string(raw), "null") > 1 {
			t.Errorf("%s: %s", c.name, raw)
		}
	}
}

// Below the smaller of inConvMin and the number of columns nobody is clustered.
func TestThreshold(t *testing.T) {
	columns := make([]Column, 9)
	columns[8].ModOut = true
	rows := append(repeated(30, every(8, 1)...), repeated(5, every(6, -1)...)...)
	rows = append(rows, repeated(5, append(every(6, -1), Vote{8, 1})...)...) // the seventh vote is on a modOut column
	o, err := Run([]*Matrix{matrixOf(t, 9, rows)}, columns, LocalParams())
	if err != nil || o.Clustered != 35 || o.Stats.Participants != 40 {
		t.Errorf("%d of %d clustered, %v", o.Clustered, o.Stats.Participants, err)
	}
}

func previousOf(o *Outcome) *Previous {
	p := &Previous{K: o.K, Centroids: make([][]Point, o.Params.KMax+1)}
	ids := make([]string, len(o.Fit.Mu))
	for j := range ids {
		ids[j] = string(rune('a' + j))
	}
	p.C1, p.C2 = Align(o.Fit.Model, ids, ids)
	for _, s := range o.Solutions {
		p.Centroids[len(s.Centroids)] = s.Centroids
	}
	return p
}

// An interim epoch without changes keeps k and the names of the groups; also
// where those names are not the order of a cold run.
func TestPredecessorWithoutChanges(t *testing.T) {
	c := readConversation(t, "brexit-consensus", "participants-votes.csv")
	parts := []*Matrix{c.votes}
	cold, err := Run(parts, c.columns, LocalParams())
	if err != nil {
		t.Fatal(err)
	}
	prev := previousOf(cold)
	slices.Reverse(prev.Centroids[cold.K])
	for i := range prev.C1 {
		prev.C1[i] = -prev.C1[i] // the predecessor had the first axis the other way round
	}
	for i, q := range prev.Centroids[cold.K] {
		prev.Centroids[cold.K][i].X = -q.X
	}
	params := LocalParams()
	params.Inits = 1
	warm, err := RunAfter(parts, c.columns, params, prev)
	if err != nil {
		t.Fatal(err)
	}
	if warm.K != cold.K || !slices.Equal(warm.Centroids, prev.Centroids[cold.K]) {
		t.Errorf("%d groups at %v, want %v", warm.K, warm.Centroids, prev.Centroids[cold.K])
	}
	for i, v := range cold.Fit.Model.C1Q {
		if warm.Fit.Model.C1Q[i] != -v {
			t.Fatalf("entry %d of the first component: %d, want %d", i, warm.Fit.Model.C1Q[i], -v)
		}
	}
}

// A predecessor whose components point elsewhere is not used.
func TestPredecessorOfAnotherDirection(t *testing.T) {
	c := readConversation(t, "brexit-consensus", "participants-votes.csv")
	parts := []*Matrix{c.votes}
	cold, err := Run(parts, c.columns, LocalParams())
	if err != nil {
		t.Fatal(err)
	}
	prev := previousOf(cold)
	prev.C1, prev.C2, prev.K = prev.C2, prev.C1, 5
	other, err := RunAfter(parts, c.columns, LocalParams(), prev)
	if err != nil || other.K != cold.K || !slices.Equal(other.Centroids, cold.Centroids) {
		t.Errorf("%d groups at %v: %v", other.K, other.Centroids, err)
	}
}

func TestAlign(t *testing.T) {
	m := Model{C1Q: []int64{modelUnit, -modelUnit}, C2Q: []int64{0, modelUnit / 2}}
	c1, c2 := Align(m, []string{"a", "b"}, []string{"b", "new", "a"})
	if !slices.Equal(c1, []float64{-1, 0, 1}) || !slices.Equal(c2, []float64{0.5, 0, 0}) {
		t.Errorf("%v %v", c1, c2)
	}
}

// With a contributor left out the components hardly move when all vote alike.
func TestLeaveOneOut(t *testing.T) {
	columns := make([]Column, 20)
	var parts []*Matrix
	var stats []Stats
	for i := range 4 {
		parts = append(parts, generate(300, 20, 15, uint64(i)))
		s, err := parts[i].Stats(columns)
		if err != nil {
			t.Fatal(err)
		}
		stats = append(stats, s)
	}
	withheld := NewStats(20)
	withheld.Participants = 4
	o, err := Run(parts, columns, LocalParams())
	if err != nil {
		t.Fatal(err)
	}
	q, err := o.LeaveOneOut(append(stats, withheld))
	if err != nil || len(q.Cos1) != 4 || slices.Min(q.Cos1) < 850 || q.Level == Unstable {
		t.Errorf("%+v %v", q, err)
	}
}

// More people than one batch of packed sums holds.
func TestManyPeople(t *testing.T) {
	const people = 2*batch + 5
	m := NewMatrix(2)
	r := rand.New(rand.NewPCG(1, 2))
	var want Pair
	for range people {
		x, y := int8(r.IntN(3)-1), int8(r.IntN(3)-1)
		if r.IntN(50) > 0 {
			x, y = 1, 1
		}
		if err := m.AppendRow([]Vote{{0, x}, {1, y}}); err != nil {
			t.Fatal(err)
		}
		want.N++
		want.XX += int32(x * y)
		want.T += int32(x)
		want.U += int32(y)
	}
	s, err := m.Stats(make([]Column, 2))
	if err != nil || s.Pairs.Cells[1] != want {
		t.Errorf("%+v, want %+v: %v", s.Pairs.Cells[1], want, err)
	}
}
