// SPDX-License-Identifier: EUPL-1.2

package consensus_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"polder/consensus"
)

func TestLikeness(t *testing.T) {
	texts := []string{"Het fietspad mag parkeerplaatsen kosten.", "Er komen meer bomen langs de kade.", "Er moeten meer bomen komen langs de kade!", "De bus rijdt vaker."}
	l := consensus.NewLikeness(texts)
	for text, want := range map[string][]int{
		"er komen meer bomen langs de kade": {1, 2},
		"Het fietspad mag geld kosten.":     {0},
		"Iets heel anders, graag":           nil,
		"":                                  nil,
	} {
		if got := l.Nearest(text, 3); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	if got := l.Nearest(texts[1], 1); !slices.Equal(got, []int{1}) {
		t.Errorf("at most one: %v", got)
	}
}

func TestLikenessFindsItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringMatching(`[a-zé ]{15,60}x`), 1, 10).Draw(t, "texts")
		i := rapid.IntRange(0, len(texts)-1).Draw(t, "which")
		found := consensus.NewLikeness(texts).Nearest(texts[i], len(texts))
		if len(found) == 0 || consensus.Sameness(texts[found[0]]) != consensus.Sameness(texts[i]) && !slices.Contains(found, i) {
			t.Fatalf("%q is not like itself among %q: %v", texts[i], texts, found)
		}
	})
}

func TestAppealUntil(t *testing.T) {
	now := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	st, err := consensus.NewStatement("a", "Er komen meer bomen.", "nl", 140, now)
	if err != nil || !st.AppealUntil().IsZero() {
		t.Fatal(err)
	}
	if err := st.Moderate(consensus.Moderation{Action: "reject", Reason: "spam"}, now); err != nil {
		t.Fatal(err)
	}
	if got := st.AppealUntil(); !got.Equal(now.AddDate(0, 0, 14)) {
		t.Errorf("until %v", got)
	}
}
