// SPDX-License-Identifier: EUPL-1.2

package pages_test

import (
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/net/html"

	"polder/consensus"
	"polder/instance"
	"polder/instance/federationtest"
	"polder/instance/web"
	"polder/instance/web/fedapi"
	"polder/instance/web/pages"
	"polder/static"
)

// The cast of the tests: short names for those of federationtest.
var (
	nationPlace = federationtest.Nation
	provPlace   = federationtest.Province
	groningen   = federationtest.Groningen
	midden      = federationtest.Midden
)

// site is one instance with its pages, as a browser meets it. Requests are
// served in this process with a connection's semantics (HEAD has no body).
type site struct {
	t       testing.TB
	cluster *federationtest.Cluster
	node    *federationtest.Node
	server  *httptest.Server
	limiter *switchLimiter
	pages   *pages.Pages
}

// switchLimiter lets everything pass until it is told not to.
type switchLimiter struct{ closed atomic.Pointer[string] }

func (l *switchLimiter) Allow(bucket, _ string) (time.Duration, bool) {
	if b := l.closed.Load(); b != nil && *b == bucket {
		return 42 * time.Second, false
	}
	return 0, true
}

func (l *switchLimiter) close(bucket string) { l.closed.Store(&bucket) }
func (l *switchLimiter) open()               { l.closed.Store(nil) }

// siteOptions change what a site is started with.
type siteOptions struct {
	dev    bool
	viewer func(echo.Context) pages.Viewer
	log    *slog.Logger
}

func newSite(t testing.TB, c *federationtest.Cluster, at federationtest.Place, o siteOptions) *site {
	t.Helper()
	n := c.Node(at)
	s := &site{t: t, cluster: c, node: n, limiter: &switchLimiter{}}
	opt := n.Service.Options()
	assets, err := static.New(static.Options{})
	if err != nil {
		t.Fatal(err)
	}
	about := pages.Site{Name: n.Name, Area: strings.TrimPrefix(n.Name, "Gemeente "), AreaCode: n.Area, Level: n.Level, URL: opt.BaseURL,
		Languages: opt.Languages, Dev: o.dev}
	renderer, err := pages.NewRenderer(about, assets, opt.Texts)
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := pages.NewSealer(opt.Keys.Application, rand.Reader, opt.BaseURL)
	if err != nil {
		t.Fatal(err)
	}
	s.pages = &pages.Pages{Service: n.Service, Renderer: renderer, Assets: assets, Limiter: s.limiter, Site: about,
		Dev: o.dev, Sealer: sealer, Viewer: o.viewer}
	log := o.log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	api := &fedapi.API{Service: n.Service, Limiter: s.limiter, Dev: o.dev, Page: s.pages.Page}
	s.server = httptest.NewServer(web.New(web.Options{Service: n.Service, Limiter: s.limiter, Log: log, Dev: o.dev,
		ErrorPage: s.pages.ErrorPage, Static: assets, Routes: []web.Routes{api, s.pages}}))
	t.Cleanup(s.server.Close)
	return s
}

// municipality starts one municipality with its pages and without
// consultations. Tests of the same subject share one, because making keys is
// what takes time.
func startMunicipality(t testing.TB) *site {
	t.Helper()
	return newSite(t, federationtest.NewCluster(t, groningen), groningen, siteOptions{})
}

// announce opens a consultation for an hour.
func (s *site) announce(slug string, questions int, change func(*instance.Draft)) {
	s.t.Helper()
	d := s.cluster.Draft(slug, questions, false)
	if change != nil {
		change(&d)
	}
	s.node.Announce(d)
}

// answer is a response read to its end.
type answer struct {
	*http.Response
	body string
}

// browser is a visitor of one consultation with a cookie jar of its own that
// follows no redirect.
type browser struct {
	s       *site
	slug    string
	cookies map[string]string
	header  http.Header // sent with every request
}

func (s *site) browser(slug string) *browser {
	return &browser{s: s, slug: slug, cookies: map[string]string{}, header: http.Header{}}
}

// page is the address of the consultation, box the one after a vote.
func (b *browser) page() string { return "/consultations/" + b.slug }
func (b *browser) box() string  { return b.page() + "#vote" }

func (b *browser) with(name, value string) *browser {
	copied := &browser{s: b.s, slug: b.slug, cookies: b.cookies, header: b.header.Clone()}
	copied.header.Set(name, value)
	return copied
}

func (b *browser) do(method, path string, form url.Values) answer {
	b.s.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequest(method, b.s.server.URL+path, body)
	if err != nil {
		b.s.t.Fatal(err)
	}
	req.Header = b.header.Clone()
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range b.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	resp, err := b.s.server.Client().Transport.RoundTrip(req)
	if err != nil {
		b.s.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.s.t.Fatal(err)
	}
	for _, c := range resp.Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	return answer{resp, string(raw)}
}

func (b *browser) get(path string) answer { b.s.t.Helper(); return b.do(http.MethodGet, path, nil) }

func (b *browser) post(path string, fields ...string) answer {
	b.s.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return b.do(http.MethodPost, path, form)
}

// vote posts one vote without JavaScript.
func (b *browser) vote(question string, choices ...string) answer {
	b.s.t.Helper()
	fields := []string{"question", question}
	for _, c := range choices {
		fields = append(fields, "choice", c)
	}
	return b.post(b.page()+"/votes", fields...)
}

// want fails unless the status, and the Location of a redirect, are these.
func (a answer) want(t testing.TB, status int, location string) answer {
	t.Helper()
	if a.StatusCode != status || a.Header.Get("Location") != location {
		t.Fatalf("%s %s: status %d to %q, want %d to %q\n%.800s", a.Request.Method, a.Request.URL.Path, a.StatusCode,
			a.Header.Get("Location"), status, location, a.body)
	}
	return a
}

// doc parses the page and fails on text that the catalogue did not know.
func (a answer) doc(t testing.TB) *html.Node {
	t.Helper()
	if strings.Contains(a.body, "[[") {
		at := strings.Index(a.body, "[[")
		t.Errorf("%s: a text is missing: %.60s", a.Request.URL, a.body[at:])
	}
	n, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// all lists the elements for which keep holds.
func all(n *html.Node, keep func(*html.Node) bool) (list []*html.Node) {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && keep(d) {
			list = append(list, d)
		}
	}
	return list
}

func byID(t testing.TB, n *html.Node, id string) *html.Node {
	t.Helper()
	list := all(n, func(d *html.Node) bool { return attr(d, "id") == id })
	if len(list) != 1 {
		t.Fatalf("%d elements with id %q", len(list), id)
	}
	return list[0]
}

// field is the value of a named control in a form.
func fieldOf(n *html.Node, name string) string {
	for _, d := range all(n, func(d *html.Node) bool { return attr(d, "name") == name }) {
		return attr(d, "value")
	}
	return ""
}

// said is the text of an element with single spaces.
func said(n *html.Node) string { return strings.Join(strings.Fields(text(n)), " ") }

type node = html.Node

// The official who writes drafts.
var author = federationtest.Author

func hours(n int) time.Duration { return time.Duration(n) * time.Hour }

func option(id string) consensus.DefinitionOption {
	return consensus.DefinitionOption{ID: id, Text: map[string]string{"nl": "Keuze " + id}}
}
