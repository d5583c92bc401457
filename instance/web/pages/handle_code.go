// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance"
	"polder/instance/web"
)

// codeForm is GET /code.
func (p *Pages) codeForm(c echo.Context) error {
	return p.drawCode(c, http.StatusOK, Form{Values: c.QueryParams()})
}

// postCode is POST /code: a right code is remembered in the participation
// cookie and leads to the consultation it belongs to. Wrong tries are limited
// per address (spec: security.md 4.4).
func (p *Pages) postCode(c echo.Context) error {
	private(c)
	if err := form(c); err != nil {
		return err
	}
	typed := Form{Values: c.Request().PostForm}
	if strings.TrimSpace(typed.Value("code")) == "" {
		return p.wrongCode(c, http.StatusBadRequest, typed, "code.empty")
	}
	key := web.LimitKey(c.RealIP())
	if !p.exempt(c) {
		if wait, ok := p.codes.take(key); !ok {
			return p.tooManyCodes(c, typed, wait)
		}
	}
	holder, err := p.Service.EnterCode(c.Request().Context(), typed.Value("code"))
	if e := (*instance.Error)(nil); errors.As(err, &e) && e.Code == instance.CodeInvalid {
		return p.wrongCode(c, http.StatusBadRequest, typed, "code.wrong")
	}
	p.codes.giveBack(key)
	if err != nil {
		return err
	}
	return p.enter(c, typed, holder)
}

// enter remembers the code and sends its holder to the ballot box.
func (p *Pages) enter(c echo.Context, typed Form, holder instance.CodeHolder) error {
	con, err := p.views.Consultation(c.Request().Context(), holder.Slug)
	if err != nil {
		return err
	}
	visitor, known := p.Sealer.Visitor(c.Request())
	if !known {
		if visitor, err = p.Sealer.NewVisitor(); err != nil {
			return err
		}
	}
	visitor.Enter(holder.Consultation, holder.Hash)
	visitor.Extend(con.ClosesAt)
	cookie, err := p.Sealer.Cookie(visitor, p.Service.Now())
	if err != nil {
		return fmt.Errorf("enter code: %w", err)
	}
	c.SetCookie(cookie)
	p.setFlash(c, "code", 0)
	to := "/consultations/" + holder.Slug
	rest, back := strings.CutPrefix(typed.Value("next"), to)
	if back && rest != "" && strings.Contains("/?#", rest[:1]) && local(to+rest) {
		return c.Redirect(http.StatusSeeOther, to+rest)
	}
	return c.Redirect(http.StatusSeeOther, to+"#vote")
}

func (p *Pages) tooManyCodes(c echo.Context, typed Form, wait time.Duration) error {
	c.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	return p.wrongCode(c, http.StatusTooManyRequests, typed, "code.limited")
}

func (p *Pages) wrongCode(c echo.Context, status int, typed Form, key string) error {
	typed.Problems = []Problem{Wrong("code", key)}
	return p.drawCode(c, status, typed)
}

func (p *Pages) drawCode(c echo.Context, status int, typed Form) error {
	f := p.frame(c)
	f.Path = "/code"
	list, err := p.views.List(c.Request().Context())
	if err != nil {
		return err
	}
	v := CodeView{Form: typed}
	for _, con := range list {
		if takesCodes(con.Consultation) {
			v.Consultations = append(v.Consultations, Choice{Value: con.Slug, Label: PickText(con.Title, f.Lang).Text})
		}
	}
	if asked := typed.Value("consultation"); asked != "" {
		only := slices.DeleteFunc(slices.Clone(v.Consultations), func(ch Choice) bool { return ch.Value != asked })
		if len(only) > 0 {
			v.Consultations = only
		}
	}
	return p.draw(c, status, f, v)
}

// takesCodes reports whether the page asks for codes of a consultation: one
// that people will vote in, or do now.
func takesCodes(con *consensus.Consultation) bool {
	open := con.State == consensus.StateAnnounced || con.State == consensus.StateOpen || con.State == consensus.StateSuspended
	return open && con.Leaf && con.Definition != nil && slices.Contains(con.Definition.Levels, eligibility.Code)
}
