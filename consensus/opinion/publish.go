// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"math"
	"slices"
)

// Publication says which rules of opinion.md 14 apply.
type Publication struct {
	K       int64 // fewest people that may be public; at least 10
	Interim bool  // the conversation is open: rounded figures, no tables (14.3)
	Totals  bool  // statement totals are shown
	Level   Level // of Quality; "" if unknown
}

// Cell is a figure that may be withheld: then it is nil, null in JSON.
type Cell *int64

// PublicVotes are counts per column. All three of a column are withheld
// together.
type PublicVotes struct {
	A []Cell `json:"A"`
	D []Cell `json:"D"`
	S []Cell `json:"S"`
}

// PublicLine is a statement of a list; a withheld one keeps its place without
// figures.
type PublicLine struct {
	Column      int    `json:"column"`
	Withheld    bool   `json:"withheld,omitempty"`
	Success     Cell   `json:"n-success,omitempty"`
	Trials      Cell   `json:"n-trials,omitempty"`
	P           *Micro `json:"p-success,omitempty"`
	PTest       *Micro `json:"p-test,omitempty"`
	Repness     *Micro `json:"repness,omitempty"`
	RepnessTest *Micro `json:"repness-test,omitempty"`
	For         string `json:"repful-for,omitempty"`
	Agrees      Cell   `json:"n-agree,omitempty"`
	BestAgree   bool   `json:"best-agree,omitempty"`
}

// PublicMajority are the majority statements of all people.
type PublicMajority struct {
	Agree    []PublicLine `json:"agree"`
	Disagree []PublicLine `json:"disagree"`
}

// PublicResult is what anyone may see of a Result. Figures that an interim
// result or one without groups does not show are absent. Ranking is "what all
// groups agree on": columns by gac, highest first.
type PublicResult struct {
	K           *int           `json:"k"`
	Reason      Reason         `json:"reason,omitempty"`
	Rounded     bool           `json:"rounded,omitempty"`
	SilSum      PerK           `json:"silSum,omitempty"`
	Centroids   []Point        `json:"centroids,omitempty"`
	Sizes       []int64        `json:"sizes"`
	Radius      []int64        `json:"radius,omitempty"` // 2^20 units per unit of distance
	Totals      *PublicVotes   `json:"totals,omitempty"`
	Groups      []PublicVotes  `json:"groups,omitempty"`
	Gac         []*Micro       `json:"gac,omitempty"`
	GacDisagree []*Micro       `json:"gacDisagree,omitempty"`
	Ranking     []int          `json:"ranking"`
	Repness     [][]PublicLine `json:"repness"`
	Majority    PublicMajority `json:"majority"`
	Priorities  []*Micro       `json:"priorities,omitempty"`
}

// Publish applies the rules of opinion.md 14 to an exact result. It is pure, so
// that an auditor with the exact result gets the same.
func Publish(r *Result, columns []Column, rules Publication) *PublicResult {
	p := publisher{r: r, columns: columns, rules: rules, k: max(rules.K, 10)}
	p.hideTotals()
	out := &PublicResult{Reason: r.Reason, Rounded: rules.Interim, Sizes: []int64{}, Ranking: []int{}, Repness: [][]PublicLine{}}
	if r.K != nil {
		out.Reason = p.refusal()
	}
	if r.K != nil && out.Reason == "" {
		p.hideCells()
		p.groups(out)
	}
	out.Majority = PublicMajority{p.lines(r.Majority.Agree, p.total), p.lines(r.Majority.Disagree, p.total)}
	if rules.Totals {
		v := p.votes(r.A, r.D, r.S, p.total)
		out.Totals = &v
	}
	return out
}

type publisher struct {
	r       *Result
	columns []Column
	rules   Publication
	k       int64
	total   []bool   // per column: the totals are withheld
	cell    [][]bool // per group and column: the cell is withheld
}

// refusal is why groups that were found are not published, "" if they are.
func (p *publisher) refusal() Reason {
	switch {
	case p.rules.Level == Unstable:
		return UnstableGroups
	case slices.Min(p.r.Sizes) < p.k:
		return SmallGroups
	}
	return ""
}

// telling reports whether counts say too much of a person: of 1 to k-1 people,
// or all of fewer than 2k people alike (14.4; aggregation.md 9).
func (p *publisher) telling(a, d, s int64) bool {
	return s > 0 && (s < p.k || s < 2*p.k && (a == s || d == s || a+d == 0))
}

func (p *publisher) hideTotals() {
	p.total = make([]bool, len(p.r.S))
	for j := range p.total {
		p.total[j] = p.telling(p.r.A[j], p.r.D[j], p.r.S[j])
	}
}

// hideCells withholds cells. A single withheld cell of a statement would follow
// from the total, so the group with the next smallest S goes with it.
func (p *publisher) hideCells() {
	groups := p.r.Groups
	p.cell = make([][]bool, len(groups))
	for g := range groups {
		p.cell[g] = make([]bool, len(p.r.S))
		for j := range p.cell[g] {
			p.cell[g][j] = p.telling(groups[g].A[j], groups[g].D[j], groups[g].S[j])
		}
	}
	for j := range p.r.S {
		hidden, next := 0, -1
		for g := range groups {
			switch {
			case p.cell[g][j]:
				hidden++
			case next < 0 || groups[g].S[j] < groups[next].S[j]:
				next = g
			}
		}
		if hidden == 1 && next >= 0 {
			p.cell[next][j] = true
		}
	}
}

// open reports that no cell of a statement is withheld and every group has
// enough votes: then its product over the groups may be shown.
func (p *publisher) open(j int) bool {
	for g := range p.cell {
		if p.cell[g][j] {
			return false
		}
	}
	return p.ranked(j)
}

func (p *publisher) ranked(j int) bool {
	return !slices.ContainsFunc(p.r.Groups, func(v Votes) bool { return v.S[j] < p.k })
}

func (p *publisher) groups(out *PublicResult) {
	r := p.r
	out.K = r.K
	for g, n := range r.Sizes {
		out.Sizes = append(out.Sizes, p.figure(n))
		out.Repness = append(out.Repness, p.lines(r.Repness[g], p.cell[g]))
	}
	for _, j := range Ranking(r.Gac, p.columns) {
		if p.ranked(j) {
			out.Ranking = append(out.Ranking, j)
		}
	}
	if p.rules.Interim {
		return
	}
	out.SilSum, out.Centroids = r.SilSum, r.Centroids
	for g, v := range r.Groups {
		out.Radius = append(out.Radius, Radius(r.Spread[g], r.Sizes[g]))
		out.Groups = append(out.Groups, p.votes(v.A, v.D, v.S, p.cell[g]))
	}
	for _, f := range []struct {
		from []Micro
		to   *[]*Micro
	}{{r.Gac, &out.Gac}, {r.GacDisagree, &out.GacDisagree}, {r.Priorities, &out.Priorities}} {
		*f.to = make([]*Micro, len(f.from))
		for j := range f.from {
			if p.open(j) {
				(*f.to)[j] = &f.from[j]
			}
		}
	}
}

// figure is exact at the end, before that rounded to 5.
func (p *publisher) figure(n int64) int64 {
	if p.rules.Interim {
		return halfAway(n, 5) * 5
	}
	return n
}

func (p *publisher) votes(a, d, s []int64, hidden []bool) PublicVotes {
	row := func(v []int64) []Cell {
		out := make([]Cell, len(v))
		for j := range v {
			if !hidden[j] {
				n := p.figure(v[j])
				out[j] = &n
			}
		}
		return out
	}
	return PublicVotes{A: row(a), D: row(d), S: row(s)}
}

// lines are the statements of a list. Before close only whole fives are shown,
// of people and of percents, and no test values.
func (p *publisher) lines(from []Line, hidden []bool) []PublicLine {
	out := make([]PublicLine, len(from))
	for i, l := range from {
		out[i] = PublicLine{Column: l.Column, For: l.For, BestAgree: l.BestAgree, Withheld: hidden[l.Column]}
		if hidden[l.Column] {
			continue
		}
		success, trials := p.figure(l.Success), p.figure(l.Trials)
		out[i].Success, out[i].Trials = &success, &trials
		if l.Agrees != nil {
			agrees := p.figure(*l.Agrees)
			out[i].Agrees = &agrees
		}
		if p.rules.Interim {
			percent := Micro(halfAway(int64(l.P), 50000) * 50000)
			out[i].P = &percent
			continue
		}
		out[i].P, out[i].PTest, out[i].Repness, out[i].RepnessTest = &l.P, &l.PTest, l.Repness, l.RepnessTest
	}
	return out
}

// Radius is how far the members of a group are from its centroid, as a root
// mean square: 2^20 units per unit of distance.
func Radius(spread, size int64) int64 {
	if size == 0 {
		return 0
	}
	return int64(math.RoundToEven(math.Sqrt(float64(spread) / float64(size) * pointUnit)))
}
