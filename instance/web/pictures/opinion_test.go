// SPDX-License-Identifier: EUPL-1.2

package pictures

import (
	"html/template"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"polder/consensus/opinion"
)

const unit = 1 << 20 // model units per unit of distance

// madeUp is a crowd around k centroids; its figures are invented.
func madeUp(people int, seed uint64, k int) (Opinion, []opinion.Point) {
	random := rand.New(rand.NewPCG(seed, 7))
	places := []opinion.Point{{X: -2 * unit, Y: -unit / 2}, {X: unit, Y: unit}, {X: 3 * unit / 2, Y: -3 * unit / 2}, {X: -unit, Y: 2 * unit}, {X: 3 * unit, Y: unit / 2}}
	o := Opinion{Centroids: places[:k], Sizes: make([]int64, k), Radius: make([]int64, k), Seed: "sha256:12ab"}
	points := make([]opinion.Point, people)
	for i := range points {
		g := random.IntN(k)
		points[i] = opinion.Point{X: places[g].X + int64(random.NormFloat64()*.6*unit), Y: places[g].Y + int64(random.NormFloat64()*.5*unit)}
		o.Sizes[g]++
		o.Radius[g] = 7 * unit / 10
	}
	o.Map = opinion.NewPublicMap(points, unit, 10)
	return o, points
}

func opinionDrawings(t testing.TB) map[string]template.HTML {
	p := printer(t, "nl")
	few, _ := madeUp(600, 1, 3)
	few.You = &opinion.Point{X: unit / 2, Y: unit}
	many, _ := madeUp(25_000, 2, 5)
	circles, _ := madeUp(400, 3, 2)
	circles.Map = opinion.PublicMap{}
	return map[string]template.HTML{
		"opinion-dots":    OpinionMap(p, few),
		"opinion-squares": OpinionMap(p, many),
		"opinion-circles": OpinionMap(p, circles),
	}
}

var dot = regexp.MustCompile(`h0["M]`)

// As many dots as people in the cells that have a number: no more, no less.
func TestOpinionDotsAreTheNumbers(t *testing.T) {
	o, _ := madeUp(1842, 4, 3)
	want := int64(0)
	for _, c := range o.Map.Cells {
		if c.People != nil {
			want += *c.People
		}
	}
	svg := string(OpinionMap(printer(t, "nl"), o))
	if got := len(dot.FindAllString(svg, -1)); int64(got) != want || want == 0 {
		t.Errorf("%d dots, want %d", got, want)
	}
	if strings.Count(svg, `class="om-dots`) != 3 || strings.Contains(svg, "om-you") {
		t.Errorf("want one path per group and nobody's own place: %.300s", svg)
	}
	if again := string(OpinionMap(printer(t, "nl"), o)); again != svg {
		t.Error("the same figures give another picture")
	}
}

// Whatever goes in: no cell and no group of fewer than ten people is drawn with
// its number, and every coordinate lies inside the picture.
func TestOpinionMapTellsOfNobody(t *testing.T) {
	p := printer(t, "nl")
	number := regexp.MustCompile(`[MLhv](-?[0-9.]+) (-?[0-9.]+)`)
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(0, 5).Draw(t, "k")
		o := Opinion{Map: opinion.PublicMap{Side: rapid.Int64Range(1, unit).Draw(t, "side")}}
		at := rapid.Int64Range(-4*unit, 4*unit)
		for range k {
			o.Centroids = append(o.Centroids, opinion.Point{X: at.Draw(t, "x"), Y: at.Draw(t, "y")})
			o.Sizes = append(o.Sizes, rapid.Int64Range(0, 40).Draw(t, "size"))
			o.Radius = append(o.Radius, rapid.Int64Range(0, 2*unit).Draw(t, "radius"))
		}
		shown := 0
		for range rapid.IntRange(0, 30).Draw(t, "cells") {
			n := rapid.Int64Range(1, 30).Draw(t, "people")
			o.Map.Cells = append(o.Map.Cells, opinion.MapCell{X: at.Draw(t, "cx"), Y: at.Draw(t, "cy"), People: &n})
			if n >= 10 {
				shown += int(n)
			}
		}
		svg := string(OpinionMap(p, o))
		groups := 0
		for i, n := range o.Sizes {
			if n >= 10 {
				groups++
			} else if strings.Contains(svg, `>`+OpinionLetter(i)+`</text>`) {
				t.Fatalf("group of %d people drawn", n)
			}
		}
		if (svg == "") != (groups == 0) {
			t.Fatalf("%d groups, %d bytes", groups, len(svg))
		}
		if groups == 0 {
			shown = 0
		}
		if got := len(dot.FindAllString(svg, -1)); got != shown {
			t.Fatalf("%d dots of %d people", got, shown)
		}
		for _, m := range number.FindAllStringSubmatch(strings.ReplaceAll(svg, "h0", ""), -1) {
			x, _ := strconv.ParseFloat(m[1], 64)
			y, _ := strconv.ParseFloat(m[2], 64)
			if x < -400 || x > opinionWidth+400 || y < -400 || y > opinionHeight+400 {
				t.Fatalf("%s is outside", m[0])
			}
		}
	})
}

// Above 5,000 people squares in four levels replace the dots; the picture stays
// small.
func TestOpinionSquares(t *testing.T) {
	o, _ := madeUp(25_000, 5, 4)
	svg := string(OpinionMap(printer(t, "nl"), o))
	if strings.Contains(svg, "om-dots") || !strings.Contains(svg, "om-s4") {
		t.Errorf("no squares: %.400s", svg)
	}
	if len(svg) > 120_000 {
		t.Errorf("%d bytes", len(svg))
	}
}

// The pin flips away from tags and the reader's group is said in words.
func TestOpinionPin(t *testing.T) {
	o, _ := madeUp(600, 6, 2)
	o.You = &o.Centroids[0]
	svg := string(OpinionMap(printer(t, "nl"), o))
	for _, want := range []string{"U bent hier", `class="om-you"`, "groep A"} {
		if !strings.Contains(svg, want) {
			t.Errorf("%q is missing", want)
		}
	}
}

// An outline keeps its cells' core inside and never has a kink: it is convex.
func TestOutlineIsConvex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		coordinate := rapid.Float64Range(60, 380)
		var p []spot
		for range rapid.IntRange(3, 30).Draw(t, "n") {
			p = append(p, spot{coordinate.Draw(t, "x"), coordinate.Draw(t, "y")})
		}
		h := convexHull(p)
		for i := range h {
			a, b := h[i], h[(i+1)%len(h)]
			for _, q := range p {
				if len(h) > 2 && turn(a, b, q) < -1e-6*(1+a.to(b)) {
					t.Fatalf("%v is outside of %v", q, h)
				}
			}
		}
	})
}

func BenchmarkOpinionMap(b *testing.B) {
	p := printer(b, "nl")
	for _, n := range []int{1842, 25_000} {
		o, points := madeUp(n, 1, 4)
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			for b.Loop() {
				o.Map = opinion.NewPublicMap(points, unit, 10)
				OpinionMap(p, o)
			}
		})
	}
}
