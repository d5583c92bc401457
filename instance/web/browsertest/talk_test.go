// SPDX-License-Identifier: EUPL-1.2

//go:build browser

package browsertest_test

import (
	"strings"
	"testing"
)

// seeds are the statements with which the conversation starts; the last has a
// word that must fit a telephone.
var seeds = []string{
	"Er komt een fietspad langs de hele kade.", "Auto's mogen niet meer op de markt staan.", "De brug moet breder worden dan nu.",
	"Er komen meer bomen in de straten.", "Het plein wordt een plek om te spelen.", "De markt is voortaan op zondag.",
	"Wie een bewonersparkeervergunningsaanvraag doet, krijgt een plaats in de garage.",
}

const writeLink = `#card a[href="/consultations/kade/statements/new"]`

// TestConversationByKeyboard: six votes on statements without opening a page,
// then a statement of one's own, which is found under the own participation.
func TestConversationByKeyboard(t *testing.T) {
	town := startTown(t, groningen)
	town.Node(groningen).Converse("kade", seeds...)
	x := startChromium(t, town).tab(t, groningen.Host)
	x.open("/consultations/kade")
	x.look()
	x.MustEval(`() => { window.samePage = true }`)
	buttons := []string{agree, disagree, pass}
	for i := range 6 {
		x.says("#card .app-vote__top span", town.text("statement.of", "n", i+1, "m", len(seeds)))
		before := x.said(statement)
		x.tabTo(buttons[i%3])
		x.enter()
		x.until(`document.activeElement.id === "statement" && document.activeElement.textContent !== a`, before)
		x.says(status, town.text("vote.saved.as", "choice", []string{"Eens", "Oneens", "Weet ik niet"}[i%3]))
	}
	x.is("voting opened no page", `window.samePage`)

	x.tabTo(writeLink)
	x.leads(x.enter)
	x.tabTo("#text")
	x.write("Te kort.")
	x.tabTo("main form button")
	x.leads(x.enter)
	x.says("[role=alert] a", town.text("error.statement-short", "n", 8, "min", 15))
	x.look("status of 400")
	x.tabTo("[role=alert] a")
	x.enter()
	x.until(`document.activeElement.id === "text"`)
	x.MustEval(`() => document.activeElement.select()`)
	x.write("Bij de haven komt een bank in de zon.")
	x.until(`document.querySelector("[data-count]").textContent.trim().endsWith(" 103")`)
	x.tabTo("main form button")
	x.leads(x.enter)
	x.sentOne(town)
	x.look()
	x.visit("/consultations/kade", "/consultations/kade/statements", "/consultations/kade/statements/new")
}

// TestConversationWithoutScript: the same by pages alone.
func TestConversationWithoutScript(t *testing.T) {
	town := startTown(t, groningen)
	town.Node(groningen).Converse("kade", seeds...)
	x := startChromium(t, town).tab(t, groningen.Host)
	x.script(false)
	x.width(320)
	x.open("/consultations/kade")
	for i := range 6 {
		x.says("#card .app-vote__top span", town.text("statement.of", "n", i+1, "m", len(seeds)))
		x.tabTo(agree)
		x.leads(x.space)
		x.says("#card .app-vote__saved", town.text("vote.saved.as", "choice", "Eens"))
	}
	x.tabTo(`#card a[href*="?q="]`)
	x.leads(x.enter)
	x.tabTo(disagree)
	x.leads(x.enter)
	x.says("#card .app-vote__saved", town.text("vote.saved.as", "choice", "Oneens"))
	x.tabTo(writeLink)
	x.leads(x.enter)
	x.tabTo("#text")
	x.write("Bij de haven komt een bank in de zon.")
	x.tabTo("main form button")
	x.leads(x.enter)
	x.sentOne(town)
	x.fits()
	x.quiet()
}

// sentOne fails unless the page in front is the own participation with six votes
// and the statement that was sent in.
func (x *tab) sentOne(town *town) {
	x.t.Helper()
	if got := x.path(); got != "/consultations/kade/votes#sent" {
		x.t.Fatalf("sending in leads to %s: %s", got, x.said("main"))
	}
	x.says("main [role=status]", town.text("statement.sent"))
	mine := x.said("#sent")
	for _, want := range []string{"Bij de haven komt een bank in de zon.", town.text("statement.state.pending"), town.text("statement.became.pending")} {
		if !strings.Contains(mine, want) {
			x.t.Errorf("%q is not said: %s", want, mine)
		}
	}
	if rows := len(x.MustElements("main table tbody tr")); rows != 6 {
		x.t.Errorf("%d own votes, want 6", rows)
	}
}
