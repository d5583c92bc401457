// SPDX-License-Identifier: EUPL-1.2

package fedapi

import (
	"errors"
	"io"
	"net"
	"net/http"

	"github.com/labstack/echo/v4"

	"polder/activitypub"
	"polder/instance"
	"polder/instance/web"
)

// maxInbox is the largest activity in bytes (spec: security.md 2).
const maxInbox = 1 << 20

// postInbox takes one activity: media type, size, then the service. Verified
// activities are answered 202, whether or not they have an effect.
func (a *API) postInbox(c echo.Context) error {
	r := c.Request()
	if r.Header.Get("Content-Encoding") != "" || !activitypub.IsContentType(r.Header.Get("Content-Type")) {
		return a.Service.RefuseUnread(r.Context(), instance.CodeUnsupported, "error.unsupported", nil)
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, maxInbox))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return a.Service.RefuseUnread(r.Context(), instance.CodeTooLarge, "error.too-large", err)
	}
	if err != nil {
		return &instance.Error{Code: instance.CodeInvalid, Public: "error.malformed", Err: err}
	}
	err = a.Service.Receive(r.Context(), r, body)
	if err == nil {
		return c.NoContent(http.StatusAccepted)
	}
	if e := instance.AsError(err); e.Code == instance.CodeUnauthorized && !a.exempt(c) {
		if wait, ok := a.Limiter.Allow("bad-signature", web.LimitKey(c.RealIP())); !ok {
			return web.Limited(wait)
		}
	}
	return err
}

func (a *API) exempt(c echo.Context) bool {
	ip := net.ParseIP(c.RealIP())
	return a.Dev && ip != nil && ip.IsLoopback()
}

// emptyInbox is what a GET of an inbox shows: nothing, but no error either.
func (a *API) emptyInbox(c echo.Context) error {
	return activity(c, activitypub.NewCountedCollection(a.id(c), 0))
}
