// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"polder/consensus"
)

// The lists of the statements of a conversation that staff see.
const (
	DeskPending   = "pending"
	DeskAppeals   = "appeals"
	DeskVisible   = "visible"
	DeskHidden    = "hidden"
	DeskMerged    = "merged"
	DeskRejected  = "rejected"
	DeskWithdrawn = "withdrawn"
)

var deskLists = []string{DeskPending, DeskAppeals, DeskVisible, DeskHidden, DeskMerged, DeskRejected, DeskWithdrawn}

// DeskView is GET /staff/consultations/{slug}/statements: the statements of a
// conversation, one list at a time, 50 a page; fields `list` and `page`. Every
// form carries both, to come back to the same place:
//
//	POST .../statements                  text, lang: adds a statement of the office
//	POST .../statements/first            first (yes or no): those of the office come first
//	POST .../statements/lock             locked (yes or no), reason
//	POST .../statements/{id}/approve     no fields; also restore, meta, opinion
//	POST .../statements/{id}/reject      reason (code), text; also hide
//	POST .../statements/{id}/merge       into (number of the one that stays)
//	POST .../statements/{id}/edit        text
//	POST .../statements/{id}/grant       text; also uphold
//
// Form belongs to the statement For and the Action that was refused; For is ""
// for the forms of the whole page.
type DeskView struct {
	Slug       string
	Title      Text
	State      string
	List       string
	Lists      []DeskList
	Rows       []DeskRow
	Page       int
	Before     string // address of the page before, "" = none
	After      string
	Ended      bool   // the conversation is over: nothing new becomes visible
	Convener   string // joint, convened elsewhere: who decides about numbered statements
	Locked     bool
	LockReason string
	SeedsFirst bool
	Languages  []Choice // of a new statement
	For        string
	Action     string
	Form       Form
}

// Template names the page.
func (DeskView) Template() string { return "staff-statements" }

// Refused is the id prefix of the form that was refused.
func (v DeskView) Refused() string {
	if v.For == "" {
		return v.Action
	}
	return "s" + v.For + "-" + v.Action
}

// FormOf is the form of an action on a statement: what was typed and refused, or
// what it begins with.
func (v DeskView) FormOf(r DeskRow, action string) Form {
	switch {
	case v.For == r.ID && v.Action == action:
		return v.Form
	case action == "edit":
		return Form{Values: url.Values{"text": {r.Text.Text}}}
	case action == "merge" && r.Nearest() > 0:
		return Form{Values: url.Values{"into": {strconv.Itoa(r.Nearest())}}}
	}
	return Form{}
}

// Reasons are the reason codes, with an empty choice in front.
func (DeskView) Reasons() []Choice {
	return choices("moderation", append([]string{""}, consensus.ModerationReasons...)...)
}

// DeskList is one list with its size.
type DeskList struct {
	Name string
	N    int
}

// DeskRow is a statement as a moderator sees it. Who wrote it is not known.
type DeskRow struct {
	ID         string
	Number     int // 0: was never visible
	Text       Text
	Language   string // its name, "" = not known
	State      string // consensus.StatementState
	Seed, Meta bool
	Fediverse  string // address of the post it came from
	Offered    bool   // approved here, waits for the convener
	Voted      bool   // its text can no longer change
	Created    time.Time
	Decided    time.Time // last decision of a moderator
	Reason     string
	ReasonText string
	Into       *DeskRow  // merged: the one that stays
	Similar    []DeskRow // that look like it
	Appeal     string    // what the author asks
	AppealAt   time.Time
	Own        bool     // the viewer took the decision: somebody else answers the appeal
	Actions    []string // approve, reject, hide, restore, merge, edit, meta, opinion, grant, uphold
}

// Can reports whether an action is offered.
func (r DeskRow) Can(action string) bool { return slices.Contains(r.Actions, action) }

// Forms are the actions with fields, each behind a fold.
func (r DeskRow) Forms() (out []string) {
	for _, a := range []string{"grant", "uphold", "reject", "hide", "merge", "edit"} {
		if r.Can(a) {
			out = append(out, a)
		}
	}
	return out
}

// Buttons are the actions of one press.
func (r DeskRow) Buttons() (out []string) {
	for _, a := range []string{"approve", "restore", "meta", "opinion"} {
		if r.Can(a) {
			out = append(out, a)
		}
	}
	return out
}

// Nearest is the number of the visible statement most like it, 0 = none.
func (r DeskRow) Nearest() int {
	for _, s := range r.Similar {
		if s.State == DeskVisible {
			return s.Number
		}
	}
	return 0
}

// deskPlace is a row with the page it stands on.
type deskPlace struct {
	View DeskView
	Row  DeskRow
}

func deskRow(v DeskView, r DeskRow) deskPlace { return deskPlace{v, r} }
