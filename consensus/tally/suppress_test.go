// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"polder/consensus"
)

func shape(groups []Group) string {
	keys := make([]string, len(groups))
	for i, g := range groups {
		keys[i] = g.Key()
	}
	return strings.Join(keys, " ")
}

// TestSuppress is the table of rule 1 of section 9, question q1, k = 10. Each
// level has its ballots split over two options, so nothing is unanimous.
func TestSuppress(t *testing.T) {
	for _, c := range []struct {
		name           string
		results        string
		ballots        map[string]int
		groups, hidden string
	}{
		{"all large", "", map[string]int{"open": 10, "fediverse": 10, "email": 10, "code": 10, "paper": 10}, "open fediverse email code paper", ""},
		{"nothing cast", "", nil, "open fediverse email code paper", ""},
		{"A13: 7 join the next weaker", "", map[string]int{"code": 100, "paper": 7}, "open fediverse email code+paper", ""},
		{"weakest joins the next stronger group", "", map[string]int{"code": 7, "paper": 100}, "open fediverse email code+paper", ""},
		{"still below k: hidden", "", map[string]int{"code": 4, "paper": 5}, "open fediverse email", "code+paper"},
		{"one small level alone", "", map[string]int{"paper": 7}, "open fediverse email code", "paper"},
		{"classes never mix", "", map[string]int{"fediverse": 9, "code": 100}, "open email code paper", "fediverse"},
		{"skips an absent level", "", map[string]int{"open": 50, "email": 3}, "open+email fediverse code paper", ""},
		{"two small ones make a group", "", map[string]int{"open": 50, "fediverse": 6, "email": 6}, "open fediverse+email code paper", ""},
		{"weakest joins a merged group", "", map[string]int{"open": 2, "fediverse": 6, "email": 6}, "open+fediverse+email code paper", ""},
		{"live: nothing joins fediverse", consensus.ResultsLive, map[string]int{"fediverse": 50, "email": 3}, "open fediverse code paper", "email"},
		{"live: fediverse joins nothing", consensus.ResultsLive, map[string]int{"open": 50, "fediverse": 3, "email": 4}, "open+email code paper", "fediverse"},
	} {
		t.Run(c.name, func(t *testing.T) {
			def := simpleDefinition(consensus.ResultsAfterClose, 1)
			if c.results != "" {
				def.Results = c.results
			}
			counts := NewCounts(def)
			for level, n := range c.ballots {
				cast(t, counts, "q1", level, "agree", n-n/2)
				cast(t, counts, "q1", level, "disagree", n/2)
			}
			p := Suppress(counts, def, AnswersAll)
			for _, g := range []Grouping{p.Questions[0], p.Turnout} {
				if shape(g.Groups) != c.groups || shape(g.Hidden) != c.hidden {
					t.Errorf("published %q hidden %q, want %q and %q", shape(g.Groups), shape(g.Hidden), c.groups, c.hidden)
				}
			}
		})
	}
}

func TestSuppressQuestionByQuestion(t *testing.T) {
	def := simpleDefinition(consensus.ResultsAfterClose, 2)
	c := NewCounts(def)
	cast(t, c, "q1", "code", "agree", 20)
	cast(t, c, "q1", "code", "pass", 20)
	cast(t, c, "q2", "code", "agree", 2)
	cast(t, c, "q2", "code", "pass", 3)
	p := Suppress(c, def, AnswersAll)
	if p.Withheld || len(p.Questions[0].Hidden) != 0 || shape(p.Questions[1].Hidden) != "code" || len(p.Turnout.Hidden) != 0 {
		t.Errorf("a quiet question must hide nothing in the others: %+v", p)
	}
}

func TestUnanimousNeeds2k(t *testing.T) {
	def := simpleDefinition(consensus.ResultsAfterClose, 1)
	for _, c := range []struct {
		agree, blank int
		hidden       bool
	}{{19, 0, true}, {20, 0, false}, {18, 1, false}, {0, 19, true}, {0, 20, false}} {
		counts := NewCounts(def)
		cast(t, counts, "q1", "code", "agree", c.agree)
		cast(t, counts, "q1", "code", "", c.blank)
		p := Suppress(counts, def, AnswersAll)
		if got := len(p.Questions[0].Hidden) > 0; got != c.hidden {
			t.Errorf("%d agree, %d blank: hidden %v", c.agree, c.blank, got)
		}
		if p.Withheld != c.hidden {
			t.Errorf("%d agree, %d blank: withheld %v", c.agree, c.blank, p.Withheld)
		}
		if ballotsOnly := Suppress(counts, def, AnswersNone); ballotsOnly.Withheld {
			t.Error("turnout alone shows no choice, but is withheld")
		}
	}
}

func TestAnswersBeforeClose(t *testing.T) {
	p := places(1)[0]
	build := func(results string, due bool) *Doc {
		def := simpleDefinition(results, 1)
		c := fullCounts(t, def)
		for _, level := range []string{"fediverse", "code"} {
			cast(t, c, "q1", level, "agree", 21)
			cast(t, c, "q1", level, "pass", 13)
		}
		h := header(t, p, def, StatusInterim, 1)
		h.InterimDue = due
		d, sealed := publish(t, h, c, def)
		if sealed != nil {
			t.Error("an interim tally has a sealed companion")
		}
		if fails, _ := d.Validate(def, roster(t, rosterHeader(t, def), member(p))); len(fails) > 0 {
			t.Errorf("%s: %v", results, fails)
		}
		return d
	}
	q := build(consensus.ResultsAfterClose, false).Questions[0]
	if q.Options != nil || q.Blank != nil || q.Ballots["code"] != 34 {
		t.Errorf("afterClose: %+v", q)
	}
	if q = build(consensus.ResultsInterim, false).Questions[0]; q.Options != nil {
		t.Errorf("interim, not due: %+v", q)
	}
	q = build(consensus.ResultsInterim, true).Questions[0]
	if q.Options[0].N["code"] != 20 || q.Options[2].N["code"] != 15 || q.Ballots["code"] != 34 {
		t.Errorf("interim, due: %+v", q)
	}
	q = build(consensus.ResultsLive, false).Questions[0]
	if _, shown := q.Options[0].N["code"]; shown || q.Options[0].N["fediverse"] != 21 || q.Ballots["code"] != 34 {
		t.Errorf("live: %+v", q)
	}
}

func TestInterimDue(t *testing.T) {
	now := closed.Add(-100 * time.Hour)
	for _, c := range []struct {
		name    string
		last    time.Time
		changed int64
		now     time.Time
		want    bool
	}{
		{"first", time.Time{}, 10, now, true},
		{"too few changed", time.Time{}, 9, now, false},
		{"a day later", now.Add(-24 * time.Hour), 10, now, true},
		{"too soon", now.Add(-23 * time.Hour), 100, now, false},
		{"last day", time.Time{}, 100, closed.Add(-24 * time.Hour), false},
	} {
		if got := InterimDue(c.last, c.changed, 10, c.now, closed); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// TestSealedCompanion: who hides or merges hands the convener the full counts.
func TestSealedCompanion(t *testing.T) {
	def := simpleDefinition(consensus.ResultsAfterClose, 1)
	p := places(1)[0]
	r := roster(t, rosterHeader(t, def), member(p))
	for _, c := range []struct {
		name           string
		code, paper    int
		sealed, behold bool
	}{{"all published", 100, 20, false, false}, {"merged", 100, 7, true, false}, {"withheld", 4, 3, true, true}} {
		t.Run(c.name, func(t *testing.T) {
			counts := fullCounts(t, def)
			cast(t, counts, "q1", "code", "agree", c.code-2)
			cast(t, counts, "q1", "code", "pass", 2)
			cast(t, counts, "q1", "paper", "agree", c.paper)
			d, sealed := publish(t, header(t, p, def, StatusFinal, 5), counts, def)
			if fails, _ := d.Validate(def, r); len(fails) > 0 {
				t.Fatal(fails)
			}
			if (sealed != nil) != c.sealed || d.Withheld != c.behold || c.behold && d.Questions != nil {
				t.Fatalf("sealed %v withheld %v", sealed != nil, d.Withheld)
			}
			if sealed == nil {
				return
			}
			if sealed.Digest != d.Sealed || sealed.ID != d.ID+"/sealed" || sealed.Previous != nil || sealed.To[0] != groningen+"/actor" {
				t.Errorf("companion: %+v", sealed)
			}
			if fails, _ := sealed.Validate(def, r); len(fails) > 0 {
				t.Errorf("companion: %v", fails)
			}
			if problems := CheckSealed(d, sealed, def); len(problems) > 0 {
				t.Error(problems)
			}
			if got := sealed.Questions[0].Ballots["paper"]; got != int64(c.paper) {
				t.Errorf("full count of paper: %d", got)
			}
			if v := Value(p.area, []*Doc{sealed}, r, def); v.Doc != nil || v.Newest != nil {
				t.Error("a sealed tally stands in the chain")
			}
		})
	}
}

func TestWithdrawnHasNoCounts(t *testing.T) {
	def := simpleDefinition(consensus.ResultsAfterClose, 1)
	p := places(1)[0]
	r := roster(t, rosterHeader(t, def), member(p))
	d, _ := publish(t, header(t, p, def, StatusWithdrawn, 5), fullCounts(t, def), def)
	if fails, _ := d.Validate(def, r); len(fails) > 0 || d.Turnout != nil || d.Questions != nil {
		t.Fatalf("%v %+v", fails, d.Turnout)
	}
	res := Total([]*Doc{d}, nil, r, def, "")
	if len(res.Inputs) != 0 || res.NotCounted[0].Why != WhyExcluded || res.Rows[0].Status != StatusWithdrawn {
		t.Errorf("%+v", res.NotCounted)
	}
}

func TestNewDirectRefusesForeignCounts(t *testing.T) {
	def := simpleDefinition(consensus.ResultsAfterClose, 1)
	other := simpleDefinition(consensus.ResultsAfterClose, 2)
	if _, _, err := NewDirect(header(t, places(1)[0], def, StatusFinal, 1), NewCounts(other), def); err == nil {
		t.Error("counts of another definition were published")
	}
	for _, b := range []consensus.Ballot{{Question: "q9", Level: "code"}, {Question: "q1", Level: "oidc"}, {Question: "q1", Level: "code", Options: []string{"maybe"}}} {
		if err := NewCounts(def).Add(b); err == nil {
			t.Errorf("%v was counted", b)
		}
	}
}

func TestGroupOf(t *testing.T) {
	for key, ok := range map[string]bool{"code": true, "code+paper": true, "paper+code": false, "": false, "code+code": false, "letter": false} {
		if g := GroupOf(key); (g != nil) != ok || ok && g.Key() != key {
			t.Errorf("%q: %v", key, g)
		}
	}
}

func ExampleSuppress() {
	def := simpleDefinition(consensus.ResultsAfterClose, 1)
	c := NewCounts(def)
	c.Questions[0].Levels["code"].Ballots = 120
	c.Questions[0].Levels["paper"].Ballots = 7
	c.Questions[0].Levels["email"].Ballots = 4
	p := Suppress(c, def, AnswersNone)
	fmt.Println(shape(p.Questions[0].Groups), "| hidden:", shape(p.Questions[0].Hidden))
	// Output: open fediverse code+paper | hidden: email
}
