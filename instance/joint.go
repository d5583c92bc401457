// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"polder/activitypub"
	"polder/activitypub/proof"
	"polder/consensus"
	"polder/consensus/tally"
	"polder/instance/store"
)

// Candidate is an instance that can be invited to a joint consultation.
type Candidate struct {
	Actor, Name, Area, Level, TallyKey string
	Parent                             string // instance actor that adds it up
	Eligible                           int64
}

// Candidates lists our active members, and the members of those that are hubs
// themselves: a nation invites the municipalities of its provinces.
func (s *Service) Candidates(ctx context.Context) ([]Candidate, error) {
	members, err := s.Memberships(ctx)
	if err != nil {
		return nil, err
	}
	var list []Candidate
	for _, m := range members {
		if m.Other != otherMember || m.State != consensus.MembershipActive {
			continue
		}
		list = append(list, s.candidate(m.Actor, m.Name, m.Area, m.Level, m.TallyKey, s.Actor()))
		if m.Level != "province" && m.Level != "nation" {
			continue
		}
		below, err := s.membersOf(ctx, m.Actor)
		if err != nil {
			s.log.Info("members of a member not read", "peer", hostOf(m.Actor), "err", err)
			continue
		}
		list = append(list, below...)
	}
	slices.SortFunc(list, func(a, b Candidate) int { return compareStrings(a.Area, b.Area) })
	return list, nil
}

func compareStrings(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (s *Service) candidate(actor, name, code, level, key, parent string) Candidate {
	c := Candidate{Actor: actor, Name: name, Area: code, Level: level, TallyKey: key, Parent: parent}
	if a, err := s.opt.Areas.Get(code); err == nil {
		c.Eligible = a.Residents
	}
	return c
}

// membersOf reads the public list of members of a hub and their keys. The hub
// compared those keys itself when it took them as members.
func (s *Service) membersOf(ctx context.Context, hub string) ([]Candidate, error) {
	actor, err := s.fetchActor(ctx, hub)
	if err != nil {
		return nil, err
	}
	raw, err := s.client.GetObject(ctx, actor.Polder.Members, s.fetchSigner())
	if err != nil {
		return nil, fmt.Errorf("fetch members of %s: %w", hub, err)
	}
	doc, err := activitypub.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("fetch members of %s: %w", hub, err)
	}
	var list []Candidate
	for _, id := range doc.IRIs("items") {
		m, err := s.RemoteActor(ctx, id)
		if err != nil {
			s.log.Info("member not read", "peer", hostOf(id), "err", err)
			continue
		}
		_, key, err := tallyKeyOf(m)
		if err != nil || !contains(m.Polder.MemberOf, hub) {
			continue
		}
		list = append(list, s.candidate(m.ID, memberName(m), m.Polder.AreaCode, m.Polder.Level, key, hub))
	}
	return list, nil
}

func memberName(a *activitypub.RemoteActor) string {
	return PlainText(strings.TrimPrefix(a.Name, "Polder "), 100)
}

// invitees turns the chosen actors into the list the convener keeps.
func (s *Service) invitees(ctx context.Context, tx *store.Tx, con *store.Consultation, actors []string) error {
	con.Members = nil
	if !con.Joint {
		return nil
	}
	known, err := s.knownCandidates(tx)
	if err != nil {
		return err
	}
	for _, c := range known {
		if !contains(actors, c.Actor) {
			continue
		}
		con.Members = append(con.Members, invitee(c))
	}
	if len(con.Members) < len(actors) {
		return refuse(CodeInvalid, "error.member-unknown", nil)
	}
	return nil
}

func invitee(c Candidate) store.Invitee {
	role := tally.RoleLeaf
	if c.Level == "province" || c.Level == "nation" {
		role = tally.RoleHub
	}
	return store.Invitee{Actor: c.Actor, Area: c.Area, Name: c.Name, Role: role, Parent: c.Parent,
		TallyKey: c.TallyKey, Eligible: c.Eligible, State: tally.MemberInvited, Epoch: 1}
}

// knownCandidates are those last seen by Candidates, read without the network.
func (s *Service) knownCandidates(tx *store.Tx) ([]Candidate, error) {
	var list []Candidate
	for row, err := range tx.Candidates.List("") {
		if err != nil {
			return nil, err
		}
		list = append(list, Candidate(row.Value))
	}
	return list, nil
}

// RefreshCandidates reads the candidates from the network and keeps them.
func (s *Service) RefreshCandidates(ctx context.Context) ([]Candidate, error) {
	list, err := s.Candidates(ctx)
	if err != nil {
		return nil, err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		for _, c := range list {
			if err := tx.Candidates.Put(c.Actor, store.Candidate(c)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("keep candidates: %w", err))
	}
	return list, nil
}

// sendInvites invites everyone who has not been invited yet, once the first
// Roster is out.
func (s *Service) sendInvites(tx *store.Tx, con *store.Consultation, roster []byte) error {
	for i := range con.Members {
		m := &con.Members[i]
		inbox, err := inboxOf(tx, m.Actor)
		if err != nil {
			return err
		}
		if err := s.sendSigned(tx, roster, []string{m.Actor}, []string{inbox}); err != nil {
			return err
		}
		if m.Invite != "" {
			continue
		}
		invite := activitypub.Activity{Context: activitypub.ObjectContext, ID: s.NewActivity(), Type: activitypub.TypeInvite,
			Actor: s.Actor(), To: []string{m.Actor}, Object: activitypub.Link(con.Root)}
		m.Invite = invite.ID
		if err := s.publish(tx, send{actor: s.Actor(), activity: invite, inboxes: []string{inbox}}); err != nil {
			return err
		}
	}
	return nil
}

// invitedToJoint is the member's side: fetch what is asked, check its digest,
// and put it before an official. An invitation is heard only from our own
// network: a parent, the parent's parent, or somebody with the same parent.
func (s *Service) invitedToJoint(ctx context.Context, in received, root string) error {
	if hostOf(root) != hostOf(in.actor) {
		return &reason{"not-owner", "invitation to a consultation of another host"}
	}
	near, err := s.isNear(ctx, in.actor)
	if err != nil {
		return err
	}
	if !near {
		return &reason{"not-member", "invitation from outside our network"}
	}
	j, err := s.readJoint(ctx, root)
	if err != nil {
		return err
	}
	j.Convener, j.Invite, j.ReceivedAt = in.actor, in.doc.ID(), in.at
	return s.store.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Joinings.Get(root)
		if err == nil {
			return nil // known already; deciding is up to an official
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		next, _, err := j.Joining.Next(consensus.JoiningEvent{Kind: consensus.JoiningInvite}, consensus.Clock(), s.zoned())
		if err != nil {
			return err
		}
		j.Joining = next
		return tx.Joinings.Put(root, j)
	})
}

// readJoint fetches Group, definition and charter of a joint consultation.
func (s *Service) readJoint(ctx context.Context, root string) (store.Joining, error) {
	group, err := s.fetchActor(ctx, root)
	if err != nil {
		return store.Joining{}, err
	}
	if group.Type != activitypub.TypeGroup || group.Polder.DefinitionDigest == "" {
		return store.Joining{}, &reason{"unknown-object", "invitation to something that is no consultation"}
	}
	raw, err := s.getJSON(ctx, root+"/definition")
	if err != nil {
		return store.Joining{}, err
	}
	digest, err := proof.Digest(raw)
	if err != nil || digest != group.Polder.DefinitionDigest {
		return store.Joining{}, &reason{"F102", "the definition does not have the digest its Group names"}
	}
	def, err := consensus.ParseDefinition(raw)
	if err != nil || def.Root != root {
		return store.Joining{}, &reason{"F102", "the definition is malformed or of another consultation"}
	}
	plan, err := s.readCharter(ctx, group.Polder.Charter)
	if err != nil {
		return store.Joining{}, err
	}
	return store.Joining{Joining: consensus.Joining{Canonical: root, ConsultationDigest: digest},
		Title: plainTexts(plan.Title, 200), Summary: plainTexts(plan.Summary, 500), Definition: raw, Charter: plan.Charter,
		OpensAt: group.Polder.OpensAt.UTC()}, nil
}

// isNear tells whether an instance actor is our parent, an ancestor of it, or
// shares a parent with us.
func (s *Service) isNear(ctx context.Context, actor string) (bool, error) {
	list, err := s.Memberships(ctx)
	if err != nil {
		return false, err
	}
	var parents []string
	for _, m := range list {
		if m.Other == otherParent && m.State == consensus.MembershipActive {
			parents = append(parents, m.Actor)
		}
	}
	if contains(parents, actor) {
		return true, nil
	}
	other, err := s.RemoteActor(ctx, actor)
	if err != nil {
		return false, err
	}
	for _, p := range parents {
		if contains(other.Polder.MemberOf, p) {
			return true, nil
		}
	}
	for range 3 {
		var above []string
		for _, p := range parents {
			a, err := s.RemoteActor(ctx, p)
			if err != nil {
				return false, err
			}
			above = append(above, a.Polder.MemberOf...)
		}
		if contains(above, actor) {
			return true, nil
		}
		parents = above
	}
	return false, nil
}

// Joinings lists the invitations to joint consultations.
func (s *Service) Joinings(ctx context.Context) ([]store.Joining, error) {
	var list []store.Joining
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		list, err = store.Collect(tx.Joinings.List(""))
		return err
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("list invitations: %w", err))
	}
	return list, nil
}
