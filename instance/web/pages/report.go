// SPDX-License-Identifier: EUPL-1.2

package pages

import "time"

// ReportView is GET /consultations/{slug}/report: everything about one
// consultation on one page that prints well (spec: opinion.md 16). All figures
// are published ones.
type ReportView struct {
	Slug           string
	Title          Text
	Summary        Text // the question that was put to people
	State          ResultsState
	Opened, Closed time.Time
	Turnout        []Stratum // as in ResultsView
	Hidden         []string  // levels left out of turnout because of k
	Eligible       int64     // 0 = unknown
	Issued         int64     // letter codes sent, 0 = unknown
	K              int
	Opinion        *OpinionView // nil = no conversation over statements, or nothing to show yet
	Moderation     ModerationFigures
	Data           string // path of the page with the files
	Signed         Signed // the count; URL "" = none yet
}

// Template names the page.
func (ReportView) Template() string { return "report" }

// Official is the turnout of the levels that count.
func (v ReportView) Official() int64 { return Sum(class(v.Turnout, false)).Ballots }

// Signals is the turnout of all other levels.
func (v ReportView) Signals() int64 { return Sum(class(v.Turnout, true)).Ballots }

// ModerationFigures say what became of the statements people sent in.
type ModerationFigures struct {
	Submitted, Published, Rejected, Waiting int64
	Reasons                                 []ReasonFigure // of the rejected ones, most frequent first
}

// ReasonFigure is one reason with the number of statements.
type ReasonFigure struct {
	Text       string // in the language of the page
	Statements int64
}
