// SPDX-License-Identifier: EUPL-1.2

//go:build browser

package browsertest_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/instance/auth"
	"polder/instance/federationtest"
	"polder/instance/store"
	"polder/instance/web"
	"polder/instance/web/fedapi"
	"polder/instance/web/pages"
	"polder/static"
)

// town is a cluster of instances with all their pages behind one TLS server on
// a loopback port, which tells them apart by the name in the request.
type town struct {
	*federationtest.Cluster
	t       *testing.T
	server  *httptest.Server
	trouble trouble
	offices map[string]*auth.Authenticator // by host
}

// trouble is what the server of the town is made to suffer. It is safe for
// concurrent use.
type trouble struct{ kind atomic.Value }

// Kinds of trouble, all of them of posts alone.
const (
	fine    = ""
	broken  = "broken"  // the application answers 500
	gateway = "gateway" // something in front of it answers 502
	cut     = "cut"     // the connection ends without an answer
	busy    = "busy"    // too many votes of this visitor
)

func (x *trouble) set(kind string)       { x.kind.Store(kind) }
func (x *trouble) is(kind string) bool   { now, _ := x.kind.Load().(string); return now == kind }
func (x *trouble) Register(e *echo.Echo) { e.Use(x.inside) }

// inside makes handlers of votes fail.
func (x *trouble) inside(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if x.is(broken) && c.Request().Method == http.MethodPost {
			return errors.New("the disk is full")
		}
		return next(c)
	}
}

// Allow makes trouble a web.Limiter.
func (x *trouble) Allow(bucket, _ string) (time.Duration, bool) {
	if x.is(busy) && bucket == "votes" {
		return 42 * time.Second, false
	}
	return 0, true
}

// startTown starts instances that know nothing of each other yet.
func startTown(t *testing.T, places ...federationtest.Place) *town {
	t.Helper()
	x := &town{Cluster: federationtest.NewCluster(t, places...), t: t, offices: map[string]*auth.Authenticator{}}
	for _, p := range places {
		x.equip(x.Node(p))
	}
	x.server = httptest.NewUnstartedServer(x)
	x.server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // handshakes of a browser that left
	x.server.StartTLS()
	t.Cleanup(x.server.Close)
	return x
}

// ServeHTTP is the front of all instances.
func (x *town) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n, ok := x.Nodes[r.Host]
	switch {
	case !ok:
		http.NotFound(w, r)
	case r.Method == http.MethodPost && x.trouble.is(cut):
		panic(http.ErrAbortHandler)
	case r.Method == http.MethodPost && x.trouble.is(gateway):
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusBadGateway)
		w.Write([]byte("<!DOCTYPE html><title>Bad Gateway</title><h1>Bad Gateway</h1>"))
	default:
		n.Handler.ServeHTTP(w, r)
	}
}

// equip gives an instance its pages, as polder serve does.
func (x *town) equip(n *federationtest.Node) {
	x.t.Helper()
	opt := n.Service.Options()
	office, err := auth.New(auth.Options{Store: opt.Store, Key: opt.Keys.Application, Now: x.Now, Issuer: n.Name, StaffTOTP: true,
		Limiter: auth.NewLimiter(auth.LimiterOptions{Limits: auth.DefaultLimits(), Now: x.Now}),
		Audit: func(tx *store.Tx, actor, action, target string) error {
			return n.Service.AuditIn(tx, actor, action, target, "")
		}})
	check(x.t, err)
	x.offices[n.Host] = office
	assets, err := static.New(static.Options{Theme: themeOf(n.Level)})
	check(x.t, err)
	site := pages.Site{Name: n.Name, Area: strings.TrimPrefix(n.Name, "Gemeente "), AreaCode: n.Area, Level: n.Level,
		URL: opt.BaseURL, Languages: opt.Languages, Software: "polder/test", Source: "https://example.org/polder",
		Contact: pages.Contact{Mail: "denkmee@gemeente.example", Phone: "14 050", Hours: "9.00 tot 17.00 uur"},
		Demo:    demoOf(n.Level)}
	renderer, err := pages.NewRenderer(site, assets, opt.Texts)
	check(x.t, err)
	sealer, err := pages.NewSealer(opt.Keys.Application, rand.Reader, opt.BaseURL)
	check(x.t, err)
	public := &pages.Pages{Service: n.Service, Renderer: renderer, Assets: assets, Limiter: &x.trouble, Site: site, Sealer: sealer}
	staff := &pages.Staff{Pages: public, Auth: office}
	public.Viewer = staff.Viewer
	api := &fedapi.API{Service: n.Service, Limiter: &x.trouble, Dev: opt.Dev, Page: public.Page}
	n.Handler = web.New(web.Options{Service: n.Service, Limiter: &x.trouble, Log: slog.New(slog.DiscardHandler), Dev: opt.Dev,
		ErrorPage: public.ErrorPage, Static: assets, Routes: []web.Routes{&x.trouble, api, public, staff}})
}

func themeOf(level string) string {
	if level == "municipality" {
		return "neutral"
	}
	return level
}

// demoOf puts the banner of a demonstration on the pages of a nation, so that
// it is looked at as well.
func demoOf(level string) *pages.Demo {
	if level != "nation" {
		return nil
	}
	return &pages.Demo{Source: pages.Link{Text: "een eerder gesprek", URL: "https://example.org/"}, Licence: "CC BY 4.0"}
}

// hire makes an account with every role of a small office; the secret is that
// of the second factor.
func (x *town) hire(at federationtest.Place, name, password string) (secret []byte) {
	x.t.Helper()
	roles := consensus.NewRoles(consensus.RoleEditor, consensus.RoleProjectLead, consensus.RoleAdmin, consensus.RoleProcessOwner)
	_, enrolment, err := x.offices[at.Host].Create(context.Background(), "test",
		auth.NewAccount{Username: name, Password: password, Email: name + "@gemeente.example", Roles: roles})
	check(x.t, err)
	secret, err = auth.SecretOf(enrolment.OTPAuth)
	check(x.t, err)
	return secret
}

// text is a text of the Dutch catalogue.
func (x *town) text(key string, args ...any) string {
	for _, n := range x.Nodes {
		return n.Service.Options().Texts.Printer("nl").T(key, args...)
	}
	return ""
}
