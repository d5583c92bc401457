// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/instance"
)

// home is GET /: a municipality shows what is open, a province or nation the
// total of the municipalities.
func (p *Pages) home(c echo.Context) error {
	f := p.frame(c)
	list, err := p.views.List(c.Request().Context())
	if err != nil {
		return err
	}
	alternate(c, p.Service.Organization())
	if p.Site.umbrella() {
		return p.umbrella(c, f, list)
	}
	v := HomeView{}
	for _, con := range list {
		card := p.listCard(con, f)
		switch con.State {
		case consensus.StateOpen:
			v.Open = append(v.Open, card)
		case consensus.StateAnnounced, consensus.StateSuspended:
			v.Planned = append(v.Planned, card)
		case consensus.StateAnswering:
			v.Counting = append(v.Counting, card)
		}
	}
	slices.SortStableFunc(v.Open, func(a, b ConsultationCard) int { return a.ClosesAt.Compare(b.ClosesAt) })
	slices.SortStableFunc(v.Planned, func(a, b ConsultationCard) int { return a.OpensAt.Compare(b.OpensAt) })
	return p.draw(c, http.StatusOK, f, v)
}

// umbrella is the home of a province or nation: the joint consultation that was
// chosen, else an open one, else the newest.
func (p *Pages) umbrella(c echo.Context, f Frame, list []instance.Listed) error {
	list = slices.DeleteFunc(slices.Clone(list), func(l instance.Listed) bool { return !l.Hub || l.Definition == nil })
	slug := chosen(list, c.QueryParam("consultation"))
	v := OverviewView{Measure: measureOf(c)}
	if slug != "" {
		o, err := p.views.Overview(c.Request().Context(), slug)
		if err != nil {
			return err
		}
		v = p.overview(o, f, measureOf(c))
		if v.Opinion, _, err = p.opinionOf(c.Request().Context(), slug, c.QueryParam("sort"), instance.Voter{}, p.wordsOf(f.Lang)); err != nil {
			return err
		}
	}
	v.Home, v.K = true, max(v.K, p.Service.Options().K)
	for _, con := range list {
		v.Choices = append(v.Choices, p.listCard(con, f))
	}
	state, err := p.networkState(c)
	if err != nil {
		return err
	}
	v.Network = &state
	return p.draw(c, http.StatusOK, f, v)
}

func chosen(list []instance.Listed, asked string) string {
	open, newest := "", ""
	for i, l := range list {
		if l.Slug == asked {
			return asked
		}
		if i == 0 {
			newest = l.Slug
		}
		if open == "" && l.State == consensus.StateOpen {
			open = l.Slug
		}
	}
	if open != "" {
		return open
	}
	return newest
}

// list is GET /consultations with its filter.
func (p *Pages) list(c echo.Context) error {
	f := p.frame(c)
	list, err := p.views.List(c.Request().Context())
	if err != nil {
		return err
	}
	v := ListView{State: c.QueryParam("state")}
	if _, ok := filters[v.State]; !ok {
		v.State = ""
	}
	for _, con := range list {
		if wanted := filters[v.State]; wanted == nil || slices.Contains(wanted, con.State) {
			v.Cards = append(v.Cards, p.listCard(con, f))
		}
	}
	return p.draw(c, http.StatusOK, f, v)
}

// filters are the states behind each choice of the list; nil is all.
var filters = map[string][]consensus.State{
	"":         nil,
	"open":     {consensus.StateOpen},
	"planned":  {consensus.StateAnnounced, consensus.StateSuspended},
	"counting": {consensus.StateAnswering},
	"closed": {consensus.StateDecided, consensus.StateFollowUp, consensus.StateEvaluated, consensus.StateClosed,
		consensus.StateArchived, consensus.StateCancelled},
}

// listCard is one consultation in a list.
func (p *Pages) listCard(l instance.Listed, f Frame) ConsultationCard {
	card := ConsultationCard{Slug: l.Slug, Title: PickText(l.Title, f.Lang), Summary: ownText(p.Site, l.Charter.Question),
		State: string(l.State), OpensAt: l.OpensAt, ClosesAt: l.ClosesAt, DaysLeft: daysLeft(p.wordsOf(f.Lang), f.Now, l.ClosesAt),
		Joint: max(0, l.Places-1), Ballots: -1}
	if start, ok := consensus.FirstStart(l.Schedule()); ok {
		card.OpensAt = start
	}
	if end, ok := consensus.InputEnd(l.Schedule()); ok {
		card.ClosesAt = end
	}
	if l.Definition != nil {
		card.Questions = len(l.Definition.Questions)
	}
	if l.Count != nil {
		card.Ballots, card.Result = turnoutOf(l.Count, l.Definition, true), l.Count.Status
	}
	return card
}
