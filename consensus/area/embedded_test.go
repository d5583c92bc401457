// SPDX-License-Identifier: EUPL-1.2

package area_test

import (
	"errors"
	"slices"
	"testing"

	"polder/consensus/area"
)

func embedded(t *testing.T) *area.List {
	t.Helper()
	l, err := area.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestEmbeddedCountsAndSums(t *testing.T) {
	l := embedded(t)
	codes := map[string]bool{}
	var sum int64
	for _, m := range l.Municipalities() {
		codes[m.Code] = true
		sum += m.Residents
	}
	if len(codes) != 342 || sum != 17_811_291 || l.Nation().Residents != sum {
		t.Errorf("%d codes, %d residents, nation %d", len(codes), sum, l.Nation().Residents)
	}
	want := []int{10, 18, 12, 25, 6, 51, 26, 44, 50, 13, 56, 31}
	var got []int
	for _, p := range l.Provinces() {
		got = append(got, len(l.Children(p.Code)))
	}
	if !slices.Equal(got, want) {
		t.Errorf("municipalities per province: %v, want %v", got, want)
	}
}

func TestEmbeddedIsSortedByCode(t *testing.T) {
	l := embedded(t)
	for _, areas := range [][]area.Area{l.Municipalities(), l.Provinces(), l.Children("PV21")} {
		if !slices.IsSortedFunc(areas, func(a, b area.Area) int {
			if a.Code < b.Code {
				return -1
			}
			return 1
		}) {
			t.Errorf("not sorted: %v ...", areas[0])
		}
	}
}

func TestEmbeddedPointsAndPopulationSpread(t *testing.T) {
	var residents []int64
	minLon, maxLon, minLat, maxLat := 180.0, -180.0, 90.0, -90.0
	for _, m := range embedded(t).Municipalities() {
		residents = append(residents, m.Residents)
		minLon, maxLon = min(minLon, m.Lon), max(maxLon, m.Lon)
		minLat, maxLat = min(minLat, m.Lat), max(maxLat, m.Lat)
	}
	for _, c := range []struct{ got, want float64 }{{minLon, 3.472}, {maxLon, 7.155}, {minLat, 50.776}, {maxLat, 53.491}} {
		if d := c.got - c.want; d < -0.001 || d > 0.001 {
			t.Errorf("range border %.4f, want %.3f", c.got, c.want)
		}
	}
	slices.Sort(residents)
	below := func(limit int64) int { n, _ := slices.BinarySearch(residents, limit); return n }
	if median := (residents[170] + residents[171] + 1) / 2; residents[0] != 982 || median != 32_505 {
		t.Errorf("smallest %d, median %d", residents[0], median)
	}
	if n := below(14_300); n < 33 || n > 36 {
		t.Errorf("%d municipalities below 14,300", n)
	}
	if n := len(residents) - below(94_400); n < 33 || n > 36 {
		t.Errorf("%d municipalities above 94,400", n)
	}
}

func TestNamesAndIdentifiers(t *testing.T) {
	l := embedded(t)
	for _, c := range []struct {
		code, name, parent, tooi string
		level                    area.Level
	}{
		{"GM0363", "Amsterdam", "PV27", "https://identifier.overheid.nl/tooi/id/gemeente/gm0363", area.Municipality},
		{"GM0518", "'s-Gravenhage", "PV28", "https://identifier.overheid.nl/tooi/id/gemeente/gm0518", area.Municipality},
		{"PV27", "Noord-Holland", "NL01", "https://identifier.overheid.nl/tooi/id/provincie/pv27", area.Province},
		{"PV21", "Fryslân", "NL01", "https://identifier.overheid.nl/tooi/id/provincie/pv21", area.Province},
		{"NL01", "Nederland", "", "", area.Nation},
	} {
		a, err := l.Get(c.code)
		if err != nil {
			t.Fatal(err)
		}
		if a.Name != c.name || a.Parent != c.parent || a.Level != c.level || a.TOOI() != c.tooi {
			t.Errorf("%s: %+v, TOOI %q", c.code, a, a.TOOI())
		}
	}
}

func TestUnknownCode(t *testing.T) {
	l := embedded(t)
	for _, code := range []string{"", "GM9999", "gm0363", "PV99"} {
		if _, err := l.Get(code); !errors.Is(err, area.ErrUnknown) {
			t.Errorf("%q: %v", code, err)
		}
		if in := l.Children(code); in != nil {
			t.Errorf("children of %q: %v", code, in)
		}
	}
}

func TestMostPopulous(t *testing.T) {
	l := embedded(t)
	var names []string
	for _, a := range l.MostPopulous("PV20", 4) {
		names = append(names, a.Name)
	}
	if want := []string{"Groningen", "Westerkwartier", "Midden-Groningen", "Het Hogeland"}; !slices.Equal(names, want) {
		t.Errorf("largest four of Groningen: %v", names)
	}
	if n := len(l.MostPopulous("PV24", 100)); n != 6 {
		t.Errorf("Flevoland gave %d", n)
	}
	if n := len(l.MostPopulous("PV24", -1)); n != 0 {
		t.Errorf("minus one gave %d", n)
	}
}

func TestProvinceWith(t *testing.T) {
	l := embedded(t)
	for n, want := range map[int]string{2: "PV20", 10: "PV20", 11: "PV21", 19: "PV23", 56: "PV30"} {
		if p, err := l.ProvinceWith(n); err != nil || p.Code != want {
			t.Errorf("%d municipalities: %s, %v, want %s", n, p.Code, err, want)
		}
	}
	if _, err := l.ProvinceWith(57); !errors.Is(err, area.ErrTooFew) {
		t.Errorf("57 municipalities: %v", err)
	}
}
