// SPDX-License-Identifier: EUPL-1.2

package consensus_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"polder/consensus"
	"polder/consensus/eligibility"
)

func day(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

// fullCharter is a charter with 14 of 14 fields: a debate and a vote in March
// 2026, in Amsterdam time.
func fullCharter() consensus.Charter {
	return consensus.Charter{
		Question: "Moet het fietspad langs het kanaal verlicht worden?", WhyNow: "De begroting wordt in juni vastgesteld.",
		CanChange: "Of er lampen komen en welke.", IsFixed: "Het fietspad blijft.", ParticipationLevel: "advise",
		DecidingBody: consensus.DecidingBody{Body: "raad", Role: "wethouder verkeer"},
		FormalLink:   consensus.FormalLink{Reference: consensus.NoneYet, ExpectedDecisionDate: "2026-06-18"},
		WhoMayTakePart: consensus.WhoMayTakePart{Areas: []string{"GM0037"}, MinAge: 12, RollDate: "2026-01-01",
			Levels: consensus.ActionLevels{Read: eligibility.Open, Write: eligibility.Email, Vote: eligibility.Open}},
		Phases: []consensus.Phase{
			{Kind: consensus.PhaseDebate, StartsAt: day("2026-02-28T23:00:00Z"), EndsAt: day("2026-03-15T23:00:00Z"), Switches: consensus.Switches{Comment: true}},
			{Kind: consensus.PhaseVote, StartsAt: day("2026-03-15T23:00:00Z"), EndsAt: day("2026-03-31T22:00:00Z"), Switches: consensus.Switches{Vote: true}},
			{Kind: consensus.PhaseAnswer, StartsAt: day("2026-03-31T22:00:00Z"), EndsAt: day("2026-05-12T22:00:00Z")},
		},
		Weighing:      consensus.Weighing{OfficialLevels: []eligibility.Level{eligibility.Code, eligibility.Paper}, Method: "single"},
		OfflineWays:   consensus.OfflineWays{Ways: []string{"balie"}},
		Contact:       consensus.Contact{Role: "projectleider", Email: "fietspad@stadskanaal.example", Telephone: "14 0599"},
		PrivacyNotice: consensus.PrivacyNotice{URL: "https://stadskanaal.example/privacy", LegalBasis: "publieke taak", Retention: "1 jaar"},
		LegalBasis:    consensus.LegalBasis{Code: "ordinance", Article: "3", Why: "Het plan raakt alle inwoners."},
	}
}

// emptied gives a full charter with one field emptied, through its JSON name:
// the names are those of the specification.
func emptied(t *testing.T, field string) consensus.Charter {
	t.Helper()
	full := fullCharter()
	raw, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		t.Fatal(err)
	}
	if _, ok := fields[field]; !ok || len(fields) != 14 {
		t.Fatalf("field %s of %d is not in the JSON", field, len(fields))
	}
	delete(fields, field)
	if raw, err = json.Marshal(fields); err != nil {
		t.Fatal(err)
	}
	var c consensus.Charter
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCharterNamesTheMissingField(t *testing.T) {
	full := fullCharter()
	if got := full.Missing(); len(got) != 0 || len(full.Problems()) != 0 {
		t.Fatalf("a full charter misses %v, has problems %v", got, full.Problems())
	}
	if got := (&consensus.Charter{}).Missing(); !slices.Equal(got, consensus.CharterFields) || len(got) != 14 {
		t.Fatalf("an empty charter misses %v", got)
	}
	for _, field := range consensus.CharterFields {
		c := emptied(t, field)
		if got := c.Missing(); len(got) != 1 || got[0] != field {
			t.Errorf("without %s: missing %v", field, got)
		}
	}
}

func TestCharterFieldIsMissingWhenAPartIs(t *testing.T) {
	for name, change := range map[string]func(*consensus.Charter){
		"question":       func(c *consensus.Charter) { c.Question = "  \n" },
		"decidingBody":   func(c *consensus.Charter) { c.DecidingBody.Role = "" },
		"formalLink":     func(c *consensus.Charter) { c.FormalLink.ExpectedDecisionDate = "" },
		"whoMayTakePart": func(c *consensus.Charter) { c.WhoMayTakePart.RollDate = "" },
		"offlineWays":    func(c *consensus.Charter) { c.OfflineWays = consensus.OfflineWays{Ways: []string{" "}} },
		"contact":        func(c *consensus.Charter) { c.Contact.Telephone = "" },
		"privacyNotice":  func(c *consensus.Charter) { c.PrivacyNotice.Retention = "" },
		"legalBasis":     func(c *consensus.Charter) { c.LegalBasis.Article = "" },
	} {
		c := fullCharter()
		change(&c)
		if got := c.Missing(); len(got) != 1 || got[0] != name {
			t.Errorf("%s: missing %v", name, got)
		}
	}
	c := fullCharter()
	c.OfflineWays = consensus.OfflineWays{Reason: "Er is alleen een digitale kaart."}
	if got := c.Missing(); len(got) != 0 {
		t.Errorf("a reason instead of an offline way: missing %v", got)
	}
}

func TestCharterRules(t *testing.T) {
	for name, test := range map[string]struct {
		field  string
		change func(*consensus.Charter)
	}{
		"long question":   {"question", func(c *consensus.Charter) { c.Question = strings.Repeat("é", 201) }},
		"two lines":       {"question", func(c *consensus.Charter) { c.Question = "Een?\nTwee?" }},
		"level":           {"participationLevel", func(c *consensus.Charter) { c.ParticipationLevel = "meedenken" }},
		"body":            {"decidingBody", func(c *consensus.Charter) { c.DecidingBody.Body = "koning" }},
		"decision date":   {"formalLink", func(c *consensus.Charter) { c.FormalLink.ExpectedDecisionDate = "juni" }},
		"age":             {"whoMayTakePart", func(c *consensus.Charter) { c.WhoMayTakePart.MinAge = -1 }},
		"vote level":      {"whoMayTakePart", func(c *consensus.Charter) { c.WhoMayTakePart.Levels.Vote = "sms" }},
		"signal official": {"weighing", func(c *consensus.Charter) { c.Weighing.OfficialLevels = []eligibility.Level{"email"} }},
		"k":               {"weighing", func(c *consensus.Charter) { c.Weighing.K = 5 }},
		"legal basis":     {"legalBasis", func(c *consensus.Charter) { c.LegalBasis.Code = "wet" }},
		"phase kind":      {"phases", func(c *consensus.Charter) { c.Phases[0].Kind = "borrel" }},
		"phase backwards": {"phases", func(c *consensus.Charter) { c.Phases[0].EndsAt = c.Phases[0].StartsAt }},
		"phases overlap":  {"phases", func(c *consensus.Charter) { c.Phases[0].EndsAt = c.Phases[1].StartsAt.Add(1) }},
		"votes too late":  {"phases", func(c *consensus.Charter) { c.Phases[2].Switches.Vote = true }},
		"answer first":    {"phases", func(c *consensus.Charter) { c.Phases = c.Phases[2:] }},
		"input afterwards": {"phases", func(c *consensus.Charter) {
			c.Phases[1].Kind = consensus.PhaseEvaluate
			c.Phases[1].Switches.Vote = false
			c.Phases[2].Kind = consensus.PhaseDebate
		}},
	} {
		c := fullCharter()
		test.change(&c)
		problems := c.Problems()
		if len(problems) != 1 || problems[0].Field != test.field || problems[0].Code != "charter-invalid" {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

func TestOfficialLevelsOverlap(t *testing.T) {
	for levels, overlap := range map[string]bool{
		"": false, "code": false, "oidc": false, "paper": false, "token": false, "code paper": false,
		"code oidc": true, "oidc paper": true, "code paper oidc": true, "token paper": true, "code token": true,
	} {
		var official []eligibility.Level
		for _, l := range strings.Fields(levels) {
			official = append(official, eligibility.Level(l))
		}
		if got := consensus.OfficialLevelsOverlap(official); got != overlap {
			t.Errorf("%q: overlap %v", levels, got)
		}
	}
}

func TestGuardErrorIsRecognised(t *testing.T) {
	charter := &consensus.GuardError{Causes: []consensus.Cause{{Code: "charter-missing", Field: "whyNow", Detail: "d"}}}
	other := &consensus.GuardError{Causes: []consensus.Cause{{Code: "reason-missing", Detail: "d"}}}
	if !errors.Is(charter, consensus.ErrGuard) || !errors.Is(charter, consensus.ErrCharter) || !strings.Contains(charter.Error(), "whyNow: d") {
		t.Error("a charter guard is not recognised")
	}
	if !errors.Is(other, consensus.ErrGuard) || errors.Is(other, consensus.ErrCharter) || errors.Is(other, consensus.ErrConflict) || !other.Has("reason-missing") || other.Has("x") {
		t.Error("another guard is not recognised")
	}
}

func TestRoles(t *testing.T) {
	editor, _ := consensus.CommandLineRoles("editor")
	admin, _ := consensus.CommandLineRoles("admin")
	if !editor.Has(consensus.RoleProjectLead) || !editor.May(consensus.ActDraft) || editor.May(consensus.ActSteer) {
		t.Errorf("editor has %v", editor)
	}
	if !admin.Has(consensus.RoleProcessOwner) || !admin.May(consensus.ActSteer) || !admin.May(consensus.ActAccounts) || !admin.Staff() {
		t.Errorf("admin has %v", admin)
	}
	if _, err := consensus.CommandLineRoles("clock"); err == nil {
		t.Error("an account can be the clock")
	}
	resident, err := consensus.ParseRoles([]string{"resident", "resident"})
	if err != nil || len(resident) != 1 || resident.Staff() || !resident.May(consensus.ActContribute) || resident.May(consensus.ActModerate) {
		t.Errorf("resident: %v, %v", resident, err)
	}
	with := resident.With(consensus.RoleModerator)
	if !with.May(consensus.ActModerate) || with.Without(consensus.RoleModerator).May(consensus.ActModerate) || resident.May(consensus.ActModerate) {
		t.Error("With and Without change the wrong set")
	}
}
