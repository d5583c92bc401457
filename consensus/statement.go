// SPDX-License-Identifier: EUPL-1.2

package consensus

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"polder/activitypub/proof"
)

// The answers to a statement: option ids of its ballots.
const (
	OptionAgree    = "agree"
	OptionDisagree = "disagree"
	OptionPass     = "pass"
)

// StatementOptions are the answers in the order of the buttons and of polls.
var StatementOptions = []string{OptionAgree, OptionDisagree, OptionPass}

// Lengths of a statement in characters, and the votes that somebody must have
// cast before sending one in (spec: product.md 6). Imported statements of other
// systems may be longer.
const (
	MinStatement     = 15
	MaxStatement     = 140
	MaxImported      = 500
	VotesBeforeWrite = 5
	MostStatements   = 1000
	maxReasonText    = 500
)

// StatementState is a state of product.md 4.2, as far as statements have it.
type StatementState string

// The states of a statement.
const (
	StatementPending   StatementState = "pending"
	StatementVisible   StatementState = "visible"
	StatementRejected  StatementState = "rejected"
	StatementHidden    StatementState = "hidden"
	StatementMerged    StatementState = "merged"
	StatementWithdrawn StatementState = "withdrawn"
)

// ModerationReasons are the reason codes of product.md 9.
var ModerationReasons = []string{"spam", "offTopic", "duplicate", "personalData", "insult", "discrimination", "threat", "illegal", "impersonation"}

// ReasonDuplicate is the reason code that goes with a merge.
const ReasonDuplicate = "duplicate"

// Why a statement is refused.
var (
	// ErrStatementText: too short, too long, or more than one line.
	ErrStatementText = errors.New("not the text of a statement")
	// ErrTooFewVotes: statements come after VotesBeforeWrite votes.
	ErrTooFewVotes = errors.New("too few votes before a statement of one's own")
	// ErrFrozen: the statement has votes; its text stands.
	ErrFrozen = errors.New("the statement has votes and is frozen")
	// ErrDuplicate: there is one with the same text.
	ErrDuplicate = errors.New("the statement is there already")
	// ErrReason: moderation without a known reason code.
	ErrReason = errors.New("a reason is needed")
	// ErrTooMany: the conversation is full.
	ErrTooMany = errors.New("no more statements are taken")
)

// Statement is one sentence of a conversation, about which people agree,
// disagree or pass. It stands outside the definition, which is frozen: the list
// grows while people vote. Its id is the `question` of its ballots.
type Statement struct {
	ID         string         `json:"id"`               // UUID
	Number     int            `json:"number,omitempty"` // from 1, given when it becomes visible; never reused
	Text       string         `json:"text"`
	Lang       string         `json:"lang"`
	State      StatementState `json:"state"`
	Seed       bool           `json:"seed,omitempty"` // written by the office
	Meta       bool           `json:"meta,omitempty"` // about people, not opinion (opinion.md 3)
	Reason     string         `json:"reason,omitempty"`
	ReasonText string         `json:"reasonText,omitempty"`
	MergedInto string         `json:"mergedInto,omitempty"` // id
	Frozen     bool           `json:"frozen,omitempty"`     // somebody has voted on it
	Digest     string         `json:"digest"`               // the author's receipt
	Created    time.Time      `json:"created"`
	Published  time.Time      `json:"published,omitzero"` // first became visible
	Changed    time.Time      `json:"changed,omitzero"`   // last decision of a moderator
}

// NewStatement checks a text of at most `most` characters and gives a pending
// statement. The caller normalises the text (NFC).
func NewStatement(id, text, lang string, most int, now time.Time) (Statement, error) {
	s := Statement{ID: id, Lang: lang, State: StatementPending, Created: now.UTC()}
	return s, s.write(text, most)
}

// NewSuggestion makes a pending statement of a post from elsewhere. It may be
// shorter than MinStatement: minimum lengths hold for forms only (spec:
// federation.md 8).
func NewSuggestion(id, text, lang string, now time.Time) (Statement, error) {
	s := Statement{ID: id, Lang: lang, State: StatementPending, Created: now.UTC(), Text: text}
	if n := utf8.RuneCountInString(text); n == 0 || n > MaxStatement || strings.ContainsFunc(text, unicode.IsControl) {
		return s, fmt.Errorf("a post of %d characters: %w", n, ErrStatementText)
	}
	var err error
	s.Digest, err = statementDigest(text, lang)
	return s, err
}

// CheckStatement reports whether a text can be a statement: one line of
// MinStatement to `most` characters. ErrStatementText says that it cannot.
func CheckStatement(text string, most int) error {
	if strings.ContainsFunc(text, unicode.IsControl) || strings.ContainsAny(text, "\u2028\u2029") {
		return fmt.Errorf("more than one line: %w", ErrStatementText)
	}
	if n := utf8.RuneCountInString(text); n < MinStatement || n > most || !utf8.ValidString(text) {
		return fmt.Errorf("%d characters, %d to %d are possible: %w", n, MinStatement, most, ErrStatementText)
	}
	return nil
}

func (s *Statement) write(text string, most int) error {
	text = strings.TrimSpace(text)
	if err := CheckStatement(text, most); err != nil {
		return err
	}
	digest, err := statementDigest(text, s.Lang)
	if err != nil {
		return err
	}
	s.Text, s.Digest = text, digest
	return nil
}

// statementDigest is SHA-256 over the canonical JSON {title, text, lang}
// (spec: product.md 4.2). A statement has no title.
func statementDigest(text, lang string) (string, error) {
	raw, err := json.Marshal(map[string]string{"title": "", "text": text, "lang": lang})
	if err != nil {
		return "", fmt.Errorf("digest of a statement: %w", err)
	}
	return proof.Digest(raw)
}

// Edit replaces the text of a statement nobody has voted on; ErrFrozen after.
func (s *Statement) Edit(text string, now time.Time) error {
	if s.Frozen {
		return ErrFrozen
	}
	if s.State != StatementPending && s.State != StatementVisible {
		return fmt.Errorf("edit a statement that is %s: %w", s.State, ErrConflict)
	}
	if err := s.write(text, MaxStatement); err != nil {
		return err
	}
	s.Changed = now.UTC()
	return nil
}

// Sameness is what two statements have in common that say the same in the same
// words: letters and digits in lower case. Two texts with equal Sameness are
// duplicates.
func Sameness(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
	return strings.Join(words, " ")
}

// MaySubmit is the rule who may send a statement in: somebody who has voted on
// enough of what others wrote.
func MaySubmit(votes int) error {
	if votes < VotesBeforeWrite {
		return fmt.Errorf("%d votes: %w", votes, ErrTooFewVotes)
	}
	return nil
}

// Moderation is one decision about a statement.
type Moderation struct {
	Action string     // approve, reject, hide, restore, merge, withdraw
	Reason string     // code; needed to reject and to hide
	Text   string     // for the author, optional
	Into   *Statement // merge: the one that stays
}

// What a moderator, and for withdraw the author, can do.
const (
	ModerateApprove  = "approve"
	ModerateReject   = "reject"
	ModerateHide     = "hide"
	ModerateRestore  = "restore"
	ModerateMerge    = "merge"
	ModerateWithdraw = "withdraw"
)

type moderation struct {
	action   string
	from, to StatementState
	reason   bool
}

// moderations is the table of product.md 4.2 for statements.
var moderations = []moderation{
	{ModerateApprove, StatementPending, StatementVisible, false},
	{ModerateReject, StatementPending, StatementRejected, true},
	{ModerateHide, StatementVisible, StatementHidden, true},
	{ModerateRestore, StatementHidden, StatementVisible, false},
	{ModerateRestore, StatementRejected, StatementVisible, false},
	{ModerateMerge, StatementPending, StatementMerged, false},
	{ModerateMerge, StatementVisible, StatementMerged, false},
	{ModerateWithdraw, StatementVisible, StatementWithdrawn, false},
	{ModerateWithdraw, StatementPending, StatementWithdrawn, false},
}

// Actions lists what can be done with the statement in its state.
func (s *Statement) Actions() (out []string) {
	for _, m := range moderations {
		if m.from == s.State {
			out = append(out, m.action)
		}
	}
	return out
}

// Moderate applies one decision. ErrConflict: not in this state; ErrReason: a
// reason code is needed. Votes on a merged statement are kept where they are:
// nobody agreed to the words of the other one.
func (s *Statement) Moderate(m Moderation, now time.Time) error {
	i := slices.IndexFunc(moderations, func(row moderation) bool { return row.action == m.Action && row.from == s.State })
	if i < 0 {
		return fmt.Errorf("%s a statement that is %s: %w", m.Action, s.State, ErrConflict)
	}
	if utf8.RuneCountInString(m.Text) > maxReasonText {
		return fmt.Errorf("reason of more than %d characters: %w", maxReasonText, ErrReason)
	}
	if moderations[i].reason && !slices.Contains(ModerationReasons, m.Reason) {
		return fmt.Errorf("reason %q: %w", m.Reason, ErrReason)
	}
	s.MergedInto = ""
	if m.Action == ModerateMerge {
		if m.Into == nil || m.Into.ID == s.ID || m.Into.State != StatementVisible {
			return fmt.Errorf("merge into a statement that is not visible: %w", ErrConflict)
		}
		s.MergedInto, m.Reason = m.Into.ID, ReasonDuplicate
	}
	s.State, s.Reason, s.ReasonText, s.Changed = moderations[i].to, m.Reason, strings.TrimSpace(m.Text), now.UTC()
	return nil
}

// MarkMeta says whether the statement is about people and not about opinion;
// such a one takes no part in the opinion groups (spec: opinion.md 3).
func (s *Statement) MarkMeta(meta bool, now time.Time) error {
	if s.State != StatementPending && s.State != StatementVisible {
		return fmt.Errorf("mark a statement that is %s: %w", s.State, ErrConflict)
	}
	if s.Meta != meta {
		s.Meta, s.Changed = meta, now.UTC()
	}
	return nil
}

// Publish gives a statement that became visible its number and date, once.
func (s *Statement) Publish(number int, now time.Time) {
	if s.Number == 0 {
		s.Number, s.Published = number, now.UTC()
	}
}

// StatementsQuestion is the one question of kind statements, under which all
// statements of the conversation are voted on; its id is the instrument id of
// row keys.
func (d *Definition) StatementsQuestion() (*DefinitionQuestion, bool) {
	if d == nil {
		return nil, false
	}
	i := slices.IndexFunc(d.Questions, func(q DefinitionQuestion) bool { return q.Kind == KindStatements })
	if i < 0 {
		return nil, false
	}
	return &d.Questions[i], true
}

// AsQuestion is a statement as one question: its own id and text, the answers
// of the conversation q.
func (s *Statement) AsQuestion(q *DefinitionQuestion) DefinitionQuestion {
	return DefinitionQuestion{ID: s.ID, Kind: KindStatements, Min: 1, Max: 1, Text: map[string]string{s.Lang: s.Text}, Options: q.Options}
}

// AcceptStatement is Accept for a vote on a statement of this consultation. A
// statement that is not visible is ErrUnknownQuestion; while the conversation is
// locked everything is ErrClosed.
func (c *Consultation) AcceptStatement(s *Statement, locked bool, b Ballot, prev *Ballot, received time.Time) (Ballot, error) {
	if err := c.takes(received); err != nil {
		return Ballot{}, err
	}
	if locked {
		return Ballot{}, fmt.Errorf("the conversation is locked: %w", ErrClosed)
	}
	if !slices.Contains(c.Definition.Levels, b.Level) {
		return Ballot{}, fmt.Errorf("level %q: %w", b.Level, ErrLevel)
	}
	frame, ok := c.Definition.StatementsQuestion()
	if !ok || s.ID != b.Question || s.State != StatementVisible {
		return Ballot{}, fmt.Errorf("statement %q: %w", b.Question, ErrUnknownQuestion)
	}
	q := s.AsQuestion(frame)
	b, err := q.choose(b)
	if err != nil {
		return Ballot{}, fmt.Errorf("statement %q: %w", b.Question, err)
	}
	return supersede(&q, b, prev)
}

// VoteValue is how a vote on a statement is written in statistics: agree +1,
// disagree -1, pass 0 (spec: opinion.md 2).
func VoteValue(options []string) (int8, bool) {
	if len(options) != 1 {
		return 0, false
	}
	switch options[0] {
	case OptionAgree:
		return 1, true
	case OptionDisagree:
		return -1, true
	case OptionPass:
		return 0, true
	}
	return 0, false
}

// OptionOf is the option id of a value of VoteValue.
func OptionOf(value int8) string {
	switch {
	case value > 0:
		return OptionAgree
	case value < 0:
		return OptionDisagree
	}
	return OptionPass
}

// DrawStatement chooses the next statement for somebody among those waiting: by
// chance in proportion to their weights, 1 where a weight is not above 0; with
// seedsFirst the seeds before everything else. draw is a number in [0, 1). The
// result is an index, -1 if nothing waits (spec: opinion.md 11).
func DrawStatement(waiting []Statement, weights map[string]float64, seedsFirst bool, draw float64) int {
	seeds := seedsFirst && slices.ContainsFunc(waiting, func(s Statement) bool { return s.Seed })
	weight := func(s *Statement) float64 {
		if seeds && !s.Seed {
			return 0
		}
		if w := weights[s.ID]; w > 0 {
			return w
		}
		return 1
	}
	sum := 0.0
	for i := range waiting {
		sum += weight(&waiting[i])
	}
	last := -1
	for i := range waiting {
		w := weight(&waiting[i])
		if w == 0 {
			continue
		}
		last = i
		if draw -= w / sum; draw < 0 {
			break
		}
	}
	return last
}

// TakesStatements reports whether residents may send statements in now.
func (c *Consultation) TakesStatements(locked bool, now time.Time) error {
	if err := c.takes(now); err != nil {
		return err
	}
	if locked || c.State != StateOpen {
		return fmt.Errorf("statements are not taken: %w", ErrClosed)
	}
	return nil
}
