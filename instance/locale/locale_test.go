// SPDX-License-Identifier: EUPL-1.2

package locale_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"polder/instance/locale"
)

func load(t *testing.T) *locale.Catalogues {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	c, err := locale.Load(zone)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Every catalogue has every key, and no text is empty.
func TestEqualKeys(t *testing.T) {
	c := load(t)
	nl := c.Keys("nl")
	for _, lang := range locale.Languages() {
		keys := c.Keys(lang)
		if !slices.Equal(keys, nl) {
			t.Errorf("keys of %s differ: %v", lang, difference(keys, nl))
		}
		for _, k := range keys {
			if strings.TrimSpace(c.Printer(lang).T(k)) == "" {
				t.Errorf("%s: %s is empty", lang, k)
			}
		}
	}
}

func difference(a, b []string) (out []string) {
	for _, k := range append(slices.Clone(a), b...) {
		if slices.Contains(a, k) != slices.Contains(b, k) {
			out = append(out, k)
		}
	}
	return out
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// A translation uses the same placeholders as the Dutch text; a singular may
// leave {n} out.
func TestEqualPlaceholders(t *testing.T) {
	c := load(t)
	for _, k := range c.Keys("nl") {
		want := places(c.Printer("nl").T(k))
		for _, lang := range []string{"en", "fy"} {
			if got := places(c.Printer(lang).T(k)); !slices.Equal(got, want) {
				t.Errorf("%s: %s has %v, want %v", lang, k, got, want)
			}
		}
	}
}

func places(text string) []string {
	found := placeholder.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// Residents are addressed formally: "u", never "je" or "jij"; and words that
// interface.md 9 keeps for statutory procedures do not appear.
func TestDutchWording(t *testing.T) {
	c := load(t)
	unwanted := regexp.MustCompile(`(?i)\b(je|jij|jouw|jullie|consultatie|draagvlak|responsiviteit|moderatie|bezwaar|zienswijze)\b`)
	for _, k := range c.Keys("nl") {
		if m := unwanted.FindString(c.Printer("nl").T(k)); m != "" {
			t.Errorf("%s says %q", k, m)
		}
	}
}

// The fixed terms of interface.md 9.
func TestTerms(t *testing.T) {
	c := load(t)
	for _, x := range []struct{ key, nl, en, fy string }{
		{"site.name", "Denk mee", "Have your say", "Tink mei"},
		{"vote.agree", "eens", "agree", "iens"},
		{"vote.disagree", "oneens", "disagree", "net iens"},
		{"vote.pass", "weet ik niet", "not sure", "wit ik net"},
		{"vote.error", "Uw stem is niet opgeslagen. Probeer het opnieuw.", "Your vote was not saved. Try again.", "Jo stim is net bewarre. Besykje it nochris."},
		{"level.fediverse", "Mastodon en andere servers", "Mastodon and other servers", "Mastodon en oare tsjinners"},
		{"receipt", "stembewijs", "receipt", "stimbewiis"},
		{"skip_link", "Naar de inhoud", "Skip to content", "Nei de ynhâld"},
		{"follow.fedi", "Volg vanaf uw eigen Mastodon-server", "Follow from your own Mastodon server", "Folgje fan jo eigen Mastodon-tsjinner ôf"},
		{"fediverse.secrecy", "Een stem vanaf Mastodon is niet geheim: uw server kan hem zien.", "A vote from Mastodon is not secret: your server can see it.", "In stim fan Mastodon ôf is net geheim: jo tsjinner kin him sjen."},
	} {
		for lang, want := range map[string]string{"nl": x.nl, "en": x.en, "fy": x.fy} {
			if got := c.Printer(lang).T(x.key); got != want {
				t.Errorf("%s %s: %q, want %q", lang, x.key, got, want)
			}
		}
	}
}

func TestPlural(t *testing.T) {
	p := load(t).Printer("nl")
	for n, want := range map[int]string{0: "Nog 0 dagen", 1: "Nog 1 dag", 2: "Nog 2 dagen", 1842: "Nog 1.842 dagen"} {
		if got := p.T("days_left", "n", n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	if got := p.T("days_left", "n", int64(1)); got != "Nog 1 dag" {
		t.Errorf("int64: %q", got)
	}
}

// Arguments are put in once: text that looks like a placeholder stays text.
func TestArgumentsAreNotExpanded(t *testing.T) {
	p := load(t).Printer("nl")
	if got := p.T("statement.of", "n", "{m}", "m", 20); got != "Stelling {m} van 20" {
		t.Errorf("got %q", got)
	}
	if got := p.T("no.such.key", "n", 1); got != "[[no.such.key]]" {
		t.Errorf("unknown key: %q", got)
	}
	if p.Has("no.such.key") || !p.Has("vote") {
		t.Error("Has is wrong")
	}
}

func TestNumbers(t *testing.T) {
	c := load(t)
	nl, en := c.Printer("nl"), c.Printer("en")
	for n, want := range map[int64]string{0: "0", 999: "999", 1842: "1.842", -1842: "−1.842", 17811291: "17.811.291"} {
		if got := nl.N(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	if got := en.N(1842); got != "1,842" {
		t.Errorf("English: %q", got)
	}
	for permille, want := range map[int]string{43: "4,3%", 0: "0,0%", 1000: "100,0%", -5: "−0,5%", 10000: "1.000,0%"} {
		if got := nl.Permille(permille); got != want {
			t.Errorf("%d per mille: %q, want %q", permille, got, want)
		}
	}
	if got := en.Share(1842, 25400); got != "7.3%" {
		t.Errorf("share: %q", got)
	}
	if got := nl.Share(1, 0); got != "–" {
		t.Errorf("share of nothing: %q", got)
	}
}

// Times are shown in the instance's zone, whatever zone they come in.
func TestDates(t *testing.T) {
	c := load(t)
	at := time.Date(2026, 11, 24, 23, 42, 5, 0, time.UTC) // 0.42 on the 25th in the Netherlands
	for lang, want := range map[string]string{"nl": "25 november 2026, 0.42 uur", "en": "25 November 2026, 0:42", "fy": "25 novimber 2026, 0.42 oere"} {
		if got := c.Printer(lang).Moment(at); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
	p := c.Printer("nl")
	if p.Date(time.Time{}) != "" || p.Moment(time.Time{}) != "" || p.Clock(time.Time{}) != "" || p.Day(time.Time{}) != "" {
		t.Error("the zero time is written")
	}
	if got := p.Machine(at); got != "2026-11-24T23:42:05Z" {
		t.Errorf("machine: %q", got)
	}
	if got := p.Month(at); got != "nov" {
		t.Errorf("month: %q", got)
	}
}

func TestList(t *testing.T) {
	p := load(t).Printer("nl")
	for want, words := range map[string][]string{"": nil, "a": {"a"}, "a en b": {"a", "b"}, "a, b en c": {"a", "b", "c"}} {
		if got := p.List(words); got != want {
			t.Errorf("%v: %q, want %q", words, got, want)
		}
	}
}

func TestNegotiate(t *testing.T) {
	all := []string{"nl", "en", "fy"}
	cases := []struct {
		offered        []string
		cookie, accept string
		want           string
	}{
		{all, "", "", "nl"},
		{all, "fy", "en", "fy"},
		{all, "de", "en-GB,en;q=0.9", "en"},
		{all, "", "fy-NL,nl;q=0.5", "fy"},
		{all, "", "de,en;q=0.2", "en"},
		{all, "", "ja", "nl"},
		{all, "", ";;;q=x", "nl"},
		{[]string{"fy", "nl"}, "en", "ja", "fy"},
		{nil, "en", "en", "nl"},
	}
	for _, c := range cases {
		if got := locale.Negotiate(c.offered, c.cookie, c.accept); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestPick(t *testing.T) {
	texts := map[string]string{"nl": "ja", "fy": "jawis", "en": ""}
	for lang, want := range map[string][2]string{"fy": {"jawis", "fy"}, "en": {"ja", "nl"}, "de": {"ja", "nl"}} {
		if text, in := locale.Pick(texts, lang); text != want[0] || in != want[1] {
			t.Errorf("%s: %q in %q", lang, text, in)
		}
	}
	if text, in := locale.Pick(map[string]string{"fr": "oui", "de": "ja"}, "en"); text != "ja" || in != "de" {
		t.Errorf("first in order: %q in %q", text, in)
	}
	if text, in := locale.Pick(nil, "en"); text != "" || in != "" {
		t.Errorf("nothing: %q in %q", text, in)
	}
}

// Frisian says that no native speaker has read it.
func TestUnreviewed(t *testing.T) {
	if !locale.Unreviewed("fy") || locale.Unreviewed("nl") {
		t.Error("wrong label")
	}
}
