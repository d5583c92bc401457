// SPDX-License-Identifier: EUPL-1.2

package pages

import "time"

// PreviewView is GET /staff/consultations/{slug}/preview: everything that is
// frozen by approving, for the person who decides about it.
type PreviewView struct {
	Slug      string
	Title     Text
	State     string
	Fields    []PreviewField
	Questions []PreviewQuestion
	Seeds     []Text   // visible statements of a conversation, in order
	Members   []string // names of those who will be invited
}

// Template names the page.
func (PreviewView) Template() string { return "staff-preview" }

// PreviewField is one field of the charter: its number and name (a catalogue
// key below charter) and what it says, a line each. Empty lines are left out.
type PreviewField struct {
	N     int
	Name  string
	Lines []Text
}

// PreviewQuestion is one question with its options in order.
type PreviewQuestion struct {
	Text    Text
	Kind    string // statement, single, approval
	Max     int
	Options []Text
}

// PeersView is GET /staff/peers: the servers we know and what they may do.
// Form: POST /staff/peers with `host` (a name, or an address whose name counts)
// and `policy` (allow, limit or block). Problems: Wrong("host", "peers.host"),
// Wrong("policy", "form.choice").
type PeersView struct {
	Form Form
	Rows []PeerPolicyRow
	Edit bool // the viewer may change policies
}

// Template names the page.
func (PeersView) Template() string { return "staff-peers" }

// Policies are the choices of the form.
func (PeersView) Policies() []Choice { return choices("policy", policies...) }

// policies are the words of the form; a server without one is allowed.
var policies = []string{policyAllow, "limit", "block"}

const policyAllow = "allow"

// PeerPolicyRow is one server.
type PeerPolicyRow struct {
	Host      string
	Policy    string // allow, limit or block
	Capable   bool   // a Polder instance
	LastSeen  time.Time
	Delivered int64
	Failed    int64
}

// AuditView is GET /staff/audit: staff actions, the newest first. Older ones:
// GET field `before`, a number.
type AuditView struct {
	Rows  []AuditRow
	Older string // address of the next page, "" = none
}

// Template names the page.
func (AuditView) Template() string { return "staff-audit" }

// AuditRow is one entry of the hash chain.
type AuditRow struct {
	Seq    uint64
	At     time.Time
	Actor  string // user name, or what acted
	Action string
	Target string
	Hash   string // of the entry before it
}

// AccountsView is GET /staff/accounts. Forms, for administrators with a fresh
// second factor:
//
//	POST /staff/accounts                  username, email, password, role (repeated)
//	POST /staff/accounts/{name}/roles     role (repeated)
//	POST /staff/accounts/{name}/disable, enable, totp-reset    no fields
//
// Form belongs to the account named in For ("" = the form for a new one). Made
// is shown once, on the answer itself.
type AccountsView struct {
	Rows []AccountRow
	For  string
	Form Form
	Made *Enrolled
}

// Template names the page.
func (AccountsView) Template() string { return "staff-accounts" }

// Roles are the choices of the forms.
func (AccountsView) Roles() []Choice { return roleChoices() }

// AccountRow is one account.
type AccountRow struct {
	Username string
	Mail     string // masked: "j...@example.nl"
	Roles    []string
	Form     Form // of its roles
	Factor   bool // second factor set
	Disabled bool
	Self     bool
	LastSeen time.Time
}

// Enrolled is a second factor that was just made.
type Enrolled struct {
	Username string
	OTPAuth  string // otpauth:// address
	Codes    []string
}

// OwnAccountView is GET /staff/account: the account of the viewer. Form: POST
// /staff/account/password with `password` and `again`, after which all sessions
// have ended.
type OwnAccountView struct {
	Row  AccountRow
	Form Form
}

// Template names the page.
func (OwnAccountView) Template() string { return "staff-account" }
