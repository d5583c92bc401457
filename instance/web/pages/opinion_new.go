// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"cmp"
	"slices"
	"time"

	"polder/consensus/opinion"
	"polder/instance/web/pictures"
)

// OpinionInput is what NewOpinionView draws from. Everything in it is public
// already, except You, which only that person may get, and OwnSizes.
type OpinionInput struct {
	Result       *opinion.PublicResult
	Quality      opinion.Level
	Statements   []OpinionStatement // by column of Result
	At           time.Time          // of the computation
	Final        bool
	Participants int64             // official levels, with at least one vote; 0 = unknown
	Clustered    int64             // with enough votes for a group; 0 = all members of groups
	Votes        int64             // on the statements, official levels
	Map          opinion.PublicMap // of this instance; empty for a joint result: circles
	Digest       string            // of the model
	You          *opinion.Point    // own place, from 7 votes on; nil for all others
	Extremity    []opinion.Micro   // E per column, from the published model; nil = by the gap between groups
	OwnName      string            // a joint result: the name of this municipality
	OwnSizes     []*int64          // a joint result: own people per group, nil for fewer than 10
	Sort         string            // ?sort= of the request; unknown ones mean by number
	Data         string            // address of the page with the files
}

// OpinionStatement is what the instance knows of one column.
type OpinionStatement struct {
	Number  int
	Text    Text            // "" = not shown any more
	Levels  []OpinionCounts // published counts per level or merged levels; Levels set, Letter empty
	Removed bool            // by moderation: shown apart, with Reason
	Reason  string
	Meta    bool // about people: shown, never in lists of common ground or difference
}

// gone reports that the words of a statement are not on display any more.
func (s OpinionStatement) gone() bool { return s.Removed || s.Text.Text == "" }

func sum(list []int64) (total int64) {
	for _, n := range list {
		total += n
	}
	return total
}

const (
	listed = 5 // statements in a short list
	unsure = 3 // tenths of the votes that are passes, above which nobody is sure
)

// NewOpinionView fills the opinion part of a page from a published result: of
// this instance, or the joint result of a round (then with OwnName). It applies
// no rule of opinion.md 14 except to OwnSizes; Result has them behind it.
func NewOpinionView(in OpinionInput) OpinionView {
	r := in.Result
	v := OpinionView{At: in.At, Final: in.Final, Reason: string(r.Reason), Quality: string(in.Quality), Participants: in.Participants,
		Clustered: in.Clustered, Votes: in.Votes, Digest: in.Digest, Data: in.Data, Sort: knownSort(in.Sort)}
	if v.Clustered == 0 {
		v.Clustered = sum(r.Sizes)
	}
	b := opinionBuilder{in: in, r: r}
	for j, s := range in.Statements {
		row := b.row(j)
		if s.gone() {
			row.Reason = s.Reason
			v.Removed = append(v.Removed, row)
			continue
		}
		v.Rows = append(v.Rows, row)
	}
	v.Statements = len(v.Rows)
	v.MajorityYes, v.MajorityNo = b.lines(r.Majority.Agree), b.lines(r.Majority.Disagree)
	v.Unsure = unsureRows(v.Rows)
	if r.K != nil {
		b.groups(&v)
	}
	v.sortRows()
	return v
}

// opinionBuilder turns columns into rows.
type opinionBuilder struct {
	in OpinionInput
	r  *opinion.PublicResult
}

func (b *opinionBuilder) row(j int) OpinionRow {
	s := b.in.Statements[j]
	row := OpinionRow{Column: j, Number: s.Number, Text: s.Text, Levels: s.Levels, All: OpinionCounts{Withheld: true}}
	if t := b.r.Totals; t != nil {
		row.All = countsOf(*t, j)
	}
	for g, votes := range b.r.Groups {
		c := countsOf(votes, j)
		c.Letter = pictures.OpinionLetter(g)
		row.Groups = append(row.Groups, c)
	}
	return row
}

func countsOf(v opinion.PublicVotes, j int) OpinionCounts {
	if j >= len(v.S) || v.A[j] == nil || v.D[j] == nil || v.S[j] == nil {
		return OpinionCounts{Withheld: true}
	}
	// rounded figures need not add up
	return OpinionCounts{Agree: *v.A[j], Disagree: *v.D[j], Pass: max(0, *v.S[j]-*v.A[j]-*v.D[j])}
}

func (b *opinionBuilder) lines(lines []opinion.PublicLine) (out []OpinionRow) {
	for _, l := range lines {
		if l.Column >= len(b.in.Statements) || b.in.Statements[l.Column].gone() {
			continue
		}
		row := b.row(l.Column)
		row.For = l.For
		out = append(out, row)
	}
	return out
}

// groups adds what only a result with groups has.
func (b *opinionBuilder) groups(v *OpinionView) {
	for g, n := range b.r.Sizes {
		group := OpinionGroup{Letter: pictures.OpinionLetter(g), Size: n}
		if g < len(b.r.Repness) {
			group.Typical = b.lines(b.r.Repness[g])
		}
		v.Groups = append(v.Groups, group)
	}
	v.Common, v.Rejected = b.common()
	v.Differences = b.differences(v.Rows)
	if len(b.r.Centroids) > 0 {
		v.Picture = &pictures.Opinion{Centroids: b.r.Centroids, Sizes: b.r.Sizes, Radius: b.r.Radius, Map: b.in.Map, Seed: b.in.Digest, You: b.in.You}
	}
	if b.in.OwnName != "" && len(b.in.OwnSizes) == len(b.r.Sizes) {
		v.Own = &OpinionOwn{Name: b.in.OwnName, Sizes: ownSizes(b.in.OwnSizes)}
	}
}

// common is the ranking cut to what its heading promises: in every group more
// than half agree, or disagree. Before the end there are no figures per group
// and the ranking itself is shown.
func (b *opinionBuilder) common() (agree, disagree []OpinionRow) {
	for _, j := range b.r.Ranking {
		if j >= len(b.in.Statements) || b.in.Statements[j].gone() || b.in.Statements[j].Meta {
			continue
		}
		row := b.row(j)
		switch {
		case len(agree) < listed && (len(row.Groups) == 0 || everyGroup(row, func(c OpinionCounts) int64 { return c.Agree })):
			agree = append(agree, row)
		case len(row.Groups) > 0 && everyGroup(row, func(c OpinionCounts) int64 { return c.Disagree }):
			disagree = append(disagree, row)
		}
	}
	slices.Reverse(disagree) // the ranking ends with what is least agreed on
	return agree, disagree[:min(listed, len(disagree))]
}

// oneSided reports that the groups are on the same side.
func oneSided(row OpinionRow) bool {
	return len(row.Groups) > 0 && (everyGroup(row, func(c OpinionCounts) int64 { return c.Agree }) || everyGroup(row, func(c OpinionCounts) int64 { return c.Disagree }))
}

func everyGroup(row OpinionRow, part func(OpinionCounts) int64) bool {
	return !slices.ContainsFunc(row.Groups, func(c OpinionCounts) bool { return c.Withheld || 2*part(c) <= c.Total() })
}

// differences are the statements that pull the groups apart most: by E, or
// without it by the gap in agreement. What every group agrees on, or disagrees
// with, is common ground and not listed again.
func (b *opinionBuilder) differences(rows []OpinionRow) []OpinionRow {
	weight := func(r OpinionRow) int64 {
		if r.Column < len(b.in.Extremity) {
			return int64(b.in.Extremity[r.Column])
		}
		return r.gap()
	}
	var out []OpinionRow
	for _, r := range rows {
		if !b.in.Statements[r.Column].Meta && weight(r) > 0 && !oneSided(r) {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b OpinionRow) int { return cmp.Compare(weight(b), weight(a)) })
	return out[:min(listed, len(out))]
}

// gap is the largest difference between two groups in the share that agrees, in
// points of a per cent; -1 if a group is withheld.
func (r OpinionRow) gap() int64 {
	low, high := int64(101), int64(-1)
	for _, c := range r.Groups {
		s := c.share(c.Agree)
		if s < 0 {
			return -1
		}
		low, high = min(low, s), max(high, s)
	}
	if high < 0 {
		return -1
	}
	return high - low
}

// unsureRows have more than three passes in ten votes, by (P/S)²·P.
func unsureRows(rows []OpinionRow) []OpinionRow {
	weight := func(c OpinionCounts) float64 {
		share := float64(c.Pass) / float64(c.Total())
		return share * share * float64(c.Pass)
	}
	var out []OpinionRow
	for _, r := range rows {
		if !r.All.Withheld && 10*r.All.Pass > unsure*r.All.Total() {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b OpinionRow) int { return cmp.Compare(weight(b.All), weight(a.All)) })
	return out[:min(listed, len(out))]
}

// ownSizes withholds one more group where a single one is withheld, the next
// smallest: the number would follow from the own total. Of fewer than 20 own
// people nothing is said, because they might all be alike (opinion.md 14.4).
func ownSizes(sizes []*int64) []opinion.Cell {
	out := make([]opinion.Cell, len(sizes))
	total, few, next := int64(0), 0, -1
	for i, n := range sizes {
		if n == nil || 0 < *n && *n < smallest {
			few++
			continue
		}
		out[i] = n
		total += *n
		if *n > 0 && (next < 0 || *n < *sizes[next]) {
			next = i
		}
	}
	if total < 2*smallest {
		return make([]opinion.Cell, len(sizes))
	}
	if few == 1 {
		out[next] = nil
	}
	return out
}
