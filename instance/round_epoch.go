// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"polder/consensus/opinion"
	"polder/consensus/tally"
	"polder/instance/store"
)

// rounds holds in memory what is rebuilt from disk when it is not there: the
// running computations of a convener and the frozen votes of a member, by
// consultation id.
type rounds struct {
	mu      sync.Mutex
	epochs  map[string]*computation
	members map[string]*opinion.Member
}

// computation is an epoch under way. mu guards the coordinator: shares come in
// while steps are closed.
type computation struct {
	mu     sync.Mutex
	number int64
	epoch  *opinion.Coordinator
	roster *tally.Roster
}

func newRounds() *rounds {
	return &rounds{epochs: map[string]*computation{}, members: map[string]*opinion.Member{}}
}

func (r *rounds) get(consultation string) *computation {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.epochs[consultation]
}

func (r *rounds) set(consultation string, c *computation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epochs[consultation] = c
}

func (r *rounds) drop(consultation string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.epochs, consultation)
}

func (r *rounds) member(consultation string) *opinion.Member {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.members[consultation]
}

func (r *rounds) setMember(consultation string, m *opinion.Member) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.members[consultation] = m
}

func (r *rounds) forget(consultation string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.members, consultation)
}

// offer gives a share that is on disk to the running computation. Without one
// it is found on disk later; one that came after its step was closed stays
// there unused.
func (r *rounds) offer(consultation string, x *opinion.Share) error {
	c := r.get(consultation)
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.epoch.Offer(x)
}

// coordinator gives the running computation of an epoch, rebuilt from the
// documents on disk after a restart: the same shares, closed at the same times,
// give the same steps.
func (s *Service) coordinator(ctx context.Context, con *store.Consultation, st store.Rounds) (*computation, error) {
	if c := s.rounds.get(con.ID); c != nil && c.number == st.Epoch {
		return c, nil
	}
	c := &computation{number: st.Epoch}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		opening, err := readRound(tx, st.Opening)
		if err != nil {
			return err
		}
		rec, err := tx.Signed.Get(opening.Roster.Digest)
		if err != nil {
			return err
		}
		if c.roster, err = tally.ParseRoster(rec.Raw); err != nil {
			return err
		}
		var last *opinion.Ref
		if b := st.Convener.Before; b.Digest != "" {
			last = &opinion.Ref{Revision: b.Number, Digest: b.Digest}
		}
		before, err := s.previousEpoch(tx, con, opening)
		if err != nil {
			return err
		}
		if c.epoch, err = opinion.NewCoordinator(s.asConvener(con, st, c.roster), opening, last, before, st.Convener.Used); err != nil {
			return err
		}
		return replay(tx, con, st, c.epoch)
	})
	if err != nil {
		return nil, fmt.Errorf("rebuild epoch %d: %w", st.Epoch, err)
	}
	s.rounds.set(con.ID, c)
	return c, nil
}

func (s *Service) asConvener(con *store.Consultation, st store.Rounds, roster *tally.Roster) opinion.Convener {
	c := opinion.Convener{Actor: s.Actor(), Context: con.Root, BlobBase: s.blobBase(), K: int64(con.Definition.K),
		Long: s.opt.Timing.StatsDeadline, Short: s.opt.Timing.StepDeadline,
		ShowTotals: con.Definition.Results != "afterClose"}
	copy(c.Nonce[:], st.Convener.Nonce)
	for _, m := range roster.Members {
		switch {
		case m.Role == tally.RoleHub:
			c.Hubs = append(c.Hubs, m.Area)
		case m.Status == tally.MemberActive && m.Count != tally.CountExclude:
			c.Members = append(c.Members, opinion.Contributor{Area: m.Area, Actor: m.Actor})
		}
	}
	return c
}

// replay closes the closed steps of an epoch again with the shares that their
// results name, then offers what has come in for the open one.
func replay(tx *store.Tx, con *store.Consultation, st store.Rounds, epoch *opinion.Coordinator) error {
	results, err := resultsOf(tx, con.Root, st.Epoch)
	if err != nil {
		return err
	}
	if len(results) != len(st.Convener.Closed) {
		return fmt.Errorf("%d results of %d closed steps: %w", len(results), len(st.Convener.Closed), store.ErrCorrupt)
	}
	columns := epoch.Opening.EngineColumns()
	late := st.Convener.Late
	for i, r := range results {
		var used []string
		for _, in := range r.Inputs {
			used = append(used, in.Digest)
		}
		if len(r.Result) > 0 && len(late) > 0 {
			used, late = append(late[0], used...), late[1:]
		}
		if err := offerShares(tx, epoch, used, columns); err != nil {
			return err
		}
		at := time.UnixMilli(st.Convener.Closed[i]).UTC()
		var closed *opinion.Closed
		if epoch.Done() {
			closed, err = epoch.Revise(at)
		} else {
			closed, err = epoch.Advance(at)
		}
		if err != nil {
			return fmt.Errorf("step %d: %w", r.Step, err)
		}
		if closed.Result.Digest != r.Digest {
			return fmt.Errorf("step %d gives another result than it gave: %w", r.Step, store.ErrCorrupt)
		}
	}
	for _, step := range slices.Compact([]int64{1, epoch.Open.Step}) {
		if err := offerSlots(tx, con.ID, epoch, step, columns); err != nil {
			return err
		}
	}
	return nil
}

func offerShares(tx *store.Tx, epoch *opinion.Coordinator, digests []string, columns []opinion.Column) error {
	for _, digest := range digests {
		x, err := readShare(tx, digest, columns)
		if err != nil {
			return err
		}
		if err := epoch.Offer(x); err != nil {
			return err
		}
	}
	return nil
}

// offerSlots offers the shares on disk; one that is refused came too late.
func offerSlots(tx *store.Tx, consultation string, epoch *opinion.Coordinator, step int64, columns []opinion.Column) error {
	for row, err := range tx.Shares.List(store.StepPrefix(consultation, epoch.Opening.Epoch, step)) {
		if err != nil {
			return err
		}
		x, err := readShare(tx, row.Value.Digest, columns)
		if err != nil {
			return err
		}
		var refused opinion.Problem
		if err := epoch.Offer(x); err != nil && !errors.As(err, &refused) {
			return err
		}
	}
	return nil
}

// resultsOf are the results of an epoch, as far as they are here, in the order
// they were made.
func resultsOf(tx *store.Tx, root string, epoch int64) ([]*opinion.RoundResult, error) {
	var list []*opinion.RoundResult
	for row, err := range tx.Signed.By("chain", store.EpochPrefix(root, typeRoundResult, epoch)) {
		if err != nil {
			return nil, err
		}
		r, err := opinion.ParseRoundResult(row.Value.Raw)
		if err != nil {
			return nil, fmt.Errorf("stored result %s: %w", row.Value.Digest, err)
		}
		list = append(list, r)
	}
	return list, nil
}

// previousEpoch is what an interim epoch continues: model and groups of the one
// before, if it had a result. The final epoch starts anew.
func (s *Service) previousEpoch(tx *store.Tx, con *store.Consultation, opening *opinion.Round) (*opinion.Previous, error) {
	if opening.Final || opening.Epoch == 1 {
		return nil, nil //nolint:nilnil // a cold start
	}
	results, err := resultsOf(tx, con.Root, opening.Epoch-1)
	if err != nil {
		return nil, err
	}
	before, err := openingOf(tx, con.Root, opening.Epoch-1)
	if err != nil || before == nil {
		return nil, err
	}
	return opinion.Continue(before, results, opening), nil
}

// openingOf is step 1 of an epoch; nil if it is not here.
func openingOf(tx *store.Tx, root string, epoch int64) (*opinion.Round, error) {
	for row, err := range tx.Signed.By("chain", store.EpochPrefix(root, typeRound, epoch)) {
		if err != nil {
			return nil, err
		}
		r, err := opinion.ParseRound(row.Value.Raw)
		if err != nil || r.Step == 1 {
			return r, err
		}
	}
	return nil, nil //nolint:nilnil // said above
}
