// SPDX-License-Identifier: EUPL-1.2

package consensus

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// ErrConvener: in a joint consultation the convener decides about the statements
// that everybody votes on.
var ErrConvener = errors.New("the convener decides about this statement")

// NewImported makes a visible seed of a statement that another system or another
// conversation already had: of any length, cut at MaxImported characters, on one
// line (spec: opinion.md 15). The caller removes markup.
func NewImported(id, text, lang string, meta bool, now time.Time) (Statement, error) {
	s := Statement{ID: id, Lang: lang, State: StatementVisible, Seed: true, Meta: meta, Created: now.UTC()}
	s.Text = cutText(oneLine(text), MaxImported)
	if err := checkImported(s.Text); err != nil {
		return s, err
	}
	var err error
	s.Digest, err = statementDigest(s.Text, lang)
	return s, err
}

func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

func cutText(text string, most int) string {
	for i := range text {
		if most--; most < 0 {
			return strings.TrimSpace(text[:i])
		}
	}
	return text
}

func checkImported(text string) error {
	if n := utf8.RuneCountInString(text); n == 0 || n > MaxImported || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return fmt.Errorf("imported text of %d characters: %w", n, ErrStatementText)
	}
	return nil
}

// Listed is a statement as the list of a joint consultation holds it: what
// everybody votes on, without who wrote it. One that was removed has no text.
type Listed struct {
	ID         string         `json:"id"` // UUID, the same everywhere
	Number     int            `json:"number"`
	Text       string         `json:"text,omitempty"`
	Lang       string         `json:"lang"`
	State      StatementState `json:"state"`
	Seed       bool           `json:"seed,omitempty"`
	Meta       bool           `json:"meta,omitempty"`
	Reason     string         `json:"reason,omitempty"`
	MergedInto string         `json:"mergedInto,omitempty"`
	Digest     string         `json:"digest"` // sha256: over {title, text, lang}
	Published  time.Time      `json:"published"`
	Changed    time.Time      `json:"changed,omitzero"`
}

// List gives a published statement as others may see it.
func (s *Statement) List() Listed {
	l := Listed{s.ID, s.Number, s.Text, s.Lang, s.State, s.Seed, s.Meta, s.Reason, s.MergedInto, s.Digest, s.Published, s.Changed}
	if s.State != StatementVisible {
		l.Text = ""
	}
	return l
}

var listedStates = []StatementState{StatementVisible, StatementHidden, StatementMerged, StatementWithdrawn}

// Check holds an entry of a list of elsewhere against the rules.
func (l *Listed) Check() error {
	switch {
	case l.Number < 1 || l.Number > MostStatements:
		return fmt.Errorf("statement number %d", l.Number)
	case !slices.Contains(listedStates, l.State):
		return fmt.Errorf("statement %d is %q", l.Number, l.State)
	case l.Reason != "" && !slices.Contains(ModerationReasons, l.Reason):
		return fmt.Errorf("statement %d: %w", l.Number, ErrReason)
	case l.Published.IsZero():
		return fmt.Errorf("statement %d has no date", l.Number)
	case l.State != StatementVisible && l.Text == "":
		return nil
	}
	if err := checkImported(l.Text); err != nil {
		return fmt.Errorf("statement %d: %w", l.Number, err)
	}
	if digest, err := statementDigest(l.Text, l.Lang); err != nil || digest != l.Digest {
		return fmt.Errorf("statement %d: the text does not have its digest", l.Number)
	}
	return nil
}

// Follow takes over what the list of the convener says about a statement, and
// tells whether anything changed. A text that somebody has voted on stands.
func (s *Statement) Follow(l Listed) (changed bool) {
	old := *s
	s.ID, s.Number, s.State, s.Seed, s.Meta = l.ID, l.Number, l.State, l.Seed, l.Meta
	s.Reason, s.MergedInto, s.Published, s.Changed = l.Reason, l.MergedInto, l.Published.UTC(), l.Changed
	if s.Text == "" || l.Text != "" && !s.Frozen {
		s.Text, s.Lang, s.Digest = l.Text, l.Lang, l.Digest
	}
	if s.Created.IsZero() {
		s.Created = s.Published
	}
	if old.Changed.Equal(s.Changed) {
		s.Changed = old.Changed
	}
	if old.Published.Equal(s.Published) {
		s.Published = old.Published
	}
	return *s != old
}
