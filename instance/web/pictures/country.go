// SPDX-License-Identifier: EUPL-1.2

package pictures

import (
	"html/template"
	"strconv"

	"polder/instance/locale"
)

// The colours of the map classes (interface.md 4), for the file that has no
// stylesheet. Index 0 is "not connected".
var countryColours = [6]string{"#eef1f3", "#e3eef8", "#b3d1ec", "#77aedb", "#2f7cbd", "#0b4791"}

// CountryMap writes the country as a file of its own (image/svg+xml), because
// 342 areas would make every page heavy and a file can be cached. It holds no
// links: the page puts the table beside it. Colours are attributes.
func CountryMap(p *locale.Printer, m *Map, title string, marks map[string]Mark) []byte {
	var c canvas
	c.put(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 %v %v" role="img" aria-labelledby="t d">`, m.Width+8, m.Height+8)
	c.put(`<title id="t">%v</title><desc id="d">%v</desc><defs>`, title, m.Source)
	c.put(`<pattern id="off" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect fill="%v" width="5" height="5"/><rect fill="#d3dae0" width=".8" height="5"/></pattern>`, countryColours[0])
	c.put(`<pattern id="missing" width="5" height="5" patternUnits="userSpaceOnUse"><rect fill="#fff6e0" width="5" height="5"/><path stroke="#e09a1a" d="M0 2.5h5"/></pattern>`)
	c.put(`<pattern id="hidden" width="5" height="5" patternUnits="userSpaceOnUse"><rect fill="%v" width="5" height="5"/><circle fill="#697783" cx="2.5" cy="2.5" r="1"/></pattern></defs>`, countryColours[0])
	c.put(`<g stroke="#51606c" stroke-width=".4" stroke-linejoin="round">`)
	for _, a := range m.Areas {
		mark := markOf(p, marks, a.Code)
		c.put(`<path %v d="%v"><title>%v</title></path>`, mark.countryFill(), a.Path, a.Name+": "+mark.Words)
	}
	c.put(`</g></svg>`)
	return []byte(c.b.String())
}

// countryFill gives the attributes of an area in the file.
func (m Mark) countryFill() template.HTML {
	fill := "url(#" + m.Kind + ")"
	switch m.Kind {
	case "":
		fill = countryColours[min(max(m.Class, 0), 5)]
	case MarkDisputed:
		return `fill="#fdeaea" stroke="#b3262d" stroke-width="1.2"`
	}
	return template.HTML(`fill="` + fill + `"`)
}

// CountryTitle says in words how many areas of the map take part.
func CountryTitle(p *locale.Printer, m *Map, marks map[string]Mark) string {
	connected := 0
	for _, mark := range marks {
		if mark.Kind != MarkOff {
			connected++
		}
	}
	return p.T("map.country", "n", strconv.Itoa(connected), "m", len(m.Areas))
}
