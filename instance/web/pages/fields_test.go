// SPDX-License-Identifier: EUPL-1.2

package pages_test

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"polder/instance/web/pages"
)

// A refused form keeps what was typed, marks the field, and its summary links
// to it; a password is never given back.
func TestRefusedForm(t *testing.T) {
	f := newFixture(t)
	view := pages.LoginView{Form: pages.Form{
		Values:   url.Values{"username": {`an"na`}, "password": {"secret word"}, "next": {"/staff"}},
		Problems: []pages.Problem{pages.Wrong("password", "login.empty"), pages.Wrong("", "login.wrong")},
	}}
	body := string(f.render(t, example{Name: "login", Site: municipality, View: view}, "nl"))
	for _, want := range []string{
		`name="username" value="an&#34;na"`, `name="next" value="/staff"`, `href="#password">Vul dit veld in</a>`,
		`aria-describedby="password-error" aria-invalid="true"`, `<div class="app-field__error" id="password-error">Vul dit veld in</div>`,
		`Er zijn 2 dingen niet goed ingevuld`, `<li>De gebruikersnaam of het wachtwoord klopt niet</li>`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(body, "secret word") {
		t.Error("the password came back")
	}
}

// Every field that a view's doc comment promises to a handler is in the form,
// and the form posts where the comment says.
func TestFormContract(t *testing.T) {
	f := newFixture(t)
	cases := []struct {
		example, action string
		fields          string
	}{
		{"consultation", "/consultations/taxi/votes", "question choice"},
		{"votes", "/consultations/taxi/votes/withdraw", "question"},
		{"code", "/code", "code consultation next"},
		{"login", "/login", "username password next"},
		{"factor", "/login/factor", "totp next"},
		{"staff-consultation", "/staff/consultations/taxi/submit", ""},
		{"staff-consultation", "/staff/consultations/taxi/approve", "reason"},
		{"staff-consultation", "/staff/consultations/taxi/return", "reason"},
		{"staff-consultation", "/staff/consultations/taxi/codes", "hashes"},
		{"staff-consultation", "/staff/consultations/taxi/publish", ""},
		{"staff-consultation", "/staff/consultations/taxi/extend", "closes reason"},
		{"staff-consultation", "/staff/consultations/taxi/close", "reason"},
		{"staff-consultation", "/staff/consultations/taxi/suspend", "reason"},
		{"staff-consultation", "/staff/consultations/taxi/resume", "reason"},
		{"staff-consultation", "/staff/consultations/taxi/cancel", "reason"},
		{"staff-members", "/staff/members", "url"},
		{"staff-members", "/staff/members/m1/accept", "block1 block2"},
		{"staff-members", "/staff/members/m1/decline", "reason"},
		{"staff-members", "/staff/members/m2/suspend", "reason"},
		{"staff-members", "/staff/members/m2/expel", "reason"},
		{"staff-members", "/staff/members/m3/resume", "reason"},
		{"staff-members", "/staff/members/m3/leave", "reason"},
		{"staff-members-ask", "/staff/members/ask", ""},
		{"staff-members-ask", "/staff/members/m1/pin", "block1 block2"},
		{"staff-accounts", "/staff/accounts", "username email password role"},
		{"staff-accounts", "/staff/accounts/anna/roles", "role"},
		{"staff-accounts", "/staff/accounts/anna/disable", ""},
		{"staff-accounts", "/staff/accounts/oud/enable", ""},
		{"staff-accounts", "/staff/accounts/anna/totp-reset", ""},
		{"staff-account", "/staff/account/password", "password again"},
		{"staff-account", "/staff/logout-everywhere", ""},
		{"staff-peers", "/staff/peers", "host policy"},
		{"staff-joint", "/staff/joint/j1/adopt", "context"},
		{"staff-joint", "/staff/joint/j1/decline", "reason show"},
		{"staff-deliveries", "/staff/deliveries/d1/retry", ""},
		{"staff-refusals", "/staff/refusals", "host"},
		{"consultations", "/consultations", "state"},
		{"overview-province", "/", "consultation measure"},
		{"staff-draft-new", "/staff/consultations", "slug title-nl title-en title-fy summary-nl question"},
		{"staff-draft", "/staff/consultations/taxi/edit", "action remove title-nl summary-nl question whyNow canChange isFixed participationLevel body role formalLink noneYet decisionDate minAge rollDate levels " +
			"phase1-kind phase1-title-nl phase1-start phase1-end phase3-kind official weighing k results offlineWays offlineReason contactRole contactMail contactPhone privacyURL privacyBasis privacyRetention legalBasis legalArticle legalWhy " +
			"statements q1-kind q1-text-nl q1-text-fy q1-options-nl q1-options-en q1-max q2-kind joint member"},
	}
	for _, c := range cases {
		doc, err := html.Parse(bytes.NewReader(f.render(t, find(t, c.example), "nl")))
		if err != nil {
			t.Fatal(err)
		}
		form := formTo(doc, c.action)
		if form == nil {
			t.Errorf("%s: no form posts to %s", c.example, c.action)
			continue
		}
		names := controls(form)
		for _, want := range strings.Fields(c.fields) {
			if !names[want] {
				t.Errorf("%s: form %s has no field %s", c.example, c.action, want)
			}
		}
	}
}

// The draft form shows the stored values again.
func TestDraftKeepsValues(t *testing.T) {
	f := newFixture(t)
	body := string(f.render(t, find(t, "staff-draft"), "nl"))
	for _, want := range []string{
		`name="participationLevel" value="advise" checked`, `<option value="raad" selected>`, `name="levels" value="code" checked`, `name="official" value="code" checked`,
		`name="phase1-start" value="2026-11-02T08:00"`, `<option value="approval" selected>`, "A\nB</textarea>", `name="member" value="GM0080" checked`, `name="joint" value="yes" checked`,
		`id="official" tabindex="-1" aria-describedby="official-hint official-error"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing", want)
		}
	}
}

func find(t *testing.T, name string) example {
	t.Helper()
	for _, e := range examples() {
		if e.Name == name {
			return e
		}
	}
	t.Fatalf("no example %s", name)
	return example{}
}

func formTo(doc *html.Node, action string) *html.Node {
	for n := range doc.Descendants() {
		if n.Data == "form" && attr(n, "action") == action {
			return n
		}
	}
	return nil
}

func controls(form *html.Node) map[string]bool {
	names := map[string]bool{}
	for n := range form.Descendants() {
		if name := attr(n, "name"); name != "" {
			names[name] = true
		}
	}
	return names
}
