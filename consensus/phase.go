// SPDX-License-Identifier: EUPL-1.2

package consensus

import (
	"fmt"
	"slices"
	"time"
)

// PhaseKind is what a phase is for.
type PhaseKind string

// The kinds of phases. The first three lie inside state open and take input.
const (
	PhaseInform   PhaseKind = "inform"
	PhaseDebate   PhaseKind = "debate"
	PhaseVote     PhaseKind = "vote"
	PhaseAnswer   PhaseKind = "answer"
	PhaseEvaluate PhaseKind = "evaluate"
)

// PhaseKinds lists the kinds in their usual order.
var PhaseKinds = []PhaseKind{PhaseInform, PhaseDebate, PhaseVote, PhaseAnswer, PhaseEvaluate}

// Phase is one step of a consultation with its dates: [StartsAt, EndsAt).
type Phase struct {
	Kind     PhaseKind         `json:"kind"`
	Title    map[string]string `json:"title,omitempty"` // language -> text
	StartsAt time.Time         `json:"startsAt"`
	EndsAt   time.Time         `json:"endsAt"`
	Switches Switches          `json:"switches"`
}

// Switches is what residents can do during a phase.
type Switches struct {
	Create         bool `json:"create"`
	Comment        bool `json:"comment"`
	Support        bool `json:"support"`
	Vote           bool `json:"vote"`
	ResultsVisible bool `json:"resultsVisible"`
}

// Open reports whether the phase lies inside state open.
func (p Phase) Open() bool {
	return p.Kind == PhaseInform || p.Kind == PhaseDebate || p.Kind == PhaseVote
}

// Votes reports whether ballots are cast during the phase.
func (p Phase) Votes() bool { return p.Kind == PhaseVote || p.Switches.Vote }

// Running reports whether now lies in the phase.
func (p Phase) Running(now time.Time) bool {
	return !now.Before(p.StartsAt) && now.Before(p.EndsAt)
}

// PhaseStatus is where a phase stands at a moment.
type PhaseStatus string

// The three possibilities.
const (
	PhaseUpcoming PhaseStatus = "upcoming"
	PhaseRunning  PhaseStatus = "running"
	PhasePast     PhaseStatus = "past"
)

// Status says where the phase stands.
func (p Phase) Status(now time.Time) PhaseStatus {
	switch {
	case now.Before(p.StartsAt):
		return PhaseUpcoming
	case now.Before(p.EndsAt):
		return PhaseRunning
	}
	return PhasePast
}

// CurrentPhase is the index of the phase that runs now. Between two phases,
// or outside all of them, ok is false.
func CurrentPhase(phases []Phase, now time.Time) (index int, ok bool) {
	index = slices.IndexFunc(phases, func(p Phase) bool { return p.Running(now) })
	return index, index >= 0
}

// NextPhase is the index of the phase that starts next after now.
func NextPhase(phases []Phase, now time.Time) (index int, ok bool) {
	index = slices.IndexFunc(phases, func(p Phase) bool { return p.StartsAt.After(now) })
	return index, index >= 0
}

// NextChange is the first moment after now at which a phase starts or ends.
func NextChange(phases []Phase, now time.Time) (at time.Time, ok bool) {
	for _, p := range phases {
		for _, t := range []time.Time{p.StartsAt, p.EndsAt} {
			if t.After(now) && (!ok || t.Before(at)) {
				at, ok = t, true
			}
		}
	}
	return at, ok
}

// FirstStart is the start of the first phase: the moment state open begins.
func FirstStart(phases []Phase) (time.Time, bool) {
	if len(phases) == 0 {
		return time.Time{}, false
	}
	return phases[0].StartsAt, true
}

// InputEnd is the end of the last input phase: the latest end of the debate and
// vote phases or, without any, of the inform phases.
func InputEnd(phases []Phase) (time.Time, bool) {
	end, ok := latestEnd(phases, func(p Phase) bool { return p.Open() && (p.Kind != PhaseInform || p.Votes()) })
	if !ok {
		end, ok = latestEnd(phases, Phase.Open)
	}
	return end, ok
}

// VoteWindow is the counted window [opens, closes): all questions of a
// consultation share it, so it spans every phase in which ballots are cast.
func VoteWindow(phases []Phase) (opens, closes time.Time, ok bool) {
	for _, p := range phases {
		if !p.Votes() {
			continue
		}
		if !ok || p.StartsAt.Before(opens) {
			opens = p.StartsAt
		}
		if p.EndsAt.After(closes) {
			closes = p.EndsAt
		}
		ok = true
	}
	return opens, closes, ok
}

func latestEnd(phases []Phase, which func(Phase) bool) (end time.Time, ok bool) {
	for _, p := range phases {
		if which(p) && (!ok || p.EndsAt.After(end)) {
			end, ok = p.EndsAt, true
		}
	}
	return end, ok
}

// openLength adds up the phases inside state open.
func openLength(phases []Phase) (sum time.Duration) {
	for _, p := range phases {
		if p.Open() {
			sum += p.EndsAt.Sub(p.StartsAt)
		}
	}
	return sum
}

// invalidPhases says what is wrong with a plan, or "": known kinds, every phase
// longer than nothing, in order and without overlap, phases of state open
// before the others, ballots only inside state open.
func invalidPhases(phases []Phase) string {
	for i, p := range phases {
		switch {
		case !slices.Contains(PhaseKinds, p.Kind):
			return fmt.Sprintf("phase %d has unknown kind %q", i+1, p.Kind)
		case p.StartsAt.IsZero() || !p.EndsAt.After(p.StartsAt):
			return fmt.Sprintf("phase %d does not end after it starts", i+1)
		case p.Switches.Vote && !p.Open():
			return fmt.Sprintf("phase %d takes votes after the input phases", i+1)
		case i > 0 && p.StartsAt.Before(phases[i-1].EndsAt):
			return fmt.Sprintf("phase %d starts before phase %d ends", i+1, i)
		case i > 0 && p.Open() && !phases[i-1].Open():
			return fmt.Sprintf("phase %d takes input after phase %d", i+1, i)
		}
	}
	if len(phases) > 0 && !phases[0].Open() {
		return "the first phase takes no input"
	}
	return ""
}
