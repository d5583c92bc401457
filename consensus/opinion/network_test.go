// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// letter is a share as it travels: the document and the blobs it names.
type letter struct{ raw, payload, pairs []byte }

// closedStep is what a convener keeps of a closed step.
type closedStep struct {
	at     time.Time
	used   []letter
	digest string
}

// network is a final epoch between a convener, members and hubs, who exchange
// bytes only.
type network struct {
	t        rapid.TB
	rules    Convener
	opening  []byte
	params   Params
	columns  []Column
	members  []Member
	hubOf    []int // by member: number of its hub, or -1
	hubs     int
	epoch    *Coordinator
	model    *Model
	now      time.Time
	inHand   []letter // of the open step
	history  []closedStep
	offline  func(phase Phase, member int) bool
	disorder *rand.Rand // nil: in order, once, without restarts
	last     *Closed
}

func newNetwork(t rapid.TB, parts []*Matrix, columns []Column, params Params, hubs int) *network {
	t.Helper()
	p, err := newInProcess(parts, columns, params, someDay)
	if err != nil {
		t.Fatal(err)
	}
	n := &network{t: t, rules: p.convener.Convener, opening: p.convener.Opening.Raw, params: params, columns: columns,
		members: p.members, hubs: hubs, now: someDay}
	for h := range hubs {
		n.rules.Hubs = append(n.rules.Hubs, fmt.Sprintf("hub-%d", h))
	}
	for i := range parts {
		n.hubOf = append(n.hubOf, i%(hubs+1)-1)
	}
	n.epoch = n.coordinator()
	return n
}

func (n *network) coordinator() *Coordinator {
	n.t.Helper()
	opening, err := ParseRound(n.opening)
	if err != nil {
		n.t.Fatal(err)
	}
	c, err := NewCoordinator(n.rules, opening, nil, nil, nil)
	if err != nil {
		n.t.Fatal(err)
	}
	return c
}

func (n *network) read(l letter) *Share {
	n.t.Helper()
	s, err := ParseShare(l.raw)
	if err == nil && l.payload != nil {
		err = s.AttachPayload(l.payload)
	}
	if err == nil && l.pairs != nil {
		err = s.AttachPairs(l.pairs, n.columns)
	}
	if err != nil {
		n.t.Fatal(err)
	}
	return s
}

func (n *network) header(area string) ShareHeader {
	own := "https://" + area + ".example/consultations/1"
	return ShareHeader{AttributedTo: "https://" + area + ".example/actor", Context: inProcessPlace, Consultation: own, Area: area,
		MemberEpoch: 1, Revision: NextRevision(0, n.now), BlobBase: own + "/blobs/", K: publicPeople}
}

func (n *network) direct(i int, open *Round) letter {
	n.t.Helper()
	round, err := ParseRound(open.Raw)
	if err != nil {
		n.t.Fatal(err)
	}
	a, err := n.members[i].Answer(round, n.model)
	if err != nil {
		n.t.Fatal(err)
	}
	s, err := NewDirectShare(n.header(n.rules.Members[i].Area), round, n.params, a)
	if err != nil {
		n.t.Fatal(err)
	}
	return letter{s.Share.Raw, s.PayloadBlob, s.PairsBlob}
}

// letters are the shares that reach the convener: those of members without a
// hub, and the sums of hubs or, where a sum would be of one place, its parts.
func (n *network) letters(open *Round) []letter {
	n.t.Helper()
	var out []letter
	below := make([][]letter, n.hubs)
	for i := range n.members {
		if n.offline != nil && n.offline(open.Phase, i) {
			continue
		}
		l := n.direct(i, open)
		if h := n.hubOf[i]; h >= 0 {
			below[h] = append(below[h], l)
		} else {
			out = append(out, l)
		}
	}
	for h, inputs := range below {
		var shares []*Share
		for _, l := range inputs {
			shares = append(shares, n.read(l))
		}
		s, err := NewAggregateShare(n.header(n.rules.Hubs[h]), open, n.params, shares)
		switch {
		case errors.Is(err, ErrLone):
			out = append(out, inputs...)
		case err != nil:
			n.t.Fatal(err)
		default:
			out = append(out, letter{s.Share.Raw, s.PayloadBlob, s.PairsBlob})
		}
	}
	return out
}

// run closes steps until the epoch is done.
func (n *network) run() {
	n.t.Helper()
	for !n.epoch.Done() {
		n.step()
	}
}

func (n *network) step() {
	n.t.Helper()
	arriving := n.letters(n.epoch.Open)
	if r := n.disorder; r != nil {
		for _, l := range slices.Clone(arriving) {
			if r.IntN(4) == 0 {
				arriving = append(arriving, l)
			}
		}
		r.Shuffle(len(arriving), func(i, j int) { arriving[i], arriving[j] = arriving[j], arriving[i] })
	}
	n.inHand = nil
	for _, l := range arriving {
		if err := n.epoch.Offer(n.read(l)); err != nil {
			n.t.Fatal(err)
		}
		n.inHand = append(n.inHand, l)
		if n.disorder != nil && n.disorder.IntN(100) == 0 {
			n.restart()
		}
	}
	if !n.epoch.Complete() {
		if _, err := n.epoch.Advance(n.now); !errors.Is(err, ErrOpen) {
			n.t.Fatalf("closed before its deadline: %v", err)
		}
		n.now = n.epoch.Open.Deadline
	}
	n.close()
}

func (n *network) close() {
	n.t.Helper()
	phase := n.epoch.Open.Phase
	closed, err := n.epoch.Advance(n.now)
	if err != nil {
		n.t.Fatal(err)
	}
	n.history = append(n.history, closedStep{n.now, n.inHand, closed.Result.Digest})
	n.inHand, n.last = nil, closed
	if phase == PhaseStats {
		r, err := ParseRoundResult(closed.Result.Raw)
		if err != nil {
			n.t.Fatal(err)
		}
		n.model = r.Model
	}
}

// restart forgets the coordinator and makes it again from what was kept.
func (n *network) restart() {
	n.t.Helper()
	n.epoch = n.coordinator()
	for i, was := range n.history {
		for _, l := range was.used {
			if err := n.epoch.Offer(n.read(l)); err != nil {
				n.t.Fatal(err)
			}
		}
		closed, err := n.epoch.Advance(was.at)
		if err != nil {
			n.t.Fatal(err)
		}
		if closed.Result.Digest != was.digest {
			n.t.Fatalf("step %d gives another result after a restart", i+1)
		}
	}
	for _, l := range n.inHand {
		if err := n.epoch.Offer(n.read(l)); err != nil {
			n.t.Fatal(err)
		}
	}
}

func (n *network) result() []byte {
	n.t.Helper()
	raw, err := json.Marshal(n.last.Exact)
	if err != nil {
		n.t.Fatal(err)
	}
	return raw
}

// Any split over members, with and without hubs, any order of arrival, shares
// that come twice and a convener that restarts: the result is the same bytes.
func TestRoundsGiveTheSameBytes(t *testing.T) {
	type drawn struct {
		columns []Column
		params  Params
		whole   *Matrix
		parts   []*Matrix
		hubs    int
		seed    uint64
	}
	draw := rapid.Custom(func(t *rapid.T) drawn {
		d := drawn{columns: drawColumns(t), params: canonicalParams()}
		rows := drawRows(t, len(d.columns))
		d.params.MinGroup = rapid.IntRange(0, 10).Draw(t, "minGroup")
		d.whole, d.parts = matrixOf(t, len(d.columns), rows), spreadOver(t, len(d.columns), rows)
		d.hubs, d.seed = rapid.IntRange(0, 4).Draw(t, "hubs"), rapid.Uint64().Draw(t, "order")
		return d
	})
	for seed := range 10 {
		d := draw.Example(seed)
		n := newNetwork(t, d.parts, d.columns, d.params, d.hubs)
		n.disorder = rand.New(rand.NewPCG(d.seed, 1))
		n.run()
		n.restart()
		whole := resultOf(t, []*Matrix{d.whole}, d.columns, d.params)
		if got := n.result(); !bytes.Equal(got, whole) {
			t.Fatalf("seed %d, %d members, %d hubs:\n%s\nwant %s", seed, len(d.parts), d.hubs, got, whole)
		}
	}
}

// crowd is 12 members of 30 people in two camps.
func crowd(t testing.TB) ([]*Matrix, []Column) {
	t.Helper()
	parts := make([]*Matrix, 12)
	for i := range parts {
		parts[i] = generate(30, 20, 15, uint64(i+1))
	}
	return parts, make([]Column, 20)
}

// Two members that are away in one phase: the others close the step at its
// deadline, and the result says what it covers.
func TestTwoMembersAwayInEachPhase(t *testing.T) {
	parts, columns := crowd(t)
	for _, phase := range []Phase{PhaseStats, PhaseMove, PhaseScore, PhaseTally} {
		n := newNetwork(t, parts, columns, DefaultParams(), 0)
		n.offline = func(p Phase, i int) bool { return p == phase && (i == 3 || i == 7) }
		n.run()
		cover, away := n.last.Result.Coverage, []string{"https://member-3.example/actor", "https://member-7.example/actor"}
		want := RoundCoverage{12, 12, 360, 360, 360}
		switch phase {
		case PhaseStats:
			want.InstancesInModel, want.ParticipantsInModel = 10, 300
		case PhaseTally:
			want.InstancesInTally, want.ParticipantsInTally = 10, 300
		}
		if phase != PhaseTally {
			away = []string{}
		}
		if cover != want || !slices.Equal(n.last.Result.Missing, away) {
			t.Errorf("away in %s: coverage %+v, want %+v; missing %v", phase, cover, want, n.last.Result.Missing)
		}
	}
}

// A member that was away in the tally is counted later by a result that
// supersedes the first and is then that of a complete epoch.
func TestLateTallySupersedes(t *testing.T) {
	parts, columns := crowd(t)
	all := newNetwork(t, parts, columns, DefaultParams(), 0)
	all.run()
	n := newNetwork(t, parts, columns, DefaultParams(), 0)
	n.offline = func(p Phase, i int) bool { return p == PhaseTally && i == 5 }
	n.run()
	first := n.last.Result
	if _, err := n.epoch.Revise(n.now); !errors.Is(err, ErrUnchanged) {
		t.Fatalf("revised without need: %v", err)
	}
	if err := n.epoch.Offer(n.read(n.direct(5, n.epoch.Open))); err != nil {
		t.Fatal(err)
	}
	again, err := n.epoch.Revise(n.now)
	if err != nil {
		t.Fatal(err)
	}
	n.last = again
	if s := again.Result.Supersedes; s == nil || s.Digest != first.Digest || again.Result.Revision <= first.Revision {
		t.Errorf("supersedes %v", s)
	}
	if !bytes.Equal(n.result(), all.result()) {
		t.Error("a late tally gives another result than one in time")
	}
}

// A member that lost everything but its votes answers like before.
func TestMemberNeedsNoMemory(t *testing.T) {
	parts, columns := crowd(t)
	n := newNetwork(t, parts, columns, DefaultParams(), 0)
	for !n.epoch.Done() {
		for i := range n.members {
			opening, err := ParseRound(n.opening)
			if err != nil {
				t.Fatal(err)
			}
			fresh := n.direct(i, n.epoch.Open)
			n.members[i] = Member{Opening: opening, Votes: parts[i]}
			if again := n.direct(i, n.epoch.Open); !bytes.Equal(again.raw, fresh.raw) || !bytes.Equal(again.pairs, fresh.pairs) {
				t.Fatalf("member %d answers %s otherwise after a restart", i, n.epoch.Open.Phase)
			}
		}
		n.step()
	}
}
