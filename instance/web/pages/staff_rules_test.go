// SPDX-License-Identifier: EUPL-1.2

package pages_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"polder/consensus"
	"polder/instance/federationtest"
	"polder/instance/store"
)

// A1: submitting with 13 of 14 fields is refused, naming the one that misses;
// nothing typed is lost. With 14 it goes to review, and its author cannot
// approve it, not even with every role.
func TestCharterAndFourEyes(t *testing.T) {
	t.Parallel()
	o := strictOffice(t)
	anna := o.staff("anna", consensus.RoleProjectLead, consensus.RoleProcessOwner, consensus.RoleAdmin).login()
	bert := o.approver()
	anna.open("/staff/consultations/new").submit("/staff/consultations", "slug", "fietspad", "title-nl", "Fietspad").says("Opgeslagen")

	controlsOf := map[string]string{"question": "question", "whyNow": "whyNow", "canChange": "canChange", "isFixed": "isFixed",
		"participationLevel": "participationLevel", "decidingBody": "role", "formalLink": "noneYet", "whoMayTakePart": "rollDate",
		"phases": "phase1-kind", "weighing": "weighing", "offlineWays": "offlineWays", "contact": "contactPhone",
		"privacyNotice": "privacyBasis", "legalBasis": "legalArticle"}
	future := charterForm(o.cluster.Now().Add(8*24*time.Hour), o.zone())
	full := append([]string{"title-nl", "Fietspad", "q1-text-nl", "Komt er een fietspad?", "action", "submit"}, future...)
	words := o.node.Service.Options().Texts.Printer("nl")
	for _, field := range consensus.CharterFields {
		anna.open("/staff/consultations/fietspad/edit")
		form := filledIn(formTo(anna.page.doc(t), "/staff/consultations/fietspad/edit"))
		for name := range form {
			form.Del(name)
		}
		for i := 0; i+1 < len(full); i += 2 {
			if full[i] != controlsOf[field] {
				form.Add(full[i], full[i+1])
			}
		}
		a := anna.do(http.MethodPost, "/staff/consultations/fietspad/edit", form)
		if a.StatusCode != 400 {
			t.Errorf("without %s: status %d", field, a.StatusCode)
			continue
		}
		problems := summary(a)
		if want := "is leeg: " + words.T("charter."+field); len(problems) < 1 || !strings.Contains(problems[0], want) {
			t.Errorf("without %s the page says %q", field, problems)
		}
		if field != "phases" && len(problems) != 1 {
			t.Errorf("without %s the page has %d problems: %q", field, len(problems), problems)
		}
		if field != "whyNow" && !strings.Contains(a.body, "De weg wordt vernieuwd.") {
			t.Errorf("without %s what was typed is gone", field)
		}
	}
	anna.open("/staff/consultations/fietspad/edit").submit("/staff/consultations/fietspad/edit", full...).says("Ingediend")

	anna.open("/staff/consultations/fietspad").says("U hebt dit zelf geschreven")
	if formTo(anna.page.doc(t), "/staff/consultations/fietspad/approve") != nil {
		t.Error("the author is offered to approve")
	}
	anna.post("/staff/consultations/fietspad/approve").want(t, 403, "")
	if state := o.stored("fietspad").State; state != consensus.StateReview {
		t.Fatalf("state %q", state)
	}
	anna.get("/staff/consultations/fietspad/edit").want(t, 409, "")
	anna.post("/staff/consultations/fietspad/submit").want(t, 409, "")

	bert.open("/staff/consultations/fietspad")
	if a := bert.send("/staff/consultations/fietspad/return", "reason", ""); a.StatusCode != 400 || !slices.Contains(summary(a), "Geef een reden") {
		t.Errorf("returned without a reason: %d %q", a.StatusCode, summary(a))
	}
	bert.submit("/staff/consultations/fietspad/return", "reason", "De vraag is te lang.").says("Teruggestuurd")
	anna.open("/staff").says("Teruggestuurd: Fietspad")
	anna.open("/staff/consultations/fietspad/edit").says("De vraag is te lang.")
	anna.submit("/staff/consultations/fietspad/edit", "action", "submit").says("Ingediend")
	bert.open("/staff/consultations/fietspad").submit("/staff/consultations/fietspad/approve").says("Goedgekeurd en aangekondigd")
	if con := o.stored("fietspad"); con.State != consensus.StateAnnounced || con.Author == con.Approver {
		t.Errorf("state %q, author %s, approver %s", con.State, con.Author, con.Approver)
	}
	bert.open("/staff/audit").says("bertconsultation.approvefietspad")
	if a := bert.send("/logout"); a.StatusCode != 303 {
		t.Errorf("log-out: %d", a.StatusCode)
	}
}

// summary lists what the summary of problems on top of a form says.
func summary(a answer) (out []string) {
	doc, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		return nil
	}
	for _, box := range all(doc, func(n *html.Node) bool { return strings.HasPrefix(attr(n, "class"), "app-problems") }) {
		if attr(box, "role") == "" && attr(box, "tabindex") == "" {
			continue // the list of what still misses
		}
		for _, li := range all(box, func(n *html.Node) bool { return n.Data == "li" }) {
			out = append(out, said(li))
		}
	}
	return out
}

// A phase within seven days needs a reason; a running vote can be extended with
// one, never shortened, and is not closed early.
func TestDates(t *testing.T) {
	t.Parallel()
	o := strictOffice(t)
	anna, bert := o.author(), o.approver()
	soon := o.cluster.Now().Add(48 * time.Hour)
	draft := append(charterForm(soon, o.zone()), "slug", "plein", "title-nl", "Plein", "q1-text-nl", "Wordt het plein groen?", "action", "submit")
	anna.open("/staff/consultations/new").submit("/staff/consultations", draft...)
	bert.open("/staff/consultations/plein")
	if a := bert.send("/staff/consultations/plein/approve", "reason", ""); a.StatusCode != 400 || !strings.Contains(a.body, "geef daar een reden voor") {
		t.Errorf("approved at short notice without a reason: %d", a.StatusCode)
	}
	bert.submit("/staff/consultations/plein/approve", "reason", "De bouw begint al.").says("Goedgekeurd")
	o.cluster.Advance(48 * time.Hour)
	bert.login().open("/staff/consultations/plein")
	if formTo(bert.page.doc(t), "/staff/consultations/plein/close") != nil {
		t.Error("closing a running vote is offered")
	}
	extend := "/staff/consultations/plein/extend"
	later := soon.Add(26 * time.Hour).In(o.zone()).Format("2006-01-02T15:04")
	for name, c := range map[string]struct{ closes, reason, want string }{
		"earlier":   {soon.In(o.zone()).Format("2006-01-02T15:04"), "Te lang", "Een datum mag alleen later worden"},
		"no reason": {later, " ", "Geef een reden"},
		"no date":   {"morgen", "Meer tijd", "Deze datum klopt niet"},
	} {
		bert.open("/staff/consultations/plein")
		a := bert.send(extend, "closes", c.closes, "reason", c.reason)
		if a.StatusCode != 400 || !strings.Contains(strings.Join(summary(a), "\n"), c.want) {
			t.Errorf("%s: status %d, %q", name, a.StatusCode, summary(a))
		}
	}
	before := o.stored("plein").ClosesAt
	bert.submit(extend, "closes", later, "reason", "Meer tijd nodig.").says("De nieuwe datum staat op de pagina")
	if con := o.stored("plein"); con.ClosesAt.Sub(before) != 24*time.Hour || con.Reason != "Meer tijd nodig." {
		t.Errorf("closes %s, was %s, reason %q", con.ClosesAt, before, con.Reason)
	}
	bert.open("/staff/consultations/plein").submit("/staff/consultations/plein/suspend", "reason", "Storing").says("Het stemmen ligt stil")
	bert.post("/staff/consultations/plein/suspend", "reason", "Nog eens").want(t, 409, "")
	bert.open("/staff/consultations/plein").submit("/staff/consultations/plein/resume", "reason", "Opgelost").says("Er kan weer gestemd worden")
}

// The table of product.md 8, spot by spot.
func TestRoleMatrix(t *testing.T) {
	t.Parallel()
	o := newOffice(t, federationtest.NewCluster(t, groningen), groningen)
	o.announce("fietspad", 1, nil)
	pages := []string{"/staff", "/staff/consultations/new", "/staff/accounts", "/staff/audit"}
	posts := []string{"/staff/consultations/fietspad/suspend", "/staff/consultations/fietspad/codes", "/staff/members", "/staff/peers", "/staff/accounts"}
	// What each role gets: 2 allowed, 3 forbidden, for pages and then posts; a
	// post that is allowed fails for want of fields, or does its work.
	for role, want := range map[consensus.Role]string{
		consensus.RoleModerator:     "2333 33333",
		consensus.RoleEditor:        "2333 33333",
		consensus.RoleProjectLead:   "2233 32333",
		consensus.RoleProcessOwner:  "2233 22233",
		consensus.RoleDecisionMaker: "2333 33333",
		consensus.RoleHelpdesk:      "2333 33333",
		consensus.RoleAdmin:         "2322 23222",
		consensus.RoleAuditor:       "2332 33333",
	} {
		p := o.staff(strings.ToLower(string(role)), role).login()
		got := ""
		for _, path := range pages {
			got += allowedAs(p.get(path))
		}
		got += " "
		for _, path := range posts {
			got += allowedAs(p.post(path, "x", "y"))
		}
		if got != want {
			t.Errorf("%s: %s, want %s", role, got, want)
		}
	}
	resident := o.staff("rik", consensus.RoleResident)
	resident.post("/login", "username", "rik", "password", resident.password).want(t, 303, "/")
	resident.get("/staff").want(t, 403, "")
	resident.post("/staff/consultations/fietspad/suspend", "reason", "x").want(t, 403, "")
	if state := o.stored("fietspad").State; state != consensus.StateOpen {
		t.Errorf("state %q", state)
	}
}

func allowedAs(a answer) string {
	switch a.StatusCode {
	case http.StatusForbidden:
		return "3"
	case http.StatusOK, http.StatusSeeOther, http.StatusBadRequest:
		return "2"
	}
	return fmt.Sprintf("<%d>", a.StatusCode)
}

// What officials and other servers write is text, wherever it is shown.
func TestStaffPagesEscape(t *testing.T) {
	t.Parallel()
	o := newOffice(t, federationtest.NewCluster(t, groningen), groningen)
	anna, bert := o.author(), o.approver()
	const evil = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>`
	draft := append(o.complete(), "slug", "kwaad", "title-nl", evil, "title-en", evil, "summary-nl", evil, "q1-text-nl", evil, "statements", evil,
		"action", "submit")
	draft = append(without(draft, "question", "role", "legalWhy"), "question", evil, "role", evil, "legalWhy", evil)
	anna.open("/staff/consultations/new").submit("/staff/consultations", draft...)
	bert.open("/staff/consultations/kwaad").submit("/staff/consultations/kwaad/return", "reason", evil)
	anna.open("/staff/consultations/kwaad/edit")
	anna.submit("/staff/consultations/kwaad/edit", "action", "submit")
	bert.open("/staff/consultations/kwaad").submit("/staff/consultations/kwaad/approve")
	o.cluster.Settle()
	anna.open("/staff/consultations/kwaad").submit("/staff/consultations/kwaad/close", "reason", evil)
	bert.open("/staff/peers")
	shown := []string{}
	for _, path := range []string{"/staff", "/staff/consultations", "/staff/consultations/kwaad", "/staff/consultations/kwaad/preview", "/staff/members?for=x&url=" + "%3Cscript%3E",
		"/staff/joint", "/staff/deliveries", "/staff/refusals?host=%22%3E%3Cscript%3E", "/staff/peers?host=%22%3E%3Cscript%3E", "/staff/audit", "/staff/accounts",
		"/", "/consultations", "/consultations/kwaad", "/consultations/kwaad/charter"} {
		a := bert.get(path)
		if a.StatusCode != 200 {
			t.Errorf("%s: status %d", path, a.StatusCode)
		}
		doc := a.doc(t)
		for _, n := range all(doc, func(n *html.Node) bool { return n.Data == "script" || n.Data == "img" }) {
			if n.Data == "img" || !strings.HasPrefix(attr(n, "src"), "/static/") {
				t.Errorf("%s: an element <%s> came in", path, n.Data)
			}
		}
		for _, n := range all(doc, func(*html.Node) bool { return true }) {
			for _, at := range n.Attr {
				if strings.HasPrefix(at.Key, "on") {
					t.Errorf("%s: attribute %s", path, at.Key)
				}
			}
		}
		if strings.Contains(said(doc), "<script>alert(1)</script>") {
			shown = append(shown, path)
		}
	}
	if len(shown) < 6 {
		t.Errorf("the text is shown on %v only", shown)
	}
}

// Drafts, accounts and the names of officials are for officials; every staff
// page is kept out of caches.
func TestNothingOfStaffInPublic(t *testing.T) {
	t.Parallel()
	o := newOffice(t, federationtest.NewCluster(t, groningen), groningen)
	anna, bert := o.author(), o.approver()
	anna.open("/staff/consultations/new").submit("/staff/consultations", "slug", "zilverplan", "title-nl", "Zilverplan")
	o.announce("fietspad", 1, nil)
	b := o.browser("fietspad")
	for _, path := range []string{"/", "/consultations", "/consultations/fietspad", "/consultations/fietspad/charter", "/consultations/fietspad/results",
		"/network", "/about/verification", "/login", "/privacy"} {
		a := b.get(path)
		for _, secret := range []string{"ilverplan", "anna", "bert", "/staff", "Werkblad"} {
			if strings.Contains(a.body, secret) {
				t.Errorf("%s holds %q", path, secret)
			}
		}
	}
	for _, path := range []string{"/consultations/zilverplan", "/consultations/zilverplan/charter", "/consultations/zilverplan/results", "/consultations/zilverplan/definition"} {
		b.get(path).want(t, 404, "")
		if a := b.with("Accept", "application/activity+json").get(path); a.StatusCode != 404 {
			t.Errorf("%s as ActivityPub: status %d", path, a.StatusCode)
		}
	}
	for _, path := range []string{"/staff", "/staff/consultations/zilverplan", "/staff/accounts", "/login"} {
		a := bert.get(path)
		if got := a.Header.Get("Cache-Control"); got != "private, no-store" {
			t.Errorf("%s: Cache-Control %q", path, got)
		}
		if a := b.get(path); path != "/login" && a.StatusCode != 303 {
			t.Errorf("%s without a session: %d", path, a.StatusCode)
		}
	}
	if a := bert.get("/consultations/fietspad"); a.Header.Get("Cache-Control") != "private, no-store" || !strings.Contains(a.body, "Werkblad") {
		t.Error("a public page with a session is cached, or shows no staff menu")
	}
}

// Rows are added and taken out without JavaScript, and nothing typed is lost.
func TestDraftRows(t *testing.T) {
	t.Parallel()
	o := newOffice(t, federationtest.NewCluster(t, groningen), groningen)
	anna := o.author()
	anna.open("/staff/consultations/new")
	a := anna.send("/staff/consultations", "slug", "rijen", "title-nl", "Rijen", "q1-text-nl", "Een", "statements", "Los", "action", "add-question")
	anna.page = a
	a = anna.send("/staff/consultations", "q2-kind", "single", "q2-text-nl", "Twee", "q2-options-nl", "Rood\nBlauw", "q2-options-en", "Red\nBlue", "action", "add-question")
	anna.page = a
	a = anna.send("/staff/consultations", "q3-kind", "approval", "q3-text-nl", "Drie", "q3-options-nl", "A\nB\nC", "q3-max", "2", "action", "add-phase")
	anna.page = a
	anna.page = anna.send("/staff/consultations", "remove", "1")
	anna.submit("/staff/consultations", "action", "save").says("Opgeslagen")
	def := o.stored("rijen").Definition
	var got []string
	for _, q := range def.Questions {
		line := q.ID + " " + q.Kind + " " + q.Text["nl"] + " " + fmt.Sprint(q.Max)
		for _, opt := range q.Options {
			line += " " + opt.ID + "=" + opt.Text["nl"] + "/" + opt.Text["en"]
		}
		got = append(got, line)
	}
	want := []string{"q1 single Twee 1 opt-1=Rood/Red opt-2=Blauw/Blue", "q2 approval Drie 2 opt-1=A/ opt-2=B/ opt-3=C/",
		"q3 single Los 1 agree=Eens/Agree disagree=Oneens/Disagree pass=Weet ik niet/Not sure"}
	if !slices.Equal(got, want) {
		t.Errorf("stored:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	anna.open("/staff/consultations/rijen/edit").submit("/staff/consultations/rijen/edit", "action", "save")
	if again := o.stored("rijen").Definition; len(again.Questions) != 3 || again.Questions[1].Max != 2 {
		t.Errorf("saving again changed it: %+v", again.Questions)
	}
	for name, fields := range map[string][]string{
		"slug taken":   {"slug", "rijen", "title-nl", "X"},
		"slug":         {"slug", "Rij en", "title-nl", "X"},
		"title":        {"slug", "leeg"},
		"date":         {"slug", "leeg", "title-nl", "X", "rollDate", "gisteren"},
		"number":       {"slug", "leeg", "title-nl", "X", "k", "3"},
		"one option":   {"slug", "leeg", "title-nl", "X", "q1-kind", "single", "q1-text-nl", "?", "q1-options-nl", "Ja"},
		"too many":     {"slug", "leeg", "title-nl", "X", "statements", strings.Repeat("Stelling\n", 51)},
		"official":     {"slug", "leeg", "title-nl", "X", "levels", "open", "official", "code"},
		"nobody asked": {"slug", "leeg", "title-nl", "X", "joint", "yes"},
	} {
		anna.open("/staff/consultations/new")
		if a := anna.send("/staff/consultations", fields...); a.StatusCode != 400 && a.StatusCode != 409 || len(summary(a)) != 1 {
			t.Errorf("%s: status %d, %q", name, a.StatusCode, summary(a))
		}
	}
}

// Administrators keep accounts: made with a second factor that is shown once,
// given roles, disabled; the last administrator stays.
func TestAccounts(t *testing.T) {
	t.Parallel()
	o := strictOffice(t)
	bert := o.approver()
	bert.open("/staff/accounts")
	made := bert.send("/staff/accounts", "username", "carla", "email", "carla@gemeente.example", "password", "een lang wachtwoord", "role", "moderator")
	if made.StatusCode != 200 || !strings.Contains(made.body, "otpauth://totp/") {
		t.Fatalf("made: status %d", made.StatusCode)
	}
	if strings.Contains(bert.open("/staff/accounts").says("c...@gemeente.example").page.body, "otpauth") {
		t.Error("the second factor is shown again")
	}
	for name, fields := range map[string][]string{
		"again":    {"username", "carla", "password", "een lang wachtwoord", "role", "moderator"},
		"short":    {"username", "dirk", "password", "kort", "role", "moderator"},
		"no role":  {"username", "dirk", "password", "een lang wachtwoord"},
		"bad role": {"username", "dirk", "password", "een lang wachtwoord", "role", "clock"},
	} {
		if a := bert.post("/staff/accounts", fields...); a.StatusCode != 400 || len(summary(a)) != 1 {
			t.Errorf("%s: status %d %q", name, a.StatusCode, summary(a))
		}
	}
	bert.open("/staff/accounts").submit("/staff/accounts/carla/roles", "role", "editor", "role", "helpdesk").says("redacteur")
	bert.submit("/staff/accounts/carla/disable").says("uitgezet")
	if a := bert.post("/staff/accounts/bert/disable"); a.StatusCode != 400 || !strings.Contains(a.body, "laatste beheerder") {
		t.Errorf("the last administrator: %d", a.StatusCode)
	}
	bert.open("/staff/account").submit("/staff/account/password", "password", "een heel ander wachtwoord", "again", "een heel ander wachtwoord").says("Uw wachtwoord is veranderd")
	bert.password = "een heel ander wachtwoord"
	bert.login().open("/staff/audit").says("bertaccount.passwordbert")
	if n, err := o.node.Service.VerifyAudit(t.Context()); err != nil || n < 4 {
		t.Errorf("%d audit entries: %v", n, err)
	}
}

// What could not be delivered and what was refused is shown, with who and why.
func TestTrafficPages(t *testing.T) {
	t.Parallel()
	o := newOffice(t, federationtest.NewCluster(t, groningen), groningen)
	bert, anna := o.approver(), o.author()
	check(t, o.node.Service.Options().Store.Update(t.Context(), func(tx *store.Tx) error {
		at := o.cluster.Now()
		dead := store.Delivery{Host: "weg.example", Inbox: "https://weg.example/inbox", Activity: "https://groningen.test/activities/1", Attempts: 8, Error: "404",
			Raw: []byte(`{"type":"Create","object":{"id":"https://groningen.test/notes/1"}}`), First: at}
		if err := tx.DeadLetters.Insert(store.Key(store.TimePart(at), "1"), dead); err != nil {
			return err
		}
		for i := range 120 {
			line := store.PeerLine{At: at.Add(time.Duration(i) * time.Second), Host: []string{"weg.example", "anders.example"}[i%2], Type: "Create", Code: "host-cap", Detail: "<b>"}
			if err := tx.PeerLog.Put(store.Key(store.TimePart(line.At), fmt.Sprint(i)), line); err != nil {
				return err
			}
		}
		return nil
	}))
	bert.open("/staff").says("Niet bezorgd bij weg.example").says("geweigerd in 24 uur120")
	bert.open("/staff/deliveries").says("https://groningen.test/notes/1")
	anna.open("/staff/deliveries")
	if a := anna.send(actionOf(anna, "/staff/deliveries/", "/retry")); a.StatusCode != 403 {
		t.Errorf("a project lead sent it again: %d", a.StatusCode)
	}
	bert.submit(actionOf(bert, "/staff/deliveries/", "/retry")).says("Alles is bezorgd")
	bert.post("/staff/deliveries/onzin/retry").want(t, 404, "")
	waiting, dead, err := o.node.Service.Queue(t.Context(), 10)
	check(t, err)
	if len(waiting) != 1 || len(dead) != 0 || waiting[0].Attempts != 0 || waiting[0].Error != "" {
		t.Errorf("queue %+v, dead %+v", waiting, dead)
	}
	bert.open("/staff/refusals").says("Te veel nieuwe stemmers")
	rows := func() int { return strings.Count(bert.page.body, `<code>host-cap</code>`) }
	if rows() != 100 {
		t.Errorf("%d refusals on the first page", rows())
	}
	older := all(bert.page.doc(t), func(n *html.Node) bool { return strings.HasPrefix(attr(n, "href"), "/staff/refusals?before=") })
	if len(older) != 1 {
		t.Fatal("no link to older ones")
	}
	if bert.open(attr(older[0], "href")); rows() != 20 {
		t.Errorf("%d refusals on the second page", rows())
	}
	if bert.open("/staff/refusals?host=weg.example"); rows() != 60 {
		t.Errorf("%d refusals of one host", rows())
	}
}
