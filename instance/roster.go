// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"

	"polder/activitypub"
	"polder/consensus"
	"polder/consensus/tally"
	"polder/instance/store"
)

// publishRosters brings out the Rosters that are due: one signed revision per
// change, sent to everyone in it (spec: aggregation.md 6.5).
func (s *Service) publishRosters(ctx context.Context) error {
	list, err := s.Consultations(ctx, false)
	if err != nil {
		return err
	}
	for _, con := range list {
		if !con.Convener || !con.RosterDirty {
			continue
		}
		if err := s.publishRoster(ctx, con); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) publishRoster(ctx context.Context, con *store.Consultation) error {
	prev, err := s.latestRoster(ctx, con.Root)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	unsigned, err := tally.NewRoster(s.rosterHeader(con, prev), s.rosterMembers(con))
	if err != nil {
		return fmt.Errorf("roster of %s: %w", con.Slug, err)
	}
	raw, err := s.sign(unsigned)
	if err != nil {
		return err
	}
	roster, err := tally.ParseRoster(raw)
	if err != nil {
		return fmt.Errorf("own roster of %s: %w", con.Slug, err)
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		row, err := tx.Consultations.Only("slug", con.Slug)
		if err != nil {
			return err
		}
		now := row.Value
		if now.Generation != con.Generation {
			return nil // changed meanwhile; the next tick builds it anew
		}
		now.RosterDirty, now.RosterSent, now.RosterActors = false, roster.Digest, nil
		for _, m := range roster.Members {
			now.RosterActors = append(now.RosterActors, m.Actor)
		}
		if err := tx.Signed.Put(roster.Digest, s.signedRoster(roster, true)); err != nil {
			return err
		}
		if err := s.sendInvites(tx, &now, raw); err != nil {
			return err
		}
		return errors.Join(putConsultation(tx, &now), markAggregate(tx, now.ID, s.now().UTC()))
	})
	if err != nil {
		return fmt.Errorf("publish roster of %s: %w", con.Slug, err)
	}
	s.poke()
	return nil
}

func (s *Service) signedRoster(r *tally.Roster, own bool) store.Signed {
	return store.Signed{Raw: r.Raw, Digest: r.Digest, ID: r.ID, Type: "Roster", Context: r.Context, Epoch: 1,
		Revision: r.Revision, Key: r.Key, Own: own, Received: s.now().UTC()}
}

func (s *Service) rosterHeader(con *store.Consultation, prev *tally.Roster) tally.RosterHeader {
	h := tally.RosterHeader{AttributedTo: s.Actor(), Context: con.Root, ConsultationDigest: con.DefinitionDigest,
		RollDate: con.Definition.RollDate, AreaScheme: areaScheme,
		Quorum: tally.Quorum{Members: int64(leafCount(con)+1) / 2, EligiblePermille: 700},
		Deadlines: tally.Deadlines{ClosesAt: con.ClosesAt.UTC(), TallyBy: con.TallyBy.UTC(),
			ObjectionUntil: con.ObjectionUntil.UTC()}}
	before := int64(0)
	if prev != nil {
		ref := prev.Ref()
		h.Previous, before = &ref, prev.Revision
	}
	h.Revision = tally.NextRevision(before, s.now().UnixMilli())
	return h
}

func leafCount(con *store.Consultation) int {
	n := 0
	for _, m := range con.Members {
		if m.Role == tally.RoleLeaf && m.State == tally.MemberActive {
			n++
		}
	}
	return n
}

// rosterMembers lists ourselves, where we count ballots, and everyone who was
// invited and did not decline.
func (s *Service) rosterMembers(con *store.Consultation) []tally.Member {
	var list []tally.Member
	if con.Leaf {
		own := invitee(s.candidate(s.Actor(), s.opt.Name, s.opt.Area, s.opt.Level, s.keys.TallyMultikey(), s.Actor()))
		own.State, own.Role = tally.MemberActive, tally.RoleLeaf
		own.Since = con.PublishedAt.UTC().Format("2006-01-02T15:04:05Z")
		list = append(list, s.rosterMember(con, own))
	}
	for _, m := range con.Members {
		if m.State != memberDeclined {
			list = append(list, s.rosterMember(con, m))
		}
	}
	return list
}

func (s *Service) rosterMember(con *store.Consultation, m store.Invitee) tally.Member {
	out := tally.Member{Area: m.Area, Role: m.Role, Actor: m.Actor, Status: m.State, Count: tally.CountLatest,
		Epoch: max(m.Epoch, 1), Parent: s.parentIn(con, m), Keys: tally.MemberKeys{Tally: []string{m.TallyKey}},
		Eligible: m.Eligible, Since: con.PublishedAt.UTC(), Reason: m.Reason}
	if m.State == tally.MemberExpelled {
		out.Count = tally.CountExclude
	}
	if at, ok := parseTime(m.Since); ok {
		out.Since = at
	}
	return out
}

// parentIn is the hub that adds a member up: its own parent if that takes part,
// else the convener.
func (s *Service) parentIn(con *store.Consultation, m store.Invitee) string {
	for _, hub := range con.Members {
		if hub.Actor == m.Parent && hub.Role == tally.RoleHub && hub.State != memberDeclined {
			return m.Parent
		}
	}
	return s.Actor()
}

// latestRoster is the Roster that holds for a consultation.
func (s *Service) latestRoster(ctx context.Context, root string) (*tally.Roster, error) {
	var latest *tally.Roster
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		latest, err = latestRosterIn(tx, root)
		return err
	})
	return latest, err
}

func latestRosterIn(tx *store.Tx, root string) (*tally.Roster, error) {
	var set []*tally.Roster
	for row, err := range tx.Signed.By("chain", store.ChainPrefix(root, "Roster")) {
		if err != nil {
			return nil, err
		}
		r, err := tally.ParseRoster(row.Value.Raw)
		if err != nil {
			return nil, fmt.Errorf("stored roster %s: %w", row.Key, err)
		}
		r.Key = row.Value.Key
		set = append(set, r)
	}
	latest, _ := tally.LatestRoster(set)
	if latest == nil {
		return nil, fmt.Errorf("roster of %s: %w", root, store.ErrNotFound)
	}
	return latest, nil
}

// takeRoster checks a Roster by the pinned key of its convener, keeps it, and
// lets a running consultation follow its dates.
func (s *Service) takeRoster(ctx context.Context, doc *activitypub.Document) error {
	r, err := tally.ParseRoster(doc.Raw)
	if err != nil {
		return err
	}
	if s.Owns(r.Context) || hostOf(r.Context) != hostOf(r.AttributedTo) {
		return tally.Problem{Code: tally.CodeSigner, Path: "/attributedTo", Detail: "not the convener of this consultation"}
	}
	keys, err := s.convenerKeys(ctx, r.AttributedTo)
	if err != nil {
		return err
	}
	if err := r.VerifyBy(keys...); err != nil {
		return tally.Problem{Code: tally.CodeSigner, Path: "/proof", Detail: "no proof by the convener's key"}
	}
	near, err := s.isNear(ctx, r.AttributedTo)
	if err != nil {
		return err
	}
	con, err := s.consultationByRoot(ctx, r.Context)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	running := err == nil
	if !near && !running {
		return &reason{"not-member", "Roster of somebody outside our network"}
	}
	if running && (r.ConsultationDigest != con.DefinitionDigest || con.ConvenerActor != r.AttributedTo) {
		return tally.Problem{Code: tally.CodeDefinition, Path: "/consultationDigest", Detail: "not the adopted definition"}
	}
	rec := s.signedRoster(r, false)
	if !running {
		return s.store.Update(ctx, func(tx *store.Tx) error { return tx.Signed.Put(rec.Digest, rec) })
	}
	if _, err := s.keepSigned(ctx, rec, con); err != nil {
		return err
	}
	return s.follows(ctx, con.Slug)
}

// follows applies the newest Roster to the local consultation.
func (s *Service) follows(ctx context.Context, slug string) error {
	err := s.changeConsultation(ctx, slug, func(tx *store.Tx, con *store.Consultation) error {
		r, err := latestRosterIn(tx, con.Root)
		if err != nil || r.Digest == con.RosterSent {
			return err
		}
		followRoster(con, r, s.Actor())
		if con.Hub {
			if err := markAggregate(tx, con.ID, s.now().UTC()); err != nil {
				return err
			}
		}
		d := r.Deadlines
		if d.ClosesAt.Equal(con.ClosesAt) && d.TallyBy.Equal(con.TallyBy) && d.ObjectionUntil.Equal(con.ObjectionUntil) {
			return nil
		}
		event := consensus.Event{Kind: consensus.EventFollowDates, Dates: consensus.Dates{ClosesAt: d.ClosesAt,
			TallyBy: d.TallyBy, ObjectionUntil: d.ObjectionUntil}}
		err = s.advance(tx, con, event, consensus.Clock())
		if errors.Is(err, consensus.ErrConflict) {
			return nil // long closed: dates no longer matter
		}
		return err
	})
	s.poke()
	return err
}

// convenerKeys are the keys that may sign Rosters of an actor: the one pinned
// in the membership, else those its actor lists.
func (s *Service) convenerKeys(ctx context.Context, actor string) ([]string, error) {
	var pinned []string
	err := s.store.View(ctx, func(tx *store.Tx) error {
		m, err := tx.Memberships.Get(actor)
		if err == nil && m.Pinned {
			pinned = []string{m.TallyKey}
		}
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
	if err != nil || len(pinned) > 0 {
		return pinned, err
	}
	a, err := s.RemoteActor(ctx, actor)
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, key := range a.Multikeys {
		keys = append(keys, key)
	}
	return keys, nil
}

// pullRoster fetches the newest Roster of a consultation from its convener.
func (s *Service) pullRoster(ctx context.Context, convener, root string) error {
	raw, err := s.getSigned(ctx, root+"/roster")
	if err != nil {
		return fmt.Errorf("fetch roster of %s: %w", root, err)
	}
	doc, err := activitypub.Parse(raw)
	if err != nil {
		return fmt.Errorf("fetch roster of %s: %w", root, err)
	}
	if doc.IRI("attributedTo") != convener {
		return fmt.Errorf("roster of %s is by %s", root, clean(doc.IRI("attributedTo"), 200))
	}
	return s.takeRoster(ctx, doc)
}
