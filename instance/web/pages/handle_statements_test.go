// SPDX-License-Identifier: EUPL-1.2

package pages_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"polder/consensus"
	"polder/instance"
	"polder/instance/federationtest"
)

// seeds are the statements with which the conversations of these tests start.
var seeds = []string{
	"Er komt een fietspad langs de hele kade.", "Auto's mogen niet meer op de markt staan.", "De brug moet breder worden dan nu.",
	"Er komen meer bomen in de straten.", "Het plein wordt een plek om te spelen.", "De markt is voortaan op zondag.",
}

// TestConversation runs on one municipality; each part has a conversation of its
// own.
func TestConversation(t *testing.T) {
	s := startMunicipality(t)
	for _, part := range []struct {
		slug string
		run  func(*testing.T, *site, *browser, []string)
	}{
		{"card", talkOnCard}, {"removed", removedStatement}, {"locked", lockedTalk}, {"submit", submittedStatement},
		{"refused", refusedStatements}, {"became", whatBecame}, {"list", statementList}, {"code", mineWithCode},
	} {
		t.Run(part.slug, func(t *testing.T) {
			ids := s.node.Converse(part.slug, seeds...)
			part.run(t, s, s.browser(part.slug), ids)
		})
	}
	t.Run("a consultation without statements has no such pages", func(t *testing.T) {
		s.announce("polls", 1, nil)
		b := s.browser("polls")
		for _, path := range []string{"/statements", "/statements/new"} {
			b.get(b.page()+path).want(t, http.StatusNotFound, "")
		}
		b.post(b.page()+"/statements", "text", "Een zin die lang genoeg is.").want(t, http.StatusNotFound, "")
	})
}

// talkOnCard: every statement is asked once, one at a time; the one before can
// be changed; at the end the card leads on.
func talkOnCard(t *testing.T, s *site, b *browser, ids []string) {
	seen := map[string]bool{}
	for i := range ids {
		card := byID(t, b.get(b.page()).want(t, 200, "").doc(t), "card")
		asked := fieldOf(card, "question")
		if asked == "" || seen[asked] {
			t.Fatalf("card %d asks %q again", i, asked)
		}
		seen[asked] = true
		if want := fmt.Sprintf("Stelling %d van %d", i+1, len(ids)); !strings.Contains(said(card), want) {
			t.Errorf("%q is not said: %s", want, said(card))
		}
		if again := b.asked(t, b.page()); i > 0 && again != asked {
			t.Error("reloading the page asks something else")
		}
		b.vote(asked, "agree").want(t, http.StatusSeeOther, b.box())
		if i > 0 {
			continue
		}
		card = byID(t, b.get(b.page()).doc(t), "card")
		if !strings.Contains(said(card), "Stem opgeslagen: Eens.") {
			t.Errorf("the vote is not confirmed: %s", said(card))
		}
		change := all(card, func(n *node) bool { return text(n) == "Vorige stelling wijzigen" && n.Data == "a" })
		if len(change) != 1 || attr(change[0], "href") != b.page()+"?q="+asked+"#vote" {
			t.Fatalf("no way back to the statement before: %s", said(card))
		}
		if got := b.asked(t, b.page()+"?q="+asked); got != asked {
			t.Errorf("the way back asks %q", got)
		}
	}
	card := said(byID(t, b.get(b.page()).doc(t), "card"))
	for _, want := range []string{"U hebt op alle stellingen gestemd", "Mijn deelname", "Schrijf zelf een stelling"} {
		if !strings.Contains(card, want) {
			t.Errorf("%q is not said at the end: %s", want, card)
		}
	}
	got := b.with("X-Fragment", "1").vote(ids[0], "disagree").want(t, http.StatusOK, "")
	if card := said(byID(t, got.doc(t), "card")); !strings.Contains(card, "Stem opgeslagen: Oneens.") {
		t.Errorf("a changed vote is not confirmed: %s", card)
	}
}

func removedStatement(t *testing.T, s *site, b *browser, ids []string) {
	b.vote(ids[0], "agree").want(t, 303, b.box())
	s.moderate(t, b.slug, ids[0], instance.Decision{Action: consensus.ModerateHide, Reason: "insult"})
	b.vote(ids[0], "disagree").want(t, 303, b.box())
	if page := b.get(b.page()).body; !strings.Contains(page, "Deze stelling staat er niet meer.") {
		t.Error("nobody says that the statement is gone")
	}
	got := b.with("X-Fragment", "1").vote(ids[0], "disagree").want(t, http.StatusConflict, "")
	if asked := fieldOf(byID(t, got.doc(t), "card"), "question"); asked == "" || asked == ids[0] {
		t.Errorf("the card asks %q", asked)
	}
	mine := b.get(b.page()+"/votes").want(t, 200, "")
	if !strings.Contains(mine.body, "Stelling nummer 1: Eens") || strings.Contains(mine.body, seeds[0]) {
		t.Error("the vote on a removed statement is not shown by its number alone")
	}
}

func lockedTalk(t *testing.T, s *site, b *browser, ids []string) {
	b.vote(ids[0], "agree").want(t, 303, b.box())
	if err := s.node.Service.LockInstrument(context.Background(), author, b.slug, true, "Eerst rust."); err != nil {
		t.Fatal(err)
	}
	b.vote(ids[1], "agree").want(t, 303, b.box())
	card := byID(t, b.get(b.page()).doc(t), "card")
	if fieldOf(card, "question") != "" || !strings.Contains(said(card), "alleen lezen") {
		t.Errorf("the card says %s", said(card))
	}
	if mine := b.get(b.page() + "/votes").body; strings.Contains(mine, "Stem intrekken") {
		t.Error("a vote can be taken back")
	}
	b.get(b.page()+"/statements/new").want(t, 200, "")
	b.post(b.page()+"/statements", "text", "Een zin die lang genoeg is.").want(t, http.StatusConflict, "")
}

// submittedStatement: who has voted five times sends one in and sees it under
// the own participation, where nobody else sees it.
func submittedStatement(t *testing.T, s *site, b *browser, ids []string) {
	const mine = "Er komt een speelplaats\r\n  naast de school."
	form := b.page() + "/statements/new"
	if page := b.get(form).want(t, 200, ""); !strings.Contains(page.body, "Stem nog op 5 stellingen.") || strings.Contains(page.body, "<textarea") {
		t.Error("the form is there before five votes")
	}
	for _, id := range ids[:5] {
		b.vote(id, "agree")
	}
	if page := b.get(form).want(t, 200, ""); !strings.Contains(page.body, "<textarea") || page.Header.Get("Cache-Control") != "private, no-store" {
		t.Error("after five votes there is no form")
	}
	b.post(b.page()+"/statements", "text", mine).want(t, http.StatusSeeOther, b.page()+"/votes#sent")
	page := b.get(b.page() + "/votes").doc(t)
	for _, want := range []string{"Uw stelling is binnen.", "Er komt een speelplaats naast de school.", "Wacht", "Mijn deelname"} {
		if !strings.Contains(said(page), want) {
			t.Errorf("%q is not said: %s", want, said(page))
		}
	}
	for _, path := range []string{b.page(), b.page() + "/votes", b.page() + "/statements"} {
		if other := s.browser(b.slug).get(path).want(t, 200, ""); strings.Contains(other.body, "speelplaats") {
			t.Errorf("%s shows somebody else a statement nobody has read", path)
		}
	}
}

func refusedStatements(t *testing.T, s *site, b *browser, ids []string) {
	to := b.page() + "/statements"
	refused := func(b *browser, text string, status int, words string) {
		t.Helper()
		page := b.post(to, "text", text).want(t, status, "")
		if got := said(page.doc(t)); !strings.Contains(got, words) {
			t.Errorf("%q is not said: %.600s", words, got)
		}
		if clean := strings.TrimSpace(text); status == 400 && clean != "" && !strings.Contains(page.body, clean) {
			t.Error("what was typed is lost")
		}
	}
	refused(b, "Een zin die lang genoeg is.", 403, "Stem nog op 5 stellingen.")
	b.vote(ids[0], "pass")
	refused(b, "kort", 403, "Stem nog op 4 stellingen.")
	for _, id := range ids[1:5] {
		b.vote(id, "pass")
	}
	refused(b, " ", 400, "Schrijf eerst uw stelling.")
	refused(b, "Te kort.", 400, "te kort: 8 tekens")
	refused(b, strings.Repeat("Te lang. ", 20), 400, "te lang: 179 tekens")
	refused(b, "De BRUG moet breder worden, dan nu!", 409, "Uw stelling staat er al, als nummer 3.")
	if page := b.post(to, "text", seeds[2]).doc(t); !strings.Contains(said(page), "Stelling nummer 3") || !strings.Contains(said(page), seeds[2]) {
		t.Errorf("the statement that is there is not shown: %s", said(page))
	}
	for i := range 10 {
		b.post(to, "text", fmt.Sprintf("Dit is mijn stelling met nummer %d.", i)).want(t, 303, b.page()+"/votes#sent")
	}
	refused(b, "Dit is er echt een te veel van mij.", 429, "Er wachten al tien stellingen van u")
	refused(b, "Dit is mijn stelling met nummer 3.", 429, "Er wachten al tien stellingen van u")
	s.limiter.close("contribution")
	refused(b, "Dit is er nog een van mij erbij.", 429, "te veel verzoeken")
	s.limiter.open()

	other := s.browser(b.slug)
	for _, id := range ids[:5] {
		other.vote(id, "pass")
	}
	refused(other, "Dit is mijn stelling met nummer 3.", 409, "Een medewerker moet haar nog lezen.")
	if err := s.node.Service.LockInstrument(context.Background(), author, b.slug, true, "Eerst rust."); err != nil {
		t.Fatal(err)
	}
	refused(other, "Een zin die lang genoeg is.", 409, "U kunt nu geen stelling meer insturen.")
}

// whatBecame: the author reads what the moderator decided.
func whatBecame(t *testing.T, s *site, b *browser, ids []string) {
	for _, id := range ids[:5] {
		b.vote(id, "agree")
	}
	decide := func(text string, decisions ...instance.Decision) {
		t.Helper()
		b.post(b.page()+"/statements", "text", text).want(t, 303, b.page()+"/votes#sent")
		list, err := s.node.Service.Statements(context.Background(), s.con(t, b.slug).ID, consensus.StatementPending)
		if err != nil || len(list) != 1 {
			t.Fatalf("%d statements wait: %v", len(list), err)
		}
		for _, d := range decisions {
			s.moderate(t, b.slug, list[0].ID, d)
		}
	}
	approve := instance.Decision{Action: consensus.ModerateApprove}
	decide("De haven blijft open voor boten.", approve)
	decide("Buurman Jansen is een sufferd.", instance.Decision{Action: consensus.ModerateReject, Reason: "insult", Text: "Blijf vriendelijk."})
	decide("De kade krijgt een fietspad.", approve, instance.Decision{Action: consensus.ModerateMerge, Into: 1})
	decide("Dit stond er even maar nu niet meer.", approve, instance.Decision{Action: consensus.ModerateHide, Reason: "spam"})
	page := said(byID(t, b.get(b.page()+"/votes").doc(t), "sent"))
	for _, want := range []string{"Uw stelling staat erbij als nummer 7.", "Uw stelling is niet geplaatst. Reden: beledigt iemand. Blijf vriendelijk.",
		"Uw stelling zegt hetzelfde als stelling 1.", "Uw stelling stond erbij en is weggehaald. Reden: reclame of rommel."} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not said: %s", want, page)
		}
	}
	list := s.browser(b.slug).get(b.page()+"/statements").want(t, 200, "")
	for _, want := range []string{"De haven blijft open", "Eén stelling: beledigt iemand", "Eén stelling: reclame of rommel", "Stelling 8 zegt hetzelfde als stelling 1."} {
		if !strings.Contains(said(list.doc(t)), want) {
			t.Errorf("%q is not in the list", want)
		}
	}
	for _, secret := range []string{"Jansen", "vriendelijk", "stond er even"} {
		if strings.Contains(list.body, secret) {
			t.Errorf("the list says %q", secret)
		}
	}
}

func statementList(t *testing.T, s *site, b *browser, ids []string) {
	for i := range 100 {
		if _, err := s.node.Service.AddSeed(context.Background(), author, b.slug, fmt.Sprintf("Dit is een stelling erbij met nummer %d.", i), "nl"); err != nil {
			t.Fatal(err)
		}
	}
	b.vote(ids[1], "disagree")
	page := b.get(b.page()+"/statements").want(t, 200, "").doc(t)
	if got := said(byID(t, page, "s-2")); !strings.Contains(got, "Uw stem: Oneens") {
		t.Errorf("the own vote is not said: %s", got)
	}
	if rows := all(page, func(n *node) bool { return strings.HasPrefix(attr(n, "id"), "s-") }); len(rows) != 100 {
		t.Errorf("%d statements on one page", len(rows))
	}
	byID(t, b.get(b.page()+"/statements?page=2").want(t, 200, "").doc(t), "s-106")
	b.get(b.page()+"/statements?page=3").want(t, http.StatusNotFound, "")
	for _, odd := range []string{"0", "-1", "x", "99999999999999999999"} {
		b.get(b.page()+"/statements?page="+odd).want(t, 200, "")
	}
	if got := b.asked(t, b.page()+"?s=2"); got != ids[1] {
		t.Errorf("the link of a poll elsewhere asks %q", got)
	}
}

// mineWithCode: votes of before the letter code are shown apart and can be taken
// back; votes with the code are the holder's own.
func mineWithCode(t *testing.T, s *site, b *browser, ids []string) {
	codes := s.letters(b.slug, 1)
	b.vote(ids[0], "agree")
	b.post("/code", "code", codes[0], "consultation", b.slug).want(t, 303, b.box())
	b.vote(ids[1], "disagree")
	page := said(b.get(b.page() + "/votes").doc(t))
	before, after, found := strings.Cut(page, "Eerder gestemd zonder stemcode")
	if !found || !strings.Contains(before, seeds[1]) || strings.Contains(before, seeds[0]) || !strings.Contains(after, seeds[0]) {
		t.Fatalf("the votes are not told apart: %s", page)
	}
	b.post(b.page()+"/votes/withdraw", "question", ids[0], "level", "open").want(t, 303, b.page()+"/votes")
	b.post(b.page()+"/votes/withdraw", "question", ids[0]).want(t, 303, b.page()+"/votes")
	page = said(b.get(b.page() + "/votes").doc(t))
	if strings.Contains(page, seeds[0]) || !strings.Contains(page, seeds[1]) {
		t.Errorf("after taking back: %s", page)
	}
}

// con is the consultation with this slug.
func (s *site) con(t *testing.T, slug string) *consensus.Consultation {
	t.Helper()
	con, err := instance.NewViews(s.node.Service).Consultation(context.Background(), slug)
	if err != nil {
		t.Fatal(err)
	}
	return con
}

func (s *site) moderate(t *testing.T, slug, id string, d instance.Decision) {
	t.Helper()
	if err := s.node.Service.ModerateStatement(context.Background(), federationtest.Author, slug, id, d); err != nil {
		t.Fatal(err)
	}
}
