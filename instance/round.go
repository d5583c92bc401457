// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"polder/consensus"
	"polder/consensus/opinion"
	"polder/consensus/tally"
	"polder/instance/store"
)

// runRounds does what is due in the opinion rounds of every joint conversation:
// as a place with voters, as a hub, as the convener (spec: architecture.md 5.3).
func (s *Service) runRounds(ctx context.Context) error {
	list, err := s.Consultations(ctx, false)
	if err != nil {
		return err
	}
	var all error
	for _, con := range list {
		if !con.Joint || con.Definition == nil {
			continue
		}
		if _, ok := con.Definition.StatementsQuestion(); !ok {
			continue
		}
		if err := s.runRoundsOf(ctx, con); err != nil {
			all = errors.Join(all, fmt.Errorf("%s: %w", con.Slug, err))
		}
	}
	return all
}

func (s *Service) runRoundsOf(ctx context.Context, con *store.Consultation) error {
	for range 3 * maxSteps { // alone, every step follows at once
		did := false
		for _, part := range []func(context.Context, *store.Consultation) (bool, error){s.answerRound, s.sumRound, s.convene} {
			done, err := part(ctx, con)
			if err != nil {
				return err
			}
			did = did || done
		}
		if !did {
			return nil
		}
	}
	return nil
}

// maxSteps of one epoch: stats, 30 moves, score, tally.
const maxSteps = 33

// convene opens an epoch that is due, and closes steps that are complete or
// past their deadline.
func (s *Service) convene(ctx context.Context, con *store.Consultation) (bool, error) {
	if !con.Convener || !s.guard.passed() {
		return false, nil
	}
	st, err := s.roundsState(ctx, con)
	if err != nil {
		return false, err
	}
	if due, final := s.epochDue(con, st); due {
		return s.openEpoch(ctx, con, st, final)
	}
	if st.Epoch == 0 {
		return false, nil
	}
	c, err := s.coordinator(ctx, con, st)
	if err != nil {
		return false, err
	}
	now := s.now().UTC().Truncate(time.Millisecond)
	c.mu.Lock()
	defer c.mu.Unlock()
	var closed *opinion.Closed
	if c.epoch.Done() {
		closed, err = c.epoch.Revise(now)
	} else {
		closed, err = c.epoch.Advance(now)
	}
	if errors.Is(err, opinion.ErrOpen) || errors.Is(err, opinion.ErrUnchanged) {
		return false, nil
	}
	if err == nil {
		err = s.publishStep(ctx, con, c, closed, now)
	}
	if err != nil { // what is on disk holds
		s.rounds.drop(con.ID)
		return false, fmt.Errorf("close a step: %w", err)
	}
	return true, nil
}

func (s *Service) roundsState(ctx context.Context, con *store.Consultation) (st store.Rounds, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		st, err = roundsIn(tx, con.ID)
		return err
	})
	return st, err
}

// epochDue: the final epoch as soon as the ballots are counted; before that one
// a day, if the charter shows results while the conversation is open (spec:
// opinion.md 14.3).
func (s *Service) epochDue(con *store.Consultation, st store.Rounds) (due, final bool) {
	if counted(con) {
		return !st.Final, true
	}
	if con.State != consensus.StateOpen || con.Definition.Results == consensus.ResultsAfterClose || con.StartedAt.IsZero() {
		return false, false
	}
	last := con.StartedAt
	if !st.OpenedAt.IsZero() {
		last = st.OpenedAt
	}
	return s.now().Sub(last) >= s.opt.Timing.ShareGap && (st.Epoch == 0 || st.Convener.Done), false
}

// openEpoch signs the Round that asks everyone for statistics. Without a Roster
// or without statements there is nothing to ask yet.
func (s *Service) openEpoch(ctx context.Context, con *store.Consultation, st store.Rounds, final bool) (bool, error) {
	round, err := s.newOpening(ctx, con, st, final)
	if err != nil || round == nil {
		return false, err
	}
	s.meet(ctx, con.RosterActors...)
	nonce := make([]byte, 16)
	rand.Read(nonce)
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		now, err := roundsIn(tx, con.ID)
		if err != nil {
			return err
		}
		if now.Epoch != st.Epoch {
			return store.ErrExists
		}
		if err := s.sendRound(tx, con, round); err != nil {
			return err
		}
		if now, err = roundsIn(tx, con.ID); err != nil {
			return err
		}
		now.Convener = store.ConvenerRounds{LastRound: store.Revision{Number: round.Revision, Digest: round.Digest},
			LastResult: st.Convener.LastResult, Before: st.Convener.LastResult, Used: st.Convener.Using, Nonce: nonce}
		return tx.Rounds.Put(con.ID, now)
	})
	if err != nil {
		return false, fmt.Errorf("open an epoch: %w", err)
	}
	s.rounds.drop(con.ID)
	return true, nil
}

// newOpening writes step 1 of the next epoch; nil if there is nothing to ask.
func (s *Service) newOpening(ctx context.Context, con *store.Consultation, st store.Rounds, final bool) (round *opinion.Round, err error) {
	now := s.now().UTC()
	r := opinion.Round{AttributedTo: s.Actor(), Context: con.Root, Epoch: st.Epoch + 1, Step: 1, Phase: opinion.PhaseStats,
		Final: final, Revision: opinion.NextRevision(st.Convener.LastRound.Number, now), Published: now,
		Deadline: now.Add(s.opt.Timing.StatsDeadline), Params: s.roundParams(con)}
	if last := st.Convener.LastRound; last.Digest != "" {
		r.Previous = &opinion.Ref{Revision: last.Number, Digest: last.Digest}
	}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		roster, err := latestRosterIn(tx, con.Root)
		if err != nil {
			return err
		}
		r.Roster = &opinion.Ref{ID: roster.ID, Digest: roster.Digest, Revision: roster.Revision}
		r.Columns, err = s.statementColumns(tx, con)
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && len(r.Columns) == 0 {
		return nil, nil //nolint:nilnil // said above
	}
	if err != nil {
		return nil, err
	}
	if round, err = opinion.NewRound(r); err != nil {
		return nil, err
	}
	return round, s.signRound(round)
}

// roundParams are the constants of the method, with the floors of the settings
// and the levels that count (spec: opinion.md 12).
func (s *Service) roundParams(con *store.Consultation) *opinion.Params {
	p := s.opt.Opinion
	if p.KMax == 0 {
		p = opinion.DefaultParams()
	}
	p.Levels = nil
	for _, l := range con.Definition.Official {
		p.Levels = append(p.Levels, string(l))
	}
	return &p
}

func (s *Service) signRound(r *opinion.Round) error {
	raw, err := s.sign(r.Raw)
	if err != nil {
		return err
	}
	r.Raw = raw
	return nil
}

// sendRound keeps a Round of ours, makes it the open step here too and sends it
// to everyone in the Roster.
func (s *Service) sendRound(tx *store.Tx, con *store.Consultation, r *opinion.Round) error {
	if err := s.keepOwn(tx, roundRecord(r)); err != nil {
		return err
	}
	if err := noteRound(tx, con.ID, r); err != nil {
		return err
	}
	return s.sendSigned(tx, r.Raw, []string{publicID}, s.rosterInboxes(tx, con))
}

func (s *Service) keepOwn(tx *store.Tx, rec store.Signed) error {
	rec.Key, rec.Own, rec.Received = s.keys.TallyMultikey(), true, s.now().UTC()
	return tx.Signed.Put(rec.Digest, rec)
}

func (s *Service) rosterInboxes(tx *store.Tx, con *store.Consultation) []string {
	var inboxes []string
	for _, actor := range con.RosterActors {
		if inbox := s.knownInbox(tx, actor); inbox != "" {
			inboxes = append(inboxes, inbox)
		}
	}
	return inboxes
}

// publishStep signs what closing a step gave, keeps and sends it. Members need
// the model and the groups; the outcomes in between are there to be read.
func (s *Service) publishStep(ctx context.Context, con *store.Consultation, c *computation, closed *opinion.Closed, now time.Time) error {
	raw, err := s.sign(closed.Result.Raw)
	if err != nil {
		return err
	}
	closed.Result.Raw = raw
	if closed.Next != nil {
		if err := s.signRound(closed.Next); err != nil {
			return err
		}
	}
	result := closed.Result
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if err := s.keepOwn(tx, resultRecord(result)); err != nil {
			return err
		}
		if err := noteResult(tx, con.ID, result); err != nil {
			return err
		}
		if closed.Full != nil {
			if err := keepBlob(tx, con.ID, closed.Full, auditors(c.roster), s.now().UTC()); err != nil {
				return err
			}
		}
		st, err := roundsIn(tx, con.ID)
		if err != nil {
			return err
		}
		st.Convener.LastResult = store.Revision{Number: result.Revision, Digest: result.Digest}
		st.Convener.Closed = append(st.Convener.Closed, now.UnixMilli())
		st.Convener.Done = closed.Next == nil
		if closed.Exact != nil {
			st.Convener.Late = append(st.Convener.Late, c.epoch.Late())
		}
		if result.Model != nil {
			st.Convener.Using = map[string]string{}
			for _, in := range result.Inputs {
				st.Convener.Using[in.Area] = in.Digest
			}
		}
		if closed.Next != nil {
			st.Convener.LastRound = store.Revision{Number: closed.Next.Revision, Digest: closed.Next.Digest}
		}
		if err := tx.Rounds.Put(con.ID, st); err != nil {
			return err
		}
		return s.sendStep(tx, con, closed)
	})
}

func (s *Service) sendStep(tx *store.Tx, con *store.Consultation, closed *opinion.Closed) error {
	result := closed.Result
	inboxes := s.rosterInboxes(tx, con)
	if len(result.Result) > 0 {
		followers, err := followerInboxes(tx, s.Consultation(con.Slug), capableFollower(tx))
		if err != nil {
			return err
		}
		inboxes = append(inboxes, followers...)
	}
	if result.Model != nil || len(result.Result) > 0 {
		if err := s.sendSigned(tx, result.Raw, []string{publicID}, inboxes); err != nil {
			return err
		}
	}
	if closed.Next == nil {
		return nil
	}
	return s.sendRound(tx, con, closed.Next)
}

func auditors(r *tally.Roster) []string {
	var list []string
	for _, a := range r.Auditors {
		list = append(list, a.Actor)
	}
	return list
}
