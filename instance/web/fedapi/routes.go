// SPDX-License-Identifier: EUPL-1.2

package fedapi

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"polder/activitypub"
	"polder/instance"
	"polder/instance/web"
)

// API holds the ActivityPub routes.
type API struct {
	Service *instance.Service
	Limiter web.Limiter
	Dev     bool
	// Page answers a browser at an address that is also an ActivityPub id.
	Page func(name string) echo.HandlerFunc
}

// Register adds the routes.
func (a *API) Register(e *echo.Echo) {
	get := func(path string, h echo.HandlerFunc) {
		e.GET(path, h)
		e.HEAD(path, h)
	}
	e.POST("/inbox", a.postInbox)
	for _, actor := range []string{"/actor", "/organization", "/consultations/:slug"} {
		e.POST(actor+"/inbox", a.postInbox)
		get(actor+"/inbox", a.emptyInbox)
		get(actor+"/outbox", a.outbox)
		get(actor+"/followers", a.followers)
		get(actor+"/following", a.following)
		get(actor+"/featured", a.featured)
	}
	get("/inbox", a.emptyInbox)
	get("/actor", web.Negotiated(a.instanceActor, redirect("/about/verification")))
	get("/about", redirect("/about/verification"))
	get("/organization", web.Negotiated(a.organization, redirect("/")))
	get("/actor/members", a.members)
	get("/consultations/:slug", web.Negotiated(a.consultation, a.Page("consultation")))
	get("/consultations/:slug/moderators", a.moderators)
	get("/consultations/:slug/statements/:number", a.statement)
	get("/consultations/:slug/definition", a.definition)
	get("/consultations/:slug/tallies", a.tallies)
	get("/consultations/:slug/tallies/:id", a.signed)
	get("/consultations/:slug/tallies/:id/sealed", a.sealed)
	get("/consultations/:slug/rounds", a.rounds)
	get("/consultations/:slug/rounds/:id", a.signed)
	get("/consultations/:slug/shares/:id", a.signed)
	get("/consultations/:slug/results/:id", a.signed)
	get("/blobs/:digest", a.blob)
	get("/consultations/:slug/roster", a.newestRoster)
	get("/consultations/:slug/roster/:id", a.signed)
	get("/consultations/:slug/inputs/:digest", a.input)
	get("/notes/:id", web.Negotiated(a.object, a.Page("object")))
	get("/notes/:id/replies", a.replies)
	get("/notes/:id/context", a.thread)
	get("/questions/:id", web.Negotiated(a.question, a.Page("question")))
	get("/participation/v1/heads", a.heads)
	get("/participation/v1/consultations/:slug/charter", a.charter)
	get("/participation/v1/consultations/:slug/statements", a.statements)
	get("/ns/v1", namespace)
	a.registerWellKnown(get)
}

func redirect(to string) echo.HandlerFunc {
	return func(c echo.Context) error { return c.Redirect(http.StatusSeeOther, to) }
}

// id is the ActivityPub id of this request: configured base and path. The
// request's own host is never used.
func (a *API) id(c echo.Context) string {
	return a.Service.Base + strings.TrimRight(c.Request().URL.Path, "/")
}

// activity writes an ActivityPub document with an ETag.
func activity(c echo.Context, doc any) error {
	raw, err := activitypub.Marshal(doc)
	if err != nil {
		return err
	}
	return document(c, raw, activitypub.ContentType, "public, max-age=0, must-revalidate")
}

// frozen writes a document that never changes under its address.
func frozen(c echo.Context, raw []byte) error {
	return document(c, raw, activitypub.ContentType, "public, max-age=31536000, immutable")
}

// document answers 304 where the reader has it already.
func document(c echo.Context, raw []byte, kind, cache string) error {
	sum := sha256.Sum256(raw)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	h := c.Response().Header()
	h.Set("ETag", tag)
	if h.Get("Cache-Control") == "" || !strings.HasPrefix(c.Request().URL.Path, "/participation/") {
		h.Set("Cache-Control", cache)
	}
	if !strings.Contains(h.Get("Vary"), "Accept") {
		h.Add("Vary", "Accept")
	}
	if match := c.Request().Header.Get("If-None-Match"); match != "" && strings.Contains(match, tag) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, kind, raw)
}

// page reads ?page=, 0 if there is none.
func page(c echo.Context) (int, error) {
	text := c.QueryParam("page")
	if text == "" {
		return 0, nil
	}
	if text == "true" {
		return 1, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1_000_000 {
		return 0, &instance.Error{Code: instance.CodeInvalid, Public: "error.malformed", Err: err}
	}
	return n, nil
}
