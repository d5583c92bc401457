// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"html/template"
	"strings"

	"polder/instance/web/pictures"
)

func (w words) resultFuncs() template.FuncMap {
	return template.FuncMap{
		"ballot":          inCard,
		"ballotIn":        inList,
		"cardStatus":      w.cardStatus,
		"ownChoice":       w.ownChoice,
		"sum":             func(s []Stratum) int64 { return Sum(s).Ballots },
		"officialTurnout": func(v ResultsView) int64 { return Sum(class(v.Turnout, false)).Ballots },
		"signalTurnout":   func(v ResultsView) int64 { return Sum(class(v.Turnout, true)).Ballots },
		"classBallots":    w.classBallots,
		"hasStatements":   hasStatements,
		"officialBar":     w.officialBar,
		"signalBars":      w.signalBars,
		"tallyRows":       w.tallyRows,
		"one":             func(s Stratum) []Stratum { return []Stratum{s} },
		"counts":          w.countsTable,
		"strata":          w.strata,
		"stateClass":      stateClass,
		"statusClass":     statusClass,
		"outcomeClass":    outcomeClass,
		"coverage":        w.coverage,
		"overviewTitle":   w.overviewTitle,
		"overviewSection": overviewSection,
		"memberState":     w.memberState,
		"memberSignals":   memberSignals,
		"linkState":       w.linkState,
		"peers":           NetworkState.peers,
		"evidence":        NetworkState.evidence,
		"refusal":         w.refusal,
		"blocks":          strings.Fields,
	}
}

// class picks the signal or the official strata.
func class(strata []Stratum, wantSignal bool) (out []Stratum) {
	for _, s := range strata {
		if signal(s.Levels) == wantSignal {
			out = append(out, s)
		}
	}
	return out
}

func hasStatements(questions []QuestionResult) bool {
	for _, q := range questions {
		if q.Kind == "statement" {
			return true
		}
	}
	return false
}

// classBallots is the number of ballots of one class, with words where it is
// below k.
func (w words) classBallots(strata []Stratum, hidden bool, k int) string {
	n := Sum(strata).Ballots
	switch {
	case hidden && n == 0:
		return w.T("few.k", "k", k)
	case hidden:
		return w.T("few.more", "n", n, "k", k)
	}
	return w.N(n)
}

// count is the number of votes of an option in a stratum.
func (q QuestionResult) count(s Stratum, option string) int64 {
	for i, o := range q.Options {
		if o.ID == option && i < len(s.Counts) {
			return s.Counts[i]
		}
	}
	return 0
}

func (q QuestionResult) bar(label string, s Stratum) pictures.BarRow {
	return pictures.BarRow{Label: label, Agree: q.count(s, "agree"), Disagree: q.count(s, "disagree"), Pass: q.count(s, "pass") + s.Blank}
}

// officialBar is the one row of the levels that count.
func (w words) officialBar(q QuestionResult, k int) template.HTML {
	row := q.bar(w.T("levels.official"), Sum(q.Official))
	row.All, row.K = true, k
	row.Hidden = q.HiddenOfficial && len(q.Official) == 0
	return pictures.Bar(w.Printer, row)
}

// signalBars has a row of its own for each signal level.
func (w words) signalBars(q QuestionResult, k int) template.HTML {
	var out template.HTML
	for _, s := range q.Signal {
		row := q.bar(w.levels(s.Levels), s)
		row.Small = true
		out += pictures.Bar(w.Printer, row)
	}
	if q.HiddenSignal {
		out += pictures.Bar(w.Printer, pictures.BarRow{Label: w.T("few.rest"), Small: true, Hidden: true, K: k})
	}
	return out
}

// tallyRows draws a poll's options for strata of one class.
func (w words) tallyRows(q QuestionResult, strata []Stratum) template.HTML {
	sum := Sum(strata)
	var rows []pictures.TallyRow
	for _, o := range q.Options {
		label, lang := w.option(q.Kind, o)
		rows = append(rows, pictures.TallyRow{Label: label, Lang: lang, N: q.count(sum, o.ID), Ballots: sum.Ballots})
	}
	return pictures.TallyRows(w.Printer, pictures.Winners(rows))
}

// countsTable is the table behind a picture: options by level.
type countsTable struct {
	Caption string
	Strata  []Stratum
	Rows    []countsRow
}

type countsRow struct {
	Label, Lang string
	Counts      []int64
	Sum         bool
}

func (w words) countsTable(q QuestionResult, strata []Stratum, key string) countsTable {
	t := countsTable{Caption: w.T(key), Strata: strata}
	for _, o := range q.Options {
		row := countsRow{}
		row.Label, row.Lang = w.option(q.Kind, o)
		for _, s := range strata {
			row.Counts = append(row.Counts, q.count(s, o.ID))
		}
		t.Rows = append(t.Rows, row)
	}
	blank, ballots := countsRow{Label: w.T("blank")}, countsRow{Label: w.T("ballots"), Sum: true}
	for _, s := range strata {
		blank.Counts = append(blank.Counts, s.Blank)
		ballots.Counts = append(ballots.Counts, s.Ballots)
	}
	t.Rows = append(t.Rows, blank, ballots)
	return t
}

// strata writes groups of levels with their ballots, one below the other.
func (w words) strata(strata []Stratum) template.HTML {
	var b strings.Builder
	for i, s := range strata {
		if i > 0 {
			b.WriteString("<br>")
		}
		b.WriteString(`<span class="app-nowrap">` + template.HTMLEscapeString(w.levels(s.Levels)+": "+w.N(s.Ballots)) + `</span>`)
	}
	return template.HTML(b.String())
}
