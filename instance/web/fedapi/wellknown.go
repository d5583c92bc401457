// SPDX-License-Identifier: EUPL-1.2

package fedapi

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"polder/activitypub"
	"polder/instance"
)

// Repository is where the source code is; publiccode.yml names it too.
const Repository = "https://polder.example/polder.git"

func (a *API) registerWellKnown(get func(string, echo.HandlerFunc)) {
	get("/.well-known/webfinger", a.webfinger)
	get("/.well-known/host-meta", a.hostMeta)
	get("/.well-known/host-meta.json", a.hostMetaJSON)
	get("/.well-known/nodeinfo", a.nodeInfoLinks)
	get("/.well-known/security.txt", a.securityTxt)
	get(activitypub.NodeInfo21Path, a.nodeInfo21)
	get(activitypub.NodeInfo20Path, a.nodeInfo20)
}

// webfinger resolves acct:u@h, an actor id, a profile URL or the base URL
// (spec: federation.md 3).
func (a *API) webfinger(c echo.Context) error {
	c.Response().Header().Set("Access-Control-Allow-Origin", "*")
	resource, err := activitypub.ParseResource(c.QueryParam("resource"))
	if err != nil {
		return &instance.Error{Code: instance.CodeInvalid, Public: "error.malformed", Err: err}
	}
	id, user, err := a.resolve(c, resource)
	if err != nil {
		return err
	}
	handle := activitypub.Handle{User: user, Host: a.Service.Host()}
	jrd := activitypub.NewJRD(handle, id, id, a.Service.Base)
	if id == a.Service.Actor() {
		jrd = activitypub.NewServerJRD(handle, id, a.Service.Base+"/about", a.Service.Base)
	}
	raw, err := activitypub.Marshal(jrd)
	if err != nil {
		return err
	}
	return document(c, raw, activitypub.JRDContentType, "public, max-age=3600")
}

func (a *API) resolve(c echo.Context, r activitypub.Resource) (id, user string, err error) {
	ctx := c.Request().Context()
	if !r.Handle.IsZero() {
		if !strings.EqualFold(r.Handle.Host, a.Service.Host()) {
			return "", "", &instance.Error{Code: instance.CodeNotFound, Public: "error.not-found"}
		}
		id, err = a.Service.FindAccount(ctx, r.Handle.User)
		if err != nil {
			return "", "", err
		}
		user, err = a.Service.AccountOf(id)
		return id, user, err
	}
	id = strings.TrimRight(r.URL, "/")
	if id == a.Service.Base || id == a.Service.Base+"/about" {
		id = a.Service.Actor()
	}
	if user, err = a.Service.AccountOf(id); err != nil {
		return "", "", err
	}
	if _, err := a.Service.FindAccount(ctx, user); err != nil {
		return "", "", err
	}
	return id, user, nil
}

func (a *API) hostMeta(c echo.Context) error {
	raw, err := activitypub.HostMetaXRD(a.Service.Base)
	if err != nil {
		return err
	}
	return document(c, raw, "application/xrd+xml", "public, max-age=86400")
}

func (a *API) hostMetaJSON(c echo.Context) error {
	raw, err := activitypub.HostMetaJSON(a.Service.Base)
	if err != nil {
		return err
	}
	return document(c, raw, activitypub.JRDContentType, "public, max-age=86400")
}

func (a *API) nodeInfoLinks(c echo.Context) error {
	raw, err := activitypub.NodeInfoLinks(a.Service.Base, a.Service.Actor())
	if err != nil {
		return err
	}
	return document(c, raw, echo.MIMEApplicationJSON, "public, max-age=86400")
}

func (a *API) nodeInfo() activitypub.NodeInfo {
	opt := a.Service.Options()
	n := activitypub.NewNodeInfo(opt.Version, Repository, a.Service.Base)
	n.Metadata.NodeName = opt.Name
	return n
}

func (a *API) nodeInfo21(c echo.Context) error {
	raw, err := a.nodeInfo().Version21()
	if err != nil {
		return err
	}
	return document(c, raw, activitypub.NodeInfo21ContentType, "public, max-age=3600")
}

func (a *API) nodeInfo20(c echo.Context) error {
	raw, err := a.nodeInfo().Version20()
	if err != nil {
		return err
	}
	return document(c, raw, activitypub.NodeInfo20ContentType, "public, max-age=3600")
}

// securityTxt is RFC 9116; without a contact there is none.
func (a *API) securityTxt(c echo.Context) error {
	opt := a.Service.Options()
	if opt.Contact == "" {
		return &instance.Error{Code: instance.CodeNotFound, Public: "error.not-found"}
	}
	// The day, not the second, so that the document stays the same for a day.
	expires := a.Service.Now().UTC().Truncate(24*time.Hour).AddDate(0, 11, 0)
	text := fmt.Sprintf("Contact: %s\nExpires: %s\nPreferred-Languages: nl, en\nCanonical: %s/.well-known/security.txt\n",
		opt.Contact, expires.Format(time.RFC3339), a.Service.Base)
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", []byte(text))
}

// namespace serves the terms of our own vocabulary.
func namespace(c echo.Context) error {
	return document(c, []byte(activitypub.NamespaceDocument), "application/ld+json", "public, max-age=86400")
}
