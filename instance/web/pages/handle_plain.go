// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"bytes"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"polder/instance"
	"polder/static"
)

// static is a page whose text is in the catalogues.
func (p *Pages) static(v View) echo.HandlerFunc {
	return func(c echo.Context) error { return p.draw(c, http.StatusOK, p.frame(c), v) }
}

// verification is GET /about/verification.
func (p *Pages) verification(c echo.Context) error {
	alternate(c, p.Service.Actor())
	groups, err := instance.FingerprintGroups(p.Service.Options().Keys.TallyMultikey())
	if err != nil {
		return err
	}
	v := VerificationView{Verify: "polder verify aggregate --deep " + p.Service.Base,
		Fingerprints: []Fingerprint{{Role: "tally", Key: strings.Join(groups, " ")}}}
	return p.draw(c, http.StatusOK, p.frame(c), v)
}

// accessibility is GET /accessibility.
func (p *Pages) accessibility(c echo.Context) error {
	return p.draw(c, http.StatusOK, p.frame(c), p.Accessibility)
}

// languageLife is how long the choice of a language is kept, in seconds.
const languageLife = 365 * 24 * 60 * 60

// language is GET /lang?to=&next=: it keeps the choice and goes back to an
// address on this site.
func (p *Pages) language(c echo.Context) error {
	to, next := c.QueryParam("to"), c.QueryParam("next")
	if !slices.Contains(p.Site.Languages, to) {
		return &instance.Error{Code: instance.CodeInvalid, Public: "error.malformed"}
	}
	if !local(next) {
		next = "/"
	}
	c.SetCookie(p.Sealer.plain(p.cookieName("l"), to, languageLife))
	private(c)
	return c.Redirect(http.StatusSeeOther, next)
}

// countryMap is GET /map/country.svg, the picture of a nation's overview.
func (p *Pages) countryMap(c echo.Context) error {
	f := p.frame(c)
	if lang := c.QueryParam("lang"); slices.Contains(p.Site.Languages, lang) {
		f.Lang = lang
	}
	v := OverviewView{}
	if slug := c.QueryParam("consultation"); slug != "" {
		o, err := p.views.Overview(c.Request().Context(), slug)
		if err != nil {
			return err
		}
		v = p.overview(o, f, measureOf(c))
	}
	var body bytes.Buffer
	if err := p.Renderer.CountryMap(&body, f.Lang, v); err != nil {
		return err
	}
	c.Response().Header().Add("Vary", "Accept-Language")
	return cached(c, "image/svg+xml", body.Bytes())
}

// robots keeps search engines out of what is personal or for staff.
func robots(c echo.Context) error {
	return cached(c, echo.MIMETextPlainCharsetUTF8, []byte("User-agent: *\nDisallow: /staff\nDisallow: /login\nDisallow: /code\nDisallow: /lang\nDisallow: /consultations/*/votes\n"))
}

// favicon is the icon under the name that browsers ask for unasked.
func (p *Pages) favicon(c echo.Context) error {
	f, err := p.Assets.Open(strings.TrimPrefix(p.Assets.URL("img/icon.svg"), static.Prefix))
	if err != nil {
		return &instance.Error{Code: instance.CodeNotFound, Public: "error.not-found", Err: err}
	}
	return cached(c, f.Type, f.Body)
}
