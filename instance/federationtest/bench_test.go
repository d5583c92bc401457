// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"polder/consensus/eligibility"
	"polder/instance"
)

// BenchmarkCastVote measures durable votes by 64 callers at once, each vote one
// transaction on disk.
func BenchmarkCastVote(b *testing.B) {
	c := NewCluster(b, Groningen)
	n := c.Node(Groningen)
	n.Announce(c.Draft("fietspad", 3, false))
	con := n.Consultation("fietspad")
	var next atomic.Int64
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, err := n.Service.CastVote(context.Background(), instance.Cast{Consultation: con.ID, Question: "qa",
				Options: []string{"agree"}, Level: eligibility.Open, Identity: fmt.Sprint(next.Add(1)), Received: c.Now()})
			if err != nil {
				b.Error(err)
			}
		}
	})
}
