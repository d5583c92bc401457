// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"time"

	"polder/instance/web/pictures"
)

// ConsultationView is GET /consultations/{slug}. With ?q=ID the card holds
// that question (to change a vote), with ?q=all every question is on the page
// with a form of its own (All), which needs no JavaScript and no patience.
type ConsultationView struct {
	Slug       string
	Title      Text
	Summary    Text   // charter field 1
	Level      string // charter field 5: inform, consult, advise, coproduce, codecide
	State      string // consensus state
	Reason     Text   // public reason of suspend, cancel, close now or extend; empty = none
	OpensAt    time.Time
	ClosesAt   time.Time
	DaysLeft   int
	Questions  int   // polls
	Statements int   // visible ones of the conversation
	Talk       bool  // there is a conversation over statements
	Eligible   int64 // people on the roll, 0 = unknown
	Turnout    int64 // ballots at the official levels, -1 = not shown (below k)
	Signals    int64 // ballots at the signal levels together, -1 = not shown
	K          int   // smallest number shown
	Steps      []pictures.Step
	Card       Card
	All        []BallotQuestion // filled with ?q=all only
	Ways       Ways
	Follow     Follow
	CanChange  Text      // charter field 3
	IsFixed    Text      // charter field 4
	Body       string    // raad, college, burgemeester, ps, gs or minister (field 6)
	Decision   time.Time // expected decision date (field 7); zero = not given
	Joint      *Joint
	Results    ResultsState
	Promises   []pictures.Span // phases and promised dates, for the timeline
	LiveURL    string          // SSE address; empty = no live figures
}

// Template names the page.
func (ConsultationView) Template() string { return "consultation" }

// Follow is how to follow from the fediverse.
type Follow struct {
	Handle string // "@water@denkmee.example", empty = federation is off
	Actor  string // URL of the Group actor
	Polls  bool   // a vote from there is counted as level fediverse
}

// Joint says with whom a consultation is held.
type Joint struct {
	Convener Link // instance that asks and adds up
	Total    Link // page with the total of all members
	Members  int  // places that take part, this one included
	Mine     bool // this instance is the convener
}

// ResultsState says what may be seen of the count now.
type ResultsState struct {
	Policy  string    // afterClose, interim or live
	Status  string    // "", interim, provisional, final, corrected, withdrawn
	Counted time.Time // publication of the newest Tally; zero = none
	TallyBy time.Time // latest moment of the own count
	Final   time.Time // objectionUntil: when it becomes final
}

// CharterView is GET /consultations/{slug}/charter: the 14 fields in the
// order of product.md 5, with participationLevel first.
type CharterView struct {
	Slug          string
	Title         Text
	State         string
	Fields        Charter
	Digest        string // definition digest, "" before announcement
	DefinitionURL string
}

// Template names the page.
func (CharterView) Template() string { return "charter" }

// Charter holds the 14 fields as they are shown.
type Charter struct {
	Question     Text
	WhyNow       Text
	CanChange    Text
	IsFixed      Text
	Level        string // inform, consult, advise, coproduce, codecide
	Body         string // raad, college, burgemeester, ps, gs, minister
	Role         Text
	FormalLink   string // reference, or "noneYet"
	DecisionDate time.Time
	Areas        []string // names
	MinAge       int
	RollDate     time.Time
	Levels       []string // levels that may vote
	Phases       []pictures.Step
	Official     []string
	Weighing     Text
	K            int
	Results      string // afterClose, interim, live
	OfflineWays  Text
	Contact      Text // role
	Mail, Phone  string
	PrivacyURL   string
	PrivacyBasis Text
	Retention    Text
	LegalBasis   string // ordinance, awb34, omgevingswet, initiative, challenge, referendum, other
	LegalArticle string
	LegalWhy     Text
}
