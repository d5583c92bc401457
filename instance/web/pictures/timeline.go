// SPDX-License-Identifier: EUPL-1.2

package pictures

import (
	"html/template"
	"time"

	"polder/instance/locale"
)

// Span is one row of a timeline: a step with the date that was promised.
type Span struct {
	Step
	Promise time.Time // zero = none
}

// axis turns moments into per cent of the width.
type axis struct{ from, to time.Time }

func newAxis(spans []Span, now time.Time) axis {
	a := axis{now, now}
	for _, s := range spans {
		for _, t := range []time.Time{s.Start, s.End, s.Promise} {
			if t.IsZero() {
				continue
			}
			if t.Before(a.from) {
				a.from = t
			}
			if t.After(a.to) {
				a.to = t
			}
		}
	}
	if pad := a.to.Sub(a.from) / 40; pad > 0 {
		return axis{a.from.Add(-pad), a.to.Add(pad)}
	}
	return axis{a.from.Add(-time.Hour), a.to.Add(time.Hour)}
}

func (a axis) x(t time.Time) float64 {
	return max(0, min(100, float64(t.Sub(a.from))*100/float64(a.to.Sub(a.from))))
}

// months lists the first days of months on the axis, at most about 14.
func (a axis) months(zone *time.Location) (out []time.Time) {
	from := a.from.In(zone)
	step := 1 + int(a.to.Sub(a.from)/(14*31*24*time.Hour))
	t := time.Date(from.Year(), from.Month(), 1, 0, 0, 0, 0, zone)
	for ; t.Before(a.to); t = t.AddDate(0, step, 0) {
		if t.After(a.from) {
			out = append(out, t)
		}
	}
	return out
}

// Timeline draws phases against the calendar, with today and promised dates.
func Timeline(p *locale.Printer, spans []Span, now time.Time) template.HTML {
	if len(spans) == 0 {
		return ""
	}
	a := newAxis(spans, now)
	var c canvas
	words := ""
	for _, s := range spans {
		words += s.name(p) + ", " + s.words(p) + ". "
	}
	c.put(`<div class="app-time" role="img" aria-label="%v">`, p.T("timeline.label", "rows", words))
	c.put(`<svg class="app-time__months" height="24" aria-hidden="true">`)
	for _, t := range a.months(p.Zone()) {
		c.put(`<text x="%v%%" dx="3" y="16">%v</text>`, a.x(t), p.Month(t))
	}
	c.put(`</svg>`)
	for _, s := range spans {
		s.draw(&c, p, a, now)
	}
	c.put(`</div>`)
	timelineLegend(&c, p)
	return c.html()
}

func (s Span) words(p *locale.Printer) string {
	if !s.Promise.IsZero() && s.State != Done {
		return p.T("timeline.promise", "date", p.Date(s.Promise))
	}
	return s.when(p)
}

func (s Span) draw(c *canvas, p *locale.Printer, a axis, now time.Time) {
	end := s.End
	if end.IsZero() {
		end = s.Start
	}
	from, to, today := a.x(s.Start), a.x(end), a.x(now)
	c.put(`<div class="app-time__row" aria-hidden="true"><span class="app-time__label">%v</span><svg height="34">`, s.name(p))
	c.put(`<line class="t-grid" x1="0" x2="100%%" y1="33.5" y2="33.5"/>`)
	c.put(`<rect class="t-%v" x="%v%%" width="%v%%" y="7" height="20" rx="3"/>`, s.State, from, max(to-from, .6))
	c.put(`<line class="t-today" x1="%v%%" x2="%v%%" y1="0" y2="34"/>`, today, today)
	if !s.Promise.IsZero() {
		c.put(`<circle class="t-promise" cx="%v%%" cy="17" r="6"/>`, a.x(s.Promise))
	}
	c.put(`</svg><span class="app-time__text">%v</span></div>`, s.words(p))
}

func timelineLegend(c *canvas, p *locale.Printer) {
	c.put(`<ul class="app-legend" aria-hidden="true">`)
	c.put(`<li><svg width="22" height="16"><rect class="t-done" width="22" height="16" rx="3"/></svg>%v</li>`, p.T("timeline.done"))
	c.put(`<li><svg width="22" height="16"><rect class="t-now" width="22" height="16" rx="3"/></svg>%v</li>`, p.T("timeline.now"))
	c.put(`<li><svg width="22" height="16"><rect class="t-planned" x="1" y="1" width="20" height="14" rx="3"/></svg>%v</li>`, p.T("timeline.planned"))
	c.put(`<li><svg width="16" height="16"><circle class="t-promise" cx="8" cy="8" r="6"/></svg>%v</li>`, p.T("timeline.date"))
	c.put(`<li><svg width="12" height="16"><line class="t-today" x1="6" x2="6" y1="0" y2="16"/></svg>%v</li></ul>`, p.T("timeline.today"))
}
