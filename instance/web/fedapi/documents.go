// SPDX-License-Identifier: EUPL-1.2

package fedapi

import (
	"context"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"polder/activitypub"
	"polder/instance"
)

func (a *API) object(c echo.Context) error {
	raw, err := a.Service.ObjectByID(c.Request().Context(), a.id(c))
	if err != nil {
		return err
	}
	return document(c, raw, activitypub.ContentType, "public, max-age=0, must-revalidate")
}

func (a *API) question(c echo.Context) error {
	o, err := a.Service.QuestionObject(c.Request().Context(), a.id(c))
	if err != nil {
		return err
	}
	return activity(c, o)
}

func (a *API) definition(c echo.Context) error {
	con, err := a.published(c)
	if err != nil {
		return err
	}
	raw, err := a.Service.DefinitionOf(c.Request().Context(), con)
	if err != nil {
		return err
	}
	return document(c, raw, echo.MIMEApplicationJSON, "public, max-age=3600")
}

func (a *API) signed(c echo.Context) error {
	raw, err := a.Service.SignedByID(c.Request().Context(), a.id(c))
	if err != nil {
		return err
	}
	return frozen(c, raw)
}

// sealed is served to the convener alone, on its HTTP signature.
func (a *API) sealed(c echo.Context) error {
	actor, err := a.Service.SignedBy(c.Request().Context(), c.Request())
	if err != nil {
		return err
	}
	id := a.id(c)
	raw, err := a.Service.SealedFor(c.Request().Context(), id, actor)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "private, no-store")
	return c.Blob(http.StatusOK, activitypub.ContentType, raw)
}

// blob is served to those who may read it, on their HTTP signature.
func (a *API) blob(c echo.Context) error {
	actor, err := a.Service.SignedBy(c.Request().Context(), c.Request())
	if err != nil {
		return err
	}
	raw, err := a.Service.BlobFor(c.Request().Context(), c.Param("digest"), actor)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "private, no-store")
	return c.Blob(http.StatusOK, echo.MIMEOctetStream, raw)
}

func (a *API) newestRoster(c echo.Context) error {
	con, err := a.published(c)
	if err != nil {
		return err
	}
	raw, err := a.Service.RosterOf(c.Request().Context(), con)
	if err != nil {
		return err
	}
	return document(c, raw, activitypub.ContentType, "public, max-age=0, must-revalidate")
}

func (a *API) input(c echo.Context) error {
	con, err := a.published(c)
	if err != nil {
		return err
	}
	raw, err := a.Service.InputCopy(c.Request().Context(), con, c.Param("digest"))
	if err != nil {
		return err
	}
	return frozen(c, raw)
}

func (a *API) tallies(c echo.Context) error { return a.signedPages(c, a.Service.TallyPage) }

func (a *API) rounds(c echo.Context) error { return a.signedPages(c, a.Service.RoundPage) }

// signedPages serves a collection of signed documents of ours.
func (a *API) signedPages(c echo.Context, read func(context.Context, *instance.Consultation, int) ([]activitypub.IRIOrObject, int, error)) error {
	con, err := a.published(c)
	if err != nil {
		return err
	}
	n, err := page(c)
	if err != nil {
		return err
	}
	if _, ok := c.QueryParams()["page"]; ok && n == 0 {
		n = 1
	}
	items, total, err := read(c.Request().Context(), con, max(n, 1))
	if err != nil {
		return err
	}
	if n == 0 {
		return activity(c, activitypub.NewOrderedCollection(a.id(c), total))
	}
	return activity(c, activitypub.NewOrderedPage(a.id(c), n, total, items))
}

func (a *API) heads(c echo.Context) error {
	h, err := a.Service.Heads(c.Request().Context())
	if err != nil {
		return err
	}
	return jsonDocument(c, h)
}

func (a *API) charter(c echo.Context) error {
	con, err := a.published(c)
	if err != nil {
		return err
	}
	return jsonDocument(c, instance.CharterOf(con))
}

func (a *API) statements(c echo.Context) error {
	con, err := a.published(c)
	if err != nil {
		return err
	}
	list, err := a.Service.StatementListOf(c.Request().Context(), con)
	if err != nil {
		return err
	}
	return jsonDocument(c, list)
}

func (a *API) statement(c echo.Context) error {
	con, err := a.published(c)
	if err != nil {
		return err
	}
	number, _ := strconv.Atoi(c.Param("number")) // 0 is no statement
	st, err := a.Service.ListedStatement(c.Request().Context(), con, number)
	if err != nil {
		return err
	}
	return jsonDocument(c, st)
}

func jsonDocument(c echo.Context, v any) error {
	raw, err := activitypub.Marshal(v)
	if err != nil {
		return err
	}
	return document(c, raw, echo.MIMEApplicationJSON, "no-store")
}
