// SPDX-License-Identifier: EUPL-1.2

package consensus_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"polder/consensus"
	"polder/consensus/eligibility"
)

// voting is an open consultation whose vote runs from 16 to 31 March.
func voting(t testing.TB) *consensus.Consultation {
	t.Helper()
	return at(t, consensus.StateOpen)
}

var during = day("2026-03-20T12:00:00Z")

func cast(level eligibility.Level, question string, options ...string) consensus.Ballot {
	return consensus.Ballot{Question: question, Level: level, VoterKey: eligibility.VoterKey{1}, Options: options}
}

func TestAcceptChecksTheChoice(t *testing.T) {
	score := cast(eligibility.Code, "q3", "b", "a")
	score.Points = []int{5, 0}
	tooMany := cast(eligibility.Code, "q3", "a")
	tooMany.Points = []int{6}
	stray := cast(eligibility.Code, "q1", "a")
	stray.Points = []int{1}
	for name, test := range map[string]struct {
		ballot consensus.Ballot
		want   error
	}{
		"single":           {cast(eligibility.Code, "q1", "a"), nil},
		"blank":            {cast(eligibility.Code, "q1"), nil},
		"blank not there":  {cast(eligibility.Code, "q2"), consensus.ErrChoice},
		"two on single":    {cast(eligibility.Code, "q1", "a", "b"), consensus.ErrChoice},
		"approval":         {cast(eligibility.Fediverse, "q2", "d", "a"), nil},
		"twice":            {cast(eligibility.Code, "q2", "a", "a"), consensus.ErrChoice},
		"four of three":    {cast(eligibility.Code, "q2", "a", "b", "c", "d"), consensus.ErrChoice},
		"unknown option":   {cast(eligibility.Code, "q1", "d"), consensus.ErrUnknownOption},
		"unknown question": {cast(eligibility.Code, "q9", "a"), consensus.ErrUnknownQuestion},
		"level":            {cast(eligibility.Email, "q1", "a"), consensus.ErrLevel},
		"no level":         {cast("", "q1", "a"), consensus.ErrLevel},
		"score":            {score, nil},
		"score too high":   {tooMany, consensus.ErrChoice},
		"score without":    {cast(eligibility.Code, "q3", "a"), consensus.ErrChoice},
		"stray points":     {stray, consensus.ErrChoice},
	} {
		got, err := voting(t).Accept(test.ballot, nil, during)
		if !errors.Is(err, test.want) || (test.want == nil) != (err == nil) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
		if err == nil && (got.Seq != 1 || !slices.IsSorted(got.Options)) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	got, _ := voting(t).Accept(score, nil, during)
	if !slices.Equal(got.Options, []string{"a", "b"}) || !slices.Equal(got.Points, []int{0, 5}) || !slices.Equal(score.Options, []string{"b", "a"}) {
		t.Errorf("points do not follow their options: %+v, input %+v", got, score)
	}
}

func TestAcceptJudgesByTheTimeOfReceipt(t *testing.T) {
	opens, closes := day("2026-03-15T23:00:00Z"), day("2026-03-31T22:00:00Z")
	b := cast(eligibility.Open, "q1", "a")
	c := voting(t)
	for name, test := range map[string]struct {
		at   time.Time
		want error
	}{
		"before": {opens.Add(-1), consensus.ErrClosed}, "at opening": {opens, nil},
		"last moment": {closes.Add(-1), nil}, "at closing": {closes, consensus.ErrClosed},
	} {
		if _, err := c.Accept(b, nil, test.at); !errors.Is(err, test.want) || (test.want == nil) != (err == nil) {
			t.Errorf("%s: %v", name, err)
		}
	}

	c = at(t, consensus.StateAnswering) // the worker gets to it after the end
	if _, err := c.Accept(b, nil, closes.Add(-1)); err != nil {
		t.Errorf("received in time, handled late: %v", err)
	}
	if _, err := c.Accept(b, nil, closes); !errors.Is(err, consensus.ErrClosed) {
		t.Errorf("received late: %v", err)
	}
	c.Counting = consensus.CountingCounted
	if _, err := c.Accept(b, nil, closes.Add(-1)); !errors.Is(err, consensus.ErrClosed) {
		t.Errorf("handled after the count: %v", err)
	}
}

func TestSuspensionRefusesBallots(t *testing.T) {
	c := voting(t)
	b := cast(eligibility.Open, "q1", "a")
	advance(t, c, consensus.Event{Kind: consensus.EventSuspend, Reason: "x"}, owner, "2026-03-20T00:00:00Z")
	before, inside, after := day("2026-03-19T23:59:59Z"), day("2026-03-20T06:00:00Z"), day("2026-03-21T00:00:00Z")
	if _, err := c.Accept(b, nil, inside); !errors.Is(err, consensus.ErrClosed) {
		t.Errorf("during the suspension: %v", err)
	}
	if _, err := c.Accept(b, nil, before); err != nil {
		t.Errorf("received before it: %v", err)
	}
	advance(t, c, consensus.Event{Kind: consensus.EventResume, Reason: "x"}, owner, "2026-03-21T00:00:00Z")
	if _, err := c.Accept(b, nil, inside); !errors.Is(err, consensus.ErrClosed) {
		t.Errorf("received during it, handled after: %v", err)
	}
	if _, err := c.Accept(b, nil, after); err != nil {
		t.Errorf("after it: %v", err)
	}
}

func TestAcceptOnlyWhereBallotsAreCast(t *testing.T) {
	b := cast(eligibility.Open, "q1", "a")
	c := voting(t)
	c.Leaf = false
	if _, err := c.Accept(b, nil, during); !errors.Is(err, consensus.ErrElsewhere) {
		t.Errorf("at a hub: %v", err)
	}
	for _, state := range consensus.States {
		c := voting(t)
		c.State = state
		_, err := c.Accept(b, nil, during)
		if open := state == consensus.StateOpen || state == consensus.StateSuspended; open != (err == nil) || !open && !errors.Is(err, consensus.ErrClosed) {
			t.Errorf("%s: %v", state, err)
		}
	}
	c = voting(t)
	c.Definition = nil
	if _, err := c.Accept(b, nil, during); !errors.Is(err, consensus.ErrClosed) {
		t.Errorf("without a question: %v", err)
	}
}

func TestChangeRule(t *testing.T) {
	for name, test := range map[string]struct {
		level       eligibility.Level
		question    string
		first, next []string
		want        error
	}{
		"web changes":                {eligibility.Open, "q1", []string{"a"}, []string{"b"}, nil},
		"web takes back":             {eligibility.Code, "q1", []string{"a"}, nil, nil},
		"web the same":               {eligibility.Code, "q2", []string{"a", "b"}, []string{"b", "a"}, consensus.ErrUnchanged},
		"paper changes":              {eligibility.Paper, "q1", []string{"a"}, []string{"b"}, nil},
		"fediverse first counts":     {eligibility.Fediverse, "q1", []string{"a"}, []string{"b"}, consensus.ErrAlreadyVoted},
		"fediverse the same":         {eligibility.Fediverse, "q1", []string{"a"}, []string{"a"}, consensus.ErrUnchanged},
		"fediverse larger set":       {eligibility.Fediverse, "q2", []string{"a"}, []string{"b", "a"}, nil},
		"fediverse smaller set":      {eligibility.Fediverse, "q2", []string{"a", "b"}, []string{"a"}, consensus.ErrAlreadyVoted},
		"fediverse other larger set": {eligibility.Fediverse, "q2", []string{"a"}, []string{"b", "c"}, consensus.ErrAlreadyVoted},
	} {
		c := voting(t)
		prev, err := c.Accept(cast(test.level, test.question, test.first...), nil, during)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := c.Accept(cast(test.level, test.question, test.next...), &prev, during)
		if !errors.Is(err, test.want) || (test.want == nil) != (err == nil) {
			t.Errorf("%s: %v", name, err)
		}
		switch {
		case err == nil && got.Seq != 2:
			t.Errorf("%s: sequence %d", name, got.Seq)
		case errors.Is(err, consensus.ErrUnchanged) && (got.Seq != 1 || !slices.Equal(got.Options, prev.Options)):
			t.Errorf("%s: %+v instead of the ballot that counts", name, got)
		}
	}
	c := voting(t)
	prev, _ := c.Accept(cast(eligibility.Open, "q1", "a"), nil, during)
	other := cast(eligibility.Open, "q1", "b")
	other.VoterKey = eligibility.VoterKey{2}
	if _, err := c.Accept(other, &prev, during); !errors.Is(err, consensus.ErrNotEligible) {
		t.Errorf("another voter's ballot before: %v", err)
	}
}

// TestSingleChoicesOfAFediversePollAddUp: Mastodon sends a vote with several
// choices as several activities, in any order and possibly twice.
func TestSingleChoicesOfAFediversePollAddUp(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := voting(t)
		sent := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 1, 8).Draw(rt, "choices")
		var counts *consensus.Ballot
		for _, choice := range sent {
			b, err := c.Accept(c.Definition.Join(cast(eligibility.Fediverse, "q2", choice), counts), counts, during)
			if err != nil && !errors.Is(err, consensus.ErrUnchanged) {
				rt.Fatal(err)
			}
			counts = &b
		}
		slices.Sort(sent)
		if want := slices.Compact(sent); !slices.Equal(counts.Options, want) || counts.Seq != len(want) {
			rt.Fatalf("%v counts, want %v", counts, want)
		}
	})
}

func TestJoinLeavesOtherQuestionsAlone(t *testing.T) {
	d := definition()
	prev := cast(eligibility.Fediverse, "q1", "a")
	if got := d.Join(cast(eligibility.Fediverse, "q1", "b"), &prev); !slices.Equal(got.Options, []string{"b"}) {
		t.Errorf("single: %v", got.Options)
	}
	prev = cast(eligibility.Code, "q2", "a")
	if got := d.Join(cast(eligibility.Code, "q2", "b"), &prev); !slices.Equal(got.Options, []string{"b"}) {
		t.Errorf("on the web: %v", got.Options)
	}
	if got := d.Join(cast(eligibility.Fediverse, "q2", "b"), nil); !slices.Equal(got.Options, []string{"b"}) {
		t.Errorf("first: %v", got.Options)
	}
}

// TestPropOnePerRight casts random ballots of random voters in a random order:
// each voter key has one counting ballot, sequence numbers have no gap, and the
// counting choice is the last accepted one (A4, P6).
func TestPropOnePerRight(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := voting(t)
		counting := map[eligibility.VoterKey]consensus.Ballot{}
		stored := map[eligibility.VoterKey][]int{}
		for range rapid.IntRange(1, 40).Draw(rt, "casts") {
			voter := eligibility.VoterKey{byte(rapid.IntRange(1, 5).Draw(rt, "voter"))}
			b := consensus.Ballot{
				Question: "q1", VoterKey: voter, Level: eligibility.Open,
				Options: []string{rapid.SampledFrom([]string{"a", "b", "c", "nope"}).Draw(rt, "option")},
			}
			received := during.Add(time.Duration(rapid.IntRange(-400, 400).Draw(rt, "hours")) * time.Hour)
			var prev *consensus.Ballot
			if p, ok := counting[voter]; ok {
				prev = &p
			}
			got, err := c.Accept(b, prev, received)
			if err != nil {
				continue
			}
			if received.Before(c.OpensAt) || !received.Before(c.ClosesAt) || got.Options[0] != b.Options[0] {
				rt.Fatalf("%+v counts, received %v", got, received)
			}
			counting[voter] = got
			stored[voter] = append(stored[voter], got.Seq)
		}
		for voter, seqs := range stored {
			for i, s := range seqs {
				if s != i+1 {
					rt.Fatalf("voter %v has sequence numbers %v", voter, seqs)
				}
			}
		}
	})
}
