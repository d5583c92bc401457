// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var someDay = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// canonicalBytes are all numbers of an outcome, with the folds of all rows.
func canonicalBytes(t testing.TB, o *Outcome, c conversation) []byte {
	t.Helper()
	var stability *Quality
	if o.K > 0 {
		q, err := o.Folds(c.votes)
		if err != nil {
			t.Fatal(err)
		}
		stability = &q
	}
	raw, err := o.Canonical(c.labels, stability)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestProtocolOnRealVotes: members who exchange rounds and shares get the bytes
// of one who holds all votes.
func TestProtocolOnRealVotes(t *testing.T) {
	for set, members := range map[string]int{"15-per-hour-seattle": 1, "bg2050-volunteers": 4, "brexit-consensus": 12, "london.youth.policing": 40, "vtaiwan.uberx": 3} {
		c := readConversation(t, set, "participants-votes.csv")
		whole, err := Run([]*Matrix{c.votes}, c.columns, canonicalParams())
		if err != nil {
			t.Fatal(err)
		}
		o, err := RunProtocol(dealt(t, c.votes, len(c.columns), members), c.columns, canonicalParams(), someDay)
		if err != nil {
			t.Fatalf("%s: %v", set, err)
		}
		if !bytes.Equal(canonicalBytes(t, o.Together(c.votes), c), canonicalBytes(t, whole, c)) {
			t.Errorf("%s: %d members get another result than one", set, members)
		}
		a, errA := json.Marshal(o.Result())
		b, errB := json.Marshal(whole.Result())
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s: result %s, want %s", set, a, b)
		}
	}
}

// dealt gives every person to one of n members, by chance.
func dealt(t testing.TB, votes *Matrix, columns, n int) []*Matrix {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(n), 0))
	parts := make([]*Matrix, n)
	for i := range parts {
		parts[i] = NewMatrix(columns)
	}
	for i := range votes.Rows() {
		if err := parts[r.IntN(n)].AppendRow(votes.Row(i)); err != nil {
			t.Fatal(err)
		}
	}
	return parts
}

// Every person at some member, in any order; members without people too.
func TestProtocolSplitMeansNothing(t *testing.T) {
	type split struct {
		columns []Column
		params  Params
		whole   *Matrix
		parts   []*Matrix
	}
	draw := rapid.Custom(func(t *rapid.T) split {
		s := split{columns: drawColumns(t), params: canonicalParams()}
		rows := drawRows(t, len(s.columns))
		s.params.MinGroup = rapid.IntRange(0, 10).Draw(t, "minGroup")
		s.whole, s.parts = matrixOf(t, len(s.columns), rows), spreadOver(t, len(s.columns), rows)
		return s
	})
	for seed := range 12 {
		s := draw.Example(seed)
		whole := resultOf(t, []*Matrix{s.whole}, s.columns, s.params)
		o, err := RunProtocol(s.parts, s.columns, s.params, someDay)
		if err != nil {
			t.Fatal(err)
		}
		parts, err := json.Marshal(o.Result())
		if err != nil || !bytes.Equal(whole, parts) {
			t.Fatalf("seed %d: whole %s\nparts %s", seed, whole, parts)
		}
	}
}

// With the floors of a federation the model misses the people of small members,
// and rare pairs, but all are counted.
func TestProtocolWithFloors(t *testing.T) {
	c := readConversation(t, "brexit-consensus", "participants-votes.csv")
	o, err := RunProtocol(dealt(t, c.votes, len(c.columns), 20), c.columns, DefaultParams(), someDay)
	if err != nil {
		t.Fatal(err)
	}
	if n := o.Stats.PairPeople(); n == 0 || n >= o.Stats.Participants || o.Fit.Model.Participants != n {
		t.Errorf("pairs of %d of %d people, %d in the model", n, o.Stats.Participants, o.Fit.Model.Participants)
	}
	if o.Stats.Participants != 204 || o.Clustered != 189 || people(o.Solutions[0].Score.Sizes) != 189 {
		t.Errorf("%d people, %d clustered", o.Stats.Participants, o.Clustered)
	}
}

func TestProtocolRefusesTooManyColumns(t *testing.T) {
	_, err := RunProtocol([]*Matrix{NewMatrix(1001)}, make([]Column, 1001), DefaultParams(), someDay)
	var problem Problem
	if !errors.As(err, &problem) || problem.Code != "O101" {
		t.Errorf("got %v", err)
	}
}
