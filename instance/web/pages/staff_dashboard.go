// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/instance"
)

// mostRefused is where the dashboard stops counting refused messages.
const mostRefused = 9999

// dashboard is GET /staff.
func (s *Staff) dashboard(c echo.Context) error {
	ctx, svc := c.Request().Context(), s.Pages.Service
	list, err := svc.Consultations(ctx, true)
	if err != nil {
		return err
	}
	v := DashboardView{NoContact: svc.Options().Contact == "", Guard: !svc.Ready(), Dev: s.Pages.Dev}
	if v.Consultations, err = s.rows(c, list); err != nil {
		return err
	}
	if v.Refused, err = svc.RefusedSince(ctx, svc.Now().Add(-24*time.Hour), mostRefused); err != nil {
		return err
	}
	traffic, err := svc.Traffic(ctx)
	if err != nil {
		return err
	}
	v.Deliveries = QueueFigures{Waiting: traffic.Waiting, Dead: traffic.DeadAll, Oldest: traffic.Oldest}
	if v.Tasks, err = s.tasks(c, list, traffic); err != nil {
		return err
	}
	return s.show(c, http.StatusOK, "", v)
}

// tasks lists what waits for the person looking: nearest date first, then what
// has none.
func (s *Staff) tasks(c echo.Context, list []*instance.Consultation, traffic *instance.Traffic) ([]Task, error) {
	ctx, by := c.Request().Context(), s.actor(c)
	var out []Task
	for _, con := range list {
		out = append(out, s.consultationTasks(c, con, by)...)
		_, waiting, err := s.statementsWaiting(c, con)
		if err != nil {
			return nil, err
		}
		if waiting > 0 {
			out = append(out, Task{Key: "statements", Name: PickText(con.Title, s.Pages.lang(c)).Text, URL: "/staff/consultations/" + con.Slug + "/statements"})
		}
	}
	more, err := s.networkTasks(ctx, s.Pages.lang(c), by)
	if err != nil {
		return nil, err
	}
	out = append(out, more...)
	hosts := map[string]bool{}
	for _, d := range traffic.Dead {
		if !hosts[d.Host] {
			hosts[d.Host] = true
			out = append(out, Task{Key: "deadletters", Name: d.Host, URL: "/staff/deliveries"})
		}
	}
	slices.SortStableFunc(out, func(a, b Task) int {
		if a.Due.IsZero() != b.Due.IsZero() {
			return map[bool]int{true: 1, false: -1}[a.Due.IsZero()]
		}
		return a.Due.Compare(b.Due)
	})
	return out, nil
}

func (s *Staff) consultationTasks(c echo.Context, con *instance.Consultation, by consensus.Actor) (out []Task) {
	t := Task{Name: PickText(con.Title, s.Pages.lang(c)).Text, URL: "/staff/consultations/" + con.Slug}
	add := func(key string, due time.Time) {
		t.Key, t.Due = key, due
		out = append(out, t)
	}
	start, _ := consensus.FirstStart(con.Schedule())
	switch con.State {
	case consensus.StateDraft:
		if con.Reason != "" && con.Author == by.ID {
			add("returned", time.Time{})
		}
	case consensus.StateReview:
		if slices.Contains(con.Events(by), consensus.EventApprove) {
			add("approve", start)
		}
	case consensus.StateOpen:
		if r := con.CloseRequest; r != nil && r.By != by.ID && by.Roles.May(consensus.ActSteer) {
			add("close", con.ClosesAt)
		}
	case consensus.StateAnswering:
		if by.Roles.May(consensus.ActDraftAnswer) && !con.AnswerDueAt.IsZero() {
			add("answer", con.AnswerDueAt)
		}
	}
	if con.Hub && con.Public() && s.disputed(c.Request().Context(), con) {
		add("disputed", time.Time{})
	}
	return out
}

// disputed tells whether two signed counts of one place contradict each other.
func (s *Staff) disputed(ctx context.Context, con *instance.Consultation) bool {
	o, err := s.Pages.views.Overview(ctx, con.Slug)
	return err == nil && slices.ContainsFunc(o.Rows, func(r instance.OverviewRow) bool { return r.Disputed })
}

func (s *Staff) networkTasks(ctx context.Context, lang string, by consensus.Actor) (out []Task, err error) {
	svc := s.Pages.Service
	if !by.Roles.May(consensus.ActDecideNetwork) && !by.Roles.May(consensus.ActNetworkKeys) {
		return nil, nil
	}
	joinings, err := svc.Joinings(ctx)
	if err != nil {
		return nil, err
	}
	for _, j := range joinings {
		if j.State == consensus.JoiningReceived {
			out = append(out, Task{Key: "joint", Name: PickText(j.Title, lang).Text, URL: "/staff/joint", Due: j.OpensAt})
		}
	}
	members, err := svc.Memberships(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		if actions := memberSteps(svc, m, by.Roles); slices.Contains(actions, "accept") || slices.Contains(actions, "pin") {
			out = append(out, Task{Key: "membership", Name: m.Name, URL: "/staff/members#m-" + memberID(m)})
		}
	}
	return out, nil
}

// rows are consultations as lines of a staff list.
func (s *Staff) rows(c echo.Context, list []*instance.Consultation) ([]StaffRow, error) {
	names, err := s.names(c)
	if err != nil {
		return nil, err
	}
	rows := make([]StaffRow, 0, len(list))
	for _, con := range list {
		row, err := s.row(c, con, names)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (s *Staff) row(c echo.Context, con *instance.Consultation, names map[string]string) (StaffRow, error) {
	row := StaffRow{Slug: con.Slug, Title: PickText(con.Title, s.Pages.lang(c)), State: string(con.State),
		Author: nameIn(names, con.Author), Joint: con.Joint, ClosesAt: con.ClosesAt}
	if row.ClosesAt.IsZero() {
		_, row.ClosesAt, _ = consensus.VoteWindow(con.Schedule())
	}
	if con.Joint && !con.Convener {
		var err error
		if row.Convener, err = s.Pages.views.ActorName(c.Request().Context(), con.ConvenerActor); err != nil {
			return row, err
		}
	}
	return row, nil
}

// consultations is GET /staff/consultations.
func (s *Staff) consultations(c echo.Context) error {
	list, err := s.Pages.Service.Consultations(c.Request().Context(), true)
	if err != nil {
		return err
	}
	rows, err := s.rows(c, list)
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, "", StaffListView{Rows: rows})
}
