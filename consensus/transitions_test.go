// SPDX-License-Identifier: EUPL-1.2

package consensus_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"polder/consensus"
	"polder/consensus/eligibility"
)

// amsterdam is the zone of the examples; time/tzdata makes it independent of the
// machine.
func amsterdam(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

var (
	lead     = consensus.Actor{ID: "lead", Roles: consensus.NewRoles(consensus.RoleProjectLead)}
	owner    = consensus.Actor{ID: "owner", Roles: consensus.NewRoles(consensus.RoleProcessOwner)}
	decider  = consensus.Actor{ID: "decider", Roles: consensus.NewRoles(consensus.RoleDecisionMaker)}
	auditor  = consensus.Actor{ID: "auditor", Roles: consensus.NewRoles(consensus.RoleAuditor)}
	admin    = consensus.Actor{ID: "admin", Roles: consensus.NewRoles(consensus.RoleAdmin)}
	resident = consensus.Actor{ID: "resident", Roles: consensus.NewRoles(consensus.RoleResident)}
)

func definition() *consensus.Definition {
	return &consensus.Definition{
		V: 1, Root: "https://groningen.example/consultations/water", RollDate: "2026-01-01", AreaScheme: "CBS-2023", MinAge: 12,
		Levels:   []eligibility.Level{eligibility.Open, eligibility.Fediverse, eligibility.Code, eligibility.Paper},
		Official: []eligibility.Level{eligibility.Code, eligibility.Paper}, K: 10, Results: consensus.ResultsAfterClose, Openings: "auditors",
		Questions: []consensus.DefinitionQuestion{
			{ID: "q1", Kind: consensus.KindSingle, Min: 0, Max: 1, Options: options("a", "b", "c")},
			{ID: "q2", Kind: consensus.KindApproval, Min: 1, Max: 3, Options: options("a", "b", "c", "d")},
			{ID: "q3", Kind: consensus.KindScore, Min: 1, Max: 2, Options: options("a", "b")},
		},
	}
}

func options(ids ...string) (list []consensus.DefinitionOption) {
	for _, id := range ids {
		list = append(list, consensus.DefinitionOption{ID: id, Text: map[string]string{"nl": id}})
	}
	return list
}

// draft is a complete draft of the project lead.
func draft() *consensus.Consultation {
	return &consensus.Consultation{
		ID: "0193", Slug: "fietspad", Title: map[string]string{"nl": "Fietspad"}, Area: "GM0037", Charter: fullCharter(),
		State: consensus.StateDraft, Definition: definition(), Author: "lead", Leaf: true,
	}
}

type fired struct {
	event consensus.Event
	actor consensus.Actor
	at    string
}

// journey is a consultation from draft to archive, one event a state.
var journey = []fired{
	{consensus.Event{Kind: consensus.EventSubmit}, lead, "2026-02-01T09:00:00+01:00"},
	{consensus.Event{Kind: consensus.EventApprove}, owner, "2026-02-02T09:00:00+01:00"},
	{consensus.Event{Kind: consensus.EventStart}, consensus.Clock(), "2026-03-01T00:00:10+01:00"},
	{consensus.Event{Kind: consensus.EventEndInput}, consensus.Clock(), "2026-04-01T00:00:40+02:00"},
	{consensus.Event{Kind: consensus.EventPublishAnswers, Answers: 1}, decider, "2026-05-01T09:00:00+02:00"},
	{consensus.Event{Kind: consensus.EventDecide, Decision: &consensus.Decision{}}, decider, "2026-06-01T09:00:00+02:00"},
	{consensus.Event{Kind: consensus.EventEvaluate}, lead, "2026-06-15T09:00:00+02:00"},
	{consensus.Event{Kind: consensus.EventClose}, consensus.Clock(), "2026-07-01T09:00:00+02:00"},
	{consensus.Event{Kind: consensus.EventArchive}, auditor, "2027-07-01T09:00:00+02:00"},
}

// at gives a consultation that has made the journey as far as the state.
func at(t testing.TB, want consensus.State) *consensus.Consultation {
	t.Helper()
	c := draft()
	for _, f := range journey {
		if c.State == want {
			return c
		}
		if f.event.Kind == consensus.EventPublishAnswers {
			c.Counting = consensus.CountingFinal
		}
		advance(t, c, f.event, f.actor, f.at)
	}
	if c.State != want {
		t.Fatalf("the journey does not reach %s", want)
	}
	return c
}

func advance(t testing.TB, c *consensus.Consultation, e consensus.Event, a consensus.Actor, when string) []consensus.Effect {
	t.Helper()
	effects, err := c.Advance(e, a, day(when).In(amsterdam(t)))
	if err != nil {
		t.Fatalf("%s in %s: %v", e.Kind, c.State, err)
	}
	return effects
}

func causes(t testing.TB, err error) []string {
	t.Helper()
	var guard *consensus.GuardError
	if !errors.As(err, &guard) {
		t.Fatalf("no guard error: %v", err)
	}
	var codes []string
	for _, c := range guard.Causes {
		codes = append(codes, c.Code)
	}
	return codes
}

func TestJourneyFromDraftToArchive(t *testing.T) {
	c := at(t, consensus.StateArchived)
	for name, got := range map[string]time.Time{"published": c.PublishedAt, "started": c.StartedAt, "ended": c.InputEndedAt, "answered": c.AnsweredAt, "decided": c.DecidedAt, "evaluated": c.EvaluatedAt, "closed": c.ClosedAt, "archived": c.ArchivedAt} {
		if got.IsZero() || got.Location() != time.UTC {
			t.Errorf("%s at %v", name, got)
		}
	}
	if c.Approver != "owner" || c.DefinitionDigest == "" || len(c.Phases) != 3 {
		t.Errorf("approver %q, digest %q, %d phases", c.Approver, c.DefinitionDigest, len(c.Phases))
	}
	if want := day("2026-07-31T07:00:00Z"); !c.EvaluationDue.Equal(want) {
		t.Errorf("evaluation due %v, want %v", c.EvaluationDue, want)
	}
}

// TestTable holds the table of product.md 4.1 against every pair of state and
// event: what is not in it is a conflict, whatever role and guard.
func TestTable(t *testing.T) {
	table := map[consensus.State][]consensus.EventKind{
		consensus.StateNone:      {consensus.EventCreate, consensus.EventAdopt},
		consensus.StateDraft:     {consensus.EventSubmit, consensus.EventCancel},
		consensus.StateReview:    {consensus.EventReturn, consensus.EventApprove, consensus.EventCancel},
		consensus.StateAnnounced: {consensus.EventStart, consensus.EventCancel, consensus.EventFollowDates},
		consensus.StateOpen:      {consensus.EventChangeDates, consensus.EventCloseNow, consensus.EventSuspend, consensus.EventEndInput, consensus.EventFollowDates},
		consensus.StateSuspended: {consensus.EventResume, consensus.EventFollowDates},
		consensus.StateAnswering: {consensus.EventPublishAnswers, consensus.EventExtend, consensus.EventFollowDates},
		consensus.StateDecided:   {consensus.EventDecide},
		consensus.StateFollowUp:  {consensus.EventEvaluate},
		consensus.StateEvaluated: {consensus.EventClose},
		consensus.StateClosed:    {consensus.EventArchive},
	}
	all := []consensus.EventKind{"", "unknown"}
	for _, kinds := range table {
		all = append(all, kinds...)
	}
	everyone := consensus.Actor{ID: "x", Roles: consensus.NewRoles(append(slices.Clone(consensus.AllRoles), consensus.RoleClock)...)}
	for _, state := range append([]consensus.State{consensus.StateNone}, consensus.States...) {
		c := draft()
		c.State = state
		c.Pauses = []consensus.Pause{{From: day("2026-03-05T00:00:00Z")}}
		for _, kind := range all {
			_, _, err := c.Next(consensus.Event{Kind: kind}, everyone, day("2026-03-06T00:00:00Z"))
			if want := !slices.Contains(table[state], kind); errors.Is(err, consensus.ErrConflict) != want {
				t.Errorf("%s in %q: %v", kind, state, err)
			}
			if _, _, err := c.Next(consensus.Event{Kind: kind}, resident, day("2026-03-06T00:00:00Z")); err == nil {
				t.Errorf("a resident may %s in %q", kind, state)
			}
		}
		kinds := c.Events(everyone)
		slices.Sort(kinds)
		want := slices.Clone(table[state])
		slices.Sort(want)
		if !slices.Equal(kinds, want) {
			t.Errorf("events in %q: %v, want %v", state, kinds, want)
		}
	}
}

func TestWhoMayFireWhat(t *testing.T) {
	may := map[consensus.EventKind][]consensus.Role{
		consensus.EventCreate: {consensus.RoleProjectLead, consensus.RoleProcessOwner}, consensus.EventSubmit: {consensus.RoleProjectLead, consensus.RoleProcessOwner},
		consensus.EventReturn: {consensus.RoleProcessOwner}, consensus.EventApprove: {consensus.RoleProcessOwner}, consensus.EventStart: {consensus.RoleClock},
		consensus.EventChangeDates: {consensus.RoleProcessOwner}, consensus.EventCloseNow: {consensus.RoleProcessOwner},
		consensus.EventSuspend: {consensus.RoleProcessOwner, consensus.RoleAdmin}, consensus.EventResume: {consensus.RoleProcessOwner, consensus.RoleAdmin},
		consensus.EventEndInput: {consensus.RoleClock}, consensus.EventPublishAnswers: {consensus.RoleDecisionMaker, consensus.RoleProcessOwner},
		consensus.EventExtend: {consensus.RoleDecisionMaker, consensus.RoleProcessOwner}, consensus.EventDecide: {consensus.RoleDecisionMaker},
		consensus.EventEvaluate: {consensus.RoleProjectLead}, consensus.EventClose: {consensus.RoleClock}, consensus.EventArchive: {consensus.RoleAuditor},
		consensus.EventCancel: {consensus.RoleProcessOwner}, consensus.EventAdopt: {consensus.RoleProcessOwner}, consensus.EventFollowDates: {consensus.RoleClock},
	}
	for _, state := range append([]consensus.State{consensus.StateNone}, consensus.States...) {
		c := draft()
		c.State = state
		c.Pauses = []consensus.Pause{{From: day("2026-03-05T00:00:00Z")}}
		for kind, roles := range may {
			for _, r := range append(slices.Clone(consensus.AllRoles), consensus.RoleClock) {
				_, _, err := c.Next(consensus.Event{Kind: kind}, consensus.Actor{ID: "x", Roles: consensus.Roles{r}}, day("2026-03-06T00:00:00Z"))
				if errors.Is(err, consensus.ErrConflict) {
					continue
				}
				if errors.Is(err, consensus.ErrForbidden) == slices.Contains(roles, r) {
					t.Errorf("%s by %s: %v", kind, r, err)
				}
			}
		}
	}
}

// A1 of product.md 14.
func TestSubmitAndApprove(t *testing.T) {
	c := draft()
	c.Charter = emptied(t, "canChange")
	_, err := c.Advance(consensus.Event{Kind: consensus.EventSubmit}, lead, day("2026-02-01T09:00:00Z"))
	var guard *consensus.GuardError
	if !errors.As(err, &guard) || !errors.Is(err, consensus.ErrCharter) || len(guard.Causes) != 1 || guard.Causes[0].Field != "canChange" {
		t.Fatalf("13 of 14 fields: %v", err)
	}
	c.Charter = fullCharter()
	advance(t, c, consensus.Event{Kind: consensus.EventSubmit}, lead, "2026-02-01T09:00:00Z")
	if c.State != consensus.StateReview {
		t.Fatalf("state %s", c.State)
	}
	both := consensus.Actor{ID: "lead", Roles: consensus.NewRoles(consensus.RoleProjectLead, consensus.RoleProcessOwner)}
	if _, err := c.Advance(consensus.Event{Kind: consensus.EventApprove}, both, day("2026-02-02T09:00:00Z")); !errors.Is(err, consensus.ErrForbidden) {
		t.Fatalf("approved by the author: %v", err)
	}
	if slices.Contains(c.Events(both), consensus.EventApprove) {
		t.Error("the author is offered to approve")
	}
	effects := advance(t, c, consensus.Event{Kind: consensus.EventApprove}, owner, "2026-02-02T09:00:00Z")
	if c.State != consensus.StateAnnounced || !consensus.HasEffect(effects, consensus.EffectFreeze) || !consensus.HasEffect(effects, consensus.EffectPublishConsultation) || consensus.HasEffect(effects, consensus.EffectPublishRoster) {
		t.Fatalf("state %s, effects %v", c.State, effects)
	}
	_, digest, _ := definition().Encode()
	if c.DefinitionDigest != digest || !c.OpensAt.Equal(day("2026-03-15T23:00:00Z")) || !c.ClosesAt.Equal(day("2026-03-31T22:00:00Z")) {
		t.Errorf("digest %s, window %v to %v", c.DefinitionDigest, c.OpensAt, c.ClosesAt)
	}
	if !c.TallyBy.Equal(day("2026-04-07T22:00:00Z")) || !c.ObjectionUntil.Equal(day("2026-04-21T22:00:00Z")) {
		t.Errorf("tallyBy %v, objectionUntil %v", c.TallyBy, c.ObjectionUntil)
	}
}

func TestApproveNamesEveryCause(t *testing.T) {
	now := day("2026-02-02T09:00:00Z")
	for name, test := range map[string]struct {
		change func(*consensus.Consultation)
		event  consensus.Event
		now    string
		want   []string
	}{
		"fine":          {func(*consensus.Consultation) {}, consensus.Event{}, "", nil},
		"no definition": {func(c *consensus.Consultation) { c.Definition = nil }, consensus.Event{}, "", []string{"definition-missing"}},
		"nothing to vote on": {func(c *consensus.Consultation) {
			c.Definition = nil
			c.Charter.Phases[1].Kind = consensus.PhaseDebate
			c.Charter.Phases[1].Switches.Vote = false
		}, consensus.Event{}, "", nil},
		"no window":         {func(c *consensus.Consultation) { c.Charter.Phases = c.Charter.Phases[:1] }, consensus.Event{}, "", []string{"window-missing"}},
		"broken definition": {func(c *consensus.Consultation) { c.Definition.K = 3 }, consensus.Event{}, "", []string{"definition-invalid"}},
		"overlap": {func(c *consensus.Consultation) {
			c.Charter.Weighing.OfficialLevels = []eligibility.Level{"code", "oidc"}
		}, consensus.Event{}, "", []string{"official-levels-overlap"}},
		"overlap in question": {func(c *consensus.Consultation) {
			c.Definition.Levels = append(c.Definition.Levels, "oidc")
			c.Definition.Official = append(c.Definition.Official, "oidc")
		}, consensus.Event{}, "", []string{"official-levels-overlap"}},
		"different levels": {func(c *consensus.Consultation) { c.Definition.Official = []eligibility.Level{"code"} }, consensus.Event{}, "", []string{"official-levels-differ"}},
		"six weeks":        {func(c *consensus.Consultation) { c.Charter.LegalBasis.Code = consensus.Awb34 }, consensus.Event{}, "", []string{"awb34-too-short"}},
		"six weeks enough": {func(c *consensus.Consultation) {
			c.Charter.LegalBasis.Code = consensus.Awb34
			c.Charter.Phases[0].StartsAt = day("2026-02-17T22:00:00Z")
		}, consensus.Event{}, "", nil},
		"short notice":   {func(*consensus.Consultation) {}, consensus.Event{}, "2026-02-22T00:00:01+01:00", []string{"notice-too-short"}},
		"just in time":   {func(*consensus.Consultation) {}, consensus.Event{}, "2026-02-22T00:00:00+01:00", nil},
		"with a reason":  {func(*consensus.Consultation) {}, consensus.Event{Reason: "Er is haast."}, "2026-02-28T09:00:00Z", nil},
		"started":        {func(*consensus.Consultation) {}, consensus.Event{Reason: "x"}, "2026-03-02T09:00:00Z", []string{"date-past"}},
		"started in dev": {func(*consensus.Consultation) {}, consensus.Event{Dev: true}, "2026-03-02T09:00:00Z", nil},
		"ended in dev":   {func(*consensus.Consultation) {}, consensus.Event{Dev: true}, "2026-03-20T09:00:00Z", []string{"date-past"}},
		"several":        {func(c *consensus.Consultation) { c.Charter.WhyNow = ""; c.Definition.Official = nil }, consensus.Event{}, "2026-03-02T09:00:00Z", []string{"charter-missing", "date-past", "official-levels-differ"}},
	} {
		c := draft()
		c.State = consensus.StateReview
		test.change(c)
		when := now
		if test.now != "" {
			when = day(test.now)
		}
		test.event.Kind = consensus.EventApprove
		_, _, err := c.Next(test.event, owner, when.In(amsterdam(t)))
		var got []string
		if err != nil {
			got = causes(t, err)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

// A2 of product.md 14.
func TestInputEndStartsTheAnswerClock(t *testing.T) {
	zone := amsterdam(t)
	c := at(t, consensus.StateOpen)
	if kind, ok := c.Due(day("2026-03-31T21:59:59Z").In(zone)); ok {
		t.Errorf("%s is due before the end", kind)
	}
	if kind, ok := c.Due(day("2026-03-31T22:00:00Z").In(zone)); !ok || kind != consensus.EventEndInput {
		t.Errorf("due: %s, %v", kind, ok)
	}
	effects := advance(t, c, consensus.Event{Kind: consensus.EventEndInput}, consensus.Clock(), "2026-04-02T08:15:00Z")
	due := day("2026-05-12T22:00:00Z")
	if c.State != consensus.StateAnswering || !c.AnswerDueAt.Equal(due) || !c.InputEndedAt.Equal(day("2026-03-31T22:00:00Z")) || c.Counting != consensus.CountingFlush {
		t.Fatalf("%s, due %v, ended %v, counting %s", c.State, c.AnswerDueAt, c.InputEndedAt, c.Counting)
	}
	if !consensus.HasEffect(effects, consensus.EffectLockInstruments) || !consensus.HasEffect(effects, consensus.EffectStartCount) {
		t.Errorf("effects %v", effects)
	}
	reminders := consensus.Reminders(c.InputEndedAt, c.AnswerDueAt, zone)
	for i, want := range []string{"2026-04-21T22:00:00Z", "2026-05-04T22:00:00Z", "2026-05-12T22:00:00Z"} { // days 21, 34, 42
		if !reminders[i].Equal(day(want)) {
			t.Errorf("reminder %d at %v, want %s", i, reminders[i], want)
		}
	}
	for when, late := range map[string]int{"2026-05-12T22:00:00Z": 0, "2026-05-13T21:59:59Z": 0, "2026-05-13T22:00:00Z": 1, "2026-05-25T05:00:00Z": 12} {
		if got := consensus.DaysLate(due, day(when), zone); got != late {
			t.Errorf("at %s: %d days late, want %d", when, got, late)
		}
	}
	for now, want := range map[string]string{"2026-04-01T00:00:00Z": "2026-04-21T22:00:00Z", "2026-05-12T21:00:00Z": "2026-05-12T22:00:00Z", "2026-05-12T22:00:00Z": "2026-05-19T22:00:00Z", "2026-05-19T22:00:00Z": "2026-05-26T22:00:00Z"} {
		if got := consensus.NextReminder(c.InputEndedAt, due, day(now), zone); !got.Equal(day(want)) {
			t.Errorf("after %s: reminder at %v, want %s", now, got, want)
		}
	}
}

func TestShortDelaysHaveRemindersToo(t *testing.T) {
	start := day("2026-03-31T22:00:00Z")
	got := consensus.Reminders(start, start.Add(100*time.Second), time.UTC)
	for i, want := range []int{50, 80, 100} {
		if !got[i].Equal(start.Add(time.Duration(want) * time.Second)) {
			t.Errorf("reminder %d at %v", i, got[i])
		}
	}
}

func TestDaysKeepTheWallClock(t *testing.T) {
	// Summer time begins on 29 March 2026: the day has 23 hours.
	got := consensus.Days(1).After(day("2026-03-28T12:00:00Z"), amsterdam(t))
	if !got.Equal(day("2026-03-29T11:00:00Z")) {
		t.Errorf("got %v", got)
	}
}

func TestPublishAnswers(t *testing.T) {
	c := at(t, consensus.StateAnswering)
	c.Counting = consensus.CountingObjection
	e := consensus.Event{Kind: consensus.EventPublishAnswers, Unanswered: []string{"proposal-4", "proposal-9"}}
	_, _, err := c.Next(e, decider, day("2026-05-01T00:00:00Z"))
	if got := causes(t, err); !slices.Equal(got, []string{"answer-missing", "contribution-unanswered", "contribution-unanswered", "count-not-final"}) {
		t.Errorf("causes %v", got)
	}
	var guard *consensus.GuardError
	if errors.As(err, &guard); guard.Causes[1].Field != "proposal-4" {
		t.Errorf("the proposal is not named: %v", err)
	}
	c.Leaf = false // a hub publishes without a count of its own
	if _, _, err := c.Next(consensus.Event{Kind: consensus.EventPublishAnswers, Answers: 1}, decider, day("2026-05-01T00:00:00Z")); err != nil {
		t.Error(err)
	}
}

func TestExtendTheAnswerOnce(t *testing.T) {
	c := at(t, consensus.StateAnswering)
	for _, days := range []int{0, 29} {
		if _, _, err := c.Next(consensus.Event{Kind: consensus.EventExtend, Days: days, Reason: "x"}, decider, day("2026-05-01T00:00:00Z")); err == nil {
			t.Errorf("%d days are possible", days)
		}
	}
	advance(t, c, consensus.Event{Kind: consensus.EventExtend, Days: 28, Reason: "Zomerreces."}, decider, "2026-05-01T00:00:00Z")
	if !c.AnswerDueAt.Equal(day("2026-06-09T22:00:00Z")) || c.State != consensus.StateAnswering || c.Reason != "Zomerreces." {
		t.Errorf("due %v", c.AnswerDueAt)
	}
	_, _, err := c.Next(consensus.Event{Kind: consensus.EventExtend, Days: 1}, decider, day("2026-05-01T00:00:00Z"))
	if got := causes(t, err); !slices.Equal(got, []string{"reason-missing", "extended-before"}) {
		t.Errorf("causes %v", got)
	}
}

func TestDatesOnlyMoveLater(t *testing.T) {
	now := "2026-03-20T00:00:00Z" // the debate has ended, the vote runs
	for name, test := range map[string]struct {
		change func([]consensus.Phase) []consensus.Phase
		reason string
		want   []string
	}{
		"later end": {func(p []consensus.Phase) []consensus.Phase {
			p[1].EndsAt = p[1].EndsAt.Add(72 * time.Hour)
			p[2].StartsAt = p[2].StartsAt.Add(72 * time.Hour)
			return p
		}, "Storing.", nil},
		"no reason":     {func(p []consensus.Phase) []consensus.Phase { return p }, " ", []string{"reason-missing"}},
		"shorter vote":  {func(p []consensus.Phase) []consensus.Phase { p[1].EndsAt = p[1].EndsAt.Add(-1); return p }, "x", []string{"only-later"}},
		"moved start":   {func(p []consensus.Phase) []consensus.Phase { p[1].StartsAt = p[1].StartsAt.Add(1); return p }, "x", []string{"only-later"}},
		"past phase":    {func(p []consensus.Phase) []consensus.Phase { p[0].EndsAt = p[0].EndsAt.Add(1); return p }, "x", []string{"only-later", "phases-invalid"}},
		"other kind":    {func(p []consensus.Phase) []consensus.Phase { p[1].Kind = consensus.PhaseDebate; return p }, "x", []string{"only-later"}},
		"one less":      {func(p []consensus.Phase) []consensus.Phase { return p[:2] }, "x", []string{"phases-differ"}},
		"onto the next": {func(p []consensus.Phase) []consensus.Phase { p[1].EndsAt = p[1].EndsAt.Add(1); return p }, "x", []string{"phases-invalid"}},
	} {
		c := at(t, consensus.StateOpen)
		e := consensus.Event{Kind: consensus.EventChangeDates, Reason: test.reason, Phases: test.change(slices.Clone(c.Phases))}
		_, err := c.Advance(e, owner, day(now))
		var got []string
		if err != nil {
			got = causes(t, err)
		} else if !c.ClosesAt.Equal(day("2026-04-03T22:00:00Z")) || !c.TallyBy.Equal(day("2026-04-10T22:00:00Z")) || !c.ObjectionUntil.Equal(day("2026-04-24T22:00:00Z")) {
			t.Errorf("%s: closes %v, tallyBy %v, objectionUntil %v", name, c.ClosesAt, c.TallyBy, c.ObjectionUntil)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

func TestCloseNow(t *testing.T) {
	e := consensus.Event{Kind: consensus.EventCloseNow, Reason: "Alle plannen zijn binnen.", Second: &lead}
	debate, vote := day("2026-03-05T12:00:00Z"), day("2026-03-20T12:00:00Z")

	c := at(t, consensus.StateOpen)
	if _, _, err := c.Next(e, owner, vote); !slices.Equal(causes(t, err), []string{"vote-running"}) {
		t.Errorf("a running vote: %v", err)
	}
	for name, second := range map[string]*consensus.Actor{"nobody": nil, "the same": &owner, "a resident": &resident} {
		if _, _, err := c.Next(consensus.Event{Kind: consensus.EventCloseNow, Reason: "x", Second: second}, owner, debate); !slices.Equal(causes(t, err), []string{"second-person"}) {
			t.Errorf("second person %s: %v", name, err)
		}
	}
	e.Dev = true
	advance(t, c, e, owner, "2026-03-20T12:00:00Z")
	if c.State != consensus.StateAnswering || !c.ClosesAt.Equal(vote) || !c.InputEndedAt.Equal(vote) || c.Counting != consensus.CountingFlush || c.ObjectionUntil.Sub(c.TallyBy) != 14*24*time.Hour {
		t.Errorf("%s, closes %v, counting %s, tallyBy %v", c.State, c.ClosesAt, c.Counting, c.TallyBy)
	}
	if got := c.Deadlines().Counting(vote, consensus.MergeDelay+consensus.Grace, false); got != consensus.CountingFlush {
		t.Errorf("counting %s at the moment of closing", got)
	}

	c = at(t, consensus.StateOpen)
	advance(t, c, consensus.Event{Kind: consensus.EventCloseNow, Reason: "x", Second: &admin}, owner, "2026-03-05T12:00:00Z")
	if len(c.Phases) != 2 || !c.Phases[0].EndsAt.Equal(debate) || c.OpensAt.After(c.ClosesAt) {
		t.Errorf("phases %v, window %v to %v", c.Phases, c.OpensAt, c.ClosesAt)
	}
}

func TestJointDatesAreTheConveners(t *testing.T) {
	member := at(t, consensus.StateOpen)
	member.Joint = true
	e := consensus.Event{Kind: consensus.EventCloseNow, Reason: "x", Second: &lead}
	if _, _, err := member.Next(e, owner, day("2026-03-05T12:00:00Z")); !slices.Equal(causes(t, err), []string{"convener-only"}) {
		t.Errorf("a member closes: %v", err)
	}
	e = consensus.Event{Kind: consensus.EventChangeDates, Reason: "x", Phases: member.Phases}
	if _, _, err := member.Next(e, owner, day("2026-03-05T12:00:00Z")); !slices.Equal(causes(t, err), []string{"convener-only"}) {
		t.Errorf("a member changes dates: %v", err)
	}
	convener := at(t, consensus.StateOpen)
	convener.Joint, convener.Convener = true, true
	effects := advance(t, convener, consensus.Event{Kind: consensus.EventCloseNow, Reason: "x", Second: &lead, Dev: true}, owner, "2026-03-20T12:00:00Z")
	if !consensus.HasEffect(effects, consensus.EffectPublishRoster) {
		t.Errorf("no Roster: %v", effects)
	}
	// The Roster arrives at the member, which closes at its next tick.
	dates := consensus.Dates{ClosesAt: convener.ClosesAt, TallyBy: convener.TallyBy, ObjectionUntil: convener.ObjectionUntil}
	advance(t, member, consensus.Event{Kind: consensus.EventFollowDates, Dates: dates}, consensus.Clock(), "2026-03-20T12:00:05Z")
	if kind, ok := member.Due(day("2026-03-20T12:00:05Z")); !ok || kind != consensus.EventEndInput || !member.ClosesAt.Equal(convener.ClosesAt) {
		t.Errorf("due %s, closes %v", kind, member.ClosesAt)
	}
	if _, _, err := convener.Next(consensus.Event{Kind: consensus.EventFollowDates, Dates: dates}, consensus.Clock(), day("2026-03-20T12:00:05Z")); !slices.Equal(causes(t, err), []string{"not-joint"}) {
		t.Errorf("the convener follows itself: %v", err)
	}
	if _, _, err := member.Next(consensus.Event{Kind: consensus.EventFollowDates}, consensus.Clock(), day("2026-03-20T12:00:05Z")); !slices.Equal(causes(t, err), []string{"dates-invalid"}) {
		t.Errorf("empty dates: %v", err)
	}
}

func TestAdoptComparesTheDigest(t *testing.T) {
	_, digest, err := definition().Encode()
	if err != nil {
		t.Fatal(err)
	}
	dates := consensus.Dates{OpensAt: day("2026-03-15T23:00:00Z"), ClosesAt: day("2026-03-31T22:00:00Z"), TallyBy: day("2026-04-07T22:00:00Z"), ObjectionUntil: day("2026-04-21T22:00:00Z")}
	copyOf := func() *consensus.Consultation {
		return &consensus.Consultation{ID: "local", Area: "GM0037", Definition: definition(), Leaf: true}
	}
	c := copyOf()
	c.Definition.Questions[0].Options[0].Text["nl"] = "A!"
	if _, err := c.Advance(consensus.Event{Kind: consensus.EventAdopt, Digest: digest, Dates: dates}, owner, day("2026-03-01T00:00:00Z")); !slices.Equal(causes(t, err), []string{"digest-differs"}) {
		t.Errorf("another text: %v", err)
	}
	c = copyOf()
	effects := advance(t, c, consensus.Event{Kind: consensus.EventAdopt, Digest: digest, Dates: dates}, owner, "2026-03-01T00:00:00Z")
	if c.State != consensus.StateAnnounced || !c.Joint || c.Convener || c.Root != definition().Root || !consensus.HasEffect(effects, consensus.EffectPublishConsultation) {
		t.Errorf("%+v", c)
	}
	advance(t, c, consensus.Event{Kind: consensus.EventStart}, consensus.Clock(), "2026-03-16T00:00:00Z")
	if _, err := c.Accept(consensus.Ballot{Question: "q1", Level: eligibility.Code, Options: []string{"a"}}, nil, day("2026-03-16T00:00:01Z")); err != nil {
		t.Error(err)
	}
	if _, err := copyOf().Advance(consensus.Event{Kind: consensus.EventAdopt, Digest: digest}, owner, day("2026-03-01T00:00:00Z")); err == nil {
		t.Error("adopted without dates")
	}
}

func TestSuspensionGivesLostTimeBack(t *testing.T) {
	c := at(t, consensus.StateOpen)
	advance(t, c, consensus.Event{Kind: consensus.EventSuspend, Reason: "Storing."}, admin, "2026-03-10T00:00:00Z")
	if kind, ok := c.Due(day("2026-05-01T00:00:00Z")); ok {
		t.Errorf("%s is due during a suspension", kind)
	}
	advance(t, c, consensus.Event{Kind: consensus.EventResume, Reason: "Hersteld."}, owner, "2026-03-12T00:00:00Z")
	lost := 48 * time.Hour
	plan := fullCharter().Phases
	if !c.Phases[0].StartsAt.Equal(plan[0].StartsAt) || !c.Phases[0].EndsAt.Equal(plan[0].EndsAt.Add(lost)) || !c.Phases[1].StartsAt.Equal(plan[1].StartsAt.Add(lost)) {
		t.Errorf("phases %v", c.Phases)
	}
	if !c.OpensAt.Equal(plan[1].StartsAt.Add(lost)) || !c.ClosesAt.Equal(plan[1].EndsAt.Add(lost)) || !c.TallyBy.Equal(c.ClosesAt.Add(7*24*time.Hour)) {
		t.Errorf("window %v to %v, tallyBy %v", c.OpensAt, c.ClosesAt, c.TallyBy)
	}
	member := at(t, consensus.StateOpen)
	member.Joint = true
	advance(t, member, consensus.Event{Kind: consensus.EventSuspend, Reason: "x"}, owner, "2026-03-20T00:00:00Z")
	effects := advance(t, member, consensus.Event{Kind: consensus.EventResume, Reason: "x"}, owner, "2026-03-21T00:00:00Z")
	if !consensus.HasEffect(effects, consensus.EffectAskConvener) || !member.ClosesAt.Equal(plan[1].EndsAt) {
		t.Errorf("a member moved the dates to %v: %v", member.ClosesAt, effects)
	}
}

func TestAfterwards(t *testing.T) {
	c := at(t, consensus.StateDecided)
	for name, test := range map[string]struct {
		decision *consensus.Decision
		want     []string
	}{
		"none":            {nil, []string{"decision-missing"}},
		"no decision":     {&consensus.Decision{None: true}, []string{"reason-missing"}},
		"with reason":     {&consensus.Decision{None: true, Reason: "Geen geld."}, nil},
		"no owner":        {&consensus.Decision{Commitments: []consensus.CommitmentTerms{{Text: "x", DueAt: day("2026-09-01T00:00:00Z")}}}, []string{"commitment-incomplete"}},
		"no date":         {&consensus.Decision{Commitments: []consensus.CommitmentTerms{{Text: "x", Owner: "wethouder"}}}, []string{"commitment-incomplete"}},
		"with commitment": {&consensus.Decision{Commitments: []consensus.CommitmentTerms{{Text: "x", Owner: "wethouder", DueAt: day("2026-09-01T00:00:00Z")}}}, nil},
	} {
		_, _, err := c.Next(consensus.Event{Kind: consensus.EventDecide, Decision: test.decision}, decider, day("2026-06-01T00:00:00Z"))
		var got []string
		if err != nil {
			got = causes(t, err)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c = at(t, consensus.StateFollowUp)
	if _, _, err := c.Next(consensus.Event{Kind: consensus.EventEvaluate}, lead, c.DecidedAt.Add(13*24*time.Hour)); err == nil {
		t.Error("evaluated after 13 days")
	}
	c = at(t, consensus.StateEvaluated)
	open := consensus.Event{Kind: consensus.EventClose, OpenPromises: 1}
	if _, _, err := c.Next(open, consensus.Clock(), c.EvaluatedAt.AddDate(2, 0, -1)); err == nil {
		t.Error("closed with an open commitment")
	}
	if _, _, err := c.Next(open, consensus.Clock(), c.EvaluatedAt.AddDate(2, 0, 0)); err != nil {
		t.Error(err)
	}
}

func TestCancel(t *testing.T) {
	c := at(t, consensus.StateReview)
	if effects := advance(t, c, consensus.Event{Kind: consensus.EventCancel}, owner, "2026-02-02T09:00:00Z"); len(effects) != 0 || c.Public() {
		t.Errorf("a cancelled draft is public, effects %v", effects)
	}
	c = at(t, consensus.StateAnnounced)
	if _, _, err := c.Next(consensus.Event{Kind: consensus.EventCancel}, owner, day("2026-02-20T09:00:00Z")); err == nil {
		t.Error("cancelled without a reason")
	}
	effects := advance(t, c, consensus.Event{Kind: consensus.EventCancel, Reason: "Ingetrokken."}, owner, "2026-02-20T09:00:00Z")
	if !consensus.HasEffect(effects, consensus.EffectPublishCancellation) || !c.Public() {
		t.Errorf("public %v, effects %v", c.Public(), effects)
	}
}

// TestMachineProperties fires random events: a refused one changes nothing, Next
// agrees with Advance, the value survives JSON, and the counted window of a
// running consultation never ends earlier except by closing it.
func TestMachineProperties(t *testing.T) {
	zone := amsterdam(t)
	everyone := consensus.Actor{ID: "owner", Roles: consensus.NewRoles(append(slices.Clone(consensus.AllRoles), consensus.RoleClock)...)}
	kinds := []consensus.EventKind{"submit", "return", "approve", "start", "changeDates", "closeNow", "suspend", "resume", "endInput", "publishAnswers", "extend", "decide", "evaluate", "close", "archive", "cancel", "followDates", "create", "adopt"}
	rapid.Check(t, func(t *rapid.T) {
		c := draft()
		now := day("2026-02-01T00:00:00Z").In(zone)
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20*24).Draw(t, "hours")) * time.Hour)
			e := consensus.Event{
				Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Reason: rapid.SampledFrom([]string{"", "reden"}).Draw(t, "reason"), Dev: rapid.Bool().Draw(t, "dev"),
				Second: &lead, Days: rapid.IntRange(0, 30).Draw(t, "days"), Answers: 1, Decision: &consensus.Decision{}, Phases: slices.Clone(c.Phases),
			}
			for i := range e.Phases {
				shift := time.Duration(rapid.IntRange(-1, 4).Draw(t, "shift")) * time.Hour
				e.Phases[i].StartsAt, e.Phases[i].EndsAt = e.Phases[i].StartsAt.Add(shift), e.Phases[i].EndsAt.Add(shift)
			}
			if c.State == consensus.StateAnswering {
				c.Counting = consensus.CountingFinal
			}
			checkStep(t, c, e, everyone, now)
		}
	})
}

func checkStep(t *rapid.T, c *consensus.Consultation, e consensus.Event, a consensus.Actor, now time.Time) {
	before := encode(t, c)
	state, effects, nextErr := c.Next(e, a, now)
	if !bytes.Equal(before, encode(t, c)) {
		t.Fatalf("Next changed the consultation by %s", e.Kind)
	}
	closes, from := c.ClosesAt, c.State
	done, err := c.Advance(e, a, now)
	if (err == nil) != (nextErr == nil) || state != c.State || len(done) != len(effects) {
		t.Fatalf("%s: Next %s %v, Advance %s %v", e.Kind, state, nextErr, c.State, err)
	}
	after := encode(t, c)
	if err != nil && !bytes.Equal(before, after) {
		t.Fatalf("a refused %s changed the consultation", e.Kind)
	}
	if from == consensus.StateOpen && e.Kind != consensus.EventCloseNow && c.ClosesAt.Before(closes) {
		t.Fatalf("%s shortened the window from %v to %v", e.Kind, closes, c.ClosesAt)
	}
	var back consensus.Consultation
	if err := json.Unmarshal(after, &back); err != nil || !bytes.Equal(after, encode(t, &back)) {
		t.Fatalf("JSON: %v", err)
	}
	if _, window, ok := consensus.VoteWindow(c.Phases); ok && c.State != consensus.StateDraft && !window.Equal(c.ClosesAt) {
		t.Fatalf("phases end the vote at %v, the window at %v", window, c.ClosesAt)
	}
}

func encode(t interface{ Fatal(...any) }, v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
