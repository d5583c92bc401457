// SPDX-License-Identifier: EUPL-1.2

package pages

import "time"

// VotesView is GET /consultations/{slug}/votes: what the viewer did, for the
// viewer alone. Forms: POST /consultations/{slug}/votes/withdraw with `question`;
// the link "wijzigen" goes to /consultations/{slug}?q=ID#vote.
// Serve it private, no-store.
type VotesView struct {
	Slug     string
	Title    Text
	Level    string // level of the viewer, "" = no votes from this browser
	Official bool
	Open     bool // votes can still be changed
	Votes    []OwnVote
	Earlier  []OwnVote // cast by this browser before the letter code was shown
	Ways     Ways

	Talk   bool           // there is a conversation over statements
	Gone   []OwnVote      // on statements that are not shown any more: no text
	Sent   []OwnStatement // the viewer's own, the newest first
	Write  bool           // residents may send statements in
	Left   int            // votes that the viewer must cast before
	Locked bool           // the conversation can be read only
}

// Template names the page.
func (VotesView) Template() string { return "votes" }

// Any reports whether the viewer has voted at all.
func (v VotesView) Any() bool { return len(v.Votes)+len(v.Earlier)+len(v.Gone) > 0 }

// OwnVote is one stored vote of the viewer.
type OwnVote struct {
	Question string // id
	Number   int
	Drawn    bool // a statement of a conversation
	Text     Text
	Kind     string         // statement, single, approval
	Choices  []BallotOption // the chosen ones; empty = blank
	Level    string
	Fixed    bool // cannot be changed any more
}

// OwnStatement is a statement that the viewer sent in, with what became of it.
type OwnStatement struct {
	Text   Text
	State  string // pending, visible, rejected, hidden, merged, withdrawn
	Sent   time.Time
	ID     string // visible: to vote on it
	Number int    // visible
	Reason string // rejected, hidden: reason code
	Why    Text   // what the moderator wrote, empty = nothing
	Into   int    // merged: number of the one that stays, 0 = that one is gone too
	IntoID string
}

// ownVotesTable is what the template "ownvotes" draws.
type ownVotesTable struct {
	View  VotesView
	Votes []OwnVote
	Level string // the other level of the viewer, at which these were cast; "" = the present one
	Label string
}

func (w words) ownVotes(v VotesView, list []OwnVote, level string) ownVotesTable {
	key := "votes.own"
	if level != "" {
		key = "votes.earlier"
	}
	return ownVotesTable{View: v, Votes: list, Level: level, Label: w.T(key)}
}
