// SPDX-License-Identifier: EUPL-1.2

package audit

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"polder/activitypub/proof"
	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/consensus/tally"
)

// web is the Internet of the tests: documents by address.
type web map[string][]byte

var errDown = errors.New("connection refused")

// Fetch implements Fetcher.
func (w web) Fetch(_ context.Context, address string) ([]byte, error) {
	raw, ok := w[address]
	switch {
	case !ok:
		return nil, fmt.Errorf("%s: %w", address, ErrNotFound)
	case raw == nil:
		return nil, fmt.Errorf("%s: %w", address, errDown)
	}
	return raw, nil
}

func (w web) clone() web {
	out := web{}
	for k, v := range w {
		out[k] = v
	}
	return out
}

const (
	nation   = "https://nation.example"
	province = "https://province.example"
	water    = "/consultations/water"
)

var places = []struct{ area, base, parent string }{
	{"GM0001", "https://m1.example", province}, {"GM0002", "https://m2.example", province}, {"GM0003", "https://m3.example", nation},
}

// network is one joint consultation with everything it publishes: m1 and m2 are
// too small to publish on their own, so the nation's total has a sealed sum.
type network struct {
	t        *testing.T
	web      web
	def      *consensus.Definition
	digest   string
	roster   *tally.Roster
	tallies  []*tally.Doc
	sealed   []*tally.Doc
	national *tally.Doc
	regional *tally.Doc
}

func key(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("polder audit test " + name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func multikey(base string) string { return proof.EncodeKey(key(base).Public().(ed25519.PublicKey)) }

func day(month time.Month, d int) time.Time { return time.Date(2026, month, d, 12, 0, 0, 0, time.UTC) }

// newNetwork builds it with the given agree and pass ballots per place.
func newNetwork(t *testing.T, ballots ...[2]int) *network {
	t.Helper()
	n := &network{t: t, web: web{}}
	n.define()
	n.makeRoster(day(10, 1).UnixMilli(), nil)
	for _, base := range []string{nation, province, places[0].base, places[1].base, places[2].base} {
		n.instance(base)
	}
	for i := range places {
		n.publish(i, ballots[i])
	}
	n.national = n.addUp(nation, "NL01", "", n.sealed)
	n.regional = n.addUp(province, "PV20", province+"/actor", nil)
	n.collections()
	n.heads()
	return n
}

func (n *network) put(address string, v any) {
	n.t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		n.t.Fatal(err)
	}
	n.web[address] = raw
}

func (n *network) define() {
	n.def = &consensus.Definition{V: 1, Root: nation + water, RollDate: "2026-11-01", AreaScheme: "CBS-2023", MinAge: 16,
		Levels: []eligibility.Level{"fediverse", "code"}, Official: []eligibility.Level{"code"}, K: 10, Results: "afterClose", Openings: "auditors",
		Questions: []consensus.DefinitionQuestion{{ID: "q1", Kind: "single", Max: 1,
			Options: []consensus.DefinitionOption{{ID: "agree", Text: map[string]string{"nl": "Eens"}}, {ID: "pass", Text: map[string]string{"nl": "Weet ik niet"}}}}}}
	raw, digest, err := n.def.Encode()
	if err != nil {
		n.t.Fatal(err)
	}
	n.digest, n.web[nation+water+"/definition"] = digest, raw
}

func (n *network) makeRoster(revision int64, previous *tally.Ref) {
	var members []tally.Member
	for _, p := range places {
		members = append(members, tally.Member{Area: p.area, Role: tally.RoleLeaf, Actor: p.base + "/actor", Status: tally.MemberActive,
			Count: tally.CountLatest, Epoch: 1, Parent: p.parent + "/actor", Keys: tally.MemberKeys{Tally: []string{multikey(p.base)}}, Eligible: 500, Since: day(10, 1)})
	}
	members = append(members, tally.Member{Area: "PV20", Role: tally.RoleHub, Actor: province + "/actor", Status: tally.MemberActive,
		Count: tally.CountLatest, Epoch: 1, Parent: nation + "/actor", Keys: tally.MemberKeys{Tally: []string{multikey(province)}}, Since: day(10, 1)})
	raw, err := tally.NewRoster(tally.RosterHeader{AttributedTo: nation + "/actor", Context: nation + water, Revision: revision, Previous: previous,
		ConsultationDigest: n.digest, RollDate: n.def.RollDate, AreaScheme: n.def.AreaScheme, WitnessQuorum: 2, Quorum: tally.Quorum{Members: 2, EligiblePermille: 500},
		Deadlines: tally.Deadlines{ClosesAt: day(11, 23), TallyBy: day(11, 30), ObjectionUntil: day(12, 14)}}, members)
	if err != nil {
		n.t.Fatal(err)
	}
	r, err := tally.ParseRoster(n.sign(raw, nation))
	if err != nil {
		n.t.Fatal(err)
	}
	n.roster, n.web[r.ID] = r, r.Raw
}

func (n *network) sign(raw []byte, base string) []byte {
	n.t.Helper()
	signed, err := proof.Sign(raw, key(base), base+"/actor#tally-1", day(12, 15))
	if err != nil {
		n.t.Fatal(err)
	}
	return signed
}

func (n *network) instance(base string) {
	n.put(base+"/actor", map[string]any{"id": base + "/actor", "type": "Application", "polder:heads": base + "/participation/v1/heads",
		"assertionMethod": []any{map[string]any{"id": base + "/actor#tally-1", "type": "Multikey", "controller": base + "/actor", "publicKeyMultibase": multikey(base)}}})
	n.put(base+water, map[string]any{"id": base + water, "type": "Group", "polder:tallies": base + water + "/tallies"})
}

func (n *network) header(base, area, status string, revision int64) tally.Header {
	return tally.Header{AttributedTo: base + "/actor", Context: nation + water, Consultation: base + water, ConsultationDigest: n.digest,
		Area: area, AreaScheme: n.def.AreaScheme, Epoch: 1, Revision: revision, Status: status, Start: day(11, 2), End: day(11, 23),
		Published: day(12, 15), Software: "polder/test", Convener: nation + "/actor"}
}

// publish makes a provisional tally and a final one after it.
func (n *network) publish(i int, ballots [2]int) {
	p := places[i]
	var previous *tally.Ref
	for step, status := range []string{tally.StatusProvisional, tally.StatusFinal} {
		c := tally.NewCounts(n.def)
		c.Eligible["code"], c.Issued["code"] = 500, 500
		for o, option := range []string{"agree", "pass"} {
			for range ballots[o] {
				if err := c.Add(consensus.Ballot{Question: "q1", Level: "code", Options: []string{option}}); err != nil {
					n.t.Fatal(err)
				}
			}
		}
		h := n.header(p.base, p.area, status, day(12, 1).UnixMilli()+int64(step))
		h.Previous = previous
		rawDirect, rawSealed, err := tally.NewDirect(h, c, n.def)
		if err != nil {
			n.t.Fatal(err)
		}
		d := n.parse(n.sign(rawDirect, p.base), p.base)
		n.web[d.ID] = d.Raw
		previous = &tally.Ref{Revision: d.Revision, Digest: d.Digest}
		if status != tally.StatusFinal {
			continue
		}
		n.tallies = append(n.tallies, d)
		if rawSealed != nil {
			n.sealed = append(n.sealed, n.parse(n.sign(rawSealed, p.base), p.base))
		}
	}
}

func (n *network) parse(raw []byte, base string) *tally.Doc {
	n.t.Helper()
	d, err := tally.Parse(raw)
	if err != nil {
		n.t.Fatal(err)
	}
	if err := d.VerifyBy(multikey(base)); err != nil {
		n.t.Fatal(err)
	}
	return d
}

// addUp publishes an aggregate and the copies of its inputs.
func (n *network) addUp(base, area, parent string, sealed []*tally.Doc) *tally.Doc {
	res := tally.Total(n.tallies, sealed, n.roster, n.def, parent)
	raw, err := tally.NewAggregate(n.header(base, area, tally.StatusFinal, day(12, 15).UnixMilli()), res)
	if err != nil {
		n.t.Fatal(err)
	}
	d := n.parse(n.sign(raw, base), base)
	n.web[d.ID] = d.Raw
	for _, in := range d.Inputs {
		n.web[base+water+"/inputs/"+strings.TrimPrefix(in.Digest, "sha256:")] = n.web[in.ID]
	}
	return d
}

// collections: the nation's list has its aggregate on the second page.
func (n *network) collections() {
	list := nation + water + "/tallies"
	n.put(list, map[string]any{"type": "OrderedCollection", "first": list + "?page=1"})
	n.put(list+"?page=1", map[string]any{"type": "OrderedCollectionPage", "next": list + "?page=2", "orderedItems": []any{}})
	n.put(list+"?page=2", map[string]any{"type": "OrderedCollectionPage", "orderedItems": []any{json.RawMessage(n.national.Raw)}})
	list = province + water + "/tallies"
	n.put(list, map[string]any{"type": "OrderedCollection", "first": map[string]any{"id": list + "?page=1"}})
	n.put(list+"?page=1", map[string]any{"type": "OrderedCollectionPage", "orderedItems": []any{n.regional.ID}})
}

func (n *network) heads() {
	head := func(d *tally.Doc) map[string]any {
		return map[string]any{"context": d.Context, "area": d.Area, "epoch": d.Epoch, "revision": d.Revision, "digest": d.Digest}
	}
	n.put(nation+"/participation/v1/heads", map[string]any{
		"rosters": []any{map[string]any{"context": nation + water, "revision": n.roster.Revision, "digest": n.roster.Digest}},
		"tallies": []any{head(n.national)}})
	regional := head(n.regional)
	regional["kind"], regional["list"] = "aggregate", province+water+"/tallies"
	n.put(province+"/participation/v1/heads", map[string]any{"rosters": []any{}, "tallies": []any{regional}})
	for i, p := range places {
		own := head(n.tallies[i])
		own["kind"], own["list"] = "direct", p.base+water+"/tallies"
		n.put(p.base+"/participation/v1/heads", map[string]any{"rosters": []any{}, "tallies": []any{own}})
	}
}

func text(t *testing.T, r *Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
