// SPDX-License-Identifier: EUPL-1.2

package pages_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"polder/consensus"
	"polder/instance/federationtest"
)

// strictOffice is one municipality as on the internet: without -dev, so every
// limit and every term holds.
func strictOffice(t *testing.T) *office {
	t.Helper()
	return newOffice(t, federationtest.NewStrictCluster(t, groningen), groningen)
}

func TestLogin(t *testing.T) {
	t.Parallel()
	o := strictOffice(t)
	p := o.staff("anna", consensus.RoleProjectLead)

	t.Run("a wrong password and an unknown name say the same", func(t *testing.T) {
		wrong := p.post("/login", "username", "anna", "password", "niet het wachtwoord")
		unknown := p.post("/login", "username", "niemand", "password", "niet het wachtwoord")
		if wrong.StatusCode != 400 || unknown.StatusCode != 400 || len(wrong.Cookies())+len(unknown.Cookies()) > 0 {
			t.Errorf("status %d and %d, cookies %v %v", wrong.StatusCode, unknown.StatusCode, wrong.Cookies(), unknown.Cookies())
		}
		if strings.ReplaceAll(wrong.body, "anna", "niemand") != unknown.body {
			t.Error("the two answers differ")
		}
		if strings.Contains(wrong.body, "niet het wachtwoord") {
			t.Error("the password came back")
		}
	})

	t.Run("the password alone opens nothing", func(t *testing.T) {
		a := p.post("/login", "username", "anna", "password", p.password, "next", "/staff/members").want(t, 303, "/login/factor?next=%2Fstaff%2Fmembers")
		cookie := a.Cookies()[0]
		if cookie.Name != "__Host-s" || !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || cookie.MaxAge != 0 {
			t.Errorf("session cookie %+v", cookie)
		}
		p.get("/staff").want(t, 303, "/login/factor?next=%2Fstaff")
		if strings.Contains(p.get("/").body, "Uitloggen") {
			t.Error("half a log-in counts as one")
		}
	})

	t.Run("a wrong code, a used code and a used recovery code are refused", func(t *testing.T) {
		half := p.cookies["__Host-s"]
		if a := p.post("/login/factor", "totp", "000000"); a.StatusCode != 400 || !strings.Contains(a.body, "Deze code klopt niet of is al gebruikt") {
			t.Errorf("wrong code: status %d", a.StatusCode)
		}
		code := p.code()
		p.post("/login/factor", "totp", code, "next", "/staff/members").want(t, 303, "/staff/members")
		if p.cookies["__Host-s"] == half {
			t.Error("the session kept its token")
		}
		again := o.browser("")
		again.post("/login", "username", "anna", "password", p.password)
		if a := again.post("/login/factor", "totp", code); a.StatusCode != 400 {
			t.Errorf("a code of the same step was taken twice: %d", a.StatusCode)
		}
		again.post("/login/factor", "totp", p.recovery[0]).want(t, 303, "/staff")
		third := o.browser("")
		third.post("/login", "username", "anna", "password", p.password)
		if a := third.post("/login/factor", "totp", p.recovery[0]); a.StatusCode != 400 {
			t.Errorf("a recovery code was taken twice: %d", a.StatusCode)
		}
	})

	t.Run("where somebody comes back to lies on this site", func(t *testing.T) {
		o.cluster.Advance(15 * time.Minute) // wrong tries are forgotten
		for _, next := range []string{"https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"} {
			b := o.browser("")
			b.post("/login", "username", "anna", "password", p.password, "next", next)
			b.post("/login/factor", "totp", p.code(), "next", next).want(t, 303, "/staff")
		}
	})

	t.Run("logging out", func(t *testing.T) {
		q, r := p.open("/staff"), o.browser("")
		r.post("/login", "username", "anna", "password", p.password)
		r.post("/login/factor", "totp", p.code())
		q.post("/logout").want(t, 303, "/login")
		q.get("/staff").want(t, 303, "/login?next=%2Fstaff")
		if a := r.get("/staff"); a.StatusCode != 200 {
			t.Errorf("the other session ended too: %d", a.StatusCode)
		}
		p.login()
		p.post("/staff/logout-everywhere").want(t, 303, "/login")
		r.get("/staff").want(t, 303, "/login?next=%2Fstaff")
	})
}

// Five wrong tries per account and per address in fifteen minutes.
func TestLoginLimit(t *testing.T) {
	t.Parallel()
	o := strictOffice(t)
	p := o.staff("anna", consensus.RoleProjectLead)
	for range 5 {
		p.post("/login", "username", "anna", "password", "fout fout fout")
	}
	a := p.post("/login", "username", "anna", "password", p.password)
	if a.StatusCode != 429 || a.Header.Get("Retry-After") == "" || !strings.Contains(a.body, "Te veel pogingen") {
		t.Errorf("the sixth try: status %d", a.StatusCode)
	}
	o.cluster.Advance(15 * time.Minute)
	p.post("/login", "username", "anna", "password", p.password).want(t, 303, "/login/factor?next=")
	for range 5 {
		p.post("/login/factor", "totp", "000000")
	}
	if a := p.post("/login/factor", "totp", p.code()); a.StatusCode != 429 {
		t.Errorf("the sixth code: status %d", a.StatusCode)
	}
}

// A session of staff ends after an hour without use and after twelve hours in
// any case; keys and roles want a second factor of the last five minutes.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	o := strictOffice(t)
	p := o.approver()
	o.cluster.Advance(59 * time.Minute)
	p.open("/staff")
	o.cluster.Advance(61 * time.Minute)
	p.get("/staff").want(t, 303, "/login?next=%2Fstaff")
	p.post("/staff/peers", "host", "weg.example", "policy", "block").want(t, 303, "/login?next=%2Fstaff")
	p.login()
	for range 14 {
		o.cluster.Advance(55 * time.Minute)
		p.get("/staff")
	}
	p.get("/staff").want(t, 303, "/login?next=%2Fstaff")

	p.login()
	o.cluster.Advance(6 * time.Minute)
	p.open("/staff/peers").submit("/staff/peers", "host", "https://Weg.example/@x", "policy", "block") // asks for a code on the way
	if !strings.HasPrefix(p.at, "/staff/peers?") {
		t.Fatalf("after the second factor: %s", p.at)
	}
	typed := p.at
	if strings.Contains(p.with("Sec-Fetch-Site", "cross-site").get(typed).body, "Weg.example") {
		t.Error("a link of another site fills in a form")
	}
	p.submit("/staff/peers").says("weg.exampleGeblokkeerd")
	o.cluster.Advance(6 * time.Minute)
	p.post("/staff/accounts/bert/disable").want(t, 303, "/login/factor?next=%2Fstaff%2Faccounts%3Ffor%3Dbert")
}

// With a vote on the way, log-in shows how to take part without an account.
func TestLoginShowsWays(t *testing.T) {
	t.Parallel()
	o := newOffice(t, federationtest.NewCluster(t, groningen), groningen)
	o.announce("fietspad", 1, nil)
	b := o.browser("fietspad")
	if a := b.get("/login?next=%2Fconsultations%2Ffietspad%23vote"); !strings.Contains(a.body, "/code?consultation=fietspad") {
		t.Error("no way to use a letter code")
	}
	for _, next := range []string{"/consultations/anders", "/consultations/", "//evil.example/consultations/fietspad", "/staff"} {
		if a := b.get("/login?next=" + next); a.StatusCode != 200 || strings.Contains(a.body, "/code?consultation") {
			t.Errorf("next %s: status %d", next, a.StatusCode)
		}
	}
	b.with("Origin", "https://evil.example").post("/login", "username", "anna", "password", "x").want(t, 403, "")
	b.with("Sec-Fetch-Site", "cross-site").post("/logout").want(t, 403, "")
}
