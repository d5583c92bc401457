// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"polder/consensus"
	"polder/consensus/tally"
	"polder/instance/store"
)

// Views reads what pages show: each method is one View transaction and gives
// plain data. Signed documents never change, so parsed ones are kept by digest.
// It is safe for concurrent use.
type Views struct {
	s     *Service
	slugs sync.Map // slug -> consultation id, which never changes

	listing sync.Mutex
	known   []string // ids of all consultations, guarded by listing

	lists kept[*tally.Roster]

	building  sync.Mutex // one overview is computed at a time
	overviews kept[*Overview]
}

// NewViews makes the reading side of a service.
func NewViews(s *Service) *Views { return &Views{s: s} }

// keptAtMost bounds each cache: a nation's inputs and as much again.
const keptAtMost = 800

// kept is a bounded cache of values that never change under their key. mu
// guards values.
type kept[T any] struct {
	mu     sync.RWMutex
	values map[string]T
}

func (k *kept[T]) get(key string) (T, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	v, ok := k.values[key]
	return v, ok
}

func (k *kept[T]) put(key string, v T) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.values == nil || len(k.values) >= keptAtMost {
		k.values = map[string]T{}
	}
	k.values[key] = v
}

// Consultation finds a public consultation; drafts are not found. The value is
// shared: nobody may change it. It is cheap enough for every vote: no record
// is decoded while the consultation does not change.
func (v *Views) Consultation(ctx context.Context, slug string) (*consensus.Consultation, error) {
	var con *store.Consultation
	err := v.s.store.View(ctx, func(tx *store.Tx) (err error) {
		con, err = v.find(tx, slug)
		return err
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("consultation %s: %w", clean(slug, 40), err))
	}
	return &con.Consultation, nil
}

func (v *Views) find(tx *store.Tx, slug string) (*store.Consultation, error) {
	id, ok := v.slugs.Load(slug)
	if !ok {
		row, err := tx.Consultations.Only("slug", slug)
		if err != nil {
			return nil, err
		}
		id = row.Key
		v.slugs.Store(slug, row.Key)
	}
	con, err := v.s.cachedConsultation(tx, id.(string))
	if err != nil {
		return nil, err
	}
	if !published(con) {
		return nil, store.ErrNotFound
	}
	return con, nil
}

// tally gives a stored tally by its digest.
func (v *Views) tally(tx *store.Tx, digest string) (*tally.Doc, error) {
	rec, err := tx.Signed.Get(digest)
	if err != nil {
		return nil, err
	}
	return v.s.parseTally(rec)
}

// ownTally is the newest direct tally of this instance, ErrNotFound before the
// first.
func (v *Views) ownTally(tx *store.Tx, con *store.Consultation) (*tally.Doc, error) {
	c, err := tx.Counting.Get(con.ID)
	if err != nil {
		return nil, err
	}
	if c.Digest == "" {
		return nil, fmt.Errorf("own tally of %s: %w", con.Slug, store.ErrNotFound)
	}
	return v.tally(tx, c.Digest)
}

// roster is the newest Roster that this instance follows or published.
func (v *Views) roster(tx *store.Tx, con *store.Consultation) (*tally.Roster, error) {
	if con.RosterSent == "" {
		return nil, fmt.Errorf("roster of %s: %w", con.Slug, store.ErrNotFound)
	}
	if r, ok := v.lists.get(con.RosterSent); ok {
		return r, nil
	}
	rec, err := tx.Signed.Get(con.RosterSent)
	if err != nil {
		return nil, err
	}
	r, err := tally.ParseRoster(rec.Raw)
	if err != nil {
		return nil, fmt.Errorf("stored roster %s: %w", con.RosterSent, err)
	}
	r.Key = rec.Key
	v.lists.put(con.RosterSent, r)
	return r, nil
}

// absent turns "there is none yet" into no error.
func absent(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
