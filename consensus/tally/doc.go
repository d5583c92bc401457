// SPDX-License-Identifier: EUPL-1.2

// Package tally is the pure core of counting across municipalities: the signed
// documents Tally and Roster, the checks on them (codes F and W), the small
// number rules, and the functions Value and Total that turn a set of tallies
// and a Roster into one result (spec: aggregation.md 5 to 10).
//
// Everything here is a function of its arguments. There is no I/O, no clock and
// no randomness: the time, the nonce of a sealed tally and the key that signed a
// document (Doc.Key) are given by the caller. Order, loss and duplication of
// messages therefore cannot change a total.
//
// The package must not import activitypub (other than activitypub/proof),
// instance, or anything that talks to a network or disk.
//
// Read document.go first, then value.go and total.go; suppress.go holds the
// rules for small numbers.
package tally
