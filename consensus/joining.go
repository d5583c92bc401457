// SPDX-License-Identifier: EUPL-1.2

package consensus

import (
	"fmt"
	"slices"
	"time"
)

// JoiningState is how far this instance is in a joint consultation of another
// one (spec: product.md 11).
type JoiningState string

// The states.
const (
	JoiningNone     JoiningState = ""
	JoiningReceived JoiningState = "received"
	JoiningAdopted  JoiningState = "adopted"
	JoiningDeclined JoiningState = "declined"
	JoiningRunning  JoiningState = "running"
	JoiningReported JoiningState = "reported"
	JoiningIncluded JoiningState = "included"
	JoiningQueried  JoiningState = "queried"
)

// Joining is an invitation to a joint consultation and what became of it.
type Joining struct {
	Canonical          string       `json:"canonical"`          // id of the convener's Group
	ConsultationDigest string       `json:"consultationDigest"` // of the canonical definition
	State              JoiningState `json:"state"`
	LocalContext       string       `json:"localContext,omitempty"`
	DecidedBy          string       `json:"decidedBy,omitempty"` // account id
	Reason             string       `json:"reason,omitempty"`    // of declining: shown only if given
	Code               string       `json:"code,omitempty"`      // of the last refusal of our Tally
	Since              time.Time    `json:"since,omitzero"`      // of the present state
}

// JoiningEventKind is what happens to a Joining.
type JoiningEventKind string

// The events. All but adopt and decline are fired by the clock or a message.
const (
	JoiningInvite      JoiningEventKind = "invite"
	JoiningAdopt       JoiningEventKind = "adopt"
	JoiningDecline     JoiningEventKind = "decline"
	JoiningStart       JoiningEventKind = "start"
	JoiningReport      JoiningEventKind = "report"      // own Tally published
	JoiningAcknowledge JoiningEventKind = "acknowledge" // Accept of it
	JoiningRefuse      JoiningEventKind = "refuse"      // Reject of it, with a code
)

// JoiningEvent is one event.
type JoiningEvent struct {
	Kind   JoiningEventKind
	Digest string // adopt: of the local copy
	Reason string // decline: optional
	Code   string // refuse
}

// JoiningSend is the answer that has to go to the convener after a step.
type JoiningSend string

// The answers.
const (
	JoiningSendNothing JoiningSend = ""
	JoiningSendAccept  JoiningSend = "Accept"
	JoiningSendReject  JoiningSend = "Reject"
)

type joiningRow struct {
	event JoiningEventKind
	from  []JoiningState
	to    JoiningState
	who   []Role
	send  JoiningSend
}

// counting states: a member reports again after each change of its count, so
// every one of them leads to every other.
var joiningCounts = []JoiningState{JoiningReported, JoiningIncluded, JoiningQueried}

var joiningTable = []joiningRow{
	{JoiningInvite, []JoiningState{JoiningNone}, JoiningReceived, clock, JoiningSendNothing},
	{JoiningAdopt, []JoiningState{JoiningReceived}, JoiningAdopted, owners, JoiningSendAccept},
	{JoiningDecline, []JoiningState{JoiningReceived}, JoiningDeclined, owners, JoiningSendReject},
	{JoiningStart, []JoiningState{JoiningAdopted}, JoiningRunning, clock, JoiningSendNothing},
	{JoiningReport, append([]JoiningState{JoiningRunning}, joiningCounts...), JoiningReported, clock, JoiningSendNothing},
	{JoiningAcknowledge, joiningCounts, JoiningIncluded, clock, JoiningSendNothing},
	{JoiningRefuse, joiningCounts, JoiningQueried, clock, JoiningSendNothing},
}

// Next gives the Joining after event e and the answer to send, or ErrConflict,
// ErrForbidden or a *GuardError: adopting needs a local copy whose digest is
// the canonical one (cause digest-differs).
func (j Joining) Next(e JoiningEvent, a Actor, now time.Time) (Joining, JoiningSend, error) {
	i := slices.IndexFunc(joiningTable, func(r joiningRow) bool { return r.event == e.Kind && slices.Contains(r.from, j.State) })
	if i < 0 {
		return j, "", fmt.Errorf("%s in state %q: %w", e.Kind, j.State, ErrConflict)
	}
	row := joiningTable[i]
	if !a.Roles.Has(row.who...) {
		return j, "", fmt.Errorf("%s: %w", e.Kind, ErrForbidden)
	}
	if e.Kind == JoiningAdopt && (e.Digest == "" || e.Digest != j.ConsultationDigest) {
		return j, "", fmt.Errorf("%s: %w", e.Kind, guarded([]Cause{{"digest-differs", "definition", "the local copy differs from the canonical definition"}}))
	}
	j.State, j.Since = row.to, now.UTC()
	switch e.Kind {
	case JoiningAdopt, JoiningDecline:
		j.DecidedBy, j.Reason = a.ID, e.Reason
	case JoiningAcknowledge, JoiningRefuse:
		j.Code = e.Code
	}
	return j, row.send, nil
}
