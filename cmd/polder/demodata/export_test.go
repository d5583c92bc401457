// SPDX-License-Identifier: EUPL-1.2

package demodata_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"polder/cmd/polder/demodata"
	"polder/consensus/polis"
)

func export(t *testing.T) *polis.Export {
	t.Helper()
	e, err := demodata.Export()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestTheWholeConversationIsThere(t *testing.T) {
	e := export(t)
	if len(e.Participants) != 1921 || len(e.Statements) != 197 || len(e.Votes) != 49_443 || e.Superseded != 554 {
		t.Errorf("%d people, %d statements, %d votes, %d superseded", len(e.Participants), len(e.Statements), len(e.Votes), e.Superseded)
	}
	if e.Finding.Orientation != polis.AsIs || e.Finding.Plus != 197 {
		t.Error(e.Finding)
	}
	removed := 0
	for _, s := range e.Statements {
		if s.Removed() {
			removed++
		}
	}
	if removed != 78 {
		t.Errorf("%d removed statements", removed)
	}
}

func TestMostVotedStatement(t *testing.T) {
	e := export(t)
	most := e.MostVoted(50)
	first := most[0]
	if c := e.Counts()[first]; e.Statements[first].ID != 8 || c.Total() != 786 {
		t.Errorf("statement %d with %+v", e.Statements[first].ID, c)
	}
	if len(most) != 50 {
		t.Errorf("%d statements", len(most))
	}
}

func TestTextsAreShortAndDifferent(t *testing.T) {
	seen := map[string]int64{}
	for _, s := range export(t).Statements {
		if n := utf8.RuneCountInString(s.Text); n < 15 || n > 140 {
			t.Errorf("statement %d has %d characters", s.ID, n)
		}
		if strings.TrimSpace(s.Text) != s.Text || strings.ContainsAny(s.Text, "\n<>") {
			t.Errorf("statement %d is not plain text: %q", s.ID, s.Text)
		}
		if other, twice := seen[s.Text]; twice {
			t.Errorf("statements %d and %d have one text", other, s.ID)
		}
		seen[s.Text] = s.ID
	}
}

func TestNoticeInEveryLanguage(t *testing.T) {
	seen := map[string]bool{}
	for _, language := range []string{"nl", "en", "fy"} {
		seen[demodata.Notice(language)] = true
	}
	if len(seen) != 3 || demodata.Notice("de") != demodata.Notice("nl") {
		t.Error("a language lacks its notice")
	}
	if !strings.Contains(demodata.Attribution, "CC BY 4.0") {
		t.Error("the attribution lacks the licence")
	}
}
