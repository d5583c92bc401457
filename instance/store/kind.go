// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Kind describes one table of records of type T: where they lie, how they are
// written and by what they can be found. A Kind is a constant in all but name;
// it is declared once, beside T, and bound to a transaction with Bind or In.
//
// A value is stored as one version byte followed by its encoding, JSON unless
// Encode and Decode say otherwise. JSON keeps []byte exactly, but compacts the
// white space of json.RawMessage: bytes that were signed go in a []byte.
type Kind[T any] struct {
	Table   string
	Version byte // of the value encoding, from 1; raised when T changes its meaning
	Indexes []Index[T]

	// Upgrade reads a value of an older version, so that big tables migrate
	// when a record is next read or written. Without it only Version is
	// readable. raw is the encoding without its version byte.
	Upgrade func(version byte, raw []byte) (T, error)

	// Encode and Decode replace JSON; both or neither.
	Encode func(v T) ([]byte, error)
	Decode func(raw []byte) (T, error)
}

// Index finds records by something other than their key. Entries lie in the
// table "<table>.<name>" and are written in the transaction of the record.
type Index[T any] struct {
	Name string
	// Keys are the entries of one record, each built by Key: none if it is
	// not to be found by this index, several for lists. It depends on its
	// arguments alone; changing what it answers needs a migration that calls
	// Kind.Reindex.
	Keys func(key string, v T) []string
	// Unique refuses a second record with the same entry: ErrExists.
	Unique bool
}

// Bind ties the kind to one transaction; w is nil in a View.
func (k Kind[T]) Bind(r Reader, w Writer) Records[T] {
	return Records[T]{kind: k, r: r, w: w}
}

// In ties the kind to tx. It serves packages that declare kinds of their own.
func (k Kind[T]) In(tx *Tx) Records[T] { return k.Bind(tx.r, tx.w) }

// Reindex removes and rebuilds the named index; for migrations.
func (k Kind[T]) Reindex(w Writer, index string) error {
	ix, err := k.index(index)
	if err != nil {
		return err
	}
	for kv, err := range w.Scan(k.indexTable(ix), Range{}) {
		if err != nil {
			return fmt.Errorf("clearing index %s: %w", k.indexTable(ix), err)
		}
		if err := w.Delete(k.indexTable(ix), kv.Key); err != nil {
			return fmt.Errorf("clearing index %s: %w", k.indexTable(ix), err)
		}
	}
	x := k.Bind(w, w)
	for row, err := range x.List("") {
		if err != nil {
			return err
		}
		if err := x.addEntries(ix, row.Key, ix.Keys(row.Key, row.Value)); err != nil {
			return err
		}
	}
	return nil
}

func (k Kind[T]) indexTable(ix Index[T]) string { return k.Table + "." + ix.Name }

func (k Kind[T]) index(name string) (Index[T], error) {
	for _, ix := range k.Indexes {
		if ix.Name == name {
			return ix, nil
		}
	}
	return Index[T]{}, fmt.Errorf("table %s has no index %q", k.Table, name)
}

func (k Kind[T]) encode(v T) ([]byte, error) {
	if k.Encode != nil {
		raw, err := k.Encode(v)
		return append([]byte{k.Version}, raw...), err
	}
	var b bytes.Buffer
	b.WriteByte(k.Version)
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func (k Kind[T]) decode(stored []byte) (v T, err error) {
	if len(stored) == 0 {
		return v, fmt.Errorf("%w: value without a version", ErrCorrupt)
	}
	version, raw := stored[0], stored[1:]
	switch {
	case version > k.Version:
		return v, fmt.Errorf("%w: value version %d, known to %d", ErrNewerSchema, version, k.Version)
	case version < k.Version && k.Upgrade != nil:
		return k.Upgrade(version, raw)
	case version < k.Version:
		return v, fmt.Errorf("%w: value version %d has no upgrade", ErrCorrupt, version)
	case k.Decode != nil:
		return k.Decode(raw)
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return v, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return v, nil
}

// Raw is a Kind of plain bytes, stored as they are: signed documents.
func Raw(table string) Kind[[]byte] {
	return Kind[[]byte]{
		Table: table, Version: 1,
		Encode: func(v []byte) ([]byte, error) { return v, nil },
		Decode: func(raw []byte) ([]byte, error) { return raw, nil },
	}
}

// shown makes a key fit for an error message.
func shown(key string) string { return strings.ReplaceAll(key, "\x00", "/") }
