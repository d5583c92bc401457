// SPDX-License-Identifier: EUPL-1.2

package pages

import "time"

// ResultsView is GET /consultations/{slug}/results of one instance: its own
// count, level by level. Official levels and signals are never added.
type ResultsView struct {
	Slug       string
	Title      Text
	State      ResultsState
	Closed     bool
	Ballots    bool      // only turnout may be shown yet (afterClose): Questions carry no options
	Turnout    []Stratum // of turnout.accepted; Options empty
	Eligible   int64     // 0 = unknown
	Issued     int64     // letter codes sent, 0 = unknown
	Hidden     []string  // levels left out of turnout because of k
	K          int
	Questions  []QuestionResult
	Withheld   bool // nothing could be published
	Correction *Correction
	Signed     Signed
	Joint      *Joint
	Opinion    *OpinionView // nil = no conversation over statements, or nothing to show yet
	CSV        string       // address of tallies as CSV, "" = none yet
}

// Template names the page.
func (ResultsView) Template() string { return "results" }

// Signed points at the object a page was drawn from.
type Signed struct {
	URL       string // id of the signed Tally
	Digest    string // "sha256:..."
	Revision  int64
	Published time.Time
	Verify    string // exact command line: "polder verify tally https://..."
	Checks    string // aggregate inputs: letters S A L R
	Log       string // log root or origin, "" = none yet
}

// Correction names what a corrected count replaces.
type Correction struct {
	Reason string // arithmetic, log-restart, voids, cross-duplicate, late-paper, key-compromise, objection
	URL    string // the Tally before
}

// QuestionResult is one question. Official and Signal hold the published
// groups of levels in level order.
type QuestionResult struct {
	ID             string
	Number         int
	Text           Text
	Kind           string         // statement, single or approval
	Options        []BallotOption // in the order of the definition
	Official       []Stratum
	Signal         []Stratum
	HiddenOfficial bool // a class with 1..k-1 ballots was left out
	HiddenSignal   bool
}

// Stratum is one published group of levels.
type Stratum struct {
	Levels  []string // more than one: merged because of k
	Counts  []int64  // per option, in the order of QuestionResult.Options
	Blank   int64
	Ballots int64
}

// Sum adds strata of one class. Never call it across official and signal.
func Sum(strata []Stratum) Stratum {
	var sum Stratum
	for _, s := range strata {
		sum.Levels = append(sum.Levels, s.Levels...)
		sum.Blank += s.Blank
		sum.Ballots += s.Ballots
		for i, n := range s.Counts {
			if i == len(sum.Counts) {
				sum.Counts = append(sum.Counts, 0)
			}
			sum.Counts[i] += n
		}
	}
	return sum
}
