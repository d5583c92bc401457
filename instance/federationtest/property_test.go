// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"pgregory.net/rapid"

	"polder/consensus/eligibility"
	"polder/consensus/tally"
)

// event is one thing that happens to the network while people vote.
type event struct {
	Kind    string
	Place   int // index into everybody
	Minutes int
	Votes   int
	Loss    []int // per delivery in turn: how often it arrives, 0 and -1 are losses
}

var everybody = []Place{Nation, Province, Groningen, Midden}

var events = rapid.Custom(func(t *rapid.T) event {
	return event{
		Kind:    rapid.SampledFrom([]string{"vote", "vote", "vote", "wait", "down", "up", "restart", "faults", "forge"}).Draw(t, "kind"),
		Place:   rapid.IntRange(0, len(everybody)-1).Draw(t, "place"),
		Minutes: rapid.IntRange(1, 12).Draw(t, "minutes"),
		Votes:   rapid.IntRange(1, 12).Draw(t, "votes"),
		Loss:    rapid.SliceOfN(rapid.SampledFrom([]int{1, 1, 1, 0, -1, 2, 3}), 1, 7).Draw(t, "loss"),
	}
})

var histories = rapid.SliceOfN(events, 8, 16)

// TestTotalIsTheSumOfTheVotes: whatever the network does while people vote, once
// it is whole again every total is the number of votes that were accepted, no
// honest member is disputed, and all instances agree.
func TestTotalIsTheSumOfTheVotes(t *testing.T) {
	t.Parallel()
	cases := 4
	if testing.Short() {
		cases = 1
	}
	for seed := range cases {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			h := &history{c: joint(t, 1), votes: map[string]int{}}
			for _, e := range histories.Example(seed) {
				h.happen(t, e)
			}
			h.heal()
			h.check(t)
		})
	}
}

// history is one run: the votes that were accepted, per place.
type history struct {
	c     *Cluster
	votes map[string]int
	turn  int
}

func (h *history) happen(t *testing.T, e event) {
	t.Helper()
	p := everybody[e.Place]
	n := h.c.Node(p)
	switch e.Kind {
	case "vote":
		for range e.Votes {
			voter := fmt.Sprintf("voter %d", h.votes[p.Host])
			if p.Level == "municipality" && n.Vote("water", "qa", "agree", eligibility.Open, voter) == nil {
				h.votes[p.Host]++
			}
		}
	case "down":
		h.c.Down(p, true)
	case "up":
		h.c.Down(p, false)
	case "restart":
		n.Restart()
	case "faults":
		h.c.SetFault(func(r *http.Request) int {
			if r.Method != http.MethodPost {
				return 1
			}
			h.turn++
			return e.Loss[h.turn%len(e.Loss)]
		})
	case "forge":
		h.forge(p)
	}
	h.c.Advance(time.Duration(e.Minutes) * time.Minute)
}

// forge reports a changed tally in the name of a member, by a key that is not
// its own, wherever there is one to change.
func (h *history) forge(p Place) {
	own := h.c.Node(p).signed(ownTally)
	if len(own) == 0 || p.Level != "municipality" {
		return
	}
	a := h.c.Insider(p)
	thief := h.c.Insider(Nation).keys.Tally
	forged := a.Forge(own[len(own)-1].Raw, thief, revised(1, asItIs))
	a.Report(h.c.Node(Province), forged)
}

// heal makes the network whole and lets the count come to its end.
func (h *history) heal() {
	h.c.SetFault(nil)
	for _, p := range everybody {
		h.c.Down(p, false)
	}
	for range 3 {
		h.c.Advance(40 * time.Minute)
		for _, by := range []Place{Nation, Province} {
			for _, from := range everybody {
				if by != from {
					h.c.pull(by, from)
				}
			}
		}
	}
	h.c.Advance(time.Minute)
}

func (h *history) check(t *testing.T) {
	t.Helper()
	for _, p := range []Place{Groningen, Midden} {
		h.checkMember(t, p)
	}
	nation, province := h.c.Node(Nation), h.c.Node(Province)
	full, err := nation.Service.ConvenerTotals(t.Context(), nation.Consultation("water"))
	if err != nil {
		t.Fatal(err)
	}
	want := int64(h.votes[Groningen.Host] + h.votes[Midden.Host])
	if got := full.Count("qa", "agree", "open"); got != want {
		t.Errorf("the convener counts %d of %d votes %v", got, want, h.votes)
	}
	for _, m := range []Place{Groningen, Midden} {
		a, b := nation.row(m), province.row(m)
		if a.Disputed || b.Disputed || a.Doc == nil || b.Doc == nil || a.Doc.Digest != b.Doc.Digest || a.Status != tally.StatusFinal {
			t.Errorf("%s: nation %+v, province %+v", m.Host, a, b)
		}
	}
}

// checkMember compares the votes a member accepted with its own tally.
func (h *history) checkMember(t *testing.T, p Place) {
	t.Helper()
	n := h.c.Node(p)
	if err := n.Service.Recount(t.Context(), n.Consultation("water")); err != nil {
		t.Errorf("%s: %v", p.Host, err)
	}
	d, err := tally.Parse(n.Newest(tally.KindDirect).Raw)
	if err != nil {
		t.Fatal(err)
	}
	if q, ok := d.Question("qa"); ok && len(q.Groups) > 0 && h.votes[p.Host] >= 20 && q.Ballots["open"] != int64(h.votes[p.Host]) {
		t.Errorf("%s counts %d of %d", p.Host, q.Ballots["open"], h.votes[p.Host])
	}
}
