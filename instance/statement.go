// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"polder/consensus"
	"polder/instance/store"
)

// Statement is a statement as use cases give it; Author never leaves here
// towards a page.
type Statement = store.Statement

// DuplicateError says which statement has the same words.
type DuplicateError struct{ Of consensus.Statement }

func (e *DuplicateError) Error() string {
	return fmt.Sprintf("%v: statement %s", consensus.ErrDuplicate, e.Of.ID)
}

// Is makes errors.Is(err, consensus.ErrDuplicate) true.
func (e *DuplicateError) Is(target error) bool { return target == consensus.ErrDuplicate }

// Decision is what a moderator decides about one statement.
type Decision struct {
	Action string // consensus.ModerateApprove, ...
	Reason string // code
	Text   string // for the author
	Into   int    // merge: number of the statement that stays
}

// AddSeed adds a statement of the office, visible at once, in draft, announced
// or open.
func (s *Service) AddSeed(ctx context.Context, by consensus.Actor, slug, text, lang string) (Statement, error) {
	var added Statement
	err := s.moderates(ctx, by, slug, "statement.seed", text, func(tx *store.Tx, con *store.Consultation) (err error) {
		if con.State == consensus.StateReview || !beforeEnd(con.State) {
			return consensus.ErrConflict
		}
		added, err = s.seed(tx, con, text, lang)
		return err
	})
	return added, err
}

// Seed is a statement that another system already had.
type Seed struct {
	Text, Lang string
	Meta       bool // about people, not opinion
}

// ImportSeeds adds many statements of the office at once, in their order, to a
// draft or before anybody votes. They may be of any length and may repeat each
// other: they are what people voted on elsewhere.
func (s *Service) ImportSeeds(ctx context.Context, by consensus.Actor, slug string, list []Seed) ([]Statement, error) {
	var added []Statement
	err := s.moderates(ctx, by, slug, "statement.import", fmt.Sprint(len(list)), func(tx *store.Tx, con *store.Consultation) error {
		if con.State != consensus.StateDraft && con.State != consensus.StateAnnounced || con.Joint && !con.Convener {
			return consensus.ErrConflict
		}
		added = make([]Statement, 0, len(list))
		last, err := highestNumber(tx, con)
		if err != nil {
			return err
		}
		if last+len(list) > consensus.MostStatements {
			return consensus.ErrTooMany
		}
		for i, seed := range list {
			st, err := consensus.NewImported(newID(), PlainText(nfc(seed.Text), 4*consensus.MaxImported), seed.Lang, seed.Meta, s.now())
			if err != nil {
				return err
			}
			st.Publish(last+1+i, s.now())
			added = append(added, Statement{Statement: st, Consultation: con.ID})
			if err := tx.Statements.Insert(store.StatementKey(con.ID, st.ID), added[i]); err != nil {
				return err
			}
		}
		_, err = tx.Generations.Next(statementsGeneration(con.ID))
		return err
	})
	return added, err
}

// seed adds one statement of the office. A member of a joint consultation offers
// it to the convener, who numbers it.
func (s *Service) seed(tx *store.Tx, con *store.Consultation, text, lang string) (Statement, error) {
	st, err := consensus.NewStatement(newID(), nfc(strings.TrimSpace(text)), lang, consensus.MaxStatement, s.now())
	if err != nil {
		return Statement{}, err
	}
	st.Seed = true
	added := Statement{Statement: st, Consultation: con.ID}
	if err := unlike(tx, con, added); err != nil {
		return Statement{}, err
	}
	if follows(con) {
		return added, s.offerStatement(tx, con, &added)
	}
	if err := added.Moderate(consensus.Moderation{Action: consensus.ModerateApprove}, s.now()); err != nil {
		return Statement{}, err
	}
	return added, s.publishStatement(tx, con, &added)
}

// beforeEnd: the conversation has not ended.
func beforeEnd(state consensus.State) bool { return !closedForGood(state) }

// unlike refuses a statement that says what another one says.
func unlike(tx *store.Tx, con *store.Consultation, st Statement) error {
	for row, err := range tx.Statements.By("sameness", store.SamenessEntry(con.ID, st.Text)) {
		if err != nil {
			return err
		}
		if row.Value.ID != st.ID {
			return &DuplicateError{row.Value.Statement}
		}
	}
	return nil
}

// publishStatement numbers a statement that became visible, stores it, and
// while people vote makes it a poll of the fediverse (spec: federation.md 5).
func (s *Service) publishStatement(tx *store.Tx, con *store.Consultation, st *Statement) error {
	last, err := highestNumber(tx, con)
	if err != nil {
		return err
	}
	if st.Number == 0 && last >= consensus.MostStatements {
		return consensus.ErrTooMany
	}
	fresh := st.Number == 0
	st.Publish(last+1, s.now())
	if err := putStatement(tx, *st); err != nil {
		return err
	}
	if !fresh || !con.Leaf || con.StartedAt.IsZero() {
		return nil
	}
	return errors.Join(s.openPoll(tx, con, st.ID, st.Number), s.floodPolls(tx, con))
}

func highestNumber(tx *store.Tx, con *store.Consultation) (int, error) {
	last, err := tx.Statements.First(store.Query{Index: "number", Prefix: store.Prefix(con.ID), Reverse: true})
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	return last.Value.Number, err
}

// putStatement stores a change that readers see.
func putStatement(tx *store.Tx, st Statement) error {
	_, err := tx.Generations.Next(statementsGeneration(st.Consultation))
	return errors.Join(tx.Statements.Put(store.StatementKey(st.Consultation, st.ID), st), err)
}

// moderates runs one change to the conversation of a consultation by somebody
// who may do that, with its line in the audit log.
func (s *Service) moderates(ctx context.Context, by consensus.Actor, slug, action, what string, change func(*store.Tx, *store.Consultation) error) error {
	if !by.Roles.May(consensus.ActModerate) && !by.Roles.May(consensus.ActDraft) {
		return AsError(consensus.ErrForbidden)
	}
	return s.changeTalk(ctx, by, slug, action, what, change)
}

// changeTalk is moderates without a role of its own: the caller has checked who
// may do this.
func (s *Service) changeTalk(ctx context.Context, by consensus.Actor, slug, action, what string, change func(*store.Tx, *store.Consultation) error) error {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		id, err := tx.Consultations.KeyOf("slug", slug)
		if err != nil {
			return err
		}
		con, err := s.cachedConsultation(tx, id)
		if err != nil {
			return err
		}
		if _, ok := con.Definition.StatementsQuestion(); !ok {
			return fmt.Errorf("statements of %s: %w", slug, store.ErrNotFound)
		}
		return errors.Join(change(tx, con), s.AuditIn(tx, by.ID, action, slug, what))
	})
	if err != nil {
		return AsError(fmt.Errorf("%s: %w", action, err))
	}
	s.poke()
	return nil
}

// ModerateStatement decides about one statement: approve, reject, hide, merge
// or restore (spec: product.md 4.2). Votes on a merged statement stay with it.
func (s *Service) ModerateStatement(ctx context.Context, by consensus.Actor, slug, id string, d Decision) error {
	return s.moderates(ctx, by, slug, "statement."+clean(d.Action, 20), id+" "+d.Reason, func(tx *store.Tx, con *store.Consultation) error {
		if d.Action == consensus.ModerateWithdraw || !beforeEnd(con.State) && d.Action != consensus.ModerateHide {
			return consensus.ErrConflict
		}
		st, err := tx.Statements.Get(store.StatementKey(con.ID, id))
		if err != nil {
			return err
		}
		if st.Appealed() {
			return refuse(CodeConflict, "error.appeal-waits", consensus.ErrConflict)
		}
		st.Decider = by.ID
		if follows(con) {
			return s.moderateHere(tx, con, &st, d)
		}
		m := consensus.Moderation{Action: d.Action, Reason: d.Reason, Text: nfc(d.Text)}
		if d.Action == consensus.ModerateMerge {
			into, err := tx.Statements.Only("number", store.NumberEntry(con.ID, d.Into))
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if err != nil || into.Value.State != consensus.StatementVisible || into.Value.ID == st.ID {
				return refuse(CodeInvalid, "error.statement-into", consensus.ErrConflict)
			}
			m.Into = &into.Value.Statement
		}
		if err := st.Moderate(m, s.now()); err != nil {
			return err
		}
		if st.State == consensus.StatementVisible {
			if err := unlike(tx, con, st); err != nil {
				return err
			}
			return s.publishStatement(tx, con, &st)
		}
		return putStatement(tx, st)
	})
}

// EditStatement corrects the text of a statement; 409 once somebody has voted
// on it.
func (s *Service) EditStatement(ctx context.Context, by consensus.Actor, slug, id, text string) error {
	return s.moderates(ctx, by, slug, "statement.edit", id+" "+text, func(tx *store.Tx, con *store.Consultation) error {
		st, err := tx.Statements.Get(store.StatementKey(con.ID, id))
		if err != nil {
			return err
		}
		if follows(con) && (st.Number > 0 || st.Offer != "") {
			return consensus.ErrConvener
		}
		if con.Joint && st.Number > 0 && !con.StartedAt.IsZero() {
			return consensus.ErrFrozen // members may hold votes on it
		}
		if err := st.Edit(nfc(strings.TrimSpace(text)), s.now()); err != nil {
			return err
		}
		if err := unlike(tx, con, st); err != nil {
			return err
		}
		return putStatement(tx, st)
	})
}

// LockInstrument makes the conversation read-only, or opens it again: nobody
// votes and nobody sends statements in, what was said stays readable. Closing
// needs a reason, which everybody can read.
func (s *Service) LockInstrument(ctx context.Context, by consensus.Actor, slug string, locked bool, reason string) error {
	if reason = clean(strings.TrimSpace(reason), 500); locked && reason == "" {
		return refuse(CodeInvalid, "error.reason-needed", consensus.ErrReason)
	}
	if !locked {
		reason = ""
	}
	what := map[bool]string{true: "lock", false: "unlock"}[locked]
	return s.moderates(ctx, by, slug, "statement."+what, reason, func(tx *store.Tx, con *store.Consultation) error {
		changed := *con
		changed.Locked, changed.LockReason = locked, reason
		return putConsultation(tx, &changed)
	})
}

// SetSeedsFirst says whether the statements of the office are asked before those of
// residents.
func (s *Service) SetSeedsFirst(ctx context.Context, by consensus.Actor, slug string, first bool) error {
	return s.moderates(ctx, by, slug, "statement.seedsFirst", fmt.Sprint(first), func(tx *store.Tx, con *store.Consultation) error {
		changed := *con
		changed.SeedsFirst = first
		return putConsultation(tx, &changed)
	})
}

// Statements lists the statements of a consultation in these states, or all:
// published ones by number, then the others in the order they came in.
func (s *Service) Statements(ctx context.Context, consultation string, states ...consensus.StatementState) ([]Statement, error) {
	var published, others []Statement
	err := s.store.View(ctx, func(tx *store.Tx) error {
		published, others = nil, nil
		for row, err := range tx.Statements.By("number", store.Prefix(consultation)) {
			if err != nil {
				return err
			}
			if wanted(row.Value, states) {
				published = append(published, row.Value)
			}
		}
		for row, err := range tx.Statements.List(store.Prefix(consultation)) {
			if err != nil {
				return err
			}
			if row.Value.Number == 0 && wanted(row.Value, states) {
				others = append(others, row.Value)
			}
		}
		return nil
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("list statements: %w", err))
	}
	return append(published, others...), nil
}

func wanted(st Statement, states []consensus.StatementState) bool {
	if len(states) == 0 {
		return true
	}
	for _, state := range states {
		if st.State == state {
			return true
		}
	}
	return false
}
