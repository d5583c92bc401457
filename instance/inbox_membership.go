// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"

	"polder/activitypub"
	"polder/consensus"
	"polder/instance/store"
)

// handleInvite takes an invitation to become a member, or to take part in a
// joint consultation. Nothing happens before an official decides.
func (s *Service) handleInvite(ctx context.Context, in received) error {
	object := in.doc.IRI("object")
	if object == in.actor {
		return s.proposed(ctx, in, otherParent, consensus.MembershipInvite)
	}
	return s.invitedToJoint(ctx, in, object)
}

// handleJoin takes a request to become our member.
func (s *Service) handleJoin(ctx context.Context, in received) error {
	if in.doc.IRI("object") != s.Actor() {
		return &reason{"unknown-object", "Join of something that is not here"}
	}
	return s.proposed(ctx, in, otherMember, consensus.MembershipAsk)
}

func (s *Service) proposed(ctx context.Context, in received, other string, event consensus.MembershipEventKind) error {
	actor, err := s.RemoteActor(ctx, in.actor)
	if err != nil {
		return err
	}
	if !actor.SaysCapable() || actor.Type != activitypub.TypeApplication {
		return &reason{"not-capable", "membership with a server that is no Polder instance"}
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		m, err := s.membershipWith(tx, actor, other)
		var refused *Error
		if errors.As(err, &refused) {
			return &reason{"conflict", "a membership the other way round exists"}
		}
		if err != nil {
			return err
		}
		if err := s.stepMembership(&m, event, consensus.Clock(), ""); err != nil {
			return &reason{"conflict", err.Error()}
		}
		m.Activity = in.doc.ID()
		return tx.Memberships.Put(m.Actor, m)
	})
}

// answerToMembership takes the answer to our Invite or Join. Only the side we
// asked can answer, and only while we wait for it.
func (s *Service) answerToMembership(ctx context.Context, in received, object string, accepted bool) (bool, error) {
	done := false
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		done = false
		m, err := tx.Memberships.Get(in.actor)
		if errors.Is(err, store.ErrNotFound) || err == nil && m.Activity != object {
			return nil
		}
		if err != nil {
			return err
		}
		done = true
		if !s.Owns(m.Activity) {
			return &reason{"not-owner", "an answer to its own proposal"}
		}
		event := consensus.MembershipAccept
		if !accepted {
			event = consensus.MembershipRefuse
		}
		if err := s.stepMembership(&m, event, consensus.Clock(), ""); err != nil {
			return &reason{"conflict", err.Error()}
		}
		return tx.Memberships.Put(m.Actor, m)
	})
	s.poke()
	return done, err
}

// handleLeave ends a membership on the word of the member itself.
func (s *Service) handleLeave(ctx context.Context, in received) error {
	if in.doc.IRI("object") != s.Actor() {
		return &reason{"unknown-object", "Leave of something that is not here"}
	}
	return s.ended(ctx, in, otherMember, consensus.MembershipLeave)
}

// handleRemove ends a membership on the word of the parent.
func (s *Service) handleRemove(ctx context.Context, in received) error {
	if in.doc.IRI("object") != s.Actor() {
		return nil
	}
	return s.ended(ctx, in, otherParent, consensus.MembershipExpel)
}

func (s *Service) ended(ctx context.Context, in received, other string, event consensus.MembershipEventKind) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		m, err := tx.Memberships.Get(in.actor)
		if errors.Is(err, store.ErrNotFound) {
			return &reason{"unknown-object", "no membership with this instance"}
		}
		if err != nil {
			return err
		}
		if m.Other != other {
			return &reason{"not-owner", "not the side that can end the membership this way"}
		}
		if err := s.stepMembership(&m, event, consensus.Clock(), clean(in.doc.String("content"), 500)); err != nil {
			return &reason{"conflict", err.Error()}
		}
		return tx.Memberships.Put(m.Actor, m)
	})
}

// isInNetwork tells whether an instance actor is our parent, our member, or
// takes part in one of our joint consultations.
func (s *Service) isInNetwork(ctx context.Context, actor string) (bool, error) {
	known := false
	err := s.store.View(ctx, func(tx *store.Tx) error {
		m, err := tx.Memberships.Get(actor)
		if err == nil && tied(m.State) {
			known = true
			return nil
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		for row, err := range tx.Consultations.List("") {
			if err != nil {
				return err
			}
			c := row.Value
			if c.ConvenerActor == actor || c.ParentActor == actor {
				known = true
				return nil
			}
			for _, m := range c.Members {
				if m.Actor == actor {
					known = true
					return nil
				}
			}
		}
		return nil
	})
	return known, err
}
