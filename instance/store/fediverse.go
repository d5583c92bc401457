// SPDX-License-Identifier: EUPL-1.2

package store

import "time"

// Actor is a remote actor as last fetched.
type Actor struct {
	ID          string    `json:"id"`
	Raw         []byte    `json:"raw"`
	Inbox       string    `json:"inbox"`
	SharedInbox string    `json:"sharedInbox,omitempty"`
	Fetched     time.Time `json:"fetched"`
	Gone        bool      `json:"gone,omitempty"`
}

// Follower follows one of our actors.
type Follower struct {
	Local  string    `json:"local"`
	Remote string    `json:"remote"`
	Inbox  string    `json:"inbox"` // shared inbox where there is one
	Follow string    `json:"follow"`
	Since  time.Time `json:"since"`
}

// Following is a Follow sent by one of our actors.
type Following struct {
	Local    string    `json:"local"`
	Remote   string    `json:"remote"`
	Follow   string    `json:"follow"`
	Accepted bool      `json:"accepted,omitempty"`
	Since    time.Time `json:"since"`
}

// Object is something this instance published and serves at its id.
type Object struct {
	ID           string    `json:"id"`
	Raw          []byte    `json:"raw"`
	Owner        string    `json:"owner"` // local actor
	Consultation string    `json:"consultation,omitempty"`
	Kind         string    `json:"kind"`
	Published    time.Time `json:"published"`
	Page         string    `json:"page,omitempty"` // where a browser goes
}

// OutboxItem is one activity in the outbox of a local actor.
type OutboxItem struct {
	Activity string    `json:"activity"`
	Raw      []byte    `json:"raw"`
	At       time.Time `json:"at"`
}

// Peer is what we know of another server.
type Peer struct {
	Host       string    `json:"host"`
	Policy     string    `json:"policy,omitempty"` // empty is allow; limit, block
	Capable    bool      `json:"capable,omitempty"`
	CapableAt  time.Time `json:"capableAt,omitzero"`
	Instance   string    `json:"instance,omitempty"` // its instance actor, if capable
	LastSeen   time.Time `json:"lastSeen,omitzero"`
	Delivered  int64     `json:"delivered"`
	Failed     int64     `json:"failed"`
	LastError  string    `json:"lastError,omitempty"`
	LastFailed time.Time `json:"lastFailed,omitzero"`
	DownSince  time.Time `json:"downSince,omitzero"`
}

// PeerLine is one line of the peer log: what was refused or ignored, and why.
type PeerLine struct {
	At       time.Time `json:"at"`
	Host     string    `json:"host"`
	Type     string    `json:"type"`
	Activity string    `json:"activity,omitempty"`
	Code     string    `json:"code"`
	Detail   string    `json:"detail,omitempty"`
}

// Job is one verified activity that waits for its handler.
type Job struct {
	Raw      []byte    `json:"raw"`
	Activity string    `json:"activity"`
	Signer   string    `json:"signer"` // actor whose key signed the request
	Received time.Time `json:"received"`
	Attempts int       `json:"attempts,omitempty"`
	Leased   bool      `json:"leased,omitempty"`
}

// Delivery is one activity on its way to one inbox.
type Delivery struct {
	Host     string    `json:"host"`
	Inbox    string    `json:"inbox"`
	Activity string    `json:"activity"`
	Actor    string    `json:"actor"` // local actor that signs
	Raw      []byte    `json:"raw"`
	Replaces string    `json:"replaces,omitempty"` // a newer one with this tag replaces it
	First    time.Time `json:"first"`
	Attempts int       `json:"attempts,omitempty"`
	Leased   bool      `json:"leased,omitempty"`
	Error    string    `json:"error,omitempty"`
	Status   int       `json:"status,omitempty"`
}

// AuditEntry is one staff action. Entries form a hash chain.
type AuditEntry struct {
	Seq    uint64    `json:"seq"`
	Prev   string    `json:"prevHash"`
	At     time.Time `json:"at"`
	Actor  string    `json:"actor"`
	Action string    `json:"action"`
	Target string    `json:"target"`
	Diff   string    `json:"diffHash,omitempty"`
	Reason string    `json:"reason,omitempty"`
}
