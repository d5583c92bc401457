// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"html/template"
	"time"

	"polder/instance/web/pictures"
)

// OpinionView is the opinion part of a results page: groups, what they agree
// on and where they differ (spec: opinion.md 16). Its figures went through the
// publication rules of opinion.md 14; nothing here is about one person.
type OpinionView struct {
	At           time.Time
	Final        bool
	Reason       string // why there are no groups: no-variance, too-few-participants, ...; "" = there are groups
	Quality      string // stable, indicative or unstable
	Participants int64  // official levels, with at least one vote
	Clustered    int64  // with enough votes for a group
	Votes        int64
	Statements   int
	Map          template.HTML // "" = none
	Groups       []OpinionGroup
	Common       []OpinionRow // what all groups agree on, best first
	Differences  []OpinionRow
	Unsure       []OpinionRow
	MajorityYes  []OpinionRow // over everybody
	MajorityNo   []OpinionRow
	Rows         []OpinionRow // every statement on display
	Removed      []OpinionRow // removed by moderation: counts stay, apart
}

// OpinionGroup is one group of people who vote alike.
type OpinionGroup struct {
	Letter  string
	Size    int64
	Typical []OpinionRow
}

// OpinionRow is one statement with its counts: of everybody, and per group.
type OpinionRow struct {
	Number int
	Text   Text
	All    OpinionCounts
	Groups []OpinionCounts // in the order of OpinionView.Groups
	For    string          // typical statements: agree or disagree
	Reason string          // removed ones: why
}

// OpinionCounts are the votes of one group, or of everybody.
type OpinionCounts struct {
	Letter                string
	Agree, Disagree, Pass int64
	Withheld              bool
}

// Total is the number of votes.
func (c OpinionCounts) Total() int64 { return c.Agree + c.Disagree + c.Pass }

func (w words) opinionFuncs() template.FuncMap {
	return template.FuncMap{
		"opinionBar":   w.opinionBar,
		"opinionShare": func(g OpinionGroup, v OpinionView) int64 { return percentOf(g.Size, v.Clustered) },
		"mean":         func(v OpinionView) string { return w.mean(v.Votes, v.Participants) },
	}
}

// opinionBar draws the row of everybody or of one group.
func (w words) opinionBar(c OpinionCounts) template.HTML {
	row := pictures.BarRow{Label: w.T("everyone"), All: true, Agree: c.Agree, Disagree: c.Disagree, Pass: c.Pass, Hidden: c.Withheld, K: smallest}
	if c.Letter != "" {
		row.Label, row.All, row.Small = w.T("group.name", "letter", c.Letter), false, true
	}
	return pictures.Bar(w.Printer, row)
}

// smallest is the number of people below which nothing is shown (opinion.md 14).
const smallest = 10

func percentOf(part, whole int64) int64 {
	if whole == 0 {
		return 0
	}
	return (200*part + whole) / (2 * whole)
}

// mean gives votes per person with one decimal.
func (w words) mean(votes, people int64) string {
	if people == 0 {
		return w.N(0)
	}
	tenths := (20*votes + people) / (2 * people)
	return w.T("decimal", "whole", tenths/10, "tenths", tenths%10)
}
