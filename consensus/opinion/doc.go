// SPDX-License-Identifier: EUPL-1.2

// Package opinion finds groups of people who vote alike and what all groups
// agree on: a deterministic function of the votes, computed from integer sums,
// so that municipalities get one common result and no ballot leaves its
// instance (spec: opinion.md, `polder-opinion/1`).
//
// It must not import storage, HTTP or ActivityPub packages, and reads neither a
// clock nor a random source. Nothing ranges over a map into a sum, list or
// encoder.
//
// Read stats.go first, then model.go and lloyd.go.
package opinion
