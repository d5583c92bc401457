// SPDX-License-Identifier: EUPL-1.2

package pictures

import (
	"html/template"
	"strconv"
	"time"

	"polder/instance/locale"
)

// Step states.
const (
	Done    = "done"
	Now     = "now"
	Planned = "planned"
)

// Step is one phase of a consultation, for the stepper and the timeline.
type Step struct {
	Kind  string // inform, debate, vote, answer or evaluate
	Title string // own title, or "" for the name of the kind
	Start time.Time
	End   time.Time // zero = open end
	State string    // Done, Now or Planned
}

// StateAt tells how a phase stands at a moment.
func StateAt(start, end, now time.Time) string {
	switch {
	case now.Before(start):
		return Planned
	case !end.IsZero() && !now.Before(end):
		return Done
	}
	return Now
}

func (s Step) name(p *locale.Printer) string {
	if s.Title != "" {
		return s.Title
	}
	return p.T("phase." + s.Kind)
}

// when says in words where the step stands.
func (s Step) when(p *locale.Printer) string {
	switch {
	case s.State == Done:
		return p.T("step.done", "date", p.Day(s.End))
	case s.State == Now && s.End.IsZero():
		return p.T("step.now")
	case s.State == Now:
		return p.T("step.until", "date", p.Day(s.End))
	case s.Start.IsZero():
		return p.T("step.later")
	}
	return p.T("step.from", "date", p.Day(s.Start))
}

// Steps draws the stepper.
func Steps(p *locale.Printer, steps []Step) template.HTML {
	if len(steps) == 0 {
		return ""
	}
	var c canvas
	c.put(`<ol class="app-phases" aria-label="%v">`, p.T("steps.label"))
	for i, s := range steps {
		mark := template.HTML(strconv.Itoa(i + 1))
		attr := template.HTML("")
		switch s.State {
		case Done:
			attr = ` class="is-done"`
			mark = `<svg width="18" height="18" viewBox="0 0 26 26" aria-hidden="true" focusable="false"><path d="M4 14l6.5 6.5L22 7"/></svg>`
		case Now:
			attr = ` class="is-now" aria-current="step"`
		}
		c.put(`<li%v><span class="app-phases__nr">%v</span><span><strong>%v</strong><span class="app-phases__sub">%v</span></span></li>`,
			attr, mark, s.name(p), s.when(p))
	}
	c.put(`</ol>`)
	return c.html()
}

// MiniSteps draws the phases of a card as dots on a line: filled = done, wide
// ring = now, empty = planned. It is decoration; the card says the same in words.
func MiniSteps(steps []Step) template.HTML {
	if len(steps) < 2 {
		return ""
	}
	gap := 256 / float64(len(steps)-1)
	var c canvas
	c.put(`<svg class="app-mini" viewBox="0 0 288 30" aria-hidden="true" focusable="false"><path class="m4" d="M16 15h256"/>`)
	for i, s := range steps {
		class, r := "m3", 10
		switch s.State {
		case Done:
			class = "m1"
		case Now:
			class, r = "m1 m5", 12
		}
		c.put(`<circle class="%v" cx="%v" cy="15" r="%v"/>`, class, 16+gap*float64(i), r)
	}
	c.put(`</svg>`)
	return c.html()
}
