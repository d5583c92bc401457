// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"polder/activitypub/proof"
	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/consensus/opinion"
	"polder/instance"
	"polder/instance/store"
)

const talks = 12 // statements of the conversations below

// converse starts a joint conversation of the nation over statements.
func converse(t *testing.T, c *Cluster, change ...func(*instance.Draft)) {
	t.Helper()
	c.Bind(Nation, Province)
	c.Bind(Province, Groningen)
	c.Bind(Province, Midden)
	d := c.Conversation("water")
	d.Joint = true
	for _, m := range []Place{Province, Groningen, Midden} {
		d.Members = append(d.Members, "https://"+m.Host+"/actor")
	}
	for _, f := range change {
		f(&d)
	}
	c.Node(Nation).Announce(d)
	c.AdoptAll(Province, Groningen, Midden)
	for i := range talks {
		text := fmt.Sprintf("Dit is stelling nummer %d van het gesprek", i+1)
		if _, err := c.Node(Nation).Service.AddSeed(context.Background(), Author, "water", text, "nl"); err != nil {
			t.Fatal(err)
		}
	}
	c.Settle()
}

// camps are people of two minds and a few that doubt.
func camps(people int, seed uint64) [][]int8 {
	rng := rand.New(rand.NewPCG(seed, 1))
	rows := make([][]int8, people)
	for i := range rows {
		rows[i] = make([]int8, talks)
		for j := range rows[i] {
			side := int8(1 - 2*((i+j/4)%2))
			if j%4 == 3 {
				side = 1
			}
			if rng.IntN(6) == 0 {
				side = int8(rng.IntN(3) - 1)
			}
			rows[i][j] = side
		}
	}
	return rows
}

var answers = map[int8]string{1: "agree", 0: "pass", -1: "disagree"}

// vote casts the rows with letter codes.
func (n *Node) voteRows(slug string, rows [][]int8) {
	t := n.cluster.t
	t.Helper()
	codes := n.Codes(slug, len(rows))
	talk, err := n.Service.Statements(context.Background(), n.Consultation(slug).ID)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		for j, v := range row {
			if err := n.Vote(slug, talk[j].ID, answers[v], eligibility.Code, codes[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// groups is the newest joint result as an instance holds it.
func (n *Node) groups(slug string) *opinion.RoundResult {
	n.cluster.t.Helper()
	r, err := n.Service.JointGroups(context.Background(), n.Consultation(slug))
	if err != nil {
		n.cluster.t.Fatalf("%s: %v", n.Host, err)
	}
	return r
}

// statsShare is the digest of the statistics of this place that were used for an
// epoch, as its hub holds them.
func (n *Node) statsShare(slug string, epoch int64) string {
	n.cluster.t.Helper()
	hub := n.cluster.Node(Province)
	digest := ""
	err := hub.store.View(context.Background(), func(tx *store.Tx) error {
		slot, err := tx.Shares.Get(store.ShareSlotKey(hub.Consultation(slug).ID, epoch, 1, n.Area))
		digest = slot.Digest
		return err
	})
	if err != nil {
		n.cluster.t.Fatal(err)
	}
	return digest
}

// together is the result of one place with all votes, as published.
func together(t *testing.T, rows [][]int8) []byte {
	t.Helper()
	params := opinion.DefaultParams()
	params.PairMin, params.MinShare = 1, 1
	params.Levels = []string{"code"}
	m := opinion.NewMatrix(talks)
	for _, row := range rows {
		var votes []opinion.Vote
		for j, v := range row {
			votes = append(votes, opinion.Vote{Column: j, Value: v})
		}
		if err := m.AppendRow(votes); err != nil {
			t.Fatal(err)
		}
	}
	columns := make([]opinion.Column, talks)
	o, err := opinion.Run([]*opinion.Matrix{m}, columns, params)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(opinion.Publish(o.Result(), columns, opinion.Publication{K: 10, Totals: true}))
	if err == nil {
		raw, err = proof.Canonicalize(raw)
	}
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestGroupsOfAllPlaces: the groups that nation, province and municipalities
// compute together, over signed messages, are those of all votes in one place.
func TestGroupsOfAllPlaces(t *testing.T) {
	t.Parallel()
	c := NewOpenCluster(t, Nation, Province, Groningen, Midden)
	converse(t, c)
	rows := camps(70, 1)
	c.Node(Groningen).voteRows("water", rows[:30])
	c.Node(Midden).voteRows("water", rows[30:])
	c.Advance(2 * time.Hour)
	c.Advance(15 * time.Minute)
	for _, p := range []Place{Nation, Province} { // who took part is in the tallies
		j, err := c.Node(p).Service.JointResult(context.Background(), c.Node(p).Consultation("water"))
		if err != nil || j.Aggregate == nil || j.Aggregate.Turnout.Accepted["code"] != 70 {
			t.Errorf("%s: turnout of the total: %v %+v", p.Host, err, j)
		}
	}
	want := together(t, rows)
	for _, p := range []Place{Nation, Province, Groningen, Midden} {
		r := c.Node(p).groups("water")
		if !bytes.Equal(r.Result, want) {
			t.Errorf("%s: %s\nwant %s", p.Host, r.Result, want)
		}
		if r.Coverage != (opinion.RoundCoverage{InstancesInModel: 2, InstancesInTally: 2, ParticipantsInModel: 70, ParticipantsInTally: 70, ParticipantsTotal: 70}) {
			t.Errorf("%s: coverage %+v", p.Host, r.Coverage)
		}
	}
}

// totals is the number of people who voted on the first statement.
func totals(t *testing.T, r *opinion.RoundResult) int64 {
	t.Helper()
	var public struct {
		Totals struct{ S []int64 } `json:"totals"`
	}
	if err := json.Unmarshal(r.Result, &public); err != nil || len(public.Totals.S) != talks {
		t.Fatalf("result %s: %v", r.Result, err)
	}
	return public.Totals.S[0]
}

// dropAt cuts a place off when the first Round of a phase is on its way to it.
func (c *Cluster) dropAt(p Place, phase opinion.Phase) {
	mark := []byte(`"phase":"` + string(phase) + `"`)
	c.SetFault(func(r *http.Request) int {
		if r.URL.Host != p.Host {
			return 1
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return 0
		}
		if bytes.Contains(body, []byte(`"type":"Round"`)) && bytes.Contains(body, mark) {
			c.Down(p, true)
			return 0
		}
		return 1
	})
}

// until lets minutes pass until something is so.
func (c *Cluster) until(so func() bool) {
	c.t.Helper()
	for range 60 {
		if so() {
			return
		}
		c.Advance(time.Minute)
	}
	c.t.Fatal("it does not come about")
}

// TestPlaceDropsOut: a place that is gone from some phase on does not stop the
// others; the result says who is missing, and counts the place when it is back.
// The convener is killed on the way.
func TestPlaceDropsOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		phase           opinion.Phase
		inModel, people int64
	}{{opinion.PhaseStats, 1, 30}, {opinion.PhaseMove, 2, 70}, {opinion.PhaseScore, 2, 70}, {opinion.PhaseTally, 2, 70}} {
		t.Run(string(c.phase), func(t *testing.T) {
			t.Parallel()
			k := NewCluster(t, Nation, Province, Groningen, Midden)
			converse(t, k)
			rows := camps(70, 2)
			k.Node(Groningen).voteRows("water", rows[:30])
			k.Node(Midden).voteRows("water", rows[30:])
			k.dropAt(Midden, c.phase)
			k.Advance(time.Hour + time.Minute)
			k.until(func() bool { // with a convener that never lives longer than a minute
				k.Node(Nation).Restart()
				_, err := k.Node(Nation).Service.JointGroups(context.Background(), k.Node(Nation).Consultation("water"))
				return err == nil
			})
			r := k.Node(Nation).groups("water")
			if want := (opinion.RoundCoverage{InstancesInModel: c.inModel, InstancesInTally: 1, ParticipantsInModel: c.people,
				ParticipantsInTally: 30, ParticipantsTotal: c.people}); r.Coverage != want {
				t.Errorf("coverage %+v, want %+v", r.Coverage, want)
			}
			if fmt.Sprint(r.Missing) != "[https://midden.test/actor]" {
				t.Errorf("missing %v", r.Missing)
			}
			k.SetFault(nil)
			k.Down(Midden, false)
			if err := k.Node(Midden).Service.PullFrom(context.Background(), k.Node(Nation).URL("/actor")); err != nil {
				t.Fatal(err)
			}
			k.Advance(time.Minute)
			late := k.Node(Nation).groups("water")
			k.Node(Nation).Restart() // and it still knows what came late
			k.Advance(time.Minute)
			if late.Supersedes == nil || late.Supersedes.Digest != r.Digest || late.Coverage.ParticipantsInTally != 70 || late.Coverage.InstancesInTally != 2 {
				t.Errorf("after the return: supersedes %v, coverage %+v", late.Supersedes, late.Coverage)
			}
			if n := totals(t, late); n != 70 {
				t.Errorf("%d people voted on the first statement", n)
			}
			if len(late.Missing) != 0 {
				t.Errorf("missing after the return: %v", late.Missing)
			}
		})
	}
}

// TestInterimRounds: while people vote, a place whose votes hardly changed sends
// its old share again; at the end everything counts, and what few people
// changed is for the convener's eyes only.
func TestInterimRounds(t *testing.T) {
	t.Parallel()
	k := NewCluster(t, Nation, Province, Groningen, Midden)
	converse(t, k, func(d *instance.Draft) {
		d.Definition.Results = consensus.ResultsInterim
		d.Charter.Phases[0].EndsAt = k.Now().Add(72 * time.Hour)
	})
	rows := camps(80, 3)
	k.Node(Groningen).voteRows("water", rows[:30])
	k.Node(Midden).voteRows("water", rows[30:70])
	k.Advance(25 * time.Hour)
	first := k.Node(Nation).groups("water")
	if first.Epoch != 1 || first.Coverage.ParticipantsInTally != 70 {
		t.Fatalf("epoch %d, coverage %+v", first.Epoch, first.Coverage)
	}
	k.Node(Groningen).voteRows("water", rows[70:72])
	k.Node(Midden).voteRows("water", rows[72:])
	k.Down(Midden, true)
	k.Advance(25 * time.Hour)
	shown, err := k.Node(Groningen).Service.Groups(context.Background(), k.Node(Groningen).Consultation("water"))
	if err != nil || len(shown.Columns) != talks || shown.Columns[talks-1].Text == "" || len(shown.Here) == 0 {
		t.Errorf("while the second epoch waits for a place: %v %+v", err, shown)
	}
	k.Down(Midden, false)
	k.until(func() bool { return k.Node(Nation).groups("water").Epoch == 2 })
	second := k.Node(Nation).groups("water")
	if second.Epoch != 2 || second.Coverage.ParticipantsInTally != 78 {
		t.Fatalf("epoch %d, coverage %+v", second.Epoch, second.Coverage)
	}
	if got, want := k.Node(Groningen).statsShare("water", 2), k.Node(Groningen).statsShare("water", 1); got != want {
		t.Errorf("two changed people show in a new share: %s, %s", got, want)
	}
	k.Advance(23 * time.Hour)
	k.until(func() bool { return k.Node(Nation).groups("water").Epoch == 3 })
	last := k.Node(Nation).groups("water")
	if last.Coverage.ParticipantsInTally != 80 || totals(t, last) != 80 {
		t.Errorf("at the end: coverage %+v, %d people", last.Coverage, totals(t, last))
	}
}

// TestPairStatisticsAreForTheAddressee: what could reveal ballots is served to
// the hub and the convener alone; to nobody else it even exists.
func TestPairStatisticsAreForTheAddressee(t *testing.T) {
	t.Parallel()
	k := NewCluster(t, Nation, Province, Groningen, Midden)
	converse(t, k)
	rows := camps(70, 5)
	k.Node(Groningen).voteRows("water", rows[:30])
	k.Node(Midden).voteRows("water", rows[30:])
	k.Advance(time.Hour)
	k.until(func() bool { return k.Node(Groningen).newestShare() != nil })
	n := k.Node(Groningen)
	var digests []string
	for _, d := range n.signed(func(d store.Signed) bool { return d.Own && d.Type == "ConsensusShare" }) {
		x, err := opinion.ParseShare(d.Raw)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range x.Blobs {
			digests = append(digests, strings.TrimPrefix(b.Digest, "sha256:"))
		}
	}
	if len(digests) == 0 {
		t.Fatal("no blobs")
	}
	for _, digest := range digests {
		for actor, want := range map[string]string{k.Node(Province).URL("/actor"): "<nil>", k.Node(Nation).URL("/actor"): "<nil>",
			k.Node(Midden).URL("/actor"): "error.forbidden", "": "error.forbidden"} {
			raw, err := n.Service.BlobFor(context.Background(), digest, actor)
			if got := code(err); got != want || (err == nil) != (len(raw) > 0) {
				t.Errorf("%q reads %s: %q, want %q", actor, digest, got, want)
			}
		}
	}
	for _, digest := range []string{digests[0], strings.Repeat("0", 64)} {
		out := httptest.NewRecorder()
		n.Handler.ServeHTTP(out, httptest.NewRequest(http.MethodGet, n.URL("/blobs/"+digest), nil))
		if out.Code != http.StatusUnauthorized && out.Code != http.StatusForbidden {
			t.Errorf("without a signature: %d", out.Code)
		}
	}
}

// TestFewPeople: the people of a small place enter the model through the sum of
// their province only; alone in their province they are counted, but are not in
// the model.
func TestFewPeople(t *testing.T) {
	t.Parallel()
	k := NewCluster(t, Nation, Province, Groningen, Midden)
	converse(t, k)
	rows := camps(46, 6)
	k.Node(Groningen).voteRows("water", rows[:6])
	k.Node(Midden).voteRows("water", rows[6:])
	k.Advance(time.Hour)
	k.until(func() bool {
		_, err := k.Node(Nation).Service.JointGroups(context.Background(), k.Node(Nation).Consultation("water"))
		return err == nil
	})
	r := k.Node(Nation).groups("water")
	if want := (opinion.RoundCoverage{InstancesInModel: 2, InstancesInTally: 2, ParticipantsInModel: 40, ParticipantsInTally: 46, ParticipantsTotal: 46}); r.Coverage != want {
		t.Errorf("coverage %+v, want %+v", r.Coverage, want)
	}
	share, err := opinion.ParseShare(k.Node(Groningen).newestShare())
	if err != nil || !share.Withheld {
		t.Errorf("the numbers of six people are public: %v", err)
	}
	if n := totals(t, r); n != 46 {
		t.Errorf("%d people", n)
	}
}
