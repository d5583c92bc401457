// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"polder/consensus"
	"polder/consensus/eligibility"
)

// joint starts the usual network with one joint consultation that all adopted.
func joint(t *testing.T, questions int) *Cluster {
	t.Helper()
	c := NewCluster(t, Nation, Province, Groningen, Midden)
	c.Bind(Nation, Province)
	c.Bind(Province, Groningen)
	c.Bind(Province, Midden)
	c.Node(Nation).Announce(c.Draft("water", questions, true, Province, Groningen, Midden))
	c.AdoptAll(Province, Groningen, Midden)
	return c
}

func TestJointConsultationIsTheSumOfItsMembers(t *testing.T) {
	t.Parallel()
	c := joint(t, 2)
	ctx := context.Background()
	want := int64(0)
	for i, p := range []Place{Groningen, Midden} {
		n := c.Node(p)
		codes := n.Codes("water", 60)
		for v, code := range codes[:40+10*i] {
			option := []string{"agree", "disagree", "pass"}[v%3]
			if err := n.Vote("water", "qa", option, eligibility.Code, code); err != nil {
				t.Fatalf("vote: %v", err)
			}
			if option == "agree" {
				want++
			}
		}
		for v := range 12 {
			if err := n.Vote("water", "qb", "agree", eligibility.Open, fmt.Sprintf("cookie-%d-%d", i, v)); err != nil {
				t.Fatal(err)
			}
		}
	}
	c.Advance(2 * time.Hour)
	c.Advance(15 * time.Minute)
	c.Advance(15 * time.Minute)
	c.Advance(time.Hour)

	for _, p := range []Place{Nation, Province} {
		n := c.Node(p)
		j, err := n.Service.JointResult(ctx, n.Consultation("water"))
		if err != nil {
			t.Fatal(err)
		}
		if j.Aggregate == nil {
			t.Fatalf("%s published no total", p.Host)
		}
		if j.Result.Coverage.Expected != 2 || j.Result.Coverage.Reported != 2 || j.Result.Coverage.Final != 2 {
			t.Errorf("%s: coverage %+v", p.Host, j.Result.Coverage)
		}
		if j.Aggregate.Status != "final" && j.Aggregate.Status != "corrected" {
			t.Errorf("%s: status %s", p.Host, j.Aggregate.Status)
		}
		q, ok := j.Aggregate.Question("qa")
		if !ok || q.Options[0].N["code"] != want || q.Ballots["code"] != 90 {
			t.Errorf("%s: %+v, want %d of 90", p.Host, q, want)
		}
	}
	full, err := c.Node(Nation).Service.ConvenerTotals(ctx, c.Node(Nation).Consultation("water"))
	if err != nil {
		t.Fatal(err)
	}
	if got := full.Count("qb", "agree", "open"); got != 24 {
		t.Errorf("convener holds %d open votes for qb, want 24", got)
	}
	if con := c.Node(Groningen).Consultation("water"); con.Counting != consensus.CountingFinal || !con.Destroyed {
		t.Errorf("count is %q, key destroyed %v", con.Counting, con.Destroyed)
	}
}
