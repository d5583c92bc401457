// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance"
)

// mostTallies is how many tallies of a kind the page lists.
const mostTallies = 10

// consultation is GET /staff/consultations/{slug}.
func (s *Staff) consultation(c echo.Context) error {
	con, err := s.Pages.Service.ConsultationBySlug(c.Request().Context(), c.Param("slug"))
	if err != nil {
		return err
	}
	return s.drawConsultation(c, http.StatusOK, con, "", Form{})
}

// refusedAction draws the page again with what was typed into the form of one
// action and every cause why it was refused, or gives err back.
func (s *Staff) refusedAction(c echo.Context, action string, typed url.Values, err error) error {
	status, problems, ok := s.refusal(c, err, func(name string) string {
		return map[string]string{"reason": "reason", "error.reason-needed": "reason", "error.only-later": "closes",
			"only-later": "closes", "notice-too-short": "reason", "error.codes-file": "hashes", "second": ""}[name]
	})
	if !ok {
		return err
	}
	con, err := s.Pages.Service.ConsultationBySlug(c.Request().Context(), c.Param("slug"))
	if err != nil {
		return err
	}
	return s.drawConsultation(c, status, con, action, Form{Values: typed, Problems: problems})
}

func (s *Staff) drawConsultation(c echo.Context, status int, con *instance.Consultation, action string, f Form) error {
	names, err := s.names(c)
	if err != nil {
		return err
	}
	by := s.actor(c)
	v := StaffConsultationView{
		Level: con.Charter.ParticipationLevel, Summary: ownText(s.Pages.Site, con.Charter.Question),
		Allowed: s.allowed(con, by), SoonStart: s.soon(con), Action: action, Form: f,
		OpensAt: con.OpensAt, Used: -1, Public: con.Public(), Deadlines: deadlines(con),
	}
	if v.StaffRow, err = s.row(c, con, names); err != nil {
		return err
	}
	if con.Definition != nil {
		v.Questions = len(con.Definition.Questions)
		if v.Talk, v.Waiting, err = s.statementsWaiting(c, con); err != nil {
			return err
		}
	}
	if v.OpensAt.IsZero() {
		v.OpensAt, _, _ = consensus.VoteWindow(con.Schedule())
	}
	if con.State == consensus.StateDraft || con.State == consensus.StateReview {
		v.Missing = con.Charter.Missing()
	}
	if con.State == consensus.StateReview {
		v.SecondPerson = con.Author == by.ID && by.Roles.May(consensus.ActSteer)
	}
	if con.CloseRequest != nil && con.State == consensus.StateOpen {
		v.Pending, v.PendingBy = "close", nameIn(names, con.CloseRequest.By)
		if action == "" { // the second person sees the reason and confirms it
			v.Action, v.Form = "close", Form{Values: url.Values{"reason": {con.CloseRequest.Reason}}}
		}
	}
	if err := s.addCounts(c, con, &v); err != nil {
		return err
	}
	return s.show(c, status, "/staff/consultations/"+con.Slug, v)
}

// addCounts adds codes, members and tallies.
func (s *Staff) addCounts(c echo.Context, con *instance.Consultation, v *StaffConsultationView) (err error) {
	ctx, views := c.Request().Context(), s.Pages.views
	if v.Issued, err = views.IssuedCodes(ctx, con); err != nil {
		return err
	}
	places, err := views.Places(ctx, con)
	if err != nil {
		return err
	}
	for _, m := range places {
		row := JoiningRow{Area: m.Area, Name: m.Name, URL: siteOf(m.Actor), State: m.Standing, Reason: Text{Text: m.Reason}}
		if at, err := time.Parse(time.RFC3339, m.Since); err == nil {
			row.Changed = at
		}
		v.Members = append(v.Members, row)
	}
	tallies, err := views.OwnTallies(ctx, con, mostTallies)
	if err != nil {
		return err
	}
	for _, t := range tallies {
		row := TallyRow{URL: t.ID, Status: t.Status, Revision: t.Revision, Published: t.Published, Answer: instance.TallyDelivered}
		for _, a := range t.Answers {
			row.To, row.Answer, row.Code, row.Detail = a.Name, a.State, a.Code, a.Detail
			v.Tallies = append(v.Tallies, row)
		}
		if len(t.Answers) == 0 {
			v.Tallies = append(v.Tallies, row)
		}
	}
	return nil
}

// deadlines are the moments that are fixed so far.
func deadlines(con *instance.Consultation) (out []Deadline) {
	for _, d := range []Deadline{{"closesAt", con.ClosesAt}, {"tallyBy", con.TallyBy},
		{"objectionUntil", con.ObjectionUntil}, {"answerDueAt", con.AnswerDueAt}} {
		if !d.At.IsZero() {
			out = append(out, d)
		}
	}
	return out
}

// allowed names the actions a person is offered: what the table of product.md
// 4.1 has for the state and the roles, and what belongs to it.
func (s *Staff) allowed(con *instance.Consultation, by consensus.Actor) (out []string) {
	events := con.Events(by)
	offer := func(action string, when bool) {
		if when {
			out = append(out, action)
		}
	}
	own := !con.Joint || con.Convener
	offer("edit", con.State == consensus.StateDraft && by.Roles.May(consensus.ActDraft))
	for _, kind := range []consensus.EventKind{consensus.EventSubmit, consensus.EventReturn, consensus.EventApprove,
		consensus.EventSuspend, consensus.EventResume, consensus.EventCancel} {
		offer(string(kind), slices.Contains(events, kind))
	}
	offer("extend", own && con.Definition != nil && slices.Contains(events, consensus.EventChangeDates))
	offer("close", own && s.mayClose(con, by))
	offer("codes", takesHashes(con) && by.Roles.May(consensus.ActDraft))
	return out
}

// mayClose tells whether the person may take the next step of "close now": ask
// for it, or approve what somebody else asked.
func (s *Staff) mayClose(con *instance.Consultation, by consensus.Actor) bool {
	if con.State != consensus.StateOpen || !s.Pages.Service.Options().Dev && votes(con, s.Pages.Service.Now()) {
		return false
	}
	if r := con.CloseRequest; r != nil {
		return r.By != by.ID && by.Roles.May(consensus.ActSteer)
	}
	return by.Roles.May(consensus.ActDraft) || by.Roles.May(consensus.ActSteer)
}

// votes tells whether a vote runs, which is never shortened.
func votes(con *instance.Consultation, now time.Time) bool {
	return slices.ContainsFunc(con.Phases, func(p consensus.Phase) bool { return p.Kind == consensus.PhaseVote && p.Running(now) })
}

// takesHashes tells whether letter codes can be imported: people vote here with
// codes, and the vote is not over.
func takesHashes(con *instance.Consultation) bool {
	over := slices.Contains([]consensus.State{consensus.StateAnswering, consensus.StateDecided, consensus.StateFollowUp,
		consensus.StateEvaluated, consensus.StateClosed, consensus.StateArchived, consensus.StateCancelled}, con.State)
	return !over && con.Leaf && con.Definition != nil && slices.Contains(con.Definition.Levels, eligibility.Code)
}

// soon tells whether approving now needs a reason: the first phase starts
// within seven days.
func (s *Staff) soon(con *instance.Consultation) bool {
	start, ok := consensus.FirstStart(con.Schedule())
	notice := consensus.DefaultClocks().Notice
	if con.Clocks != nil {
		notice = con.Clocks.Notice
	}
	w := s.Pages.wordsOf(s.Pages.Site.Languages[0])
	return ok && !s.Pages.Service.Options().Dev && start.Before(notice.After(s.Pages.Service.Now(), w.Zone()))
}
