// SPDX-License-Identifier: EUPL-1.2

package pictures

import (
	"cmp"
	"slices"
)

// groupOutline is a calm line around most of a group: the cell centres nearest
// to the centroid that hold 86 % of its people, their convex hull, pushed out
// by 14 and rounded. Never around people. "" if that leaves no surface.
func groupOutline(centre spot, cells []placedCell, group int) string {
	corners := convexHull(core(centre, cells, group))
	for i, a := range corners {
		if d := centre.to(a); d > 0 {
			corners[i] = inside(spot{centre.x + (a.x-centre.x)*(d+14)/d, centre.y + (a.y-centre.y)*(d+14)/d})
		}
	}
	corners = apart(convexHull(corners), 12)
	if len(corners) < 3 {
		return ""
	}
	for range 3 {
		corners = cutCorners(corners)
	}
	var path []byte
	for i, a := range corners {
		path = appendPlace(append(path, "ML"[min(i, 1)]), a)
	}
	return string(append(path, 'Z'))
}

// core are the centres of a group's cells that hold 86 % of its people.
func core(centre spot, cells []placedCell, group int) (out []spot) {
	var own []placedCell
	total := int64(0)
	for _, c := range cells {
		if c.group == group && c.people > 0 {
			own = append(own, c)
			total += c.people
		}
	}
	slices.SortStableFunc(own, func(a, b placedCell) int { return cmp.Compare(centre.to(a.at), centre.to(b.at)) })
	held := int64(0)
	for _, c := range own {
		if 100*held >= 86*total {
			break
		}
		held += c.people
		out = append(out, c.at)
	}
	return out
}

// convexHull by monotone chains, counter-clockwise; fewer than three points
// come back as they are.
func convexHull(p []spot) []spot {
	p = slices.Clone(p)
	slices.SortFunc(p, func(a, b spot) int { return cmp.Or(cmp.Compare(a.x, b.x), cmp.Compare(a.y, b.y)) })
	p = slices.Compact(p)
	if len(p) < 3 {
		return p
	}
	lower := chain(p)
	slices.Reverse(p)
	return append(lower, chain(p)...)
}

func chain(p []spot) (h []spot) {
	for _, q := range p {
		for len(h) > 1 && turn(h[len(h)-2], h[len(h)-1], q) <= 0 {
			h = h[:len(h)-1]
		}
		h = append(h, q)
	}
	return h[:len(h)-1]
}

func turn(o, a, b spot) float64 { return (a.x-o.x)*(b.y-o.y) - (a.y-o.y)*(b.x-o.x) }

// apart drops corners closer than this to the one before.
func apart(p []spot, least float64) (out []spot) {
	for _, a := range p {
		if len(out) == 0 || out[len(out)-1].to(a) > least {
			out = append(out, a)
		}
	}
	return out
}

// cutCorners is one step of Chaikin: a convex shape stays convex.
func cutCorners(p []spot) []spot {
	out := make([]spot, 0, 2*len(p))
	for i, a := range p {
		b := p[(i+1)%len(p)]
		out = append(out, spot{.75*a.x + .25*b.x, .75*a.y + .25*b.y}, spot{.25*a.x + .75*b.x, .25*a.y + .75*b.y})
	}
	return out
}
