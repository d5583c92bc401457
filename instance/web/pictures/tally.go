// SPDX-License-Identifier: EUPL-1.2

package pictures

import (
	"html/template"

	"polder/instance/locale"
)

// TallyRow is one option of a poll.
type TallyRow struct {
	Label   string
	Lang    string // language of Label, "" = that of the page
	N       int64
	Ballots int64 // whole of the share
	Winner  bool
}

// TallyRows draws the options of a poll as rows. The longest bar fills 87 % of
// the width, so a row never looks like "everybody" unless it is.
func TallyRows(p *locale.Printer, rows []TallyRow) template.HTML {
	most := int64(1)
	for _, r := range rows {
		most = max(most, r.N)
	}
	var c canvas
	c.put(`<ol class="app-tally">`)
	for _, r := range rows {
		bar, class := "m2", ""
		if r.Winner {
			bar, class = "m1", ` class="is-win"`
		}
		c.put(`<li%v><span`, template.HTML(class))
		if r.Lang != "" {
			c.put(` lang="%v"`, r.Lang)
		}
		c.put(`>%v</span><svg height="26" aria-hidden="true" focusable="false"><rect class="%v" width="%v%%" height="26" rx="2"/></svg>`,
			r.Label, bar, float64(r.N*870/most)/10)
		c.put(`<span class="app-tally__n">%v<span class="app-hide"> %v</span> · %v</span></li>`, p.N(r.N), p.T("votes"), p.Share(r.N, r.Ballots))
	}
	c.put(`</ol>`)
	return c.html()
}

// Winners marks the options with the most votes, ties included; nobody wins
// without votes.
func Winners(rows []TallyRow) []TallyRow {
	most := int64(0)
	for _, r := range rows {
		most = max(most, r.N)
	}
	out := make([]TallyRow, len(rows))
	for i, r := range rows {
		r.Winner = most > 0 && r.N == most
		out[i] = r
	}
	return out
}

// TurnoutBar is turnout against the people who may vote.
type TurnoutBar struct {
	Accepted, Eligible int64
	Goal               int // per mille, 0 = no goal
}

// scale is the share in per mille at the end of the bar: 100, 250, 500 or 1000.
func (t TurnoutBar) scale() int64 {
	share := t.Accepted * 1000 / max(t.Eligible, 1)
	for _, s := range []int64{100, 250, 500} {
		if share*10 <= s*9 && int64(t.Goal) < s {
			return s
		}
	}
	return 1000
}

// Turnout draws the bar with its scale in words.
func Turnout(p *locale.Printer, t TurnoutBar) template.HTML {
	if t.Eligible <= 0 {
		return ""
	}
	scale := t.scale()
	share := p.Share(t.Accepted, t.Eligible)
	var c canvas
	c.put(`<div class="app-turnout"><svg height="22" role="img" aria-label="%v" focusable="false">`, p.T("turnout.label", "share", share))
	c.put(`<rect class="q1" width="100%%" height="22" rx="3"/><rect class="m1" width="%v%%" height="22" rx="3"/>`,
		float64(t.Accepted)*100000/float64(t.Eligible)/float64(scale))
	if t.Goal > 0 {
		x := float64(t.Goal) * 100 / float64(scale)
		c.put(`<line class="t-today" x1="%v%%" x2="%v%%" y1="0" y2="22"/>`, x, x)
	}
	c.put(`</svg><p class="app-small"><strong>%v</strong>: %v`, p.T("turnout.label", "share", share),
		p.T("turnout.of", "n", t.Accepted, "m", t.Eligible))
	if t.Goal > 0 {
		c.put(` %v`, p.T("turnout.goal", "goal", p.Permille(t.Goal)))
	}
	c.put(` %v</p></div>`, p.T("turnout.scale", "scale", p.Permille(int(scale))))
	return c.html()
}
