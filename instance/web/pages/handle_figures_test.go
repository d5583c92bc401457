// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"slices"
	"testing"
	"time"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/consensus/tally"
	"polder/instance"
	"polder/instance/locale"
)

var twoLevels = &consensus.Definition{K: 10, Levels: []eligibility.Level{eligibility.Open, eligibility.Code},
	Official: []eligibility.Level{eligibility.Code}}

// counted is a signed tally with 50 official ballots and hidden signals.
func counted(status string) *tally.Doc {
	return &tally.Doc{ID: "https://a.example/consultations/x/tallies/1-5", Consultation: "https://a.example/consultations/x",
		Status: status, Turnout: &tally.Turnout{Accepted: map[string]int64{"code": 50},
			Groups: []tally.Group{{eligibility.Code}}, Hidden: []tally.Group{{eligibility.Open}}}}
}

func TestMemberRows(t *testing.T) {
	p := &Pages{Site: Site{Languages: []string{"nl"}}}
	input := &tally.Input{Checks: "SA"}
	seen := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	withheld := counted(tally.StatusFinal)
	withheld.Withheld = true
	for _, c := range []struct {
		name    string
		row     instance.OverviewRow
		status  string
		counted bool
		ballots int64
	}{
		{"counted", instance.OverviewRow{Doc: counted(tally.StatusFinal), Input: input}, MemberFinal, true, 50},
		{"a fork, counted as it was before", instance.OverviewRow{Doc: counted(tally.StatusInterim), Input: input, Disputed: true}, MemberDisputed, true, 50},
		{"a fork, nothing before it", instance.OverviewRow{Why: tally.WhyDisputed, Disputed: true, LastSeen: seen}, MemberDisputed, false, 0},
		{"in the sealed sum", instance.OverviewRow{Doc: withheld, Input: input}, MemberWithheld, true, 50},
		{"missing", instance.OverviewRow{Why: tally.WhyNoReport, LastSeen: seen}, MemberMissing, false, 0},
		{"elsewhere", instance.OverviewRow{Why: tally.WhyAssignedElsewhere, LastSeen: seen}, MemberElsewhere, false, 0},
	} {
		m := p.memberRow(c.row, twoLevels)
		if m.Status != c.status || m.Counted != c.counted || Sum(m.Official).Ballots != c.ballots || len(m.Signal) != 0 {
			t.Errorf("%s: %+v", c.name, m)
		}
		if m.LastSeen.IsZero() == !c.counted {
			t.Errorf("%s: last seen %s", c.name, m.LastSeen)
		}
	}
}

// TestTurnoutIsHiddenWithItsClass: -1 where all of a class is hidden.
func TestTurnoutIsHiddenWithItsClass(t *testing.T) {
	d := counted(tally.StatusFinal)
	if n := turnoutOf(d, twoLevels, true); n != 50 {
		t.Errorf("official %d", n)
	}
	if n := turnoutOf(d, twoLevels, false); n != -1 {
		t.Errorf("signals %d", n)
	}
	d.Turnout.Hidden = nil
	if n := turnoutOf(d, twoLevels, false); n != 0 {
		t.Errorf("no signals %d", n)
	}
}

func TestDaysLeft(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	texts, err := locale.Load(zone)
	if err != nil {
		t.Fatal(err)
	}
	w := words{Printer: texts.Printer("nl")}
	at := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, zone) }
	for _, c := range []struct {
		now, closes time.Time
		want        int
	}{
		{at(2, 9), at(2, 17), 0}, {at(2, 23), at(3, 1), 1}, {at(2, 9), at(3, 0), 0}, // at midnight: today is the last day
		{at(2, 9), at(16, 17), 14}, {at(2, 9), at(1, 9), 0},
	} {
		if got := daysLeft(w, c.now, c.closes); got != c.want {
			t.Errorf("%s to %s: %d days, want %d", c.now, c.closes, got, c.want)
		}
	}
}

func TestLocalAddresses(t *testing.T) {
	for next, want := range map[string]bool{"/": true, "/a?b=c#d": true, "": false, "a": false, "//a": false, "https://a": false,
		`/\a`: false, "/a\nb": false, "/a\tb": false, "javascript:x": false, "/%zz": false} {
		if local(next) != want {
			t.Errorf("%q: %v", next, !want)
		}
	}
}

func TestOnlyAnOpenAnnouncementTakesCodes(t *testing.T) {
	con := &consensus.Consultation{Leaf: true, Definition: twoLevels}
	for _, state := range consensus.States {
		con.State = state
		want := slices.Contains([]consensus.State{consensus.StateAnnounced, consensus.StateOpen, consensus.StateSuspended}, state)
		if takesCodes(con) != want {
			t.Errorf("%s: %v", state, !want)
		}
	}
}
