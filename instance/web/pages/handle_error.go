// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"bytes"
	"strconv"

	"github.com/labstack/echo/v4"

	"polder/instance"
	"polder/instance/web"
)

// ErrorPage is web.Options.ErrorPage: what happened, what to do, request id.
func (p *Pages) ErrorPage(c echo.Context, e *instance.Error) error {
	p.start()
	f := p.frame(c)
	if c.Request().Method != echo.GET {
		f.Path = "/"
	}
	v := ErrorView{Code: string(e.Code), RequestID: web.RequestID(c)}
	words := p.wordsOf(f.Lang)
	// A key with a text of its own is the title of a kind of error.
	if words.Has(e.Public) && !words.Has(e.Public+".text") {
		detail := Msg(e.Public)
		v.Detail = &detail
	}
	if n, err := strconv.Atoi(c.Response().Header().Get("Retry-After")); err == nil {
		v.Retry = n
	}
	private(c)
	var b bytes.Buffer
	if err := p.Renderer.Render(&b, f, v); err != nil {
		return err
	}
	return c.HTMLBlob(web.Status(e.Code), b.Bytes())
}

// object is the page of a Note: a browser goes where it is shown.
func (p *Pages) object(c echo.Context) error {
	to, err := p.Service.ObjectPage(c.Request().Context(), p.Service.Base+c.Request().URL.Path)
	return follow(c, to, err)
}

// question is the page of a poll.
func (p *Pages) question(c echo.Context) error {
	to, err := p.Service.PollPage(c.Request().Context(), p.Service.Base+c.Request().URL.Path)
	return follow(c, to, err)
}

func follow(c echo.Context, to string, err error) error {
	if err != nil {
		return err
	}
	return c.Redirect(303, to)
}
