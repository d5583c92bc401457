// SPDX-License-Identifier: EUPL-1.2

// Package store keeps everything an instance has to remember.
//
// It has two layers. [Engine] is narrow: an ordered, transactional byte store
// with named tables, written once per technology (instance/boltstore) and held
// to its contract by instance/storetest. On top of it lies the typed layer,
// written once: a [Kind] describes one table of Go values with its indexes,
// [Records] is a Kind bound to a transaction, and [Store] opens an engine,
// brings its schema up to date and hands out transactions as [Tx].
//
// Rules for users of the package:
//
//   - The function given to View or Update may run more than once, so it has no
//     effect outside the transaction: assign results, do not append to them.
//   - No hashing of large data, signing, sleeping or network inside Update; no
//     Update inside View or Update.
//   - A long View makes the file of some engines grow: exports read in pages.
//   - A Tx, and everything read through it lazily, ends with its function.
//
// It must not import instance, instance/boltstore, bbolt, echo or net/http; of
// activitypub only wire types. Read engine.go first, then kind.go.
package store
