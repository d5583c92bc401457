// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"polder/consensus"
)

// stock holds ready tallies of every place, written and parsed once; a world
// takes copies of them with other revisions, chains and digests. Nothing in
// Value and Total looks at bytes.
type stock struct {
	def    *consensus.Definition
	places []place
	roster *Roster
	ready  map[string][]copied // by area
}

type copied struct{ direct, sealed *Doc }

func newStock(t *testing.T) *stock {
	t.Helper()
	s := &stock{def: simpleDefinition(consensus.ResultsAfterClose, 2), places: places(4), ready: map[string][]copied{}}
	var members []Member
	for i, p := range s.places {
		m := member(p)
		m.Eligible = int64(1000 + i)
		members = append(members, m)
	}
	s.roster = roster(t, rosterHeader(t, s.def), members...)
	random := rand.New(rand.NewPCG(7, 7))
	for _, p := range append(places(4), stranger) {
		for i := range 16 {
			status := []string{StatusFinal, StatusFinal, StatusProvisional, StatusInterim}[i%4]
			if i == 13 {
				status = StatusWithdrawn
			}
			direct, sealed := publish(t, header(t, p, s.def, status, 1), randomCounts(t, s.def, random), s.def)
			s.ready[p.area] = append(s.ready[p.area], copied{direct, sealed})
		}
	}
	return s
}

var stranger = place{"GM9999", "https://gm9999.example"}

// randomCounts has large, small, empty and unanimous levels.
func randomCounts(t tb, def *consensus.Definition, random *rand.Rand) *Counts {
	c := NewCounts(def)
	c.Eligible["code"], c.Issued["code"], c.Issued["paper"] = 1000, 1000, 100
	for i := range def.Questions {
		for _, level := range []string{"open", "fediverse", "email", "code", "paper"} {
			most := []int{0, 2, 4, 30}[random.IntN(4)]
			for _, o := range []string{"agree", "pass", ""} {
				if random.IntN(3) > 0 {
					cast(t, c, def.Questions[i].ID, level, o, random.IntN(most+1))
				}
			}
		}
	}
	return c
}

// world is a drawn network with everything that was ever signed in it: honest
// chains, forks, broken arithmetic, foreign keys, old epochs.
type world struct {
	*stock
	roster *Roster
	set    []*Doc
	sealed []*Doc
	forged []*Doc // signed by nobody the Roster pins for that area
}

func drawWorld(t *rapid.T, s *stock) *world {
	r := *s.roster
	r.Members = slices.Clone(r.Members[:rapid.IntRange(2, 4).Draw(t, "places")])
	w := &world{stock: s, roster: &r}
	for i := range r.Members {
		r.Members[i].Parent = rapid.SampledFrom([]string{groningen + "/actor", "https://drenthe.example/actor"}).Draw(t, "parent")
		w.drawChain(t, s.places[i])
	}
	for i := range r.Members {
		w.drawStanding(t, &r.Members[i])
	}
	return w
}

// drawChain publishes up to four tallies of a place, perhaps with a fork, a
// branch, a broken one or one of a stranger.
func (w *world) drawChain(t *rapid.T, p place) {
	var prev *Doc
	revision := int64(100)
	for range rapid.IntRange(0, 4).Draw(t, "tallies") {
		revision += int64(rapid.IntRange(1, 3).Draw(t, "step"))
		d := w.draw(t, p, prev, revision)
		w.set = append(w.set, d)
		switch rapid.IntRange(0, 9).Draw(t, "trouble") {
		case 0: // fork
			w.set = append(w.set, w.draw(t, p, prev, revision))
		case 1: // fork whose first branch is lost, but not its child
			other := w.draw(t, p, prev, revision)
			revision++
			w.set = append(w.set, w.draw(t, p, other, revision))
		case 2: // no turnout: F101
			revision++
			x := w.draw(t, p, d, revision)
			x.Turnout, x.Status = nil, StatusFinal
			w.set = append(w.set, x)
		case 3: // a stranger speaks for the place
			x := w.draw(t, p, d, revision+50)
			x.Key = multikey("stranger")
			w.forged = append(w.forged, x)
		case 4: // the place is not in the Roster
			w.forged = append(w.forged, w.draw(t, stranger, nil, revision))
		case 5: // branch: the next one also follows prev
			continue
		}
		prev = d
	}
}

// draw takes a tally from the stock and puts it at its place in a chain.
func (w *world) draw(t *rapid.T, p place, prev *Doc, revision int64) *Doc {
	from := rapid.SampledFrom(w.ready[p.area]).Draw(t, "tally")
	d := *from.direct
	d.Revision, d.ID = revision, ID(d.Consultation, 1, revision)
	text := fmt.Sprint(d.Digest, revision)
	if prev != nil {
		d.Previous = &Ref{Revision: prev.Revision, Digest: prev.Digest}
		text += prev.Digest
	}
	if from.sealed != nil {
		full := *from.sealed
		full.Revision, full.ID, full.Digest = revision, SealedID(d.ID), fakeDigest("sealed", text)
		w.sealed, d.Sealed = append(w.sealed, &full), full.Digest
	}
	d.Digest = fakeDigest("direct", text)
	return &d
}

func fakeDigest(parts ...string) string {
	return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(strings.Join(parts, "|"))))
}

func (w *world) drawStanding(t *rapid.T, m *Member) {
	switch rapid.IntRange(0, 9).Draw(t, "standing") {
	case 0:
		m.Status, m.Count = MemberExpelled, CountExclude
	case 1:
		m.Status = MemberInvited
	case 2:
		m.Status = MemberSuspended
	case 3:
		m.Epoch = 2
	case 4:
		for _, d := range w.set {
			if d.Area == m.Area {
				m.Status, m.Count = MemberWithdrawn, CountFrozen+d.Digest
			}
		}
	}
}

func (w *world) total(set []*Doc) *Result {
	return Total(set, w.sealed, w.roster, w.def, "")
}

// shown is what of a result would be published.
func shown(r *Result) string {
	return fmt.Sprintf("%v %v %v %+v %+v %+v %+v", r.Covers, r.Inputs, why2(r.NotCounted), r.Questions, r.Turnout, r.Coverage, r.SealedSum)
}

func why2(list []NotCounted) []string {
	var out []string
	for _, n := range list {
		out = append(out, n.Area+n.Why)
	}
	return out
}

// shuffled repeats some tallies and reorders all.
func shuffled(t *rapid.T, set []*Doc) []*Doc {
	out := slices.Clone(set)
	for _, d := range set {
		if rapid.Bool().Draw(t, "twice") {
			out = append(out, d)
		}
	}
	return rapid.Permutation(out).Draw(t, "order")
}

// I1: order, duplication and batching of arrivals do not change the total.
func TestPropOrderDoesNotMatter(t *testing.T) {
	s := newStock(t)
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, s)
		if a, b := shown(w.total(w.set)), shown(w.total(shuffled(t, w.set))); a != b {
			t.Fatalf("totals differ:\n%s\n%s", a, b)
		}
	})
}

// I2: once disputed, disputed for that epoch, whatever arrives later.
func TestPropDisputeStays(t *testing.T) {
	s := newStock(t)
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, s)
		early := slices.DeleteFunc(slices.Clone(w.set), func(*Doc) bool { return rapid.Bool().Draw(t, "late") })
		for i := range w.roster.Members {
			area := w.roster.Members[i].Area
			before, after := Value(area, early, w.roster, w.def), Value(area, w.set, w.roster, w.def)
			if before.Disputed && (!after.Disputed || after.Fork > before.Fork) {
				t.Fatalf("%s: fork at %d, later %v at %d", area, before.Fork, after.Disputed, after.Fork)
			}
		}
	})
}

// I2b: a fork whose first branch was lost is found when a child of the other
// branch arrives.
func TestPropLostBranchIsFound(t *testing.T) {
	s := newStock(t)
	rapid.Check(t, func(t *rapid.T) {
		w := &world{stock: s, roster: s.roster}
		p := s.places[0]
		root := w.draw(t, p, nil, 100)
		lost, other := w.draw(t, p, root, 110), w.draw(t, p, root, 110)
		child := w.draw(t, p, lost, 120)
		set := shuffled(t, []*Doc{root, other, child})
		v := Value(p.area, set, w.roster, w.def)
		if lost.Digest != other.Digest && (!v.Disputed || v.Fork != 110 || v.Doc != root) {
			t.Fatalf("disputed %v at %d, value %+v", v.Disputed, v.Fork, v.Doc)
		}
	})
}

// model is Value written naively from the words of the specification.
func model(area string, set []*Doc, r *Roster, def *consensus.Definition) *Doc {
	m, _ := r.Member(area)
	if m.Count == CountExclude {
		return nil
	}
	var mine []*Doc
	for _, d := range set {
		if fails, _ := d.Validate(def, r); d.Area == area && !slices.ContainsFunc(fails, func(p Problem) bool { return p.Code == CodeSigner }) {
			mine = append(mine, d)
		}
	}
	contested := func(revision int64) bool {
		digests := map[string]bool{}
		for _, d := range mine {
			if d.Revision == revision {
				digests[d.Digest] = true
			}
			if d.Previous != nil && d.Previous.Revision == revision {
				digests[d.Previous.Digest] = true
			}
		}
		return len(digests) > 1
	}
	var best *Doc
	for _, d := range mine {
		if fails, _ := d.Validate(def, r); len(fails) > 0 {
			continue
		}
		if m.Count != CountLatest {
			if m.Count == CountFrozen+d.Digest {
				return d
			}
			continue
		}
		clean := true
		for rev := int64(0); rev <= d.Revision; rev++ {
			clean = clean && !contested(rev)
		}
		if clean && (best == nil || d.Revision > best.Revision) {
			best = d
		}
	}
	return best
}

// I3, I4, I6: the total is the sum over the latest valid tallies of the counted
// members, each at most once, and every expected area is accounted for.
func TestPropTotalIsSumOfValues(t *testing.T) {
	s := newStock(t)
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, s)
		res := Total(w.set, nil, w.roster, w.def, "")
		want := map[string]int64{}
		seen := map[string]bool{}
		for _, in := range res.Inputs {
			if seen[in.Area] {
				t.Fatalf("%s is counted twice", in.Area)
			}
			seen[in.Area] = true
		}
		answers := false
		var counted []*Doc
		for _, m := range w.roster.Members {
			d := model(m.Area, w.set, w.roster, w.def)
			in := d != nil && m.Status != MemberInvited && d.Status != StatusWithdrawn && !d.Withheld
			if in != seen[m.Area] {
				t.Fatalf("%s counted %v, the model says %v", m.Area, seen[m.Area], in)
			}
			if in {
				counted = append(counted, d)
				answers = answers || d.Questions[0].Options != nil
			}
		}
		for _, d := range counted {
			if answers && d.Questions[0].Options == nil {
				continue
			}
			for _, n := range d.Questions[0].Ballots {
				want["ballots"] += n
			}
			for _, o := range d.Questions[0].Options {
				for _, n := range o.N {
					want[o.ID] += n
				}
			}
		}
		got := map[string]int64{}
		for _, n := range res.Questions[0].Ballots {
			got["ballots"] += n
		}
		for _, o := range res.Questions[0].Options {
			for _, n := range o.N {
				got[o.ID] += n
			}
		}
		for id, n := range want {
			if mixed(counted, w.def) {
				break // by group, see TestMixedAnswers
			}
			if got[id] != n {
				t.Fatalf("%s: %d, the model says %d", id, got[id], n)
			}
		}
		if c := res.Coverage; c.Expected != c.Reported+int64(len(res.NotCounted)) || c.Expected != int64(len(res.Covers)) {
			t.Fatalf("expected %d = %d reported + %d not counted?", c.Expected, c.Reported, len(res.NotCounted))
		}
	})
}

// mixed: some counted tallies show answers for a group and some only turnout.
func mixed(docs []*Doc, _ *consensus.Definition) bool {
	with, without := false, false
	for _, d := range docs {
		if d.Questions[0].Options == nil {
			without = true
		} else {
			with = true
		}
	}
	return with && without
}

// I5: the totals of the provinces are the nation's own sums over their areas,
// and no area is in two of them.
func TestPropProvincesAddUp(t *testing.T) {
	s := newStock(t)
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, s)
		nation := Total(w.set, nil, w.roster, w.def, "")
		var inputs []Input
		var eligible int64
		for _, hub := range []string{groningen + "/actor", "https://drenthe.example/actor"} {
			res := Total(w.set, nil, w.roster, w.def, hub)
			inputs = append(inputs, res.Inputs...)
			eligible += res.Coverage.EligibleReported
			p := place{"PV99", "https://drenthe.example"}
			h := header(t, p, w.def, StatusProvisional, 999)
			h.AttributedTo = hub
			if hub == groningen+"/actor" {
				continue // as the convener its aggregate covers the whole Roster
			}
			raw, err := NewAggregate(h, res)
			if err != nil {
				t.Fatal(err)
			}
			agg := parsed(t, raw, "PV99")
			if len(w.roster.Leaves(hub)) == 0 {
				continue
			}
			if problems := CrossCheck(agg, byDigest(w.set), w.roster, w.def); len(problems) > 0 {
				t.Fatalf("W-SUBTOTAL without cause: %v", problems)
			}
		}
		slices.SortFunc(inputs, func(a, b Input) int {
			if a.Area < b.Area {
				return -1
			}
			return 1
		})
		if !reflect.DeepEqual(append([]Input{}, inputs...), nation.Inputs) || eligible != nation.Coverage.EligibleReported {
			t.Fatalf("provinces %v\nnation %v", inputs, nation.Inputs)
		}
	})
}

// I7 and I13 on every tally written: accepted <= issued <= eligible, valid, and
// no published group with 1 to k-1 ballots or with fewer than 2k that agree.
func TestPropPublishedTallies(t *testing.T) {
	p := places(1)[0]
	rapid.Check(t, func(t *rapid.T) {
		def := simpleDefinition(rapid.SampledFrom([]string{consensus.ResultsAfterClose, consensus.ResultsInterim, consensus.ResultsLive}).Draw(t, "results"), 2)
		r := roster(t, rosterHeader(t, def), member(p))
		h := header(t, p, def, rapid.SampledFrom([]string{StatusInterim, StatusProvisional, StatusFinal}).Draw(t, "status"), 5)
		h.InterimDue = rapid.Bool().Draw(t, "due")
		c := randomCounts(t, def, rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "counts"), 1)))
		d, sealed := publish(t, h, c, def)
		if fails, _ := d.Validate(def, r); len(fails) > 0 {
			t.Fatalf("%v\n%s", fails, d.Raw)
		}
		if sealed != nil {
			if problems := CheckSealed(d, sealed, def); len(problems) > 0 {
				t.Fatalf("%v\n%s\n%s", problems, d.Raw, sealed.Raw)
			}
		}
		small(t, "turnout", d.Turnout.Accepted, d.Turnout.Groups)
		if a, i, e := d.Turnout.Accepted["code"], d.Turnout.Issued["code"], d.Turnout.Eligible["code"]; a > i || i > e {
			t.Fatalf("accepted %d, issued %d, eligible %d", a, i, e)
		}
		for i := range d.Questions {
			q := &d.Questions[i]
			small(t, q.ID, q.Ballots, q.Groups)
			for _, g := range q.Groups {
				if h.Status != StatusInterim && q.unanimous(g.Key()) && q.Ballots[g.Key()] < 20 {
					t.Fatalf("unanimous with %d ballots", q.Ballots[g.Key()])
				}
			}
		}
	})
}

// I13 on totals: sums keep the k rule, hidden counts of one area alone never
// enter.
func TestPropTotalsKeepK(t *testing.T) {
	s := newStock(t)
	sums := 0
	keepsK := func(t rapid.TB, w *world) {
		res := w.total(w.set)
		for i := range res.Questions {
			small(t, "total", res.Questions[i].Ballots, res.Questions[i].Groups)
		}
		if s := res.SealedSum; s != nil {
			sums++
			for i := range s.Questions {
				small(t, "sealed sum", s.Questions[i].Ballots, s.Questions[i].Groups)
			}
			if len(s.Areas) < 2 {
				t.Fatalf("sealed sum of %v", s.Areas)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) { keepsK(t, drawWorld(t, s)) })
	// Few worlds hold a sealed sum; fixed draws go on until one has been seen.
	worlds := rapid.Custom(func(t *rapid.T) *world { return drawWorld(t, s) })
	for seed := 0; sums == 0 && seed < 1000; seed++ {
		keepsK(t, worlds.Example(seed))
	}
	if sums == 0 {
		t.Error("no sealed sum was drawn")
	}
}

func small(t rapid.TB, what string, counts map[string]int64, groups []Group) {
	for _, g := range groups {
		m, _ := g.mask()
		if n := counts[g.Key()]; n > 0 && n < 10 {
			t.Fatalf("%s: %d ballots published at %s", what, n, g.Key())
		}
		if official := m & (levelMask("code") | levelMask("paper")); official != 0 && official != m {
			t.Fatalf("%s: %s mixes classes", what, g.Key())
		}
	}
}

// I13 for differences: what leaves one place and joins a total never differs
// from another published total by fewer than k hidden ballots.
func TestPropSealedDifferences(t *testing.T) {
	s := newStock(t)
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, s)
		first := w.total(w.set)
		more := slices.Clone(w.set)
		p := s.places[rapid.IntRange(0, len(w.roster.Members)-1).Draw(t, "who")]
		more = append(more, w.draw(t, p, nil, 500))
		second := CorrectedTotal(first.SealedSum, more, w.sealed, w.roster, w.def, "")
		if first.SealedSum == nil || second.SealedSum == nil || second.SealedSum.same(first.SealedSum) {
			return
		}
		for _, q := range second.SealedSum.Questions {
			before, _ := findQuestion(first.SealedSum.Questions, q.ID)
			if !differsEnough(&q, before, 10) {
				t.Fatalf("the sums differ by fewer than k ballots: %+v %+v", q, before)
			}
		}
	})
}

// I14: a final aggregate names digests that resolve, and recomputing it from
// them gives every number.
func TestPropAggregateHolds(t *testing.T) {
	s := newStock(t)
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, s)
		res := w.total(w.set)
		h := header(t, place{"PV20", groningen}, w.def, StatusFinal, 999)
		raw, err := NewAggregate(h, res)
		if err != nil {
			t.Fatal(err)
		}
		agg := parsed(t, raw, "PV20")
		known := byDigest(w.set)
		for _, in := range agg.Inputs {
			if known[in.Digest] == nil {
				t.Fatalf("%s does not resolve", in.Digest)
			}
		}
		if problems := CheckAggregate(agg, known, w.roster, w.def); len(problems) > 0 {
			t.Fatalf("%v\n%s", problems, raw)
		}
	})
}

// I15: what no pinned key of a member signed never changes a total.
func TestPropStrangersChangeNothing(t *testing.T) {
	s := newStock(t)
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, s)
		with := rapid.Permutation(append(slices.Clone(w.set), w.forged...)).Draw(t, "order")
		if a, b := shown(w.total(w.set)), shown(w.total(with)); a != b {
			t.Fatalf("totals differ:\n%s\n%s", a, b)
		}
	})
}
