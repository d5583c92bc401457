// SPDX-License-Identifier: EUPL-1.2

//go:build browser

package browsertest_test

import (
	"testing"

	"polder/instance/auth"
	"polder/instance/federationtest"
)

// look holds the page in front against what every page promises: it fits a
// small telephone and a desktop, axe finds nothing, nobody in the console
// complains. What is folded is opened first.
func (x *tab) look(expected ...string) {
	x.t.Helper()
	for _, px := range []int{1280, 320} {
		x.width(px)
		x.MustEval(`() => document.querySelectorAll("details").forEach(d => { d.open = true })`)
		x.fits()
		x.accessible()
	}
	x.quiet(expected...)
}

// visit looks at pages that answer 200.
func (x *tab) visit(paths ...string) {
	x.t.Helper()
	for _, path := range paths {
		x.open(path)
		if status := x.status(); status != 200 {
			x.t.Errorf("%s: status %d", path, status)
		}
		x.look()
	}
}

// TestPages looks at every page of a municipality, a province and a nation.
func TestPages(t *testing.T) {
	town := country(t)
	browser := startChromium(t, town)
	t.Run("residents", func(t *testing.T) {
		t.Parallel()
		x := browser.tab(t, groningen.Host)
		x.visit("/", "/consultations", "/consultations?state=closed",
			"/consultations/fietspad", "/consultations/fietspad?q=all", "/consultations/fietspad/results",
			"/consultations/fietspad/charter", "/consultations/fietspad/votes",
			"/consultations/haven", "/consultations/haven/results", "/consultations/plein/results",
			"/consultations/bomen", "/consultations/water", "/consultations/water/results",
			"/code", "/code?consultation=fietspad", "/login", "/login?next=/consultations/fietspad", "/network",
			"/about/verification", "/accessibility", "/privacy", "/house-rules")
		x.visit("/lang?to=en&next=/consultations/fietspad", "/lang?to=fy&next=/consultations/haven/results")
	})
	t.Run("residents who did something", func(t *testing.T) {
		t.Parallel()
		x := browser.tab(t, groningen.Host)
		x.open("/consultations/fietspad?q=all")
		x.leads(func() { x.MustElement("#q-qb button[value=disagree]").MustClick() })
		x.look()
		x.visit("/consultations/fietspad", "/consultations/fietspad/votes")
		x.open("/code")
		x.MustElement("input[name=code]").MustInput("fout")
		x.leads(func() { x.MustElement("main form button").MustClick() })
		x.look("status of 400")
		x.open("/login")
		x.leads(func() { x.MustElement("main form button").MustClick() })
		x.look("status of 400")
		x.open("/bestaat-niet")
		x.look("status of 404")
	})
	t.Run("joint", func(t *testing.T) {
		t.Parallel()
		x := browser.tab(t, nation.Host)
		x.visit("/", "/?consultation=bomen&measure=status", "/consultations", "/consultations/water/results",
			"/consultations/bomen/results", "/consultations/water/charter", "/members", "/about/verification")
		x.host = province.Host
		x.visit("/", "/consultations/water/results", "/members")
	})
	t.Run("staff of a municipality", func(t *testing.T) {
		t.Parallel()
		x := browser.tab(t, groningen.Host)
		x.login(town, groningen)
		x.visit("/staff", "/staff/consultations", "/staff/consultations/new", "/staff/consultations/fietspad",
			"/staff/consultations/haven", "/staff/consultations/water", "/staff/consultations/markt/edit",
			"/staff/consultations/markt/preview", "/staff/consultations/toren", "/staff/joint",
			"/staff/consultations/kade", "/staff/consultations/kade/statements", "/staff/consultations/kade/statements?list=visible",
			"/staff/consultations/brug/edit", "/staff/consultations/brug/preview",
			"/staff/accounts", "/staff/account", "/staff/audit")
	})
	t.Run("staff of a province and a nation", func(t *testing.T) {
		t.Parallel()
		x := browser.tab(t, province.Host)
		x.login(town, province)
		x.visit("/staff", "/staff/members", "/staff/joint", "/staff/deliveries", "/staff/refusals", "/staff/peers")
		x.host = nation.Host
		x.login(town, nation)
		x.visit("/staff/members", "/staff/consultations/bomen", "/staff/consultations/lucht/edit", "/staff/consultations/water")
	})
}

// login takes both steps of the log-in by keyboard, looking at the second one.
func (x *tab) login(town *town, at federationtest.Place) {
	x.t.Helper()
	const name, password = "anna", "een lang wachtwoord"
	secret := town.hire(at, name, password)
	x.open("/staff")
	x.tabTo("input[name=username]")
	x.write(name)
	x.tabTo("input[name=password]")
	x.write(password)
	x.leads(x.enter)
	x.look()
	x.tabTo("input[name=totp]")
	x.write(auth.TOTPCode(secret, town.Now()))
	x.leads(x.enter)
	if got := x.path(); got != "/staff" {
		x.t.Fatalf("the log-in leads to %s: %s", got, x.said("main"))
	}
}
