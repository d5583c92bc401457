// SPDX-License-Identifier: EUPL-1.2

package pages

import "time"

// Card states.
const (
	CardBallot  = "ballot"  // a question waits for an answer
	CardDone    = "done"    // every question has been answered
	CardPlanned = "planned" // not open yet
	CardPaused  = "paused"  // suspended
	CardClosed  = "closed"  // voting is over
	CardLevel   = "level"   // the voter's level may not vote here: ways to take part
	CardWait    = "wait"    // casting answers 503: start-up guard
	CardLocked  = "locked"  // the conversation can be read only
	CardEmpty   = "empty"   // nothing has been asked yet
)

// Card is the voting card, the only part of a page that is also rendered
// alone (Renderer.Card) when a request carries X-Fragment: 1.
//
// Its form: POST /consultations/{Slug}/votes with `question` (id), `choice`
// (option id; repeated for kind approval; absent with approval = blank) and
// optional `important` = "yes". Statement polls use agree, disagree, pass.
// Without JavaScript a stored vote answers 303 to
// /consultations/{Slug}#vote, with JavaScript 200 and the next card.
type Card struct {
	Slug     string
	State    string
	Question *BallotQuestion // for CardBallot
	Answered int             // questions this voter has answered
	Of       int             // questions in all
	Level    string          // level at which the vote will be stored: open, code, ...
	Official bool            // that level counts
	OpensAt  time.Time       // for CardPlanned
	ClosedAt time.Time       // for CardClosed
	Saved    string          // text of the choice just stored, "" = none
	Previous string          // id of the question answered before this one, "" = none
	Error    *Message        // what went wrong, e.g. Msg("vote.error")
	Ways     Ways            // for CardLevel and below the first question

	// Of a conversation over statements, which come one at a time in an order
	// that is drawn for each voter.
	Talk       bool
	Statements int  // visible ones
	Voted      int  // of them by this voter
	Write      bool // residents may send statements in
	Left       int  // votes that this voter must cast before
}

// BallotQuestion is one question as the voter sees it.
type BallotQuestion struct {
	ID      string
	Number  int    // from 1; a statement of a conversation keeps its own
	Drawn   bool   // a statement of a conversation
	Kind    string // statement, single or approval
	Text    Text
	Options []BallotOption
	Max     int  // approval: at most this many
	Voted   bool // the voter has a stored vote; Options[].Chosen tells which
}

// BallotOption is one answer. For kind statement the ids are agree, disagree
// and pass and Text may be empty: the card has its own words for them.
type BallotOption struct {
	ID     string
	Text   Text
	Chosen bool
}

// Ways are the ways to take part that the charter admits, with where the
// voter stands now.
type Ways struct {
	Slug      string
	Code      bool     // letter codes are in use: link to /code?consultation=Slug
	Browser   bool     // level open: just vote
	Fediverse bool     // level fediverse
	Handle    string   // "@water@denkmee.example": shown beside the secrecy warning
	Paper     Text     // charter field 11, offline ways; empty = none
	Official  []string // levels that count
	Signal    []string // levels that are shown apart
	RollDate  time.Time
	Has       string // level the voter has shown already: "" or code, ...
}
