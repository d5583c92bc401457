// SPDX-License-Identifier: EUPL-1.2

// Package instance holds the use cases of one Polder instance: casting a vote,
// running a consultation, counting it, and exchanging signed messages with
// other servers. The type Service is the only door; web handlers, the command
// line and the background workers all go through it.
//
// It must not know echo, bbolt or HTML: requests reach it as values, storage
// is the typed layer of instance/store, and pages render what its views return.
//
// Background work is a set of small steps (inbox jobs, deliveries, the
// scheduler, the puller). Run loops over them; tests call them one by one, so
// nothing in this package waits by sleeping.
//
// Read vote.go first: every ballot, from whatever channel, passes CastVote.
package instance
