// SPDX-License-Identifier: EUPL-1.2

package consensus

import (
	"fmt"
	"slices"
	"time"

	"polder/consensus/eligibility"
)

// Ballot is the choice of one voter on one question. The last accepted one of a
// voter key counts.
type Ballot struct {
	Question string               `json:"question"`
	Level    eligibility.Level    `json:"level"`
	VoterKey eligibility.VoterKey `json:"voterKey"`
	Options  []string             `json:"options"`          // sorted ids; empty is blank
	Points   []int                `json:"points,omitempty"` // score: 0..5 for each of Options
	Seq      int                  `json:"seq"`              // 1, 2, ... per voter key
}

// MaxPoints is the highest score of a question of kind score.
const MaxPoints = 5

// Kinds of questions (Definition).
const (
	KindSingle     = "single"
	KindApproval   = "approval"
	KindScore      = "score"
	KindStatements = "statements"
)

// Accept is the one rule that lets a ballot in; on statements it is
// AcceptStatement. prev is the ballot of the same
// voter key that counts now, or nil; received is when the vote reached the
// instance, however late it is handled. The result is the ballot to store, with
// its options sorted and its sequence number.
//
// Refusals: ErrElsewhere, ErrClosed, ErrLevel, ErrUnknownQuestion,
// ErrUnknownOption, ErrChoice, ErrAlreadyVoted. With ErrUnchanged the result is
// prev: nothing has to be stored, and the voter is told that the vote counts.
func (c *Consultation) Accept(b Ballot, prev *Ballot, received time.Time) (Ballot, error) {
	if err := c.takes(received); err != nil {
		return Ballot{}, err
	}
	if !slices.Contains(c.Definition.Levels, b.Level) {
		return Ballot{}, fmt.Errorf("level %q: %w", b.Level, ErrLevel)
	}
	q, ok := c.Definition.Question(b.Question)
	if !ok || q.Kind == KindStatements { // its statements are voted on: AcceptStatement
		return Ballot{}, fmt.Errorf("question %q: %w", b.Question, ErrUnknownQuestion)
	}
	b, err := q.choose(b)
	if err != nil {
		return Ballot{}, fmt.Errorf("question %q: %w", b.Question, err)
	}
	return supersede(q, b, prev)
}

// takes reports whether a vote received at that time can count: inside
// [OpensAt, ClosesAt), not during a suspension, and before the count is done.
// A vote received in time may be handled after the end of input or during a
// later suspension.
func (c *Consultation) takes(received time.Time) error {
	if !c.Leaf {
		return ErrElsewhere
	}
	late := c.State == StateSuspended || c.State == StateAnswering && c.Counting == CountingFlush
	if c.State != StateOpen && !late || c.Definition == nil {
		return fmt.Errorf("state %s: %w", c.State, ErrClosed)
	}
	if received.Before(c.OpensAt) || !received.Before(c.ClosesAt) {
		return fmt.Errorf("outside the window: %w", ErrClosed)
	}
	if c.paused(received) {
		return fmt.Errorf("suspended: %w", ErrClosed)
	}
	return nil
}

// choose checks the options of a ballot against its question and sorts them.
func (q *DefinitionQuestion) choose(b Ballot) (Ballot, error) {
	for _, o := range b.Options {
		if !q.HasOption(o) {
			return b, fmt.Errorf("option %q: %w", o, ErrUnknownOption)
		}
	}
	if n := len(b.Options); n < q.Min || n > q.Max {
		return b, fmt.Errorf("%d options, %d to %d are possible: %w", n, q.Min, q.Max, ErrChoice)
	}
	if q.Kind != KindScore && len(b.Points) > 0 || q.Kind == KindScore && len(b.Points) != len(b.Options) {
		return b, fmt.Errorf("%d points for %d options: %w", len(b.Points), len(b.Options), ErrChoice)
	}
	for _, p := range b.Points {
		if p < 0 || p > MaxPoints {
			return b, fmt.Errorf("%d points, 0 to %d are possible: %w", p, MaxPoints, ErrChoice)
		}
	}
	b = b.sorted()
	if len(slices.Compact(slices.Clone(b.Options))) != len(b.Options) {
		return b, fmt.Errorf("an option occurs twice: %w", ErrChoice)
	}
	return b, nil
}

// sorted gives b with its own, sorted options and the points that go with them.
func (b Ballot) sorted() Ballot {
	order := make([]int, len(b.Options))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int {
		if b.Options[x] < b.Options[y] {
			return -1
		}
		if b.Options[x] > b.Options[y] {
			return 1
		}
		return 0
	})
	options, points := make([]string, len(order)), make([]int, len(b.Points))
	for i, from := range order {
		options[i] = b.Options[from]
		if len(b.Points) > 0 {
			points[i] = b.Points[from]
		}
	}
	b.Options, b.Points = options, points
	if len(points) == 0 {
		b.Points = nil
	}
	return b
}

// supersede is the change rule. On the web the newest vote replaces the one
// before. A fediverse account has no way to change a vote there: its first vote
// stands, but a question with several choices arrives choice by choice, so a
// larger set that holds the old one replaces it (spec: federation.md 6).
func supersede(q *DefinitionQuestion, b Ballot, prev *Ballot) (Ballot, error) {
	if prev == nil {
		b.Seq = 1
		return b, nil
	}
	if prev.VoterKey != b.VoterKey || prev.Question != b.Question || prev.Level != b.Level {
		return Ballot{}, fmt.Errorf("the ballot before is of another voter: %w", ErrNotEligible)
	}
	if slices.Equal(b.Options, prev.Options) && slices.Equal(b.Points, prev.Points) {
		return *prev, ErrUnchanged
	}
	if b.Level == eligibility.Fediverse && !(q.Kind == KindApproval && grows(prev.Options, b.Options)) {
		return Ballot{}, ErrAlreadyVoted
	}
	b.Seq = prev.Seq + 1
	return b, nil
}

// grows reports whether next holds every option of old and more.
func grows(old, next []string) bool {
	missing := slices.ContainsFunc(old, func(o string) bool { return !slices.Contains(next, o) })
	return len(next) > len(old) && !missing
}

// Join adds the choices of b to those of prev: the set a fediverse account has
// chosen so far on a question of kind approval, to be given to Accept. On other
// questions, and without prev, it is b.
func (d *Definition) Join(b Ballot, prev *Ballot) Ballot {
	q, ok := d.Question(b.Question)
	if !ok || prev == nil || q.Kind != KindApproval || b.Level != eligibility.Fediverse {
		return b
	}
	all := append(slices.Clone(prev.Options), b.Options...)
	slices.Sort(all)
	b.Options = slices.Compact(all)
	return b
}
