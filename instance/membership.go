// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"polder/activitypub"
	"polder/activitypub/proof"
	"polder/consensus"
	"polder/instance/store"
)

// What the other side of a membership is to us.
const (
	otherParent = "parent"
	otherMember = "member"
)

// FindInstance fetches the instance actor behind a base URL and checks that it
// speaks our protocol. It is the first step of every membership.
func (s *Service) FindInstance(ctx context.Context, base string) (*activitypub.RemoteActor, error) {
	base = strings.TrimRight(strings.TrimSpace(base), "/")
	actor, err := s.fetchActor(ctx, strings.TrimSuffix(base, "/actor")+"/actor")
	if err != nil {
		return nil, refuse(CodeInvalid, "error.instance-unreachable", err)
	}
	if !actor.SaysCapable() || actor.Type != activitypub.TypeApplication {
		return nil, refuse(CodeInvalid, "error.instance-other", nil)
	}
	if _, _, err := tallyKeyOf(actor); err != nil {
		return nil, refuse(CodeInvalid, "error.instance-other", err)
	}
	return actor, nil
}

// tallyKeyOf is the key an instance actor offers for signing tallies.
func tallyKeyOf(actor *activitypub.RemoteActor) (method, multikey string, err error) {
	for id, key := range actor.Multikeys {
		if strings.Contains(id, "#tally-") && id > method {
			method, multikey = id, key
		}
	}
	if multikey == "" {
		return "", "", fmt.Errorf("actor %s offers no tally key", actor.ID)
	}
	return method, multikey, nil
}

// InviteMember asks another instance to become our member.
func (s *Service) InviteMember(ctx context.Context, by consensus.Actor, base string) (store.Membership, error) {
	return s.propose(ctx, by, base, otherMember, consensus.MembershipInvite, activitypub.TypeInvite)
}

// AskMembership asks a parent instance to take us as its member.
func (s *Service) AskMembership(ctx context.Context, by consensus.Actor, base string) (store.Membership, error) {
	return s.propose(ctx, by, base, otherParent, consensus.MembershipAsk, activitypub.TypeJoin)
}

func (s *Service) propose(ctx context.Context, by consensus.Actor, base, other string, event consensus.MembershipEventKind, verb string) (store.Membership, error) {
	actor, err := s.FindInstance(ctx, base)
	if err != nil {
		return store.Membership{}, err
	}
	var m store.Membership
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		if m, err = s.membershipWith(tx, actor, other); err != nil {
			return err
		}
		if err := s.stepMembership(&m, event, by, ""); err != nil {
			return err
		}
		object := s.Actor() // the parent's instance actor, whoever sends it
		if other == otherParent {
			object = actor.ID
		}
		activity := activitypub.Activity{Context: activitypub.ObjectContext, ID: s.NewActivity(), Type: verb,
			Actor: s.Actor(), To: []string{actor.ID}, Object: activitypub.Link(object)}
		m.Activity = activity.ID
		return errors.Join(tx.Memberships.Put(m.Actor, m),
			s.publish(tx, send{actor: s.Actor(), activity: activity, inboxes: []string{actor.Inbox}}))
	})
	if err != nil {
		return m, AsError(fmt.Errorf("propose membership: %w", err))
	}
	return m, s.audit(ctx, by.ID, "membership."+strings.ToLower(verb), m.Actor, "")
}

// membershipWith is the record of this instance, new or as it stands.
func (s *Service) membershipWith(tx *store.Tx, actor *activitypub.RemoteActor, other string) (store.Membership, error) {
	m, err := tx.Memberships.Get(actor.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return m, err
	}
	if m.Other != "" && m.Other != other && tied(m.State) {
		return m, refuse(CodeConflict, "error.membership-other-way", nil)
	}
	_, key, err := tallyKeyOf(actor)
	if err != nil {
		return m, err
	}
	if m.TallyKey != key {
		m.Pinned = false
	}
	if m.Ended() {
		m.Membership = consensus.Membership{} // a new start after an end
	}
	m.Actor, m.Other, m.TallyKey = actor.ID, other, key
	m.Parent, m.Member = s.Actor(), actor.ID
	if other == otherParent {
		m.Parent, m.Member = actor.ID, s.Actor()
	}
	m.Base = strings.TrimSuffix(actor.ID, "/actor")
	m.Name = memberName(actor)
	m.Level, m.Area = actor.Polder.Level, actor.Polder.AreaCode
	return m, nil
}

// stepMembership moves the tie. Every staff session has passed a second factor,
// and the web layer asks for a fresh one before it comes here.
func (s *Service) stepMembership(m *store.Membership, event consensus.MembershipEventKind, by consensus.Actor, reason string) error {
	next, _, err := m.Membership.Next(consensus.MembershipEvent{Kind: event, Reason: reason,
		SecondFactor: true, Fingerprints: m.Pinned || by.Roles.Has(consensus.RoleClock),
		KeysPinned: m.Pinned, Reciprocal: true}, by, s.zoned())
	if err != nil {
		return err
	}
	m.Membership = next
	return nil
}

// PinKey is the key ceremony: an official has heard the fingerprint by
// telephone and types the two blocks the page leaves blank. Only then is the
// other side's tally key pinned (spec: aggregation.md 6.1).
func (s *Service) PinKey(ctx context.Context, by consensus.Actor, other string, blocks [2]string) error {
	if !by.Roles.May(consensus.ActNetworkKeys) {
		return AsError(consensus.ErrForbidden)
	}
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		m, err := tx.Memberships.Get(other)
		if err != nil {
			return err
		}
		groups, err := FingerprintGroups(m.TallyKey)
		if err != nil {
			return err
		}
		for i, place := range BlankBlocks(m.TallyKey) {
			if !strings.EqualFold(strings.TrimSpace(blocks[i]), groups[place]) {
				return refuse(CodeInvalid, "error.fingerprint", nil)
			}
		}
		m.Pinned = true
		return tx.Memberships.Put(other, m)
	})
	if err != nil {
		return AsError(fmt.Errorf("pin key: %w", err))
	}
	s.poke()
	return s.audit(ctx, by.ID, "membership.pin", other, "")
}

// FingerprintGroups are the 16 groups of 4 hex digits of a key.
func FingerprintGroups(multikey string) ([]string, error) {
	text, err := proof.Fingerprint(multikey)
	if err != nil {
		return nil, fmt.Errorf("fingerprint: %w", err)
	}
	return strings.Fields(text), nil
}

// BlankBlocks are the two groups that the ceremony leaves blank. They depend
// on the key, so nobody can learn them by heart.
func BlankBlocks(multikey string) [2]int {
	sum := 0
	for i := range len(multikey) {
		sum = (sum*31 + int(multikey[i])) % (16 * 15)
	}
	a, b := sum%16, sum/16
	if b >= a {
		b++
	}
	return [2]int{min(a, b), max(a, b)} // in the order in which they are read out
}

// AnswerMembership accepts or refuses what the other side proposed.
func (s *Service) AnswerMembership(ctx context.Context, by consensus.Actor, other string, accept bool, reason string) error {
	event, verb := consensus.MembershipAccept, activitypub.TypeAccept
	if !accept {
		event, verb = consensus.MembershipRefuse, activitypub.TypeReject
	}
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		m, err := tx.Memberships.Get(other)
		if err != nil {
			return err
		}
		if s.Owns(m.Activity) {
			return AsError(consensus.ErrConflict) // our own proposal: the other side answers
		}
		if accept && !m.Pinned {
			return refuse(CodeInvalid, "error.pin-first", nil)
		}
		if err := s.stepMembership(&m, event, by, reason); err != nil {
			return err
		}
		inbox, err := inboxOf(tx, other)
		if err != nil {
			return err
		}
		answer := activitypub.Activity{Context: activitypub.ObjectContext, ID: s.NewActivity(), Type: verb,
			Actor: s.Actor(), To: []string{other}, Object: activitypub.Link(m.Activity)}
		return errors.Join(tx.Memberships.Put(other, m),
			s.publish(tx, send{actor: s.Actor(), activity: answer, inboxes: []string{inbox}}))
	})
	if err != nil {
		return AsError(fmt.Errorf("answer membership: %w", err))
	}
	s.poke()
	return s.audit(ctx, by.ID, "membership."+strings.ToLower(verb), other, reason)
}

// EndMembership leaves a parent or expels a member; the other side is told and
// what was reported before keeps its date.
func (s *Service) EndMembership(ctx context.Context, by consensus.Actor, other, reason string) error {
	var verb string
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		m, err := tx.Memberships.Get(other)
		if err != nil {
			return err
		}
		event := consensus.MembershipLeave
		verb = activitypub.TypeLeave
		if m.Other == otherMember {
			event, verb = consensus.MembershipExpel, activitypub.TypeRemove
			if strings.TrimSpace(reason) == "" {
				return refuse(CodeInvalid, "error.reason-needed", nil)
			}
		}
		if err := s.stepMembership(&m, event, by, reason); err != nil {
			return err
		}
		inbox, err := inboxOf(tx, other)
		if err != nil {
			return err
		}
		activity := activitypub.Activity{Context: activitypub.ObjectContext, ID: s.NewActivity(), Type: verb,
			Actor: s.Actor(), To: []string{other}, Object: activitypub.Link(other), Content: reason}
		if verb == activitypub.TypeLeave {
			activity.Object = activitypub.Link(other)
		} else {
			activity.Target = s.Actor() + "/members"
		}
		return errors.Join(tx.Memberships.Put(other, m),
			s.publish(tx, send{actor: s.Actor(), activity: activity, inboxes: []string{inbox}}))
	})
	if err != nil {
		return AsError(fmt.Errorf("end membership: %w", err))
	}
	return s.audit(ctx, by.ID, "membership.end", other, reason)
}

// Memberships lists all ties, by instance actor.
func (s *Service) Memberships(ctx context.Context) ([]store.Membership, error) {
	var list []store.Membership
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		list, err = store.Collect(tx.Memberships.List(""))
		return err
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("list memberships: %w", err))
	}
	return list, nil
}

// confirmMemberships makes accepted ties active once both sides list each
// other and the key is pinned (spec: federation.md 9, FEP-fe34).
func (s *Service) confirmMemberships(ctx context.Context) error {
	list, err := s.Memberships(ctx)
	if err != nil {
		return err
	}
	for _, m := range list {
		if m.State != consensus.MembershipAccepted || !m.Pinned {
			continue
		}
		listed, err := s.listsUs(ctx, m)
		if err != nil {
			s.log.Info("membership not confirmed yet", "peer", hostOf(m.Actor), "err", err)
			continue
		}
		if !listed {
			continue
		}
		err = s.store.Update(ctx, func(tx *store.Tx) error {
			now, err := tx.Memberships.Get(m.Actor)
			if err != nil || now.State != consensus.MembershipAccepted {
				return err
			}
			if err := s.stepMembership(&now, consensus.MembershipActivate, consensus.Clock(), ""); err != nil {
				return err
			}
			return errors.Join(tx.Memberships.Put(m.Actor, now), s.markCapable(tx, m.Actor))
		})
		if err != nil {
			return fmt.Errorf("confirm membership: %w", err)
		}
	}
	return nil
}

func (s *Service) markCapable(tx *store.Tx, actor string) error {
	return s.touchPeer(tx, hostName(hostOf(actor)), func(p *store.Peer) {
		p.Capable, p.CapableAt, p.Instance, p.LastSeen = true, s.now().UTC(), actor, s.now().UTC()
	})
}

// listsUs asks the other side: a parent must have us in its members, a member
// must name us in its memberOf.
func (s *Service) listsUs(ctx context.Context, m store.Membership) (bool, error) {
	actor, err := s.fetchActor(ctx, m.Actor)
	if err != nil {
		return false, err
	}
	if _, key, err := tallyKeyOf(actor); err != nil || key != m.TallyKey {
		return false, errors.Join(err, fmt.Errorf("the tally key of %s is not the pinned one", m.Actor))
	}
	if m.Other == otherMember {
		return contains(actor.Polder.MemberOf, s.Actor()), nil
	}
	raw, err := s.client.GetObject(ctx, actor.Polder.Members, s.fetchSigner())
	if err != nil {
		return false, err
	}
	doc, err := activitypub.Parse(raw)
	if err != nil {
		return false, err
	}
	return contains(doc.IRIs("items"), s.Actor()), nil
}
