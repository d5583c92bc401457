// SPDX-License-Identifier: EUPL-1.2

package pages_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance"
	"polder/instance/federationtest"
)

func nextQuestion(t *testing.T, s *site, b *browser) {
	if got := b.asked(t, b.page()); got != "qa" {
		t.Fatalf("the card starts with %q", got)
	}
	b.vote("qa", "agree").want(t, http.StatusSeeOther, b.box())
	card := byID(t, b.get(b.page()).doc(t), "card")
	if got := fieldOf(card, "question"); got != "qb" {
		t.Errorf("after qa comes %q", got)
	}
	for _, want := range []string{"Stem opgeslagen: Eens.", "1 van 3"} {
		if !strings.Contains(said(card), want) {
			t.Errorf("%q is not in the card: %s", want, said(card))
		}
	}
	if again := byID(t, b.get(b.page()).doc(t), "card"); strings.Contains(said(again), "opgeslagen") {
		t.Error("the message is shown twice")
	}
	b.vote("qc", "pass").want(t, http.StatusSeeOther, b.box())
	if got := b.asked(t, b.page()); got != "qb" {
		t.Errorf("after the last question comes %q, want the one that was skipped", got)
	}
	b.vote("qb", "disagree").want(t, http.StatusSeeOther, b.box())
	if card := said(byID(t, b.get(b.page()).doc(t), "card")); !strings.Contains(card, "op alle vragen gestemd") {
		t.Errorf("the end is not said: %s", card)
	}
	if n := b.counted(t, "qa", eligibility.Open, "agree"); n != 1 {
		t.Errorf("%d votes were counted", n)
	}
}

// asked is the question in the card of a page.
func (b *browser) asked(t testing.TB, path string) string {
	t.Helper()
	return fieldOf(byID(t, b.get(path).want(t, http.StatusOK, "").doc(t), "card"), "question")
}

// counted closes the vote and reads the signed tally: the votes on one option
// beyond those of seed, which keep every group large enough to be shown.
func (b *browser) counted(t testing.TB, question string, level eligibility.Level, option string) int64 {
	t.Helper()
	s := b.s
	const seeds = 20
	var hashes []string
	if level == eligibility.Code {
		hashes = s.node.Codes(b.slug, 2*seeds)
	}
	for i := range 2 * seeds {
		identity := fmt.Sprint("seed ", i)
		if hashes != nil {
			identity = hashes[i]
		}
		if err := s.node.Vote(b.slug, question, []string{"agree", "disagree"}[i%2], level, identity); err != nil {
			t.Fatal(err)
		}
	}
	s.cluster.Advance(2 * time.Hour)
	s.cluster.Advance(5 * time.Minute)
	page, err := instance.NewViews(s.node.Service).Page(context.Background(), b.slug, instance.Voter{})
	if err != nil || page.Tally == nil || page.Tally.Status == "interim" {
		t.Fatalf("no tally after closing: %v", err)
	}
	q, _ := page.Tally.Question(question)
	for _, o := range q.Options {
		if o.ID == option {
			return o.N[string(level)] - seeds
		}
	}
	t.Fatalf("no option %s", option)
	return 0
}

// TestVotingContract is the table of interface.md 2, cell by cell.
func TestVotingContract(t *testing.T) {
	s := contractSite(t)
	guarded := guardedSite(t)
	for _, c := range contract {
		on := s
		if c.slug == "guarded" {
			on = guarded
		}
		t.Run(c.name, func(t *testing.T) {
			t.Run("no JavaScript", func(t *testing.T) { c.plainCell(t, c.visitor(t, on)) })
			t.Run("fragment", func(t *testing.T) { c.fragmentCell(t, c.visitor(t, on)) })
		})
	}
}

// visitor is a browser in the situation of the case.
func (c contractCase) visitor(t *testing.T, s *site) *browser {
	b := s.browser(c.slug)
	if c.voted {
		b.vote("qa", "agree").want(t, 303, b.box())
	}
	if c.limited {
		s.limiter.close("votes")
		t.Cleanup(s.limiter.open)
	}
	return b
}

func (c contractCase) plainCell(t *testing.T, b *browser) {
	location := map[string]string{"": "", "vote": b.box(), "login": "/login?next=%2Fconsultations%2F" + c.slug + "%23vote"}[c.location]
	got := b.vote(c.question, c.choices...).want(t, c.plain, location)
	c.check(t, got)
	if c.location == "vote" {
		got = b.get(b.page())
	}
	if !strings.Contains(got.body, c.message) {
		t.Errorf("%q is not said:\n%.3000s", c.message, got.body)
	}
}

func (c contractCase) fragmentCell(t *testing.T, b *browser) {
	got := b.with("X-Fragment", "1").vote(c.question, c.choices...).want(t, c.fragment, "")
	c.check(t, got)
	if strings.Contains(got.body, "<html") {
		t.Error("a fragment is a whole page")
	}
	card := byID(t, got.doc(t), "card")
	if asked := fieldOf(card, "question"); asked != c.next {
		t.Errorf("the card asks %q, want %q", asked, c.next)
	}
	if !strings.Contains(said(card), c.inCard) {
		t.Errorf("%q is not said: %s", c.inCard, said(card))
	}
}

// contractCase is one line of the table.
type contractCase struct {
	name     string
	slug     string
	voted    bool // on qa: agree
	limited  bool // no room in the bucket for votes
	question string
	choices  []string

	plain    int    // status without JavaScript
	location string // vote: back to the card; login
	message  string // on the page that follows

	fragment int
	next     string // question in the card
	inCard   string
	retry    string // Retry-After
}

func (c contractCase) check(t *testing.T, a answer) {
	t.Helper()
	if got := a.Header.Get("Retry-After"); got != c.retry {
		t.Errorf("Retry-After is %q, want %q", got, c.retry)
	}
	if got := a.Header.Get("Cache-Control"); got != "private, no-store" {
		t.Errorf("Cache-Control is %q", got)
	}
}

var contract = []contractCase{
	{name: "stored", slug: "open", question: "qa", choices: []string{"agree"},
		plain: 303, location: "vote", message: "Stem opgeslagen: Eens.", fragment: 200, next: "qb", inCard: "Stem opgeslagen: Eens."},
	{name: "the same vote again", slug: "open", voted: true, question: "qa", choices: []string{"agree"},
		plain: 303, location: "vote", message: "Stem opgeslagen: Eens.", fragment: 200, next: "qb", inCard: "Stem opgeslagen: Eens."},
	{name: "a changed vote", slug: "open", voted: true, question: "qa", choices: []string{"disagree"},
		plain: 303, location: "vote", message: "Stem opgeslagen: Oneens.", fragment: 200, next: "qb", inCard: "Stem opgeslagen: Oneens."},
	{name: "question no longer current", slug: "open", voted: true, question: "gone", choices: []string{"agree"},
		plain: 303, location: "vote", message: "Deze vraag was al beantwoord", fragment: 409, next: "qb", inCard: "Deze vraag was al beantwoord"},
	{name: "unknown choice", slug: "open", question: "qb", choices: []string{"maybe"},
		plain: 400, message: "Deze keuze bestaat niet", fragment: 400, next: "qb", inCard: "Deze keuze bestaat niet"},
	{name: "no choice", slug: "open", question: "qb",
		plain: 400, message: "Deze keuze bestaat niet", fragment: 400, next: "qb", inCard: "Deze keuze bestaat niet"},
	{name: "two choices where one is possible", slug: "open", question: "qb", choices: []string{"agree", "disagree"},
		plain: 400, message: "Deze keuze bestaat niet", fragment: 400, next: "qb", inCard: "Deze keuze bestaat niet"},
	{name: "level missing", slug: "codes", question: "qa", choices: []string{"agree"},
		plain: 303, location: "login", fragment: 403, inCard: "Stemcode invullen"},
	{name: "closed", slug: "closed", question: "qa", choices: []string{"agree"},
		plain: 303, location: "vote", message: "Uw stem is niet opgeslagen", fragment: 409, inCard: "Het stemmen is gesloten"},
	{name: "not open yet", slug: "planned", question: "qa", choices: []string{"agree"},
		plain: 303, location: "vote", message: "Uw stem is niet opgeslagen", fragment: 409, inCard: "Stemmen kan nog niet"},
	{name: "suspended", slug: "paused", question: "qa", choices: []string{"agree"},
		plain: 303, location: "vote", message: "Uw stem is niet opgeslagen", fragment: 409, inCard: "Het stemmen ligt stil"},
	{name: "limited", slug: "open", voted: true, limited: true, question: "qb", choices: []string{"agree"},
		plain: 429, message: "te veel verzoeken", fragment: 429, next: "qb", inCard: "te veel verzoeken", retry: "42"},
	{name: "start-up guard", slug: "guarded", question: "qa", choices: []string{"agree"},
		plain: 503, message: "Uw stem is niet opgeslagen", fragment: 503, inCard: "Stemmen kan zo weer", retry: "60"},
}

// contractSite is a municipality with a consultation in every state that the
// table names.
func contractSite(t *testing.T) *site {
	s := startMunicipality(t)
	shift := func(starts, ends time.Duration) func(*instance.Draft) {
		return func(d *instance.Draft) {
			ph := &d.Charter.Phases[0]
			ph.StartsAt, ph.EndsAt = ph.StartsAt.Add(starts), ph.EndsAt.Add(ends)
		}
	}
	s.announce("closed", 2, nil)
	s.announce("open", 2, shift(0, 24*time.Hour))
	s.announce("paused", 2, shift(0, 24*time.Hour))
	s.announce("planned", 2, shift(24*time.Hour, 72*time.Hour))
	s.announce("codes", 2, func(d *instance.Draft) {
		shift(0, 24*time.Hour)(d)
		d.Definition.Levels = []eligibility.Level{eligibility.Code}
	})
	s.cluster.Advance(time.Hour)
	err := s.node.Service.StepConsultation(context.Background(), federationtest.Approver, "paused",
		consensus.Event{Kind: consensus.EventSuspend, Reason: "storing"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// guardedSite is a member that was started again while its parent is out of
// reach.
func guardedSite(t *testing.T) *site {
	c := federationtest.NewCluster(t, provPlace, groningen)
	c.Bind(provPlace, groningen)
	c.Node(groningen).Announce(c.Draft("guarded", 2, false))
	c.Down(provPlace, true)
	c.Node(groningen).Restart()
	return newSite(t, c, groningen, siteOptions{})
}

// TestVotes runs on one municipality; each part opens a consultation of its own.
func TestVotes(t *testing.T) {
	s := startMunicipality(t)
	for _, part := range []struct {
		slug string
		run  func(*testing.T, *site, *browser)
	}{
		{"next", nextQuestion}, {"parallel", parallelVotes}, {"cookies", ownCookie}, {"forged", forgedCookie},
		{"elsewhere", otherSites}, {"withdraw", withdrawnVotes},
	} {
		t.Run(part.slug, func(t *testing.T) {
			questions := 2
			if part.slug == "next" {
				questions = 3
			}
			s.announce(part.slug, questions, nil)
			part.run(t, s, s.browser(part.slug))
		})
	}
}

// parallelVotes: however often one cookie votes at the same moment, one counts.
func parallelVotes(t *testing.T, s *site, b *browser) {
	b.vote("qb", "agree").want(t, 303, b.box()) // the cookie
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			one := s.browser(b.slug)
			for name, value := range b.cookies {
				one.cookies[name] = value
			}
			if got := one.vote("qa", "agree"); got.StatusCode != http.StatusSeeOther {
				t.Errorf("status %d", got.StatusCode)
			}
		})
	}
	wg.Wait()
	if n := b.counted(t, "qa", eligibility.Open, "agree"); n != 1 {
		t.Errorf("%d votes were counted", n)
	}
}

// ownCookie: every browser gets a cookie of its own with its first vote.
func ownCookie(t *testing.T, s *site, one *browser) {
	other := s.browser(one.slug)
	if one.get(one.page()); len(one.cookies) != 0 {
		t.Fatalf("looking sets cookies: %v", one.cookies)
	}
	first := one.vote("qa", "agree")
	other.vote("qa", "agree")
	if one.cookies["__Host-p"] == "" || one.cookies["__Host-p"] == other.cookies["__Host-p"] {
		t.Errorf("cookies %q and %q", one.cookies["__Host-p"], other.cookies["__Host-p"])
	}
	set := first.Cookies()[0]
	if !set.HttpOnly || !set.Secure || set.SameSite != http.SameSiteLaxMode || set.Path != "/" || set.MaxAge <= 0 {
		t.Errorf("cookie %s", set.Raw)
	}
	if later := one.vote("qb", "agree"); len(later.Cookies()) != 1 || later.Cookies()[0].Name != "__Host-f" {
		t.Errorf("the second vote sets %v", later.Cookies())
	}
	if n := one.counted(t, "qa", eligibility.Open, "agree"); n != 2 {
		t.Errorf("%d votes were counted", n)
	}
}

// forgedCookie: what the instance did not write is nobody's cookie.
func forgedCookie(t *testing.T, s *site, b *browser) {
	b.vote("qa", "agree")
	value := b.cookies["__Host-p"]
	for _, forged := range []string{"", "x", value[:len(value)-2], "A" + value[1:], strings.Repeat("A", 80)} {
		liar := s.browser(b.slug)
		liar.cookies["__Host-p"] = forged
		if got := liar.asked(t, b.page()); got != "qa" {
			t.Errorf("cookie %.20q has voted on qa", forged)
		}
	}
}

// otherSites cannot make a browser vote.
func otherSites(t *testing.T, s *site, b *browser) {
	for _, header := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://elsewhere.example"}} {
		b := b.with(header[0], header[1])
		for _, path := range []string{b.page() + "/votes", b.page() + "/votes/withdraw", "/code"} {
			if got := b.post(path, "question", "qa", "choice", "agree", "code", "K7QX4M2P9RTV5"); got.StatusCode != http.StatusForbidden {
				t.Errorf("%s with %v: status %d", path, header, got.StatusCode)
			}
		}
	}
	if n := b.counted(t, "qa", eligibility.Open, "agree"); n != 0 {
		t.Errorf("%d votes were counted", n)
	}
}

func withdrawnVotes(t *testing.T, s *site, b *browser) {
	b.vote("qa", "agree")
	b.vote("qb", "disagree")
	own := b.get(b.page()+"/votes").want(t, 200, "").doc(t)
	if !strings.Contains(said(own), "U hebt op 2 vragen gestemd") {
		t.Errorf("own votes: %s", said(own))
	}
	b.post(b.page()+"/votes/withdraw", "question", "qa").want(t, 303, b.page()+"/votes")
	after := b.get(b.page() + "/votes")
	if !strings.Contains(after.body, "Uw stem is ingetrokken.") || !strings.Contains(after.body, "U hebt op 1 vraag gestemd") {
		t.Errorf("after withdrawing: %s", said(after.doc(t)))
	}
	b.post(b.page()+"/votes/withdraw", "question", "qa").want(t, 303, b.page()+"/votes") // again: nothing changes
	s.browser(b.slug).post(b.page()+"/votes/withdraw", "question", "qb").want(t, 303, b.page()+"/votes")
	if got := b.asked(t, b.page()); got != "qa" {
		t.Errorf("the card asks %q", got)
	}
	if n := b.counted(t, "qa", eligibility.Open, "agree"); n != 0 {
		t.Errorf("%d votes were counted", n)
	}
	b.post(b.page()+"/votes/withdraw", "question", "qb").want(t, 303, b.box()) // closed now
	if err := s.node.Service.Recount(context.Background(), s.node.Consultation(b.slug)); err != nil {
		t.Error(err)
	}
}
