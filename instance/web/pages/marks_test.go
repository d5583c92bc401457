// SPDX-License-Identifier: EUPL-1.2

package pages_test

import (
	"strings"
	"testing"

	"polder/instance/web/pages"
)

// Official and signal counts never meet: the sum of the table row is that of
// the official strata alone.
func TestSum(t *testing.T) {
	got := pages.Sum([]pages.Stratum{stratum(onCode, 3, 4), stratum(onPaper, 10, 0)})
	if got.Ballots != 17 || got.Counts[0] != 13 || got.Counts[1] != 4 || len(got.Levels) != 2 {
		t.Errorf("sum %+v", got)
	}
	if empty := pages.Sum(nil); empty.Ballots != 0 || empty.Counts != nil {
		t.Errorf("empty sum %+v", empty)
	}
}

// Turnout is unknown, not zero, for whoever has not counted or is withheld.
func TestMemberTurnout(t *testing.T) {
	cases := []struct {
		row  pages.MemberRow
		want int
	}{
		{member("GM0001", "a", pages.MemberFinal, true, 43, 1000), 43},
		{member("GM0001", "a", pages.MemberFinal, true, 1, 3), 333},
		{member("GM0001", "a", pages.MemberFinal, true, 0, 1000), 0},
		{member("GM0001", "a", pages.MemberFinal, true, 43, 0), -1},
		{member("GM0001", "a", pages.MemberMissing, false, 0, 1000), -1},
		{member("GM0001", "a", pages.MemberWithheld, true, 0, 1000), -1},
		{pages.MemberRow{Status: pages.MemberFinal, Counted: true, Hidden: true, Eligible: 1000}, -1},
	}
	for _, c := range cases {
		if got := c.row.Turnout(); got != c.want {
			t.Errorf("%+v: %d, want %d", c.row, got, c.want)
		}
	}
}

// The province page says what is missing, disputed and withheld, in the
// sentence, in the table and on the map, with the source under the map.
func TestOverviewSaysWhatIsMissing(t *testing.T) {
	f := newFixture(t)
	body := string(f.render(t, find(t, "overview-province"), "nl"))
	for _, want := range []string{
		"5 van 7 gemeenten hebben geteld.", "Definitief: 3.", "351.000 van de 402.000 mensen die mogen stemmen (87,3%)",
		`<tr class="utrecht-table__row is-disputed" id="GM0074">`, "Er zijn twee verschillende ondertekende tellingen.",
		`aria-label="Harlingen: Nog niet ontvangen"><path fill="url(#p-missing)"`, `aria-label="Schiermonnikoog: niet getoond"><path fill="url(#p-hidden)"`,
		`aria-label="Vlieland: doet niet mee"><path fill="url(#p-off)"`, `aria-label="Opsterland: Opkomst 6,3%, Verbeterd"><path class="q5"`, `class="q-disputed"`,
		"Bron: Kadaster / Centraal Bureau voor de Statistiek, 2023", "polder verify aggregate --deep https://fryslan.example", "Zit niet in het totaal.",
		"kleine aantallen van 2 gemeenten",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing", want)
		}
	}
}

// A result keeps official and signal apart, names what is hidden, and never
// shows a number below k.
func TestResultsKeepClassesApart(t *testing.T) {
	f := newFixture(t)
	body := string(f.render(t, find(t, "results"), "nl"))
	for _, want := range []string{
		"Wij tellen die nooit bij elkaar op.", "minder dan 10 stemmen", `aria-label="65 procent eens, 29 procent oneens, 6 procent weet ik niet, 1.876 stemmen"`,
		`aria-label="85 procent eens, 12 procent oneens, 3 procent weet ik niet, 104 stemmen"`, "Voorlopige uitslag", "Tot 14 december 2026 kan iemand een fout melden",
		"polder verify tally https://stadskanaal.example/consultations/taxi/tallies/1-1795510800123",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(body, "2.076") { // 1.876 + 104 + 96
		t.Error("official and signal were added")
	}
}

// Every page about voting from the fediverse warns that it is not secret.
func TestSecrecyWarning(t *testing.T) {
	f := newFixture(t)
	for _, name := range []string{"consultation", "login-ways"} {
		if body := string(f.render(t, find(t, name), "nl")); !strings.Contains(body, "Een stem vanaf Mastodon is niet geheim: uw server kan hem zien.") {
			t.Errorf("%s has no warning", name)
		}
	}
}

// Charter field 5 stands above everything else on the consultation page.
func TestCharterFieldFiveFirst(t *testing.T) {
	f := newFixture(t)
	body := string(f.render(t, find(t, "consultation"), "nl"))
	level, vote := strings.Index(body, "U geeft advies"), strings.Index(body, `id="vote"`)
	if level < 0 || level > vote || level > strings.Index(body, "Iedereen kan met een app") {
		t.Errorf("field 5 at %d, voting at %d", level, vote)
	}
}

// Without official levels no sentence is left open.
func TestNoOfficialLevels(t *testing.T) {
	f := newFixture(t)
	v := consultation(card(pages.CardBallot), "open")
	v.Ways.Official, v.Card.Ways.Official = nil, nil
	body := string(f.render(t, example{Name: "signals", Site: municipality, View: v}, "nl"))
	if strings.Contains(body, "meetelt: .") || !strings.Contains(body, "Geen enkele manier van stemmen telt hier officieel mee.") {
		t.Error("the page does not say that nothing counts")
	}
}
