// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"math"
	"slices"
)

// edges lists for each point the points it is joined to in any ring. A point
// with more than two neighbours is a junction of borders.
func edges(shapes []shape) map[point]map[point]bool {
	out := map[point]map[point]bool{}
	join := func(a, b point) {
		if out[a] == nil {
			out[a] = map[point]bool{}
		}
		out[a][b] = true
	}
	for _, s := range shapes {
		for _, r := range s.rings {
			for i, a := range r {
				b := r[(i+1)%len(r)]
				join(a, b)
				join(b, a)
			}
		}
	}
	return out
}

// simplifyRing cuts a ring at its junctions and simplifies each arc.
func simplifyRing(ring []point, neighbours map[point]map[point]bool, tolerance float64) []point {
	cuts := junctions(ring, neighbours)
	if len(cuts) < 2 {
		cuts = extremes(ring)
	}
	var out []point
	for c := range cuts {
		from, to := cuts[c], cuts[(c+1)%len(cuts)]
		if to <= from {
			to += len(ring)
		}
		arc := make([]point, 0, to-from+1)
		for i := from; i <= to; i++ {
			arc = append(arc, ring[i%len(ring)])
		}
		simple := simplifyBoth(arc, tolerance)
		out = append(out, simple[:len(simple)-1]...)
	}
	return out
}

// simplifyBoth gives the same points from whichever end the arc is read, so
// that both sides of a border agree.
func simplifyBoth(arc []point, tolerance float64) []point {
	a, b := arc[0], arc[len(arc)-1]
	if a.X < b.X || a.X == b.X && a.Y <= b.Y {
		return simplifyArc(arc, tolerance)
	}
	slices.Reverse(arc)
	simple := slices.Clone(simplifyArc(arc, tolerance))
	slices.Reverse(simple)
	return simple
}

func junctions(ring []point, neighbours map[point]map[point]bool) (cuts []int) {
	for i, p := range ring {
		if len(neighbours[p]) > 2 {
			cuts = append(cuts, i)
		}
	}
	return cuts
}

// extremes cuts an island at its western and eastern points: the same places
// from whichever side the ring is read.
func extremes(ring []point) []int {
	lo, hi := 0, 0
	for i, p := range ring {
		if p.X < ring[lo].X {
			lo = i
		}
		if p.X > ring[hi].X {
			hi = i
		}
	}
	return []int{min(lo, hi), max(lo, hi)}
}

// simplifyArc is Douglas-Peucker: points closer than tolerance to the line go.
func simplifyArc(arc []point, tolerance float64) []point {
	if len(arc) < 3 {
		return arc
	}
	first, last := arc[0], arc[len(arc)-1]
	far, at := -1.0, 0
	for i := 1; i < len(arc)-1; i++ {
		if d := distance(arc[i], first, last); d > far {
			far, at = d, i
		}
	}
	if far < tolerance {
		return []point{first, last}
	}
	head := simplifyArc(arc[:at+1], tolerance)
	return append(head[:len(head)-1:len(head)-1], simplifyArc(arc[at:], tolerance)...)
}

// distance from p to the segment a-b.
func distance(p, a, b point) float64 {
	dx, dy := b.X-a.X, b.Y-a.Y
	t := 0.0
	if l := dx*dx + dy*dy; l > 0 {
		t = max(0, min(1, ((p.X-a.X)*dx+(p.Y-a.Y)*dy)/l))
	}
	return math.Hypot(p.X-a.X-t*dx, p.Y-a.Y-t*dy)
}

// ringArea is the signed area of a closed ring.
func ringArea(ring []point) (sum float64) {
	for i, a := range ring {
		b := ring[(i+1)%len(ring)]
		sum += a.X*b.Y - b.X*a.Y
	}
	return sum / 2
}

// pole finds a point well inside the ring by a coarse grid search.
func pole(ring []point) (x, y float64) {
	lo, hi := ring[0], ring[0]
	for _, p := range ring {
		lo, hi = point{min(lo.X, p.X), min(lo.Y, p.Y)}, point{max(hi.X, p.X), max(hi.Y, p.Y)}
	}
	const steps = 24
	best := -1.0
	for i := 1; i < steps; i++ {
		for j := 1; j < steps; j++ {
			p := point{lo.X + (hi.X-lo.X)*float64(i)/steps, lo.Y + (hi.Y-lo.Y)*float64(j)/steps}
			if d := depth(p, ring); d > best {
				best, x, y = d, math.Round(p.X), math.Round(p.Y)
			}
		}
	}
	return x, y
}

// depth is the distance from a point inside to the border, negative outside.
func depth(p point, ring []point) float64 {
	near, inside := math.Inf(1), false
	for i, a := range ring {
		b := ring[(i+1)%len(ring)]
		near = min(near, distance(p, a, b))
		if (a.Y > p.Y) != (b.Y > p.Y) && p.X < (b.X-a.X)*(p.Y-a.Y)/(b.Y-a.Y)+a.X {
			inside = !inside
		}
	}
	if !inside {
		return -1
	}
	return near
}
