// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"fmt"
	"html"
	"html/template"
	"maps"
	"slices"
	"time"

	"polder/consensus/eligibility"
	"polder/instance/locale"
	"polder/instance/web/pictures"
)

// funcs are the template functions of one language.
func (r *Renderer) funcs(lang string) template.FuncMap {
	w := words{Printer: r.catalogues.Printer(lang), site: r.site}
	out := template.FuncMap{
		"asset":      r.assets.URL,
		"theme":      r.assets.Theme,
		"logo":       func() template.HTML { return template.HTML(r.assets.Logo()) },
		"site":       func() Site { return r.site },
		"menu":       r.site.menu,
		"staffmenu":  staffMenu,
		"languages":  r.site.languages,
		"networkURL": r.site.networkURL,
		"unreviewed": func() bool { return locale.Unreviewed(lang) },
		"crumbs":     crumbs,
		"head":       func(p page, title, section string) headed { return headed{p, title, section} },
		"regionMap":  func(v OverviewView) template.HTML { return r.regionMap(w, v) },
	}
	for _, more := range []template.FuncMap{w.textFuncs(), w.pictureFuncs(), w.resultFuncs(), w.opinionFuncs(), w.formFuncs()} {
		maps.Copy(out, more)
	}
	return out
}

// words is a printer with what templates say about an instance.
type words struct {
	*locale.Printer
	site Site
}

func (w words) textFuncs() template.FuncMap {
	return template.FuncMap{
		"t":           w.T,
		"msg":         func(m Message) string { return w.T(m.Key, m.Args...) },
		"n":           w.number,
		"dec":         w.Permille,
		"share":       w.Share,
		"date":        w.stamp(w.Date),
		"day":         w.Day,
		"moment":      w.stamp(w.Moment),
		"momentText":  w.Moment,
		"list":        w.List,
		"level":       w.level,
		"levels":      w.levels,
		"roles":       w.roles,
		"langattr":    w.langattr,
		"allLevels":   func() []eligibility.Level { return eligibility.Levels[:len(eligibility.Levels)-1] }, // token is not offered yet
		"notPromised": notPromised,
		"signal":      signal,
		"inList":      func(s string, list []string) bool { return slices.Contains(list, s) },
		"add":         func(a, b int) int { return a + b },
		"ownVotes":    w.ownVotes,
		"listStates":  func() []string { return []string{"", "open", "planned", "counting", "closed"} },
	}
}

func (w words) pictureFuncs() template.FuncMap {
	return template.FuncMap{
		"defs":           pictures.Defs,
		"ministeps":      pictures.MiniSteps,
		"steps":          func(s []pictures.Step) template.HTML { return pictures.Steps(w.Printer, s) },
		"timeline":       func(s []pictures.Span, now time.Time) template.HTML { return pictures.Timeline(w.Printer, s, now) },
		"barlegend":      func() template.HTML { return pictures.BarLegend(w.Printer) },
		"maplegend":      func(measure string) template.HTML { return pictures.MapLegend(w.Printer, measure == "status") },
		"networkPicture": w.networkPicture,
		"turnout": func(n, eligible int64) template.HTML {
			return pictures.Turnout(w.Printer, pictures.TurnoutBar{Accepted: n, Eligible: eligible})
		},
		"choiceIcon": choiceIcon,
	}
}

func (w words) number(v any) string {
	switch v := v.(type) {
	case int:
		return w.N(int64(v))
	case int64:
		return w.N(v)
	}
	return fmt.Sprint(v)
}

// stamp wraps a moment in <time> for machines.
func (w words) stamp(write func(time.Time) string) func(time.Time) template.HTML {
	return func(t time.Time) template.HTML {
		if t.IsZero() {
			return ""
		}
		return template.HTML(`<time datetime="` + w.Machine(t) + `">` + html.EscapeString(write(t)) + `</time>`)
	}
}

func (w words) level(l any) string {
	switch l := l.(type) {
	case string:
		return w.T("level." + l)
	case eligibility.Level:
		return w.T("level." + string(l))
	}
	return ""
}

func (w words) levels(list []string) string { return w.each("level.", list) }
func (w words) roles(list []string) string  { return w.each("role.", list) }

func (w words) each(prefix string, keys []string) string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = w.T(prefix + k)
	}
	return w.List(out)
}

// langattr marks content in another language than the page.
func (w words) langattr(t Text) template.HTMLAttr {
	if t.Lang == "" || t.Lang == w.Lang() {
		return ""
	}
	return template.HTMLAttr(` lang="` + html.EscapeString(t.Lang) + `"`)
}

// signal reports whether a group of levels is a signal; groups never mix.
func signal(levels []string) bool {
	return len(levels) > 0 && eligibility.Level(levels[0]).Signal()
}

// notPromised lists the sentences of aggregation.md 2.2.
func notPromised() []string {
	return []string{"notpromised.coercion", "notpromised.code", "notpromised.voters", "notpromised.operator", "notpromised.hour",
		"notpromised.network", "notpromised.elections", "notpromised.signals", "notpromised.fediverse"}
}

// choiceIcon is the sign of a statement's answer: form and colour differ.
func choiceIcon(id string) template.HTML {
	paths := map[string]string{
		"agree":    "M5 14l5.5 5.5L21 8",
		"disagree": "M7 7l12 12M19 7L7 19",
		"pass":     "M9 9.5a4 4 0 1 1 5.5 3.7c-1.2.5-1.5 1.3-1.5 2.8M13 20.5v.1",
	}
	return template.HTML(`<svg width="26" height="26" viewBox="0 0 26 26" aria-hidden="true" focusable="false"><path d="` + paths[id] + `"/></svg>`)
}
