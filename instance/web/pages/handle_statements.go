// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/instance"
)

// statementsPerPage is how many statements one page of the list holds.
const statementsPerPage = 100

// statements is GET /consultations/{slug}/statements.
func (p *Pages) statements(c echo.Context) error {
	f := p.frame(c)
	x, err := p.conversation(c, f)
	if err != nil {
		return err
	}
	hidden, err := p.views.NotShown(c.Request().Context(), x.page.ID)
	if err != nil {
		return err
	}
	t := x.page.Talk
	v := StatementsView{Slug: x.page.Slug, Title: PickText(x.page.Title, f.Lang), All: len(t.Statements),
		Open: x.state() == CardBallot && !t.Locked, NotShown: notShown(hidden), Merged: x.merged(hidden),
		Write: t.Takes, Left: max(0, consensus.VotesBeforeWrite-t.Votes)}
	v.Pages = max(1, (v.All+statementsPerPage-1)/statementsPerPage)
	if v.Page = pageNumber(c.QueryParam("page")); v.Page > v.Pages {
		return &instance.Error{Code: instance.CodeNotFound, Public: "error.not-found"}
	}
	first := (v.Page - 1) * statementsPerPage
	for i := range t.Statements[first:min(first+statementsPerPage, v.All)] {
		v.Statements = append(v.Statements, x.listed(&t.Statements[first+i]))
	}
	return p.draw(c, http.StatusOK, f, v)
}

// conversation is the ballot box of a consultation with statements; any other
// has no such pages.
func (p *Pages) conversation(c echo.Context, f Frame) (*box, error) {
	x, err := p.box(c, f)
	if err == nil && x.page.Talk == nil {
		err = &instance.Error{Code: instance.CodeNotFound, Public: "error.not-found"}
	}
	return x, err
}

// pageNumber reads ?page=; 1 if it is no number of a page.
func pageNumber(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 1
	}
	return n
}

func (b *box) listed(st *consensus.Statement) ListedStatement {
	l := ListedStatement{ID: st.ID, Number: st.Number, Text: Text{Text: st.Text, Lang: st.Lang}, Seed: st.Seed}
	if own, voted := b.page.Own[st.ID]; voted && len(own.Options) == 1 {
		l.Choice = own.Options[0]
	}
	return l
}

// notShown counts by reason, in the order of the list of reasons. Merged ones
// are told apart.
func notShown(list []consensus.Statement) (out []NotShown) {
	count := map[string]int{}
	for i := range list {
		if list[i].State != consensus.StatementMerged {
			count[list[i].Reason]++
		}
	}
	for _, reason := range consensus.ModerationReasons {
		if n := count[reason]; n > 0 {
			out = append(out, NotShown{reason, n})
		}
	}
	return out
}

func (b *box) merged(list []consensus.Statement) (out []MergedStatement) {
	for i := range list {
		st := &list[i]
		if st.State != consensus.StatementMerged || st.Number == 0 {
			continue
		}
		m := MergedStatement{Number: st.Number}
		if at := b.index(st.MergedInto); at >= 0 {
			m.Into = b.number(at)
		}
		out = append(out, m)
	}
	slices.SortFunc(out, func(x, y MergedStatement) int { return x.Number - y.Number })
	return out
}
