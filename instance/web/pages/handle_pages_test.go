// SPDX-License-Identifier: EUPL-1.2

package pages_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"polder/consensus/eligibility"
	"polder/instance"
	"polder/instance/web/pages"
)

// publicPages are all pages of a municipality that anybody may see.
var publicPages = []string{"/", "/consultations", "/consultations?state=open", "/consultations/fietspad", "/consultations/fietspad?q=all",
	"/consultations/fietspad?q=qb", "/consultations/fietspad?s=2", "/consultations/fietspad/results", "/consultations/fietspad/charter",
	"/code", "/network", "/about/verification", "/accessibility", "/privacy", "/house-rules"}

func TestPublicPages(t *testing.T) {
	s := startMunicipality(t)
	s.announce("fietspad", 3, nil)
	b := s.browser("fietspad")
	for _, path := range publicPages {
		t.Run(path, func(t *testing.T) {
			got := b.get(path).want(t, 200, "")
			doc := got.doc(t)
			if html := all(doc, func(n *node) bool { return n.Data == "html" })[0]; attr(html, "lang") != "nl" {
				t.Errorf("language %q", attr(html, "lang"))
			}
			wantPageHeaders(t, got)
			if c := got.Header.Get("Cache-Control"); c != "public, max-age=0, must-revalidate" || got.Header.Get("Set-Cookie") != "" {
				t.Errorf("Cache-Control %q, Set-Cookie %q", c, got.Header.Get("Set-Cookie"))
			}
			if vary := strings.Join(got.Header.Values("Vary"), ", "); !strings.Contains(vary, "Cookie") || !strings.Contains(vary, "Accept-Language") {
				t.Errorf("Vary %q", vary)
			}
			again := b.with("If-None-Match", got.Header.Get("ETag")).get(path)
			if got.Header.Get("ETag") == "" || again.StatusCode != http.StatusNotModified || again.body != "" {
				t.Errorf("ETag %q: status %d", got.Header.Get("ETag"), again.StatusCode)
			}
			head := b.do(http.MethodHead, path, nil)
			if head.StatusCode != 200 || head.body != "" || head.Header.Get("ETag") != got.Header.Get("ETag") {
				t.Errorf("HEAD: status %d, %d bytes", head.StatusCode, len(head.body))
			}
			english := b.with("Accept-Language", "en").get(path)
			if english.body == got.body || english.Header.Get("ETag") == got.Header.Get("ETag") {
				t.Error("English and Dutch are the same")
			}
			english.doc(t)
			b.with("Accept-Language", "fy").get(path).doc(t)
		})
	}
}

// wantPageHeaders checks the headers of security.md 4.1.
func wantPageHeaders(t *testing.T, a answer) {
	t.Helper()
	for name, part := range map[string]string{
		"Strict-Transport-Security": "max-age=31536000", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
		"Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		"Permissions-Policy": "camera=()", "Content-Security-Policy": "default-src 'none'; script-src 'self'",
		"X-Request-Id": "-",
	} {
		if got := a.Header.Get(name); !strings.Contains(got, part) {
			t.Errorf("%s is %q", name, got)
		}
	}
}

func TestHeadersAreOnEveryAnswer(t *testing.T) {
	s := startMunicipality(t)
	s.announce("fietspad", 2, nil)
	b := s.browser("fietspad")
	for _, a := range []answer{
		b.get("/nothing").want(t, 404, ""), b.get("/consultations/none").want(t, 404, ""),
		b.get("/toegankelijkheid").want(t, 303, "/accessibility"), b.get("/members").want(t, 303, "/network"),
		b.vote("qa", "agree").want(t, 303, b.box()), b.vote("qa", "maybe").want(t, 400, ""),
		b.with("X-Fragment", "1").vote("qa", "agree").want(t, 200, ""), b.get("/robots.txt").want(t, 200, ""),
		b.get("/favicon.ico").want(t, 200, ""), b.with("Origin", "https://elsewhere.example").post("/code", "code", "x").want(t, 403, ""),
		b.do(http.MethodDelete, "/code", nil).want(t, 404, ""),
	} {
		wantPageHeaders(t, a)
	}
}

// TestVisitorsAreNotCached: whoever carries a cookie gets pages of his own.
func TestVisitorsAreNotCached(t *testing.T) {
	s := startMunicipality(t)
	s.announce("fietspad", 2, nil)
	b := s.browser("fietspad")
	b.vote("qa", "agree")
	for _, path := range append(publicPages, "/consultations/fietspad/votes") {
		if got := b.get(path).want(t, 200, ""); got.Header.Get("Cache-Control") != "private, no-store" || got.Header.Get("ETag") != "" {
			t.Errorf("%s: Cache-Control %q, ETag %q", path, got.Header.Get("Cache-Control"), got.Header.Get("ETag"))
		}
	}
	if got := s.browser("fietspad").get("/consultations/fietspad/votes"); got.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("own votes of nobody: Cache-Control %q", got.Header.Get("Cache-Control"))
	}
	named := newSite(t, s.cluster, groningen, siteOptions{viewer: func(echo.Context) pages.Viewer { return pages.Viewer{Name: "Anna"} }})
	if got := named.browser("fietspad").get("/privacy"); got.Header.Get("Cache-Control") != "private, no-store" || !strings.Contains(got.body, "Anna") {
		t.Errorf("logged in: Cache-Control %q", got.Header.Get("Cache-Control"))
	}
}

func TestTheCardShowsTheQuestionAskedFor(t *testing.T) {
	s := startMunicipality(t)
	s.announce("fietspad", 3, nil)
	b := s.browser("fietspad")
	for path, want := range map[string]string{"": "qa", "?s=2": "qb", "?s=3": "qc", "?s=9": "qa", "?s=x": "qa", "?q=qc": "qc", "?q=zz": "qa"} {
		if got := b.asked(t, b.page()+path); got != want {
			t.Errorf("%q asks %q, want %q", path, got, want)
		}
	}
	b.vote("qb", "agree")
	card := byID(t, b.get(b.page()+"?q=qb").doc(t), "card")
	pressed := all(card, func(n *node) bool { return attr(n, "aria-pressed") == "true" })
	if len(pressed) != 1 || attr(pressed[0], "value") != "agree" {
		t.Errorf("%d buttons are pressed", len(pressed))
	}
	list := b.get(b.page() + "?q=all").doc(t)
	forms := all(list, func(n *node) bool { return n.Data == "form" && attr(n, "action") == b.page()+"/votes" })
	if len(forms) != 3 {
		t.Errorf("%d forms with every question on the page", len(forms))
	}
	b.with("Referer", s.server.URL+b.page()+"?q=all").vote("qc", "pass").want(t, 303, b.page()+"?q=all#vote")
	b.with("Referer", "https://elsewhere.example/?q=all").vote("qc", "pass").want(t, 303, b.box())
}

// TestPollsOfManyOptions: approval may be blank, and options come in an order
// of their own for each voter, the same every time.
func TestPollsOfManyOptions(t *testing.T) {
	s := startMunicipality(t)
	s.announce("fietspad", 1, func(d *instance.Draft) {
		q := &d.Definition.Questions[0]
		q.Kind, q.Max = "approval", 3
		q.Options = q.Options[:0]
		for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
			q.Options = append(q.Options, option(id))
		}
	})
	b := s.browser("fietspad")
	b.vote("qa").want(t, 303, b.box())
	if own := said(b.get(b.page() + "/votes").doc(t)); !strings.Contains(own, "blanco") {
		t.Errorf("a blank vote: %s", own)
	}
	b.vote("qa", "f", "b").want(t, 303, b.box())
	if own := said(b.get(b.page() + "/votes").doc(t)); !strings.Contains(own, "Keuze b, Keuze f") {
		t.Errorf("two choices: %s", own)
	}
	b.vote("qa", "a", "b", "c", "d").want(t, 400, "")
	orders := map[string]bool{}
	for range 12 {
		v := s.browser("fietspad")
		v.vote("qa", "a")
		first := order(t, v)
		if first != order(t, v) {
			t.Fatal("the order changes between two looks")
		}
		orders[first] = true
	}
	if len(orders) < 3 {
		t.Errorf("%d orders for 12 voters", len(orders))
	}
}

func order(t *testing.T, b *browser) string {
	t.Helper()
	out := ""
	for _, n := range all(b.get(b.page()+"?q=qa").doc(t), func(n *node) bool { return attr(n, "name") == "choice" }) {
		out += attr(n, "value")
	}
	return out
}

func TestPagesNameTheirActivityPubID(t *testing.T) {
	s := startMunicipality(t)
	s.announce("fietspad", 2, nil)
	b := s.browser("fietspad")
	for path, id := range map[string]string{"/consultations/fietspad": "/consultations/fietspad", "/consultations/fietspad/results": "/consultations/fietspad", "/": "/organization"} {
		want := "<" + s.node.URL(id) + `>; rel="alternate"; type="application/activity+json"`
		if got := b.get(path).Header.Get("Link"); got != want {
			t.Errorf("%s: Link %q, want %q", path, got, want)
		}
	}
	actor := b.with("Accept", "application/activity+json").get("/consultations/fietspad")
	if !strings.HasPrefix(actor.Header.Get("Content-Type"), "application/activity+json") || !strings.Contains(strings.Join(actor.Header.Values("Vary"), ","), "Accept") {
		t.Errorf("the actor: %q", actor.Header.Get("Content-Type"))
	}
}

func TestObjectsLeadToTheirPages(t *testing.T) {
	s := startMunicipality(t)
	s.announce("fietspad", 2, nil)
	b := s.browser("fietspad")
	con := s.node.Consultation("fietspad")
	note := strings.TrimPrefix(con.LeadNote, s.node.URL(""))
	if got := b.get(note); got.StatusCode != 303 || !strings.HasSuffix(got.Header.Get("Location"), "/consultations/fietspad") {
		t.Errorf("lead note: %d to %q", got.StatusCode, got.Header.Get("Location"))
	}
	thread, err := s.node.Service.Thread(t.Context(), con.LeadNote)
	if err != nil || len(thread) != 3 {
		t.Fatalf("thread %v: %v", thread, err)
	}
	for i, poll := range thread[1:] {
		want := []string{"/consultations/fietspad?s=1", "/consultations/fietspad?s=2"}[i]
		b.get(strings.TrimPrefix(poll, s.node.URL(""))).want(t, 303, want)
	}
	b.get("/notes/none").want(t, 404, "")
	b.get("/questions/none").want(t, 404, "")
}

func TestLanguage(t *testing.T) {
	s := startMunicipality(t)
	b := s.browser("")
	b.get("/lang?to=fy&next=/privacy?x=1").want(t, 303, "/privacy?x=1")
	if html := all(b.get("/privacy").doc(t), func(n *node) bool { return n.Data == "html" })[0]; attr(html, "lang") != "fy" {
		t.Errorf("language %q", attr(html, "lang"))
	}
	for _, evil := range []string{"", "https://elsewhere.example", "//elsewhere.example", `/\elsewhere.example`, "javascript:alert(1)", "/%0d%0aX:1%0a", "privacy"} {
		got := b.get("/lang?to=en&next=" + evil)
		if to := got.Header.Get("Location"); got.StatusCode != 303 || to != "/" {
			t.Errorf("next %q leads to %q", evil, to)
		}
	}
	b.get("/lang?to=de&next=/").want(t, 400, "")
	b.get("/lang").want(t, 400, "")
}

func TestDraftsAreNotFound(t *testing.T) {
	s := startMunicipality(t)
	if _, err := s.node.Service.CreateDraft(t.Context(), author, s.cluster.Draft("geheim", 2, false)); err != nil {
		t.Fatal(err)
	}
	b := s.browser("geheim")
	for _, path := range []string{"", "/votes", "/results", "/charter"} {
		b.get(b.page()+path).want(t, 404, "")
	}
	b.vote("qa", "agree").want(t, 404, "")
	for _, path := range []string{"/", "/consultations", "/code"} {
		if strings.Contains(b.get(path).body, "geheim") {
			t.Errorf("%s names a draft", path)
		}
	}
}

func TestErrorsArePages(t *testing.T) {
	s := startMunicipality(t)
	s.announce("fietspad", 2, nil)
	b := s.browser("fietspad")
	got := b.get("/nothing").want(t, 404, "")
	doc := got.doc(t)
	if h1 := all(doc, func(n *node) bool { return n.Data == "h1" }); len(h1) != 1 || said(h1[0]) != "Deze pagina is er niet" {
		t.Errorf("title %v", h1)
	}
	if !strings.Contains(said(doc), got.Header.Get("X-Request-Id")) {
		t.Error("the request id is not on the page")
	}
	s.limiter.close("pages")
	defer s.limiter.open()
	busy := b.get("/").want(t, 429, "")
	if !strings.Contains(said(busy.doc(t)), "Probeer het over 42 seconden opnieuw.") || busy.Header.Get("Retry-After") != "42" {
		t.Errorf("limited: %s", said(busy.doc(t)))
	}
}

func TestHomeAndList(t *testing.T) {
	s := startMunicipality(t)
	if home := s.browser("").get("/").want(t, 200, ""); !strings.Contains(said(home.doc(t)), "Stadskanaal") && home.body == "" {
		t.Error("an empty home")
	}
	s.announce("eerste", 2, nil)
	s.announce("tweede", 2, func(d *instance.Draft) { d.Definition.Levels = []eligibility.Level{eligibility.Code} })
	s.cluster.Advance(hours(2))
	s.announce("derde", 2, nil)
	b := s.browser("")
	for path, want := range map[string]string{"/consultations": "derde tweede eerste", "/consultations?state=open": "derde",
		"/consultations?state=counting": "tweede eerste", "/consultations?state=planned": "", "/consultations?state=zz": "derde tweede eerste"} {
		if got := listed(b.get(path).doc(t)); got != want {
			t.Errorf("%s lists %q, want %q", path, got, want)
		}
	}
	if got := listed(b.get("/").doc(t)); got != "derde tweede eerste" {
		t.Errorf("home lists %q", got)
	}
}

func listed(doc *node) string {
	var slugs []string
	for _, a := range all(doc, func(n *node) bool { return strings.Contains(attr(n, "class"), "app-card__link") }) {
		slugs = append(slugs, strings.TrimPrefix(attr(a, "href"), "/consultations/"))
	}
	return strings.Join(slugs, " ")
}

func TestRobotsAndIcon(t *testing.T) {
	s := startMunicipality(t)
	b := s.browser("")
	if got := b.get("/robots.txt"); !strings.HasPrefix(got.Header.Get("Content-Type"), "text/plain") || !strings.Contains(got.body, "Disallow: /staff") {
		t.Errorf("robots.txt: %q", got.body)
	}
	if got := b.get("/favicon.ico"); got.Header.Get("Content-Type") != "image/svg+xml" || !strings.Contains(got.body, "<svg") {
		t.Errorf("favicon: %q", got.Header.Get("Content-Type"))
	}
}
