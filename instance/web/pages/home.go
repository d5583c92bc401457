// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"time"

	"polder/instance/web/pictures"
)

// HomeView is GET / of a municipality.
type HomeView struct {
	Open     []ConsultationCard // open for votes now, soonest closing first
	Planned  []ConsultationCard // announced
	Counting []ConsultationCard // answering: closed, result being fixed or answer awaited
	Answered []Answered         // "wat wij met uw mening deden"
}

// Template names the page.
func (HomeView) Template() string { return "home" }

// ConsultationCard is one consultation in a list.
type ConsultationCard struct {
	Slug      string
	Title     Text
	Summary   Text      // charter field 1, or a line of the lead text
	State     string    // consensus state: announced, open, suspended, answering, decided, ...
	OpensAt   time.Time // start of the first phase
	ClosesAt  time.Time // end of the last input phase
	DaysLeft  int       // whole days until ClosesAt; 0 = today; only for state open
	Questions int
	Joint     int             // number of other municipalities that ask the same, 0 = local
	Steps     []pictures.Step // small picture of the phases; empty = none
	Ballots   int64           // turnout so far (largest ballots over the questions), -1 = not shown
	Result    string          // "", interim, provisional, final, corrected
}

// Answered is a consultation whose answer is public.
type Answered struct {
	Slug    string
	Title   Text
	Outcome string // adopted, partly, not, alreadyDone, outOfScope, underStudy
	Text    Text
	Days    int // from the end of the last input phase to the answer
}

// ListView is GET /consultations. Filter: GET field `state` with "", open,
// planned, counting or closed.
type ListView struct {
	State string // the chosen filter
	Cards []ConsultationCard
}

// Template names the page.
func (ListView) Template() string { return "consultations" }
