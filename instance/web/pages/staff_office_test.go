// SPDX-License-Identifier: EUPL-1.2

package pages_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"polder/consensus"
	"polder/instance"
	"polder/instance/auth"
	"polder/instance/federationtest"
	"polder/instance/store"
	"polder/instance/web"
	"polder/instance/web/fedapi"
	"polder/instance/web/pages"
	"polder/static"
)

// office is one instance with its public pages, its staff pages and accounts.
// Other instances reach it through the cluster, browsers through a server.
type office struct {
	*site
	auth *auth.Authenticator
}

func newOffice(t testing.TB, c *federationtest.Cluster, at federationtest.Place) *office {
	t.Helper()
	n := c.Node(at)
	opt := n.Service.Options()
	o := &office{site: &site{t: t, cluster: c, node: n, limiter: &switchLimiter{}}}
	var err error
	o.auth, err = auth.New(auth.Options{Store: opt.Store, Key: opt.Keys.Application, Now: c.Now, Issuer: n.Name, StaffTOTP: true,
		Limiter: auth.NewLimiter(auth.LimiterOptions{Limits: auth.DefaultLimits(), Now: c.Now}),
		Audit: func(tx *store.Tx, actor, action, target string) error {
			return n.Service.AuditIn(tx, actor, action, target, "")
		}})
	check(t, err)
	assets, err := static.New(static.Options{})
	check(t, err)
	about := pages.Site{Name: n.Name, Area: strings.TrimPrefix(n.Name, "Gemeente "), AreaCode: n.Area, Level: n.Level,
		URL: opt.BaseURL, Languages: opt.Languages}
	renderer, err := pages.NewRenderer(about, assets, opt.Texts)
	check(t, err)
	sealer, err := pages.NewSealer(opt.Keys.Application, rand.Reader, opt.BaseURL)
	check(t, err)
	o.pages = &pages.Pages{Service: n.Service, Renderer: renderer, Assets: assets, Limiter: o.limiter, Site: about, Dev: opt.Dev, Sealer: sealer}
	staff := &pages.Staff{Pages: o.pages, Auth: o.auth}
	o.pages.Viewer = staff.Viewer
	api := &fedapi.API{Service: n.Service, Limiter: o.limiter, Dev: opt.Dev, Page: o.pages.Page}
	n.Handler = web.New(web.Options{Service: n.Service, Limiter: o.limiter, Log: slog.New(slog.DiscardHandler), Dev: opt.Dev,
		ErrorPage: o.pages.ErrorPage, Static: assets, Routes: []web.Routes{api, o.pages, staff}})
	o.server = httptest.NewServer(n.Handler)
	t.Cleanup(o.server.Close)
	return o
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// official is a member of staff with a browser and a phone for codes.
type official struct {
	*browser
	o        *office
	name     string
	password string
	secret   []byte
	recovery []string
	lastCode string
	at       string // address of the page in front of them
	page     answer
}

// staff makes an account and a person who has not logged in yet.
func (o *office) staff(name string, roles ...consensus.Role) *official {
	o.t.Helper()
	p := &official{browser: o.browser(""), o: o, name: name, password: "een lang wachtwoord van " + name}
	p.header.Set("Sec-Fetch-Site", "same-origin") // as browsers say of links and forms of a site itself
	_, enrolment, err := o.auth.Create(context.Background(), "test", auth.NewAccount{Username: name, Password: p.password,
		Email: name + "@gemeente.example", Roles: consensus.NewRoles(roles...)})
	check(o.t, err)
	if enrolment.OTPAuth != "" {
		p.secret, err = auth.SecretOf(enrolment.OTPAuth)
		check(o.t, err)
		p.recovery = enrolment.RecoveryCodes
	}
	return p
}

// author and approver are the two people of a small office.
func (o *office) author() *official {
	return o.staff("anna", consensus.RoleEditor, consensus.RoleProjectLead).login()
}

func (o *office) approver() *official {
	return o.staff("bert", consensus.RoleAdmin, consensus.RoleProcessOwner).login()
}

// code is what the app shows now; it waits for the next one if this was used.
func (p *official) code() string {
	for {
		code := auth.TOTPCode(p.secret, p.o.cluster.Now())
		if code != p.lastCode {
			p.lastCode = code
			return code
		}
		p.o.cluster.Advance(30 * time.Second)
	}
}

// login takes both steps.
func (p *official) login() *official {
	p.o.t.Helper()
	p.post("/login", "username", p.name, "password", p.password).want(p.o.t, 303, "/login/factor?next=")
	p.post("/login/factor", "totp", p.code()).want(p.o.t, 303, "/staff")
	p.cookies = map[string]string{"__Host-s": p.cookies["__Host-s"]} // no message left
	return p
}

// open follows redirects to a page; where the second factor is due it is given.
func (p *official) open(path string) *official {
	p.o.t.Helper()
	a := p.get(path)
	for range 6 {
		if u, err := url.Parse(path); err == nil && u.Path == "/login/factor" {
			a = p.post("/login/factor", "totp", p.code(), "next", u.Query().Get("next"))
		}
		if a.StatusCode != http.StatusSeeOther {
			break
		}
		path = a.Header.Get("Location")
		a = p.get(path)
	}
	if a.StatusCode != http.StatusOK {
		p.o.t.Fatalf("%s: GET %s: status %d\n%s", p.name, path, a.StatusCode, said(a.doc(p.o.t)))
	}
	p.at, p.page = path, a
	return p
}

// submit fills in the form that posts to action on the page in front of the
// person, leaves what is in it already, and follows to the next page. Without
// JavaScript nothing else can happen.
func (p *official) submit(action string, fields ...string) *official {
	p.o.t.Helper()
	a := p.send(action, fields...)
	if a.StatusCode != http.StatusSeeOther {
		p.o.t.Fatalf("%s: POST %s: status %d\n%s", p.name, action, a.StatusCode, said(a.doc(p.o.t)))
	}
	return p.open(a.Header.Get("Location"))
}

// send is submit without what comes after.
func (p *official) send(action string, fields ...string) answer {
	p.o.t.Helper()
	form := formTo(p.page.doc(p.o.t), action)
	if form == nil {
		p.o.t.Fatalf("%s: %s has no form for %s:\n%s", p.name, p.at, action, said(p.page.doc(p.o.t)))
	}
	values := filledIn(form)
	set := map[string]bool{}
	for i := 0; i+1 < len(fields); i += 2 {
		name := fields[i]
		if !controls(form)[name] {
			p.o.t.Fatalf("form %s has no field %s", action, name)
		}
		if !set[name] {
			values.Del(name)
		}
		set[name] = true
		values.Add(name, fields[i+1])
	}
	return p.do(http.MethodPost, action, values)
}

// upload sends a file with a form.
func (p *official) upload(path, field string, content []byte) answer {
	p.o.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile(field, "hashes.txt")
	check(p.o.t, err)
	part.Write(content)
	check(p.o.t, w.Close())
	req, err := http.NewRequest(http.MethodPost, p.s.server.URL+path, &body)
	check(p.o.t, err)
	req.Header.Set("Content-Type", w.FormDataContentType())
	for name, value := range p.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	resp, err := p.s.server.Client().Transport.RoundTrip(req)
	check(p.o.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	check(p.o.t, err)
	return answer{resp, string(raw)}
}

// filledIn is what a browser would send of a form, without any button.
func filledIn(form *html.Node) url.Values {
	values := url.Values{}
	for n := range form.Descendants() {
		name := attr(n, "name")
		switch {
		case name == "" || n.Data == "button":
		case n.Data == "textarea":
			values.Add(name, text(n))
		case n.Data == "select":
			values.Add(name, selected(n))
		case n.Data == "input" && slices.Contains([]string{"checkbox", "radio"}, attr(n, "type")):
			if hasAttr(n, "checked") {
				values.Add(name, attr(n, "value"))
			}
		case n.Data == "input" && attr(n, "type") != "file":
			values.Add(name, attr(n, "value"))
		}
	}
	return values
}

func selected(n *html.Node) (value string) {
	for i, o := range all(n, func(d *html.Node) bool { return d.Data == "option" }) {
		if i == 0 || hasAttr(o, "selected") {
			value = attr(o, "value")
		}
	}
	return value
}

func hasAttr(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// says fails unless the page holds a text.
func (p *official) says(want string) *official {
	p.o.t.Helper()
	if !strings.Contains(said(p.page.doc(p.o.t)), want) {
		p.o.t.Fatalf("%s: %s does not say %q:\n%s", p.name, p.at, want, said(p.page.doc(p.o.t)))
	}
	return p
}

// charterForm is a complete draft, as fields of the form.
func charterForm(now time.Time, zone *time.Location) []string {
	return []string{"question", "Waar komt het fietspad?", "whyNow", "De weg wordt vernieuwd.", "canChange", "De plaats.",
		"isFixed", "Het budget.", "participationLevel", "consult", "body", "raad", "role", "wethouder mobiliteit",
		"noneYet", "yes", "decisionDate", "2027-01-20", "minAge", "16", "rollDate", "2026-11-01",
		"levels", "open", "levels", "fediverse", "levels", "code",
		"phase1-kind", "vote", "phase1-start", now.In(zone).Format("2006-01-02T15:04"), "phase1-end", now.Add(2 * time.Hour).In(zone).Format("2006-01-02T15:04"),
		"official", "code", "weighing", "De meeste stemmen.", "k", "10", "results", "afterClose", "offlineWays", "balie",
		"contactRole", "projectleider", "contactMail", "project@gemeente.example", "contactPhone", "14 050",
		"privacyURL", "https://gemeente.example/privacy", "privacyBasis", "publieke taak", "privacyRetention", "1 jaar",
		"legalBasis", "ordinance", "legalArticle", "artikel 3", "legalWhy", "De verordening vraagt erom."}
}

// without leaves fields out, by name.
func without(fields []string, names ...string) (out []string) {
	for i := 0; i+1 < len(fields); i += 2 {
		if !slices.Contains(names, fields[i]) {
			out = append(out, fields[i], fields[i+1])
		}
	}
	return out
}

func (o *office) zone() *time.Location { return o.node.Service.Options().Texts.Printer("nl").Zone() }

func (o *office) complete() []string { return charterForm(o.cluster.Now(), o.zone()) }

// membershipPath is the address of the forms of a membership on a page that
// lists only one.
func membershipPath(p *official, action string) string {
	p.o.t.Helper()
	for _, f := range all(p.page.doc(p.o.t), func(n *html.Node) bool { return n.Data == "form" }) {
		if to := attr(f, "action"); strings.HasPrefix(to, "/staff/members/m") && strings.HasSuffix(to, "/"+action) {
			return to
		}
	}
	p.o.t.Fatalf("%s: no form to %s on %s", p.name, action, p.at)
	return ""
}

// fingerprintOf reads the key of an instance aloud from its own page.
func fingerprintOf(p *official) []string {
	p.o.t.Helper()
	p.open("/staff/members")
	lists := all(p.page.doc(p.o.t), func(n *html.Node) bool { return n.Data == "ol" && attr(n, "class") == "app-finger" })
	var blocks []string
	for _, li := range all(lists[len(lists)-1], func(n *html.Node) bool { return n.Data == "li" }) {
		blocks = append(blocks, said(li))
	}
	if len(blocks) != 16 {
		p.o.t.Fatalf("a fingerprint of %d blocks", len(blocks))
	}
	return blocks
}

// blanks are the blocks of a fingerprint that the form at action leaves blank.
func blanks(p *official, action string, heard []string) (first, second string) {
	p.o.t.Helper()
	form := formTo(p.page.doc(p.o.t), action)
	var missing []string
	for i, li := range all(form, func(n *html.Node) bool { return n.Data == "li" }) {
		if attr(li, "class") == "is-blank" {
			missing = append(missing, heard[i])
		} else if said(li) != heard[i] {
			p.o.t.Fatalf("block %d is %q, heard %q", i, said(li), heard[i])
		}
	}
	if len(missing) != 2 {
		p.o.t.Fatalf("%d blocks are blank", len(missing))
	}
	return missing[0], missing[1]
}

func (o *office) stored(slug string) *instance.Consultation { return o.node.Consultation(slug) }
