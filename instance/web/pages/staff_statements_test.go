// SPDX-License-Identifier: EUPL-1.2

package pages_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance"
	"polder/instance/federationtest"
)

const deskPath = "/staff/consultations/kade/statements"

var deskSeeds = []string{"Het fietspad mag parkeerplaatsen kosten.", "Er komen meer bomen langs de kade.", "De snelheid gaat omlaag naar 30.",
	"Bussen krijgen een eigen baan.", "De kade wordt afgesloten voor auto's."}

// talk is an office with an open conversation "kade", and somebody in it who
// may send statements in.
func talk(t *testing.T) (*office, []string, instance.Voter) {
	t.Helper()
	o := newOffice(t, federationtest.NewCluster(t, groningen), groningen)
	ids := o.node.Converse("kade", deskSeeds...)
	ann := instance.Voter{Level: eligibility.Open, Identity: "ann"}
	for _, id := range ids {
		check(t, o.node.Vote("kade", id, "agree", ann.Level, ann.Identity))
	}
	return o, ids, ann
}

func (o *office) sendIn(by instance.Voter, text string) string {
	o.t.Helper()
	st, err := o.node.Service.SubmitStatement(context.Background(), "kade", by, text, "nl")
	check(o.t, err)
	return st.ID
}

// standing is what became of a statement.
func (o *office) standing(id string) instance.Statement {
	o.t.Helper()
	all, err := o.node.Service.Statements(context.Background(), o.stored("kade").ID)
	check(o.t, err)
	for _, st := range all {
		if st.ID == id {
			return st
		}
	}
	o.t.Fatalf("no statement %s", id)
	return instance.Statement{}
}

func deskForm(id, action string) string { return deskPath + "/" + id + "/" + action }

// A moderator approves, rejects with a reason, merges and corrects what waits,
// without JavaScript; the dashboard says that something waits.
func TestModerateQueue(t *testing.T) {
	t.Parallel()
	o, ids, ann := talk(t)
	anna := o.author()
	if strings.Contains(said(anna.open("/staff").page.doc(t)), "Stellingen beoordelen") {
		t.Error("the dashboard says that something waits, and nothing does")
	}
	good, bad := o.sendIn(ann, "Er komt een speelplaats bij de kade."), o.sendIn(ann, "De wethouder is een uilskuiken.")
	same, typo := o.sendIn(ann, "Er moeten meer bomen komen langs de kade."), o.sendIn(ann, "De bris moet open blijven.")
	anna.open("/staff").says("Stellingen beoordelen: ")
	anna.open("/staff/consultations/kade").says("4 wachten op u")
	anna.open(deskPath).says("Er komt een speelplaats bij de kade.")
	order := []int{}
	for _, text := range []string{"een speelplaats", "uilskuiken", "moeten meer bomen", "De bris"} {
		order = append(order, strings.Index(anna.page.body, text))
	}
	if order[0] > order[1] || order[1] > order[2] || order[2] > order[3] {
		t.Errorf("the oldest does not come first: %v", order)
	}

	anna.submit(deskForm(good, "approve")).says("De stelling is zichtbaar")
	if st := o.standing(good); st.State != consensus.StatementVisible || st.Number != 6 {
		t.Errorf("approved: %+v", st)
	}
	a := anna.send(deskForm(bad, "reject"), "reason", "", "text", "Dit gaat over een persoon.")
	if a.StatusCode != http.StatusBadRequest || len(summary(a)) != 1 || summary(a)[0] != "Kies een reden." || !strings.Contains(a.body, "Dit gaat over een persoon.") {
		t.Errorf("rejected without a reason: %d %q", a.StatusCode, summary(a))
	}
	anna.submit(deskForm(bad, "reject"), "reason", "insult", "text", "Dit gaat over een persoon.").says("Afgewezen")
	if st := o.standing(bad); st.State != consensus.StatementRejected || st.Reason != "insult" || st.ReasonText != "Dit gaat over een persoon." {
		t.Errorf("rejected: %+v", st)
	}
	if into := filledIn(formTo(anna.page.doc(t), deskForm(same, "merge"))).Get("into"); into != "2" {
		t.Errorf("the most similar statement is number %q", into)
	}
	if a := anna.send(deskForm(same, "merge"), "into", "99"); a.StatusCode != http.StatusBadRequest || len(summary(a)) != 1 {
		t.Errorf("merged into nothing: %d %q", a.StatusCode, summary(a))
	}
	anna.submit(deskForm(same, "merge"), "into", "2").says("Samengevoegd.")
	if st := o.standing(same); st.State != consensus.StatementMerged || st.MergedInto != ids[1] {
		t.Errorf("merged: %+v", st)
	}
	if a := anna.send(deskForm(typo, "edit"), "text", "kort"); a.StatusCode != http.StatusBadRequest || !strings.Contains(summary(a)[0], "15 tot 140") {
		t.Errorf("too short: %d %q", a.StatusCode, summary(a))
	}
	if a := anna.send(deskForm(typo, "edit"), "text", deskSeeds[1]); a.StatusCode != http.StatusConflict || !strings.Contains(summary(a)[0], "al als nummer 2") {
		t.Errorf("a duplicate: %d %q", a.StatusCode, summary(a))
	}
	anna.submit(deskForm(typo, "edit"), "text", "De brug moet open blijven.").says("De brug moet open blijven.")
	anna.submit(deskForm(typo, "approve"))
	anna.open(deskPath).says("Deze lijst is leeg.")
}

// What is visible can be hidden and shown again, merged or marked; once somebody
// has voted on it its text stands.
func TestModerateVisible(t *testing.T) {
	t.Parallel()
	o, ids, _ := talk(t)
	anna := o.author()
	fresh, err := o.node.Service.AddSeed(context.Background(), federationtest.Author, "kade", "Deze vraag deugt helemaal niet.", "nl")
	check(t, err)
	const list = deskPath + "?list=visible"
	anna.open(list)
	if formTo(anna.page.doc(t), deskForm(ids[0], "edit")) != nil {
		t.Error("the text of a statement with votes can be changed")
	}
	anna.submit(deskForm(fresh.ID, "edit"), "text", "Deze vraag deugt niet.").submit(deskForm(fresh.ID, "meta")).says("telt niet mee voor de groepen")
	if st := o.standing(fresh.ID); !st.Meta || st.Text != "Deze vraag deugt niet." {
		t.Errorf("marked: %+v", st)
	}
	form := filledIn(formTo(anna.page.doc(t), deskForm(fresh.ID, "edit")))
	form.Set("text", "Deze vraag deugt wel hoor.")
	check(t, o.node.Vote("kade", fresh.ID, "agree", eligibility.Open, "bob")) // meanwhile
	if a := anna.do(http.MethodPost, deskForm(fresh.ID, "edit"), form); a.StatusCode != http.StatusConflict || !strings.Contains(summary(a)[0], "al gestemd") {
		t.Errorf("edited after a vote: %d %q", a.StatusCode, summary(a))
	}
	anna.open(list).submit(deskForm(fresh.ID, "opinion"))
	if a := anna.send(deskForm(fresh.ID, "hide")); a.StatusCode != http.StatusBadRequest {
		t.Errorf("hidden without a reason: %d", a.StatusCode)
	}
	anna.submit(deskForm(fresh.ID, "hide"), "reason", "offTopic").says("Verborgen.")
	anna.open(deskPath + "?list=hidden").submit(deskForm(fresh.ID, "restore")).says("weer zichtbaar")
	if st := o.standing(fresh.ID); st.Meta || st.State != consensus.StatementVisible || st.Number != 6 {
		t.Errorf("in the end: %+v", st)
	}
	anna.post(deskForm(fresh.ID, "burn")).want(t, 404, "")
	anna.post(deskForm("0192f8a0-0000-7000-8000-000000000000", "approve")).want(t, 404, "")
}

// The office adds statements, says whether they come first, and locks the
// conversation with a reason.
func TestDeskOfAConversation(t *testing.T) {
	t.Parallel()
	o, ids, _ := talk(t)
	anna := o.author()
	anna.open(deskPath).submit(deskPath, "text", "Er komt een brug voor voetgangers.", "lang", "fy").says("De stelling is toegevoegd.")
	if a := anna.send(deskPath, "text", "Er komt een brug voor voetgangers!", "lang", "nl"); a.StatusCode != http.StatusConflict || !strings.Contains(summary(a)[0], "nummer 6") {
		t.Errorf("the same one again: %d %q", a.StatusCode, summary(a))
	}
	anna.open(deskPath).submit(deskPath + "/first").says("Inwoners zien alle stellingen door elkaar") // no button, no change
	form := filledIn(formTo(anna.page.doc(t), deskPath+"/first"))
	form.Set("first", "yes")
	anna.do(http.MethodPost, deskPath+"/first", form).want(t, 303, deskPath+"?list=pending")
	if !o.stored("kade").SeedsFirst {
		t.Error("the statements of the office do not come first")
	}
	lock := func(fields ...string) answer {
		form := filledIn(formTo(anna.open(deskPath).page.doc(t), deskPath+"/lock"))
		for i := 0; i < len(fields); i += 2 {
			form.Set(fields[i], fields[i+1])
		}
		return anna.do(http.MethodPost, deskPath+"/lock", form)
	}
	if a := lock("locked", "yes"); a.StatusCode != http.StatusBadRequest || len(summary(a)) != 1 {
		t.Errorf("locked without a reason: %d %q", a.StatusCode, summary(a))
	}
	lock("locked", "yes", "reason", "Eerst rust.").want(t, 303, deskPath+"?list=pending")
	anna.open(deskPath).says("Eerst rust.")
	if err := o.node.Vote("kade", ids[0], "pass", eligibility.Open, "bob"); err == nil {
		t.Error("somebody votes in a locked conversation")
	}
	lock("locked", "no").want(t, 303, deskPath+"?list=pending")
	check(t, o.node.Vote("kade", ids[0], "pass", eligibility.Open, "bob"))
}

// An appeal is answered by somebody else than the first decider.
func TestAppeal(t *testing.T) {
	t.Parallel()
	o, _, ann := talk(t)
	ctx, svc := context.Background(), o.node.Service
	anna, bert := o.author(), o.approver()
	id := o.sendIn(ann, "Er komt een speelplaats bij de kade.")
	anna.open(deskPath).submit(deskForm(id, "reject"), "reason", "offTopic")
	check(t, svc.AppealStatement(ctx, "kade", ann, id, "Kinderen fietsen daar ook."))
	anna.open(deskPath).says("Iemand anders kijkt opnieuw")
	if formTo(anna.page.doc(t), deskForm(id, "grant")) != nil {
		t.Error("the first decider may decide again")
	}
	anna.post(deskForm(id, "grant")).want(t, 403, "")
	anna.post(deskForm(id, "restore")).want(t, 409, "")
	bert.open("/staff").says("Stellingen beoordelen: ")
	bert.open(deskPath).says("Kinderen fietsen daar ook.")
	if a := bert.send(deskForm(id, "uphold")); a.StatusCode != http.StatusBadRequest {
		t.Errorf("refused without an answer: %d", a.StatusCode)
	}
	bert.submit(deskForm(id, "grant"), "text", "U hebt gelijk.").says("Verzoek toegewezen")
	if st := o.standing(id); st.State != consensus.StatementVisible || st.Appeal == nil || !st.Appeal.Granted || st.Appeal.Answer != "U hebt gelijk." {
		t.Errorf("granted: %+v %+v", st.Statement, st.Appeal)
	}
	bert.open("/staff/audit").says("statement.appeal")
}

// Fifty a page; who has no role for it sees nothing.
func TestDeskPagesAndRoles(t *testing.T) {
	t.Parallel()
	o, _, _ := talk(t)
	for i := range 12 {
		by := instance.Voter{Level: eligibility.Open, Identity: fmt.Sprint("voter ", i)}
		for _, st := range o.visible() {
			check(t, o.node.Vote("kade", st, "pass", by.Level, by.Identity))
		}
		for j := range 5 {
			o.sendIn(by, fmt.Sprintf("Bewoner %d heeft als idee nummer %d.", i, j))
		}
		o.cluster.Advance(time.Millisecond)
	}
	anna := o.author()
	items := func() int {
		return len(all(anna.page.doc(t), func(n *html.Node) bool { return attr(n, "class") == "app-staffitem" }))
	}
	if anna.open(deskPath); items() != 50 {
		t.Errorf("%d on the first page", items())
	}
	if anna.open(deskPath + "?list=pending&page=2"); items() != 10 {
		t.Errorf("%d on the second page", items())
	}
	help := o.staff("hans", consensus.RoleHelpdesk).login()
	help.get(deskPath).want(t, 403, "")
	help.post(deskPath, "text", "Er komt een brug voor voetgangers.").want(t, 403, "")
	anna.get("/staff/consultations/nergens/statements").want(t, 404, "")
}

func (o *office) visible() (ids []string) {
	list, err := o.node.Service.Statements(context.Background(), o.stored("kade").ID, consensus.StatementVisible)
	check(o.t, err)
	for _, st := range list {
		ids = append(ids, st.ID)
	}
	return ids
}

// A draft can ask for a conversation over statements: lines that are none are
// named by number, nothing typed is lost, and what was saved comes back.
func TestDraftOfAConversation(t *testing.T) {
	t.Parallel()
	o := newOffice(t, federationtest.NewCluster(t, groningen), groningen)
	anna, bert := o.author(), o.approver()
	const edit, seeds = "/staff/consultations/kade/edit", "Er komen meer bomen.\n\nkort\n Er komen meer bomen!\n"
	fields := append([]string{"slug", "kade", "title-nl", "De kade"}, o.complete()...)
	anna.open("/staff/consultations/new")
	a := anna.send("/staff/consultations", append(fields, "instrument", "statements", "seeds", seeds)...)
	if got := strings.Join(summary(a), "; "); a.StatusCode != http.StatusBadRequest || !strings.Contains(got, "Regel 3 heeft 4 tekens") || !strings.Contains(got, "Regel 4 zegt hetzelfde als regel 1") {
		t.Fatalf("%d %q", a.StatusCode, got)
	}
	if form := filledIn(formTo(a.doc(t), "/staff/consultations")); strings.TrimSpace(form.Get("seeds")) != strings.TrimSpace(seeds) || form.Get("instrument") != "statements" {
		t.Errorf("what was typed is gone: %q", form["seeds"])
	}
	anna.submit("/staff/consultations", append(fields, "instrument", "statements", "seeds", strings.Join(deskSeeds[:4], "\r\n"))...).says("Opgeslagen")
	before := o.visible()
	form := filledIn(formTo(anna.page.doc(t), edit))
	if strings.TrimSpace(form.Get("seeds")) != strings.Join(deskSeeds[:4], "\n") || form.Get("instrument") != "statements" || form.Get("talk-nl") != "Wat vindt u van deze stellingen?" {
		t.Errorf("the form has %q, %q, %q", form["seeds"], form["instrument"], form["talk-nl"])
	}
	if a := anna.send(edit, "action", "submit"); a.StatusCode != http.StatusBadRequest || !strings.Contains(strings.Join(summary(a), ""), "minstens 5") {
		t.Errorf("four statements: %d %q", a.StatusCode, summary(a))
	}
	if a := anna.send(edit, "q1-text-nl", "Komt er een fietspad?"); a.StatusCode != http.StatusBadRequest || !strings.Contains(strings.Join(summary(a), ""), "Allebei") {
		t.Errorf("a question beside it: %d %q", a.StatusCode, summary(a))
	}
	order := []string{deskSeeds[4], deskSeeds[0], deskSeeds[1], deskSeeds[2], deskSeeds[3]}
	anna.submit(edit, "action", "submit", "seeds", strings.Join(order, "\n")).says("Ingediend")
	if after := o.visible(); len(after) != 5 || after[1] != before[0] || after[4] != before[3] {
		t.Errorf("statements %v became %v", before, after)
	}
	bert.open("/staff/consultations/kade/preview").says("Gesprek over stellingen")
	bert.says(deskSeeds[4])
	bert.open("/staff/consultations/kade").submit("/staff/consultations/kade/approve").says("Goedgekeurd")
	if q, ok := o.stored("kade").Definition.StatementsQuestion(); !ok || q.Text["fy"] == "" {
		t.Errorf("the question above the statements: %+v", q)
	}
}

// Choosing questions again takes the statements of a draft away.
func TestDraftWithoutAConversation(t *testing.T) {
	t.Parallel()
	o := newOffice(t, federationtest.NewCluster(t, groningen), groningen)
	anna := o.author()
	const edit = "/staff/consultations/kade/edit"
	anna.open("/staff/consultations/new").submit("/staff/consultations", append([]string{"slug", "kade", "title-nl", "De kade", "instrument", "both",
		"q1-text-nl", "Komt er een fietspad?", "seeds", strings.Join(deskSeeds, "\n")}, o.complete()...)...)
	if form := filledIn(formTo(anna.page.doc(t), edit)); form.Get("instrument") != "both" || form.Get("q1-text-nl") != "Komt er een fietspad?" || form.Has("q2-text-nl") {
		t.Errorf("the form has %v", form)
	}
	if a := anna.send(edit, "instrument", "polls"); a.StatusCode != http.StatusBadRequest {
		t.Errorf("statements that were not chosen: %d", a.StatusCode)
	}
	anna.submit(edit, "instrument", "polls", "seeds", "").says("Opgeslagen")
	if con := o.stored("kade"); len(con.Definition.Questions) != 1 || len(o.visible()) != 0 {
		t.Errorf("%d questions, %d statements", len(con.Definition.Questions), len(o.visible()))
	}
	anna.get("/staff/consultations/kade/statements").want(t, 404, "")
}
