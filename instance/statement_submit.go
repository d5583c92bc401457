// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance/store"
)

// mostPending is how many statements of one person may wait for a moderator.
const mostPending = 10

// SubmitStatement takes a statement of somebody who has voted on at least five.
// It waits for a moderator; nothing is shown before that. Its author is known by
// row key alone.
func (s *Service) SubmitStatement(ctx context.Context, slug string, voter Voter, text, lang string) (Statement, error) {
	if !s.guard.passed() {
		return Statement{}, refuse(CodeUnavailable, "error.guard-wait", errGuard)
	}
	var sent Statement
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		id, err := tx.Consultations.KeyOf("slug", slug)
		if err != nil {
			return err
		}
		con, err := s.cachedConsultation(tx, id)
		if err != nil {
			return err
		}
		if sent, err = s.submitted(tx, con, voter, text, lang); err != nil {
			return err
		}
		return tx.Statements.Insert(store.StatementKey(con.ID, sent.ID), sent)
	})
	if err != nil {
		return Statement{}, AsError(fmt.Errorf("submit statement: %w", err))
	}
	return sent, nil
}

func (s *Service) submitted(tx *store.Tx, con *store.Consultation, voter Voter, text, lang string) (Statement, error) {
	frame, ok := con.Definition.StatementsQuestion()
	if !ok {
		return Statement{}, store.ErrNotFound
	}
	if err := con.TakesStatements(con.Locked, s.now()); err != nil {
		return Statement{}, err
	}
	kc, err := s.consultationKey(con.ID)
	if err != nil {
		return Statement{}, err
	}
	row, err := ownRow(tx, con, frame, kc, voter)
	if err != nil {
		return Statement{}, err
	}
	if err := consensus.MaySubmit(len(row.Votes)); err != nil || voter.Identity == "" {
		return Statement{}, errors.Join(consensus.ErrTooFewVotes, err)
	}
	st, err := consensus.NewStatement(newID(), nfc(strings.TrimSpace(text)), lang, consensus.MaxStatement, s.now())
	if err != nil {
		return Statement{}, err
	}
	key := eligibility.NewRowKey(kc, voter.Level, frame.ID, voter.Identity).String()
	sent := Statement{Statement: st, Consultation: con.ID, Author: key}
	if err := roomFor(tx, con, key); err != nil {
		return Statement{}, err
	}
	return sent, unlike(tx, con, sent)
}

// roomFor refuses somebody whose statements already fill the queue.
func roomFor(tx *store.Tx, con *store.Consultation, author string) error {
	pending := 0
	for row, err := range tx.Statements.By("author", store.Key(con.ID, author)) {
		if err != nil {
			return err
		}
		if row.Value.State == consensus.StatementPending {
			pending++
		}
	}
	if pending >= mostPending {
		return refuse(CodeLimited, "error.statement-pending", nil)
	}
	return nil
}

// NextStatement is the statement that a voter is asked now, "" if none is left.
func (s *Service) NextStatement(ctx context.Context, consultation string, voter Voter) (string, error) {
	next := ""
	err := s.store.View(ctx, func(tx *store.Tx) error {
		con, err := s.cachedConsultation(tx, consultation)
		if err != nil {
			return err
		}
		t, err := s.talk(tx, con)
		if err != nil || t.frame == nil {
			return err
		}
		var row store.OpinionRow
		kc, _ := s.consultationKey(con.ID) // without it nobody is known any more
		if kc != nil && voter.Identity != "" {
			if row, err = ownRow(tx, con, t.frame, kc, voter); err != nil {
				return err
			}
		}
		next = s.nextStatement(t, con, row, s.drawFor(kc, voter, len(row.Votes)))
		return nil
	})
	if err != nil {
		return "", AsError(fmt.Errorf("next statement: %w", err))
	}
	return next, nil
}

// Participation is what one person did in a conversation: for that person alone.
type Participation struct {
	Votes int         // on statements
	Sent  []Statement // own ones, the newest first; Author is not filled
}

// MyParticipation reads it. Nobody but the holder of the cookie or code can ask:
// the identity is the key.
func (s *Service) MyParticipation(ctx context.Context, consultation string, voter Voter) (Participation, error) {
	var out Participation
	kc, err := s.consultationKey(consultation)
	if err != nil || voter.Identity == "" {
		return out, nil // K_c is destroyed, or nobody: nothing is known
	}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		out = Participation{}
		con, err := s.cachedConsultation(tx, consultation)
		if err != nil {
			return err
		}
		frame, ok := con.Definition.StatementsQuestion()
		if !ok {
			return nil
		}
		row, err := ownRow(tx, con, frame, kc, voter)
		if err != nil {
			return err
		}
		out.Votes = len(row.Votes)
		key := eligibility.NewRowKey(kc, voter.Level, frame.ID, voter.Identity).String()
		for row, err := range tx.Statements.ByReverse("author", store.Key(con.ID, key)) {
			if err != nil {
				return err
			}
			row.Value.Author, row.Value.Decider = "", ""
			out.Sent = append(out.Sent, row.Value)
		}
		return nil
	})
	if err != nil {
		return out, AsError(fmt.Errorf("participation: %w", err))
	}
	return out, nil
}
