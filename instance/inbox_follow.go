// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"

	"polder/activitypub"
	"polder/instance/store"
)

// handleFollow answers at once: with Accept for the Organization and for
// consultations, and for the instance actor only if another capable instance
// asks (spec: federation.md 5). The Follow goes back whole and unchanged.
func (s *Service) handleFollow(ctx context.Context, in received) error {
	target := in.doc.IRI("object")
	if !s.Owns(target) {
		return &reason{"unknown-object", "Follow of something that is not here"}
	}
	actor, err := s.RemoteActor(ctx, in.actor)
	if err != nil {
		return err
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if _, err := s.localActor(tx, target); errors.Is(err, store.ErrNotFound) {
			return &reason{"unknown-object", "Follow of an actor that is not here"}
		} else if err != nil {
			return err
		}
		inbox := actor.Inbox
		if target == s.Actor() && !(actor.SaysCapable() && actor.Type == activitypub.TypeApplication) {
			answer := activitypub.NewReject(s.NewActivity(), target, in.actor, in.doc.Raw)
			return s.publish(tx, send{actor: target, activity: answer, inboxes: []string{inbox}})
		}
		if err := s.addFollower(tx, target, actor, in.doc.ID()); err != nil {
			return err
		}
		answer := activitypub.NewAccept(s.NewActivity(), target, in.actor, in.doc.Raw)
		return errors.Join(s.publish(tx, send{actor: target, activity: answer, inboxes: []string{inbox}}),
			s.followBack(tx, target, actor))
	})
}

// followBack makes the following of a joint consultation mutual: the local
// consultation of a member that takes part in ours is followed in return.
func (s *Service) followBack(tx *store.Tx, target string, follower *activitypub.RemoteActor) error {
	if follower.Type != activitypub.TypeGroup || follower.Polder.PartOf != target {
		return nil
	}
	row, err := tx.Consultations.Only("root", target)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, m := range row.Value.Members {
		if hostOf(m.Actor) == follower.Host {
			return s.follow(tx, target, follower.ID, follower.DeliveryInbox())
		}
	}
	return nil
}

func (s *Service) addFollower(tx *store.Tx, local string, actor *activitypub.RemoteActor, follow string) error {
	inbox := actor.SharedInbox
	if inbox == "" {
		inbox = actor.Inbox
	}
	f := store.Follower{Local: local, Remote: actor.ID, Inbox: inbox, Follow: follow, Since: s.now().UTC()}
	err := s.touchPeer(tx, hostName(hostOf(actor.ID)), func(p *store.Peer) {
		p.LastSeen = s.now().UTC()
		if actor.SaysCapable() {
			p.Capable, p.CapableAt = true, s.now().UTC()
		}
	})
	return errors.Join(err, tx.Followers.Put(store.FollowKey(local, actor.ID), f))
}

// follow sends a Follow from one of our actors; a repeated call sends none.
func (s *Service) follow(tx *store.Tx, local, remote, inbox string) error {
	place := store.FollowKey(local, remote)
	if has, err := tx.Following.Has(place); err != nil || has {
		return err
	}
	activity := activitypub.Activity{Context: activitypub.ObjectContext, ID: s.NewActivity(),
		Type: activitypub.TypeFollow, Actor: local, To: []string{remote}, Object: activitypub.Link(remote)}
	rec := store.Following{Local: local, Remote: remote, Follow: activity.ID, Since: s.now().UTC()}
	return errors.Join(tx.Following.Put(place, rec),
		s.publish(tx, send{actor: local, activity: activity, inboxes: []string{inbox}}))
}

// handleUndo takes back a Follow of the same actor; everything else it may
// name has no effect here.
func (s *Service) handleUndo(ctx context.Context, in received) error {
	object, err := in.doc.Object("object")
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if err == nil && object.Type() == activitypub.TypeFollow {
			if object.IRI("actor") != in.actor {
				return &reason{"not-owner", "Undo of another actor's Follow"}
			}
			return tx.Followers.Delete(store.FollowKey(object.IRI("object"), in.actor))
		}
		if err == nil {
			return nil // of a Like or Announce: not kept here
		}
		return s.undoByID(tx, in.actor, in.doc.IRI("object"))
	})
}

func (s *Service) undoByID(tx *store.Tx, actor, follow string) error {
	var gone []string
	for row, err := range tx.Followers.List("") {
		if err != nil {
			return err
		}
		if row.Value.Remote == actor && row.Value.Follow == follow {
			gone = append(gone, row.Key)
		}
	}
	if len(gone) == 0 {
		return &reason{"unknown-object", "Undo of something this actor did not send"}
	}
	for _, key := range gone {
		if err := tx.Followers.Delete(key); err != nil {
			return err
		}
	}
	return nil
}

// localActor tells what kind of actor an id of ours is: instance,
// organization or consultation. ErrNotFound if there is none.
func (s *Service) localActor(tx *store.Tx, id string) (kind string, err error) {
	switch id {
	case s.Actor():
		return "instance", nil
	case s.Organization():
		return "organization", nil
	}
	slug, rest, ok := s.Slug(id)
	if !ok || rest != "" {
		return "", fmt.Errorf("local actor %s: %w", id, store.ErrNotFound)
	}
	row, err := tx.Consultations.Only("slug", slug)
	if err != nil {
		return "", err
	}
	if !published(&row.Value) {
		return "", fmt.Errorf("local actor %s: %w", id, store.ErrNotFound)
	}
	return "consultation", nil
}
