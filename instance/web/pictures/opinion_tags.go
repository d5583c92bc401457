// SPDX-License-Identifier: EUPL-1.2

package pictures

import (
	"math"

	"polder/instance/locale"
)

// Sizes of tags and of the pin's label.
const (
	tagRadius  = 24.0
	pillWidth  = 92.0
	pillHeight = 25.0
	labelWide  = 116.0
	labelHigh  = 30.0
	pinRadius  = 8.0
	labelGap   = 14.0
)

// tags writes letter and size of each group, then the pin on top.
func (o Opinion) tags(c *canvas, p *locale.Printer, groups []opinionGroup, s opinionScale) {
	var pin *spot
	if o.You != nil {
		at := s.at(*o.You)
		pin = &at
	}
	for i := range groups {
		groups[i].at = tagPlace(groups[i].at)
		groups[i].tag(c, p, o.people(), pin)
	}
	if pin != nil {
		drawPin(c, p, *pin, groups)
	}
}

// tagPlace keeps the whole tag inside the picture, its pill above or below.
func tagPlace(a spot) spot {
	side, end := pillWidth/2+opinionEdge, tagRadius+pillHeight+opinionEdge
	return spot{math.Round(min(max(a.x, side), opinionWidth-side)), math.Round(min(max(a.y, end), opinionHeight-end))}
}

// tag is a circle with the letter and a pill with the size below, above if the
// pin of the reader is near.
func (g *opinionGroup) tag(c *canvas, p *locale.Printer, people int64, pin *spot) {
	top := g.at.y + tagRadius - 2
	if pin != nil && g.at.to(*pin) < 60 {
		top = g.at.y - tagRadius + 2 - pillHeight
	}
	c.put(`<g class="om-tag %v"><g class="om-pill"><rect x="%v" y="%v" width="%v" height="%v" rx="12.5"/><text x="%v" y="%v" text-anchor="middle">%v · %v%%</text></g>`,
		g.class(), g.at.x-pillWidth/2, top, pillWidth, pillHeight, g.at.x, top+17.5, p.N(g.size), percent(g.size, people))
	c.put(`<circle cx="%v" cy="%v" r="%v"/><text class="om-letter" x="%v" y="%v" text-anchor="middle">%v</text></g>`,
		g.at.x, g.at.y, tagRadius, g.at.x, g.at.y+9, g.letter)
}

// drawPin marks where the reader is. The label flips to the left where a tag or
// the edge is in its way.
func drawPin(c *canvas, p *locale.Printer, at spot, groups []opinionGroup) {
	left := at.x+labelGap+labelWide > opinionWidth
	for _, g := range groups {
		dx, dy := g.at.x-at.x, g.at.y-at.y
		left = left || -40 < dx && dx < 175 && math.Abs(dy+15) < 75
	}
	x := at.x + labelGap
	if left && at.x-labelGap-labelWide > 0 {
		x = at.x - labelGap - labelWide
	}
	top := min(max(at.y-labelHigh/2, 0), opinionHeight-labelHigh)
	c.put(`<g class="om-you"><circle cx="%v" cy="%v" r="%v"/><rect x="%v" y="%v" width="%v" height="%v" rx="6"/><text x="%v" y="%v" text-anchor="middle">%v</text></g>`,
		at.x, at.y, pinRadius, x, top, labelWide, labelHigh, x+labelWide/2, top+20.5, p.T("opinion.map.you"))
}
