// SPDX-License-Identifier: EUPL-1.2

//go:build browser

package browsertest_test

import (
	"strings"
	"testing"
)

// The selectors of the voting card.
const (
	statement = "#statement"
	status    = "#vote-status"
	agree     = "#card button[value=agree]"
	disagree  = "#card button[value=disagree]"
	pass      = "#card button[value=pass]"
)

// focusOnText is what follows a vote: the text of the next question is there
// and has the focus, so that a screen reader reads it.
const focusOnText = `document.activeElement.id === "statement" && document.activeElement.textContent === a`

// TestVoteByKeyboard: all questions with Tab, Enter and the space bar, on one
// page; every vote is said in the status line and moves on to the next text.
func TestVoteByKeyboard(t *testing.T) {
	town, _ := village(t)
	x := startChromium(t, town).tab(t, groningen.Host)
	x.open("/consultations/fietspad")
	x.MustEval(`() => { window.samePage = true }`)
	x.is("the status line is there from the start", `document.querySelector(a).getAttribute("role") === "status"`, status)

	x.says(statement, statements[0])
	x.tabTo(agree)
	x.enter()
	x.until(focusOnText, statements[1])
	x.says(status, town.text("vote.saved.as", "choice", "Eens"))
	if n := x.tabTo(disagree); n > 2 {
		t.Errorf("from the text it takes %d times Tab to the second button", n)
	}
	x.space()
	x.until(focusOnText, statements[2])
	x.says(status, town.text("vote.saved.as", "choice", "Oneens"))
	x.tabTo(pass)
	x.enter()
	x.until(focusOnText, town.text("vote.done"))
	x.says(status, town.text("vote.saved.as", "choice", "Weet ik niet"))
	x.is("voting opened no page", `window.samePage`)
	x.quiet()

	x.tabTo(`#card a[href="/consultations/fietspad/votes"]`)
	x.leads(x.enter)
	x.ownVotes("Eens", "Oneens", "Weet ik niet")
	x.quiet()
}

// TestChangeByKeyboard: the vote before can be changed from the card, and the
// new choice replaces the old one.
func TestChangeByKeyboard(t *testing.T) {
	town, _ := village(t)
	x := startChromium(t, town).tab(t, groningen.Host)
	x.open("/consultations/fietspad")
	x.tabTo(agree)
	x.enter()
	x.until(focusOnText, statements[1])
	x.tabTo(`#card a[href*="q="][href*="#vote"]`)
	x.leads(x.enter)
	x.says(statement, statements[0])
	x.is("the old choice is marked", `document.querySelector(a).getAttribute("aria-pressed") === "true"`, agree)
	x.tabTo(disagree)
	x.enter()
	x.until(focusOnText, statements[1])
	x.says(status, town.text("vote.saved.as", "choice", "Oneens"))
	x.open("/consultations/fietspad/votes")
	x.ownVotes("Oneens")
	x.quiet()
}

// TestVoteWithoutScript: the same by pages alone, and with a letter code typed
// as people type it. After every vote the browser is back at the ballot box, not
// at the top of the page.
func TestVoteWithoutScript(t *testing.T) {
	town, codes := village(t)
	x := startChromium(t, town).tab(t, groningen.Host)
	x.script(false)
	x.open("/consultations/fietspad")
	x.tabTo(`#card a[href="/code?consultation=fietspad"]`)
	x.leads(x.enter)

	x.tabTo("#f-code, input[name=code]")
	x.write("aaaa-bbbb-cccc-d")
	x.leads(x.enter)
	x.is("a wrong code is said on top", `document.querySelector("[role=alert] a").textContent === a`, town.text("code.wrong"))
	x.is("what was typed is kept", `document.querySelector("input[name=code]").value === "aaaa-bbbb-cccc-d"`)
	x.is("the field says that it is wrong", `document.querySelector("input[name=code]").getAttribute("aria-invalid") === "true"`)
	x.tabTo("[role=alert] a")
	x.enter()
	x.until(`document.activeElement.name === "code"`)
	x.MustEval(`() => document.activeElement.select()`)
	x.write(strings.ToLower(strings.ReplaceAll(codes[0], "-", " ")))
	x.leads(x.enter)
	if got := x.path(); got != "/consultations/fietspad#vote" {
		t.Fatalf("the code leads to %s", got)
	}
	x.says("main [role=status]", town.text("code.ok"))
	x.says("#card .app-vote__counts strong", town.text("card.counts"))

	for i, press := range []struct {
		button string
		key    func()
		saved  string
	}{{agree, x.enter, "Eens"}, {disagree, x.space, "Oneens"}, {pass, x.enter, "Weet ik niet"}} {
		x.says(statement, statements[i])
		if n := x.tabTo(press.button); n > 4 {
			t.Errorf("question %d: %d times Tab to the button; the page was not opened at the ballot box", i+1, n)
		}
		x.leads(press.key)
		x.says("#card .app-vote__saved", town.text("vote.saved.as", "choice", press.saved))
	}
	x.says(statement, town.text("vote.done"))
	x.tabTo(`#card a[href="/consultations/fietspad/votes"]`)
	x.leads(x.enter)
	x.ownVotes("Eens", "Oneens", "Weet ik niet")
	x.quiet("status of 400")
}

// ownVotes fails unless the page of the own votes shows these choices.
func (x *tab) ownVotes(choices ...string) {
	x.t.Helper()
	var got []string
	for _, e := range x.MustElements("main table tbody tr, main .app-votes li") {
		got = append(got, strings.Join(strings.Fields(e.MustText()), " "))
	}
	if len(got) < len(choices) {
		x.t.Fatalf("%s shows %q, want %q; it says: %s", x.path(), got, choices, x.said("main"))
	}
	for i, want := range choices {
		if !strings.Contains(got[i], want) {
			x.t.Errorf("%s: row %d is %q, want %q", x.path(), i+1, got[i], want)
		}
	}
}
