// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"encoding/json"
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

// ConvenerGroups is the exact result behind the newest published one, with the
// figures that it withholds: for checks inside the office, on no page. Only the
// convener has it; CodeNotFound elsewhere and before there is one.
func (s *Service) ConvenerGroups(ctx context.Context, con *store.Consultation) (*opinion.Result, *opinion.RoundResult, error) {
	var exact opinion.Result
	var r *opinion.RoundResult
	err := s.store.View(ctx, func(tx *store.Tx) error {
		st, err := roundsIn(tx, con.ID)
		if err == nil && (st.Result == "" || !con.Convener) {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		if r, err = readResult(tx, st.Result); err != nil {
			return err
		}
		_, raw, err := tx.Blobs.Get(r.Blobs[opinion.BlobResult].Digest)
		if err != nil {
			return err
		}
		exact = opinion.Result{}
		return json.Unmarshal(raw, &exact)
	})
	if err != nil {
		return nil, nil, AsError(fmt.Errorf("exact groups of %s: %w", con.Slug, err))
	}
	return &exact, r, nil
}
