// SPDX-License-Identifier: EUPL-1.2

package consensus

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"polder/consensus/eligibility"
)

var statementNow = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

func sentence(t *testing.T, id, text string) Statement {
	t.Helper()
	s, err := NewStatement(id, text, "nl", MaxStatement, statementNow)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStatementText(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		ok   bool
	}{
		{strings.Repeat("é", 14), MaxStatement, false},
		{strings.Repeat("é", 15), MaxStatement, true},
		{strings.Repeat("é", 140), MaxStatement, true},
		{strings.Repeat("é", 141), MaxStatement, false},
		{strings.Repeat("é", 500), MaxImported, true},
		{strings.Repeat("é", 501), MaxImported, false},
		{"twee regels met\neen einde", MaxStatement, false},
		{"twee regels met\u2028een einde", MaxStatement, false},
		{"een tab in\tde zin geeft", MaxStatement, false},
		{"  veertien tek  ", MaxStatement, false},
		{"onjuiste tekens \xff\xfe hierin", MaxStatement, false},
	} {
		_, err := NewStatement("id", c.text, "nl", c.most, statementNow)
		if c.ok != (err == nil) || err != nil && !errors.Is(err, ErrStatementText) {
			t.Errorf("%q of at most %d: %v", c.text, c.most, err)
		}
	}
}

func TestStatementDigestIsOverTextAndLanguage(t *testing.T) {
	a, b := sentence(t, "a", "Het fietspad mag wat kosten."), sentence(t, "b", "Het fietspad mag wat kosten.")
	c, err := NewStatement("c", a.Text, "fy", MaxStatement, statementNow)
	if err != nil || a.Digest != b.Digest || a.Digest == c.Digest || !strings.HasPrefix(a.Digest, "sha256:") {
		t.Errorf("%s %s %s %v", a.Digest, b.Digest, c.Digest, err)
	}
}

func TestSameness(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"Meer bomen in de straat!", "meer  bomen in de straat", true},
		{"Meer bomen, in de straat.", "Meer bomen in de straat", true},
		{"Meer bomen in de straat", "Minder bomen in de straat", false},
		{"Max. 30 km per uur", "Max. 50 km per uur", false},
		{"één weg voor fietsers", "een weg voor fietsers", false},
	} {
		if got := Sameness(c.a) == Sameness(c.b); got != c.same {
			t.Errorf("%q and %q: same is %v", c.a, c.b, got)
		}
	}
}

func TestMaySubmit(t *testing.T) {
	for votes, ok := range map[int]bool{0: false, 4: false, 5: true, 6: true} {
		if err := MaySubmit(votes); (err == nil) != ok || err != nil && !errors.Is(err, ErrTooFewVotes) {
			t.Errorf("after %d votes: %v", votes, err)
		}
	}
}

func TestEditBeforeTheFirstVote(t *testing.T) {
	s := sentence(t, "a", "Het fietspad mag wat kosten.")
	before := s.Digest
	if err := s.Edit("Het fietspad mag niets kosten.", statementNow); err != nil || s.Digest == before {
		t.Fatalf("edit: %v, %s", err, s.Digest)
	}
	if err := s.Edit("te kort", statementNow); !errors.Is(err, ErrStatementText) || s.Text != "Het fietspad mag niets kosten." {
		t.Errorf("short text: %v, %q", err, s.Text)
	}
	s.Frozen = true
	if err := s.Edit("Het fietspad mag veel kosten.", statementNow); !errors.Is(err, ErrFrozen) {
		t.Errorf("after a vote: %v", err)
	}
	r := sentence(t, "b", "Het fietspad mag wat kosten.")
	r.State = StatementRejected
	if err := r.Edit("Het fietspad mag veel kosten.", statementNow); !errors.Is(err, ErrConflict) {
		t.Errorf("rejected: %v", err)
	}
}

func TestModerate(t *testing.T) {
	visible := sentence(t, "other", "Een andere stelling over bomen.")
	visible.State = StatementVisible
	hidden := visible
	hidden.State = StatementHidden
	for _, c := range []struct {
		from   StatementState
		m      Moderation
		to     StatementState
		refuse error
	}{
		{StatementPending, Moderation{Action: ModerateApprove}, StatementVisible, nil},
		{StatementPending, Moderation{Action: ModerateReject, Reason: "spam"}, StatementRejected, nil},
		{StatementPending, Moderation{Action: ModerateReject}, "", ErrReason},
		{StatementPending, Moderation{Action: ModerateReject, Reason: "ugly"}, "", ErrReason},
		{StatementPending, Moderation{Action: ModerateHide, Reason: "spam"}, "", ErrConflict},
		{StatementPending, Moderation{Action: ModerateMerge, Into: &visible}, StatementMerged, nil},
		{StatementRejected, Moderation{Action: ModerateMerge, Into: &visible}, "", ErrConflict},
		{StatementVisible, Moderation{Action: ModerateHide, Reason: "personalData", Text: " een naam "}, StatementHidden, nil},
		{StatementVisible, Moderation{Action: ModerateHide}, "", ErrReason},
		{StatementVisible, Moderation{Action: ModerateHide, Reason: "spam", Text: strings.Repeat("x", 501)}, "", ErrReason},
		{StatementVisible, Moderation{Action: ModerateMerge, Into: &visible}, StatementMerged, nil},
		{StatementVisible, Moderation{Action: ModerateMerge, Into: &hidden}, "", ErrConflict},
		{StatementVisible, Moderation{Action: ModerateMerge}, "", ErrConflict},
		{StatementVisible, Moderation{Action: ModerateApprove}, "", ErrConflict},
		{StatementVisible, Moderation{Action: ModerateWithdraw}, StatementWithdrawn, nil},
		{StatementHidden, Moderation{Action: ModerateRestore}, StatementVisible, nil},
		{StatementRejected, Moderation{Action: ModerateRestore}, StatementVisible, nil},
		{StatementMerged, Moderation{Action: ModerateRestore}, "", ErrConflict},
		{StatementVisible, Moderation{Action: "burn"}, "", ErrConflict},
	} {
		s := sentence(t, "this", "Het fietspad mag wat kosten.")
		s.State = c.from
		err := s.Moderate(c.m, statementNow)
		if c.refuse != nil {
			if !errors.Is(err, c.refuse) || s.State != c.from {
				t.Errorf("%s when %s: %v, %s", c.m.Action, c.from, err, s.State)
			}
			continue
		}
		if err != nil || s.State != c.to || (c.to == StatementMerged) != (s.MergedInto == "other") {
			t.Errorf("%s when %s: %v, %s, %q", c.m.Action, c.from, err, s.State, s.MergedInto)
		}
		if c.m.Text != "" && s.ReasonText != "een naam" {
			t.Errorf("text of the reason: %q", s.ReasonText)
		}
	}
	self := visible
	if err := self.Moderate(Moderation{Action: ModerateMerge, Into: &visible}, statementNow); !errors.Is(err, ErrConflict) {
		t.Errorf("into itself: %v", err)
	}
}

func TestPublishNumbersOnce(t *testing.T) {
	s := sentence(t, "a", "Het fietspad mag wat kosten.")
	s.Publish(3, statementNow)
	s.Publish(9, statementNow.Add(time.Hour))
	if s.Number != 3 || !s.Published.Equal(statementNow) {
		t.Errorf("number %d, published %s", s.Number, s.Published)
	}
}

func conversation() *Consultation {
	q := DefinitionQuestion{ID: "statements", Kind: KindStatements, Min: 1, Max: 1,
		Options: []DefinitionOption{{ID: "agree"}, {ID: "disagree"}, {ID: "pass"}}}
	return &Consultation{State: StateOpen, Leaf: true, OpensAt: statementNow.Add(-time.Hour), ClosesAt: statementNow.Add(time.Hour),
		Definition: &Definition{Levels: []eligibility.Level{eligibility.Open, eligibility.Fediverse}, Questions: []DefinitionQuestion{q}}}
}

func TestAcceptStatement(t *testing.T) {
	con := conversation()
	s := sentence(t, "a", "Het fietspad mag wat kosten.")
	s.State = StatementVisible
	vote := Ballot{Question: "a", Level: eligibility.Open, Options: []string{OptionAgree}}
	first, err := con.AcceptStatement(&s, false, vote, nil, statementNow)
	if err != nil || first.Seq != 1 {
		t.Fatalf("%+v %v", first, err)
	}
	vote.Options = []string{OptionPass}
	if second, err := con.AcceptStatement(&s, false, vote, &first, statementNow); err != nil || second.Seq != 2 {
		t.Errorf("changed: %+v %v", second, err)
	}
	for name, c := range map[string]struct {
		change func(*Statement, *Ballot) (locked bool)
		want   error
	}{
		"hidden":      {func(s *Statement, _ *Ballot) bool { s.State = StatementHidden; return false }, ErrUnknownQuestion},
		"pending":     {func(s *Statement, _ *Ballot) bool { s.State = StatementPending; return false }, ErrUnknownQuestion},
		"another id":  {func(s *Statement, _ *Ballot) bool { s.ID = "b"; return false }, ErrUnknownQuestion},
		"locked":      {func(*Statement, *Ballot) bool { return true }, ErrClosed},
		"two answers": {func(_ *Statement, b *Ballot) bool { b.Options = []string{"agree", "pass"}; return false }, ErrChoice},
		"no answer":   {func(_ *Statement, b *Ballot) bool { b.Options = nil; return false }, ErrChoice},
		"not offered": {func(_ *Statement, b *Ballot) bool { b.Options = []string{"maybe"}; return false }, ErrUnknownOption},
		"level":       {func(_ *Statement, b *Ballot) bool { b.Level = eligibility.Code; return false }, ErrLevel},
	} {
		x, b := s, vote
		locked := c.change(&x, &b)
		if _, err := con.AcceptStatement(&x, locked, b, nil, statementNow); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := con.AcceptStatement(&s, false, vote, nil, con.ClosesAt); !errors.Is(err, ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
	vote.Question = "statements"
	if _, err := con.Accept(vote, nil, statementNow); !errors.Is(err, ErrUnknownQuestion) {
		t.Errorf("a ballot on the conversation itself: %v", err)
	}
}

func TestVoteValue(t *testing.T) {
	for option, value := range map[string]int8{OptionAgree: 1, OptionDisagree: -1, OptionPass: 0} {
		if got, ok := VoteValue([]string{option}); !ok || got != value || OptionOf(value) != option {
			t.Errorf("%s: %d %v", option, got, ok)
		}
	}
	for _, bad := range [][]string{nil, {"maybe"}, {"agree", "pass"}} {
		if _, ok := VoteValue(bad); ok {
			t.Errorf("%v has a value", bad)
		}
	}
}

func TestDrawStatement(t *testing.T) {
	list := []Statement{{ID: "a"}, {ID: "b", Seed: true}, {ID: "c"}, {ID: "d", Seed: true}}
	weights := map[string]float64{"a": 6, "c": 0} // c and the unknown ones weigh 1: of 9 in all
	drawn := func(seedsFirst bool) (out []int) {
		for _, draw := range []float64{0, 0.66, 0.67, 0.77, 0.78, 0.88, 0.89, 0.999999} {
			out = append(out, DrawStatement(list, weights, seedsFirst, draw))
		}
		return out
	}
	if got := drawn(false); !slices.Equal(got, []int{0, 0, 1, 1, 2, 2, 3, 3}) {
		t.Errorf("by weight: %v", got)
	}
	if got := drawn(true); !slices.Equal(got, []int{1, 3, 3, 3, 3, 3, 3, 3}) {
		t.Errorf("seeds first: %v", got)
	}
	if got := DrawStatement(list[:1], nil, true, 0.5); got != 0 {
		t.Errorf("without seeds left: %d", got)
	}
	if got := DrawStatement(nil, nil, false, 0.5); got != -1 {
		t.Errorf("nothing left: %d", got)
	}
}
