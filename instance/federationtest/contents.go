// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"

	"polder/instance/store"
)

// Contents is everything in the store of an instance that an activity could
// change: "table key" to the record as JSON. Left out are the peer log, and
// what is remembered of others so as not to ask twice: actors, hosts, and, with
// seen false, activity ids.
func (n *Node) Contents(seen bool) map[string]string {
	n.cluster.t.Helper()
	out := map[string]string{}
	err := n.store.View(context.Background(), func(tx *store.Tx) error {
		for _, add := range []func() error{
			func() error { return dump(out, "consultations", tx.Consultations.List("")) },
			func() error { return dump(out, "ballots", tx.Ballots.List("")) },
			func() error { return dump(out, "counts", tx.Counts.List("")) },
			func() error { return dump(out, "codes", tx.Codes.List("")) },
			func() error { return dump(out, "vote hosts", tx.VoteHosts.List("")) },
			func() error { return dump(out, "polls", tx.Polls.List("")) },
			func() error { return dump(out, "statements", tx.Statements.List("")) },
			func() error { return dump(out, "rows", tx.Rows.List("")) },
			func() error { return dump(out, "joinings", tx.Joinings.List("")) },
			func() error { return dump(out, "memberships", tx.Memberships.List("")) },
			func() error { return dump(out, "signed", tx.Signed.List("")) },
			func() error { return dump(out, "definitions", tx.Definitions.List("")) },
			func() error { return dump(out, "counting", tx.Counting.List("")) },
			func() error { return dump(out, "aggregating", tx.Aggregating.List("")) },
			func() error { return dump(out, "acknowledgements", tx.Acks.List("")) },
			func() error { return dump(out, "followers", tx.Followers.List("")) },
			func() error { return dump(out, "following", tx.Following.List("")) },
			func() error { return dump(out, "objects", tx.Objects.List("")) },
			func() error { return dump(out, "outbox", tx.Outbox.List("")) },
			func() error { return dump(out, "jobs", tx.Jobs.List("")) },
			func() error { return dump(out, "deliveries", tx.Deliveries.List("")) },
		} {
			if err := add(); err != nil {
				return err
			}
		}
		if !seen {
			return nil
		}
		return dump(out, "seen", tx.Seen.List(""))
	})
	if err != nil {
		n.cluster.t.Fatal(err)
	}
	return out
}

func dump[T any](out map[string]string, table string, rows iter.Seq2[store.Row[T], error]) error {
	for row, err := range rows {
		if err != nil {
			return err
		}
		raw, err := json.Marshal(row.Value)
		if err != nil {
			return err
		}
		out[fmt.Sprintf("%s %q", table, row.Key)] = string(raw)
	}
	return nil
}

// Changes lists the records that differ between two contents.
func Changes(before, after map[string]string) []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(after)) {
		switch old, ok := before[key]; {
		case !ok:
			out = append(out, "new "+key)
		case old != after[key]:
			out = append(out, "changed "+key+": "+after[key])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(before)) {
		if _, ok := after[key]; !ok {
			out = append(out, "gone "+key)
		}
	}
	return out
}
