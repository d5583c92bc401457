// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"cmp"
	"math"
	"slices"
)

// Start gives the centroids that start r of k groups begins with: k points on a
// circle of radius sd (spec: opinion.md 7.1).
func Start(k, r int, sdQ int64) []Point {
	out := make([]Point, k)
	for i := range out {
		degrees := float64((360*i + 120*r) / k)
		sin, cos := math.Sincos(degrees * math.Pi / 180)
		out[i] = Point{onCircle(cos, sdQ), onCircle(sin, sdQ)}
	}
	return out
}

func onCircle(f float64, sdQ int64) int64 {
	return (int64(math.RoundToEven(f*modelUnit))*sdQ + modelUnit/2) >> 30
}

// Order sorts centroids by x, then y: the order of the groups (7.5). Centroids
// are ordered before they are scored, so that a person at equal distance is
// counted where it will be shown.
func Order(centroids []Point) []Point {
	out := slices.Clone(centroids)
	slices.SortStableFunc(out, func(a, b Point) int {
		return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y))
	})
	return out
}
