// SPDX-License-Identifier: EUPL-1.2

package pictures

import (
	"html/template"
	"math"
	"slices"

	"polder/consensus/opinion"
	"polder/instance/locale"
)

// Opinion is all that the opinion map may be drawn from: public figures of
// groups and cells (spec: opinion.md 14.5), never positions of people. You is
// the place of the person who looks, for that person alone; nil for all others.
type Opinion struct {
	Centroids []opinion.Point
	Sizes     []int64 // of the groups, in the order of Centroids
	Radius    []int64 // spread of the groups
	Map       opinion.PublicMap
	Seed      string // digest of the model: where dots lie inside a cell follows from it
	You       *opinion.Point
}

// Sizes of the opinion map (interface.md 4), in units of its viewBox.
const (
	opinionWidth   = 760.0
	opinionHeight  = 440.0
	opinionPadding = 52.0
	opinionEdge    = 6.0
	maxStretch     = 1.6
	maxDots        = 5000 // people; above it cells are filled squares
	leastDrawn     = 10   // people of a cell or a group
)

// OpinionMap draws where groups of people who vote alike lie: dots scattered in
// cells up to 5,000 people, filled squares above, circles of the spread radius
// where no cells are public. Without groups it is empty.
func OpinionMap(p *locale.Printer, o Opinion) template.HTML {
	groups := o.groups()
	if len(groups) == 0 {
		return ""
	}
	s := o.scale(groups)
	cells := o.placed(s, groups)
	for i := range groups {
		groups[i].place(s, cells)
	}
	var c canvas
	c.b.Grow(16 << 10)
	c.put(`<svg class="app-opinion" viewBox="0 0 %v %v" role="img" aria-labelledby="opinion-map-title" aria-describedby="opinion-map-desc" focusable="false"><title id="opinion-map-title">%v</title><desc id="opinion-map-desc">%v</desc>`,
		opinionWidth, opinionHeight, p.T("opinion.map.title"), o.words(p, groups))
	for _, g := range groups {
		g.outline(&c, "om-fill")
	}
	hiddenSquares(&c, cells)
	if !o.Dotted() {
		filledSquares(&c, cells, groups)
	} else {
		o.dots(&c, cells, groups)
	}
	for _, g := range groups {
		g.outline(&c, "om-line")
	}
	o.tags(&c, p, groups, s)
	c.put(`</svg>`)
	return c.html()
}

// OpinionLetter names group i: A, B, C, D, E.
func OpinionLetter(i int) string { return string(rune('A' + i)) }

func (o Opinion) people() (sum int64) {
	for _, n := range o.Sizes {
		sum += n
	}
	return sum
}

// words are the groups and their sizes, for who does not see the picture.
func (o Opinion) words(p *locale.Printer, groups []opinionGroup) string {
	var list []string
	for _, g := range groups {
		list = append(list, p.T("opinion.map.group", "letter", g.letter, "n", g.size, "share", percent(g.size, o.people())))
	}
	text := p.T("opinion.map.desc", "list", p.List(list))
	if o.You == nil {
		return text
	}
	return text + " " + p.T("opinion.map.you.desc", "letter", OpinionLetter(nearestCentroid(*o.You, o.Centroids)))
}

// spot is a place in the picture.
type spot struct{ x, y float64 }

func (a spot) to(b spot) float64 { return math.Hypot(b.x-a.x, b.y-a.y) }

// opinionGroup is one group on its way into the picture.
type opinionGroup struct {
	index  int
	letter string
	size   int64
	radius float64 // units of the model
	at     spot
	line   string // outline as path data, "" = a circle
	rx, ry float64
}

// groups are those big enough to be drawn.
func (o Opinion) groups() (list []opinionGroup) {
	for i := range o.Centroids {
		if i >= len(o.Sizes) || o.Sizes[i] < leastDrawn {
			continue
		}
		g := opinionGroup{index: i, letter: OpinionLetter(i), size: o.Sizes[i]}
		if i < len(o.Radius) {
			g.radius = float64(o.Radius[i])
		}
		list = append(list, g)
	}
	return list
}

// place finds where the tag of a group stands and how its outline runs.
func (g *opinionGroup) place(s opinionScale, cells []placedCell) {
	g.at = s.at(s.centroids[g.index])
	g.rx, g.ry = max(g.radius*s.sx, 14), max(g.radius*s.sy, 14)
	g.line = groupOutline(g.at, cells, g.index)
}

func (g *opinionGroup) outline(c *canvas, class string) {
	if g.line != "" {
		c.put(`<path class="%v %v" d="%v"/>`, class, g.class(), g.line)
		return
	}
	c.put(`<ellipse class="%v %v" cx="%v" cy="%v" rx="%v" ry="%v"/>`, class, g.class(), g.at.x, g.at.y, g.rx, g.ry)
}

// class colours a group.
func (g *opinionGroup) class() string { return groupClass(g.index) }

func groupClass(i int) string { return "om-" + string(rune('a'+i)) }

// Dotted reports that cells are drawn as dots, not as squares.
func (o Opinion) Dotted() bool { return o.people() <= maxDots }

// Few reports that there are cells without a number.
func (o Opinion) Few() bool {
	return slices.ContainsFunc(o.Map.Cells, func(c opinion.MapCell) bool { return c.People == nil })
}
