// SPDX-License-Identifier: EUPL-1.2

package pictures

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"polder/instance/locale"
)

// Map is a packed map written by cmd/assets geo.
type Map struct {
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
	Source string  `json:"source"` // credit line, printed under every map
	Areas  []Area  `json:"areas"`  // by code
}

// Area is one municipality: SVG path and place of its label.
type Area struct {
	Code     string  `json:"code"`
	Name     string  `json:"name"`
	Province string  `json:"province"`
	X        float64 `json:"x"`
	Y        float64 `json:"y"`
	Label    bool    `json:"label"`
	Path     string  `json:"d"`
}

// Maps holds the packed maps by code: PV20..PV31 and NL. Read-only.
type Maps struct{ byCode map[string]*Map }

// LoadMaps reads every *.json of a folder (static.Maps).
func LoadMaps(files fs.FS) (*Maps, error) {
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		return nil, fmt.Errorf("list maps: %w", err)
	}
	out := &Maps{byCode: map[string]*Map{}}
	for _, name := range names {
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read map: %w", err)
		}
		var m Map
		if err := json.Unmarshal(raw, &m); err != nil {
			return nil, fmt.Errorf("read map %s: %w", name, err)
		}
		out.byCode[strings.TrimSuffix(name, ".json")] = &m
	}
	return out, nil
}

// Map finds a map: "PV21" or "NL".
func (m *Maps) Map(code string) (*Map, bool) {
	found, ok := m.byCode[code]
	return found, ok
}

// Codes lists the maps.
func (m *Maps) Codes() []string { return slices.Sorted(maps.Keys(m.byCode)) }

// Area marks that are no turnout class.
const (
	MarkOff      = "off"      // not connected
	MarkMissing  = "missing"  // niet ontvangen
	MarkHidden   = "hidden"   // niet getoond: too few votes
	MarkDisputed = "disputed" // two signed counts contradict each other
)

// Mark is how one area is drawn and what is said of it.
type Mark struct {
	Class int    // 1..5 turnout class; 0 with Kind set
	Kind  string // "", or one of the Mark constants
	Words string // "opkomst 4,3%": after the name in the label
}

// TurnoutClass is the class of a turnout in per mille (interface.md 4):
// below 1, 1 to 2.5, 2.5 to 4, 4 to 5.5, from 5.5 per cent.
func TurnoutClass(permille int) int {
	class := 1
	for _, bound := range []int{10, 25, 40, 55} {
		if permille >= bound {
			class++
		}
	}
	return class
}

// RegionMap draws a province as links to the rows of the table beside it.
// Areas without a mark are drawn as not connected.
func RegionMap(p *locale.Printer, m *Map, title string, marks map[string]Mark) template.HTML {
	var c canvas
	c.put(`<svg class="app-map" viewBox="-6 -6 %v %v" role="group" aria-label="%v">`, m.Width+12, m.Height+12, title)
	for _, a := range m.Areas {
		mark := markOf(p, marks, a.Code)
		c.put(`<a href="#%v" aria-label="%v"><path %v d="%v"/></a>`, a.Code, a.Name+": "+mark.Words, mark.fill(), a.Path)
	}
	c.put(`<g aria-hidden="true">`)
	for _, a := range m.Areas {
		if a.Label {
			c.put(`<text class="app-map__t q%vt" x="%v" y="%v" text-anchor="middle">%v</text>`, markOf(p, marks, a.Code).Class, a.X, a.Y, a.Name)
		}
	}
	c.put(`</g></svg>`)
	return c.html()
}

func markOf(p *locale.Printer, marks map[string]Mark, code string) Mark {
	if m, ok := marks[code]; ok {
		return m
	}
	return Mark{Kind: MarkOff, Words: p.T("map.off")}
}

// fill is the class or pattern of a mark.
func (m Mark) fill() template.HTML {
	switch m.Kind {
	case MarkOff, MarkMissing, MarkHidden:
		return template.HTML(`fill="url(#p-` + m.Kind + `)"`)
	case MarkDisputed:
		return `class="q-disputed"`
	}
	return template.HTML(`class="q` + strconv.Itoa(m.Class) + `"`)
}

// MapLegend explains the classes and marks of a map, coloured by turnout or
// by the status of the count.
func MapLegend(p *locale.Printer, status bool) template.HTML {
	var c canvas
	c.put(`<ul class="app-legend">`)
	box := func(fill template.HTML, key string) {
		c.put(`<li><svg width="22" height="16" aria-hidden="true" focusable="false"><rect %v width="22" height="16"/></svg>%v</li>`, fill, p.T(key))
	}
	classes, prefix := []int{1, 2, 3, 4, 5}, "map.class."
	if status {
		classes, prefix = []int{1, 3, 5}, "map.status."
	}
	for _, i := range classes {
		box(Mark{Class: i}.fill(), prefix+strconv.Itoa(i))
	}
	for _, kind := range []string{MarkMissing, MarkHidden, MarkDisputed, MarkOff} {
		box(Mark{Kind: kind}.fill(), "map."+kind)
	}
	c.put(`</ul>`)
	return c.html()
}
