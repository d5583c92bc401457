// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"polder/consensus/area"
	"polder/instance/web"
	"polder/instance/web/fedapi"
	"polder/instance/web/pages"
	"polder/static"
)

// handler puts pages and ActivityPub routes into one web server.
func (r *running) handler(o instanceOptions) (http.Handler, error) {
	if o.Look.Theme == "" && o.Look.ThemeCSS == nil {
		o.Look.Theme = themeOf(o.Level)
	}
	assets, err := static.New(o.Look)
	if err != nil {
		return nil, err
	}
	site, err := siteOf(o, r.areas)
	if err != nil {
		return nil, err
	}
	renderer, err := pages.NewRenderer(site, assets, r.texts)
	if err != nil {
		return nil, err
	}
	if r.sealer, err = pages.NewSealer(r.Keys.Application, rand.Reader, o.URL); err != nil {
		return nil, err
	}
	public := &pages.Pages{Service: r.Service, Renderer: renderer, Assets: assets, Limiter: r.limiter, Site: site, Dev: o.Dev, Sealer: r.sealer}
	staff := &pages.Staff{Pages: public, Auth: r.Auth}
	public.Viewer = staff.Viewer
	api := &fedapi.API{Service: r.Service, Limiter: r.limiter, Dev: o.Dev, Page: public.Page}
	return web.New(web.Options{Service: r.Service, Limiter: r.limiter, Log: o.Log, TrustedProxies: o.TrustedProxies, Dev: o.Dev,
		ErrorPage: public.ErrorPage, Static: assets, Routes: []web.Routes{api, public, staff}}), nil
}

// themeOf is the look of a level for which none was chosen.
func themeOf(level string) string {
	if level == string(area.Municipality) {
		return "neutral"
	}
	return level
}

// siteOf is what every page says about the instance.
func siteOf(o instanceOptions, areas *area.List) (pages.Site, error) {
	a, err := areas.Get(o.Area)
	if err != nil {
		return pages.Site{}, err
	}
	site := pages.Site{Name: o.Name, Area: a.Name, AreaCode: a.Code, Level: o.Level, URL: o.URL, Languages: o.Languages,
		Dev: o.Dev, Demo: o.Demo, Source: fedapi.Repository, Software: "polder/" + version()}
	if u, err := url.Parse(o.Parent); err == nil && u.Host != "" {
		site.Parent = &pages.Link{Text: u.Host, URL: o.Parent}
	}
	return site, nil
}

// VisitorCookie is the cookie of a visitor at level open who is known by a name
// to the caller alone. The same name gives the same visitor, so that somebody
// who goes on after a stop replaces votes and adds none.
func (r *running) VisitorCookie(name string) (*http.Cookie, error) {
	mac := hmac.New(sha256.New, r.Keys.Application)
	fmt.Fprintf(mac, "visitor\n%s", name)
	v := pages.Visitor{Until: time.Now().AddDate(0, 6, 0)}
	copy(v.ID[:], mac.Sum(nil))
	return r.sealer.Cookie(v, time.Now())
}
