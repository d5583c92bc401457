// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"polder/consensus/eligibility"
	"polder/consensus/tally"
	"polder/instance/store"
)

// branch is a tally of Midden with other counts at a revision after its honest
// one.
func branch(a *Insider, honest []byte, by int64, agree int) []byte {
	return a.Forge(honest, nil, revised(by, func(d JSON) {
		option(d, 0)["code"], option(d, 1)["code"] = agree, 30-agree
	}))
}

// TestForkedTally: two contents at one revision. The value before the fork
// stays, the row is disputed, and no later tally of that epoch changes it.
func TestForkedTally(t *testing.T) {
	t.Parallel()
	c := countedNetwork(t)
	province, midden := c.Node(Province), c.Insider(Midden)
	honest := c.Node(Midden).Newest(tally.KindDirect).Raw
	first, second := branch(midden, honest, 1000, 14), branch(midden, honest, 1000, 16)

	midden.Report(province, first)
	if row := province.row(Midden); row.Disputed || province.count("agree") != 34 {
		t.Fatalf("one branch is a tally like any other: %s", province.summary())
	}
	midden.Report(province, second)
	if got := province.reasons(1)[0]; got != "F105" || !province.Holds(second) {
		t.Errorf("the second branch: reason %q, kept %v", got, province.Holds(second))
	}
	forked := func(when string) {
		t.Helper()
		row := province.row(Midden)
		if !row.Disputed || row.Doc == nil || province.count("agree") != 35 || province.count("disagree") != 25 {
			t.Errorf("%s: disputed %v: %s", when, row.Disputed, province.summary())
		}
		if other := province.row(Groningen); other.Disputed || !other.Counted() {
			t.Errorf("%s: the other row changed: %+v", when, other)
		}
	}
	forked("after the fork")
	midden.Report(province, branch(midden, honest, 5000, 30))
	forked("after a newer tally")
	midden.Report(province, first)
	forked("after a repetition")
	c.Advance(25 * time.Minute)
	forked("at the end")
	if j := province.result(); j.Aggregate == nil || j.Aggregate.Status != tally.StatusFinal {
		t.Errorf("the rest has its quorum, yet the total is %q", j.Status)
	}
}

// TestForkThatWasHalfLost: the child of a branch that never arrived names it,
// and so gives the fork away (invariant I2b).
func TestForkThatWasHalfLost(t *testing.T) {
	t.Parallel()
	c := countedNetwork(t)
	province, midden := c.Node(Province), c.Insider(Midden)
	honest := c.Node(Midden).Newest(tally.KindDirect).Raw
	lost, other := branch(midden, honest, 1000, 14), branch(midden, honest, 1000, 16)
	child := midden.Forge(lost, nil, revised(1000, func(d JSON) {
		d["previous"] = JSON{"revision": revisionOf(lost), "digest": digestOf(t, lost)}
	}))
	midden.Report(province, other)
	if province.row(Midden).Disputed {
		t.Fatal("disputed too soon")
	}
	midden.Report(province, child)
	if row := province.row(Midden); !row.Disputed || province.count("agree") != 35 {
		t.Errorf("disputed %v: %s", row.Disputed, province.summary())
	}
}

// TestForkMeets: each of two instances got another branch; what they say they
// hold brings the branches together.
func TestForkMeets(t *testing.T) {
	t.Parallel()
	c := joint(t, 1)
	c.castAll(Groningen, 20, 10)
	c.castAll(Midden, 15, 15)
	c.Advance(2 * time.Minute)
	c.Advance(60 * time.Minute)
	c.Advance(3 * time.Minute)
	c.Advance(time.Minute)
	midden := c.Insider(Midden)
	nation, province := c.Node(Nation), c.Node(Province)
	honest := c.Node(Midden).Newest(tally.KindDirect).Raw
	c.Down(Nation, true)
	midden.Report(province, branch(midden, honest, 1000, 14))
	c.Down(Nation, false)
	c.Down(Province, true)
	midden.Report(nation, branch(midden, honest, 1000, 16))
	c.Down(Province, false)
	c.pull(Nation, Province)
	c.pull(Province, Nation)
	for _, n := range []*Node{nation, province} {
		if row := n.row(Midden); !row.Disputed || n.count("agree") != 35 {
			t.Errorf("%s: disputed %v: %s", n.Host, row.Disputed, n.summary())
		}
	}
}

// pull makes one instance read the heads of another.
func (c *Cluster) pull(by, from Place) {
	c.t.Helper()
	if err := c.Node(by).Service.PullFrom(context.Background(), c.Node(from).URL("/actor")); err != nil {
		c.t.Fatalf("%s pulls from %s: %v", by.Host, from.Host, err)
	}
	c.Settle()
}

// TestRestoredBackup: a member goes back to an old copy of its store after it
// published more. The start-up guard takes its newest revision back before it
// signs, so it goes on after it and nobody reports a fork.
func TestRestoredBackup(t *testing.T) {
	t.Parallel()
	c := NewCluster(t, Province, Groningen, Midden)
	c.Bind(Province, Groningen)
	c.Bind(Province, Midden)
	c.Node(Province).Announce(c.Draft("water", 1, true, Groningen, Midden))
	c.AdoptAll(Groningen, Midden)
	n := c.Node(Midden)
	c.castAll(Groningen, 10, 10)
	codes := n.Codes("water", 60)
	cast(t, n, codes[:20])
	c.Advance(2 * time.Minute)

	backup := filepath.Join(t.TempDir(), "polder.db")
	n.Stop()
	copyFile(t, filepath.Join(n.Dir, "polder.db"), backup)
	n.Restart()
	c.Settle()
	cast(t, n, codes[20:40])
	c.Advance(2 * time.Minute)
	published := n.Newest(tally.KindDirect)
	if !c.Node(Province).Holds(published.Raw) {
		t.Fatal("the newest tally did not arrive")
	}

	n.Stop()
	copyFile(t, backup, filepath.Join(n.Dir, "polder.db"))
	n.Restart()
	if n.Holds(published.Raw) {
		t.Fatal("the backup is not older")
	}
	if n.Service.Ready() {
		t.Error("ready before the guard has asked anybody")
	}
	c.Down(Province, true)
	c.Settle()
	if err := n.Vote("water", "qa", "agree", eligibility.Code, codes[50]); err == nil || n.Service.Ready() {
		t.Errorf("votes are taken before the guard has passed (%v)", err)
	}
	c.Down(Province, false)
	c.Settle()
	if !n.Service.Ready() || !n.Holds(published.Raw) {
		t.Fatalf("ready %v, took its newest tally back: %v", n.Service.Ready(), n.Holds(published.Raw))
	}
	cast(t, n, codes[20:55]) // the votes the backup had lost, and more
	c.Advance(2 * time.Minute)
	if !goesOnAfter(t, n, published.Digest) {
		t.Errorf("no tally names %s as the one before it", published.Digest)
	}
	c.Advance(65 * time.Minute)
	c.Advance(3 * time.Minute)
	c.Advance(25 * time.Minute)
	if row := c.Node(Province).row(Midden); row.Disputed || row.Status != tally.StatusFinal {
		t.Errorf("disputed %v, status %q", row.Disputed, row.Status)
	}
	if got := c.Node(Province).count("agree"); got != 10+55 {
		t.Errorf("the total counts %d, want 65", got)
	}
}

// goesOnAfter tells whether an own tally follows the one with this digest.
func goesOnAfter(t *testing.T, n *Node, digest string) bool {
	t.Helper()
	return len(n.signed(func(rec store.Signed) bool {
		d, err := tally.Parse(rec.Raw)
		return err == nil && rec.Own && d.Previous != nil && d.Previous.Digest == digest
	})) == 1
}

func cast(t *testing.T, n *Node, codes []string) {
	t.Helper()
	for _, code := range codes {
		if err := n.Vote("water", "qa", "agree", eligibility.Code, code); err != nil {
			t.Fatal(err)
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestMemberOffline: a member is gone when voting closes. The total says so,
// becomes final with its quorum, and is corrected when the member returns.
func TestMemberOffline(t *testing.T) {
	t.Parallel()
	c := joint(t, 1)
	nation := c.Node(Nation)
	c.castAll(Groningen, 20, 10)
	c.castAll(Midden, 15, 15)
	c.Down(Midden, true)
	c.Advance(2 * time.Minute)
	c.Advance(60 * time.Minute)
	c.Advance(3 * time.Minute)
	c.Advance(time.Minute)
	if row := nation.row(Midden); row.Why != tally.WhyNoReport || nation.count("agree") != 20 {
		t.Errorf("while it is away: %s", nation.summary())
	}
	if got := nation.result().Result.Coverage; got.Expected != 2 || got.Reported != 1 {
		t.Errorf("coverage %+v", got)
	}
	c.Advance(14 * time.Minute) // objections are over
	c.Advance(2 * time.Minute)
	final := nation.result()
	if final.Aggregate == nil || final.Aggregate.Status != tally.StatusFinal || final.Aggregate.Coverage.Reported != 1 {
		t.Fatalf("no final total with coverage: %s", nation.summary())
	}
	c.Down(Midden, false)
	c.Advance(time.Hour)
	for range 4 {
		c.Advance(5 * time.Minute)
	}
	after := nation.result()
	if after.Aggregate.Status != tally.StatusCorrected || nation.count("agree") != 35 || after.Aggregate.Coverage.Reported != 2 {
		t.Errorf("after it returned: %s", nation.summary())
	}
	if after.Aggregate.Previous == nil || !nation.Holds(final.Aggregate.Raw) {
		t.Error("the first final total is not kept")
	}
	if _, err := nation.Service.SignedByID(context.Background(), final.Aggregate.ID); err != nil {
		t.Errorf("the first final total cannot be read: %v", err)
	}
}

// TestUnreliableNetwork: deliveries are lost, doubled and overtaken; pull brings
// every instance to the same total.
func TestUnreliableNetwork(t *testing.T) {
	t.Parallel()
	c := joint(t, 1)
	count := 0
	var held []*http.Request
	c.SetFault(func(r *http.Request) int {
		if r.Method != http.MethodPost {
			return 1
		}
		count++
		switch count % 5 {
		case 0:
			return 0 // lost, and the sender knows
		case 1:
			return -1 // lost, and the sender does not know
		case 2:
			return 3
		}
		held = append(held, r)
		return 1
	})
	c.castAll(Groningen, 20, 10)
	c.Advance(2 * time.Minute)
	c.castAll(Midden, 15, 15)
	c.Advance(2 * time.Minute)
	for range 16 {
		c.Advance(5 * time.Minute)
	}
	c.SetFault(nil)
	c.replay(held)
	for range 2 {
		for _, by := range []Place{Province, Nation, Groningen, Midden} {
			for _, from := range []Place{Nation, Province, Groningen, Midden} {
				if by != from {
					c.pull(by, from)
				}
			}
		}
		c.Advance(30 * time.Minute)
	}
	for _, p := range []Place{Nation, Province} {
		n := c.Node(p)
		if n.count("agree") != 35 || n.count("disagree") != 25 {
			t.Errorf("%s: %s", n.Host, n.summary())
		}
		for _, m := range []Place{Groningen, Midden} {
			if row := n.row(m); row.Disputed || row.Status != tally.StatusFinal {
				t.Errorf("%s: row %s disputed %v, %s", n.Host, m.Area, row.Disputed, row.Status)
			}
		}
	}
}

// replay sends old deliveries once more, newest first.
func (c *Cluster) replay(old []*http.Request) {
	c.t.Helper()
	for _, r := range slices.Backward(old) {
		if r.GetBody == nil {
			continue
		}
		body, err := r.GetBody()
		if err != nil {
			c.t.Fatal(err)
		}
		again := r.Clone(context.Background())
		again.Body = body
		if resp, err := c.net.RoundTrip(again); err == nil {
			resp.Body.Close()
		}
	}
	c.Settle()
}
