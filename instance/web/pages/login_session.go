// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"polder/consensus/eligibility"
	"polder/instance"
	"polder/instance/auth"
	"polder/instance/web"
)

// sessionCookie is __Host-s with https and s without, which only -dev allows.
func (s *Staff) sessionCookie() string { return s.Pages.cookieName("s") }

func (s *Staff) token(c echo.Context) string {
	cookie, err := c.Request().Cookie(s.sessionCookie())
	if err != nil {
		return ""
	}
	return cookie.Value
}

// setSession gives the browser a session token. Staff keep it until the browser
// closes; the server ends it earlier where it must.
func (s *Staff) setSession(c echo.Context, token string, staff bool) {
	age := 0
	if !staff {
		age = int(auth.ResidentIdle / time.Second)
	}
	c.SetCookie(s.Pages.Sealer.plain(s.sessionCookie(), token, age))
}

// loginForm is GET /login. When a vote led here it begins with the ways to
// take part, none of which needs an account.
func (s *Staff) loginForm(c echo.Context) error {
	ways, err := s.ways(c, c.QueryParam("next"))
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, "", LoginView{Form: Form{Values: url.Values{"next": {c.QueryParam("next")}}}, Ways: ways})
}

// ways are the ways to take part in the consultation that next lies in; nil if
// it lies in none.
func (s *Staff) ways(c echo.Context, next string) (*Ways, error) {
	rest, ok := strings.CutPrefix(next, "/consultations/")
	slug := strings.FieldsFunc(rest, func(r rune) bool { return strings.ContainsRune("/?#", r) })
	if !ok || !local(next) || len(slug) == 0 {
		return nil, nil
	}
	p := s.Pages
	con, err := p.views.Consultation(c.Request().Context(), slug[0])
	if notFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	voter := instance.Voter{Level: eligibility.Open}
	if visitor, known := p.Sealer.Visitor(c.Request()); known {
		voter = voterIn(con, visitor)
	}
	page, err := p.views.Page(c.Request().Context(), con.Slug, voter)
	if err != nil {
		return nil, err
	}
	w := (&box{page: page, voter: voter, words: p.wordsOf(p.lang(c)), now: p.Service.Now()}).ways()
	return &w, nil
}

// login is POST /login: the first step.
func (s *Staff) login(c echo.Context) error {
	private(c)
	if err := form(c); err != nil {
		return err
	}
	posted := c.Request().PostForm
	next := posted.Get("next")
	typed := Form{Values: url.Values{"username": {posted.Get("username")}, "next": {next}}}
	for _, name := range []string{"username", "password"} {
		if strings.TrimSpace(posted.Get(name)) == "" {
			typed.Problems = append(typed.Problems, Wrong(name, "login.empty"))
		}
	}
	if len(typed.Problems) > 0 {
		return s.refuseLogin(c, http.StatusBadRequest, typed)
	}
	e, err := s.Auth.LogIn(c.Request().Context(), posted.Get("username"), posted.Get("password"), s.from(c))
	if status, problem, known := loginProblem(c, "", "login.wrong", err); known {
		typed.Problems = []Problem{problem}
		return s.refuseLogin(c, status, typed)
	}
	if err != nil {
		return err
	}
	if old := s.token(c); old != "" {
		if err := s.Auth.LogOut(c.Request().Context(), old); err != nil {
			return err
		}
	}
	s.setSession(c, e.Token, e.Account.Roles.Staff())
	if e.Pending {
		return c.Redirect(http.StatusSeeOther, "/login/factor?next="+url.QueryEscape(next))
	}
	return c.Redirect(http.StatusSeeOther, after(next, "/"))
}

func (s *Staff) refuseLogin(c echo.Context, status int, typed Form) error {
	ways, err := s.ways(c, typed.Value("next"))
	if err != nil {
		return err
	}
	return s.show(c, status, "/login", LoginView{Form: typed, Ways: ways})
}

// loginProblem says what a person did wrong; known is false for anything else.
func loginProblem(c echo.Context, field, wrong string, err error) (status int, p Problem, known bool) {
	var limited *auth.LimitError
	switch {
	case errors.As(err, &limited):
		c.Response().Header().Set("Retry-After", strconv.Itoa(1+int(limited.Wait/time.Second)))
		return http.StatusTooManyRequests, Wrong(field, "login.limited"), true
	case errors.Is(err, auth.ErrNoFactor):
		return http.StatusForbidden, Wrong("", "login.nofactor"), true
	case errors.Is(err, auth.ErrCredentials), errors.Is(err, auth.ErrCode):
		return http.StatusBadRequest, Wrong(field, wrong), true
	}
	return 0, Problem{}, false
}

// from is the address by which tries are counted.
func (s *Staff) from(c echo.Context) string { return web.LimitKey(c.RealIP()) }

// after is where somebody goes who has logged in.
func after(next, otherwise string) string {
	if next != "" && local(next) {
		return next
	}
	return otherwise
}

// logout is POST /logout.
func (s *Staff) logout(c echo.Context) error {
	private(c)
	if err := s.Auth.LogOut(c.Request().Context(), s.token(c)); err != nil {
		return err
	}
	return s.leave(c)
}

// logoutEverywhere is POST /staff/logout-everywhere: every session and access
// token of the account ends.
func (s *Staff) logoutEverywhere(c echo.Context) error {
	if err := s.Auth.RevokeAll(c.Request().Context(), s.actor(c).ID); err != nil {
		return err
	}
	return s.leave(c)
}

func (s *Staff) leave(c echo.Context) error {
	c.SetCookie(s.Pages.Sealer.plain(s.sessionCookie(), "", -1))
	return s.done(c, "/login", "out", 0)
}
