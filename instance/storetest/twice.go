// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"context"
	"errors"
	"io"

	"polder/instance/store"
)

// errRehearsal rolls the first run of a function back.
var errRehearsal = errors.New("rehearsal")

// Twice wraps e so that every function given to it runs twice: once to be
// rolled back and once for good. Code that has an effect outside its
// transaction shows it.
func Twice(e store.Engine) store.Engine { return twice{e} }

type twice struct{ engine store.Engine }

func (t twice) View(ctx context.Context, fn func(store.Reader) error) error {
	return t.engine.View(ctx, func(r store.Reader) error {
		if err := fn(r); err != nil {
			return err
		}
		return fn(r)
	})
}

func (t twice) Update(ctx context.Context, fn func(store.Writer) error) error {
	err := t.engine.Update(ctx, func(w store.Writer) error {
		if err := fn(w); err != nil {
			return err
		}
		return errRehearsal
	})
	if !errors.Is(err, errRehearsal) {
		return err
	}
	return t.engine.Update(ctx, fn)
}

func (t twice) Backup(ctx context.Context, w io.Writer) error { return t.engine.Backup(ctx, w) }

func (t twice) Close() error { return t.engine.Close() }
