// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"errors"
	"fmt"
	"slices"
)

// Records are the records of one Kind in one transaction. Keys are made by Key.
type Records[T any] struct {
	kind Kind[T]
	r    Reader
	w    Writer // nil in a View
}

// Row is one record with its key.
type Row[T any] struct {
	Key   string
	Value T
}

// Get returns the record under key, or ErrNotFound.
func (x Records[T]) Get(key string) (T, error) {
	stored, err := x.r.Get(x.kind.Table, []byte(key))
	if err != nil {
		var zero T
		return zero, x.fail("reading", key, err)
	}
	v, err := x.kind.decode(stored)
	if err != nil {
		return v, x.fail("reading", key, err)
	}
	return v, nil
}

// Has reports whether there is a record under key.
func (x Records[T]) Has(key string) (bool, error) {
	_, err := x.r.Get(x.kind.Table, []byte(key))
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, x.fail("reading", key, err)
	}
	return true, nil
}

// Put writes v under key, replacing what was there, and its index entries.
// ErrExists means that another record holds an entry of a unique index.
func (x Records[T]) Put(key string, v T) error {
	if err := x.put(key, v); err != nil {
		return x.fail("writing", key, err)
	}
	return nil
}

// Insert writes v under a new key, or returns ErrExists.
func (x Records[T]) Insert(key string, v T) error {
	if err := x.insert(key, v); err != nil {
		return x.fail("inserting", key, err)
	}
	return nil
}

// Modify reads the record under key, lets change edit it and writes it back;
// ErrNotFound if there is none. An error of change is returned as it is.
func (x Records[T]) Modify(key string, change func(*T) error) error {
	v, err := x.Get(key)
	if err != nil {
		return err
	}
	if err := change(&v); err != nil {
		return err
	}
	return x.Put(key, v)
}

// Delete removes the record under key and its index entries. Deleting an
// absent record is no error.
func (x Records[T]) Delete(key string) error {
	if err := x.remove(key); err != nil {
		return x.fail("deleting", key, err)
	}
	return nil
}

// Clear deletes every record whose key begins with prefix and counts them.
func (x Records[T]) Clear(prefix string) (int, error) {
	n := 0
	for kv, err := range x.r.Scan(x.kind.Table, PrefixRange([]byte(prefix))) {
		if err != nil {
			return n, x.fail("clearing", prefix, err)
		}
		if err := x.Delete(string(kv.Key)); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func (x Records[T]) put(key string, v T) error {
	if x.w == nil {
		return ErrReadOnly
	}
	stored, err := x.kind.encode(v)
	if err != nil {
		return err
	}
	if err := x.moveEntries(key, v); err != nil {
		return err
	}
	return x.w.Put(x.kind.Table, []byte(key), stored)
}

func (x Records[T]) insert(key string, v T) error {
	if x.w == nil {
		return ErrReadOnly
	}
	stored, err := x.kind.encode(v)
	if err != nil {
		return err
	}
	if err := x.w.Insert(x.kind.Table, []byte(key), stored); err != nil {
		return err
	}
	for _, ix := range x.kind.Indexes {
		if err := x.addEntries(ix, key, ix.Keys(key, v)); err != nil {
			return err
		}
	}
	return nil
}

func (x Records[T]) remove(key string) error {
	if x.w == nil {
		return ErrReadOnly
	}
	if len(x.kind.Indexes) > 0 {
		old, err := x.Get(key)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, ix := range x.kind.Indexes {
			if err := x.dropEntries(ix, key, ix.Keys(key, old)); err != nil {
				return err
			}
		}
	}
	return x.w.Delete(x.kind.Table, []byte(key))
}

// moveEntries replaces the index entries of the record now under key by those
// of v, touching only what differs.
func (x Records[T]) moveEntries(key string, v T) error {
	if len(x.kind.Indexes) == 0 {
		return nil
	}
	old, err := x.Get(key)
	absent := errors.Is(err, ErrNotFound)
	if err != nil && !absent {
		return err
	}
	for _, ix := range x.kind.Indexes {
		var before []string
		if !absent {
			before = ix.Keys(key, old)
		}
		after := ix.Keys(key, v)
		if err := x.dropEntries(ix, key, without(before, after)); err != nil {
			return err
		}
		if err := x.addEntries(ix, key, without(after, before)); err != nil {
			return err
		}
	}
	return nil
}

func (x Records[T]) addEntries(ix Index[T], key string, entries []string) error {
	for _, e := range entries {
		put := x.w.Put
		if ix.Unique {
			put = x.w.Insert
		}
		if err := put(x.kind.indexTable(ix), entryKey(ix.Unique, e, key), []byte(key)); err != nil {
			return fmt.Errorf("index %s: %w", ix.Name, err)
		}
	}
	return nil
}

func (x Records[T]) dropEntries(ix Index[T], key string, entries []string) error {
	for _, e := range entries {
		if err := x.w.Delete(x.kind.indexTable(ix), entryKey(ix.Unique, e, key)); err != nil {
			return fmt.Errorf("index %s: %w", ix.Name, err)
		}
	}
	return nil
}

// entryKey is where an index entry lies: records with equal entries are kept
// apart, and sorted, by their keys. The value is the key of the record.
func entryKey(unique bool, entry, key string) []byte {
	if unique {
		return []byte(entry)
	}
	return []byte(entry + "\x00" + key)
}

func (x Records[T]) fail(doing, key string, err error) error {
	return fmt.Errorf("%s %s %q: %w", doing, x.kind.Table, shown(key), err)
}

func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(other, s) })
}
