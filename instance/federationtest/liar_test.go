// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"polder/consensus/opinion"
	"polder/instance/store"
)

// number reads a number of a document.
func number(v any) int64 {
	n, _ := v.(json.Number).Int64()
	return n
}

// first is the first cell of the first start of two groups.
func first(payload JSON, name string) []any {
	return payload[name].(map[string]any)["2"].([]any)[0].([]any)
}

// lies are one for every rule that a share without blobs can break.
var lies = []struct {
	phase opinion.Phase
	code  string
	tell  func(share, payload JSON)
}{
	{opinion.PhaseStats, "O201", func(_, p JSON) { p["A"].([]any)[0] = 4000 }},
	{opinion.PhaseStats, "O201", func(s, _ JSON) { s["participants"] = 12 }},
	{opinion.PhaseStats, "O201", func(s, _ JSON) { s["inConv"] = 4000 }},
	{opinion.PhaseStats, "O101", func(_, p JSON) { p["D"] = p["D"].([]any)[1:] }},
	{opinion.PhaseStats, "O101", func(s, _ JSON) { s["phase"] = "move" }},
	{opinion.PhaseStats, "O102", func(s, _ JSON) { s["columnsDigest"] = "sha256:00" }},
	{opinion.PhaseStats, "O102", func(s, _ JSON) { s["round"].(map[string]any)["digest"] = "sha256:00" }},
	{opinion.PhaseStats, "O601", func(_, p JSON) { p["S"].([]any)[0] = int64(1) << 53 }},
	{opinion.PhaseStats, "F104", func(s, _ JSON) { s["area"] = Groningen.Area }},
	{opinion.PhaseStats, "F104", func(s, _ JSON) { s["memberEpoch"] = 2 }},
	{opinion.PhaseStats, "O501", func(s, _ JSON) {
		s["kind"], s["covers"] = "aggregate", []any{Midden.Area, Groningen.Area}
		s["inputs"] = []any{map[string]any{"area": Midden.Area, "id": "x", "digest": "sha256:00"}}
	}},
	{opinion.PhaseMove, "O301", func(_, p JSON) {
		cell := first(p, "sums")[0].([]any)
		cell[0] = number(cell[0]) + 1
	}},
	{opinion.PhaseMove, "O301", func(_, p JSON) { first(p, "sums")[0].([]any)[1] = int64(1) << 50 }},
	{opinion.PhaseScore, "O302", func(_, p JSON) { first(p, "scores")[1] = -1 }},
	{opinion.PhaseScore, "O302", func(_, p JSON) { first(p, "scores")[0] = -1 }},
	{opinion.PhaseTally, "O401", func(_, p JSON) { p["members"].([]any)[0] = 4000 }},
	{opinion.PhaseTally, "O401", func(_, p JSON) {
		for _, name := range []string{"A", "S"} {
			p[name].([]any)[0].([]any)[0] = 400
		}
	}},
}

// TestLiarIsRefusedAndNamed: a place that signs numbers that cannot be is told
// which rule it broke, stands in the log of its hub by name, and is counted
// with its honest numbers alone.
func TestLiarIsRefusedAndNamed(t *testing.T) {
	t.Parallel()
	k := NewCluster(t, Nation, Province, Groningen, Midden)
	converse(t, k)
	rows := camps(90, 4)
	k.Node(Groningen).voteRows("water", rows[:45])
	k.Node(Midden).voteRows("water", rows[45:])
	held := k.holdShares(Midden, Province)
	k.Advance(time.Hour)
	k.until(func() bool { return k.Node(Midden).newestShare() != nil })
	for _, phase := range []opinion.Phase{opinion.PhaseStats, opinion.PhaseMove, opinion.PhaseScore, opinion.PhaseTally} {
		honest := k.Node(Midden).newestShare()
		for steps := 0; phaseOf(t, honest) != phase; steps++ { // let the steps before it pass
			if steps > 40 {
				t.Fatalf("no step %s: %+v", phase, k.Node(Province).PeerLog(3))
			}
			k.Insider(Midden).Report(k.Node(Province), honest)
			honest = k.Node(Midden).newestShare()
		}
		for i, lie := range lies {
			if lie.phase != phase {
				continue
			}
			forged := k.Insider(Midden).Forge(honest, nil, func(share JSON) {
				share["id"] = share["id"].(string) + "1"
				share["revision"] = number(share["revision"]) + 1
				lie.tell(share, k.Node(Midden).inline(share))
			})
			k.Insider(Midden).Report(k.Node(Province), forged)
			if k.Node(Province).Holds(forged) {
				t.Errorf("lie %d (%s, %s) is kept", i, lie.phase, lie.code)
			}
			if line := k.Node(Province).PeerLog(1)[0]; line.Host != Midden.Host || line.Code != lie.code {
				t.Errorf("lie %d (%s): refused as %s %s %q, want %s", i, lie.phase, line.Host, line.Code, line.Detail, lie.code)
			}
		}
		k.Insider(Midden).Report(k.Node(Province), honest)
	}
	if *held == 0 {
		t.Error("no share was held back")
	}
	r := k.Node(Nation).groups("water")
	if r.Coverage.ParticipantsInModel != 90 || r.Coverage.ParticipantsInTally != 90 || totals(t, r) != 90 {
		t.Errorf("coverage %+v, %d people", r.Coverage, totals(t, r))
	}
}

// inline puts the numbers of a share into its JSON, also those that it withholds.
func (n *Node) inline(share JSON) JSON {
	t := n.cluster.t
	t.Helper()
	if payload, ok := share["payload"].(JSON); ok {
		return payload
	}
	digest := share["blobs"].(JSON)["payload"].(JSON)["digest"].(string)
	var payload JSON
	err := n.store.View(context.Background(), func(tx *store.Tx) error {
		_, raw, err := tx.Blobs.Get(digest)
		if err != nil {
			return err
		}
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		return d.Decode(&payload)
	})
	if err != nil {
		t.Fatal(err)
	}
	delete(payload, "nonce")
	delete(share["blobs"].(JSON), "payload")
	share["payload"], share["withheld"] = payload, false
	return payload
}

func phaseOf(t *testing.T, share []byte) opinion.Phase {
	t.Helper()
	x, err := opinion.ParseShare(share)
	if err != nil {
		t.Fatal(err)
	}
	return x.Phase
}

// holdShares loses every share on its way from one place to another; a report
// by hand goes another way.
func (c *Cluster) holdShares(from, to Place) *int {
	held := new(int)
	c.SetFault(func(r *http.Request) int {
		if r.URL.Host != to.Host {
			return 1
		}
		body, err := io.ReadAll(r.Body)
		if err != nil || !bytes.Contains(body, []byte(`"type":"ConsensusShare"`)) || !bytes.Contains(body, []byte(from.Area)) {
			return 1
		}
		*held++
		return -1
	})
	return held
}

// newestShare is the share that a place signed for the latest step.
func (n *Node) newestShare() []byte {
	n.cluster.t.Helper()
	var newest opinion.Share
	for _, d := range n.signed(func(d store.Signed) bool { return d.Own && d.Type == "ConsensusShare" }) {
		x, err := opinion.ParseShare(d.Raw)
		if err != nil {
			n.cluster.t.Fatal(err)
		}
		if x.Step > newest.Step {
			newest = *x
		}
	}
	return newest.Raw
}
