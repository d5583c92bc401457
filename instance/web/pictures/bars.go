// SPDX-License-Identifier: EUPL-1.2

package pictures

import (
	"html/template"

	"polder/instance/locale"
)

// BarRow is one stacked bar of a statement: counts of one class of levels.
type BarRow struct {
	Label                 string
	Agree, Disagree, Pass int64
	All                   bool // the row of all official levels: bold
	Small                 bool // 20 px high instead of 28
	Hidden                bool // below k: words instead of a bar
	K                     int
}

// shares rounds to whole per cent so that the parts add up to 100
// (interface.md 4): agree and disagree are rounded, pass is the rest.
func (r BarRow) shares() (agree, disagree, pass int) {
	n := r.Agree + r.Disagree + r.Pass
	agree = percent(r.Agree, n)
	disagree = min(percent(r.Disagree, n), 100-agree)
	return agree, disagree, 100 - agree - disagree
}

// Bar draws one row: label, bar, number of votes.
func Bar(p *locale.Printer, r BarRow) template.HTML {
	var c canvas
	n := r.Agree + r.Disagree + r.Pass
	class := "app-bar"
	if r.All {
		class += " app-bar--all"
	}
	if r.Small {
		class += " app-bar--small"
	}
	if r.Hidden || n == 0 {
		words := p.T("result.none")
		if r.Hidden {
			words = p.T("result.hidden", "k", r.K)
		}
		c.put(`<div class="%v app-bar--none"><span class="app-bar__label">%v</span><span>%v</span></div>`, class, r.Label, words)
		return c.html()
	}
	c.put(`<div class="%v"><span class="app-bar__label">%v</span>`, class, r.Label)
	r.draw(&c, p, n)
	c.put(`<span class="app-bar__n">%v<span class="app-hide"> %v</span></span></div>`, p.N(n), p.T("votes"))
	return c.html()
}

func (r BarRow) draw(c *canvas, p *locale.Printer, n int64) {
	agree, disagree, pass := r.shares()
	height, base := 28, 19.5
	if r.Small {
		height, base = 20, 14.8
	}
	c.put(`<svg class="app-bar__svg" height="%v" role="img" aria-label="%v" focusable="false">`, height,
		p.T("bar.label", "agree", agree, "disagree", disagree, "pass", pass, "n", n))
	c.put(`<rect class="c-agree" width="%v%%" height="%v"/>`, agree, height)
	c.put(`<rect fill="url(#p-disagree)" x="%v%%" width="%v%%" height="%v"/>`, agree, disagree, height)
	c.put(`<rect fill="url(#p-pass)" x="%v%%" width="%v%%" height="%v"/>`, agree+disagree, pass, height)
	if agree >= 9 {
		c.put(`<text class="c-on" x="8" y="%v">%v%%</text>`, base, agree)
	}
	if disagree >= 9 {
		c.put(`<text class="c-on c-on--disagree" x="%v%%" y="%v" text-anchor="middle">%v%%</text>`, float64(agree)+float64(disagree)/2, base, disagree)
	}
	if pass >= 12 {
		c.put(`<text class="c-onpass" x="100%%" dx="-8" y="%v" text-anchor="end">%v%%</text>`, base, pass)
	}
	c.put(`</svg>`)
}

// BarLegend explains the three parts of a bar.
func BarLegend(p *locale.Printer) template.HTML {
	var c canvas
	c.put(`<ul class="app-legend" aria-hidden="true">`)
	c.put(`<li><svg width="22" height="16"><rect class="c-agree" width="22" height="16"/></svg>%v</li>`, p.T("choice.agree"))
	c.put(`<li><svg width="22" height="16"><rect fill="url(#p-disagree)" width="22" height="16"/></svg>%v</li>`, p.T("choice.disagree"))
	c.put(`<li><svg width="22" height="16"><rect fill="url(#p-pass)" width="22" height="16"/></svg>%v</li></ul>`, p.T("choice.pass"))
	return c.html()
}
