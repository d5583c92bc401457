// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Contributor is a leaf of the Roster that takes part.
type Contributor struct{ Area, Actor string }

// Convener is who opens rounds, and by which rules of time. Times are how long a
// step stays open: hours for stats and tally, a minute for move and score (12).
type Convener struct {
	Actor, Context string
	Members        []Contributor
	Hubs           []string // areas of hubs
	BlobBase       string
	K              int64 // fewest people that may be public, at least 10
	Long, Short    time.Duration
	ShowTotals     bool     // interim: the charter shows counts before close
	Nonce          [16]byte // random, of this epoch: in the blob of the exact result
}

// Coordinator computes one epoch from the shares in hand. It holds no clock and
// does no I/O: Offer gives it a share, Advance closes a step that is complete or
// past its deadline. It can be rebuilt from the opening Round by offering the
// archived shares and advancing again.
type Coordinator struct {
	Convener Convener
	Opening  *Round
	Open     *Round // the open step; the last one once the epoch is done
	Final    *RoundResult
	Previous *Previous // of an interim epoch
	// Quality, if set, is used instead of leaving out contributors: that of the
	// folds when one instance computes alone (13).
	Quality *Quality

	lastUsed map[string]string // area: digest of the stats share used before
	shares   map[string]*Share // of the open step, by area of the sender
	own      map[string]*Share // stats shares of this epoch, late ones included
	inModel  []*Share
	inTally  []*Share
	fit      Fitted
	prev     *Previous // Previous, if it is continued
	total    Stats
	found    Finding // what the score phase yields
	ref      *Ref    // the last result of the chain
	round    *Ref    // the last round of the chain
}

// NewCoordinator opens an epoch with its first Round. LastRound and lastResult
// are the ends of both chains, nil for none; lastUsed gives, per area, the
// digest of the stats share used in the epoch before.
func NewCoordinator(c Convener, opening *Round, lastResult *Ref, prev *Previous, lastUsed map[string]string) (*Coordinator, error) {
	if opening.Phase != PhaseStats {
		return nil, fmt.Errorf("opening an epoch with phase %s: %w", opening.Phase, ErrRound)
	}
	if opening.Final {
		prev = nil
	}
	return &Coordinator{Convener: c, Opening: opening, Open: opening, Previous: prev, lastUsed: lastUsed, ref: lastResult,
		round: &Ref{Revision: opening.Revision, Digest: opening.Digest}, shares: map[string]*Share{}, own: map[string]*Share{}}, nil
}

// Done reports that the epoch has its result; late tallies may still revise it.
func (c *Coordinator) Done() bool { return c.Final != nil }

// Offer takes a share with its blobs attached. A newer one of the same area
// replaces the older one until the step is closed; an older one is ignored. A
// share of `stats` that comes later, or of `tally` when the epoch is done, is
// kept for Revise. The error is a Problem.
func (c *Coordinator) Offer(s *Share) error {
	round := c.Open
	into := c.shares
	late := s.Phase == PhaseStats && c.Open.Phase != PhaseStats
	if late {
		round, into = c.Opening, c.own
	}
	if err := CheckShare(s, round, c.facts(s, into)); err != nil {
		return err
	}
	if s.Body == nil {
		return Problem{"O101", "/blobs/payload", "is not at hand"}
	}
	if err := inRange(s, into); err != nil {
		return err
	}
	frozen := func(used *Share) bool { return used.Area == s.Area && (late || slices.Equal(used.Areas(), s.Areas())) }
	if late && slices.ContainsFunc(c.inModel, frozen) || c.Done() && slices.ContainsFunc(c.inTally, frozen) {
		return nil
	}
	if old := into[s.Area]; old == nil || s.Revision > old.Revision {
		into[s.Area] = s
	}
	return nil
}

// facts is what the Roster and the shares in hand say about a share.
func (c *Coordinator) facts(s *Share, among map[string]*Share) Facts {
	f := Facts{Opening: c.Opening, Areas: map[string]bool{}, Hubs: map[string]bool{}, Taken: map[string]bool{}, Last: c.lastUsed[s.Area]}
	for _, m := range c.Convener.Members {
		f.Areas[m.Area] = true
	}
	for _, h := range c.Convener.Hubs {
		f.Hubs[h] = true
	}
	for area, other := range among {
		if area == s.Area {
			continue
		}
		for _, a := range other.Areas() {
			f.Taken[a] = true
		}
	}
	if own := c.own[s.Area]; own != nil && slices.Equal(own.Areas(), s.Areas()) {
		f.Own = own
	}
	return f
}

// Complete reports that every contributor is covered by a share of the open step.
func (c *Coordinator) Complete() bool { return len(c.missing(c.inHand())) == 0 }

func (c *Coordinator) inHand() []*Share {
	var out []*Share
	for _, area := range slices.Sorted(maps.Keys(c.shares)) {
		out = append(out, c.shares[area])
	}
	return out
}

// missing are the actors whose people are in none of the shares, ascending.
func (c *Coordinator) missing(shares []*Share) []string {
	covered := map[string]bool{}
	for _, s := range shares {
		for _, a := range s.Areas() {
			covered[a] = true
		}
	}
	var out []string
	for _, m := range c.Convener.Members {
		if !covered[m.Area] {
			out = append(out, m.Actor)
		}
	}
	slices.Sort(out)
	return out
}

// Closed is what closing a step yields: its result and, but after the tally,
// the next round; both unsigned.
type Closed struct {
	Result *RoundResult
	Next   *Round
	// Exact and Full are set after the tally: the result before the rules of
	// publication, and the blob that auditors get of it.
	Exact *Result
	Full  []byte
}

// ErrOpen means that a step must wait for answers.
var ErrOpen = errors.New("the step is still open")

// Advance closes the open step if all have answered or the deadline has passed,
// and opens the next one; else the error is ErrOpen. An error of the engine
// leaves the coordinator as it was.
func (c *Coordinator) Advance(now time.Time) (*Closed, error) {
	if c.Done() || !c.Complete() && now.Before(c.Open.Deadline) {
		return nil, ErrOpen
	}
	shares := c.inHand()
	sum, err := MergeShares(c.Open.Phase, shares)
	if err != nil {
		return nil, err
	}
	r, next, out := RoundResult{}, (*Round)(nil), &Closed{}
	switch c.Open.Phase {
	case PhaseStats:
		r, next, err = c.closeStats(shares, sum)
	case PhaseMove:
		r, next = c.closeMove(sum)
	case PhaseScore:
		r, next = c.closeScore(sum)
	case PhaseTally:
		r, err = c.closeTally(shares, sum, out)
	}
	if err != nil {
		return nil, fmt.Errorf("closing %s: %w", c.Open.ID, err)
	}
	if next != nil {
		if out.Next, err = c.nextRound(*next, now); err != nil {
			return nil, err
		}
		r.Next = &out.Next.ID
	}
	if out.Result, err = c.result(r, shares, now); err != nil {
		return nil, err
	}
	c.ref = &Ref{Revision: out.Result.Revision, Digest: out.Result.Digest}
	if next == nil {
		c.Final = out.Result
		return out, nil
	}
	c.round = &Ref{Revision: out.Next.Revision, Digest: out.Next.Digest}
	c.Open, c.shares = out.Next, map[string]*Share{}
	return out, nil
}

// nextRound fills in the envelope of the step after the open one.
func (c *Coordinator) nextRound(r Round, now time.Time) (*Round, error) {
	o := c.Open
	r.AttributedTo, r.Context, r.Epoch, r.Step, r.Final = o.AttributedTo, o.Context, o.Epoch, o.Step+1, o.Final
	r.Revision, r.Previous, r.Roster = NextRevision(c.round.Revision, now), c.round, o.Roster
	r.ColumnsDigest = c.Opening.ColumnsDigest
	var err error
	if r.ModelDigest, err = ModelDigest(&c.fit.Model); err != nil {
		return nil, err
	}
	wait := c.Convener.Short
	if r.Phase == PhaseTally {
		wait = c.Convener.Long
	}
	r.Published, r.Deadline = now, now.Add(wait)
	return NewRound(r)
}

// result fills in the envelope of the open step's outcome.
func (c *Coordinator) result(r RoundResult, shares []*Share, now time.Time) (*RoundResult, error) {
	o := c.Open
	r.AttributedTo, r.Context, r.Epoch, r.Step = o.AttributedTo, o.Context, o.Epoch, o.Step
	r.Round = Ref{ID: o.ID, Digest: o.Digest}
	r.Previous = c.ref
	prev := int64(0)
	if c.ref != nil {
		prev = c.ref.Revision
	}
	r.Revision = NextRevision(prev, now)
	for _, s := range shares {
		r.Inputs = append(r.Inputs, s.Input())
	}
	r.Missing, r.Coverage = c.missing(shares), c.coverage()
	return NewRoundResult(r)
}

func (c *Coordinator) coverage() RoundCoverage {
	var out RoundCoverage
	for _, s := range c.inModel {
		if s.Pairs.M > 0 {
			out.InstancesInModel += int64(len(s.Areas()))
			out.ParticipantsInModel += s.pairPeople()
		}
	}
	for _, s := range c.inTally {
		out.InstancesInTally += int64(len(s.Areas()))
		out.ParticipantsInTally += s.Participants
	}
	out.ParticipantsTotal = everyone(c.inModel, c.inTally)
	return out
}

// everyone counts the people of both phases. A place may be in one share of one
// phase and in another of the other, alone or within a sum: where shares
// overlap, the phase with more people counts.
func everyone(model, tally []*Share) (total int64) {
	group := map[string]string{} // area: one area of its cluster
	root := func(a string) string {
		for group[a] != "" && group[a] != a {
			a = group[a]
		}
		return a
	}
	for _, s := range slices.Concat(model, tally) {
		first := root(s.Areas()[0])
		for _, a := range s.Areas() {
			group[root(a)] = first
		}
	}
	sums := map[string][2]int64{}
	for phase, shares := range [][]*Share{model, tally} {
		for _, s := range shares {
			at := root(s.Areas()[0])
			sum := sums[at]
			sum[phase] += s.Participants
			sums[at] = sum
		}
	}
	for _, sum := range sums {
		total += max(sum[0], sum[1])
	}
	return total
}

func (s *Share) pairPeople() int64 {
	if s.Paired > 0 {
		return s.Paired
	}
	return s.Participants
}
