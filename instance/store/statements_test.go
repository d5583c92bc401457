// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestOpinionVotesCompact(t *testing.T) {
	v := OpinionVotes{}.With(7, 0).With(1, 1).With(4, -1)
	raw, err := json.Marshal(OpinionRow{Level: "open", Votes: v})
	if err != nil || string(raw) != `{"l":"open","v":"1+4-7."}` {
		t.Fatalf("%s %v", raw, err)
	}
	if w := v.Without(4).With(1, -1); w[0].Value != -1 || len(w) != 2 || v[0].Value != 1 || len(v) != 3 {
		t.Errorf("%v, and before %v", w, v)
	}
	for _, bad := range []string{`"+"`, `"1"`, `"2+1-"`, `"1+1-"`, `"0+"`, `"a+"`, `{}`} {
		if err := json.Unmarshal([]byte(bad), new(OpinionVotes)); err == nil {
			t.Errorf("%s is read", bad)
		}
	}
}

func TestOpinionVotesLikeAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want, votes := map[int]int8{}, OpinionVotes(nil)
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			n, value := rapid.IntRange(1, 20).Draw(t, "number"), int8(rapid.IntRange(-1, 1).Draw(t, "value"))
			if rapid.Bool().Draw(t, "take out") {
				votes = votes.Without(n)
				delete(want, n)
			} else {
				votes = votes.With(n, value)
				want[n] = value
			}
		}
		raw, err := json.Marshal(votes)
		var back OpinionVotes
		if err != nil || json.Unmarshal(raw, &back) != nil || !slices.Equal(votes, back) || len(back) != len(want) {
			t.Fatalf("%v became %s, %v", votes, raw, back)
		}
		for n, value := range want {
			if got, ok := back.Of(n); !ok || got != value {
				t.Fatalf("statement %d: %d, want %d", n, got, value)
			}
		}
	})
}
