// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"strings"
	"testing"

	"polder/cmd/polder/demodata"
	"polder/consensus/area"
	"polder/consensus/eligibility"
	"polder/consensus/polis"
)

func embeddedAreas(t *testing.T) *area.List {
	t.Helper()
	areas, err := area.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return areas
}

func TestPlanKeepsEveryVoteOfTheFile(t *testing.T) {
	export, err := demodata.Export()
	if err != nil {
		t.Fatal(err)
	}
	counts := export.Counts()
	for _, n := range []int{2, 4, 10} {
		p, err := planDemo(export, embeddedAreas(t), n)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Questions) != len(export.MostVoted(1<<20)) || len(p.Municipalities) != n {
			t.Fatalf("%d questions, %d municipalities", len(p.Questions), len(p.Municipalities))
		}
		want := p.expected()
		column := map[int64]int{}
		for c, s := range export.Statements {
			column[s.ID] = c
		}
		for i, q := range p.Questions {
			counts := counts[column[q.Statement]]
			for choice, in := range map[string]int{"agree": counts.Agree, "disagree": counts.Disagree, "pass": counts.Pass} {
				sum := int64(0)
				for _, k := range want[p.Questions[i].ID][choice] {
					sum += k
				}
				if sum != int64(in) {
					t.Errorf("%d municipalities: statement %d has %d %s, the file %d", n, p.Questions[i].Statement, sum, choice, in)
				}
			}
		}
		ballots := int64(0)
		for place := range p.Municipalities {
			for _, k := range p.ballots(place) {
				ballots += k
			}
		}
		if total := sumOf(want); ballots != total {
			t.Errorf("%d ballots in places, %d in totals", ballots, total)
		}
	}
}

func sumOf(t totals) (sum int64) {
	for _, choices := range t {
		for _, levels := range choices {
			for _, n := range levels {
				sum += n
			}
		}
	}
	return sum
}

func TestPlanSpreadsByRank(t *testing.T) {
	export, err := demodata.Export()
	if err != nil {
		t.Fatal(err)
	}
	p, err := planDemo(export, embeddedAreas(t), 4)
	if err != nil {
		t.Fatal(err)
	}
	if p.Province.Code != "PV20" || p.Municipalities[0].Code != "GM0014" {
		t.Errorf("first province %s, first municipality %s", p.Province.Code, p.Municipalities[0].Code)
	}
	for _, v := range p.Voters {
		want := eligibility.Code
		switch v.Rank / 4 % 10 {
		case 0:
			want = eligibility.Fediverse
		case 1:
			want = eligibility.Open
		}
		if v.Place != v.Rank%4 || v.Level != want {
			t.Fatalf("rank %d: municipality %d, level %s", v.Rank, v.Place, v.Level)
		}
	}
}

func TestPlanRefuses(t *testing.T) {
	people := &polis.Export{Participants: []int64{1, 2}, Statements: []polis.Statement{{ID: 7, Text: "Een stelling."}},
		Votes: []polis.Vote{{Rank: 0, Column: 0, Value: 1}, {Rank: 1, Column: 0, Value: -1}}}
	for name, c := range map[string]struct {
		export *polis.Export
		n      int
		want   string
	}{
		"one municipality":         {people, 1, "at least 2"},
		"more than a province has": {people, 57, "no province"},
		"no votes":                 {&polis.Export{}, 2, "no votes"},
		"too many statements":      {crowd(1001), 2, "1001 statements, a conversation takes at most 1000"},
	} {
		if _, err := planDemo(c.export, embeddedAreas(t), c.n); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
	}
}

func TestPlanNeedsEnoughResidents(t *testing.T) {
	p := &demoPlan{Municipalities: []area.Area{{Name: "Klein", Residents: 1}}, Voters: []demoVoter{{Place: 0}, {Place: 0}}}
	if err := p.fits(); err == nil || !strings.Contains(err.Error(), "Klein has 1 residents") {
		t.Errorf("two voters among one resident: %v", err)
	}
}

func TestHostLabel(t *testing.T) {
	for name, want := range map[string]string{"'s-Gravenhage": "s-gravenhage", "Bergen (NH.)": "bergen-nh",
		"Súdwest-Fryslân": "sudwest-fryslan", "De Fryske Marren": "de-fryske-marren", "Groningen": "groningen"} {
		if got := hostLabel(name); got != want {
			t.Errorf("label of %q is %q, want %q", name, got, want)
		}
	}
}

// crowd is one person who voted on many statements.
func crowd(statements int) *polis.Export {
	e := &polis.Export{Participants: []int64{1}}
	for i := range statements {
		e.Statements = append(e.Statements, polis.Statement{ID: int64(i)})
		e.Votes = append(e.Votes, polis.Vote{Column: int32(i), Value: 1})
	}
	return e
}
