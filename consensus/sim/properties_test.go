// SPDX-License-Identifier: EUPL-1.2

package sim

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"polder/consensus/tally"
)

// drawer gives a number from 0 to n-1: rapid's, which shrinks, or a dice.
type drawer func(n int) int

func rapidDrawer(t *rapid.T) drawer {
	return func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "n") }
}

// chaos is a country of three places and two provinces with a random set of
// tallies: chains with gaps, forks, impossible counts, thieves, strangers, and a
// Roster after some random changes. Nothing here has to be likely.
type chaos struct {
	*world
	set []*item
}

func newChaos(draw drawer, b Breakage) *chaos {
	cfg := Quiet(1)
	cfg.Members, cfg.Provinces, cfg.Breakage = 3, 2, b
	c := &chaos{world: newWorld(cfg)}
	for i, l := range c.leaves {
		l.parent, l.second = 1+i%2, 2-i%2
	}
	r := c.firstRoster()
	changes := []func(*world, *tally.Roster, *tally.Member){moveToSecond, expel, freezeAny, rotateAny, replaceKeys, settle, extend}
	for range draw(4) {
		next := *r
		next.Members = slices.Clone(r.Members)
		m, _ := next.Member(c.leaves[draw(3)].area)
		changes[draw(len(changes))](c.world, &next, m)
		next.Revision += 1 + int64(draw(3))
		r = &next
	}
	r.Digest = rosterDigest(r)
	for range draw(14) {
		c.add(draw)
	}
	for _, n := range c.nodes {
		n.rosters, n.latest = []*tally.Roster{r}, r
	}
	return c
}

// freezeAny and rotateAny stand in for freeze and rotateKey, which look at what
// the convener holds.
func freezeAny(_ *world, _ *tally.Roster, m *tally.Member) {
	m.Count = tally.CountFrozen + "sha256:" + string(bytes.Repeat([]byte("0"), 64))
}

func rotateAny(_ *world, _ *tally.Roster, m *tally.Member) {
	m.Keys.Retired = append(slices.Clone(m.Keys.Retired), tally.RetiredKey{Key: m.Keys.Tally[0], LastRevision: begin + 3})
	m.Keys.Tally = []string{keyOf(m.Area+" rotated", 2)}
}

// add signs one more tally, mostly following one of the same place.
func (c *chaos) add(draw drawer) {
	l := c.leaves[draw(3)]
	statuses := []string{tally.StatusInterim, tally.StatusProvisional, tally.StatusFinal, tally.StatusWithdrawn}
	h := tally.Header{
		AttributedTo: l.actor, Context: c.def.Root, Consultation: "https://" + l.host + "/consultations/water", ConsultationDigest: c.digest,
		Area: l.area, AreaScheme: c.def.AreaScheme, Epoch: 1 + int64(draw(4)/3), Revision: begin + 2 + int64(draw(6)), Status: statuses[draw(4)],
		Start: moment(0), End: moment(c.closesAt()), Published: moment(0), Software: "sim",
	}
	if earlier := c.before(l, h.Revision); len(earlier) > 0 && draw(4) > 0 {
		d := earlier[draw(len(earlier))].doc
		h.Previous = &tally.Ref{Revision: d.Revision, Digest: d.Digest}
	}
	c.now = c.closesAt() * int64(draw(4)) / 3
	key, from, extra := keyOf(l.host, 1), fromMember, int64(0)
	switch draw(8) {
	case 0:
		from, extra = fromStuffer, l.voters.eligible+1
		if h.Status == tally.StatusWithdrawn {
			from = fromMember // it states no counts
		}
	case 1:
		from, key = fromStranger, keyOf("evil.example", 1)
	case 2:
		from, extra = fromThief, 1
	case 3:
		key = keyOf(l.area+" rotated", 2)
	}
	c.set = append(c.set, c.newItem(l, from, h, extra, key))
}

func (c *chaos) before(l *leaf, revision int64) (list []*item) {
	for _, it := range c.set {
		if it.leaf == l.index && it.doc.Revision < revision {
			list = append(list, it)
		}
	}
	return list
}

// give puts tallies into the set of a hub, in order.
func (c *chaos) give(h *hub, items []*item) {
	for _, it := range items {
		h.insert(it)
	}
}

// check runs every check that holds for any set at any time.
func (c *chaos) check() []Violation {
	for _, h := range c.hubs {
		c.give(h, c.set)
		res, status := c.total(h)
		c.checkTotal(h, res)
		c.checkSet(h, res, status)
	}
	return c.outcome.Violations
}

// TestPropTotals: for any set of tallies and any Roster the totals are those of
// an independent reading of the specification (I2 to I4), areas are expected or
// not (I6), turnout is possible (I7), order and repetition (I1) and strangers
// (I15) change nothing, and the aggregate is valid for its inputs.
func TestPropTotals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newChaos(rapidDrawer(t), Breakage{})
		for _, l := range c.leaves {
			l.victim = true // nobody here is honest
		}
		for _, v := range c.check() {
			t.Errorf("%s %s", v.Invariant, v.Detail)
		}
	})
}

// TestPropLevels is I5 for any equal sets: what the provinces add up is what the
// nation adds up.
func TestPropLevels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newChaos(rapidDrawer(t), Breakage{})
		results := make([]*tally.Result, len(c.hubs))
		for i, h := range c.hubs {
			c.give(h, c.set)
			results[i], _ = c.total(h)
		}
		if c.checkLevels(results); len(c.outcome.Violations) > 0 {
			t.Error(c.outcome.Violations)
		}
	})
}

// TestPropDisputeStays is I2: while the set grows, a dispute never goes away,
// and the value of a disputed area never has a higher revision than before.
func TestPropDisputeStays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newChaos(rapidDrawer(t), Breakage{})
		for _, l := range c.leaves {
			fork := int64(0)
			for n := range c.set {
				v := tally.Value(l.area, docsOf(c.set[:n+1]), c.hubs[0].latest, c.def)
				if fork != 0 && (!v.Disputed || v.Fork > fork) {
					t.Fatalf("%s: disputed at %d, then %v at %d", l.area, fork, v.Disputed, v.Fork)
				}
				fork = v.Fork
			}
		}
	})
}

// TestForkWithLostBranch is I2b: the first branch never arrives, but a child of
// it does, so the fork is found all the same, and the value is the one before.
func TestForkWithLostBranch(t *testing.T) {
	c := newChaos(func(int) int { return 0 }, Breakage{})
	l := c.leaves[0]
	m, _ := c.hubs[nation].latest.Member(l.area)
	sign := func(extra int64, previous *item, revision int64) *item {
		h := c.header(l, m, tally.StatusInterim)
		h.Revision, h.Previous = begin+revision, nil
		if previous != nil {
			h.Previous = &tally.Ref{Revision: previous.doc.Revision, Digest: previous.doc.Digest}
		}
		return c.newItem(l, fromMember, h, extra, m.Keys.Tally[0])
	}
	first := sign(0, nil, 10)
	lost, other := sign(1, first, 20), sign(2, first, 20)
	child := sign(3, lost, 30)
	value := func(items ...*item) tally.Valued {
		return tally.Value(l.area, docsOf(items), c.hubs[nation].latest, c.def)
	}
	if v := value(first, other); v.Disputed || v.Doc != other.doc {
		t.Errorf("before the child: disputed %v, %s", v.Disputed, describe(v.Doc))
	}
	if v := value(child, other, first); !v.Disputed || v.Fork != begin+20 || v.Doc != first.doc {
		t.Errorf("after the child: disputed %v at %d, %s", v.Disputed, v.Fork, describe(v.Doc))
	}
	if v := value(first, lost, child); v.Disputed || v.Doc != child.doc {
		t.Errorf("one branch alone: disputed %v, %s", v.Disputed, describe(v.Doc))
	}
}

// TestPropRosterOrder: the Roster that holds does not depend on the order in
// which revisions arrive or on repetitions, also when the convener forks.
func TestPropRosterOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newChaos(rapidDrawer(t), Breakage{})
		first := c.hubs[0].latest
		set := []*tally.Roster{first}
		for i := range rapid.IntRange(0, 6).Draw(t, "revisions") {
			next := *first
			parent := set[rapid.IntRange(0, len(set)-1).Draw(t, "parent")]
			next.Previous = &tally.Ref{Revision: parent.Revision, Digest: parent.Digest}
			next.Revision = parent.Revision + int64(rapid.IntRange(1, 3).Draw(t, "step"))
			next.WitnessQuorum = i
			next.Digest = rosterDigest(&next)
			set = append(set, &next)
		}
		latest, disputed := tally.LatestRoster(set)
		shuffled := rapid.Permutation(append(set, set[0])).Draw(t, "order")
		again, still := tally.LatestRoster(shuffled)
		if again != latest || still != disputed {
			t.Fatalf("%v and %v, disputed %v and %v", latest, again, disputed, still)
		}
	})
}

// TestPropsFindBreakages: random sets find each broken rule within 5,000 cases.
func TestPropsFindBreakages(t *testing.T) {
	for name, rules := range map[string]tally.Rules{"fork rule removed": {IgnoreForks: true}, "deltas instead of snapshots": {Deltas: true}} {
		d := newDice(1, 3)
		found := 0
		for n := 1; n <= 5000 && found == 0; n++ {
			c := newChaos(d.IntN, Breakage{Rules: rules})
			for _, v := range c.check() {
				if v.Invariant == "I2" || v.Invariant == "I3" {
					found = n
				}
			}
		}
		if found == 0 {
			t.Errorf("%s: not found", name)
		}
		t.Logf("%s: found in case %d", name, found)
	}
}

// TestLastArrivedRosterIsFound: with that breakage two orders give two Rosters.
func TestLastArrivedRosterIsFound(t *testing.T) {
	c := newChaos(func(int) int { return 0 }, Breakage{})
	first := c.hubs[nation].latest
	next := *first
	next.Revision++
	broken := tally.Rules{LastArrivedRoster: true}
	a, _ := tally.LatestRosterWith(broken, []*tally.Roster{first, &next})
	b, _ := tally.LatestRosterWith(broken, []*tally.Roster{&next, first})
	if a == b {
		t.Error("the order of arrival makes no difference")
	}
}

// TestPlainDocumentsAreWireDocuments: what the simulation puts together without
// JSON is what tally.NewDirect and tally.Parse give, but for the digests.
func TestPlainDocumentsAreWireDocuments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newChaos(func(int) int { return 0 }, Breakage{})
		l := c.leaves[0]
		l.voters.eligible = int64(rapid.IntRange(800, 5000).Draw(t, "eligible"))
		l.voters.final[official] = int64(rapid.IntRange(0, 60).Draw(t, "code"))
		l.voters.final[signal] = int64(rapid.IntRange(0, 60).Draw(t, "fediverse"))
		m, _ := c.hubs[nation].latest.Member(l.area)
		status := rapid.SampledFrom([]string{tally.StatusInterim, tally.StatusProvisional, tally.StatusFinal, tally.StatusWithdrawn}).Draw(t, "status")
		h := c.header(l, m, status)
		counts := l.voters.tallyAt(c.def, int64(rapid.IntRange(0, 3).Draw(t, "part")), 3, 0)
		plain := plainDocument(h, counts, c.def)
		wire, sealed := c.wireDocument(h, counts, "")
		if (sealed != nil) != (plain.Sealed != "") || (wire.Sealed != "") != (plain.Sealed != "") {
			t.Fatalf("sealed: %q and %q", plain.Sealed, wire.Sealed)
		}
		if a, b := comparable(t, plain), comparable(t, wire); !bytes.Equal(a, b) {
			t.Fatalf("plain %s\nwire  %s", a, b)
		}
		for _, d := range []*tally.Doc{plain, wire} {
			d.Key = m.Keys.Tally[0]
			if fails, _ := d.Validate(c.def, c.hubs[nation].latest); len(fails) > 0 {
				t.Fatal(fails)
			}
		}
	})
}

// comparable is a document without the parts in which the two forms differ: raw
// bytes and digests, and empty against absent maps.
func comparable(t *rapid.T, d *tally.Doc) []byte {
	c := *d
	c.Raw, c.Digest, c.Key, c.Sealed, c.Context = nil, "", "", "", ""
	if c.Excluded.Void == nil {
		c.Excluded.Void = map[string]int64{}
	}
	raw, err := json.Marshal(&c)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
