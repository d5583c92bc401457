// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"

	"polder/activitypub"
)

// handleUpdate takes a new version of a known actor by that actor itself.
// Signed documents are immutable, so an Update of one is refused (F105), and
// other objects of remote servers are not stored here.
func (s *Service) handleUpdate(ctx context.Context, in received) error {
	object, err := in.doc.Object("object")
	if err != nil {
		return nil
	}
	if isSignedType(object.Type()) {
		return &reason{"F105", "signed objects are immutable"}
	}
	if hostOf(object.ID()) != hostOf(in.actor) || activitypub.IsActorType(object.Type()) && object.ID() != in.actor {
		return &reason{"not-owner", "Update of something of another actor"}
	}
	if object.Type() == activitypub.TypeCollection {
		return s.listUpdated(ctx, in, object.ID())
	}
	if !activitypub.IsActorType(object.Type()) {
		return nil
	}
	if !s.knowsActor(ctx, in.actor) {
		return nil
	}
	_, err = s.fetchActor(ctx, in.actor)
	return err
}

func isSignedType(kind string) bool {
	switch kind {
	case "Tally", "Roster", "Round", "ConsensusShare", "RoundResult", "Checkpoint", "Cosignature", "Evidence":
		return true
	}
	return false
}
