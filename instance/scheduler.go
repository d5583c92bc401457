// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/consensus/tally"
	"polder/instance/store"
)

var zeroTime time.Time

func parseTime(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil
}

// tickEvery is the pace of the scheduler when nothing wakes it.
func (s *Service) tickEvery() time.Duration {
	if s.opt.Dev {
		return 250 * time.Millisecond
	}
	return 10 * time.Second
}

// Run does the background work until ctx ends: inbox jobs, deliveries, the
// scheduler and the puller, each one goroutine of its own.
func (s *Service) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.jobs.run(ctx) })
	group.Go(func() error { return s.deliver.run(ctx) })
	group.Go(func() error { return s.schedule(ctx) })
	group.Go(func() error { return s.pullLoop(ctx) })
	err := group.Wait()
	flush, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	return errors.Join(err, s.FlushPeerLog(flush))
}

func (s *Service) schedule(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := s.Tick(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("scheduler", "err", err)
		}
		timer := time.NewTimer(s.tickEvery())
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// Tick does what is due now: start-up guard, phases, tallies, Rosters, totals,
// poll updates. Every part is safe to repeat and to interrupt.
func (s *Service) Tick(ctx context.Context) error {
	var all error
	for _, part := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"start-up guard", s.passGuard},
		{"memberships", s.confirmMemberships},
		{"phases", s.advanceAll},
		{"tallies", s.publishTallies},
		{"rosters", s.publishRosters},
		{"statements", s.tellLists},
		{"totals", s.publishAggregates},
		{"opinion groups", s.runOpinions},
		{"opinion rounds", s.runRounds},
		{"keys", s.destroyKeys},
		{"polls", s.updateAllPolls},
		{"peer log", s.FlushPeerLog},
		{"expiry", s.expire},
	} {
		if err := part.do(ctx); err != nil {
			all = errors.Join(all, fmt.Errorf("%s: %w", part.name, err))
		}
	}
	return all
}

// advanceAll moves every consultation whose time has come.
func (s *Service) advanceAll(ctx context.Context) error {
	list, err := s.Consultations(ctx, false)
	if err != nil {
		return err
	}
	for _, con := range list {
		if err := s.advanceOne(ctx, con); err != nil {
			return fmt.Errorf("%s: %w", con.Slug, err)
		}
	}
	return nil
}

func (s *Service) advanceOne(ctx context.Context, con *store.Consultation) error {
	for range 3 { // start and end may both be due after a long stop
		kind, due := con.Due(s.zoned())
		if !due {
			break
		}
		if err := s.StepConsultation(ctx, consensus.Clock(), con.Slug, consensus.Event{Kind: kind}); err != nil {
			return err
		}
		fresh, err := s.ConsultationBySlug(ctx, con.Slug)
		if err != nil {
			return err
		}
		con = fresh
	}
	return s.advanceCount(ctx, con)
}

// advanceCount moves the count of a closed consultation along: flush, counted,
// objection, final. It leaves flush only when every vote that came in before
// closing has been handled and the ballots agree with the counts.
func (s *Service) advanceCount(ctx context.Context, con *store.Consultation) error {
	if con.State != consensus.StateAnswering || con.Definition == nil || con.Counting == consensus.CountingFinal {
		return nil
	}
	paper := con.Definition.IsOfficial(eligibility.Paper)
	stage := con.Deadlines().Counting(s.now(), s.slack(), paper)
	if stage == con.Counting || stage == consensus.CountingNone {
		return nil
	}
	if con.Counting == consensus.CountingFlush && con.Leaf {
		ready, err := s.flushed(ctx, con)
		if err != nil || !ready {
			return err
		}
	}
	return s.changeConsultation(ctx, con.Slug, func(_ *store.Tx, now *store.Consultation) error {
		now.Counting = stage
		return nil
	})
}

func (s *Service) flushed(ctx context.Context, con *store.Consultation) (bool, error) {
	pending := false
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		pending, err = jobsReceivedBefore(tx, con.ClosesAt)
		return err
	})
	if err != nil || pending {
		return false, err
	}
	return true, s.Recount(ctx, con)
}

func (s *Service) publishTallies(ctx context.Context) error {
	list, err := s.Consultations(ctx, false)
	if err != nil {
		return err
	}
	for _, con := range list {
		var c store.Counting
		err := s.store.View(ctx, func(tx *store.Tx) (err error) {
			c, err = tx.Counting.Get(con.ID)
			if errors.Is(err, store.ErrNotFound) {
				return nil
			}
			return err
		})
		if err != nil {
			return err
		}
		status, due := s.tallyDue(con, c)
		if !due {
			continue
		}
		if err := s.publishTally(ctx, con, status); err != nil {
			return err
		}
	}
	return nil
}

// destroyKeys removes K_c of every consultation whose final tally is signed. A
// count of opinion groups that is under way is finished first: without the rows
// a place would be missing from it.
func (s *Service) destroyKeys(ctx context.Context) error {
	list, err := s.Consultations(ctx, false)
	if err != nil {
		return err
	}
	for _, con := range list {
		if !con.Leaf || con.Destroyed || con.Counting != consensus.CountingFinal {
			continue
		}
		var c store.Counting
		var st store.Rounds
		var groups store.Groups
		err := s.store.View(ctx, func(tx *store.Tx) (err error) {
			if st, err = roundsIn(tx, con.ID); err != nil {
				return err
			}
			if groups, err = tx.Groups.Get(con.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			c, err = tx.Counting.Get(con.ID)
			if errors.Is(err, store.ErrNotFound) {
				err = nil
			}
			return err
		})
		if err != nil {
			return err
		}
		settled := c.Status == tally.StatusFinal || c.Status == tally.StatusCorrected
		if !settled || s.awaitsGroups(con, st, groups.Final) {
			continue
		}
		if err := s.destroyKey(ctx, con); err != nil {
			return err
		}
	}
	return nil
}

// awaitsGroups is true while a conversation has no final opinion groups, for a
// day at most.
func (s *Service) awaitsGroups(con *store.Consultation, st store.Rounds, local bool) bool {
	_, talks := con.Definition.StatementsQuestion()
	done := local
	if con.Joint {
		done = st.Finished
	}
	return talks && !done && s.now().Before(con.ObjectionUntil.Add(24*time.Hour))
}

// destroyKey removes K_c once objections are over: from then on nobody can go
// from a person to a ballot.
func (s *Service) destroyKey(ctx context.Context, con *store.Consultation) error {
	if err := s.keys.DestroyConsultationKey(con.ID); err != nil {
		return err
	}
	s.mu.Lock()
	delete(s.kcs, con.ID)
	s.mu.Unlock()
	return s.changeConsultation(ctx, con.Slug, func(tx *store.Tx, now *store.Consultation) error {
		now.Destroyed = true
		return forgetRows(tx, now)
	})
}

func (s *Service) updateAllPolls(ctx context.Context) error {
	list, err := s.Consultations(ctx, false)
	if err != nil {
		return err
	}
	for _, con := range list {
		if !con.Leaf || con.Definition == nil || con.StartedAt.IsZero() ||
			con.State != consensus.StateOpen && con.State != consensus.StateAnswering {
			continue
		}
		due := false
		err := s.store.View(ctx, func(tx *store.Tx) (err error) {
			due, err = s.pollsDue(tx, con)
			return err
		})
		if err == nil && due {
			err = s.store.Update(ctx, func(tx *store.Tx) error {
				return errors.Join(s.floodPolls(tx, con), s.updatePolls(tx, con))
			})
		}
		if err != nil {
			return fmt.Errorf("update polls of %s: %w", con.Slug, err)
		}
	}
	return nil
}
