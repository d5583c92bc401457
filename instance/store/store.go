// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"io"
)

// Store is an engine with the schema of this program. It is safe for
// concurrent use.
type Store struct {
	engine Engine
}

// Open brings the schema of e up to date and returns the store on it. It
// refuses a store of a newer program with ErrNewerSchema. The store owns e
// unless an error is returned.
func Open(ctx context.Context, e Engine) (*Store, error) {
	if err := migrate(ctx, e, Migrations); err != nil {
		return nil, err
	}
	return &Store{engine: e}, nil
}

// View runs fn on one consistent snapshot; see Engine.View.
func (s *Store) View(ctx context.Context, fn func(*Tx) error) error {
	return s.engine.View(ctx, func(r Reader) error { return fn(newTx(r, nil)) })
}

// Update runs fn in one serializable transaction; see Engine.Update.
func (s *Store) Update(ctx context.Context, fn func(*Tx) error) error {
	var last *Tx // an engine may run fn more than once; the last run is the one that counts
	err := s.engine.Update(ctx, func(w Writer) error {
		last = newTx(w, w)
		return fn(last)
	})
	if err != nil {
		return err
	}
	for _, after := range last.after {
		after()
	}
	return nil
}

// Backup writes a consistent snapshot to w while serving; see Engine.Backup.
func (s *Store) Backup(ctx context.Context, w io.Writer) error {
	return s.engine.Backup(ctx, w)
}

// Close waits for running transactions and releases the engine.
func (s *Store) Close() error { return s.engine.Close() }
