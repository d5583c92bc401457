// SPDX-License-Identifier: EUPL-1.2

//go:build browser

package browsertest_test

import "github.com/go-rod/rod/lib/input"

// mostStops is how many stops of the Tab key a person puts up with on a page.
const mostStops = 60

// tabTo presses Tab until an element that fits has the focus, and returns how
// often. Every stop on the way must show that it has the focus.
func (x *tab) tabTo(selector string) int {
	x.t.Helper()
	for presses := 1; presses <= mostStops; presses++ {
		x.Keyboard.MustType(input.Tab)
		x.focusShows()
		if x.MustEval(`s => document.activeElement.matches(s)`, selector).Bool() {
			return presses
		}
	}
	x.t.Fatalf("%s: %d times Tab do not lead to %s; the focus is on %s", x.path(), mostStops, selector, x.focused())
	return 0
}

// focusShows fails unless the focused element is drawn with a ring and lies
// inside the window, once the browser has scrolled (WCAG 2.4.7, 2.4.11).
func (x *tab) focusShows() {
	x.t.Helper()
	problem := x.MustEval(`() => {
		const e = document.activeElement, style = getComputedStyle(e);
		if (e === document.body) return ""; // between the last stop and the first
		const ring = parseFloat(style.outlineWidth) >= 3 && style.outlineStyle === "solid";
		const drawn = e.matches(".app-map a"); // an area has its ring inside of the picture
		return ring || drawn ? "" : "has no ring";
	}`).String()
	if problem != "" {
		x.t.Errorf("%s: the focus %s: %s", x.path(), problem, x.focused())
	}
	x.until(`(box => box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth)(document.activeElement.getBoundingClientRect())`)
}

// enter presses Enter, space the space bar.
func (x *tab) enter() { x.t.Helper(); x.Keyboard.MustType(input.Enter) }
func (x *tab) space() { x.t.Helper(); x.Keyboard.MustType(input.Space) }

// write types a text key by key.
func (x *tab) write(text string) {
	x.t.Helper()
	for _, r := range text {
		x.Keyboard.MustType(input.Key(r))
	}
}
