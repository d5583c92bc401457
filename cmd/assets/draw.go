// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Map is the packed file that package pictures reads.
type Map struct {
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
	Source string  `json:"source"`
	Areas  []Area  `json:"areas"` // by code
}

// Area is one municipality as an SVG path with the place of its label. A
// label fits if Label is true.
type Area struct {
	Code     string  `json:"code"`
	Name     string  `json:"name"`
	Province string  `json:"province"`
	X        float64 `json:"x"`
	Y        float64 `json:"y"`
	Label    bool    `json:"label,omitempty"`
	Path     string  `json:"d"`
}

// draw scales shapes to a picture of the given width. Rings are cut into arcs
// at junctions and each arc is simplified alone, so neighbours that share a
// border keep sharing it.
func draw(shapes []shape, names map[string]areaName, width, tolerance, minRing float64) Map {
	scaled, size := scale(shapes, width)
	neighbours := edges(scaled)
	m := Map{Width: math.Ceil(size.X), Height: math.Ceil(size.Y), Source: source}
	for _, s := range scaled {
		m.Areas = append(m.Areas, area(s, names[s.code], neighbours, tolerance, minRing))
	}
	slices.SortFunc(m.Areas, func(a, b Area) int { return cmp.Compare(a.Code, b.Code) })
	return m
}

// scale fits shapes into width, and into a height of 1.2 times the width (long
// provinces would not fit on a screen), and quantises to 1/20 unit.
func scale(shapes []shape, width float64) ([]shape, point) {
	lo, hi := point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for _, s := range shapes {
		for _, r := range s.rings {
			for _, p := range r {
				lo = point{min(lo.X, p.X), min(lo.Y, p.Y)}
				hi = point{max(hi.X, p.X), max(hi.Y, p.Y)}
			}
		}
	}
	k := min(width/(hi.X-lo.X), 1.2*width/(hi.Y-lo.Y))
	out := make([]shape, len(shapes))
	for i, s := range shapes {
		out[i].code = s.code
		for _, r := range s.rings {
			out[i].rings = append(out[i].rings, quantise(r, lo, k))
		}
	}
	return out, point{(hi.X - lo.X) * k, (hi.Y - lo.Y) * k}
}

// quantise drops repeated points and the repeated last one.
func quantise(ring []point, origin point, k float64) (out []point) {
	for _, p := range ring {
		q := point{math.Round((p.X-origin.X)*k*20) / 20, math.Round((p.Y-origin.Y)*k*20) / 20}
		if len(out) == 0 || out[len(out)-1] != q {
			out = append(out, q)
		}
	}
	if len(out) > 1 && out[0] == out[len(out)-1] {
		out = out[:len(out)-1]
	}
	return out
}

// area simplifies the rings of one shape and places its label.
func area(s shape, name areaName, neighbours map[point]map[point]bool, tolerance, minRing float64) Area {
	a := Area{Code: s.code, Name: name.name, Province: name.province}
	largest := 0.0
	for _, r := range s.rings {
		largest = max(largest, math.Abs(ringArea(r)))
	}
	best := 0.0
	var path strings.Builder
	for _, r := range s.rings {
		size := math.Abs(ringArea(r))
		if size < minRing && size < largest {
			continue
		}
		simple := simplifyRing(r, neighbours, tolerance)
		if len(simple) < 3 {
			simple = r
		}
		path.WriteString(ringPath(simple))
		if size > best {
			best = size
			a.X, a.Y = pole(simple)
		}
	}
	a.Path, a.Label = path.String(), best > labelArea
	return a
}

// ringPath writes a closed ring with relative steps in tenths of a unit.
func ringPath(ring []point) string {
	var b strings.Builder
	x, y := 0, 0
	for i, p := range ring {
		px, py := int(math.Round(p.X*10)), int(math.Round(p.Y*10))
		switch i {
		case 0:
			b.WriteString("M" + tenth(px) + sep(py) + tenth(py))
		case 1:
			b.WriteString("l" + tenth(px-x) + sep(py-y) + tenth(py-y))
		default:
			b.WriteString(sep(px-x) + tenth(px-x) + sep(py-y) + tenth(py-y))
		}
		x, y = px, py
	}
	return b.String() + "z"
}

// sep is the space in front of a number; a minus sign needs none.
func sep(n int) string {
	if n < 0 {
		return ""
	}
	return " "
}

// tenth writes n/10 in the shortest way: 0.5 as .5.
func tenth(n int) string {
	s := strconv.FormatFloat(float64(n)/10, 'f', -1, 64)
	if strings.HasPrefix(s, "0.") {
		return s[1:]
	}
	return strings.Replace(s, "-0.", "-.", 1)
}
