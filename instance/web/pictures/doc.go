// SPDX-License-Identifier: EUPL-1.2

// Package pictures draws the pictures of the pages as inline SVG: bars, poll
// rows, turnout, maps, steps, timeline and network.
//
// Every function is pure: figures and words in, template.HTML out. Sizes are
// SVG attributes, colours are classes of app.css; there is no style attribute,
// because the Content-Security-Policy forbids it. All figures of a picture are
// also in its aria-label or description, and pages put a table beside it.
//
// It must not import a store or count anything. Read svg.go first.
package pictures
