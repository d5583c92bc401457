// SPDX-License-Identifier: EUPL-1.2

package store

import "errors"

// What a transaction may answer; test with errors.Is.
var (
	// ErrNotFound: there is no record under the key.
	ErrNotFound = errors.New("not found")
	// ErrExists: Insert found a record under the key, or a unique index has
	// another record for the same entry.
	ErrExists = errors.New("already exists")
	// ErrKey: the key is empty, too long, or its table has no name.
	ErrKey = errors.New("unusable key")
	// ErrTooLarge: the value or blob exceeds its size limit.
	ErrTooLarge = errors.New("too large")
	// ErrReadOnly: a write in a View.
	ErrReadOnly = errors.New("write in a read-only transaction")
	// ErrCorrupt: stored bytes contradict what was written by this program.
	ErrCorrupt = errors.New("stored data is damaged")
)

// What a store as a whole may answer.
var (
	// ErrNewerSchema: the store was written by a later version of Polder.
	ErrNewerSchema = errors.New("the store was written by a newer version of polder")
	// ErrLocked: another process has the store open.
	ErrLocked = errors.New("the store is in use by another process")
	// ErrFull: the disk or quota is full; nothing was changed.
	ErrFull = errors.New("no space left for the store")
	// ErrClosed: the store, or the transaction used, has ended.
	ErrClosed = errors.New("store or transaction is closed")
)
