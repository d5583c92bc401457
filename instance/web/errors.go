// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"polder/instance"
)

// statuses maps the codes of architecture.md 6.
var statuses = map[instance.Code]int{
	instance.CodeInvalid: 400, instance.CodeUnauthorized: 401, instance.CodeForbidden: 403, instance.CodeNotFound: 404,
	instance.CodeConflict: 409, instance.CodeGone: 410, instance.CodeTooLarge: 413, instance.CodeUnsupported: 415,
	instance.CodeLimited: 429, instance.CodeInternal: 500, instance.CodeUnavailable: 503,
}

// Status is the HTTP status of an error code.
func Status(code instance.Code) int { return statuses[code] }

// writeError is the only writer of errors: a page for people, problem+json for
// /participation, one line of text for ActivityPub.
func (o *Options) writeError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	e, retry := o.classify(err)
	if e.Code == instance.CodeInternal {
		o.Log.Error("internal error", "request_id", RequestID(c), "route", c.Path(), "err", e.Err)
	}
	if retry > 0 {
		c.Response().Header().Set("Retry-After", strconv.Itoa(retry))
	}
	var failed error
	path := c.Request().URL.Path
	switch {
	case c.Request().Method == http.MethodHead:
		failed = c.NoContent(statuses[e.Code])
	case strings.HasPrefix(path, "/participation/"):
		failed = problem(c, e)
	case isData(path, c.Request().Header.Get("Accept")) || o.ErrorPage == nil:
		failed = c.String(statuses[e.Code], fmt.Sprintf("%s\n", e.Code))
	default:
		failed = o.ErrorPage(c, e)
	}
	if failed != nil {
		o.Log.Error("write error", "request_id", RequestID(c), "err", failed)
	}
}

func (o *Options) classify(err error) (e *instance.Error, retry int) {
	var limited *LimitError
	if errors.As(err, &limited) {
		return &instance.Error{Code: instance.CodeLimited, Public: "error.limited"}, int(math.Ceil(limited.Retry.Seconds()))
	}
	var he *echo.HTTPError
	if errors.As(err, &he) {
		return fromEcho(he), 0
	}
	e = instance.AsError(err)
	if e.Retry > 0 {
		return e, int(math.Ceil(e.Retry.Seconds()))
	}
	if e.Code == instance.CodeUnavailable {
		retry = 60
	}
	return e, retry
}

func fromEcho(he *echo.HTTPError) *instance.Error {
	e := &instance.Error{Code: instance.CodeInternal, Public: "error.internal", Err: he}
	for code, status := range statuses {
		if status == he.Code {
			e.Code, e.Public = code, "error."+strings.ReplaceAll(string(code), "_", "-")
		}
	}
	if he.Code == http.StatusMethodNotAllowed {
		e.Code, e.Public = instance.CodeNotFound, "error.not-found"
	}
	return e
}

// problem writes application/problem+json (RFC 9457).
func problem(c echo.Context, e *instance.Error) error {
	status := statuses[e.Code]
	body := map[string]any{"type": "about:blank", "status": status, "title": http.StatusText(status),
		"detail": e.Public, "code": e.Code}
	if len(e.Causes) > 0 {
		body["causes"] = e.Causes
	}
	c.Response().Header().Set(echo.HeaderContentType, "application/problem+json")
	return c.JSON(status, body)
}
