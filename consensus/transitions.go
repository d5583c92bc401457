// SPDX-License-Identifier: EUPL-1.2

package consensus

import (
	"fmt"
	"slices"
	"time"
)

// step is one event on its way through the machine.
type step struct {
	Event
	actor Actor
	now   time.Time
	zone  *time.Location
}

// transition is a row of the table of product.md 4.1. Guard looks at the old
// value; apply changes a copy of it and says what else has to happen.
type transition struct {
	event EventKind
	from  []State
	to    State // StateNone: the state stays
	who   []Role
	guard func(c *Consultation, s step) []Cause
	apply func(n *Consultation, s step) []Effect
}

// The table. Where product.md 4.1 and 8 name different roles for one event,
// both may do it.
var transitions = []transition{
	{EventCreate, []State{StateNone}, StateDraft, drafters, nil, applyCreate},
	{EventSubmit, []State{StateDraft}, StateReview, drafters, guardSubmit, nil},
	{EventReturn, []State{StateReview}, StateDraft, owners, guardReason, applyReturn},
	{EventApprove, []State{StateReview}, StateAnnounced, owners, guardApprove, applyApprove},
	{EventStart, []State{StateAnnounced}, StateOpen, clock, guardStart, applyStart},
	{EventChangeDates, []State{StateOpen}, StateNone, owners, guardChangeDates, applyChangeDates},
	{EventCloseNow, []State{StateOpen}, StateAnswering, owners, guardCloseNow, applyCloseNow},
	{EventSuspend, []State{StateOpen}, StateSuspended, ownersAndAdmins, guardReason, applySuspend},
	{EventResume, []State{StateSuspended}, StateOpen, ownersAndAdmins, guardReason, applyResume},
	{EventEndInput, []State{StateOpen}, StateAnswering, clock, guardEndInput, applyEndInput},
	{EventPublishAnswers, []State{StateAnswering}, StateDecided, deciders, guardPublishAnswers, applyPublishAnswers},
	{EventExtend, []State{StateAnswering}, StateNone, deciders, guardExtend, applyExtend},
	{EventDecide, []State{StateDecided}, StateFollowUp, decisionMakers, guardDecide, applyDecide},
	{EventEvaluate, []State{StateFollowUp}, StateEvaluated, leads, guardEvaluate, applyEvaluate},
	{EventClose, []State{StateEvaluated}, StateClosed, clock, guardClose, applyClose},
	{EventArchive, []State{StateClosed}, StateArchived, auditors, nil, applyArchive},
	{EventCancel, []State{StateDraft, StateReview, StateAnnounced}, StateCancelled, owners, guardCancel, applyCancel},
	{EventAdopt, []State{StateNone}, StateAnnounced, owners, guardAdopt, applyAdopt},
	{EventFollowDates, []State{StateAnnounced, StateOpen, StateSuspended, StateAnswering}, StateNone, clock, guardFollowDates, applyFollowDates},
}

var (
	drafters        = []Role{RoleProjectLead, RoleProcessOwner}
	leads           = []Role{RoleProjectLead}
	owners          = []Role{RoleProcessOwner}
	ownersAndAdmins = []Role{RoleProcessOwner, RoleAdmin}
	deciders        = []Role{RoleDecisionMaker, RoleProcessOwner}
	decisionMakers  = []Role{RoleDecisionMaker}
	auditors        = []Role{RoleAuditor}
	clock           = []Role{RoleClock}
	seconds         = []Role{RoleProjectLead, RoleProcessOwner, RoleDecisionMaker, RoleAdmin}
)

// Next says what event e by actor a leads to, without changing c. It returns
// ErrConflict if the table has no such event in the present state, ErrForbidden
// if the actor may not fire it, and a *GuardError with every cause if a
// condition is not met, in this order. Days are counted in the zone of now.
func (c *Consultation) Next(e Event, a Actor, now time.Time) (State, []Effect, error) {
	next, effects, err := c.step(e, a, now)
	if err != nil {
		return c.State, nil, err
	}
	return next.State, effects, nil
}

// Advance does what Next says: it moves c, sets the dates and names that belong
// to the step, and returns what the instance has to do. On error c is as it was.
func (c *Consultation) Advance(e Event, a Actor, now time.Time) ([]Effect, error) {
	next, effects, err := c.step(e, a, now)
	if err != nil {
		return nil, err
	}
	*c = *next
	return effects, nil
}

func (c *Consultation) step(e Event, a Actor, now time.Time) (*Consultation, []Effect, error) {
	t, err := c.find(e.Kind)
	if err != nil {
		return nil, nil, err
	}
	if !a.Roles.Has(t.who...) {
		return nil, nil, fmt.Errorf("%s: %w", e.Kind, ErrForbidden)
	}
	if e.Kind == EventApprove && a.ID == c.Author {
		return nil, nil, fmt.Errorf("%s by the author: %w", e.Kind, ErrForbidden)
	}
	s := step{Event: e, actor: a, now: now, zone: now.Location()}
	if t.guard != nil {
		if err := guarded(t.guard(c, s)); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", e.Kind, err)
		}
	}
	next := c.clone()
	if t.to != StateNone {
		next.State = t.to
	}
	if e.Reason != "" {
		next.Reason = e.Reason
	}
	var effects []Effect
	if t.apply != nil {
		effects = t.apply(next, s)
	}
	return next, effects, nil
}

func (c *Consultation) find(kind EventKind) (transition, error) {
	i := slices.IndexFunc(transitions, func(t transition) bool {
		return t.event == kind && slices.Contains(t.from, c.State)
	})
	if i < 0 {
		return transition{}, fmt.Errorf("%s in state %q: %w", kind, c.State, ErrConflict)
	}
	return transitions[i], nil
}

// Events lists what the table lets this actor do in the present state, for the
// buttons of a staff page. Guards are not asked: a refused guard has something
// to tell. Approval is left out for the author.
func (c *Consultation) Events(a Actor) []EventKind {
	var kinds []EventKind
	for _, t := range transitions {
		ownWork := t.event == EventApprove && a.ID == c.Author
		if slices.Contains(t.from, c.State) && a.Roles.Has(t.who...) && !ownWork {
			kinds = append(kinds, t.event)
		}
	}
	return kinds
}

// Due is the event that time has made due, if any: start or endInput. The
// scheduler fires it as Clock(). (Close also depends on the commitments.)
func (c *Consultation) Due(now time.Time) (EventKind, bool) {
	for _, kind := range []EventKind{EventStart, EventEndInput} {
		if _, _, err := c.Next(Event{Kind: kind}, Clock(), now); err == nil {
			return kind, true
		}
	}
	return "", false
}
