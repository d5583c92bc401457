// SPDX-License-Identifier: EUPL-1.2

package consensus_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"polder/consensus"
)

func TestCountingStages(t *testing.T) {
	d := consensus.Deadlines{ClosesAt: day("2026-11-23T20:00:00Z"), TallyBy: day("2026-11-30T12:00:00Z"), ObjectionUntil: day("2026-12-14T12:00:00Z")}
	slack := consensus.MergeDelay + consensus.Grace
	for at, want := range map[string][2]consensus.Counting{ // without and with paper
		"2026-11-23T19:59:59Z": {consensus.CountingNone, consensus.CountingNone},
		"2026-11-23T20:00:00Z": {consensus.CountingFlush, consensus.CountingFlush},
		"2026-11-23T20:19:59Z": {consensus.CountingFlush, consensus.CountingFlush},
		"2026-11-23T20:20:00Z": {consensus.CountingCounted, consensus.CountingFlush},
		"2026-11-30T12:00:00Z": {consensus.CountingObjection, consensus.CountingObjection},
		"2026-12-14T12:00:00Z": {consensus.CountingFinal, consensus.CountingFinal},
	} {
		for i, paper := range []bool{false, true} {
			if got := d.Counting(day(at), slack, paper); got != want[i] {
				t.Errorf("%s, paper %v: %q, want %q", at, paper, got, want[i])
			}
		}
	}
	if got := (consensus.Deadlines{}).Counting(day("2026-11-23T20:00:00Z"), slack, false); got != consensus.CountingNone {
		t.Errorf("without a window: %q", got)
	}
}

// TestCountingMovesForward: whatever the deadlines, time only moves the stage
// forward, and NextChange names every moment at which it moves.
func TestCountingMovesForward(t *testing.T) {
	rank := map[consensus.Counting]int{consensus.CountingNone: 0, consensus.CountingFlush: 1, consensus.CountingCounted: 2, consensus.CountingObjection: 3, consensus.CountingFinal: 4}
	rapid.Check(t, func(t *rapid.T) {
		start := day("2026-11-23T20:00:00Z")
		span := func(name string) time.Duration {
			return time.Duration(rapid.IntRange(0, 50).Draw(t, name)) * time.Second
		}
		d := consensus.Deadlines{ClosesAt: start}
		d.TallyBy = d.ClosesAt.Add(span("tally"))
		d.ObjectionUntil = d.TallyBy.Add(span("objection"))
		slack, paper := span("slack"), rapid.Bool().Draw(t, "paper")
		before, change := d.Counting(start.Add(-time.Second), slack, paper), start.Add(-time.Second)
		for now := start; now.Before(start.Add(3 * time.Minute)); now = now.Add(time.Second) {
			got := d.Counting(now, slack, paper)
			if rank[got] < rank[before] {
				t.Fatalf("%v: %s after %s", now, got, before)
			}
			next, ok := d.NextChange(change, slack)
			if got != before && (!ok || next.After(now)) {
				t.Fatalf("the change at %v is not foretold: %v", now, next)
			}
			if ok && !next.After(now) {
				change = now
			}
			before = got
		}
	})
}

func TestTallyStatus(t *testing.T) {
	for _, test := range []struct {
		state consensus.State
		stage consensus.Counting
		want  string
	}{
		{consensus.StateAnnounced, consensus.CountingNone, ""}, {consensus.StateCancelled, consensus.CountingNone, ""},
		{consensus.StateOpen, consensus.CountingNone, "interim"}, {consensus.StateSuspended, consensus.CountingNone, "interim"},
		{consensus.StateOpen, consensus.CountingFlush, "interim"}, {consensus.StateAnswering, consensus.CountingFlush, "interim"},
		{consensus.StateAnswering, consensus.CountingCounted, "provisional"}, {consensus.StateAnswering, consensus.CountingObjection, "provisional"},
		{consensus.StateAnswering, consensus.CountingFinal, "final"}, {consensus.StateClosed, consensus.CountingFinal, "final"},
		{consensus.StateAnswering, consensus.CountingNone, ""}, {consensus.StateDraft, consensus.CountingFinal, ""},
	} {
		if got := consensus.TallyStatus(test.state, test.stage); got != test.want {
			t.Errorf("%s, %s: %q, want %q", test.state, test.stage, got, test.want)
		}
	}
}

func TestPhasesForDisplay(t *testing.T) {
	phases := fullCharter().Phases
	for at, want := range map[string][2]int{ // current, next
		"2026-02-01T00:00:00Z": {-1, 0}, "2026-02-28T23:00:00Z": {0, 1}, "2026-03-15T23:00:00Z": {1, 2},
		"2026-04-30T00:00:00Z": {2, -1}, "2026-05-12T22:00:00Z": {-1, -1},
	} {
		current, ok := consensus.CurrentPhase(phases, day(at))
		next, more := consensus.NextPhase(phases, day(at))
		if current != want[0] || ok != (want[0] >= 0) || next != want[1] || more != (want[1] >= 0) {
			t.Errorf("%s: phase %d, next %d", at, current, next)
		}
	}
	if got := phases[0].Status(day("2026-03-20T00:00:00Z")); got != consensus.PhasePast {
		t.Errorf("status %s", got)
	}
	if at, ok := consensus.NextChange(phases, day("2026-03-20T00:00:00Z")); !ok || !at.Equal(phases[1].EndsAt) {
		t.Errorf("next change %v", at)
	}
	if _, ok := consensus.NextChange(phases, day("2027-01-01T00:00:00Z")); ok {
		t.Error("something changes after the end")
	}
	inform := []consensus.Phase{{Kind: consensus.PhaseInform, StartsAt: day("2026-03-01T00:00:00Z"), EndsAt: day("2026-03-02T00:00:00Z")}}
	if end, ok := consensus.InputEnd(inform); !ok || !end.Equal(inform[0].EndsAt) {
		t.Errorf("a consultation that only informs ends at %v", end)
	}
}
