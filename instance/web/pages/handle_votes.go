// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"context"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance"
)

// votes is GET /consultations/{slug}/votes: own votes and statements, for this
// browser alone.
func (p *Pages) votes(c echo.Context) error {
	f := p.frame(c)
	x, err := p.box(c, f)
	if err != nil {
		return err
	}
	f.Notice = p.takeFlash(c).notice()
	v := VotesView{Slug: x.page.Slug, Title: PickText(x.page.Title, f.Lang), Open: x.state() == CardBallot, Ways: x.ways(),
		Votes: x.own()}
	if len(v.Votes) > 0 {
		v.Level, v.Official = v.Votes[0].Level, x.page.Definition.IsOfficial(eligibility.Level(v.Votes[0].Level))
	}
	boxes := []*box{x}
	if visitor, known := p.Sealer.Visitor(c.Request()); known && x.voter.Level == eligibility.Code {
		before, err := p.without(c, x, visitor)
		if err != nil {
			return err
		}
		boxes, v.Earlier = append(boxes, before), before.own()
	}
	if x.page.Talk != nil {
		if err := p.ownTalk(c.Request().Context(), &v, boxes); err != nil {
			return err
		}
	}
	return p.drawPrivate(c, f, v)
}

// without is the ballot box of the same browser without its letter code.
func (p *Pages) without(c echo.Context, x *box, visitor Visitor) (*box, error) {
	voter := browserOf(visitor)
	page, err := p.views.Page(c.Request().Context(), x.page.Slug, voter)
	return &box{page: page, voter: voter, words: x.words, now: x.now}, err
}

// ownTalk fills in what is about statements.
func (p *Pages) ownTalk(ctx context.Context, v *VotesView, boxes []*box) error {
	t := boxes[0].page.Talk
	v.Talk, v.Write, v.Left, v.Locked = true, t.Takes, max(0, consensus.VotesBeforeWrite-t.Votes), t.Locked
	for _, b := range boxes {
		for _, g := range b.page.Talk.Gone {
			v.Gone = append(v.Gone, OwnVote{Number: g.Number, Drawn: true, Kind: kindStatement,
				Choices: chosenIDs(g.Options), Level: string(b.voter.Level), Fixed: true})
		}
		mine, err := p.Service.MyParticipation(ctx, b.page.ID, b.voter)
		if err != nil {
			return err
		}
		for i := range mine.Sent {
			v.Sent = append(v.Sent, b.sent(&mine.Sent[i].Statement))
		}
	}
	return nil
}

func chosenIDs(options []string) (list []BallotOption) {
	for _, id := range options {
		list = append(list, BallotOption{ID: id, Chosen: true})
	}
	return list
}

// own lists the standing votes on what is asked now.
func (b *box) own() (list []OwnVote) {
	for i := range b.questions() {
		q := &b.questions()[i]
		own, voted := b.page.Own[q.ID]
		if !voted {
			continue
		}
		list = append(list, OwnVote{Question: q.ID, Number: b.number(i), Drawn: b.drawn(i), Text: PickText(q.Text, b.words.Lang()),
			Kind: kindOf(q), Choices: b.chosen(q, own), Level: string(own.Level),
			Fixed: b.drawn(i) && b.page.Talk.Locked})
	}
	return list
}

// sent is a statement as its author may see it.
func (b *box) sent(st *consensus.Statement) OwnStatement {
	own := OwnStatement{Text: Text{Text: st.Text, Lang: st.Lang}, State: string(st.State), Sent: st.Created, Reason: st.Reason,
		Why: b.written(st.ReasonText)}
	switch st.State {
	case consensus.StatementVisible:
		own.ID, own.Number = st.ID, st.Number
	case consensus.StatementMerged:
		if i := b.index(st.MergedInto); i >= 0 {
			own.IntoID, own.Into = st.MergedInto, b.number(i)
		}
	}
	return own
}

// browserOf is the visitor without any letter code.
func browserOf(v Visitor) instance.Voter {
	return instance.Voter{Level: eligibility.Open, Identity: v.Identity()}
}
