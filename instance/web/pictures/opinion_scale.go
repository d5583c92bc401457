// SPDX-License-Identifier: EUPL-1.2

package pictures

import (
	"cmp"
	"math"
	"slices"

	"polder/consensus/opinion"
)

// opinionScale turns places of the model into places of the picture.
type opinionScale struct {
	centroids      []opinion.Point
	x0, y0, sx, sy float64
	ox, oy         float64
}

// scale fits the bounds into the picture: y by the smaller of both scales, x by
// at most 1.6 times that, centred.
func (o Opinion) scale(groups []opinionGroup) opinionScale {
	x0, x1, y0, y1 := o.bounds(groups)
	wide, high := max(x1-x0, 1), max(y1-y0, 1)
	fx, fy := (opinionWidth-2*opinionPadding)/wide, (opinionHeight-2*opinionPadding)/high
	s := opinionScale{centroids: o.Centroids, x0: x0, y0: y0, sy: min(fx, fy)}
	s.sx = min(fx, maxStretch*s.sy)
	s.ox, s.oy = (opinionWidth-wide*s.sx)/2, (opinionHeight-high*s.sy)/2
	return s
}

// at clamps to 6 units from the edge.
func (s opinionScale) at(p opinion.Point) spot {
	return inside(spot{s.ox + (float64(p.X)-s.x0)*s.sx, s.oy + (float64(p.Y)-s.y0)*s.sy})
}

func inside(a spot) spot {
	return spot{min(max(a.x, opinionEdge), opinionWidth-opinionEdge), min(max(a.y, opinionEdge), opinionHeight-opinionEdge)}
}

// bounds hold 99 % of the people by cells; without cells the circles.
func (o Opinion) bounds(groups []opinionGroup) (x0, x1, y0, y1 float64) {
	if len(o.Map.Cells) == 0 {
		x0, y0, x1, y1 = math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
		for _, g := range groups {
			x, y := float64(o.Centroids[g.index].X), float64(o.Centroids[g.index].Y)
			x0, x1 = min(x0, x-g.radius), max(x1, x+g.radius)
			y0, y1 = min(y0, y-g.radius), max(y1, y+g.radius)
		}
		return x0, x1, y0, y1
	}
	half := float64(o.Map.Side) / 2
	x0, x1 = middle(o.Map.Cells, func(c opinion.MapCell) int64 { return c.X })
	y0, y1 = middle(o.Map.Cells, func(c opinion.MapCell) int64 { return c.Y })
	return x0 - half, x1 + half, y0 - half, y1 + half
}

// middle is the range of a coordinate without the lowest and the highest half
// per cent of the people. A cell without a number weighs as one person.
func middle(cells []opinion.MapCell, of func(opinion.MapCell) int64) (low, high float64) {
	sorted, total := slices.Clone(cells), int64(0)
	slices.SortFunc(sorted, func(a, b opinion.MapCell) int { return cmp.Compare(of(a), of(b)) })
	for _, c := range sorted {
		total += weight(c)
	}
	at := func(rank int64) float64 {
		for _, c := range sorted {
			if rank -= weight(c); rank < 0 {
				return float64(of(c))
			}
		}
		return float64(of(sorted[len(sorted)-1]))
	}
	last := float64(total - 1)
	return at(int64(.005 * last)), at(int64(math.Ceil(.995 * last)))
}

func weight(c opinion.MapCell) int64 {
	if c.People == nil {
		return 1
	}
	return *c.People
}

func nearestCentroid(p opinion.Point, centroids []opinion.Point) (best int) {
	least := math.Inf(1)
	for i, c := range centroids {
		dx, dy := float64(p.X-c.X), float64(p.Y-c.Y)
		if d := dx*dx + dy*dy; d < least {
			best, least = i, d
		}
	}
	return best
}
