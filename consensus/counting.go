// SPDX-License-Identifier: EUPL-1.2

package consensus

import (
	"slices"
	"time"
)

// Counting is how far the own count is after the counted window (spec:
// aggregation.md 7.1). It is empty while ballots are cast.
type Counting string

// The stages of the count.
const (
	CountingNone      Counting = ""          // before closesAt
	CountingFlush     Counting = "flush"     // locked; pending ballots and paper are merged
	CountingCounted   Counting = "counted"   // provisional, reports come in
	CountingObjection Counting = "objection" // provisional, objections are heard
	CountingFinal     Counting = "final"     //
)

// The statuses of a Tally (aggregation.md 6.3).
const (
	TallyNone        = ""
	TallyInterim     = "interim"
	TallyProvisional = "provisional"
	TallyFinal       = "final"
	TallyCorrected   = "corrected"
	TallyWithdrawn   = "withdrawn"
)

// Deadlines are the dates of the Roster.
type Deadlines struct {
	ClosesAt, TallyBy, ObjectionUntil time.Time
}

// The cutoff for ballots on their way is closesAt + MergeDelay + Grace
// (aggregation.md 4.5). An instance started with -dev may use less.
const (
	MergeDelay = 600 * time.Second
	Grace      = 600 * time.Second
)

// Cutoff is the moment after which no ballot can join the count. slack is
// MergeDelay + Grace; level paper has its own cutoff, TallyBy.
func (d Deadlines) Cutoff(slack time.Duration) time.Time { return d.ClosesAt.Add(slack) }

// Counting is the stage at now. Pending ballots are merged until the cutoff,
// or until TallyBy if paper takes part, because forms received in time may be
// typed in later. A consultation without counted window has no stage.
func (d Deadlines) Counting(now time.Time, slack time.Duration, paper bool) Counting {
	if d.ClosesAt.IsZero() || now.Before(d.ClosesAt) {
		return CountingNone
	}
	flushed := d.Cutoff(slack)
	if paper && d.TallyBy.After(flushed) {
		flushed = d.TallyBy
	}
	switch {
	case now.Before(flushed):
		return CountingFlush
	case now.Before(d.TallyBy):
		return CountingCounted
	case now.Before(d.ObjectionUntil):
		return CountingObjection
	}
	return CountingFinal
}

// NextChange is the first moment after now at which Counting changes.
func (d Deadlines) NextChange(now time.Time, slack time.Duration) (at time.Time, ok bool) {
	for _, t := range []time.Time{d.ClosesAt, d.Cutoff(slack), d.TallyBy, d.ObjectionUntil} {
		if !d.ClosesAt.IsZero() && t.After(now) && (!ok || t.Before(at)) {
			at, ok = t, true
		}
	}
	return at, ok
}

// TallyStatus is the status of a Tally published in this state and stage, ""
// if none may be published. A correction after the count is final has status
// corrected and is no matter of time.
func TallyStatus(s State, stage Counting) string {
	casting := s == StateOpen || s == StateSuspended
	after := slices.Contains([]State{StateAnswering, StateDecided, StateFollowUp, StateEvaluated, StateClosed, StateArchived}, s)
	switch {
	case casting && stage == CountingNone, (casting || after) && stage == CountingFlush:
		return TallyInterim
	case !casting && !after, stage == CountingNone:
		return TallyNone
	case stage == CountingFinal:
		return TallyFinal
	}
	return TallyProvisional
}
