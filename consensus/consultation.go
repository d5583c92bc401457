// SPDX-License-Identifier: EUPL-1.2

package consensus

import (
	"slices"
	"time"
)

// State is a state of a consultation (spec: product.md 4.1).
type State string

// The states. A consultation that does not exist yet has StateNone.
const (
	StateNone      State = ""
	StateDraft     State = "draft"
	StateReview    State = "review"
	StateAnnounced State = "announced"
	StateOpen      State = "open"
	StateSuspended State = "suspended"
	StateAnswering State = "answering"
	StateDecided   State = "decided"
	StateFollowUp  State = "follow-up"
	StateEvaluated State = "evaluated"
	StateClosed    State = "closed"
	StateArchived  State = "archived"
	StateCancelled State = "cancelled"
)

// States lists the states in the order of the table.
var States = []State{StateDraft, StateReview, StateAnnounced, StateOpen, StateSuspended, StateAnswering, StateDecided, StateFollowUp, StateEvaluated, StateClosed, StateArchived, StateCancelled}

// Public reports whether residents can see a consultation in this state. A
// cancelled one is public if it was announced: see Consultation.Public.
func (s State) Public() bool {
	return !slices.Contains([]State{StateNone, StateDraft, StateReview, StateCancelled}, s)
}

// Consultation is one question put to residents, with its rules, dates and
// state. It is a value for storing: Next and Advance are the only rules that
// move it, Accept the only one that lets a ballot in.
type Consultation struct {
	ID      string            `json:"id"`
	Slug    string            `json:"slug"`
	Title   map[string]string `json:"title"` // language -> text
	Summary map[string]string `json:"summary,omitempty"`
	Area    string            `json:"area"` // CBS code of the instance
	Charter Charter           `json:"charter"`
	State   State             `json:"state"`

	// Phases is the running schedule: the charter's plan since approval, as
	// extended later. In draft and review the charter's own list counts.
	Phases           []Phase     `json:"phases,omitempty"`
	Definition       *Definition `json:"definition,omitempty"` // nil: no ballots are cast
	DefinitionDigest string      `json:"definitionDigest,omitempty"`

	Author   string `json:"author"` // account ids
	Approver string `json:"approver,omitempty"`

	Root     string `json:"root,omitempty"` // id of the convener's Group
	Joint    bool   `json:"joint"`          // other instances take part
	Convener bool   `json:"convener"`       // this instance keeps the Roster
	Leaf     bool   `json:"leaf"`           // ballots are cast here
	Hub      bool   `json:"hub"`            // this instance adds up others

	// The counted window [OpensAt, ClosesAt) and what follows it. In a joint
	// consultation they are those of the Roster.
	OpensAt        time.Time `json:"opensAt,omitzero"`
	ClosesAt       time.Time `json:"closesAt,omitzero"`
	TallyBy        time.Time `json:"tallyBy,omitzero"`
	ObjectionUntil time.Time `json:"objectionUntil,omitzero"`
	Counting       Counting  `json:"counting,omitempty"` // as far as the own count got

	Pauses []Pause `json:"pauses,omitempty"`
	Clocks *Clocks `json:"clocks,omitempty"` // nil: DefaultClocks

	PublishedAt   time.Time  `json:"publishedAt,omitzero"` // announced
	StartedAt     time.Time  `json:"startedAt,omitzero"`   // open
	InputEndedAt  time.Time  `json:"inputEndedAt,omitzero"`
	AnswerDueAt   time.Time  `json:"answerDueAt,omitzero"`
	Extension     *Extension `json:"extension,omitempty"` // of the answer, once
	AnsweredAt    time.Time  `json:"answeredAt,omitzero"`
	DecidedAt     time.Time  `json:"decidedAt,omitzero"` // the evaluation survey opens
	EvaluationDue time.Time  `json:"evaluationDue,omitzero"`
	EvaluatedAt   time.Time  `json:"evaluatedAt,omitzero"`
	ClosedAt      time.Time  `json:"closedAt,omitzero"`
	ArchivedAt    time.Time  `json:"archivedAt,omitzero"`
	CancelledAt   time.Time  `json:"cancelledAt,omitzero"`
	Reason        string     `json:"reason,omitempty"` // given with the last event that asked one
}

// Pause is a suspension. Until is zero while it lasts.
type Pause struct {
	From   time.Time `json:"from"`
	Until  time.Time `json:"until,omitzero"`
	Reason string    `json:"reason"`
}

// Extension is the one extension of the answer.
type Extension struct {
	Days   int    `json:"days"`
	Reason string `json:"reason"`
}

// Public reports whether residents can see the consultation.
func (c *Consultation) Public() bool {
	return c.State.Public() || c.State == StateCancelled && !c.PublishedAt.IsZero()
}

// Schedule is the list of phases that counts in the present state.
func (c *Consultation) Schedule() []Phase {
	if len(c.Phases) > 0 {
		return c.Phases
	}
	return c.Charter.Phases
}

// Deadlines gives the dates that decide how far the count is.
func (c *Consultation) Deadlines() Deadlines {
	return Deadlines{ClosesAt: c.ClosesAt, TallyBy: c.TallyBy, ObjectionUntil: c.ObjectionUntil}
}

// terms are the clocks this consultation was announced with.
func (c *Consultation) terms() Clocks {
	if c.Clocks == nil {
		return DefaultClocks()
	}
	return *c.Clocks
}

// paused reports whether t lies in a suspension.
func (c *Consultation) paused(t time.Time) bool {
	return slices.ContainsFunc(c.Pauses, func(p Pause) bool {
		return !t.Before(p.From) && (p.Until.IsZero() || t.Before(p.Until))
	})
}

// clone copies what a step changes; the rest stays shared.
func (c *Consultation) clone() *Consultation {
	n := *c
	n.Phases = slices.Clone(c.Phases)
	n.Pauses = slices.Clone(c.Pauses)
	return &n
}
