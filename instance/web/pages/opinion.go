// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"html/template"
	"slices"
	"time"

	"polder/consensus/opinion"
	"polder/instance/web/pictures"
)

// OpinionView is the opinion part of a results page: groups, what they agree
// on and where they differ (spec: opinion.md 16). Its figures went through the
// publication rules of opinion.md 14; nothing here is about one person, except
// the place of who looks. NewOpinionView fills it.
type OpinionView struct {
	At           time.Time
	Final        bool
	Reason       string // why there are no groups: no-variance, too-few-participants, ...; "" = there are groups
	Quality      string // stable, indicative or unstable
	Participants int64  // official levels, with at least one vote
	Clustered    int64  // with enough votes for a group
	Votes        int64
	Statements   int
	Picture      *pictures.Opinion // nil = no map
	Groups       []OpinionGroup
	Own          *OpinionOwn  // a joint result: the own municipality within it
	Common       []OpinionRow // every group agrees, best first; before the end: the most agreed on
	Rejected     []OpinionRow // every group disagrees
	Differences  []OpinionRow
	Unsure       []OpinionRow
	MajorityYes  []OpinionRow // over everybody
	MajorityNo   []OpinionRow
	Rows         []OpinionRow // every statement on display, in the order of Sort
	Removed      []OpinionRow // removed by moderation: counts stay, apart
	Sort         string       // one of OpinionSorts
	Digest       string       // of the model, "" = unknown
	Data         string       // address of the page with the files, "" = none
}

// OpinionGroup is one group of people who vote alike.
type OpinionGroup struct {
	Letter  string
	Size    int64
	Typical []OpinionRow
}

// OpinionOwn says how many people of one municipality are in each group of a
// joint result; nil figures are withheld.
type OpinionOwn struct {
	Name  string
	Sizes []opinion.Cell // in the order of OpinionView.Groups
}

// OpinionRow is one statement with its counts: of everybody, per group and per
// level.
type OpinionRow struct {
	Column int
	Number int
	Text   Text
	All    OpinionCounts
	Groups []OpinionCounts // in the order of OpinionView.Groups; empty before the end
	Levels []OpinionCounts // in level order, official levels first
	For    string          // typical statements: agree or disagree
	Reason string          // removed ones: why
}

// OpinionCounts are the votes of one group, of some levels, or of everybody.
type OpinionCounts struct {
	Letter                string
	Levels                []string
	Agree, Disagree, Pass int64
	Withheld              bool
}

// Total is the number of votes.
func (c OpinionCounts) Total() int64 { return c.Agree + c.Disagree + c.Pass }

// share is part of the votes in per cent, -1 where nothing is shown.
func (c OpinionCounts) share(part int64) int64 {
	if c.Withheld || c.Total() == 0 {
		return -1
	}
	return percentOf(part, c.Total())
}

func (w words) opinionFuncs() template.FuncMap {
	return template.FuncMap{
		"opinionBar":     w.opinionBar,
		"opinionMap":     func(o *pictures.Opinion) template.HTML { return pictures.OpinionMap(w.Printer, *o) },
		"opinionCaption": w.opinionCaption,
		"opinionShare":   func(g OpinionGroup, v OpinionView) int64 { return percentOf(g.Size, v.Clustered) },
		"opinionCell":    w.opinionCell,
		"opinionPart":    w.opinionPart,
		"opinionSorts":   OpinionView.headers,
		"opinionGap":     w.opinionGap,
		"opinionLevelled": func(v OpinionView) bool {
			return slices.ContainsFunc(v.Rows, func(r OpinionRow) bool { return len(r.Levels) > 0 })
		},
		"opinionSmaller": OpinionView.smaller,
		"mean":           func(v OpinionView) string { return w.mean(v.Votes, v.Participants) },
	}
}

// opinionCaption explains what the map shows: dots, squares or circles.
func (w words) opinionCaption(v OpinionView) string {
	key := "opinion.map.caption"
	switch {
	case len(v.Picture.Map.Cells) == 0:
		key += ".circles"
	case !v.Picture.Dotted():
		key += ".squares"
	}
	text := w.T(key, "n", v.Clustered, "date", w.Moment(v.At))
	if v.Picture.Few() {
		text += " " + w.T("opinion.map.few", "k", smallest)
	}
	return text
}

// opinionCell writes a figure that may be withheld.
func (w words) opinionCell(c opinion.Cell) string {
	if c == nil {
		return w.T("few.k", "k", smallest)
	}
	return w.N(*c)
}

// opinionPart writes a share of the votes of one group or of everybody.
func (w words) opinionPart(c OpinionCounts, part int64) string {
	switch {
	case c.Withheld:
		return w.T("few.k", "k", smallest)
	case c.Total() == 0:
		return w.T("result.none")
	}
	return w.N(percentOf(part, c.Total())) + "%"
}

// opinionGap writes how far the groups are apart.
func (w words) opinionGap(r OpinionRow) string {
	n := r.gap()
	switch {
	case len(r.Groups) == 0:
		return w.T("opinion.later")
	case n < 0:
		return w.T("few.k", "k", smallest)
	}
	return w.N(n)
}

// smaller are the groups that are not the largest, with what is typical of
// them: what a count of all votes alone would hide.
func (v OpinionView) smaller() (out []OpinionGroup) {
	most := int64(0)
	for _, g := range v.Groups {
		most = max(most, g.Size)
	}
	for _, g := range v.Groups {
		if g.Size < most && len(g.Typical) > 0 {
			out = append(out, g)
		}
	}
	return out
}

// opinionBar draws the row of everybody or of one group.
func (w words) opinionBar(c OpinionCounts) template.HTML {
	row := pictures.BarRow{Label: w.T("everyone"), All: true, Agree: c.Agree, Disagree: c.Disagree, Pass: c.Pass, Hidden: c.Withheld, K: smallest}
	if len(c.Levels) > 0 {
		row.Label, row.All, row.Small = w.levels(c.Levels), false, true
	}
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
