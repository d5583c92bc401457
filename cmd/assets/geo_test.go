// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

const (
	borders = "testdata/municipalities_2023_small.geojson"
	names   = "../../consensus/area/data/gemeenten_2023.csv"
	checked = "../../static/geo"
)

// The checked-in maps are what this command writes.
func TestGeoIsUpToDate(t *testing.T) {
	dir := t.TempDir()
	if err := run([]string{"geo", "-borders", borders, "-names", names, "-out", dir}, t.Output()); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) != 13 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		got, want := read(t, f), read(t, filepath.Join(checked, filepath.Base(f)))
		if !bytes.Equal(got, want) {
			t.Errorf("%s is stale: run go generate ./static", filepath.Base(f))
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// Two squares that share a border still share it after simplification.
func TestNeighboursStayClosed(t *testing.T) {
	wiggle := []point{{10, 0}, {10.2, 2}, {9.7, 5}, {10.3, 8}, {10, 10}}
	left := append([]point{{0, 10}, {0, 0}}, wiggle...)
	right := []point{{10, 10}, {10.3, 8}, {9.7, 5}, {10.2, 2}, {10, 0}, {20, 0}, {20, 10}}
	neighbours := edges([]shape{{"a", [][]point{left}}, {"b", [][]point{right}}})
	for _, tolerance := range []float64{.1, .4, 1} {
		a, b := simplifyRing(left, neighbours, tolerance), simplifyRing(right, neighbours, tolerance)
		if shared(a, b) < 2 {
			t.Fatalf("tolerance %v: nothing shared", tolerance)
		}
		for _, p := range a {
			if p.X > 9 && !contains(b, p) {
				t.Errorf("tolerance %v: %v is only on one side", tolerance, p)
			}
		}
	}
}

func shared(a, b []point) (n int) {
	for _, p := range a {
		if contains(b, p) {
			n++
		}
	}
	return n
}

func contains(ring []point, p point) bool {
	for _, q := range ring {
		if p == q {
			return true
		}
	}
	return false
}

// Simplifying keeps the ends, only drops points, and strays at most by the
// tolerance; it gives the same points from either end.
func TestSimplify(t *testing.T) {
	coordinate := rapid.Custom(func(t *rapid.T) float64 { return float64(rapid.IntRange(0, 2000).Draw(t, "c")) / 20 })
	rapid.Check(t, func(t *rapid.T) {
		arc := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) point { return point{coordinate.Draw(t, "x"), coordinate.Draw(t, "y")} }), 2, 40).Draw(t, "arc")
		got := simplifyBoth(append([]point(nil), arc...), .7)
		if got[0] != arc[0] || got[len(got)-1] != arc[len(arc)-1] || len(got) > len(arc) {
			t.Fatalf("%v became %v", arc, got)
		}
		for _, p := range arc {
			near := math.Inf(1)
			for i := 1; i < len(got); i++ {
				near = min(near, distance(p, got[i-1], got[i]))
			}
			if near > .7 {
				t.Fatalf("%v is %v away", p, near)
			}
		}
	})
}

// The label lies inside, also in a shape with a bay.
func TestPole(t *testing.T) {
	bay := []point{{0, 0}, {30, 0}, {30, 30}, {20, 30}, {20, 5}, {10, 5}, {10, 30}, {0, 30}}
	x, y := pole(bay)
	if depth(point{x, y}, bay) <= 0 {
		t.Errorf("%v, %v lies outside", x, y)
	}
	if depth(point{15, 20}, bay) >= 0 {
		t.Error("the bay counts as inside")
	}
}

func TestRingPath(t *testing.T) {
	ring := []point{{1.04, 2}, {3.5, 2.5}, {3, .75}}
	if got, want := ringPath(ring), "M1 2l2.5 .5-.5-1.7z"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Broken borders are errors.
func TestReadShapesBroken(t *testing.T) {
	for _, raw := range []string{``, `{"features":[{"geometry":{"type":"Point","coordinates":[1,2]}}]}`, `{"features":[{"geometry":{"type":"Polygon","coordinates":"x"}}]}`} {
		if _, err := readShapes([]byte(raw)); err == nil {
			t.Errorf("%s: no error", raw)
		}
	}
}
