// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"fmt"
	"math"
	"strconv"
)

// ClusterSum is a contributor's answer to a move round for one cluster: people
// and the sums of their coordinates (spec: opinion.md 7.2).
type ClusterSum struct{ N, X, Y int64 }

// Score is the quality of one set of centroids: integer sums over people (7.3).
type Score struct {
	Inertia int64
	SilSum  int64
	Sizes   []int64
}

// GroupCounts are votes per column over the members of one group (8).
type GroupCounts struct {
	Members, Spread int64
	A, D, S         []int64
}

// Step answers a move round: every person belongs to the nearest centroid, of
// equal ones to the first (spec: opinion.md 7.2).
func Step(points, centroids []Point) []ClusterSum {
	out := make([]ClusterSum, len(centroids))
	for _, p := range points {
		out[nearest(p, centroids)].add(p, 1)
	}
	return out
}

func nearest(p Point, centroids []Point) int {
	best, at := int64(math.MaxInt64), 0
	for j := range centroids {
		c := &centroids[j]
		dx, dy := p.X-c.X, p.Y-c.Y
		d := dx*dx + dy*dy
		if d < best {
			best, at = d, j
		}
	}
	return at
}

func distance(p, q Point) int64 {
	dx, dy := p.X-q.X, p.Y-q.Y
	return dx*dx + dy*dy
}

// AddSums adds the answer of another contributor.
func AddSums(total, part []ClusterSum) error {
	if len(total) != len(part) {
		return fmt.Errorf("adding sums of %d clusters to %d: %w", len(part), len(total), ErrShape)
	}
	for j, p := range part {
		t := &total[j]
		t.N, t.X, t.Y = t.N+p.N, t.X+p.X, t.Y+p.Y
		if !exact(p.N) || !exact(p.X) || !exact(p.Y) || !exact(t.N) || !exact(t.X) || !exact(t.Y) {
			return fmt.Errorf("adding sums of clusters: %w", ErrRange)
		}
	}
	return nil
}

func exact(v int64) bool { return v > -limit && v < limit }

// Move gives the next centroids and whether any coordinate changed. An empty
// cluster keeps its place.
func Move(centroids []Point, sums []ClusterSum) (next []Point, moved bool) {
	next = make([]Point, len(centroids))
	for j, s := range sums {
		next[j] = centroids[j]
		if s.N > 0 {
			next[j] = Point{halfAway(s.X, s.N), halfAway(s.Y, s.N)}
		}
		moved = moved || next[j] != centroids[j]
	}
	return next, moved
}

// Rate answers a score round for one set of centroids (7.3).
func Rate(points, centroids []Point) Score {
	out := Score{Sizes: make([]int64, len(centroids))}
	for _, p := range points {
		da, db, at := int64(math.MaxInt64), int64(math.MaxInt64), 0
		for j := range centroids {
			switch d := distance(p, centroids[j]); {
			case d < da:
				da, db, at = d, da, j
			case d < db:
				db = d
			}
		}
		out.Sizes[at]++
		out.Inertia += da >> 20
		out.SilSum += silhouette(da, db)
	}
	return out
}

func silhouette(da, db int64) int64 {
	if db == 0 {
		return 0
	}
	a, b := math.Sqrt(float64(da)), math.Sqrt(float64(db))
	return int64(math.RoundToEven((b - a) / b * 1e6))
}

// Add adds the score of another contributor for the same centroids.
func (s *Score) Add(part Score) error {
	if len(s.Sizes) != len(part.Sizes) {
		return fmt.Errorf("adding a score of %d clusters to %d: %w", len(part.Sizes), len(s.Sizes), ErrShape)
	}
	s.Inertia += part.Inertia
	s.SilSum += part.SilSum
	ok := exact(s.Inertia) && exact(s.SilSum) && exact(part.Inertia) && exact(part.SilSum)
	for j, n := range part.Sizes {
		s.Sizes[j] += n
		ok = ok && exact(n) && exact(s.Sizes[j])
	}
	if !ok {
		return fmt.Errorf("adding a score: %w", ErrRange)
	}
	return nil
}

func appendPair(b []byte, x, y int64) []byte {
	b = strconv.AppendInt(append(b, '['), x, 10)
	b = strconv.AppendInt(append(b, ','), y, 10)
	return append(b, ']')
}

// Nearest is the group of a person: the index of the nearest centroid, of equal
// ones the first. Centroids must not be empty.
func Nearest(p Point, centroids []Point) int { return nearest(p, centroids) }
