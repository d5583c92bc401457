// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
)

// Migrations bring a store from one schema to the next; the schema of this
// program is their number. A released migration is never changed or removed.
// Big tables migrate lazily instead, through the version byte of their values.
var Migrations = []func(Writer) error{
	func(Writer) error { return nil }, // 1: the first schema; tables begin empty
}

const (
	metaTable = "meta"
	schemaKey = "schema"
)

// Copier is an engine that can keep a safety copy of itself beside itself.
// Open asks for one before it migrates a store that is not new.
type Copier interface {
	// Copy keeps a durable copy under a name made with label, replacing an
	// earlier one of that label.
	Copy(ctx context.Context, label string) error
}

// Schema returns the schema the store was left with, 0 if it is new.
func Schema(r Reader) (int, error) {
	stored, err := r.Get(metaTable, []byte(schemaKey))
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("reading the schema of the store: %w", err)
	}
	n, err := strconv.Atoi(string(stored))
	if err != nil || n < 1 {
		return 0, fmt.Errorf("reading the schema of the store: %w", ErrCorrupt)
	}
	return n, nil
}

// migrate runs the steps a store still needs, each in its own transaction, so
// that a start interrupted anywhere continues where it was.
func migrate(ctx context.Context, e Engine, steps []func(Writer) error) error {
	at := 0
	err := e.View(ctx, func(r Reader) (err error) {
		at, err = Schema(r)
		return err
	})
	if err != nil {
		return err
	}
	if at > len(steps) {
		return fmt.Errorf("%w: its schema is %d, this program knows %d", ErrNewerSchema, at, len(steps))
	}
	if copier, ok := e.(Copier); ok && at > 0 && at < len(steps) {
		if err := copier.Copy(ctx, fmt.Sprintf("schema-%d", at)); err != nil {
			return fmt.Errorf("keeping a copy before migrating: %w", err)
		}
	}
	for ; at < len(steps); at++ {
		if err := e.Update(ctx, step(steps[at], at)); err != nil {
			return fmt.Errorf("migrating the store to schema %d: %w", at+1, err)
		}
	}
	return nil
}

// step runs one migration, unless another process did so in the meantime.
func step(migration func(Writer) error, from int) func(Writer) error {
	return func(w Writer) error {
		at, err := Schema(w)
		if err != nil || at != from {
			return err
		}
		if err := migration(w); err != nil {
			return err
		}
		return w.Put(metaTable, []byte(schemaKey), []byte(strconv.Itoa(from+1)))
	}
}
