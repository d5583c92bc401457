// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"fmt"
	"iter"
)

// Query selects records in order. The zero Query is the whole table, by key.
//
// Prefix, From and To speak of keys, or of index entries if Index is set: the
// entries that begin with Prefix and lie in From <= entry < To (empty: no
// bound). In an index that is not unique each entry is followed by 0x00 and the
// record's key, so Prefix("x") selects the entries whose first part is exactly
// x. Reverse goes from last to first; Limit > 0 stops after that many.
type Query struct {
	Index   string
	Prefix  string
	From    string
	To      string
	Reverse bool
	Limit   int
}

func (q Query) bounds() Range {
	r := PrefixRange([]byte(q.Prefix))
	r.Reverse, r.Limit = q.Reverse, q.Limit
	if q.From > q.Prefix {
		r.From = []byte(q.From)
	}
	if q.To != "" && (r.To == nil || q.To < string(r.To)) {
		r.To = []byte(q.To)
	}
	return r
}

// Find yields the records that q selects. It is lazy and ends with the
// transaction. An error is the last thing yielded. Records may be written and
// deleted while ranging in an Update.
func (x Records[T]) Find(q Query) iter.Seq2[Row[T], error] {
	if q.Index != "" {
		return x.findByIndex(q)
	}
	return func(yield func(Row[T], error) bool) {
		for kv, err := range x.r.Scan(x.kind.Table, q.bounds()) {
			if err != nil {
				yield(Row[T]{}, x.fail("listing", q.Prefix, err))
				return
			}
			v, err := x.kind.decode(kv.Value)
			if err != nil {
				yield(Row[T]{Key: string(kv.Key)}, x.fail("listing", string(kv.Key), err))
				return
			}
			if !yield(Row[T]{Key: string(kv.Key), Value: v}, nil) {
				return
			}
		}
	}
}

func (x Records[T]) findByIndex(q Query) iter.Seq2[Row[T], error] {
	return func(yield func(Row[T], error) bool) {
		ix, err := x.kind.index(q.Index)
		if err != nil {
			yield(Row[T]{}, err)
			return
		}
		for kv, err := range x.r.Scan(x.kind.indexTable(ix), q.bounds()) {
			if err != nil {
				yield(Row[T]{}, x.fail("listing by "+q.Index, q.Prefix, err))
				return
			}
			key := string(kv.Value)
			v, err := x.Get(key)
			if err != nil {
				yield(Row[T]{Key: key}, fmt.Errorf("%w: index %s: %w", ErrCorrupt, x.kind.indexTable(ix), err))
				return
			}
			if !yield(Row[T]{Key: key, Value: v}, nil) {
				return
			}
		}
	}
}

// List yields the records whose keys begin with prefix (see Prefix), by key.
func (x Records[T]) List(prefix string) iter.Seq2[Row[T], error] {
	return x.Find(Query{Prefix: prefix})
}

// ListFrom is List from the key from on, which need not exist.
func (x Records[T]) ListFrom(prefix, from string) iter.Seq2[Row[T], error] {
	return x.Find(Query{Prefix: prefix, From: from})
}

// ListReverse is List from last to first.
func (x Records[T]) ListReverse(prefix string) iter.Seq2[Row[T], error] {
	return x.Find(Query{Prefix: prefix, Reverse: true})
}

// By yields the records whose entries in the index begin with prefix, by entry
// and then by key.
func (x Records[T]) By(index, prefix string) iter.Seq2[Row[T], error] {
	return x.Find(Query{Index: index, Prefix: prefix})
}

// ByReverse is By from last to first.
func (x Records[T]) ByReverse(index, prefix string) iter.Seq2[Row[T], error] {
	return x.Find(Query{Index: index, Prefix: prefix, Reverse: true})
}

// Keys gives the keys that start with prefix, in order, without decoding values.
func (x Records[T]) Keys(prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for kv, err := range x.r.Scan(x.kind.Table, PrefixRange([]byte(prefix))) {
			if err != nil {
				yield("", x.fail("listing", prefix, err))
				return
			}
			if !yield(string(kv.Key), nil) {
				return
			}
		}
	}
}

// First is the first record that q selects, or ErrNotFound.
func (x Records[T]) First(q Query) (Row[T], error) {
	q.Limit = 1
	for row, err := range x.Find(q) {
		return row, err
	}
	return Row[T]{}, x.fail("finding", q.Prefix, ErrNotFound)
}

// Only is the record with exactly this entry in a unique index, or ErrNotFound.
func (x Records[T]) Only(index, entry string) (Row[T], error) {
	key, err := x.KeyOf(index, entry)
	if err != nil {
		return Row[T]{}, err
	}
	v, err := x.Get(key)
	if err != nil {
		return Row[T]{Key: key}, fmt.Errorf("%w: index %s.%s: %w", ErrCorrupt, x.kind.Table, index, err)
	}
	return Row[T]{Key: key, Value: v}, nil
}

// KeyOf is the key of the one record under an entry of a unique index, without
// reading the record.
func (x Records[T]) KeyOf(index, entry string) (string, error) {
	ix, err := x.kind.index(index)
	if err != nil {
		return "", err
	}
	key, err := x.r.Get(x.kind.indexTable(ix), []byte(entry))
	if err != nil {
		return "", x.fail("finding by "+index, entry, err)
	}
	return string(key), nil
}

// Count is the number of records whose keys begin with prefix. It reads them
// all: keep a counter for numbers that pages show.
func (x Records[T]) Count(prefix string) (int, error) {
	n := 0
	for _, err := range x.r.Scan(x.kind.Table, PrefixRange([]byte(prefix))) {
		if err != nil {
			return n, x.fail("counting", prefix, err)
		}
		n++
	}
	return n, nil
}

// Values drops the keys of rows.
func Values[T any](rows iter.Seq2[Row[T], error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for row, err := range rows {
			if !yield(row.Value, err) {
				return
			}
		}
	}
}

// Collect gathers the values of rows, up to the first error.
func Collect[T any](rows iter.Seq2[Row[T], error]) ([]T, error) {
	var all []T
	for row, err := range rows {
		if err != nil {
			return all, err
		}
		all = append(all, row.Value)
	}
	return all, nil
}
