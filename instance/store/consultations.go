// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"time"

	"polder/consensus"
)

// Consultation is a consultation as this instance keeps it: the domain object
// and what the instance needs to run it.
type Consultation struct {
	consensus.Consultation
	Generation    int64         `json:"generation"`              // counts changes; caches compare it
	ConvenerActor string        `json:"convenerActor,omitempty"` // instance actor that publishes the Roster
	ParentActor   string        `json:"parentActor,omitempty"`   // hub that adds our tally up, from the Roster
	Members       []Invitee     `json:"members,omitempty"`       // convener: whom we invited and how they stand
	LeadNote      string        `json:"leadNote,omitempty"`      // id of the pinned Note
	CloseRequest  *CloseRequest `json:"closeRequest,omitempty"`  // first half of the four eyes on "close now"
	RosterDirty   bool          `json:"rosterDirty,omitempty"`   // convener: a new Roster revision is due
	RosterReason  string        `json:"rosterReason,omitempty"`  // why, if residents must be told
	Epoch         int64         `json:"epoch,omitempty"`         // our epoch in the Roster
	RosterActors  []string      `json:"rosterActors,omitempty"`  // everyone in the newest Roster
	RosterSent    string        `json:"rosterSent,omitempty"`    // digest of the newest Roster we follow or published
	Destroyed     bool          `json:"destroyed,omitempty"`     // K_c is gone
	Locked        bool          `json:"locked,omitempty"`        // the conversation over statements is read-only
	LockReason    string        `json:"lockReason,omitempty"`    // why nobody votes or writes now, for everybody
	SeedsFirst    bool          `json:"seedsFirst,omitempty"`    // the statements of the office are asked first
}

// Invitee is a member of a joint consultation as its convener sees it.
type Invitee struct {
	Actor    string `json:"actor"` // instance actor
	Area     string `json:"area"`
	Name     string `json:"name"`
	Role     string `json:"role"`     // leaf or hub
	Parent   string `json:"parent"`   // instance actor of its hub, or of the convener
	TallyKey string `json:"tallyKey"` // pinned Multikey
	Eligible int64  `json:"eligible"` // residents who may take part
	State    string `json:"state"`    // invited, active, declined, suspended, expelled
	Epoch    int64  `json:"epoch"`
	Invite   string `json:"invite,omitempty"` // id of our Invite
	Reason   string `json:"reason,omitempty"`
	Since    string `json:"since,omitempty"`
}

// CloseRequest is one official's wish to close now; another has to approve it.
type CloseRequest struct {
	By     string          `json:"by"`
	Roles  consensus.Roles `json:"roles"`
	Reason string          `json:"reason"`
	At     time.Time       `json:"at"`
}

// Poll is a question as an ActivityPub Question of this instance.
type Poll struct {
	ID            string    `json:"id"` // last part of the object id
	Consultation  string    `json:"consultation"`
	Question      string    `json:"question"`
	Number        int       `json:"number"`
	Published     time.Time `json:"published"`
	Delivered     bool      `json:"delivered,omitempty"`     // a Create went to followers (flood rule)
	DeliveredOn   string    `json:"deliveredOn,omitempty"`   // that day
	ClosedSent    bool      `json:"closedSent,omitempty"`    // the Update with `closed` went out
	CountsSent    string    `json:"countsSent,omitempty"`    // fingerprint of the counts in the last Update
	LastUpdate    time.Time `json:"lastUpdate,omitzero"`     // when it went out
	FinalRevision int64     `json:"finalRevision,omitempty"` // tally revision whose counts were sent
}

// Joining is an invitation to a joint consultation, seen by the invited side:
// its state and what is needed to show and to adopt it.
type Joining struct {
	consensus.Joining
	Convener   string            `json:"convener"` // instance actor
	Invite     string            `json:"invite"`   // id of the Invite, for our answer
	Title      map[string]string `json:"title"`
	Summary    map[string]string `json:"summary,omitempty"`
	Definition []byte            `json:"definition"`
	Charter    consensus.Charter `json:"charter"`
	OpensAt    time.Time         `json:"opensAt"`
	ReceivedAt time.Time         `json:"receivedAt"`
	Local      string            `json:"local,omitempty"`   // slug once adopted
	Private    string            `json:"private,omitempty"` // reason for declining that stays in the office
}

// Membership is the tie between a parent and a member instance; both sides
// keep the same record (spec: product.md 4.7).
type Membership struct {
	consensus.Membership
	Actor     string    `json:"actor"` // instance actor of the other side
	Other     string    `json:"other"` // parent or member: what the other side is to us
	Base      string    `json:"base"`
	Name      string    `json:"name"`
	Level     string    `json:"level"`
	Area      string    `json:"area"`
	TallyKey  string    `json:"tallyKey"`           // offered or pinned Multikey
	Pinned    bool      `json:"pinned,omitempty"`   // an official compared the fingerprint
	Activity  string    `json:"activity,omitempty"` // id of the Invite or Join
	LastHeads time.Time `json:"lastHeads,omitzero"` // last successful pull
}

// Candidate is an instance that can be invited to a joint consultation, as
// last read from the network.
type Candidate struct {
	Actor, Name, Area, Level, TallyKey string
	Parent                             string
	Eligible                           int64
}
