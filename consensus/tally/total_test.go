// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"fmt"
	"testing"
	"time"

	"polder/consensus"
)

// scene is a small network with one question, built step by step.
type scene struct {
	t      *testing.T
	def    *consensus.Definition
	places []place
	roster *Roster
	last   map[string]*Doc
}

func newScene(t *testing.T, n int) *scene {
	s := &scene{t: t, def: simpleDefinition(consensus.ResultsAfterClose, 1), places: places(n), last: map[string]*Doc{}}
	var members []Member
	for _, p := range s.places {
		members = append(members, member(p))
	}
	s.roster = roster(t, rosterHeader(t, s.def), members...)
	return s
}

func (s *scene) member(i int) *Member {
	m, _ := s.roster.Member(s.places[i].area)
	return m
}

// tally publishes a tally of place i with agree and pass ballots by code; prev
// is the one before it, nil for the first.
func (s *scene) tally(i int, status string, revision int64, prev *Doc, agree, pass int) *Doc {
	d, _ := s.sealed(i, status, revision, prev, agree, pass)
	return d
}

func (s *scene) sealed(i int, status string, revision int64, prev *Doc, agree, pass int) (direct, sealed *Doc) {
	s.t.Helper()
	c := fullCounts(s.t, s.def)
	cast(s.t, c, "q1", "code", "agree", agree)
	cast(s.t, c, "q1", "code", "pass", pass)
	h := header(s.t, s.places[i], s.def, status, revision)
	if prev != nil {
		h.Previous = &Ref{Revision: prev.Revision, Digest: prev.Digest}
	}
	return publish(s.t, h, c, s.def)
}

func (s *scene) total(set ...*Doc) *Result { return Total(set, nil, s.roster, s.def, "") }

// agree reads the number of agreeing official ballots out of a total.
func agree(r *Result) int64 {
	var n int64
	for key, v := range r.Questions[0].Options[0].N {
		if GroupOf(key)[0] == "code" || GroupOf(key)[0] == "paper" {
			n += v
		}
	}
	return n
}

// TestA11 is the acceptance scenario on repeated, older and forked tallies.
func TestA11(t *testing.T) {
	s := newScene(t, 1)
	one := s.tally(0, StatusProvisional, 10, nil, 30, 20)
	two := s.tally(0, StatusProvisional, 20, one, 40, 20)
	if got := agree(s.total(one, two, two, one)); got != 40 {
		t.Errorf("repeated tallies: %d", got)
	}
	if got := agree(s.total(two, one)); got != 40 {
		t.Errorf("lower revision after a higher: %d", got)
	}
	fork := s.tally(0, StatusProvisional, 20, one, 41, 20)
	res := s.total(one, two, fork)
	if row := res.Rows[0]; agree(res) != 30 || !row.Disputed || row.Doc != one || row.Last == nil {
		t.Errorf("fork: %d, %+v", agree(res), row)
	}
	if row := s.total(two, fork).Rows[0]; row.Why != WhyDisputed || row.Counted() {
		t.Errorf("fork without an earlier tally: %+v", row)
	}
}

// TestA12 is the acceptance scenario on coverage.
func TestA12(t *testing.T) {
	s := newScene(t, 3)
	s.member(2).Eligible = 3000
	res := s.total(s.tally(0, StatusFinal, 10, nil, 30, 20), s.tally(1, StatusProvisional, 11, nil, 12, 20))
	want := Coverage{Expected: 3, Reported: 2, Final: 1, Eligible: 5000, EligibleReported: 2000}
	if res.Coverage != want || agree(res) != 42 {
		t.Errorf("coverage %+v, agree %d", res.Coverage, agree(res))
	}
	if len(res.NotCounted) != 1 || res.NotCounted[0] != (NotCounted{"GM0003", WhyNoReport, nil}) {
		t.Errorf("notCounted %+v", res.NotCounted)
	}
}

// TestForkFoundByChild is I2b: the first branch never arrived, but its child did.
func TestForkFoundByChild(t *testing.T) {
	s := newScene(t, 1)
	one := s.tally(0, StatusProvisional, 10, nil, 30, 20)
	lost := s.tally(0, StatusProvisional, 20, one, 40, 20)
	other := s.tally(0, StatusProvisional, 20, one, 50, 20)
	child := s.tally(0, StatusProvisional, 30, lost, 60, 20)
	v := Value("GM0001", []*Doc{child, other, one}, s.roster, s.def)
	if !v.Disputed || v.Fork != 20 || v.Doc != one {
		t.Errorf("disputed %v at %d, value %v", v.Disputed, v.Fork, v.Doc)
	}
	s.member(0).Epoch = 2
	if v = Value("GM0001", []*Doc{child, other, one}, s.roster, s.def); v.Disputed || v.Doc != nil {
		t.Error("a new epoch must end the dispute")
	}
}

// TestInvalidForkStillDisputes: claims come from every signed tally, valid or not.
func TestInvalidForkStillDisputes(t *testing.T) {
	s := newScene(t, 1)
	one := s.tally(0, StatusProvisional, 10, nil, 30, 20)
	two := s.tally(0, StatusProvisional, 20, one, 40, 20)
	broken := parsed(t, edited(t, two.Raw, func(d map[string]any) { counts(d, 0)["code"] = 41 }), "GM0001")
	if v := Value("GM0001", []*Doc{one, two, broken}, s.roster, s.def); !v.Disputed || v.Doc != one {
		t.Errorf("disputed %v, value %v", v.Disputed, v.Doc)
	}
	if v := Value("GM0001", []*Doc{one, broken}, s.roster, s.def); v.Disputed || v.Doc != one || len(v.Fails) == 0 || v.Newest != broken {
		t.Errorf("an invalid newer tally: %+v", v)
	}
}

func TestBranchIsNoDispute(t *testing.T) {
	s := newScene(t, 1)
	one := s.tally(0, StatusProvisional, 10, nil, 30, 20)
	a := s.tally(0, StatusProvisional, 20, one, 40, 20)
	b := s.tally(0, StatusProvisional, 21, one, 50, 20)
	v := Value("GM0001", []*Doc{b, a, one}, s.roster, s.def)
	if v.Disputed || v.Doc != b || len(v.Warns) == 0 || v.Warns[len(v.Warns)-1].Code != CodeFell && v.Warns[0].Code != CodeBranch {
		t.Errorf("two children of one parent: %+v", v)
	}
}

// TestSituations walks through aggregation.md 7.4 as far as the Roster decides.
func TestSituations(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(s *scene, one, two *Doc)
		value  int64
		why    string
	}{
		{"active", func(*scene, *Doc, *Doc) {}, 40, ""},
		{"frozen", func(s *scene, one, _ *Doc) {
			s.member(0).Count, s.member(0).Status = CountFrozen+one.Digest, MemberWithdrawn
		}, 30, ""},
		{"frozen on an unknown digest", func(s *scene, _, _ *Doc) {
			s.member(0).Count, s.member(0).Status = CountFrozen+fmt.Sprintf("sha256:%064d", 1), MemberWithdrawn
		}, 0, WhyExcluded},
		{"expelled", func(s *scene, _, _ *Doc) { s.member(0).Count, s.member(0).Status = CountExclude, MemberExpelled }, 0, WhyExcluded},
		{"suspended and excluded", func(s *scene, _, _ *Doc) { s.member(0).Count, s.member(0).Status = CountExclude, MemberSuspended }, 0, WhySuspended},
		{"suspended keeps its last tally", func(s *scene, _, _ *Doc) { s.member(0).Status = MemberSuspended }, 40, ""},
		{"key compromised, one digest kept", func(s *scene, one, _ *Doc) {
			s.member(0).Distrust = []Distrust{{multikey("GM0001"), []string{one.Digest}}}
		}, 30, ""},
		{"herindeling: successor, new epoch", func(s *scene, _, _ *Doc) {
			s.member(0).Actor, s.member(0).Status, s.member(0).Epoch = "https://successor.example/actor", MemberSucceeded, 2
		}, 0, WhyNoReport},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t, 2)
			one := s.tally(0, StatusProvisional, 10, nil, 30, 20)
			two := s.tally(0, StatusProvisional, 20, one, 40, 20)
			c.change(s, one, two)
			res := s.total(one, two)
			if agree(res) != c.value || res.Rows[0].Why != c.why {
				t.Errorf("value %d why %q, want %d %q", agree(res), res.Rows[0].Why, c.value, c.why)
			}
			if got := res.Coverage.Expected; got != res.Coverage.Reported+int64(len(res.NotCounted)) {
				t.Errorf("expected %d, %d reported, %d not counted", got, res.Coverage.Reported, len(res.NotCounted))
			}
		})
	}
}

func TestInvitedIsNotExpected(t *testing.T) {
	s := newScene(t, 2)
	s.member(1).Status = MemberInvited
	res := s.total(s.tally(0, StatusFinal, 10, nil, 30, 20), s.tally(1, StatusFinal, 11, nil, 12, 20))
	if res.Coverage.Expected != 1 || agree(res) != 30 || len(res.Rows) != 1 {
		t.Errorf("%+v", res.Coverage)
	}
}

// TestTwoParents: the Roster decides who adds an area up.
func TestTwoParents(t *testing.T) {
	s := newScene(t, 3)
	drenthe := "https://drenthe.example/actor"
	s.member(1).Parent, s.member(2).Parent = drenthe, drenthe
	set := []*Doc{s.tally(0, StatusFinal, 10, nil, 30, 20), s.tally(1, StatusFinal, 11, nil, 12, 20)}
	res := Total(set, nil, s.roster, s.def, drenthe)
	if agree(res) != 12 || res.Coverage.Expected != 2 || res.Coverage.Reported != 1 {
		t.Errorf("agree %d %+v", agree(res), res.Coverage)
	}
	if row, ok := res.Row("GM0001"); !ok || row.Expected || row.Why != WhyAssignedElsewhere {
		t.Errorf("the area of another hub: %+v", row)
	}
	if res = Total(set[1:], nil, s.roster, s.def, drenthe); len(res.Rows) != 2 {
		t.Errorf("an area that reported elsewhere only is listed: %+v", res.Rows)
	}
}

func TestLeavesThroughHubs(t *testing.T) {
	s := newScene(t, 2)
	hub := member(place{"PV22", "https://drenthe.example"})
	hub.Role, hub.Parent = RoleHub, groningen+"/actor"
	s.member(1).Parent = hub.Actor
	s.roster.Members = append(s.roster.Members, hub)
	if got := len(s.roster.Leaves(groningen + "/actor")); got != 2 {
		t.Errorf("%d leaves below the nation", got)
	}
	if got := len(s.roster.Leaves(hub.Actor)); got != 1 {
		t.Errorf("%d leaves below the province", got)
	}
	s.roster.Members[2].Parent = hub.Actor // a circle must end
	if got := len(s.roster.Leaves("https://nobody.example/actor")); got != 0 {
		t.Errorf("%d leaves below nobody", got)
	}
}

func TestAggregateStatus(t *testing.T) {
	s := newScene(t, 3)
	final := s.tally(0, StatusFinal, 10, nil, 30, 20)
	second := s.tally(1, StatusFinal, 11, nil, 30, 20)
	third := s.tally(2, StatusFinal, 12, nil, 30, 20)
	interim := s.tally(2, StatusInterim, 12, nil, 30, 20)
	before, after, late := closed.Add(-time.Hour), closed.Add(time.Hour), objection.Add(time.Second)
	for _, c := range []struct {
		name     string
		set      []*Doc
		now      time.Time
		previous string
		permille int64
		want     string
	}{
		{"open", []*Doc{final, second, third}, before, "", 600, StatusInterim},
		{"closed, one missing", []*Doc{final, second}, after, "", 600, StatusProvisional},
		{"closed, all final", []*Doc{final, second, third}, after, StatusProvisional, 600, StatusFinal},
		{"closed, one interim", []*Doc{final, second, interim}, after, "", 600, StatusProvisional},
		{"late, quorum met", []*Doc{final, second}, late, "", 600, StatusFinal},
		{"late, interim does not make quorum", []*Doc{final, interim}, late, "", 600, StatusProvisional},
		{"late, too few eligible", []*Doc{final, second}, late, "", 700, StatusProvisional},
		{"late, too few members", []*Doc{final}, late, "", 0, StatusProvisional},
		{"nothing reported", nil, late, "", 0, StatusProvisional},
		{"after a final", []*Doc{final, second, third}, late, StatusFinal, 600, StatusCorrected},
		{"after a correction", []*Doc{final}, late, StatusCorrected, 600, StatusCorrected},
	} {
		s.roster.Quorum = Quorum{2, c.permille}
		if got := AggregateStatus(s.total(c.set...), s.roster, c.now, c.previous); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestMixedAnswers: right after closing some places publish answers, others
// only turnout. Options, blank and ballots of the total must stay of the same
// people.
func TestMixedAnswers(t *testing.T) {
	s := newScene(t, 2)
	full := s.tally(0, StatusProvisional, 10, nil, 30, 20)
	only := s.tally(1, StatusInterim, 11, nil, 100, 100)
	q := s.total(full, only).Questions[0]
	if q.Options[0].N["code"] != 30 || q.Ballots["code"] != 50 {
		t.Errorf("%+v", q)
	}
	res := s.total(only)
	if q = res.Questions[0]; q.Options != nil || q.Ballots["code"] != 200 {
		t.Errorf("turnout only: %+v", q)
	}
	res = s.total(full, only)
	if res.Turnout.Accepted["code"] != 250 || res.Coverage.Reported != 2 {
		t.Errorf("turnout %+v coverage %+v", res.Turnout, res.Coverage)
	}
}

func TestLatestRoster(t *testing.T) {
	def := simpleDefinition(consensus.ResultsAfterClose, 1)
	make := func(revision int64, previous *Roster, eligible int64) *Roster {
		h := rosterHeader(t, def)
		h.Revision = revision
		if previous != nil {
			h.Previous = &Ref{Revision: previous.Revision, Digest: previous.Digest}
		}
		m := member(places(1)[0])
		m.Eligible = eligible
		return roster(t, h, m)
	}
	one := make(10, nil, 100)
	two := make(20, one, 200)
	fork := make(20, one, 201)
	three := make(30, two, 300)
	for _, c := range []struct {
		name     string
		set      []*Roster
		want     *Roster
		disputed bool
	}{
		{"none", nil, nil, false},
		{"any order", []*Roster{three, one, two}, three, false},
		{"fork", []*Roster{one, two, fork, three}, one, true},
		{"fork found by a child", []*Roster{three, fork, one}, one, true},
		{"nothing before the fork", []*Roster{two, fork}, one, true},
	} {
		got, disputed := LatestRoster(c.set)
		if c.name == "nothing before the fork" {
			if got != nil || !disputed {
				t.Errorf("%s: %v %v", c.name, got, disputed)
			}
			continue
		}
		if got != c.want || disputed != c.disputed {
			t.Errorf("%s: %v %v", c.name, got, disputed)
		}
	}
	if got, _ := LatestRosterWith(Rules{LastArrivedRoster: true}, []*Roster{three, one}); got != one {
		t.Error("the breakage for the simulation does not break")
	}
}
