// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"fmt"

	"polder/consensus/opinion"
	"polder/instance/store"
)

// JointGroups is the newest published result of the opinion rounds of a joint
// conversation, as the convener signed it.
func (s *Service) JointGroups(ctx context.Context, con *store.Consultation) (*opinion.RoundResult, error) {
	var r *opinion.RoundResult
	err := s.store.View(ctx, func(tx *store.Tx) error {
		st, err := roundsIn(tx, con.ID)
		if err == nil && st.Result == "" {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		r, err = readResult(tx, st.Result)
		return err
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("groups of %s: %w", con.Slug, err))
	}
	return r, nil
}
