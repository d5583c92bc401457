// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/instance"
)

// opinionOf is the opinion part of a page, and whether it holds the place of
// the voter, which makes the page private. It is nil without a conversation or
// before there is a result that may be shown.
func (p *Pages) opinionOf(ctx context.Context, slug, sort string, voter instance.Voter, w words) (v *OpinionView, private bool, err error) {
	con, err := p.Service.ConsultationBySlug(ctx, slug)
	if err != nil || con.Definition == nil {
		return nil, false, err
	}
	if _, ok := con.Definition.StatementsQuestion(); !ok {
		return nil, false, nil
	}
	g, err := p.Service.Groups(ctx, con)
	if err != nil {
		if instance.AsError(err).Code == instance.CodeNotFound {
			return nil, false, nil
		}
		return nil, false, err
	}
	in := OpinionInput{Result: g.Public, Quality: g.Level, At: g.At, Final: !g.Interim, Digest: g.Digest, Sort: sort,
		Data: "/consultations/" + slug + "/data", Statements: opinionStatements(g, w)}
	in.Participants, _ = g.People()
	if t := g.Public.Totals; t != nil {
		for _, n := range t.S {
			if n != nil {
				in.Votes += *n
			}
		}
	}
	if g.Map != nil {
		in.Map = *g.Map
	}
	if g.Joint && len(g.Here) > 0 {
		in.OwnName, in.OwnSizes = p.Site.Name, g.Here
	}
	if voter.Identity != "" {
		place, err := p.Service.OwnPosition(ctx, con, []instance.Voter{voter})
		if err != nil {
			return nil, false, err
		}
		if place != nil {
			in.You = &place.Point
		}
	}
	view := NewOpinionView(in)
	return &view, in.You != nil, nil
}

// opinionStatements are the columns of a result with the votes per level.
func opinionStatements(g *instance.Groups, w words) []OpinionStatement {
	list := make([]OpinionStatement, len(g.Columns))
	for j, c := range g.Columns {
		s := OpinionStatement{Number: c.Number, Text: Text{Text: c.Text, Lang: c.Lang}, Removed: c.ModOut, Meta: c.Meta}
		if c.ModOut {
			s.Reason = w.T("statement.removed")
			if c.Reason != "" {
				s.Reason = w.T("moderation." + c.Reason)
			}
		}
		for _, l := range g.Levels {
			counts := OpinionCounts{Levels: []string{string(l.Level)}, Withheld: true}
			if l.A[j] != nil && l.D[j] != nil && l.S[j] != nil {
				counts.Withheld, counts.Agree, counts.Disagree, counts.Pass = false, *l.A[j], *l.D[j], *l.S[j]-*l.A[j]-*l.D[j]
			}
			if counts.Withheld || counts.Total() > 0 {
				s.Levels = append(s.Levels, counts)
			}
		}
		list[j] = s
	}
	return list
}

// voterHere is who looks, for what only that person may see.
func (p *Pages) voterHere(c echo.Context) (instance.Voter, error) {
	visitor, known := p.Sealer.Visitor(c.Request())
	if !known {
		return instance.Voter{}, nil
	}
	con, err := p.views.Consultation(c.Request().Context(), c.Param("slug"))
	if err != nil {
		return instance.Voter{}, err
	}
	return voterIn(con, visitor), nil
}

// report is GET /consultations/{slug}/report.
func (p *Pages) report(c echo.Context) error {
	f, ctx := p.frame(c), c.Request().Context()
	page, err := p.views.Page(ctx, c.Param("slug"), instance.Voter{})
	if err != nil {
		return err
	}
	w := p.wordsOf(f.Lang)
	x := &box{page: page, words: w, now: f.Now}
	r := x.results()
	v := ReportView{Slug: r.Slug, Title: r.Title, Summary: x.written(page.Charter.Question), State: r.State, Opened: page.OpensAt, Closed: page.ClosesAt,
		Turnout: r.Turnout, Hidden: r.Hidden, Eligible: r.Eligible, Issued: r.Issued, K: r.K, Data: "/consultations/" + r.Slug + "/data", Signed: r.Signed}
	if v.Opinion, _, err = p.opinionOf(ctx, r.Slug, "", instance.Voter{}, w); err != nil {
		return err
	}
	if v.Moderation, err = p.moderation(ctx, r.Slug, w); err != nil {
		return err
	}
	return p.draw(c, http.StatusOK, f, v)
}

// moderation counts what became of the statements that residents sent in.
func (p *Pages) moderation(ctx context.Context, slug string, w words) (m ModerationFigures, err error) {
	con, err := p.Service.ConsultationBySlug(ctx, slug)
	if err != nil {
		return m, err
	}
	list, err := p.Service.Statements(ctx, con.ID)
	if err != nil {
		return m, err
	}
	reasons := map[string]int64{}
	for _, s := range list {
		if s.Seed {
			continue
		}
		m.Submitted++
		switch {
		case s.State == consensus.StatementPending:
			m.Waiting++
		case s.State == consensus.StatementRejected:
			m.Rejected++
			reasons[s.Reason]++
		case s.Number > 0:
			m.Published++
		}
	}
	for _, code := range consensus.ModerationReasons {
		if n := reasons[code]; n > 0 {
			m.Reasons = append(m.Reasons, ReasonFigure{Text: w.T("moderation." + code), Statements: n})
		}
	}
	return m, nil
}
