// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"polder/activitypub"
	"polder/consensus"
	"polder/consensus/tally"
	"polder/instance/store"
)

// longestPull bounds the pause for a peer that is down.
const longestPull = 6 * time.Hour

// pullPlan says when to ask a peer next. It lives in the puller's goroutine.
type pullPlan struct {
	next     time.Time
	failures int
}

// pullLoop asks the members, parents and conveners of running consultations for
// their heads: what a lost message did not bring, pull brings.
func (s *Service) pullLoop(ctx context.Context) error {
	plans := map[string]*pullPlan{}
	for ctx.Err() == nil {
		if err := s.pullDue(ctx, plans); err != nil && ctx.Err() == nil {
			s.log.Error("pull", "err", err)
		}
		timer := time.NewTimer(min(s.opt.Timing.PollCounting, 30*time.Second))
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

func (s *Service) pullDue(ctx context.Context, plans map[string]*pullPlan) error {
	peers, err := s.pullPeers(ctx)
	if err != nil {
		return err
	}
	for actor, pace := range peers {
		plan := plans[actor]
		if plan == nil {
			plan = &pullPlan{}
			plans[actor] = plan
		}
		if s.now().Before(plan.next) {
			continue
		}
		if err := s.PullFrom(ctx, actor); err != nil {
			plan.failures++
			s.log.Info("heads not read", "peer", hostOf(actor), "err", err)
		} else {
			plan.failures = 0
		}
		wait := min(pace<<min(plan.failures, 10), longestPull)
		plan.next = s.now().Add(time.Duration(float64(wait) * (0.8 + 0.4*rand.Float64())))
	}
	return nil
}

// pullPeers lists whom to ask, and how often: slowly while voting, fast between
// closing and final.
func (s *Service) pullPeers(ctx context.Context) (map[string]time.Duration, error) {
	peers := map[string]time.Duration{}
	list, err := s.Consultations(ctx, false)
	if err != nil {
		return nil, err
	}
	for _, con := range list {
		if !con.Joint || con.Definition == nil || con.State == consensus.StateCancelled {
			continue
		}
		pace := s.opt.Timing.PollOpen
		switch {
		case con.State == consensus.StateAnswering && s.now().Before(con.ObjectionUntil.Add(time.Hour)):
			pace = s.opt.Timing.PollCounting
		case con.State != consensus.StateOpen && con.State != consensus.StateAnnounced && con.State != consensus.StateSuspended:
			pace = longestPull
		}
		for _, actor := range s.pullFrom(con) {
			if old, ok := peers[actor]; !ok || pace < old {
				peers[actor] = pace
			}
		}
	}
	return peers, nil
}

// pullFrom: everyone takes Rosters from the convener; hubs and the convener
// take tallies from the members.
func (s *Service) pullFrom(con *store.Consultation) []string {
	var actors []string
	if !con.Convener {
		actors = append(actors, con.ConvenerActor)
	}
	if !con.Hub {
		return actors
	}
	for _, m := range con.RosterActors {
		if m != s.Actor() {
			actors = append(actors, m)
		}
	}
	return actors
}

// PullFrom reads the heads of one instance and fetches what is new to us.
func (s *Service) PullFrom(ctx context.Context, actor string) error {
	a, err := s.RemoteActor(ctx, actor)
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
	var all error
	for _, r := range heads.Rosters {
		if err := s.pullRosterHead(ctx, actor, r); err != nil {
			all = errors.Join(all, err)
		}
	}
	for _, l := range heads.Lists {
		if err := s.pullListHead(ctx, actor, l); err != nil {
			all = errors.Join(all, err)
		}
	}
	for _, t := range heads.Tallies {
		if err := s.pullTallyHead(ctx, actor, t); err != nil {
			all = errors.Join(all, err)
		}
	}
	for _, t := range heads.Held {
		if err := s.pullHeld(ctx, actor, t); err != nil {
			all = errors.Join(all, err)
		}
	}
	for _, r := range heads.Rounds {
		all = errors.Join(all, s.pullRoundHead(ctx, actor, r))
	}
	return errors.Join(all, s.pullSealed(ctx, actor), s.seenHeads(ctx, actor))
}

// pullSealed is for the convener: it fetches the exact counts that belong to a
// member's tally and did not arrive.
func (s *Service) pullSealed(ctx context.Context, actor string) error {
	list, err := s.Consultations(ctx, false)
	if err != nil {
		return err
	}
	var all error
	for _, con := range list {
		if !con.Convener || !con.Joint || !contains(con.RosterActors, actor) {
			continue
		}
		j, err := s.JointResult(ctx, con)
		if err != nil {
			continue // no Roster yet
		}
		for _, row := range j.Result.Rows {
			if row.Actor != actor || row.Doc == nil || row.Doc.Sealed == "" {
				continue
			}
			if known, err := s.holds(ctx, row.Doc.Sealed); err != nil || known {
				all = errors.Join(all, err)
				continue
			}
			all = errors.Join(all, s.pullOneSealed(ctx, row.Doc))
		}
	}
	return all
}

func (s *Service) pullOneSealed(ctx context.Context, d *tally.Doc) error {
	raw, err := s.getSigned(ctx, tally.SealedID(d.ID))
	if err != nil {
		return err
	}
	doc, err := activitypub.Parse(raw)
	if err != nil {
		return fmt.Errorf("fetch sealed tally: %w", err)
	}
	return s.takeTally(ctx, doc)
}

func (s *Service) seenHeads(ctx context.Context, actor string) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		err := tx.Memberships.Modify(actor, func(m *store.Membership) error {
			m.LastHeads = s.now().UTC()
			return nil
		})
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return errors.Join(err, s.touchPeer(tx, hostName(hostOf(actor)), func(p *store.Peer) { p.LastSeen = s.now().UTC() }))
	})
}

func (s *Service) pullRosterHead(ctx context.Context, actor string, r RosterHead) error {
	con, err := s.consultationByRoot(ctx, r.Context)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || con.Convener {
		return err
	}
	if known, err := s.holds(ctx, r.Digest); err != nil || known {
		return err
	}
	return s.pullRoster(ctx, actor, r.Context)
}

func (s *Service) holds(ctx context.Context, digest string) (bool, error) {
	known := false
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		known, err = tx.Signed.Has(digest)
		return err
	})
	return known, err
}

// pullTallyHead walks the collection of a member's tallies from the newest back
// to one we know.
func (s *Service) pullTallyHead(ctx context.Context, actor string, t TallyHead) error {
	con, err := s.consultationByRoot(ctx, t.Context)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || !con.Hub {
		return err
	}
	if wanted, err := s.wantsTally(ctx, actor, t); err != nil || !wanted {
		return err
	}
	if hostOf(t.List) != hostOf(actor) {
		return fmt.Errorf("tallies of %s: the list is on another host", hostOf(actor))
	}
	for page, next := 0, activitypub.PageURL(t.List, 1); next != "" && page < 5; page++ {
		done, following, err := s.pullTallyPage(ctx, next)
		if err != nil || done {
			return err
		}
		next = following
	}
	return nil
}

// wantsTally is true for the newest tally of a member of the Roster that we do
// not hold yet. What a convener adds up is no input of anybody's.
func (s *Service) wantsTally(ctx context.Context, actor string, t TallyHead) (bool, error) {
	roster, err := s.latestRoster(ctx, t.Context)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if m, ok := roster.Member(t.Area); !ok || m.Actor != actor {
		return false, nil
	}
	known, err := s.holds(ctx, t.Digest)
	return !known, err
}

// pullHeld fetches the copy of a tally that the peer holds and we do not, if we
// add up its area: so a fork of which each of us got one branch is found, and
// the tally of a member that is gone still arrives.
func (s *Service) pullHeld(ctx context.Context, actor string, t TallyHead) error {
	con, err := s.consultationByRoot(ctx, t.Context)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || !con.Hub || t.Kind != tally.KindDirect {
		return err
	}
	if known, err := s.holds(ctx, t.Digest); err != nil || known {
		return err
	}
	if ours, err := s.addsUp(ctx, con, t.Area); err != nil || !ours {
		return err
	}
	if hostOf(t.Copy) != hostOf(actor) {
		return fmt.Errorf("tally of %s: the copy is on another host", t.Area)
	}
	raw, err := s.getSigned(ctx, t.Copy)
	if err != nil {
		return fmt.Errorf("fetch copy: %w", err)
	}
	doc, err := activitypub.Parse(raw)
	if err != nil {
		return fmt.Errorf("fetch copy: %w", err)
	}
	return s.takeOrLog(ctx, doc, t.Copy)
}

// addsUp tells whether the tallies of an area are part of our total.
func (s *Service) addsUp(ctx context.Context, con *store.Consultation, area string) (bool, error) {
	roster, err := s.latestRoster(ctx, con.Root)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	parent := ""
	if !con.Convener {
		parent = s.Actor()
	}
	return slices.ContainsFunc(roster.Leaves(parent), func(m *tally.Member) bool { return m.Area == area }), nil
}

// takeOrLog takes a fetched tally; one that is refused is no failure of the pull.
func (s *Service) takeOrLog(ctx context.Context, doc *activitypub.Document, url string) error {
	err := s.takeTally(ctx, doc)
	var problem tally.Problem
	var refused *reason
	if errors.As(err, &problem) || errors.As(err, &refused) {
		s.log.Info("tally not taken", "url", url, "err", err)
		return nil
	}
	return err
}

func (s *Service) pullTallyPage(ctx context.Context, url string) (done bool, next string, err error) {
	raw, err := s.client.GetObject(ctx, url, s.fetchSigner())
	if err != nil {
		return false, "", fmt.Errorf("fetch tallies: %w", err)
	}
	doc, err := activitypub.Parse(raw)
	if err != nil {
		return false, "", fmt.Errorf("fetch tallies: %w", err)
	}
	items, err := doc.Objects("orderedItems")
	if err != nil {
		return false, "", fmt.Errorf("fetch tallies: %w", err)
	}
	for _, item := range items {
		d, err := tally.Parse(item.Raw)
		if err != nil {
			s.log.Info("tally not taken", "url", url, "err", err)
			continue
		}
		known, err := s.holds(ctx, d.Digest)
		if err != nil {
			return false, "", err
		}
		if known {
			return true, "", nil
		}
		if err := s.takeOrLog(ctx, item, url); err != nil {
			return false, "", err
		}
	}
	next = doc.IRI("next")
	if hostOf(next) != hostOf(url) {
		next = ""
	}
	return false, next, nil
}
