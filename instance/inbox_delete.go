// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"

	"polder/instance/store"
)

// handleDelete forgets a remote actor that says it is gone. Objects of others
// are not stored here, so a Delete of one has no effect; a signed document
// cannot be taken back this way.
func (s *Service) handleDelete(ctx context.Context, in received) error {
	if object := in.doc.IRI("object"); object != in.actor {
		if hostOf(object) != hostOf(in.actor) || s.knowsActor(ctx, object) {
			return &reason{"not-owner", "Delete of something of another actor"}
		}
		return nil
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		var gone []string
		for row, err := range tx.Followers.List("") {
			if err != nil {
				return err
			}
			if row.Value.Remote == in.actor {
				gone = append(gone, row.Key)
			}
		}
		for _, key := range gone {
			if err := tx.Followers.Delete(key); err != nil {
				return err
			}
		}
		return tx.Actors.Delete(store.HashPart(in.actor))
	})
}
