// SPDX-License-Identifier: EUPL-1.2

package pictures

import (
	"encoding/xml"
	"errors"
	"flag"
	"html/template"
	"io"
	stdmaps "maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"polder/instance/locale"
	"polder/static"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func printer(t testing.TB, lang string) *locale.Printer {
	t.Helper()
	c, err := locale.Load(time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return c.Printer(lang)
}

func at(month time.Month, day int) time.Time {
	return time.Date(2026, month, day, 8, 0, 0, 0, time.UTC)
}

var testSteps = []Step{
	{Kind: "inform", Start: at(9, 1), End: at(9, 29), State: Done},
	{Kind: "vote", Title: `Debat & <stemmen>`, Start: at(11, 2), End: at(12, 5), State: Now},
	{Kind: "answer", Start: at(12, 19), State: Planned},
	{Kind: "evaluate", State: Planned},
}

// drawings gives every picture once.
func drawings(t testing.TB) map[string]template.HTML {
	p := printer(t, "nl")
	maps, err := LoadMaps(static.Maps())
	if err != nil {
		t.Fatal(err)
	}
	flevoland, ok := maps.Map("PV24")
	if !ok {
		t.Fatal("no map of Flevoland")
	}
	out := map[string]template.HTML{
		"defs":        Defs(),
		"bar":         Bar(p, BarRow{Label: "Iedereen", Agree: 1204, Disagree: 540, Pass: 98, All: true}),
		"bar-small":   Bar(p, BarRow{Label: "<open>", Agree: 1, Disagree: 30, Pass: 5, Small: true}),
		"bar-hidden":  Bar(p, BarRow{Label: "papier", Hidden: true, K: 10}),
		"bar-none":    Bar(p, BarRow{Label: "papier"}),
		"legend":      BarLegend(p),
		"tally":       TallyRows(p, Winners([]TallyRow{{Label: "Park Noord", N: 402, Ballots: 828}, {Label: "Skoalstrjitte", Lang: "fy", N: 402, Ballots: 828}, {Label: "De Wieken", N: 97, Ballots: 828}})),
		"turnout":     Turnout(p, TurnoutBar{Accepted: 611, Eligible: 26740, Goal: 50}),
		"steps":       Steps(p, testSteps),
		"ministeps":   MiniSteps(testSteps),
		"timeline":    Timeline(p, []Span{{Step: testSteps[0]}, {Step: testSteps[1]}, {Step: testSteps[2], Promise: at(12, 28)}}, at(11, 23)),
		"map-legend":  MapLegend(p, false),
		"map":         RegionMap(p, flevoland, "Flevoland", map[string]Mark{"GM0034": {Class: 3, Words: "Opkomst 2,6%"}, "GM0995": {Kind: MarkMissing, Words: "niet ontvangen"}, "GM0171": {Kind: MarkDisputed, Words: "niet eenduidig"}}),
		"network":     NetworkPicture(p, Network{Top: &Node{Name: "Landelijk", Sub: "werkt", Link: "ok"}, Middle: &Node{Name: "Een heel lange provincienaam", Me: true}, Leaves: []Node{{Name: "Ameland", Link: "ok"}, {Name: "Harlingen", Link: "late"}, {Name: "Vlieland", Link: "off"}, {Name: "Opsterland", Link: "down"}}}),
		"country-fly": template.HTML(CountryMap(p, flevoland, "Nederland", map[string]Mark{"GM0034": {Class: 5, Words: "a"}, "GM0171": {Kind: MarkDisputed, Words: "b"}, "GM0184": {Kind: MarkHidden, Words: "c"}})),
	}
	stdmaps.Copy(out, opinionDrawings(t))
	return out
}

// Each picture equals its golden file; `-update` rewrites them.
func TestGolden(t *testing.T) {
	for name, got := range drawings(t) {
		path := filepath.Join("testdata", name+".golden.svg")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s:\n%s\nwant:\n%s", name, got, want)
		}
	}
}

// Pictures are well-formed, carry no style attribute, and every picture that is
// not decoration has a name.
func TestMarkup(t *testing.T) {
	for name, picture := range drawings(t) {
		if strings.Contains(string(picture), "style=") || strings.Contains(string(picture), "[[") {
			t.Errorf("%s: style attribute or missing word", name)
		}
		d := xml.NewDecoder(strings.NewReader("<r>" + string(picture) + "</r>"))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
		}
	}
}

// The parts of a bar always add up to 100 and are never negative.
func TestSharesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.Int64Range(0, 20_000_000)
		r := BarRow{Agree: count.Draw(t, "agree"), Disagree: count.Draw(t, "disagree"), Pass: count.Draw(t, "pass")}
		if r.Agree+r.Disagree+r.Pass == 0 {
			return
		}
		a, d, p := r.shares()
		if a+d+p != 100 || a < 0 || d < 0 || p < 0 {
			t.Fatalf("%d + %d + %d", a, d, p)
		}
	})
}

// The bar never runs over its scale, and the scale is named.
func TestTurnoutScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		eligible := rapid.Int64Range(1, 18_000_000).Draw(t, "eligible")
		bar := TurnoutBar{Accepted: rapid.Int64Range(0, eligible).Draw(t, "accepted"), Eligible: eligible, Goal: rapid.IntRange(0, 900).Draw(t, "goal")}
		scale := bar.scale()
		if bar.Accepted*1000 > scale*eligible+eligible || int64(bar.Goal) > scale {
			t.Fatalf("%+v does not fit into %d", bar, scale)
		}
	})
}

func TestTurnoutClass(t *testing.T) {
	for permille, want := range map[int]int{0: 1, 9: 1, 10: 2, 24: 2, 25: 3, 39: 3, 40: 4, 54: 4, 55: 5, 1000: 5} {
		if got := TurnoutClass(permille); got != want {
			t.Errorf("%d per mille: class %d, want %d", permille, got, want)
		}
	}
}

// Nobody wins a poll without votes; equal counts win together.
func TestWinners(t *testing.T) {
	for _, r := range Winners([]TallyRow{{N: 0}, {N: 0}}) {
		if r.Winner {
			t.Error("a winner without votes")
		}
	}
	got := Winners([]TallyRow{{N: 3}, {N: 1}, {N: 3}})
	if !got[0].Winner || got[1].Winner || !got[2].Winner {
		t.Errorf("winners %+v", got)
	}
}

func TestStateAt(t *testing.T) {
	start, end := at(11, 2), at(12, 5)
	cases := []struct {
		now, end time.Time
		want     string
	}{{at(11, 1), end, Planned}, {start, end, Now}, {at(12, 4), end, Now}, {end, end, Done}, {at(12, 30), time.Time{}, Now}}
	for _, c := range cases {
		if got := StateAt(start, c.end, c.now); got != c.want {
			t.Errorf("%v: %s, want %s", c.now, got, c.want)
		}
	}
}

// The checked-in maps hold the municipalities of the CBS list, 342 in twelve
// provinces, each with a path of relative steps and the source line.
func TestMaps(t *testing.T) {
	maps, err := LoadMaps(static.Maps())
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{"PV20": 10, "PV21": 18, "PV22": 12, "PV23": 25, "PV24": 6, "PV25": 51, "PV26": 26, "PV27": 44, "PV28": 50, "PV29": 13, "PV30": 56, "PV31": 31, "NL": 342}
	if len(maps.Codes()) != len(counts) {
		t.Errorf("maps %v", maps.Codes())
	}
	path := regexp.MustCompile(`^(M[0-9.]+ [0-9.]+l[0-9. -]+z)+$`)
	for code, n := range counts {
		m, ok := maps.Map(code)
		if !ok || len(m.Areas) != n {
			t.Errorf("%s: %d areas, want %d", code, len(m.Areas), n)
			continue
		}
		if m.Source != "Bron: Kadaster / Centraal Bureau voor de Statistiek, 2023" {
			t.Errorf("%s: source %q", code, m.Source)
		}
		for _, a := range m.Areas {
			if !path.MatchString(a.Path) || a.Name == "" || code != "NL" && a.Province != code {
				t.Errorf("%s: area %s %q of %s has path %.40q", code, a.Code, a.Name, a.Province, a.Path)
			}
		}
	}
}

// A broken map file is an error, not an empty map.
func TestLoadMapsBroken(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "PV99.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadMaps(os.DirFS(dir)); err == nil {
		t.Error("no error")
	}
}

// At most twelve members are drawn; the rest is counted in words.
func TestNetworkIsBounded(t *testing.T) {
	n := Network{Middle: &Node{Name: "Provincie"}}
	for range 50 {
		n.Leaves = append(n.Leaves, Node{Name: "Gemeente", Link: "ok"})
	}
	got := string(NetworkPicture(printer(t, "nl"), n))
	if c := strings.Count(got, `class="leaf"`); c != 12 || !strings.Contains(got, "nog 38 andere") {
		t.Errorf("%d members drawn", c)
	}
}
