// SPDX-License-Identifier: EUPL-1.2

// Package consensus is the pure core of Polder: what a consultation is, which
// states it goes through, who may move it, and which ballots it accepts
// (spec: product.md 4.1, 4.7, 5, 7, 8, 11). Counting is in consensus/tally.
//
// It must not import ActivityPub, storage or HTTP packages. Nothing here reads
// a clock or a random source. Times are stored as given; where a rule says
// "n days", the days are calendar days in the zone of the time that is passed
// as now, so that a caller passes the clock of its instance in the zone of its
// instance (default Europe/Amsterdam).
//
// Read consultation.go first, then transitions.go (the state machine) and
// ballot.go (the one rule that accepts a vote).
package consensus
