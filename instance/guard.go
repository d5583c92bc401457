// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"polder/consensus/tally"
	"polder/instance/store"
)

// guard is the start-up guard: before anything is signed, a parent or convener
// is asked what it holds of us, so that an instance restored from an old backup
// goes on after its own newest revision and never makes a second one
// (spec: aggregation.md 4.5). Until it has passed, casting answers 503.
type guard struct{ ok atomic.Bool }

func (g *guard) passed() bool { return g.ok.Load() }

// Ready tells whether the guard has passed.
func (s *Service) Ready() bool { return s.guard.passed() }

// passGuard asks; an instance with nobody above it passes at once. One answer
// is enough, and "never seen" is an answer.
func (s *Service) passGuard(ctx context.Context) error {
	if s.guard.passed() {
		return nil
	}
	parents, err := s.guardians(ctx)
	if err != nil {
		return err
	}
	if len(parents) == 0 {
		s.guard.ok.Store(true)
		return nil
	}
	var failures error
	for _, base := range parents {
		err := s.adoptFrom(ctx, base)
		if err == nil {
			s.guard.ok.Store(true)
			s.poke()
			return nil
		}
		failures = errors.Join(failures, err)
	}
	s.log.Warn("start-up guard waits for a parent", "err", failures)
	return nil
}

// guardians are the instances that may hold tallies of ours: the configured
// parent, parents by membership, conveners and hubs of running consultations.
func (s *Service) guardians(ctx context.Context) ([]string, error) {
	var actors []string
	if s.opt.Parent != "" {
		actors = append(actors, strings.TrimRight(s.opt.Parent, "/")+"/actor")
	}
	members, err := s.Memberships(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		if m.Other == otherParent && tied(m.State) && !contains(actors, m.Actor) {
			actors = append(actors, m.Actor)
		}
	}
	list, err := s.Consultations(ctx, false)
	if err != nil {
		return nil, err
	}
	for _, con := range list {
		for _, a := range []string{con.ConvenerActor, con.ParentActor} {
			if a != "" && !s.Owns(a) && !contains(actors, a) {
				actors = append(actors, a)
			}
		}
	}
	return actors, nil
}

// adoptFrom reads what one instance holds and takes back every own tally that
// the store does not know.
func (s *Service) adoptFrom(ctx context.Context, actorID string) error {
	a, err := s.RemoteActor(ctx, actorID)
	if err != nil {
		return err
	}
	if a.Polder.Heads == "" {
		return errNoHeads
	}
	heads, err := s.readHeads(ctx, a.Polder.Heads)
	if err != nil {
		return err
	}
	for _, held := range heads.Held {
		if held.Area != s.opt.Area {
			continue
		}
		if err := s.adopt(ctx, actorID, held); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) adopt(ctx context.Context, actorID string, held TallyHead) error {
	con, err := s.consultationByRoot(ctx, held.Context)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if known, err := s.holds(ctx, held.Digest); err != nil || known {
		return err
	}
	if hostOf(held.Copy) != hostOf(actorID) {
		return fmt.Errorf("own tally at %s: the copy is on another host", hostOf(actorID))
	}
	raw, err := s.getSigned(ctx, held.Copy)
	if err != nil {
		return fmt.Errorf("fetch own tally: %w", err)
	}
	d, err := tally.Parse(raw)
	if err != nil {
		return fmt.Errorf("fetch own tally: %w", err)
	}
	if d.AttributedTo != s.Actor() || d.VerifyBy(s.keys.TallyMultikey()) != nil {
		return nil // not ours, or by an earlier key: nothing to go on from
	}
	s.log.Warn("took back an own tally that the store did not hold", "revision", d.Revision, "consultation", con.Slug)
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Signed.Put(d.Digest, signedTally(d, s.now().UTC(), true)); err != nil {
			return err
		}
		if d.Kind == tally.KindAggregate {
			ag, err := tx.Aggregating.Get(con.ID)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if d.Revision > ag.Revision {
				ag.Revision, ag.Digest, ag.Inputs, ag.DirtySince = d.Revision, d.Digest, "", s.now().UTC()
			}
			return tx.Aggregating.Put(con.ID, ag)
		}
		c, err := tx.Counting.Get(con.ID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if d.Revision > c.Revision {
			c.Revision, c.Digest, c.Status = d.Revision, d.Digest, ""
			c.Dirty = max(c.Dirty, c.Published) + 1
		}
		return tx.Counting.Put(con.ID, c)
	})
}
