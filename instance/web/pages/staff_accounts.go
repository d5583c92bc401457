// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/instance/auth"
)

func roleChoices() (out []Choice) {
	for _, r := range consensus.AllRoles {
		out = append(out, Choice{Value: string(r), Key: "role." + string(r)})
	}
	return out
}

// accounts is GET /staff/accounts.
func (s *Staff) accounts(c echo.Context) error {
	if err := s.may(c, consensus.ActAccounts); err != nil {
		return err
	}
	q := carried(c)
	return s.drawAccounts(c, http.StatusOK, AccountsView{For: q.Get("for"), Form: Form{Values: q}})
}

func (s *Staff) drawAccounts(c echo.Context, status int, v AccountsView) error {
	list, err := s.Auth.Accounts(c.Request().Context())
	if err != nil {
		return err
	}
	self := s.actor(c).ID
	for _, a := range list {
		email, err := s.Auth.Email(a)
		if err != nil {
			return err
		}
		row := AccountRow{Username: a.Username, Mail: masked(email), Roles: roleNames(a.Roles), Factor: a.TOTP != nil,
			Disabled: a.Disabled, Self: a.ID == self, LastSeen: a.SeenAt}
		row.Form = Form{Values: url.Values{"role": row.Roles}}
		if a.Username == v.For {
			row.Form = v.Form
		}
		v.Rows = append(v.Rows, row)
	}
	return s.show(c, status, "/staff/accounts", v)
}

func roleNames(roles consensus.Roles) []string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return names
}

// masked shows enough of an address to recognise it.
func masked(email string) string {
	name, host, ok := strings.Cut(email, "@")
	if !ok || name == "" {
		return ""
	}
	return string([]rune(name)[:1]) + "...@" + host
}

// createAccount is POST /staff/accounts. The second factor of staff is shown
// once, on the answer.
func (s *Staff) createAccount(c echo.Context) error {
	if err := staffForm(c); err != nil {
		return err
	}
	if err := s.may(c, consensus.ActAccounts); err != nil {
		return err
	}
	posted := c.Request().PostForm
	typed := url.Values{"username": posted["username"], "email": posted["email"], "role": posted["role"]}
	if stale, err := s.stale(c, "/staff/accounts", typed); stale || err != nil {
		return err
	}
	roles, err := consensus.ParseRoles(posted["role"])
	if err != nil {
		err = auth.ErrRoles
	}
	var made auth.Enrolment
	if err == nil {
		n := auth.NewAccount{Username: posted.Get("username"), Email: posted.Get("email"), Password: posted.Get("password"), Roles: roles}
		_, made, err = s.Auth.Create(c.Request().Context(), s.actor(c).ID, n)
	}
	if problem, known := accountProblem(err); known {
		return s.drawAccounts(c, http.StatusBadRequest, AccountsView{Form: Form{Values: typed, Problems: []Problem{problem}}})
	}
	if err != nil {
		return err
	}
	return s.enrolled(c, posted.Get("username"), made)
}

// enrolled shows a new second factor, or says that the account was changed.
func (s *Staff) enrolled(c echo.Context, name string, made auth.Enrolment) error {
	if made.OTPAuth == "" {
		return s.done(c, "/staff/accounts", "account", 0)
	}
	name = strings.ToLower(strings.TrimSpace(name))
	return s.drawAccounts(c, http.StatusOK, AccountsView{Made: &Enrolled{Username: name, OTPAuth: made.OTPAuth, Codes: made.RecoveryCodes}})
}

// accountProblem says what is wrong with an account that was asked for.
func accountProblem(err error) (Problem, bool) {
	for _, p := range []struct {
		err        error
		field, key string
	}{
		{auth.ErrUsername, "username", "account.username"}, {auth.ErrTaken, "username", "account.taken"},
		{auth.ErrEmail, "email", "account.email"}, {auth.ErrRoles, "role", "form.choice"},
		{auth.ErrPasswordLength, "password", "account.password.length"}, {auth.ErrLastAdmin, "", "account.last-admin"},
	} {
		if errors.Is(err, p.err) {
			return Wrong(p.field, p.key), true
		}
	}
	return Problem{}, false
}

// changeAccount is POST /staff/accounts/{name}/{action}.
func (s *Staff) changeAccount(c echo.Context) error {
	if err := staffForm(c); err != nil {
		return err
	}
	if err := s.may(c, consensus.ActAccounts); err != nil {
		return err
	}
	posted, name := c.Request().PostForm, c.Param("name")
	if stale, err := s.stale(c, "/staff/accounts", url.Values{"for": {name}, "role": posted["role"]}); stale || err != nil {
		return err
	}
	ctx, by := c.Request().Context(), s.actor(c).ID
	var made auth.Enrolment
	var err error
	switch c.Param("action") {
	case "roles":
		var roles consensus.Roles
		if roles, err = consensus.ParseRoles(posted["role"]); err != nil {
			err = auth.ErrRoles
			break
		}
		made, err = s.Auth.SetRoles(ctx, by, name, roles)
	case "disable", "enable":
		err = s.Auth.SetDisabled(ctx, by, name, c.Param("action") == "disable")
	case "totp-reset":
		made, err = s.Auth.ResetTOTP(ctx, by, name)
	default:
		return echo.ErrNotFound
	}
	if problem, known := accountProblem(err); known {
		return s.drawAccounts(c, http.StatusBadRequest, AccountsView{For: name, Form: Form{Values: posted, Problems: []Problem{problem}}})
	}
	if err != nil {
		return err
	}
	return s.enrolled(c, name, made)
}

// ownAccount is GET /staff/account.
func (s *Staff) ownAccount(c echo.Context) error {
	return s.drawOwn(c, http.StatusOK, Form{})
}

func (s *Staff) drawOwn(c echo.Context, status int, f Form) error {
	v, _, err := s.visit(c)
	if err != nil {
		return err
	}
	email, err := s.Auth.Email(v.Account)
	if err != nil {
		return err
	}
	row := AccountRow{Username: v.Account.Username, Mail: masked(email), Roles: roleNames(v.Account.Roles),
		Factor: v.Account.TOTP != nil, Self: true, LastSeen: v.Account.SeenAt}
	return s.show(c, status, "/staff/account", OwnAccountView{Row: row, Form: f})
}

// changePassword is POST /staff/account/password: a new password of one's own,
// after which every session has ended.
func (s *Staff) changePassword(c echo.Context) error {
	if err := staffForm(c); err != nil {
		return err
	}
	if stale, err := s.stale(c, "/staff/account", nil); stale || err != nil {
		return err
	}
	posted := c.Request().PostForm
	if posted.Get("password") != posted.Get("again") {
		return s.drawOwn(c, http.StatusBadRequest, Form{Problems: []Problem{Wrong("again", "account.again")}})
	}
	v, _, err := s.visit(c)
	if err != nil {
		return err
	}
	err = s.Auth.SetPassword(c.Request().Context(), v.Account.ID, v.Account.Username, posted.Get("password"))
	if problem, known := accountProblem(err); known {
		return s.drawOwn(c, http.StatusBadRequest, Form{Problems: []Problem{problem}})
	}
	if err != nil {
		return err
	}
	c.SetCookie(s.Pages.Sealer.plain(s.sessionCookie(), "", -1))
	return s.done(c, "/login", "password", 0)
}

// parseCount and formatCount write numbers in addresses.
func parseCount(text string) uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func formatCount(n uint64) string { return strconv.FormatUint(n, 10) }
