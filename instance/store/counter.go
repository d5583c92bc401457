// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Counters are named numbers in one table, in one transaction: sequences,
// totals, generations. A number that was never set is 0.
type Counters struct {
	table string
	r     Reader
	w     Writer // nil in a View
}

// BindCounters ties a table of counters to one transaction; w is nil in a View.
func BindCounters(table string, r Reader, w Writer) Counters {
	return Counters{table: table, r: r, w: w}
}

// CountersIn ties a table of counters to tx.
func CountersIn(tx *Tx, table string) Counters { return BindCounters(table, tx.r, tx.w) }

// Get returns the number called name.
func (c Counters) Get(name string) (int64, error) {
	stored, err := c.r.Get(c.table, []byte(name))
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("reading counter %q: %w", shown(name), err)
	}
	if len(stored) != 8 {
		return 0, fmt.Errorf("reading counter %q: %w", shown(name), ErrCorrupt)
	}
	return int64(binary.BigEndian.Uint64(stored)), nil
}

// Set makes the number called name n.
func (c Counters) Set(name string, n int64) error {
	if c.w == nil {
		return fmt.Errorf("writing counter %q: %w", shown(name), ErrReadOnly)
	}
	if err := c.w.Put(c.table, []byte(name), binary.BigEndian.AppendUint64(nil, uint64(n))); err != nil {
		return fmt.Errorf("writing counter %q: %w", shown(name), err)
	}
	return nil
}

// Add adds delta and returns the new number.
func (c Counters) Add(name string, delta int64) (int64, error) {
	n, err := c.Get(name)
	if err != nil {
		return 0, err
	}
	return n + delta, c.Set(name, n+delta)
}

// Next returns 1, 2, 3, ... Numbers of aborted transactions are given again.
func (c Counters) Next(name string) (int64, error) { return c.Add(name, 1) }

// Delete forgets the number called name.
func (c Counters) Delete(name string) error {
	if c.w == nil {
		return fmt.Errorf("deleting counter %q: %w", shown(name), ErrReadOnly)
	}
	return c.w.Delete(c.table, []byte(name))
}
