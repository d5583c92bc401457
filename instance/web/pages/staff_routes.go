// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/instance"
	"polder/instance/auth"
)

// Staff answers the pages of officials and the log-in. Everything below /staff
// needs a session with a second factor; what may be done there is decided by
// the roles of product.md 8, in the use cases themselves where they know them.
type Staff struct {
	Pages *Pages
	Auth  *auth.Authenticator
}

// Register adds the routes.
func (s *Staff) Register(e *echo.Echo) {
	s.Pages.start()
	e.GET("/login", s.loginForm)
	e.POST("/login", s.login)
	e.GET("/login/factor", s.factorForm)
	e.POST("/login/factor", s.factor)
	e.POST("/logout", s.logout)

	g := e.Group("/staff", s.guard)
	g.GET("", s.dashboard)
	g.POST("/logout-everywhere", s.logoutEverywhere)
	s.registerConsultations(g)
	s.registerNetwork(g)
	s.registerOffice(g)
}

func (s *Staff) registerConsultations(g *echo.Group) {
	g.GET("/consultations", s.consultations)
	g.POST("/consultations", s.createDraft)
	g.GET("/consultations/new", s.newDraft)
	g.GET("/consultations/:slug", s.consultation)
	g.GET("/consultations/:slug/edit", s.editDraft)
	g.POST("/consultations/:slug/edit", s.saveDraft)
	g.GET("/consultations/:slug/preview", s.preview)
	s.registerStatements(g)
	g.POST("/consultations/:slug/codes", s.importCodes)
	g.POST("/consultations/:slug/close", s.closeNow)
	g.POST("/consultations/:slug/:action", s.act)
}

func (s *Staff) registerNetwork(g *echo.Group) {
	g.GET("/members", s.members)
	g.POST("/members", s.invite)
	g.POST("/members/ask", s.ask)
	g.POST("/members/:id/:action", s.member)
	g.GET("/joint", s.joint)
	g.GET("/invitations", moved("/staff/joint"))
	g.POST("/joint/:id/:action", s.answerJoint)
	g.GET("/deliveries", s.deliveries)
	g.POST("/deliveries/:id/retry", s.retry)
	g.GET("/refusals", s.refusals)
	g.GET("/peers", s.peers)
	g.POST("/peers", s.setPolicy)
}

func (s *Staff) registerOffice(g *echo.Group) {
	g.GET("/accounts", s.accounts)
	g.POST("/accounts", s.createAccount)
	g.POST("/accounts/:name/:action", s.changeAccount)
	g.GET("/account", s.ownAccount)
	g.POST("/account/password", s.changePassword)
	g.GET("/audit", s.audit)
}

// guard lets staff with a second factor pass. Others are asked to log in; a
// resident who did is refused.
func (s *Staff) guard(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		private(c)
		v, ok, err := s.visit(c)
		switch {
		case err != nil:
			return err
		case !ok:
			return s.askLogin(c)
		case !v.Account.Roles.Staff() || v.Session.FactorAt.IsZero():
			return forbidden()
		}
		return next(c)
	}
}

// askLogin sends somebody without a session to the step that is due. After a
// post they come back to the dashboard: a page is never the answer to a post.
func (s *Staff) askLogin(c echo.Context) error {
	to := "/login"
	if _, err := s.Auth.Pending(c.Request().Context(), s.token(c)); err == nil {
		to = "/login/factor"
	}
	back := "/staff"
	if c.Request().Method == http.MethodGet {
		back = c.Request().URL.RequestURI()
	}
	return c.Redirect(http.StatusSeeOther, to+"?next="+url.QueryEscape(back))
}

// stale reports whether the second factor has to be given again, and asks for
// it. What was typed comes back to the page in its address, so that nothing has
// to be typed twice: see carried.
func (s *Staff) stale(c echo.Context, page string, typed url.Values) (bool, error) {
	v, _, err := s.visit(c)
	if err != nil || v.Fresh {
		return false, err
	}
	if query := typed.Encode(); query != "" && len(query) < mostCarried {
		page += "?" + query
	}
	return true, c.Redirect(http.StatusSeeOther, "/login/factor?next="+url.QueryEscape(page))
}

// mostCarried bounds what goes through an address: servers and browsers limit
// its length.
const mostCarried = 4000

// carried is what stale put into the address of a page. A link on another site
// cannot fill in a form here: only an address that this site itself led to is
// read, which browsers say in Sec-Fetch-Site.
func carried(c echo.Context) url.Values {
	if c.Request().Header.Get("Sec-Fetch-Site") != "same-origin" {
		return url.Values{}
	}
	return c.QueryParams()
}

// actor is who acts, as the use cases know it.
func (s *Staff) actor(c echo.Context) consensus.Actor {
	v, _, err := s.visit(c)
	if err != nil {
		return consensus.Actor{} // no role: every use case refuses it
	}
	return consensus.Actor{ID: v.Account.ID, Roles: v.Account.Roles}
}

// may is forbidden() unless the roles allow one of the actions.
func (s *Staff) may(c echo.Context, actions ...consensus.Action) error {
	roles := s.actor(c).Roles
	for _, a := range actions {
		if roles.May(a) {
			return nil
		}
	}
	return forbidden()
}

func forbidden() error {
	return &instance.Error{Code: instance.CodeForbidden, Public: "error.forbidden", Err: consensus.ErrForbidden}
}

// show draws a page for one official. path is where the language switch
// returns to; empty is this very address, which only a GET has.
func (s *Staff) show(c echo.Context, status int, path string, v View) error {
	p := s.Pages
	f := p.frame(c)
	if path != "" {
		f.Path = path
	}
	if c.Request().Method == http.MethodGet {
		f.Notice = staffNotice(p.takeFlash(c))
	}
	var b bytes.Buffer
	if err := p.Renderer.Render(&b, f, v); err != nil {
		return err
	}
	private(c)
	return c.HTMLBlob(status, b.Bytes())
}

// done sends the browser to a page that says what happened.
func (s *Staff) done(c echo.Context, to, word string, n int) error {
	s.Pages.setFlash(c, word, n)
	return c.Redirect(http.StatusSeeOther, to)
}

// staffWords are the messages of the staff pages; each is notice.WORD.
const staffWords = " adopt approve cancel close close-pending codes decline extend invited member pinned publish resume " +
	"retry return saved submit suspend policy account password " +
	"st-approve st-reject st-hide st-restore st-merge st-edit st-meta st-opinion st-grant st-uphold st-seed st-offered st-first st-lock "

func staffNotice(said flash) *Notice {
	switch {
	case said.Word == "out":
		return &Notice{Kind: "ok", Message: Msg("login.out")}
	case said.Word != "" && strings.Contains(staffWords, " "+said.Word+" "):
		return &Notice{Kind: "ok", Message: Msg("notice."+said.Word, "n", said.Number)}
	}
	return nil
}

// names gives the user names of accounts by id, for columns such as "author".
func (s *Staff) names(c echo.Context) (map[string]string, error) {
	list, err := s.Auth.Accounts(c.Request().Context())
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, a := range list {
		names[a.ID] = a.Username
	}
	return names, nil
}

// nameIn is the name of an account, or its id if it is gone.
func nameIn(names map[string]string, id string) string {
	if name, ok := names[id]; ok {
		return name
	}
	return id
}

// visit is the session of this request, read once.
func (s *Staff) visit(c echo.Context) (auth.Visit, bool, error) {
	if v, ok := c.Get(visitKey).(*auth.Visit); ok {
		return visitOr(v)
	}
	token := s.token(c)
	if token == "" {
		return auth.Visit{}, false, nil
	}
	v, err := s.Auth.Session(c.Request().Context(), token)
	if errors.Is(err, auth.ErrNoSession) {
		c.Set(visitKey, (*auth.Visit)(nil))
		return auth.Visit{}, false, nil
	}
	if err != nil {
		return auth.Visit{}, false, err
	}
	c.Set(visitKey, &v)
	return v, true, nil
}

const visitKey = "visit"

func visitOr(v *auth.Visit) (auth.Visit, bool, error) {
	if v == nil {
		return auth.Visit{}, false, nil
	}
	return *v, true, nil
}

// Viewer is Pages.Viewer: who is logged in, for the head of every page.
func (s *Staff) Viewer(c echo.Context) Viewer {
	v, ok, err := s.visit(c)
	if err != nil || !ok {
		return Viewer{}
	}
	roles := v.Account.Roles
	staff := roles.Staff() && !v.Session.FactorAt.IsZero()
	return Viewer{Name: v.Account.Username, Staff: staff, Accounts: staff && roles.May(consensus.ActAccounts),
		Audit: staff && roles.May(consensus.ActReadAudit)}
}
