// SPDX-License-Identifier: EUPL-1.2

package pictures

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// canvas collects markup. Everything that goes in through put is escaped,
// except template.HTML made by this package.
type canvas struct{ b strings.Builder }

// put writes a format with %v places. Strings are escaped for text and for
// double-quoted attributes alike, floats are written with one decimal at most.
func (c *canvas) put(format string, args ...any) {
	for i, a := range args {
		switch a := a.(type) {
		case string:
			args[i] = html.EscapeString(a)
		case float64:
			args[i] = short(a)
		}
	}
	fmt.Fprintf(&c.b, format, args...)
}

func (c *canvas) html() template.HTML { return template.HTML(c.b.String()) }

// short writes a coordinate with at most one decimal.
func short(f float64) string {
	return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64)
}

// percent is part of whole, rounded to a whole number of per cent.
func percent(part, whole int64) int {
	if whole <= 0 {
		return 0
	}
	return int((part*200 + whole) / (2 * whole))
}

// Defs holds the patterns that pictures refer to; a page needs it once.
func Defs() template.HTML {
	return `<svg class="app-defs" width="0" height="0" aria-hidden="true" focusable="false"><defs>` +
		`<pattern id="p-disagree" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="c-disagree" width="6" height="6"/><rect class="c-disline" width="1.6" height="6"/></pattern>` +
		`<pattern id="p-pass" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="c-pass" width="6" height="6"/><circle class="c-passdot" cx="3" cy="3" r="1"/></pattern>` +
		`<pattern id="p-off" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="q0" width="7" height="7"/><rect class="q0line" width="1.5" height="7"/></pattern>` +
		`<pattern id="p-missing" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="q-late" width="8" height="8"/><path class="q-lateline" d="M0 4h8"/></pattern>` +
		`<pattern id="p-hidden" width="7" height="7" patternUnits="userSpaceOnUse"><rect class="q0" width="7" height="7"/><circle class="q-dot" cx="3.5" cy="3.5" r="1.3"/></pattern>` +
		`</defs></svg>`
}
