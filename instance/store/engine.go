// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"context"
	"fmt"
	"io"
	"iter"
)

// Limits of the byte layer (spec: architecture.md 4).
const (
	MaxKey   = 512     // bytes in a key; the empty key does not exist
	MaxValue = 4 << 20 // bytes in a value; see Blobs for more
)

// Engine is an ordered transactional byte store with named tables.
//
// Tables need no declaration: one that was never written to is empty. An
// engine is safe for concurrent use. Its contract is executable: every clause
// below is a case of storetest.Run.
type Engine interface {
	// View runs fn on one consistent snapshot: it sees every update that
	// returned before View was called and nothing of later ones. Views run
	// beside each other and beside an update.
	View(ctx context.Context, fn func(Reader) error) error

	// Update runs fn in a serializable transaction. When nil is returned
	// everything fn wrote is durable. When fn returns an error or panics,
	// nothing of it is left behind, and the error or panic reaches the
	// caller. A context cancelled before the commit aborts the update and
	// its error is returned. fn may run more than once and must have no
	// effect outside the transaction. After a kill at any moment, reopening
	// shows a prefix of the committed updates.
	Update(ctx context.Context, fn func(Writer) error) error

	// Backup writes a consistent snapshot to w while serving. The engine
	// that wrote it can restore it.
	Backup(ctx context.Context, w io.Writer) error

	// Close waits for running transactions and releases the store.
	// Afterwards every method returns ErrClosed.
	Close() error
}

// Reader is the reading half of a transaction. It is used by one goroutine,
// within the function that received it; afterwards its methods return
// ErrClosed. Slices it returns are copies that belong to the caller.
type Reader interface {
	// Get returns the value under key, or ErrNotFound. An empty value is
	// not nil.
	Get(table string, key []byte) ([]byte, error)

	// Scan yields the pairs of r in bytewise key order. It is lazy: it may
	// be ranged over again and then starts anew. In an update, writes made
	// while ranging are allowed and are seen if they lie ahead. An error is
	// the last thing yielded.
	Scan(table string, r Range) iter.Seq2[KV, error]
}

// Writer is a Reader that sees its own writes. Arguments may be reused by the
// caller as soon as a method returns.
type Writer interface {
	Reader
	// Put stores value under key, replacing what was there.
	Put(table string, key, value []byte) error
	// Insert stores value under a new key, or returns ErrExists. Of
	// concurrent inserts of one key exactly one wins.
	Insert(table string, key, value []byte) error
	// Delete removes key; deleting an absent key is no error.
	Delete(table string, key []byte) error
}

// KV is one stored pair.
type KV struct {
	Key, Value []byte
}

// Range selects the keys k with From <= k < To in bytewise order. A nil From
// starts at the first key, a nil To has no end. Reverse yields the same keys
// from last to first; Limit > 0 stops after that many.
type Range struct {
	From, To []byte
	Reverse  bool
	Limit    int
}

// PrefixRange selects every key that begins with prefix.
func PrefixRange(prefix []byte) Range {
	return Range{From: prefix, To: After(prefix)}
}

// After returns the least key greater than every key beginning with prefix, or
// nil if there is none. It is the To of a range that ends with prefix.
func After(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			end := append([]byte(nil), prefix[:i+1]...)
			end[i]++
			return end
		}
	}
	return nil
}

// CheckKey reports ErrKey unless table has a name and key is 1 to MaxKey
// bytes. Engines call it on every access, so that all refuse the same keys.
func CheckKey(table string, key []byte) error {
	if table == "" {
		return fmt.Errorf("%w: table without a name", ErrKey)
	}
	if len(key) == 0 || len(key) > MaxKey {
		return fmt.Errorf("%w: %d bytes in table %s, want 1 to %d", ErrKey, len(key), table, MaxKey)
	}
	return nil
}

// CheckPair is CheckKey, and ErrTooLarge for a value of more than MaxValue
// bytes.
func CheckPair(table string, key, value []byte) error {
	if err := CheckKey(table, key); err != nil {
		return err
	}
	if len(value) > MaxValue {
		return fmt.Errorf("%w: %d bytes in table %s, at most %d", ErrTooLarge, len(value), table, MaxValue)
	}
	return nil
}
