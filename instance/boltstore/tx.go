// SPDX-License-Identifier: EUPL-1.2

package boltstore

import (
	"bytes"
	"context"
	"iter"

	bolt "go.etcd.io/bbolt"

	"polder/instance/store"
)

// buckets finds the bucket of a table once per bbolt transaction.
type buckets struct {
	btx   *bolt.Tx
	known map[string]*bolt.Bucket
}

// table returns the bucket of a table, or nil if it was never written to.
func (b *buckets) table(name string) *bolt.Bucket {
	if bucket := b.known[name]; bucket != nil {
		return bucket
	}
	bucket := b.btx.Bucket([]byte(name))
	b.remember(name, bucket)
	return bucket
}

// create returns the bucket of a table that is about to be written to.
func (b *buckets) create(name string) (*bolt.Bucket, error) {
	if bucket := b.table(name); bucket != nil {
		return bucket, nil
	}
	bucket, err := b.btx.CreateBucketIfNotExists([]byte(name))
	if err == nil {
		b.remember(name, bucket)
	}
	return bucket, err
}

func (b *buckets) remember(name string, bucket *bolt.Bucket) {
	if bucket == nil {
		return
	}
	if b.known == nil {
		b.known = map[string]*bolt.Bucket{}
	}
	b.known[name] = bucket
}

// tx is what one function sees. Several share a bbolt transaction in turn, so
// each keeps what it takes to undo itself.
type tx struct {
	buckets
	ctx    context.Context
	ended  bool
	undo   []change // oldest first; written by Put, Insert and Delete only
	writes int      // counts writes, so that a Scan notices them
	bytes  int      // of keys and values written
}

// change is how one key was before it was written to.
type change struct {
	bucket *bolt.Bucket
	key    []byte
	before []byte // nil: the key was absent
}

// end makes every later use of the transaction an error.
func (t *tx) end() { t.ended = true }

func (t *tx) usable() error {
	if t.ended {
		return store.ErrClosed
	}
	return nil
}

// Get implements store.Reader.
func (t *tx) Get(table string, key []byte) ([]byte, error) {
	if err := t.check(table, key); err != nil {
		return nil, err
	}
	bucket := t.table(table)
	if bucket == nil {
		return nil, store.ErrNotFound
	}
	value := bucket.Get(key)
	if value == nil {
		return nil, store.ErrNotFound
	}
	return clone(value), nil
}

// Put implements store.Writer.
func (t *tx) Put(table string, key, value []byte) error {
	if err := t.checkPair(table, key, value); err != nil {
		return err
	}
	bucket, err := t.create(table)
	if err != nil {
		return err
	}
	return t.write(bucket, key, value, bucket.Get(key))
}

// Insert implements store.Writer.
func (t *tx) Insert(table string, key, value []byte) error {
	if err := t.checkPair(table, key, value); err != nil {
		return err
	}
	bucket, err := t.create(table)
	if err != nil {
		return err
	}
	if bucket.Get(key) != nil {
		return store.ErrExists
	}
	return t.write(bucket, key, value, nil)
}

// Delete implements store.Writer.
func (t *tx) Delete(table string, key []byte) error {
	if err := t.check(table, key); err != nil {
		return err
	}
	bucket := t.table(table)
	if bucket == nil {
		return nil
	}
	before := bucket.Get(key)
	if before == nil {
		return nil
	}
	t.remember(bucket, key, before)
	return bucket.Delete(key)
}

func (t *tx) remember(bucket *bolt.Bucket, key, before []byte) {
	if before != nil {
		before = clone(before)
	}
	t.undo = append(t.undo, change{bucket: bucket, key: clone(key), before: before})
	t.writes++
	t.bytes += len(key) + len(before)
}

func (t *tx) write(bucket *bolt.Bucket, key, value, before []byte) error {
	t.remember(bucket, key, before)
	t.bytes += len(value)
	// bbolt keeps the slice it is given until the commit.
	return bucket.Put(key, clone(value))
}

// revert takes back everything the function wrote, newest first.
func (t *tx) revert() error {
	for i := len(t.undo) - 1; i >= 0; i-- {
		c := t.undo[i]
		err := error(nil)
		if c.before == nil {
			err = c.bucket.Delete(c.key)
		} else {
			err = c.bucket.Put(c.key, c.before)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) check(table string, key []byte) error {
	if err := t.usable(); err != nil {
		return err
	}
	return store.CheckKey(table, key)
}

func (t *tx) checkPair(table string, key, value []byte) error {
	if err := t.usable(); err != nil {
		return err
	}
	return store.CheckPair(table, key, value)
}

// Scan implements store.Reader. A write while ranging may move what a bbolt
// cursor stands on, so the cursor is placed anew after one.
func (t *tx) Scan(table string, r store.Range) iter.Seq2[store.KV, error] {
	return func(yield func(store.KV, error) bool) {
		bucket := t.start(table, yield)
		if bucket == nil {
			return
		}
		c := cursor{bucket: bucket, bolt: bucket.Cursor(), r: r}
		k, v := c.first()
		for n := 1; k != nil; n++ {
			if err := t.alive(n); err != nil {
				yield(store.KV{}, err)
				return
			}
			key, writes := clone(k), t.writes
			if !yield(store.KV{Key: key, Value: clone(v)}, nil) || n == r.Limit {
				return
			}
			if err := t.usable(); err != nil {
				yield(store.KV{}, err)
				return
			}
			if t.writes != writes {
				k, v = c.after(clone(key))
			} else {
				k, v = c.next()
			}
		}
	}
}

// start finds the bucket to scan; nil if there is nothing to yield any more.
func (t *tx) start(table string, yield func(store.KV, error) bool) *bolt.Bucket {
	err := t.usable()
	if err == nil && table == "" {
		err = store.CheckKey(table, nil)
	}
	if err != nil {
		yield(store.KV{}, err)
		return nil
	}
	return t.table(table)
}

// alive lets a cancelled context end a long scan.
func (t *tx) alive(n int) error {
	if n%256 != 0 {
		return nil
	}
	return t.ctx.Err()
}

// cursor walks a range of one bucket, in either direction.
type cursor struct {
	bucket *bolt.Bucket
	bolt   *bolt.Cursor
	r      store.Range
}

func (c *cursor) first() (k, v []byte) {
	if c.r.Reverse {
		return c.within(c.before(c.r.To))
	}
	return c.within(c.bolt.Seek(c.r.From))
}

func (c *cursor) next() (k, v []byte) {
	if c.r.Reverse {
		return c.within(c.bolt.Prev())
	}
	return c.within(c.bolt.Next())
}

// after continues behind key, which may have been deleted.
func (c *cursor) after(key []byte) (k, v []byte) {
	c.bolt = c.bucket.Cursor()
	if c.r.Reverse {
		return c.within(c.before(key))
	}
	k, v = c.bolt.Seek(key)
	if bytes.Equal(k, key) {
		k, v = c.bolt.Next()
	}
	return c.within(k, v)
}

// before places the cursor on the last key less than end; nil: on the last.
func (c *cursor) before(end []byte) (k, v []byte) {
	if end == nil {
		return c.bolt.Last()
	}
	if k, _ = c.bolt.Seek(end); k == nil {
		return c.bolt.Last()
	}
	return c.bolt.Prev()
}

func (c *cursor) within(k, v []byte) ([]byte, []byte) {
	switch {
	case k == nil,
		bytes.Compare(k, c.r.From) < 0,
		c.r.To != nil && bytes.Compare(k, c.r.To) >= 0:
		return nil, nil
	}
	return k, v
}

// clone copies b; an empty slice stays different from nil.
func clone(b []byte) []byte { return append(make([]byte, 0, len(b)), b...) }
