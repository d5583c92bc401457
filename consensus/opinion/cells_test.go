// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"math/rand/v2"
	same "reflect"
	"testing"

	"pgregory.net/rapid"
)

// cloud puts n people on one place.
func cloud(n int, x, y int64) []Point {
	out := make([]Point, n)
	for i := range out {
		out[i] = Point{X: x, Y: y}
	}
	return out
}

func shown(n int64) Cell { return &n }

// Cells are sd/4 wide, doubled until nine of ten people are in cells of ten.
func TestPublicMap(t *testing.T) {
	join := func(parts ...[]Point) (all []Point) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	spread := func(n int, step int64) (all []Point) {
		for i := range n {
			all = append(all, Point{X: int64(i) * step})
		}
		return all
	}
	cases := map[string]struct {
		points []Point
		want   PublicMap
	}{
		"nobody":              {nil, PublicMap{Cells: []MapCell{}}},
		"all on one place":    {cloud(30, 5, 5), PublicMap{100, []MapCell{{50, 50, shown(30)}}}},
		"left and below zero": {cloud(10, -1, -101), PublicMap{100, []MapCell{{-50, -150, shown(10)}}}},
		"nine are too few":    {cloud(9, 5, 5), PublicMap{Cells: []MapCell{}}},
		"two halves of a cell": {join(cloud(6, 10, 10), cloud(6, 110, 10)),
			PublicMap{200, []MapCell{{100, 100, shown(12)}}}},
		"everyone far apart": {spread(40, 10_000), PublicMap{Cells: []MapCell{}}},
		// one person outside: 12 would give that away, so it goes too
		"one outside": {join(cloud(40, 10, 10), cloud(12, 150, 10), cloud(1, 950, 10)),
			PublicMap{100, []MapCell{{50, 50, shown(40)}, {150, 50, nil}, {950, 50, nil}}}},
		// ten people in two hidden cells: their numbers do not follow
		"two hidden cells": {join(cloud(100, 10, 10), cloud(5, 150, 10), cloud(5, 950, 10)),
			PublicMap{100, []MapCell{{50, 50, shown(100)}, {150, 50, nil}, {950, 50, nil}}}},
	}
	for name, c := range cases {
		if got := NewPublicMap(c.points, 400, 0); !same.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// Whoever the people are: no number below ten is shown or follows from the
// total, every number is the true one, and the order of people does not matter.
func TestPublicMapTellsOfNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wide := rapid.Int64Range(1, 5_000).Draw(t, "width")
		at := rapid.Int64Range(-wide, wide)
		points := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Point { return Point{at.Draw(t, "x"), at.Draw(t, "y")} }), 0, 300).Draw(t, "people")
		sdQ, k := rapid.Int64Range(0, 4000).Draw(t, "sd"), rapid.Int64Range(0, 20).Draw(t, "k")
		got := NewPublicMap(points, sdQ, k)
		if len(got.Cells) == 0 {
			return
		}
		count, hidden := cellCounts(points, got.Side), int64(len(points))
		for _, c := range got.Cells {
			n := count[Point{floorDiv(c.X, got.Side), floorDiv(c.Y, got.Side)}]
			switch {
			case n == 0:
				t.Fatalf("empty cell %+v", c)
			case c.People != nil && (*c.People < max(k, 10) || *c.People != n):
				t.Fatalf("cell shows %d of %d people, k is %d", *c.People, n, k)
			case c.People != nil:
				hidden -= n
			}
		}
		if len(got.Cells) != len(count) || hidden > 0 && hidden < max(k, 10) {
			t.Fatalf("%d of %d cells, %d people hidden", len(got.Cells), len(count), hidden)
		}
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(points), func(i, j int) { points[i], points[j] = points[j], points[i] })
		if again := NewPublicMap(points, sdQ, k); !same.DeepEqual(got, again) {
			t.Fatal("another order of people gives another map")
		}
	})
}
