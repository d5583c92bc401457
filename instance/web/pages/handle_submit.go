// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"bytes"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/instance"
	"polder/instance/web"
)

// newStatement is GET /consultations/{slug}/statements/new.
func (p *Pages) newStatement(c echo.Context) error {
	f := p.frame(c)
	x, err := p.conversation(c, f)
	if err != nil {
		return err
	}
	return p.drawPrivate(c, f, x.statementForm())
}

func (b *box) statementForm() StatementFormView {
	t := b.page.Talk
	return StatementFormView{Slug: b.page.Slug, Title: PickText(b.page.Title, b.words.Lang()), Open: t.Takes,
		Left: max(0, consensus.VotesBeforeWrite-t.Votes), Min: consensus.MinStatement, Max: consensus.MaxStatement}
}

// postStatement is POST /consultations/{slug}/statements.
func (p *Pages) postStatement(c echo.Context) error {
	private(c)
	if err := form(c); err != nil {
		return err
	}
	f := p.frame(c)
	f.Path = "/consultations/" + c.Param("slug") + "/statements/new"
	x, err := p.conversation(c, f)
	if err != nil {
		return err
	}
	// A statement is one line; where the browser broke it does not matter.
	text := strings.Join(strings.Fields(c.Request().PostForm.Get("text")), " ")
	if err = consensus.CheckStatement(text, consensus.MaxStatement); err == nil || x.statementForm().Left > 0 {
		if err = p.admitStatement(c, x); err == nil {
			_, err = p.Service.SubmitStatement(c.Request().Context(), x.page.Slug, x.voter, text, f.Lang)
		}
	}
	if err != nil {
		return p.refuseStatement(c, f, x, text, err)
	}
	p.setFlash(c, "sent", 0)
	return c.Redirect(http.StatusSeeOther, "/consultations/"+x.page.Slug+"/votes#sent")
}

// admitStatement is the limit of contributions per voter.
func (p *Pages) admitStatement(c echo.Context, x *box) error {
	if x.voter.Identity == "" || p.exempt(c) {
		return nil
	}
	if wait, ok := p.Limiter.Allow("contribution", x.voter.Identity); !ok {
		return web.Limited(wait)
	}
	return nil
}

// refuseStatement draws the form again with what was typed and what was wrong,
// in words that help.
func (p *Pages) refuseStatement(c echo.Context, f Frame, x *box, text string, err error) error {
	v := x.statementForm()
	v.Form.Values = url.Values{"text": {text}}
	status, problem := refusedStatement(text, v.Left, err)
	if status == 0 {
		return err
	}
	var same *instance.DuplicateError
	if errors.As(err, &same) {
		problem, v.Same = x.sameStatement(&same.Of)
	}
	var limited *web.LimitError
	if errors.As(err, &limited) {
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(limited.Retry.Seconds()))))
	}
	if status == http.StatusServiceUnavailable {
		c.Response().Header().Set("Retry-After", "60")
	}
	v.Form.Problems = []Problem{problem}
	var b bytes.Buffer
	if err := p.Renderer.Render(&b, f, v); err != nil {
		return err
	}
	return c.HTMLBlob(status, b.Bytes())
}

// refusedStatement is the status and the words for a statement that was not
// taken; status 0 says that the form cannot help.
func refusedStatement(text string, left int, err error) (int, Problem) {
	var limited *web.LimitError
	if errors.As(err, &limited) {
		return http.StatusTooManyRequests, Wrong("", "error.limited.text")
	}
	e := instance.AsError(err)
	switch {
	case errors.Is(err, consensus.ErrStatementText):
		return http.StatusBadRequest, textProblem(text)
	case errors.Is(err, consensus.ErrTooFewVotes):
		return http.StatusForbidden, Wrong("", "statement.left", "n", left)
	case errors.Is(err, consensus.ErrClosed):
		return http.StatusConflict, Wrong("", "error.statement-closed")
	case e.Code == instance.CodeConflict:
		return http.StatusConflict, Wrong("text", e.Public)
	case e.Code == instance.CodeLimited:
		return http.StatusTooManyRequests, Wrong("", e.Public)
	case e.Code == instance.CodeUnavailable:
		return http.StatusServiceUnavailable, Wrong("", "error.statement-wait")
	}
	return 0, Problem{}
}

// textProblem says what is wrong with a text and by how much.
func textProblem(text string) Problem {
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return Wrong("text", "error.statement-empty")
	case n < consensus.MinStatement:
		return Wrong("text", "error.statement-short", "n", n, "min", consensus.MinStatement)
	case n > consensus.MaxStatement:
		return Wrong("text", "error.statement-long", "n", n, "max", consensus.MaxStatement)
	}
	return Wrong("text", "error.statement-text")
}

// sameStatement says which statement is there already. One that waits for a
// moderator is shown to nobody but its author.
func (b *box) sameStatement(of *consensus.Statement) (Problem, *ListedStatement) {
	id := of.ID
	if of.State == consensus.StatementMerged {
		id = of.MergedInto
	}
	for i := range b.page.Talk.Statements {
		if st := &b.page.Talk.Statements[i]; st.ID == id {
			listed := b.listed(st)
			return Wrong("text", "error.statement-there", "n", st.Number), &listed
		}
	}
	if of.State == consensus.StatementPending {
		return Wrong("text", "error.statement-waits"), nil
	}
	return Wrong("text", "error.statement-gone"), nil
}
