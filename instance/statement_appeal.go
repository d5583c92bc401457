// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance/store"
)

// MostAppeal is the length of an appeal, and of its answer, in characters.
const MostAppeal = 500

// WithdrawStatement takes back a statement of the voter that waits or is
// visible; votes on it stay stored. The convener of a joint consultation keeps
// what it numbered.
func (s *Service) WithdrawStatement(ctx context.Context, slug string, voter Voter, id string) error {
	return s.changeOwn(ctx, slug, voter, id, func(con *store.Consultation, st *Statement) error {
		if elsewhere(con, st) {
			return consensus.ErrConvener
		}
		if !beforeEnd(con.State) {
			return consensus.ErrConflict
		}
		return st.Moderate(consensus.Moderation{Action: consensus.ModerateWithdraw}, s.now())
	})
}

// AppealStatement asks for a second look at a rejected or hidden statement of
// the voter: once, within consensus.AppealTerm. Somebody else than the first
// decider answers.
func (s *Service) AppealStatement(ctx context.Context, slug string, voter Voter, id, text string) error {
	text = PlainText(nfc(strings.TrimSpace(text)), MostAppeal+1)
	if n := utf8.RuneCountInString(text); n == 0 || n > MostAppeal {
		return refuse(CodeInvalid, "error.appeal-text", nil)
	}
	return s.changeOwn(ctx, slug, voter, id, func(con *store.Consultation, st *Statement) error {
		if st.Appeal != nil || elsewhere(con, st) || !s.now().Before(st.AppealUntil()) {
			return refuse(CodeConflict, "error.appeal", consensus.ErrConflict)
		}
		st.Appeal = &store.Appeal{At: s.now().UTC(), Text: text}
		return nil
	})
}

// changeOwn changes a statement for the person who sent it in. Somebody else's
// is not found.
func (s *Service) changeOwn(ctx context.Context, slug string, voter Voter, id string, change func(*store.Consultation, *Statement) error) error {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		key, err := tx.Consultations.KeyOf("slug", slug)
		if err != nil {
			return err
		}
		con, err := s.cachedConsultation(tx, key)
		if err != nil {
			return err
		}
		st, err := s.ownStatement(tx, con, voter, id)
		if err != nil {
			return err
		}
		if err := change(con, &st); err != nil {
			return err
		}
		return putStatement(tx, st)
	})
	if err != nil {
		return AsError(fmt.Errorf("own statement: %w", err))
	}
	s.poke()
	return nil
}

func (s *Service) ownStatement(tx *store.Tx, con *store.Consultation, voter Voter, id string) (Statement, error) {
	frame, ok := con.Definition.StatementsQuestion()
	if !ok || voter.Identity == "" {
		return Statement{}, store.ErrNotFound
	}
	kc, err := s.consultationKey(con.ID)
	if err != nil {
		return Statement{}, err
	}
	st, err := tx.Statements.Get(store.StatementKey(con.ID, id))
	if err == nil && st.Author != eligibility.NewRowKey(kc, voter.Level, frame.ID, voter.Identity).String() {
		err = store.ErrNotFound
	}
	return st, err
}

// DecideAppeal answers an appeal: granted, the statement becomes visible (again);
// else the first decision stands. Whoever took that cannot answer.
func (s *Service) DecideAppeal(ctx context.Context, by consensus.Actor, slug, id string, grant bool, answer string) error {
	if !by.Roles.May(consensus.ActDecideAppeal) {
		return AsError(consensus.ErrForbidden)
	}
	answer = PlainText(nfc(strings.TrimSpace(answer)), MostAppeal+1)
	if utf8.RuneCountInString(answer) > MostAppeal || !grant && answer == "" {
		return refuse(CodeInvalid, "error.reason-needed", consensus.ErrReason)
	}
	return s.changeTalk(ctx, by, slug, "statement.appeal", fmt.Sprint(id, " ", grant), func(tx *store.Tx, con *store.Consultation) error {
		st, err := tx.Statements.Get(store.StatementKey(con.ID, id))
		if err != nil {
			return err
		}
		if !st.Appealed() || elsewhere(con, &st) || grant && !beforeEnd(con.State) {
			return consensus.ErrConflict
		}
		if st.Decider == by.ID {
			return refuse(CodeForbidden, "error.appeal-same", consensus.ErrForbidden)
		}
		decided := *st.Appeal
		decided.Decided, decided.Granted, decided.Answer = s.now().UTC(), grant, answer
		st.Appeal = &decided
		if !grant {
			return putStatement(tx, st)
		}
		if follows(con) {
			return s.moderateHere(tx, con, &st, Decision{Action: consensus.ModerateRestore})
		}
		return s.restore(tx, con, &st)
	})
}

// restore makes a statement that was rejected or hidden visible.
func (s *Service) restore(tx *store.Tx, con *store.Consultation, st *Statement) error {
	if err := st.Moderate(consensus.Moderation{Action: consensus.ModerateRestore}, s.now()); err != nil {
		return err
	}
	if err := unlike(tx, con, *st); err != nil {
		return err
	}
	return s.publishStatement(tx, con, st)
}
