// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"

	"polder/activitypub"
	"polder/instance/store"
)

// handleAccept reads the answers to what we sent: a Follow, an Invite or Join
// (membership, joint consultation), an Offer, or a signed object. Anything else, above
// all an answer to something never sent, has no effect.
func (s *Service) handleAccept(ctx context.Context, in received) error {
	return s.handleAnswer(ctx, in, true)
}

// handleReject is the refusing counterpart of handleAccept.
func (s *Service) handleReject(ctx context.Context, in received) error {
	return s.handleAnswer(ctx, in, false)
}

func (s *Service) handleAnswer(ctx context.Context, in received, accepted bool) error {
	object := in.doc.IRI("object")
	for _, try := range []func(context.Context, received, string, bool) (bool, error){
		s.answerToFollow, s.answerToMembership, s.answerToJoint, s.answerToOffer, s.answerToSigned,
	} {
		if done, err := try(ctx, in, object, accepted); done || err != nil {
			return err
		}
	}
	return &reason{"unknown-object", "an answer to something we never sent"}
}

func (s *Service) answerToFollow(ctx context.Context, in received, object string, accepted bool) (bool, error) {
	done := false
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		done = false
		for row, err := range tx.Following.List("") {
			if err != nil {
				return err
			}
			f := row.Value
			if f.Follow != object || f.Remote != in.actor {
				continue
			}
			done = true
			if !accepted {
				return tx.Following.Delete(row.Key)
			}
			f.Accepted = true
			return tx.Following.Put(row.Key, f)
		}
		return nil
	})
	return done, err
}

// answerToSigned notes what another instance of the network said of a tally or
// roster of ours.
func (s *Service) answerToSigned(ctx context.Context, in received, object string, accepted bool) (bool, error) {
	done := false
	known, err := s.isInNetwork(ctx, in.actor)
	if err != nil || !known {
		return false, err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		done = false
		row, err := tx.Signed.First(store.Query{Index: "id", Prefix: store.IDPrefix(object)})
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil || !row.Value.Own {
			return err
		}
		done = true
		ack := store.Acknowledgement{Actor: in.actor, Object: object, Result: "accepted", At: in.at}
		if !accepted {
			ack.Result, ack.Detail = refusalOf(in.doc)
		}
		return tx.Acks.Put(store.FollowKey(row.Value.Digest, in.actor), ack)
	})
	if err != nil || !done || accepted {
		return done, err
	}
	return true, s.roundOfRefusal(ctx, in)
}

// roundOfRefusal takes the open step that comes with the refusal of a share for
// another one.
func (s *Service) roundOfRefusal(ctx context.Context, in received) error {
	result, err := in.doc.Object("result")
	if err != nil {
		return nil
	}
	round, err := result.Object("round")
	if err != nil || round.Type() != typeRound {
		return nil
	}
	return s.takeRound(ctx, round)
}

func refusalOf(doc *activitypub.Document) (code, text string) {
	result, err := doc.Object("result")
	if err != nil {
		return "rejected", ""
	}
	code = clean(result.String("code"), 20)
	if code == "" {
		code = "rejected"
	}
	return code, clean(result.String("path")+" "+result.String("detail"), 300)
}
