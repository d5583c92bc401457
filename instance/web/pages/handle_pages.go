// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"polder/instance"
	"polder/instance/locale"
	"polder/instance/web"
	"polder/static"
)

// Pages answers the public pages. Its fields are set before Register and not
// changed afterwards.
type Pages struct {
	Service  *instance.Service
	Renderer *Renderer
	Assets   *static.Assets
	Limiter  web.Limiter
	Site     Site
	Dev      bool // no rate limits for loopback
	Sealer   *Sealer
	// Viewer tells who is logged in; nil means that nobody ever is.
	Viewer func(echo.Context) Viewer
	// Accessibility is what /accessibility says about the last test.
	Accessibility AccessibilityView

	once  sync.Once
	views *instance.Views

	streams streams
	figures figures
	codes   *tries
}

// start makes what the handlers share. fedapi may ask for a Page before or
// after Register, so both come here.
func (p *Pages) start() {
	p.once.Do(func() {
		p.views = instance.NewViews(p.Service)
		p.codes = newTries(codeTries, codeWindow, p.Service.Now)
		if len(p.Site.Languages) == 0 {
			p.Site.Languages = locale.Languages()
		}
	})
}

// Register adds the routes. The page of a consultation is registered by
// fedapi, which shares its address.
func (p *Pages) Register(e *echo.Echo) {
	p.start()
	get := func(path string, h echo.HandlerFunc) {
		e.GET(path, h)
		e.HEAD(path, h)
	}
	get("/", p.home)
	get("/consultations", p.list)
	get("/consultations/:slug/votes", p.votes)
	get("/consultations/:slug/statements", p.statements)
	get("/consultations/:slug/statements/new", p.newStatement)
	get("/consultations/:slug/results", p.results)
	get("/consultations/:slug/charter", p.charter)
	e.GET("/consultations/:slug/live", p.live)
	get("/consultations/:slug/report", p.report)
	get("/consultations/:slug/data", p.data)
	get("/consultations/:slug/data/:file", p.dataFile)
	get("/code", p.codeForm)
	get("/lang", p.language)
	get("/members", p.network)
	get("/network", p.network)
	get("/about/verification", p.verification)
	get("/accessibility", p.accessibility)
	get("/toegankelijkheid", moved("/accessibility"))
	get("/privacy", p.static(PrivacyView{}))
	get("/house-rules", p.static(RulesView{}))
	get("/map/country.svg", p.countryMap)
	get("/robots.txt", robots)
	get("/favicon.ico", p.favicon)
	e.POST("/consultations/:slug/votes", p.postVote)
	e.POST("/consultations/:slug/votes/withdraw", p.postWithdraw)
	e.POST("/consultations/:slug/statements", p.postStatement)
	e.POST("/code", p.postCode)
}

// Page answers a browser at an address that is also an ActivityPub id; it is
// fedapi.API.Page. Names: consultation, object, question.
func (p *Pages) Page(name string) echo.HandlerFunc {
	p.start()
	switch name {
	case "consultation":
		return p.consultation
	case "object":
		return p.object
	case "question":
		return p.question
	}
	return echo.NotFoundHandler
}

func moved(to string) echo.HandlerFunc {
	return func(c echo.Context) error { return c.Redirect(http.StatusSeeOther, to) }
}

// frame is what this request adds to the site.
func (p *Pages) frame(c echo.Context) Frame {
	f := Frame{Lang: p.lang(c), Path: c.Request().URL.RequestURI(), Now: p.Service.Now()}
	if p.Viewer != nil {
		f.Viewer = p.Viewer(c)
	}
	return f
}

func (p *Pages) lang(c echo.Context) string {
	chosen := ""
	if cookie, err := c.Request().Cookie(p.cookieName("l")); err == nil {
		chosen = cookie.Value
	}
	return locale.Negotiate(p.Site.Languages, chosen, c.Request().Header.Get("Accept-Language"))
}

// cookieName binds a cookie to the host where the site has https.
func (p *Pages) cookieName(name string) string {
	if p.Sealer.secure {
		return "__Host-" + name
	}
	return name
}

// draw writes a page. Visitors the site knows get it uncached; everybody else
// gets it with an ETag, since it is the same for all of them.
func (p *Pages) draw(c echo.Context, status int, f Frame, v View) error {
	var b bytes.Buffer
	if err := p.Renderer.Render(&b, f, v); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Add("Vary", "Accept-Language")
	h.Add("Vary", "Cookie")
	if status != http.StatusOK || f.Viewer != (Viewer{}) || f.Notice != nil || p.known(c.Request()) {
		private(c)
		return c.HTMLBlob(status, b.Bytes())
	}
	return cached(c, echo.MIMETextHTMLCharsetUTF8, b.Bytes())
}

// drawPrivate writes a page that is for one person alone.
func (p *Pages) drawPrivate(c echo.Context, f Frame, v View) error {
	var b bytes.Buffer
	if err := p.Renderer.Render(&b, f, v); err != nil {
		return err
	}
	private(c)
	return c.HTMLBlob(http.StatusOK, b.Bytes())
}

func private(c echo.Context) {
	c.Response().Header().Set("Cache-Control", "private, no-store")
}

// known reports whether the browser carries a cookie by which a page could
// differ: participation, session or message. The language is in Vary.
func (p *Pages) known(r *http.Request) bool {
	for _, name := range []string{"p", "s", "f"} {
		if _, err := r.Cookie(p.cookieName(name)); err == nil {
			return true
		}
	}
	return false
}

// cached writes a public body, or 304 if the reader has it.
func cached(c echo.Context, kind string, body []byte) error {
	sum := sha256.Sum256(body)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	h := c.Response().Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "public, max-age=0, must-revalidate")
	if strings.Contains(c.Request().Header.Get("If-None-Match"), tag) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, kind, body)
}

// exempt reports whether rate limits do not apply: with -dev, loopback.
func (p *Pages) exempt(c echo.Context) bool {
	addr, err := netip.ParseAddr(c.RealIP())
	return p.Dev && err == nil && addr.Unmap().IsLoopback()
}

// alternate names the ActivityPub id of what the page shows, which the search
// of other servers follows (spec: federation.md 2).
func alternate(c echo.Context, id string) {
	c.Response().Header().Add("Link", "<"+id+`>; rel="alternate"; type="application/activity+json"`)
}

// maxForm bounds what a form may send.
const maxForm = 64 << 10

// form reads a posted form.
func form(c echo.Context) error {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return &instance.Error{Code: instance.CodeInvalid, Public: "error.malformed", Err: err}
	}
	return nil
}
