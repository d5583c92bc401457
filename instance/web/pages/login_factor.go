// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"polder/instance/auth"
)

// whoProves is the account that gives its second factor: of a log-in that is
// half way, or of a session in which it has to be given again.
func (s *Staff) whoProves(c echo.Context) (name string, pending, ok bool, err error) {
	acc, err := s.Auth.Pending(c.Request().Context(), s.token(c))
	if err == nil {
		return acc.Username, true, true, nil
	}
	if !errors.Is(err, auth.ErrNoSession) {
		return "", false, false, err
	}
	v, ok, err := s.visit(c)
	return v.Account.Username, false, ok, err
}

// factorForm is GET /login/factor.
func (s *Staff) factorForm(c echo.Context) error {
	private(c)
	name, _, ok, err := s.whoProves(c)
	if err != nil {
		return err
	}
	if !ok {
		return c.Redirect(http.StatusSeeOther, "/login?next="+url.QueryEscape(c.QueryParam("next")))
	}
	return s.show(c, http.StatusOK, "", FactorView{Name: name, Form: Form{Values: url.Values{"next": {c.QueryParam("next")}}}})
}

// factor is POST /login/factor. Each code is taken once (RFC 6238, 5.2).
func (s *Staff) factor(c echo.Context) error {
	private(c)
	if err := form(c); err != nil {
		return err
	}
	next := c.Request().PostForm.Get("next")
	name, pending, ok, err := s.whoProves(c)
	if err != nil {
		return err
	}
	if ok {
		err = s.prove(c, pending)
	}
	if !ok || errors.Is(err, auth.ErrNoSession) {
		return c.Redirect(http.StatusSeeOther, "/login?next="+url.QueryEscape(next))
	}
	if status, problem, known := loginProblem(c, "totp", "factor.wrong", err); known {
		typed := Form{Values: url.Values{"next": {next}}, Problems: []Problem{problem}}
		return s.show(c, status, "/login/factor", FactorView{Name: name, Form: typed})
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, after(next, "/staff"))
}

func (s *Staff) prove(c echo.Context, pending bool) error {
	ctx, code := c.Request().Context(), c.Request().PostForm.Get("totp")
	if !pending {
		return s.Auth.Refresh(ctx, s.token(c), code, s.from(c))
	}
	e, err := s.Auth.SecondFactor(ctx, s.token(c), code, s.from(c))
	if err != nil {
		return err
	}
	s.setSession(c, e.Token, e.Account.Roles.Staff())
	return nil
}
