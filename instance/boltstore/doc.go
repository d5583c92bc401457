// SPDX-License-Identifier: EUPL-1.2

// Package boltstore is the store.Engine on bbolt: one file, one process.
//
// Updates that arrive while a commit is being written share the next one
// (group.go), because a commit costs a few writes to the disk whatever it
// holds. Every function still runs in the goroutine of its caller and fails
// alone.
//
// It imports instance/store for the interface and its errors only, and must
// not know what any table means. No other package may import bbolt. Read
// engine.go first, then group.go.
package boltstore
