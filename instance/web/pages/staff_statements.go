// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/instance"
)

// deskOnPage is how many statements a page lists (spec: product.md 9).
const deskOnPage = 50

// mostSimilar is how many statements are shown beside one that waits.
const mostSimilar = 3

// desk is GET /staff/consultations/{slug}/statements.
func (s *Staff) desk(c echo.Context) error {
	if err := s.may(c, deskRoles...); err != nil {
		return err
	}
	return s.drawDesk(c, http.StatusOK, c.QueryParams(), DeskView{})
}

// deskRoles may look at statements that are not public.
var deskRoles = []consensus.Action{consensus.ActModerate, consensus.ActDraft, consensus.ActDecideAppeal}

// drawDesk draws the list that `at` asks for, with a refused form.
func (s *Staff) drawDesk(c echo.Context, status int, at url.Values, v DeskView) error {
	ctx, svc := c.Request().Context(), s.Pages.Service
	con, err := svc.ConsultationBySlug(ctx, c.Param("slug"))
	if err != nil {
		return err
	}
	if _, ok := con.Definition.StatementsQuestion(); !ok {
		return echo.ErrNotFound
	}
	all, err := svc.Statements(ctx, con.ID)
	if err != nil {
		return err
	}
	v.Slug, v.Title, v.State = con.Slug, PickText(con.Title, s.Pages.lang(c)), string(con.State)
	v.Ended, v.Locked, v.LockReason, v.SeedsFirst = instance.ConversationEnded(con.State), con.Locked, con.LockReason, con.SeedsFirst
	if con.Joint && !con.Convener {
		if v.Convener, err = s.Pages.views.ActorName(ctx, con.ConvenerActor); err != nil {
			return err
		}
	}
	for _, l := range s.Pages.Site.languages() {
		v.Languages = append(v.Languages, Choice{Value: l.Code, Label: l.Name})
	}
	d := deskReader{all: all, con: con, by: s.actor(c), view: &v}
	d.lists(at.Get("list"))
	d.page(at.Get("page"))
	v.settle()
	return s.show(c, status, v.at(v.Page), v)
}

// settle leaves the link of a problem out where its form is not drawn: the
// statement has moved on since.
func (v *DeskView) settle() {
	i := slices.IndexFunc(v.Rows, func(r DeskRow) bool { return r.ID == v.For })
	if v.For == "" || i >= 0 && slices.Contains(v.Rows[i].Forms(), v.Action) {
		return
	}
	for j := range v.Form.Problems {
		v.Form.Problems[j].Field = ""
	}
}

// at is the address of a page of the list that is shown.
func (v DeskView) at(page int) string {
	q := url.Values{"list": {v.List}}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	return "/staff/consultations/" + v.Slug + "/statements?" + q.Encode()
}

// deskReader fills a DeskView from the statements of a consultation.
type deskReader struct {
	all  []instance.Statement
	con  *instance.Consultation
	by   consensus.Actor
	view *DeskView
	like *consensus.Likeness
}

// listOf is the list in which a statement stands.
func listOf(st *instance.Statement) string {
	if st.Appealed() {
		return DeskAppeals
	}
	return string(st.State)
}

// lists counts, and chooses the list that was asked for. Without a wish it is
// the one with work.
func (d *deskReader) lists(asked string) {
	sizes := map[string]int{}
	for i := range d.all {
		sizes[listOf(&d.all[i])]++
	}
	v := d.view
	for _, name := range deskLists {
		v.Lists = append(v.Lists, DeskList{name, sizes[name]})
	}
	v.List = asked
	if !slices.Contains(deskLists, asked) {
		v.List = DeskPending
		if sizes[DeskPending] == 0 && sizes[DeskAppeals] > 0 {
			v.List = DeskAppeals
		}
	}
}

// page takes the rows of one page: the queue in the order of arrival, published
// ones by number.
func (d *deskReader) page(asked string) {
	var rows []*instance.Statement
	for i := range d.all {
		if listOf(&d.all[i]) == d.view.List {
			rows = append(rows, &d.all[i])
		}
	}
	v, pages := d.view, max(1, (len(rows)+deskOnPage-1)/deskOnPage)
	n, err := strconv.Atoi(asked)
	if err != nil {
		n = 1
	}
	v.Page = min(max(n, 1), pages)
	if v.Page > 1 {
		v.Before = v.at(v.Page - 1)
	}
	if v.Page < pages {
		v.After = v.at(v.Page + 1)
	}
	from := (v.Page - 1) * deskOnPage
	for _, st := range rows[from:min(from+deskOnPage, len(rows))] {
		v.Rows = append(v.Rows, d.row(st))
	}
}

func (d *deskReader) row(st *instance.Statement) DeskRow {
	row := brief(st)
	row.Language = st.Lang
	if i := slices.IndexFunc(d.view.Languages, func(l Choice) bool { return l.Value == st.Lang }); i >= 0 {
		row.Language = d.view.Languages[i].Label
	}
	row.Seed, row.Meta, row.Fediverse, row.Voted, row.Offered = st.Seed, st.Meta, st.Origin, st.Frozen, st.Offer != ""
	row.Created, row.Decided, row.Reason, row.ReasonText = st.Created, st.Changed, st.Reason, st.ReasonText
	if st.Appealed() {
		row.Appeal, row.AppealAt, row.Own = st.Appeal.Text, st.Appeal.At, st.Decider == d.by.ID
	}
	if i := slices.IndexFunc(d.all, func(x instance.Statement) bool { return x.ID == st.MergedInto }); i >= 0 {
		into := brief(&d.all[i])
		row.Into = &into
	}
	row.Actions = d.actions(st)
	if st.State == consensus.StatementPending || row.Can("merge") {
		row.Similar = d.similar(st)
	}
	return row
}

func brief(st *instance.Statement) DeskRow {
	return DeskRow{ID: st.ID, Number: st.Number, Text: Text{st.Text, st.Lang}, State: string(st.State)}
}

// similar are statements that look like st, merged ones excepted: those stand
// for another one.
func (d *deskReader) similar(st *instance.Statement) (out []DeskRow) {
	if d.like == nil {
		texts := make([]string, len(d.all))
		for i := range d.all {
			texts[i] = d.all[i].Text
		}
		d.like = consensus.NewLikeness(texts)
	}
	for _, i := range d.like.Nearest(st.Text, 4*mostSimilar) {
		other := &d.all[i]
		if other.ID != st.ID && other.State != consensus.StatementMerged && other.State != consensus.StatementWithdrawn && len(out) < mostSimilar {
			out = append(out, brief(other))
		}
	}
	return out
}

// actions are what the table of product.md 4.2 has for a statement, and what
// belongs to it, as far as the viewer and this instance may.
func (d *deskReader) actions(st *instance.Statement) (out []string) {
	elsewhere := d.view.Convener != "" && (st.Number > 0 || st.Offer != "")
	moderates := d.by.Roles.May(consensus.ActModerate) || d.by.Roles.May(consensus.ActDraft)
	switch {
	case elsewhere:
		return nil
	case st.Appealed():
		if d.by.Roles.May(consensus.ActDecideAppeal) && st.Decider != d.by.ID {
			out = []string{"uphold"}
			if !d.view.Ended {
				out = append(out, "grant")
			}
		}
		return out
	case !moderates:
		return nil
	case d.view.Ended:
		return slices.DeleteFunc(st.Actions(), func(a string) bool { return a != consensus.ModerateHide })
	}
	out = slices.DeleteFunc(st.Actions(), func(a string) bool { return a == consensus.ModerateWithdraw })
	if d.view.Convener != "" { // others vote on the one that would stay
		out = slices.DeleteFunc(out, func(a string) bool { return a == consensus.ModerateMerge })
	}
	if !st.Frozen && (st.State == consensus.StatementPending || st.State == consensus.StatementVisible) {
		out = append(out, "edit")
	}
	if st.State == consensus.StatementVisible {
		out = append(out, map[bool]string{true: "opinion", false: "meta"}[st.Meta])
	}
	return out
}

// statementsWaiting tells whether a consultation is a conversation, and what of
// it waits for a decision that the viewer may take.
func (s *Staff) statementsWaiting(c echo.Context, con *instance.Consultation) (talk bool, waiting int, err error) {
	if _, talk = con.Definition.StatementsQuestion(); !talk {
		return false, 0, nil
	}
	counts, err := s.Pages.Service.StatementCounts(c.Request().Context(), con.ID)
	if err != nil {
		return talk, 0, err
	}
	roles := s.actor(c).Roles
	if !instance.ConversationEnded(con.State) && (roles.May(consensus.ActModerate) || roles.May(consensus.ActDraft)) {
		waiting += counts.ByState[consensus.StatementPending]
	}
	if roles.May(consensus.ActDecideAppeal) {
		waiting += counts.Appeals
	}
	return talk, waiting, nil
}
