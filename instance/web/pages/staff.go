// SPDX-License-Identifier: EUPL-1.2

package pages

import "time"

// DashboardView is GET /staff: what waits, nearest date first.
type DashboardView struct {
	Tasks         []Task
	Consultations []StaffRow
	Deliveries    QueueFigures
	Refused       int  // refused inbound messages in 24 hours
	NoContact     bool // security.contact is missing
	Guard         bool // casting is closed until the start-up guard has passed
	Dev           bool
}

// Template names the page.
func (DashboardView) Template() string { return "staff" }

// Task is something a staff member has to do. Key is a catalogue key below
// staff.task: approve, returned, joint, membership, deadletters, disputed,
// statements.
type Task struct {
	Key  string
	Name string // consultation, peer
	URL  string
	Due  time.Time // zero = none
}

// StaffRow is a consultation in a staff list.
type StaffRow struct {
	Slug     string
	Title    Text
	State    string
	Author   string
	Joint    bool
	Convener string // name, for an adopted one
	ClosesAt time.Time
}

// StaffListView is GET /staff/consultations.
type StaffListView struct {
	Rows []StaffRow
}

// Template names the page.
func (StaffListView) Template() string { return "staff-consultations" }

// StaffConsultationView is GET /staff/consultations/{slug}. Every action is a
// form that posts to /staff/consultations/{slug}/{action}; Allowed says which
// are drawn and Form belongs to the action named in Action.
//
//	submit                                     no fields
//	return, cancel, suspend, resume            reason
//	approve                                    reason (only when the first phase starts within 7 days)
//	extend                                     closes (2006-01-02T15:04), reason
//	close                                      reason; the second person posts close again (Pending = "close")
//	codes       multipart/form-data            hashes (file made by `polder codes generate`)
//	publish                                    no fields: publish the Tally now, outside the clock
//
// "edit" in Allowed shows the link to the draft form.
type StaffConsultationView struct {
	StaffRow
	Level        string
	Summary      Text
	Missing      []string // charter fields 1..14 still empty, by name (question, whyNow, ...)
	Allowed      []string // actions of the table above that this person may do now
	SecondPerson bool     // the viewer wrote it: somebody else has to approve
	Pending      string   // action that waits for a second person, "" = none
	PendingBy    string
	SoonStart    bool   // first phase starts within 7 days: approving needs a reason
	Action       string // action whose form was refused
	Form         Form
	Questions    int
	Talk         bool // a conversation over statements, with a page of its own
	Waiting      int  // statements and appeals that wait for a moderator
	Public       bool // residents can see it
	OpensAt      time.Time
	Issued       int64        // codes imported
	Used         int64        // codes used, -1 = not shown
	Members      []JoiningRow // joint and convened here
	Tallies      []TallyRow
	Deadlines    []Deadline
}

// Template names the page.
func (StaffConsultationView) Template() string { return "staff-consultation" }

// Can reports whether an action is allowed.
func (v StaffConsultationView) Can(action string) bool {
	for _, a := range v.Allowed {
		if a == action {
			return true
		}
	}
	return false
}

// JoiningRow is a member's place in a joint consultation. State is invited,
// adopted, declined, running, reported, included or queried (product.md 11).
type JoiningRow struct {
	Area, Name, URL string
	State           string
	Reason          Text
	Changed         time.Time
}

// TallyRow is one published Tally with what became of it.
type TallyRow struct {
	URL       string
	Status    string
	Revision  int64
	Published time.Time
	To        string // peer it was sent to
	Answer    string // delivered, accepted, rejected or waiting
	Code      string // F203, W201: of a rejection or warning
	Detail    string
}

// Deadline is a named moment: closesAt, tallyBy, objectionUntil, answerDueAt.
type Deadline struct {
	Key string
	At  time.Time
}

// MembersView is GET /staff/members. Forms:
//
//	POST /staff/members                   url (address of the instance to invite)
//	POST /staff/members/ask               no fields: ask the configured parent (Ask)
//	POST /staff/members/{ID}/accept       block1, block2 (the two blank blocks, 4 hex each)
//	POST /staff/members/{ID}/pin          block1, block2: the side that proposed the membership
//	POST /staff/members/{ID}/decline      reason
//	POST /staff/members/{ID}/suspend      reason
//	POST /staff/members/{ID}/resume       reason
//	POST /staff/members/{ID}/leave        reason (parent: expel)
//
// Form belongs to the member named in For ("" = the invitation form) and to
// Action ("" = accept).
type MembersView struct {
	Self    []Fingerprint // own keys, whole: to read out by phone
	Parent  bool          // this instance invites members
	Ask     string        // configured parent that was not asked yet, "" = none
	Members []MemberItem
	For     string
	Action  string
	Form    Form
}

// Refused is the id prefix of the form that was refused.
func (v MembersView) Refused() string {
	if v.Action == "" {
		return v.For
	}
	return v.For + "-" + v.Action
}

// Template names the page.
func (MembersView) Template() string { return "staff-members" }

// MemberItem is one membership, seen from here.
type MemberItem struct {
	ID string // used in form addresses
	Peer
	Role   string // parent or member
	Since  time.Time
	Reason Text
	// Ceremony holds the peer's tally key in 16 blocks; the two that have to
	// be typed in are empty strings. Empty when no ceremony is due.
	Ceremony []string
	Actions  []string // accept or pin, decline, suspend, resume, leave, expel
}

// Can reports whether an action is allowed.
func (m MemberItem) Can(action string) bool {
	for _, a := range m.Actions {
		if a == action {
			return true
		}
	}
	return false
}

// JointView is GET /staff/joint: invitations to joint consultations. Forms:
//
//	POST /staff/joint/{ID}/adopt      context (local introduction, optional)
//	POST /staff/joint/{ID}/decline    reason (optional), show ("yes" = shown in public)
type JointView struct {
	Invitations []JointInvitation
	For         string
	Form        Form
}

// Template names the page.
func (JointView) Template() string { return "staff-joint" }

// JointInvitation is a consultation another instance asks us to hold.
type JointInvitation struct {
	ID                string
	Title             Text
	Convener          Link
	URL               string // canonical consultation
	Digest            string // definition digest
	Matches           bool   // local copy has the same digest
	State             string // received, adopted, declined
	OpensAt, ClosesAt time.Time
	Questions         []Text
	Official          []string
	Received          time.Time
}

// DeliveriesView is GET /staff/deliveries. Form: POST
// /staff/deliveries/{ID}/retry without fields.
type DeliveriesView struct {
	Figures QueueFigures
	Peers   []PeerQueue
	Dead    []DeadLetter
}

// Template names the page.
func (DeliveriesView) Template() string { return "staff-deliveries" }

// QueueFigures sum up the outgoing queue.
type QueueFigures struct {
	Waiting, Dead int
	Oldest        time.Time // oldest waiting message; zero = none
}

// PeerQueue is the outgoing queue of one host.
type PeerQueue struct {
	Host      string
	Waiting   int
	Attempts  int // of the oldest message
	Next      time.Time
	LastOK    time.Time
	LastError string
	Breaker   bool // paused after repeated failures
}

// DeadLetter is a message that was given up.
type DeadLetter struct {
	ID        string
	Host      string
	Activity  string // type: Create, Update
	Object    string // id
	GivenUp   time.Time
	Attempts  int
	LastError string
}

// RefusalsView is GET /staff/refusals: the peer log, newest first. Filter: GET
// field `host`; older entries: `before` (RFC 3339).
type RefusalsView struct {
	Host  string
	Rows  []Refusal
	Older string // address of the next page, "" = none
}

// Template names the page.
func (RefusalsView) Template() string { return "staff-refusals" }

// Refusal is one refused message.
type Refusal struct {
	At       time.Time
	Host     string
	Actor    string
	Activity string
	Code     string // reason code: digest, host-cap, F203, ...
	Detail   string
}
