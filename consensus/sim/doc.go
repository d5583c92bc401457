// SPDX-License-Identifier: EUPL-1.2

// Package sim is test support: it runs a whole country of Polder instances in
// memory, on a virtual clock and a seeded random source, lets everything fail
// that aggregation.md section 10 lists, and checks the invariants of that
// section on the totals of consensus/tally.
//
// The nation (node 0) is the convener, provinces are hubs, municipalities are
// leaves. Only tallies and rosters travel; ballots are a known function of time,
// so that the right result is known too. A signature is represented by the key
// that would have made it (tally.Doc.Key), and there are no logs and witnesses.
//
// It must not be imported by code outside tests, and must not import anything
// that reads a clock, a disk or a network. All arithmetic is on integers, so
// that a seed gives the same run on every machine.
//
// Read config.go first, then world.go; the checks are in invariants.go.
package sim
