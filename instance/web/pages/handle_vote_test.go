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

const (
	voteURL = "/consultations/fietspad#vote"
	pageURL = "/consultations/fietspad"
)

func TestAVoteIsStoredAndLeadsToTheNextQuestion(t *testing.T) {
	s := openSite(t, 3, nil)
	b := s.browser()
	if got := b.asked(t, pageURL); got != "qa" {
		t.Fatalf("the card starts with %q", got)
	}
	b.vote("qa", "agree").want(t, http.StatusSeeOther, voteURL)
	card := byID(t, b.get(pageURL).doc(t), "card")
	if got := fieldOf(card, "question"); got != "qb" {
		t.Errorf("after qa comes %q", got)
	}
	for _, want := range []string{"Stem opgeslagen: Eens.", "1 van 3"} {
		if !strings.Contains(said(card), want) {
			t.Errorf("%q is not in the card: %s", want, said(card))
		}
	}
	if again := byID(t, b.get(pageURL).doc(t), "card"); strings.Contains(said(again), "opgeslagen") {
		t.Error("the message is shown twice")
	}
	b.vote("qc", "pass").want(t, http.StatusSeeOther, voteURL)
	if got := b.asked(t, pageURL); got != "qb" {
		t.Errorf("after the last question comes %q, want the one that was skipped", got)
	}
	b.vote("qb", "disagree").want(t, http.StatusSeeOther, voteURL)
	if card := said(byID(t, b.get(pageURL).doc(t), "card")); !strings.Contains(card, "op alle vragen gestemd") {
		t.Errorf("the end is not said: %s", card)
	}
	if n := s.counted(t, "qa", eligibility.Open, "agree"); n != 1 {
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
func (s *site) counted(t testing.TB, question string, level eligibility.Level, option string) int64 {
	t.Helper()
	const seeds = 20
	var hashes []string
	if level == eligibility.Code {
		hashes = s.node.Codes("fietspad", 2*seeds)
	}
	for i := range 2 * seeds {
		identity := fmt.Sprint("seed ", i)
		if hashes != nil {
			identity = hashes[i]
		}
		if err := s.node.Vote("fietspad", question, []string{"agree", "disagree"}[i%2], level, identity); err != nil {
			t.Fatal(err)
		}
	}
	s.cluster.Advance(2 * time.Hour)
	s.cluster.Advance(5 * time.Minute)
	page, err := instance.NewViews(s.node.Service).Page(context.Background(), "fietspad", instance.Voter{})
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
	for _, c := range contract {
		t.Run(c.name, func(t *testing.T) {
			t.Run("no JavaScript", func(t *testing.T) {
				s, b := c.start(t)
				got := b.vote(c.question, c.choices...).want(t, c.plain, c.location)
				c.check(t, got)
				if c.message != "" && got.StatusCode == http.StatusSeeOther && strings.HasPrefix(c.location, pageURL) {
					s.limiter.open()
					got = b.get(pageURL)
				}
				if !strings.Contains(got.body, c.message) {
					t.Errorf("%q is not said:\n%.3000s", c.message, got.body)
				}
			})
			t.Run("fragment", func(t *testing.T) {
				_, b := c.start(t)
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
			})
		})
	}
}

// contractCase is one line of the table.
type contractCase struct {
	name     string
	start    func(*testing.T) (*site, *browser)
	question string
	choices  []string

	plain    int // status without JavaScript
	location string
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
	{name: "stored", start: fresh, question: "qa", choices: []string{"agree"},
		plain: 303, location: voteURL, message: "Stem opgeslagen: Eens.", fragment: 200, next: "qb", inCard: "Stem opgeslagen: Eens."},
	{name: "the same vote again", start: voted, question: "qa", choices: []string{"agree"},
		plain: 303, location: voteURL, message: "Stem opgeslagen: Eens.", fragment: 200, next: "qb", inCard: "Stem opgeslagen: Eens."},
	{name: "a changed vote", start: voted, question: "qa", choices: []string{"disagree"},
		plain: 303, location: voteURL, message: "Stem opgeslagen: Oneens.", fragment: 200, next: "qb", inCard: "Stem opgeslagen: Oneens."},
	{name: "question no longer current", start: voted, question: "gone", choices: []string{"agree"},
		plain: 303, location: voteURL, message: "Deze vraag was al beantwoord", fragment: 409, next: "qb", inCard: "Deze vraag was al beantwoord"},
	{name: "unknown choice", start: fresh, question: "qb", choices: []string{"maybe"},
		plain: 400, message: "Deze keuze bestaat niet", fragment: 400, next: "qb", inCard: "Deze keuze bestaat niet"},
	{name: "no choice", start: fresh, question: "qb",
		plain: 400, message: "Deze keuze bestaat niet", fragment: 400, next: "qb", inCard: "Deze keuze bestaat niet"},
	{name: "two choices where one is possible", start: fresh, question: "qb", choices: []string{"agree", "disagree"},
		plain: 400, message: "Deze keuze bestaat niet", fragment: 400, next: "qb", inCard: "Deze keuze bestaat niet"},
	{name: "level missing", start: codesOnly, question: "qa", choices: []string{"agree"},
		plain: 303, location: "/login?next=%2Fconsultations%2Ffietspad%23vote", fragment: 403, inCard: "Stemcode invullen"},
	{name: "closed", start: closed, question: "qa", choices: []string{"agree"},
		plain: 303, location: voteURL, message: "Uw stem is niet opgeslagen", fragment: 409, inCard: "Het stemmen is gesloten"},
	{name: "not open yet", start: planned, question: "qa", choices: []string{"agree"},
		plain: 303, location: voteURL, message: "Uw stem is niet opgeslagen", fragment: 409, inCard: "Stemmen kan nog niet"},
	{name: "suspended", start: suspended, question: "qa", choices: []string{"agree"},
		plain: 303, location: voteURL, message: "Uw stem is niet opgeslagen", fragment: 409, inCard: "Het stemmen ligt stil"},
	{name: "limited", start: limited, question: "qb", choices: []string{"agree"},
		plain: 429, message: "te veel verzoeken", fragment: 429, next: "qb", inCard: "te veel verzoeken", retry: "42"},
	{name: "start-up guard", start: guarded, question: "qa", choices: []string{"agree"},
		plain: 503, message: "Uw stem is niet opgeslagen", fragment: 503, inCard: "Stemmen kan zo weer", retry: "60"},
}

func fresh(t *testing.T) (*site, *browser) {
	s := openSite(t, 2, nil)
	return s, s.browser()
}

func voted(t *testing.T) (*site, *browser) {
	s, b := fresh(t)
	b.vote("qa", "agree").want(t, 303, voteURL)
	return s, b
}

func codesOnly(t *testing.T) (*site, *browser) {
	s := openSite(t, 2, func(d *instance.Draft) { d.Definition.Levels = []eligibility.Level{eligibility.Code} })
	return s, s.browser()
}

func closed(t *testing.T) (*site, *browser) {
	s, b := voted(t)
	s.cluster.Advance(time.Hour)
	return s, b
}

func planned(t *testing.T) (*site, *browser) {
	s := openSite(t, 2, func(d *instance.Draft) {
		ph := &d.Charter.Phases[0]
		ph.StartsAt, ph.EndsAt = ph.StartsAt.Add(24*time.Hour), ph.EndsAt.Add(72*time.Hour)
	})
	return s, s.browser()
}

func suspended(t *testing.T) (*site, *browser) {
	s, b := voted(t)
	err := s.node.Service.StepConsultation(context.Background(), federationtest.Approver, "fietspad",
		consensus.Event{Kind: consensus.EventSuspend, Reason: "storing"})
	if err != nil {
		t.Fatal(err)
	}
	return s, b
}

func limited(t *testing.T) (*site, *browser) {
	s, b := voted(t)
	s.limiter.close("votes")
	return s, b
}

// guarded is a member that was started again while its parent is out of reach.
func guarded(t *testing.T) (*site, *browser) {
	c := federationtest.NewCluster(t, provPlace, groningen)
	c.Bind(provPlace, groningen)
	c.Node(groningen).Announce(c.Draft("fietspad", 2, false))
	c.Down(provPlace, true)
	c.Node(groningen).Restart()
	s := newSite(t, c, groningen, siteOptions{})
	return s, s.browser()
}

func TestParallelVotesWithOneCookieCountOnce(t *testing.T) {
	s := openSite(t, 2, nil)
	b := s.browser()
	b.vote("qb", "agree").want(t, 303, voteURL) // the cookie
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			one := s.browser()
			for name, value := range b.cookies {
				one.cookies[name] = value
			}
			one.vote("qa", "agree").want(t, 303, voteURL)
		})
	}
	wg.Wait()
	if n := s.counted(t, "qa", eligibility.Open, "agree"); n != 1 {
		t.Errorf("%d votes were counted", n)
	}
}

func TestEveryBrowserGetsItsOwnCookieWithTheFirstVote(t *testing.T) {
	s := openSite(t, 2, nil)
	one, other := s.browser(), s.browser()
	if one.get(pageURL); len(one.cookies) != 0 {
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
	if n := s.counted(t, "qa", eligibility.Open, "agree"); n != 2 {
		t.Errorf("%d votes were counted", n)
	}
}

func TestAForgedCookieIsNobody(t *testing.T) {
	s := openSite(t, 2, nil)
	b := s.browser()
	b.vote("qa", "agree")
	value := b.cookies["__Host-p"]
	for _, forged := range []string{"", "x", value[:len(value)-2], "A" + value[1:], strings.Repeat("A", 80)} {
		liar := s.browser()
		liar.cookies["__Host-p"] = forged
		if got := liar.asked(t, pageURL); got != "qa" {
			t.Errorf("cookie %.20q has voted on qa", forged)
		}
	}
}

func TestOtherSitesCannotMakeABrowserVote(t *testing.T) {
	s := openSite(t, 2, nil)
	for _, header := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://elsewhere.example"}} {
		b := s.browser().with(header[0], header[1])
		for _, path := range []string{pageURL + "/votes", pageURL + "/votes/withdraw", "/code"} {
			if got := b.post(path, "question", "qa", "choice", "agree", "code", "K7QX4M2P9RTV5"); got.StatusCode != http.StatusForbidden {
				t.Errorf("%s with %v: status %d", path, header, got.StatusCode)
			}
		}
	}
	if n := s.counted(t, "qa", eligibility.Open, "agree"); n != 0 {
		t.Errorf("%d votes were counted", n)
	}
}

func TestWithdrawnVotesAreNotCounted(t *testing.T) {
	s := openSite(t, 2, nil)
	b := s.browser()
	b.vote("qa", "agree")
	b.vote("qb", "disagree")
	own := b.get(pageURL + "/votes").want(t, 200, "").doc(t)
	if !strings.Contains(said(own), "U hebt op 2 vragen gestemd") {
		t.Errorf("own votes: %s", said(own))
	}
	b.post(pageURL+"/votes/withdraw", "question", "qa").want(t, 303, pageURL+"/votes")
	after := b.get(pageURL + "/votes")
	if !strings.Contains(after.body, "Uw stem is ingetrokken.") || !strings.Contains(after.body, "U hebt op 1 vraag gestemd") {
		t.Errorf("after withdrawing: %s", said(after.doc(t)))
	}
	b.post(pageURL+"/votes/withdraw", "question", "qa").want(t, 303, pageURL+"/votes") // again: nothing changes
	s.browser().post(pageURL+"/votes/withdraw", "question", "qb").want(t, 303, pageURL+"/votes")
	if got := b.asked(t, pageURL); got != "qa" {
		t.Errorf("the card asks %q", got)
	}
	if n := s.counted(t, "qa", eligibility.Open, "agree"); n != 0 {
		t.Errorf("%d votes were counted", n)
	}
	b.post(pageURL+"/votes/withdraw", "question", "qb").want(t, 303, voteURL) // closed now
	if err := s.node.Service.Recount(context.Background(), s.node.Consultation("fietspad")); err != nil {
		t.Error(err)
	}
}
