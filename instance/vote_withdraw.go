// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance/store"
)

// WithdrawVote takes back the ballot of c's voter on one question, as long as
// it could still be changed; c.Options is not read. Ballot, counts and the
// mark that a new tally is due are one transaction. Withdrawing what is not
// there changes nothing and is no error. A fediverse vote cannot be withdrawn
// here.
func (s *Service) WithdrawVote(ctx context.Context, c Cast) error {
	if !s.guard.passed() {
		return refuse(CodeUnavailable, "error.guard-wait", errGuard)
	}
	if c.Level == eligibility.Fediverse {
		return AsError(consensus.ErrLevel)
	}
	kc, err := s.consultationKey(c.Consultation)
	if err != nil {
		return err
	}
	key := eligibility.NewVoterKey(kc, c.Level, c.Question, c.Identity)
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		con, err := s.cachedConsultation(tx, c.Consultation)
		if err != nil {
			return err
		}
		return s.withdrawIn(tx, con, c, kc, key)
	})
	if err != nil {
		return AsError(fmt.Errorf("withdraw vote: %w", err))
	}
	return nil
}

func (s *Service) withdrawIn(tx *store.Tx, con *store.Consultation, c Cast, kc []byte, key eligibility.VoterKey) error {
	about, err := subjectOf(tx, con, c.Question)
	if err != nil {
		return err
	}
	place := store.Key(c.Consultation, c.Question, key.String())
	prev, old, err := standing(tx, place, c.Question, key)
	if err != nil || prev == nil {
		return err
	}
	// The rule that lets the same ballot in again says whether it could still
	// be changed now.
	if _, err := about.accept(con, *prev, prev, c); !errors.Is(err, consensus.ErrUnchanged) {
		return err
	}
	err = tx.Counts.Modify(store.Key(c.Consultation, c.Question), func(counts *store.QuestionCounts) error {
		counts.Add(old, -1)
		return nil
	})
	return errors.Join(err, tx.Ballots.Delete(place), about.keep(tx, s.conversations, con, c, kc, nil), markDirty(tx, c.Consultation))
}
