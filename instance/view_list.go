// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"fmt"

	"polder/consensus"
	"polder/consensus/tally"
	"polder/instance/store"
)

// Listed is a consultation in a list. Consultation and Count are shared.
type Listed struct {
	*consensus.Consultation
	Count  *tally.Doc // newest published tally: the total where this instance adds up, else its own; nil = none
	Places int        // places that take part in a joint one
}

// List gives every public consultation, the newest first.
func (v *Views) List(ctx context.Context) ([]Listed, error) {
	var list []Listed
	err := v.each(ctx, func(tx *store.Tx, con *store.Consultation) error {
		l := Listed{Consultation: &con.Consultation}
		var err error
		if l.Count, err = v.newestCount(tx, con); absent(err) != nil {
			return err
		}
		if con.Joint {
			p, err := v.jointPlace(tx, con)
			if err != nil {
				return err
			}
			l.Places = p.Places
		}
		list = append(list, l)
		return nil
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("list consultations: %w", err))
	}
	return list, nil
}

func (v *Views) newestCount(tx *store.Tx, con *store.Consultation) (*tally.Doc, error) {
	if !con.Hub {
		return v.ownTally(tx, con)
	}
	a, err := tx.Aggregating.Get(con.ID)
	if err != nil {
		return nil, err
	}
	if a.Digest == "" {
		return nil, fmt.Errorf("total of %s: %w", con.Slug, store.ErrNotFound)
	}
	return v.tally(tx, a.Digest)
}

// each visits every public consultation, the newest first, in one transaction.
func (v *Views) each(ctx context.Context, visit func(*store.Tx, *store.Consultation) error) error {
	return v.s.store.View(ctx, func(tx *store.Tx) error {
		ids, err := v.ids(tx)
		if err != nil {
			return err
		}
		for _, id := range ids {
			con, err := v.s.cachedConsultation(tx, id)
			if err != nil {
				return err
			}
			if !published(con) {
				continue
			}
			if err := visit(tx, con); err != nil {
				return err
			}
		}
		return nil
	})
}

// ids lists all consultations, the newest first. They are never deleted, so as
// long as their number is the same the list is, and no record is decoded.
func (v *Views) ids(tx *store.Tx) ([]string, error) {
	n, err := tx.Consultations.Count("")
	if err != nil {
		return nil, err
	}
	v.listing.Lock()
	defer v.listing.Unlock()
	if n == len(v.known) {
		return v.known, nil
	}
	var ids []string
	for row, err := range tx.Consultations.ListReverse("") {
		if err != nil {
			return nil, err
		}
		ids = append(ids, row.Key)
	}
	v.known = ids
	return ids, nil
}
