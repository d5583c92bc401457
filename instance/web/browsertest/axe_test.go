// SPDX-License-Identifier: EUPL-1.2

//go:build browser

package browsertest_test

import _ "embed"

// axe is axe-core 4.14.1, MPL-2.0; see testdata/axe/README.md.
//
//go:embed testdata/axe/axe.min.js
var axe string

// axeRun gives one line per violation: rule, element and what is wrong.
const axeRun = `() => axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]})
	.then(r => r.violations.flatMap(v => v.nodes.slice(0, 3).map(n => v.id + ": " + n.target.join(" ") + ": " + n.failureSummary.replace(/\s+/g, " "))))`

// accessible fails on every violation that axe finds on the page as it is now.
// Evaluation through the debugger is not blocked by the policy of the page.
func (x *tab) accessible() {
	x.t.Helper()
	if !x.MustEval(`() => "axe" in window`).Bool() {
		x.MustEval(`source => { (0, eval)(source) }`, axe)
	}
	for _, violation := range x.MustEval(axeRun).Arr() {
		x.t.Errorf("%s at %d px: %s", x.path(), x.MustEval(`() => innerWidth`).Int(), violation.Str())
	}
}

// tooWide names what sticks out of the window and is not in a box of its own
// that scrolls.
const tooWide = `() => {
	const room = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth <= Math.min(room, innerWidth)) return [];
	const scrolls = e => e && e !== document.body && (getComputedStyle(e).overflowX !== "visible" || scrolls(e.parentElement));
	const wide = [...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > room + 0.5 && !scrolls(e.parentElement));
	return ["scrolls " + (document.documentElement.scrollWidth - room) + " px sideways", ...wide.slice(0, 4).map(e => e.outerHTML.slice(0, 140))];
}`

// fits fails if the page scrolls sideways.
func (x *tab) fits() {
	x.t.Helper()
	for _, line := range x.MustEval(tooWide).Arr() {
		x.t.Errorf("%s at %d px: %s", x.path(), x.MustEval(`() => innerWidth`).Int(), line.Str())
	}
}
