// SPDX-License-Identifier: EUPL-1.2

package consensus

import (
	"fmt"
	"slices"
	"time"
)

// MembershipState is how an instance belongs to its parent (spec: product.md
// 4.7). Both sides keep the same record.
type MembershipState string

// The states.
const (
	MembershipNone      MembershipState = ""
	MembershipInvited   MembershipState = "invited"
	MembershipRequested MembershipState = "requested"
	MembershipAccepted  MembershipState = "accepted"
	MembershipActive    MembershipState = "active"
	MembershipSuspended MembershipState = "suspended"
	MembershipLeft      MembershipState = "left"
	MembershipExpelled  MembershipState = "expelled"
	MembershipSucceeded MembershipState = "succeeded"
	MembershipRefused   MembershipState = "refused"
)

// Membership is the bond of one member with one parent.
type Membership struct {
	Deal      string          `json:"deal,omitempty"` // id of the provincial deal
	Parent    string          `json:"parent"`         // actor ids
	Member    string          `json:"member"`
	State     MembershipState `json:"state"`
	Since     time.Time       `json:"since,omitzero"` // of the present state
	Until     time.Time       `json:"until,omitzero"` // when it ended
	Reason    string          `json:"reason,omitempty"`
	Successor string          `json:"successor,omitempty"` // area code after herindeling
}

// Ended reports whether the membership is over; old reports stay with Until.
func (m Membership) Ended() bool {
	return slices.Contains([]MembershipState{MembershipLeft, MembershipExpelled, MembershipSucceeded, MembershipRefused}, m.State)
}

// MembershipEventKind is what happens to a membership.
type MembershipEventKind string

// The events.
const (
	MembershipInvite   MembershipEventKind = "invite"   // by the parent: Invite
	MembershipAsk      MembershipEventKind = "ask"      // by the municipality: Join
	MembershipAccept   MembershipEventKind = "accept"   // Accept, by staff of the side that was asked
	MembershipActivate MembershipEventKind = "activate" // keys pinned, both lists agree
	MembershipSuspend  MembershipEventKind = "suspend"
	MembershipResume   MembershipEventKind = "resume"
	MembershipLeave    MembershipEventKind = "leave"   // Leave
	MembershipExpel    MembershipEventKind = "expel"   // Remove
	MembershipSucceed  MembershipEventKind = "succeed" // Move, herindeling
	MembershipRefuse   MembershipEventKind = "refuse"  // Reject
	MembershipExpire   MembershipEventKind = "expire"  // 60 days without an answer
)

// MembershipEvent is one event with what its guard has to know.
type MembershipEvent struct {
	Kind   MembershipEventKind
	Reason string // suspend, resume, expel: obligatory; others: optional

	SecondFactor bool   // accept: the staff member has used one
	Fingerprints bool   // accept: key fingerprints were compared by telephone
	KeysPinned   bool   // activate: the keys are in the Roster
	Reciprocal   bool   // activate: memberOf and members agree
	Successor    string // succeed: area code
	BothSigned   bool   // succeed: Move is signed by both keys
}

// MembershipSend is the message that tells the other side.
type MembershipSend string

// The messages; the empty one when there is nothing to tell.
const (
	MembershipSendNothing MembershipSend = ""
	MembershipSendInvite  MembershipSend = "Invite"
	MembershipSendJoin    MembershipSend = "Join"
	MembershipSendAccept  MembershipSend = "Accept"
	MembershipSendReject  MembershipSend = "Reject"
	MembershipSendLeave   MembershipSend = "Leave"
	MembershipSendRemove  MembershipSend = "Remove"
	MembershipSendMove    MembershipSend = "Move"
)

// membershipPatience is how long an invitation or request stays open.
var membershipPatience = Days(60)

type membershipRow struct {
	event MembershipEventKind
	from  []MembershipState
	to    MembershipState
	send  MembershipSend
	guard func(m Membership, e MembershipEvent, now time.Time) []Cause
}

var (
	membershipAsked = []MembershipState{MembershipInvited, MembershipRequested}
	membershipLives = []MembershipState{MembershipActive, MembershipSuspended}
)

var membershipTable = []membershipRow{
	{MembershipInvite, []MembershipState{MembershipNone}, MembershipInvited, MembershipSendInvite, nil},
	{MembershipAsk, []MembershipState{MembershipNone}, MembershipRequested, MembershipSendJoin, nil},
	{MembershipAccept, membershipAsked, MembershipAccepted, MembershipSendAccept, guardCeremony},
	{MembershipActivate, []MembershipState{MembershipAccepted}, MembershipActive, MembershipSendNothing, guardPinned},
	{MembershipSuspend, []MembershipState{MembershipActive}, MembershipSuspended, MembershipSendNothing, guardMembershipReason},
	{MembershipResume, []MembershipState{MembershipSuspended}, MembershipActive, MembershipSendNothing, guardMembershipReason},
	{MembershipLeave, membershipLives, MembershipLeft, MembershipSendLeave, nil},
	{MembershipExpel, membershipLives, MembershipExpelled, MembershipSendRemove, guardMembershipReason},
	{MembershipSucceed, []MembershipState{MembershipActive}, MembershipSucceeded, MembershipSendMove, guardSuccession},
	{MembershipRefuse, membershipAsked, MembershipRefused, MembershipSendReject, nil},
	{MembershipExpire, membershipAsked, MembershipRefused, MembershipSendNothing, guardPatience},
}

// Next gives the membership after event e and the message for the other side.
//
// Whoever decides is a process owner or an administrator, or the clock: an event
// that arrives as a message of the other side, and expire, are fired by Clock(),
// after the message was verified; then nothing has to be sent, and the second
// factor was the other side's to ask. ErrConflict, ErrForbidden and *GuardError
// as for consultations.
func (m Membership) Next(e MembershipEvent, a Actor, now time.Time) (Membership, MembershipSend, error) {
	i := slices.IndexFunc(membershipTable, func(r membershipRow) bool { return r.event == e.Kind && slices.Contains(r.from, m.State) })
	if i < 0 {
		return m, "", fmt.Errorf("%s in state %q: %w", e.Kind, m.State, ErrConflict)
	}
	row := membershipTable[i]
	if !a.Roles.Has(RoleProcessOwner, RoleAdmin, RoleClock) {
		return m, "", fmt.Errorf("%s: %w", e.Kind, ErrForbidden)
	}
	remote := a.Roles.Has(RoleClock)
	if row.guard != nil && !(remote && e.Kind == MembershipAccept) {
		if err := guarded(row.guard(m, e, now)); err != nil {
			return m, "", fmt.Errorf("%s: %w", e.Kind, err)
		}
	}
	m.State, m.Since, m.Reason = row.to, now.UTC(), e.Reason
	if m.Ended() {
		m.Until = m.Since
	}
	if e.Kind == MembershipSucceed {
		m.Successor = e.Successor
	}
	if remote {
		return m, MembershipSendNothing, nil
	}
	return m, row.send, nil
}

func guardMembershipReason(_ Membership, e MembershipEvent, _ time.Time) []Cause {
	if written(e.Reason) {
		return nil
	}
	return []Cause{{"reason-missing", "reason", "a reason is obligatory"}}
}

// guardCeremony: a staff member with a second factor on each side, and the key
// fingerprints read out by telephone (aggregation.md 6.1).
func guardCeremony(_ Membership, e MembershipEvent, _ time.Time) (causes []Cause) {
	if !e.SecondFactor {
		causes = append(causes, Cause{"second-factor", "", "accepting needs a second factor"})
	}
	if !e.Fingerprints {
		causes = append(causes, Cause{"fingerprints", "keys", "the key fingerprints have not been compared"})
	}
	return causes
}

func guardPinned(_ Membership, e MembershipEvent, _ time.Time) (causes []Cause) {
	if !e.KeysPinned {
		causes = append(causes, Cause{"keys-not-pinned", "keys", "the keys are not in the Roster"})
	}
	if !e.Reciprocal {
		causes = append(causes, Cause{"not-reciprocal", "memberOf", "memberOf and members do not agree"})
	}
	return causes
}

func guardSuccession(_ Membership, e MembershipEvent, _ time.Time) (causes []Cause) {
	if !written(e.Successor) {
		causes = append(causes, Cause{"successor-missing", "successor", "the successor area is missing"})
	}
	if !e.BothSigned {
		causes = append(causes, Cause{"not-signed-twice", "keys", "Move has to be signed by both keys"})
	}
	return causes
}

func guardPatience(m Membership, _ MembershipEvent, now time.Time) []Cause {
	if now.Before(membershipPatience.After(m.Since, now.Location())) {
		return []Cause{{"too-early", "since", "60 days have not passed"}}
	}
	return nil
}
