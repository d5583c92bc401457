// SPDX-License-Identifier: EUPL-1.2

package pictures

import (
	"hash/fnv"
	"math"
	"strconv"

	"polder/consensus/opinion"
)

// placedCell is a public cell in the picture: centre, half sizes, group.
type placedCell struct {
	opinion.MapCell
	at     spot
	hw, hh float64
	group  int // of the nearest centroid
	people int64
}

// placed are the cells in the picture. Those without a number, and those with a
// number that should not be public, have no people.
func (o Opinion) placed(s opinionScale, groups []opinionGroup) []placedCell {
	drawn := make([]opinion.Point, len(groups))
	for i, g := range groups {
		drawn[i] = o.Centroids[g.index]
	}
	out := make([]placedCell, 0, len(o.Map.Cells))
	half := float64(o.Map.Side) / 2
	for _, c := range o.Map.Cells {
		at := opinion.Point{X: c.X, Y: c.Y}
		p := placedCell{MapCell: c, at: s.at(at), hw: half * s.sx, hh: half * s.sy, group: groups[nearestCentroid(at, drawn)].index}
		if c.People != nil && *c.People >= leastDrawn {
			p.people = *c.People
		}
		out = append(out, p)
	}
	return out
}

// hiddenSquares outlines the cells without a number.
func hiddenSquares(c *canvas, cells []placedCell) {
	var path []byte
	for _, cell := range cells {
		if cell.people == 0 {
			path = appendSquare(path, cell, .93)
		}
	}
	if len(path) > 0 {
		c.put(`<path class="om-few" d="%s"/>`, path)
	}
}

// dots scatters each cell's people inside the cell: the cloud looks alive and
// tells no more than their number. A dot is a line of no length.
func (o Opinion) dots(c *canvas, cells []placedCell, groups []opinionGroup) {
	h := fnv.New64a()
	h.Write([]byte(o.Seed))
	for _, g := range groups {
		var path []byte
		for _, cell := range cells {
			if cell.group != g.index {
				continue
			}
			random := splitmix(h.Sum64() ^ splitmix64(uint64(cell.X)) ^ splitmix64(uint64(cell.Y)+1))
			for range cell.people {
				at := inside(spot{cell.at.x + (2*random.next()-1)*cell.hw, cell.at.y + (2*random.next()-1)*cell.hh})
				path = append(appendPlace(append(path, 'M'), at), "h0"...)
			}
		}
		if len(path) > 0 {
			c.put(`<path class="om-dots %v" d="%s"/>`, g.class(), path)
		}
	}
}

// filledSquares shades the cells in four levels, one path per group and level.
func filledSquares(c *canvas, cells []placedCell, groups []opinionGroup) {
	most := int64(0)
	for _, cell := range cells {
		most = max(most, cell.people)
	}
	for _, g := range groups {
		var paths [5][]byte
		for _, cell := range cells {
			if cell.group == g.index && cell.people > 0 {
				l := 1 + int(3.999*math.Log1p(float64(cell.people))/math.Log1p(float64(most)))
				paths[l] = appendSquare(paths[l], cell, .93)
			}
		}
		for l, path := range paths {
			if len(path) > 0 {
				c.put(`<path class="om-s%v %v" d="%s"/>`, l, g.class(), path)
			}
		}
	}
}

// appendSquare writes a square with round corners of radius 2.
func appendSquare(b []byte, cell placedCell, part float64) []byte {
	w, h := 2*cell.hw*part, 2*cell.hh*part
	r := min(2, w/2, h/2)
	corner := func(x, y float64) {
		b = appendCoordinate(append(b, 'a'), r)
		b = appendCoordinate(append(b, ' '), r)
		b = append(b, " 0 0 1 "...)
		b = appendPlace(b, spot{x, y})
	}
	b = appendPlace(append(b, 'M'), spot{cell.at.x - w/2 + r, cell.at.y - h/2})
	b = appendCoordinate(append(b, 'h'), w-2*r)
	corner(r, r)
	b = appendCoordinate(append(b, 'v'), h-2*r)
	corner(-r, r)
	b = appendCoordinate(append(b, 'h'), 2*r-w)
	corner(-r, -r)
	b = appendCoordinate(append(b, 'v'), 2*r-h)
	corner(r, -r)
	return append(b, 'z')
}

func appendPlace(b []byte, a spot) []byte {
	return appendCoordinate(append(appendCoordinate(b, a.x), ' '), a.y)
}

// appendCoordinate writes one decimal at most.
func appendCoordinate(b []byte, f float64) []byte {
	tenths := int64(math.Round(f * 10))
	if tenths < 0 {
		b, tenths = append(b, '-'), -tenths
	}
	b = strconv.AppendInt(b, tenths/10, 10)
	if tenths%10 != 0 {
		b = append(b, '.', byte('0'+tenths%10))
	}
	return b
}

// splitmix is a small generator: the same seed draws the same picture.
type splitmix uint64

// next is a number of 0 to 1, 1 excluded.
func (s *splitmix) next() float64 {
	*s += 0x9e3779b97f4a7c15
	return float64(mix(uint64(*s))>>11) / (1 << 53)
}

func splitmix64(v uint64) uint64 { return mix(v + 0x9e3779b97f4a7c15) }

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
