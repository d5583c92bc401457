// SPDX-License-Identifier: EUPL-1.2

package consensus

import (
	"errors"
	"strings"
	"testing"
	"time"
)

var listed = time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)

func TestNewImportedTakesAnyLength(t *testing.T) {
	for text, want := range map[string]string{"Ja": "Ja", " a\nb\t c ": "a b c", strings.Repeat("é", 600): strings.Repeat("é", 500)} {
		s, err := NewImported("id", text, "nl", true, listed)
		if err != nil || s.Text != want || !s.Meta || !s.Seed || s.State != StatementVisible {
			t.Errorf("%.20q: %.20q %v", text, s.Text, err)
		}
	}
	if _, err := NewImported("id", " \n", "nl", false, listed); !errors.Is(err, ErrStatementText) {
		t.Errorf("an empty text: %v", err)
	}
}

func TestListedSaysNoRemovedText(t *testing.T) {
	s, err := NewImported("id", "Er komen meer bomen.", "nl", false, listed)
	if err != nil {
		t.Fatal(err)
	}
	s.Publish(7, listed)
	l := s.List()
	if err := l.Check(); err != nil || l.Text != s.Text || l.Number != 7 {
		t.Fatalf("%+v %v", l, err)
	}
	if err := s.Moderate(Moderation{Action: ModerateHide, Reason: "insult", Text: "for the author"}, listed); err != nil {
		t.Fatal(err)
	}
	hidden := s.List()
	if err := hidden.Check(); err != nil || hidden.Text != "" {
		t.Errorf("%+v %v", hidden, err)
	}
	for name, spoil := range map[string]func(*Listed){
		"number": func(l *Listed) { l.Number = 1001 }, "state": func(l *Listed) { l.State = StatementPending },
		"reason": func(l *Listed) { l.Reason = "because" }, "date": func(l *Listed) { l.Published = time.Time{} },
		"text": func(l *Listed) { l.Text += "!" }, "no text": func(l *Listed) { l.Text = "" },
	} {
		bad := l
		spoil(&bad)
		if bad.Check() == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestFollowKeepsAFrozenText(t *testing.T) {
	s, err := NewImported("id", "Er komen meer bomen.", "nl", false, listed)
	if err != nil {
		t.Fatal(err)
	}
	s.Publish(3, listed)
	var here Statement
	if !here.Follow(s.List()) || here.Text != s.Text || here.Number != 3 || here.Created.IsZero() {
		t.Fatalf("%+v", here)
	}
	if here.Follow(s.List()) {
		t.Error("the same list changes something")
	}
	here.Frozen = true
	other, err := NewImported("id", "Er komen minder bomen.", "nl", false, listed)
	if err != nil {
		t.Fatal(err)
	}
	other.Publish(3, listed)
	if here.Follow(other.List()); here.Text != s.Text || here.Digest != s.Digest {
		t.Errorf("a frozen text changed to %q", here.Text)
	}
	if err := s.Moderate(Moderation{Action: ModerateHide, Reason: "insult"}, listed); err != nil {
		t.Fatal(err)
	}
	if !here.Follow(s.List()) || here.State != StatementHidden || here.Text == "" {
		t.Errorf("%+v", here)
	}
}
