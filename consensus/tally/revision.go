// SPDX-License-Identifier: EUPL-1.2

package tally

import "fmt"

// NextRevision is the hybrid logical clock of aggregation.md 5: the revision
// after prev (0 for the first) at unix time nowMillis, in milliseconds.
func NextRevision(prev, nowMillis int64) int64 { return max(prev+1, nowMillis) }

// ID is the id of a tally: `<consultation>/tallies/<epoch>-<revision>`.
func ID(consultation string, epoch, revision int64) string {
	return fmt.Sprintf("%s/tallies/%d-%d", consultation, epoch, revision)
}

// SealedID is the id of the sealed companion of the tally id.
func SealedID(id string) string { return id + "/sealed" }

// RosterID is the id of a Roster: `<context>/roster/<revision>`.
func RosterID(context string, revision int64) string {
	return fmt.Sprintf("%s/roster/%d", context, revision)
}
