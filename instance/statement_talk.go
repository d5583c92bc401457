// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance/store"
)

// talk is everything that can be voted on in one consultation now: the
// questions of the definition and the visible statements of its conversation.
// It is immutable and shared.
type talk struct {
	con, statements int64 // generations it was made from
	frame           *consensus.DefinitionQuestion
	asked           []consensus.DefinitionQuestion // polls first, then one per visible statement by number
	fixed           int                            // of them are polls
	visible         []consensus.Statement          // asked[fixed:]
	highest         int                            // number given so far
	at              map[string]int                 // statement id -> index in visible
	byNumber        map[int]string                 // of every published statement, removed ones included
}

// statementsGeneration is the name of the counter that moves when a statement
// becomes visible, is removed or gets another text.
func statementsGeneration(consultation string) string { return store.Key(consultation, "statements") }

// talk gives what is asked, from memory unless something changed.
func (s *Service) talk(tx *store.Tx, con *store.Consultation) (*talk, error) {
	gen, err := tx.Generations.Get(statementsGeneration(con.ID))
	if err != nil {
		return nil, err
	}
	s.mu.RLock()
	t := s.talks[con.ID]
	s.mu.RUnlock()
	if t != nil && t.con == con.Generation && t.statements == gen {
		return t, nil
	}
	if t, err = readTalk(tx, con); err != nil {
		return nil, err
	}
	t.con, t.statements = con.Generation, gen
	s.mu.Lock()
	s.talks[con.ID] = t
	s.mu.Unlock()
	return t, nil
}

func readTalk(tx *store.Tx, con *store.Consultation) (*talk, error) {
	t := &talk{at: map[string]int{}, byNumber: map[int]string{}}
	if con.Definition == nil {
		return t, nil
	}
	frame, ok := con.Definition.StatementsQuestion()
	if !ok {
		t.asked, t.fixed = con.Definition.Questions, len(con.Definition.Questions)
		return t, nil
	}
	t.frame = frame
	for _, q := range con.Definition.Questions {
		if q.Kind != consensus.KindStatements {
			t.asked = append(t.asked, q)
		}
	}
	t.fixed = len(t.asked)
	for row, err := range tx.Statements.By("number", store.Prefix(con.ID)) {
		if err != nil {
			return nil, err
		}
		st := row.Value.Statement
		t.highest, t.byNumber[st.Number] = st.Number, st.ID
		if st.State != consensus.StatementVisible {
			continue
		}
		t.at[st.ID] = len(t.visible)
		t.visible = append(t.visible, st)
		t.asked = append(t.asked, st.AsQuestion(frame))
	}
	return t, nil
}

// subject is what a ballot is about.
type subject struct {
	frame     *consensus.DefinitionQuestion // of the conversation; nil for a poll question
	statement store.Statement
}

// subjectOf finds what somebody votes on.
func subjectOf(tx *store.Tx, con *store.Consultation, question string) (subject, error) {
	frame, ok := con.Definition.StatementsQuestion()
	if !ok {
		return subject{}, nil
	}
	if q, poll := con.Definition.Question(question); poll && q.Kind != consensus.KindStatements {
		return subject{}, nil
	}
	st, err := tx.Statements.Get(store.StatementKey(con.ID, question))
	if errors.Is(err, store.ErrNotFound) {
		return subject{}, fmt.Errorf("statement %s: %w", clean(question, 40), consensus.ErrUnknownQuestion)
	}
	return subject{frame, st}, err
}

func (x *subject) accept(con *store.Consultation, b consensus.Ballot, prev *consensus.Ballot, c Cast) (consensus.Ballot, error) {
	if x.frame == nil {
		return con.Accept(b, prev, c.Received)
	}
	return con.AcceptStatement(&x.statement.Statement, con.Locked, b, prev, c.Received)
}

// keep notes a vote on a statement in the row of its voter, and freezes the
// statement with its first vote. The work does not depend on how many
// statements or voters there are. The ballot is nil when it is taken back.
func (x *subject) keep(tx *store.Tx, mirror *conversations, con *store.Consultation, c Cast, kc []byte, b *store.Ballot) error {
	if x.frame == nil {
		return nil
	}
	if !x.statement.Frozen {
		x.statement.Frozen = true
		if err := tx.Statements.Put(store.StatementKey(con.ID, x.statement.ID), x.statement); err != nil {
			return err
		}
	}
	place := rowPlace(con, x.frame, kc, Voter{c.Level, c.Identity})
	tx.AfterCommit(func() { mirror.changedRow(con.ID, place) })
	row, err := tx.Rows.Get(place)
	fresh := errors.Is(err, store.ErrNotFound)
	if err != nil && !fresh {
		return err
	}
	row.Level = c.Level
	if b == nil {
		row.Votes = row.Votes.Without(x.statement.Number)
	} else if value, ok := consensus.VoteValue(b.Options); ok {
		row.Votes = row.Votes.With(x.statement.Number, value)
	}
	gone := len(row.Votes) == 0
	if gone {
		err = tx.Rows.Delete(place)
	} else {
		err = tx.Rows.Put(place, row)
	}
	if err == nil && fresh != gone {
		err = countPeople(tx, con, x.frame, c.Level, fresh)
	}
	return err
}

// countPeople keeps the number of people with at least one vote in the
// conversation, per level, under the id of its question.
func countPeople(tx *store.Tx, con *store.Consultation, frame *consensus.DefinitionQuestion, l eligibility.Level, more bool) error {
	place := store.Key(con.ID, frame.ID)
	counts, err := tx.Counts.Get(place)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if counts.Ballots == nil {
		counts.Ballots = map[eligibility.Level]int64{}
	}
	if more {
		counts.Ballots[l]++
	} else {
		counts.Ballots[l]--
	}
	return tx.Counts.Put(place, counts)
}

func rowPlace(con *store.Consultation, frame *consensus.DefinitionQuestion, kc []byte, v Voter) string {
	return store.Key(con.ID, eligibility.NewRowKey(kc, v.Level, frame.ID, v.Identity).String())
}

// ownRow is the row of a voter; an empty one if there is none.
func ownRow(tx *store.Tx, con *store.Consultation, frame *consensus.DefinitionQuestion, kc []byte, v Voter) (store.OpinionRow, error) {
	row, err := tx.Rows.Get(rowPlace(con, frame, kc, v))
	if errors.Is(err, store.ErrNotFound) {
		return store.OpinionRow{Level: v.Level}, nil
	}
	return row, err
}

// SetPriorities replaces the weights by which the next statement is drawn, by
// statement id. They are computed elsewhere, never inside a vote request; where
// there is none the weight is 1 (spec: opinion.md 11).
func (s *Service) SetPriorities(consultation string, weights map[string]float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.priorities[consultation] = weights
}

// nextStatement draws the next statement for somebody who voted row; "" if none
// is left. Somebody known gets the same one until the next vote, so that
// reloading a page changes nothing.
func (s *Service) nextStatement(t *talk, con *store.Consultation, row store.OpinionRow, draw float64) string {
	waiting := slices.Clone(t.visible)
	waiting = slices.DeleteFunc(waiting, func(st consensus.Statement) bool {
		_, voted := row.Votes.Of(st.Number)
		return voted
	})
	s.mu.RLock()
	weights := s.priorities[con.ID]
	s.mu.RUnlock()
	i := consensus.DrawStatement(waiting, weights, con.SeedsFirst, draw)
	if i < 0 {
		return ""
	}
	return waiting[i].ID
}

// drawFor is a number in [0, 1): the injected source for somebody unknown, else
// one that follows from the voter and how much they voted.
func (s *Service) drawFor(kc []byte, v Voter, votes int) float64 {
	if v.Identity == "" || kc == nil {
		if s.opt.Draw != nil {
			return s.opt.Draw()
		}
		return rand.Float64()
	}
	key := eligibility.NewVoterKey(kc, v.Level, "next "+strconv.Itoa(votes), v.Identity)
	return float64(binary.BigEndian.Uint64(key[:])>>11) / (1 << 53)
}
