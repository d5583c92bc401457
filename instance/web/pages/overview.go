// SPDX-License-Identifier: EUPL-1.2

package pages

import "time"

// OverviewView is GET / of a province or a nation, and
// GET /consultations/{slug}/results of a convener: coverage, map, totals and
// the table of members. Choosing another consultation: GET field
// `consultation` (slug); another measure of the map: `measure` (turnout or
// status).
type OverviewView struct {
	Home      bool               // true on /, false on /consultations/{slug}/results
	Choices   []ConsultationCard // joint consultations, newest first; empty = none yet
	Slug      string             // the chosen one, "" = none
	Title     Text
	Measure   string // turnout (default) or status
	State     ResultsState
	Coverage  Coverage
	Official  []Stratum // turnout.accepted of the total
	Signal    []Stratum
	Hidden    []string         // levels left out because of k
	Sealed    int              // areas whose hidden counts are inside the total (sealedSum), 0 = none
	Members   []MemberRow      // every expected area, by name
	Questions []QuestionResult // totals
	Disputed  []string         // names of areas with a forked tally: red bar
	MapURL    string           // nation: address of the country map; "" = draw the region map inline
	Signed    Signed
	K         int
	Network   *NetworkState // short form under the table; nil = left out
	Opinion   *OpinionView  // the joint opinion groups; nil = no conversation over statements, or none yet
}

// Template names the page.
func (OverviewView) Template() string { return "overview" }

// Coverage is the sentence every total carries (aggregation.md 7.5).
type Coverage struct {
	Expected, Reported, Final  int
	Eligible, EligibleReported int64
	Newest                     time.Time // newest input
}

// Member states on a total.
const (
	MemberFinal       = "final"
	MemberProvisional = "provisional"
	MemberInterim     = "interim"
	MemberCorrected   = "corrected"
	MemberMissing     = "no-report"
	MemberDisputed    = "disputed"
	MemberInvalid     = "invalid"
	MemberSuspended   = "suspended"
	MemberWithheld    = "withheld"
	MemberElsewhere   = "assigned-elsewhere"
	MemberExcluded    = "excluded"
	MemberOutside     = "outside" // area of the map that does not take part
)

// MemberRow is one area of a total. Its row has the id Area (GM0059).
type MemberRow struct {
	Area     string
	Name     string
	Province string // nation only
	URL      string // the member's site, "" = unknown
	Status   string // one of the Member constants
	Counted  bool   // inside the total (a disputed area may be, with its value before the fork)
	Official []Stratum
	Signal   []Stratum
	Hidden   bool // official ballots below k
	Eligible int64
	Revision time.Time // publication of the counted Tally
	LastSeen time.Time // for no-report
	Checks   string    // letters S A L R
	Tally    string    // URL of the signed object
	Reason   Text      // roster reason, if any
}

// Turnout is the official share in per mille of the roll, or -1.
func (m MemberRow) Turnout() int {
	n := Sum(m.Official).Ballots
	if m.Eligible <= 0 || !m.Counted || m.Hidden && n == 0 || m.Status == MemberWithheld {
		return -1
	}
	return int((n*1000 + m.Eligible/2) / m.Eligible)
}

// NetworkView is GET /members of a province or nation, GET /network of a
// municipality.
type NetworkView struct {
	State NetworkState
}

// Template names the page.
func (NetworkView) Template() string { return "network" }

// NetworkState is the network around this instance.
type NetworkState struct {
	Self    Peer
	Parent  *Peer
	Nation  *Peer
	Members []Peer // by name
	Checked time.Time
}

// Peer is another instance.
type Peer struct {
	Area                          string
	Name                          string
	URL                           string
	Link                          string // ok, late, down or off (not connected)
	Membership                    string // invited, requested, accepted, active, suspended, left, refused, succeeded
	LastContact                   time.Time
	NewestTally                   time.Time
	Delivered, Accepted, Rejected int
	Evidence                      int // unresolved Evidence: red bar
}
