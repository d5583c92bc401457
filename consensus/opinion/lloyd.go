// SPDX-License-Identifier: EUPL-1.2

package opinion

import "strconv"

// ClusterSum is a contributor's answer to a move round for one cluster: people
// and the sums of their coordinates (spec: opinion.md 7.2).
type ClusterSum struct{ N, X, Y int64 }

// Score is the quality of one set of centroids: integer sums over people (7.3).
type Score struct {
	Inertia int64
	SilSum  int64
	Sizes   []int64
}

// GroupCounts are votes per column over the members of one group (8).
type GroupCounts struct {
	Members, Spread int64
	A, D, S         []int64
}

func appendPair(b []byte, x, y int64) []byte {
	b = strconv.AppendInt(append(b, '['), x, 10)
	b = strconv.AppendInt(append(b, ','), y, 10)
	return append(b, ']')
}
