// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// golden are digests of the common result and the model for the votes of the
// reference data, without floors. They hold on every platform.
var golden = map[string]string{
	"15-per-hour-seattle":             "677c92442ac9ad9a3c69bd0751f418af61cc52735be308a0afdcf6a0e728e391",
	"american-assembly.bowling-green": "a68a8813ff467e3c5e54f0c447885123b6420ba6789bdbd0d72d4b5358a7508f",
	"bg2050-volunteers":               "86555971eab887abe0bed1b94e8548ae37fd05fabe6442b019ed7f3903c30880",
	"brexit-consensus":                "ff2dedd45ee3e6c47dc2870999df25006b34f01c032ce36a058d0dfa85ad7b7f",
	"london.youth.policing":           "1acc9eb894a9b8ec1d5bec146641dbb4e8afea898c4d7d800bb64dbc005b0163",
	"vtaiwan.uberx":                   "9356403e6244225a98966ab8df24360634400435dce2dde9699188b3c1f491e9",
}

func published(t testing.TB, o *Outcome) []byte {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"model": o.Fit.Model, "result": o.Result()})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestGoldenBytes holds every bit of what is published.
func TestGoldenBytes(t *testing.T) {
	for _, set := range dataSets {
		c := readConversation(t, set, "participants-votes.csv")
		o, err := Run([]*Matrix{c.votes}, c.columns, canonicalParams())
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(published(t, o))
		if got := hex.EncodeToString(sum[:]); got != golden[set] {
			t.Errorf("%s: digest %s, want %s", set, got, golden[set])
		}
	}
}

// shuffled are the same votes by the same people: people in another order, and
// the votes of each cast one by one in another order, some of them twice.
func shuffled(t testing.TB, m *Matrix, columns int, seed uint64) *Matrix {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	out := NewMatrix(columns)
	for i, row := range r.Perm(m.Rows()) {
		votes := m.Row(row)
		r.Shuffle(len(votes), func(i, j int) { votes[i], votes[j] = votes[j], votes[i] })
		for n, v := range votes {
			if n%7 == 0 {
				if err := out.AddVote(i, Vote{Column: v.Column, Value: -v.Value}); err != nil {
					t.Fatal(err)
				}
			}
			if err := out.AddVote(i, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}

// TestOrderOfRealVotesMeansNothing: neither the order of people and votes, nor
// sums that were kept up to date, nor the number of processors shows in the
// bytes.
func TestOrderOfRealVotesMeansNothing(t *testing.T) {
	for _, set := range []string{"15-per-hour-seattle", "vtaiwan.uberx"} {
		c := readConversation(t, set, "participants-votes.csv")
		o, err := Run([]*Matrix{c.votes}, c.columns, LocalParams())
		if err != nil {
			t.Fatal(err)
		}
		want := published(t, o)
		for seed := range uint64(3) {
			other := shuffled(t, c.votes, len(c.columns), seed)
			if seed == 1 {
				if err := other.Track(c.columns); err != nil {
					t.Fatal(err)
				}
			}
			if o, err = Run([]*Matrix{other}, c.columns, LocalParams()); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(published(t, o), want) {
				t.Errorf("%s: another order of votes gives other bytes", set)
			}
		}
	}
}

// TestProcessorsMeanNothing compares the canonical bytes, the folds of the
// stability among them, of one, two and seven processors.
func TestProcessorsMeanNothing(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	c := readConversation(t, "vtaiwan.uberx", "participants-votes.csv")
	var outputs [][]byte
	for _, n := range []int{1, 2, 7} {
		runtime.GOMAXPROCS(n)
		o, err := Run([]*Matrix{c.votes}, c.columns, LocalParams())
		if err != nil {
			t.Fatal(err)
		}
		q, err := o.Folds(c.votes)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := o.Canonical(c.labels, &q)
		if err != nil {
			t.Fatal(err)
		}
		outputs = append(outputs, raw)
	}
	if !bytes.Equal(outputs[0], outputs[1]) || !bytes.Equal(outputs[0], outputs[2]) {
		t.Error("the number of processors changes the bytes")
	}
}

// TestKeptSumsFollowModeration: after a statement is removed, or a new one
// arrives, kept sums are not used for the wrong columns.
func TestKeptSumsFollowModeration(t *testing.T) {
	c := readConversation(t, "brexit-consensus", "participants-votes.csv")
	if err := c.votes.Track(c.columns); err != nil {
		t.Fatal(err)
	}
	columns := slices.Clone(c.columns)
	columns[3].ModOut = true
	for _, step := range []func(){
		func() {},
		func() {
			columns = append(columns, Column{})
			if err := c.votes.AddVote(5, Vote{Column: len(columns) - 1, Value: 1}); err != nil {
				t.Fatal(err)
			}
		},
	} {
		step()
		kept, err := Run([]*Matrix{c.votes}, columns, LocalParams())
		if err != nil {
			t.Fatal(err)
		}
		fresh, err := Run([]*Matrix{shuffled(t, c.votes, len(columns), 9)}, columns, LocalParams())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(published(t, kept), published(t, fresh)) {
			t.Errorf("%d columns: kept sums give other bytes", len(columns))
		}
	}
}
