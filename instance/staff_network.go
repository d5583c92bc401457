// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"fmt"
	"strings"

	"polder/consensus"
	"polder/instance/store"
)

// PauseMembership suspends or resumes an active membership, with a reason. It
// is a note of this side: no message goes out (spec: product.md 4.7), and a
// suspended member is no candidate for new joint consultations.
func (s *Service) PauseMembership(ctx context.Context, by consensus.Actor, other string, pause bool, reason string) error {
	event := consensus.MembershipResume
	if pause {
		event = consensus.MembershipSuspend
	}
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		m, err := tx.Memberships.Get(other)
		if err != nil {
			return err
		}
		if err := s.stepMembership(&m, event, by, strings.TrimSpace(reason)); err != nil {
			return err
		}
		return tx.Memberships.Put(other, m)
	})
	if err != nil {
		return AsError(fmt.Errorf("%s membership: %w", event, err))
	}
	return s.audit(ctx, by.ID, "membership."+string(event), other, reason)
}

// mostJointText is the length of a note on a joint consultation in bytes.
const mostJointText = 4000

// NoteJoint keeps what an official wrote beside the decision on a joint
// consultation: the local introduction of one that was adopted, or the reason
// for declining that is shown to nobody else.
func (s *Service) NoteJoint(ctx context.Context, by consensus.Actor, root, text string) error {
	if !by.Roles.May(consensus.ActDecideNetwork) {
		return AsError(consensus.ErrForbidden)
	}
	if len(text) > mostJointText {
		return refuse(CodeInvalid, "error.malformed", nil)
	}
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		return tx.Joinings.Modify(root, func(j *store.Joining) error {
			if j.State == consensus.JoiningDeclined {
				j.Private = text
			} else {
				j.LocalContext = text
			}
			return nil
		})
	})
	if err != nil {
		return AsError(fmt.Errorf("note on a joint consultation: %w", err))
	}
	return s.audit(ctx, by.ID, "joint.note", root, text)
}

// KnownCandidates lists the instances that can be invited to a joint
// consultation, as last read from the network.
func (s *Service) KnownCandidates(ctx context.Context) ([]Candidate, error) {
	var list []Candidate
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		list, err = s.knownCandidates(tx)
		return err
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("list candidates: %w", err))
	}
	return list, nil
}

// ActorName is the name of another instance as far as it is known here, else
// its host. It asks nobody.
func (v *Views) ActorName(ctx context.Context, actor string) (name string, err error) {
	err = v.s.store.View(ctx, func(tx *store.Tx) error {
		name = v.actorName(tx, actor)
		return nil
	})
	if err != nil {
		return "", AsError(fmt.Errorf("name of %s: %w", hostOf(actor), err))
	}
	return name, nil
}
