// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"polder/consensus/opinion"
	"polder/consensus/tally"
	"polder/instance/store"
)

// sumRound adds up the shares of the members of a hub for the open step and
// sends the sum, once all have answered or most of the time is over; again if
// one comes in after that. Too few people or places for a sum go on to the
// convener one by one (spec: opinion.md 12).
func (s *Service) sumRound(ctx context.Context, con *store.Consultation) (bool, error) {
	if !con.Hub || con.Convener || !s.guard.passed() {
		return false, nil
	}
	q, err := s.readQuestion(ctx, con)
	if err != nil || q.open == nil || q.opening == nil {
		return false, err
	}
	shares, waiting, err := s.sharesToSum(ctx, con, q)
	if err != nil || len(shares) == 0 {
		return false, err
	}
	if waiting && s.now().Before(lastCall(q.open)) {
		return false, nil
	}
	inputs := sumOf(q.open, shares)
	before := q.state.Hub
	if before.Inputs == inputs {
		return false, nil
	}
	if before.Sum == "" && strings.HasPrefix(before.Inputs, q.open.Digest) { // it has begun to forward
		return true, s.forwardShares(ctx, con, unsent(shares, before.Inputs), inputs)
	}
	return true, s.sendSum(ctx, con, q, shares, inputs)
}

func unsent(shares []*opinion.Share, inputs string) []*opinion.Share {
	return slices.DeleteFunc(slices.Clone(shares), func(x *opinion.Share) bool { return strings.Contains(inputs, x.Digest) })
}

// lastCall is when a hub stops waiting, so that its sum arrives in time.
func lastCall(r *opinion.Round) time.Time {
	return r.Published.Add(r.Deadline.Sub(r.Published) * 3 / 4)
}

// sumOf names what a sum is made of.
func sumOf(r *opinion.Round, shares []*opinion.Share) string {
	parts := []string{r.Digest}
	for _, x := range shares {
		parts = append(parts, x.Digest)
	}
	return strings.Join(parts, " ")
}

// sharesToSum reads the shares of the open step that this hub may read, by
// area. Waiting tells whether a member that is active has not answered.
func (s *Service) sharesToSum(ctx context.Context, con *store.Consultation, q question) (shares []*opinion.Share, waiting bool, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		shares, waiting = nil, false
		for _, m := range q.roster.Leaves(s.Actor()) {
			slot, err := tx.Shares.Get(store.ShareSlotKey(con.ID, q.open.Epoch, q.open.Step, m.Area))
			if errors.Is(err, store.ErrNotFound) {
				waiting = waiting || m.Status == tally.MemberActive
				continue
			}
			if err != nil {
				return err
			}
			x, err := readShare(tx, slot.Digest, q.opening.EngineColumns())
			if errors.Is(err, store.ErrNotFound) {
				continue // its blobs are for the convener alone
			}
			if err != nil {
				return err
			}
			shares = append(shares, x)
		}
		return nil
	})
	slices.SortFunc(shares, func(a, b *opinion.Share) int { return compareStrings(a.Area, b.Area) })
	return shares, waiting, err
}

func (s *Service) sendSum(ctx context.Context, con *store.Consultation, q question, shares []*opinion.Share, inputs string) error {
	if q.open.Step == 1 {
		if again, err := s.sendSumAgain(ctx, con, q, shares, inputs); err != nil || again {
			return err
		}
	}
	h := s.shareHeader(con, q.state.Hub.Revision.Number, false)
	if me, ok := q.roster.MemberByActor(s.Actor()); ok {
		h.Area, h.MemberEpoch = me.Area, me.Epoch
	}
	if q.state.Hub.Sum != "" && strings.HasPrefix(q.state.Hub.Inputs, q.open.Digest) {
		h.Previous = &opinion.Ref{Revision: q.state.Hub.Revision.Number, Digest: q.state.Hub.Revision.Digest}
	}
	made, err := opinion.NewAggregateShare(h, q.open, *q.opening.Params, shares)
	if errors.Is(err, opinion.ErrLone) {
		return s.forwardShares(ctx, con, shares, inputs)
	}
	if err != nil {
		return fmt.Errorf("sum for %s: %w", q.open.ID, err)
	}
	if err := s.signShare(made.Share); err != nil {
		return err
	}
	to := s.above(con, q)
	return s.sendShare(ctx, con, made, to, s.readersAbove(con, q, to), func(r *store.Rounds) {
		r.Hub = store.HubRounds{Inputs: inputs, Sum: made.Share.Digest,
			Revision: store.Revision{Number: made.Share.Revision, Digest: made.Share.Digest}}
	})
}

// sendSumAgain: when all members sent the shares of a former epoch once more,
// so does the hub with their sum.
func (s *Service) sendSumAgain(ctx context.Context, con *store.Consultation, q question, shares []*opinion.Share, inputs string) (bool, error) {
	if !slices.ContainsFunc(shares, func(x *opinion.Share) bool { return x.Epoch < q.open.Epoch }) {
		return false, nil
	}
	var old *opinion.Share
	err := s.store.View(ctx, func(tx *store.Tx) error {
		for row, err := range tx.Signed.By("chain", store.ChainPrefix(con.Root, typeShare, opinion.KindAggregate, s.opt.Area)) {
			if err != nil {
				return err
			}
			x, err := opinion.ParseShare(row.Value.Raw)
			if err != nil {
				return err
			}
			if row.Value.Own && x.Phase == opinion.PhaseStats && x.Epoch < q.open.Epoch {
				old = x
			}
		}
		return nil
	})
	if err != nil || old == nil || old.ColumnsDigest != q.open.ColumnsDigest || len(old.Inputs) != len(shares) {
		return false, err
	}
	for _, x := range shares {
		if !slices.Contains(old.Inputs, x.Input()) {
			return false, nil
		}
	}
	return true, s.sendShare(ctx, con, &opinion.NewShare{Share: old}, s.above(con, q), nil, func(r *store.Rounds) {
		r.Hub.Inputs = inputs
	})
}

// forwardShares hands the shares themselves to the convener, as they are
// signed.
func (s *Service) forwardShares(ctx context.Context, con *store.Consultation, shares []*opinion.Share, inputs string) error {
	s.meet(ctx, con.ConvenerActor)
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		st, err := roundsIn(tx, con.ID)
		if err != nil {
			return err
		}
		st.Hub.Inputs, st.Hub.Sum = inputs, ""
		if err := tx.Rounds.Put(con.ID, st); err != nil {
			return err
		}
		for _, x := range shares {
			if err := s.forwardShare(tx, con, x); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("forward shares of %s: %w", con.Slug, err)
	}
	return nil
}

func (s *Service) forwardShare(tx *store.Tx, con *store.Consultation, x *opinion.Share) error {
	return s.sendSigned(tx, x.Raw, []string{publicID}, []string{s.knownInbox(tx, con.ConvenerActor)})
}

// above is who takes the sum of this hub.
func (s *Service) above(con *store.Consultation, q question) []string {
	if me, ok := q.roster.MemberByActor(s.Actor()); ok && me.Parent != "" {
		return []string{me.Parent}
	}
	return []string{con.ConvenerActor}
}

func (s *Service) readersAbove(con *store.Consultation, q question, to []string) []string {
	readers := withAll(to, con.ConvenerActor)
	for _, a := range q.roster.Auditors {
		readers = withAll(readers, a.Actor)
	}
	return readers
}
