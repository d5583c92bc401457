// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"polder/activitypub/proof"
	"polder/consensus"
	"polder/consensus/tally"
	"polder/instance"
	"polder/instance/store"
)

// Instance makes an actor that says it is an instance of ours: capable, with a
// tally key, at the usual address. It belongs to the parents it names.
func (r *Rogue) Instance(key int, parents ...string) (*Account, ed25519.PrivateKey) {
	a := r.Account("actor", key)
	a.ID, a.path = r.URL("/actor"), "/actor"
	a.KeyID = a.ID + "#main-key"
	sign := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{byte(key + 1)}, 32))
	a.Serve(a.changed(JSON{"type": "Application", "preferredUsername": "rogue", "name": "Polder Gemeente Nergens",
		"implements": []JSON{{"href": "https://w3id.org/polder/v1", "name": "Polder v1"}},
		"assertionMethod": []JSON{{"id": a.ID + "#tally-1", "type": "Multikey", "controller": a.ID,
			"publicKeyMultibase": proof.EncodeKey(sign.Public().(ed25519.PublicKey))}},
		"polder:level": "municipality", "polder:areaCode": "GM0037", "polder:memberOf": parents,
		"polder:heads": r.URL("/heads"), "polder:members": r.URL("/members")}))
	return a, sign
}

// tell sends an activity of an actor to an instance and lets it be handled.
func (a *Account) tell(to *Node, kind string, members JSON) {
	t := to.cluster.t
	t.Helper()
	to.serial++
	activity := JSON{"@context": "https://www.w3.org/ns/activitystreams", "type": kind, "actor": a.ID,
		"id": a.ID + "/tell/" + string(rune('a'+to.serial))}
	for k, v := range members {
		activity[k] = v
	}
	r, err := a.Message(to.URL("/inbox"), activity).Sign()
	if err != nil {
		t.Fatal(err)
	}
	if got := to.Knock(r); got != http.StatusAccepted {
		t.Fatalf("%s is answered %d: %+v", kind, got, to.PeerLog(1))
	}
	to.cluster.Settle()
}

// memberships are the states by actor.
func (n *Node) memberships() map[string]consensus.MembershipState {
	n.cluster.t.Helper()
	list, err := n.Service.Memberships(context.Background())
	if err != nil {
		n.cluster.t.Fatal(err)
	}
	out := map[string]consensus.MembershipState{}
	for _, m := range list {
		out[m.Actor] = m.State
	}
	return out
}

func (n *Node) membership(actor string) store.Membership {
	n.cluster.t.Helper()
	list, err := n.Service.Memberships(context.Background())
	if err != nil {
		n.cluster.t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(m store.Membership) bool { return m.Actor == actor })
	if i < 0 {
		n.cluster.t.Fatalf("%s knows no membership with %s", n.Host, actor)
	}
	return list[i]
}

// TestAttackMembership is row 62: a membership exists only while both sides say
// so themselves.
func TestAttackMembership(t *testing.T) {
	t.Parallel()
	c := NewCluster(t, Province, Groningen, Midden)
	c.Bind(Province, Groningen)
	province, groningen := c.Node(Province), c.Node(Groningen)
	rogue, _ := c.Rogue("rogue.test").Instance(0)
	inside := c.Insider(Groningen)
	if _, err := province.Service.InviteMember(context.Background(), Approver, "https://"+Midden.Host); err != nil {
		t.Fatal(err)
	}
	invite := province.membership(c.Node(Midden).URL("/actor")).Activity
	for _, a := range []struct {
		name, code string
		by         *Account
		to         *Node
		kind       string
		members    JSON
	}{
		{"forged Accept by a stranger", "unknown-object", rogue, province, "Accept", JSON{"object": invite}},
		{"forged Accept by a member", "unknown-object", inside.Account, province, "Accept", JSON{"object": invite}},
		{"forged Reject", "unknown-object", rogue, province, "Reject", JSON{"object": invite}},
		{"Leave by a stranger", "unknown-object", rogue, province, "Leave", JSON{"object": province.URL("/actor")}},
		{"Leave for another", "unknown-object", inside.Account, province, "Leave", JSON{"object": "https://midden.test/actor"}},
		{"Remove by a stranger", "unknown-object", rogue, groningen, "Remove", JSON{"object": groningen.URL("/actor")}},
		{"Remove by a member", "not-owner", inside.Account, province, "Remove", JSON{"object": province.URL("/actor")}},
		{"Join of another", "unknown-object", rogue, province, "Join", JSON{"object": "https://rijk.test/actor"}},
		{"Join by a person", "not-capable", rogue.rogue.Account("mallory", 1), province, "Join", JSON{"object": province.URL("/actor")}},
		{"Invite to be our parent's parent", "conflict", inside.Account, province, "Invite", JSON{"object": groningen.URL("/actor")}},
		{"Invite by a stranger to a consultation", "not-member", rogue, groningen, "Invite", JSON{"object": "https://rogue.test/consultations/water"}},
		{"Invite to a consultation elsewhere", "not-owner", rogue, groningen, "Invite", JSON{"object": "https://provincie.test/consultations/water"}},
	} {
		t.Run("62/"+a.name, func(t *testing.T) {
			before := a.to.memberships()
			a.by.tell(a.to, a.kind, a.members)
			if got := a.to.reasons(1)[0]; got != a.code {
				t.Errorf("reason %q, want %q: %+v", got, a.code, a.to.PeerLog(1))
			}
			if after := a.to.memberships(); len(after) != len(before) {
				t.Errorf("memberships %v, before %v", after, before)
			} else {
				for actor, state := range before {
					if after[actor] != state {
						t.Errorf("membership with %s: %q, before %q", actor, after[actor], state)
					}
				}
			}
		})
	}
	t.Run("62/Join without memberOf", func(t *testing.T) { oneSided(t, c, rogue) })
}

// oneSided: an official accepts and pins, yet the other side does not name us as
// its parent, so it never becomes a member; nor does it by its own Accept.
func oneSided(t *testing.T, c *Cluster, rogue *Account) {
	t.Helper()
	province := c.Node(Province)
	rogue.tell(province, "Join", JSON{"object": province.URL("/actor")})
	request := province.membership(rogue.ID)
	rogue.tell(province, "Accept", JSON{"object": request.Activity})
	if got := province.reasons(1)[0]; got != "not-owner" {
		t.Errorf("an Accept of its own Join: reason %q", got)
	}
	if state := province.membership(rogue.ID).State; state != consensus.MembershipRequested {
		t.Fatalf("state %q", state)
	}
	province.Pin(rogue.ID)
	if err := province.Service.AnswerMembership(context.Background(), Approver, rogue.ID, true, ""); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	if state := province.membership(rogue.ID).State; state != consensus.MembershipAccepted {
		t.Errorf("state %q without memberOf", state)
	}
	candidates, err := province.Service.Candidates(context.Background())
	if err != nil || slices.ContainsFunc(candidates, func(x instance.Candidate) bool { return x.Actor == rogue.ID }) {
		t.Errorf("candidates %+v %v", candidates, err)
	}
	rogue.rogue.Instance(0, province.URL("/actor")) // now it does
	c.Settle()
	if state := province.membership(rogue.ID).State; state != consensus.MembershipActive {
		t.Errorf("state %q with memberOf", state)
	}
}

// alter serves an instance with one of its documents changed.
func (c *Cluster) alter(p Place, path string, change func([]byte) []byte) {
	n := c.Node(p)
	c.Serve(p.Host, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != path {
			n.Handler.ServeHTTP(w, r)
			return
		}
		rec := httptest.NewRecorder()
		n.Handler.ServeHTTP(rec, r)
		w.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
		w.WriteHeader(rec.Code)
		w.Write(change(rec.Body.Bytes()))
	}))
}

// TestJointDefinitionDiffers is A11: what a member adopts is exactly what its
// Group and its Roster name, or nothing.
func TestJointDefinitionDiffers(t *testing.T) {
	t.Parallel()
	t.Run("served definition", func(t *testing.T) {
		c := NewCluster(t, Province, Groningen)
		c.Bind(Province, Groningen)
		c.alter(Province, "/consultations/water/definition", func(raw []byte) []byte {
			return bytes.Replace(raw, []byte(`"Eens"`), []byte(`"Mee eens"`), 1)
		})
		c.Node(Province).Announce(c.Draft("water", 1, true, Groningen))
		n := c.Node(Groningen)
		if got := n.reasons(1)[0]; got != "F102" {
			t.Errorf("reason %q", got)
		}
		if list, err := n.Service.Joinings(context.Background()); err != nil || len(list) != 0 {
			t.Errorf("offered to officials: %+v %v", list, err)
		}
	})
	t.Run("roster", func(t *testing.T) {
		c := NewCluster(t, Province, Groningen)
		c.Bind(Province, Groningen)
		c.Node(Province).Announce(c.Draft("water", 1, true, Groningen))
		n, convener := c.Node(Groningen), c.Insider(Province)
		root := c.Node(Province).URL("/consultations/water")
		honest := c.Node(Province).signed(func(d store.Signed) bool { return d.Type == "Roster" })[0].Raw
		convener.Report(n, convener.Forge(honest, nil, func(d JSON) {
			revision := revisionOf(honest) + 1000
			d["revision"], d["id"] = revision, tally.RosterID(root, revision)
			d["consultationDigest"] = "sha256:" + strings.Repeat("0", 64)
		}))
		_, err := n.Service.AnswerJoint(context.Background(), Approver, root, true, "")
		var refused *instance.Error
		if !errors.As(err, &refused) || len(refused.Causes) != 1 || refused.Causes[0].Code != "digest-differs" {
			t.Errorf("adopting under another digest: %v", err)
		}
		if list, err := n.Service.Consultations(context.Background(), true); err != nil || len(list) != 0 {
			t.Errorf("adopted all the same: %v %v", list, err)
		}
	})
}

// TestForgedRoster: only the convener's pinned key makes a Roster, and the
// highest revision holds, whatever arrives last.
func TestForgedRoster(t *testing.T) {
	t.Parallel()
	c := joint(t, 1)
	n, root := c.Node(Groningen), c.Node(Nation).URL("/consultations/water")
	nation, midden := c.Insider(Nation), c.Insider(Midden)
	rosters := c.Node(Nation).signed(func(d store.Signed) bool { return d.Type == "Roster" })
	newest := slices.MaxFunc(rosters, func(a, b store.Signed) int { return int(a.Revision - b.Revision) })
	at := func(by int64, change func(JSON)) func(JSON) {
		return func(d JSON) {
			revision := newest.Revision + by
			d["revision"], d["id"] = revision, tally.RosterID(root, revision)
			change(d)
		}
	}
	longer := func(d JSON) {
		d["deadlines"].(JSON)["closesAt"] = "2026-11-02T09:05:00Z"
		d["deadlines"].(JSON)["tallyBy"] = "2026-11-02T09:15:00Z"
		d["deadlines"].(JSON)["objectionUntil"] = "2026-11-02T09:25:00Z"
	}
	closes := n.Consultation("water").ClosesAt
	for _, a := range []struct {
		name, code string
		by         *Insider
		raw        []byte
	}{
		{"by another member", "F101", midden, midden.Forge(newest.Raw, nil, at(1000, func(d JSON) { longer(d); d["attributedTo"] = midden.ID }))},
		{"signed by another key", "F104", nation, nation.Forge(newest.Raw, midden.keys.Tally, at(1000, longer))},
		{"created by another", "third-party", midden, nation.Forge(newest.Raw, nil, at(1000, longer))},
		{"another definition", "F102", nation, nation.Forge(newest.Raw, nil, at(1000, func(d JSON) { d["consultationDigest"] = "sha256:" + strings.Repeat("1", 64) }))},
		{"older revision", "", nation, nation.Forge(newest.Raw, nil, at(-1, func(d JSON) { longer(d); d["previous"] = nil }))},
	} {
		t.Run("61/"+a.name, func(t *testing.T) {
			before := len(n.PeerLog(1000))
			a.by.Report(n, a.raw)
			log := n.PeerLog(1000)
			if a.code != "" && (len(log) != before+1 || log[0].Code != a.code) {
				t.Errorf("peer log %+v, want %q", log[:len(log)-before], a.code)
			}
			if got := n.Consultation("water").ClosesAt; !got.Equal(closes) {
				t.Errorf("closing moved to %v", got)
			}
		})
	}
	t.Run("61/newer", func(t *testing.T) {
		nation.Report(n, nation.Forge(newest.Raw, nil, at(1000, longer)))
		if got := n.Consultation("water").ClosesAt; got.Equal(closes) {
			t.Errorf("an honest Roster is not followed: %+v", n.PeerLog(1))
		}
	})
}

// TestAttackAnnounce is row 28 inside the network: what a member announces is
// fetched where it lives, whatever it embeds.
func TestAttackAnnounce(t *testing.T) {
	t.Parallel()
	c := countedNetwork(t)
	province, midden := c.Node(Province), c.Insider(Midden)
	honest := c.Node(Midden).Newest(tally.KindDirect).Raw
	forged := branch(midden, honest, 1000, 30)
	var embedded any
	if err := json.Unmarshal(forged, &embedded); err != nil {
		t.Fatal(err)
	}
	before := province.summary()
	made := c.Watch()
	for name, object := range map[string]any{
		"28/embedded":             embedded,
		"28/id of another host":   "https://victim.test/tallies/1",
		"28/embedded and renamed": JSON{"id": c.Node(Midden).URL("/consultations/water/tallies/1-1"), "type": "Tally"},
	} {
		t.Run(name, func(t *testing.T) {
			made()
			c.Insider(Groningen).tell(province, "Announce", JSON{"object": object})
			if after := province.summary(); after != before || province.Holds(forged) {
				t.Errorf("the total changed\nfrom %s\nto   %s", before, after)
			}
			gets := slices.DeleteFunc(made(), func(r string) bool { return strings.HasPrefix(r, "POST ") })
			if len(gets) > 1 {
				t.Errorf("requests %q", gets)
			}
		})
	}
}

// TestAttackJointFollow is row 26 for the Follows we send ourselves.
func TestAttackJointFollow(t *testing.T) {
	t.Parallel()
	c := joint(t, 1)
	n := c.Node(Groningen)
	rogue := c.Rogue("rogue.test").Account("mallory", 0)
	var follow string
	for key, record := range n.Contents(false) {
		if strings.HasPrefix(key, "following") {
			_, rest, _ := strings.Cut(record, `"follow":"`)
			follow, _, _ = strings.Cut(rest, `"`)
		}
	}
	if follow == "" {
		t.Fatal("the member follows nobody")
	}
	before := n.Contents(false)
	for _, kind := range []string{"Accept", "Reject"} {
		t.Run("26/"+kind, func(t *testing.T) {
			rogue.tell(n, kind, JSON{"object": follow})
			if got := n.reasons(1)[0]; got != "unknown-object" {
				t.Errorf("reason %q", got)
			}
			if changes := Changes(before, n.Contents(false)); len(changes) > 0 {
				t.Errorf("stored: %q", changes)
			}
		})
	}
}

// TestAttackSealed is rows 56 and 58 for the only documents of a network that
// are not public: the convener alone reads and gets them.
func TestAttackSealed(t *testing.T) {
	t.Parallel()
	c := joint(t, 1)
	c.castAll(Groningen, 4, 1) // fewer than k: hidden
	c.castAll(Midden, 3, 2)
	c.Advance(61 * time.Minute)
	c.Advance(3 * time.Minute)
	c.Advance(time.Minute)
	n := c.Node(Groningen)
	sealed := n.Newest(tally.KindSealed)
	if c.Node(Province).Holds(sealed.Raw) || !c.Node(Nation).Holds(sealed.Raw) {
		t.Error("the sealed tally is not with the convener alone")
	}
	get := func(by *Account) int {
		r, err := http.NewRequest(http.MethodGet, sealed.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		if by != nil {
			m := by.RawMessage(sealed.ID, nil)
			m.Method, m.Covered = http.MethodGet, []string{"(request-target)", "host", "date"}
			if r, err = m.Sign(); err != nil {
				t.Fatal(err)
			}
			r.Body = nil
			r.ContentLength = 0
		}
		r.Header.Set("Accept", "application/activity+json")
		return n.Knock(r)
	}
	for name, a := range map[string]struct {
		by   *Account
		want int
	}{
		"unsigned":   {nil, 401},
		"stranger":   {c.Rogue("rogue.test").Account("mallory", 0), 403},
		"own parent": {c.Insider(Province).Account, 403},
		"ourselves":  {c.Insider(Groningen).Account, 401},
		"convener":   {c.Insider(Nation).Account, 200},
	} {
		t.Run("56/"+name, func(t *testing.T) {
			if got := get(a.by); got != a.want {
				t.Errorf("status %d, want %d", got, a.want)
			}
		})
	}
	t.Run("58/sent to another hub", func(t *testing.T) {
		c.Insider(Groningen).Report(c.Node(Province), sealed.Raw)
		if got := c.Node(Province).reasons(1)[0]; got != "not-addressed" || c.Node(Province).Holds(sealed.Raw) {
			t.Errorf("reason %q", got)
		}
	})
	t.Run("56/copy", func(t *testing.T) {
		r, err := http.NewRequest(http.MethodGet, n.URL("/consultations/water/inputs/"+strings.TrimPrefix(sealed.Digest, "sha256:")), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Node(Nation).Knock(r); got != http.StatusNotFound {
			t.Errorf("status %d", got)
		}
	})
}

// TestAttackAnswers: what we sent is answered by whom it was sent to. An answer
// of anybody else neither adopts for a member nor shows on a dashboard.
func TestAttackAnswers(t *testing.T) {
	t.Parallel()
	c := countedNetwork(t)
	province, groningen := c.Node(Province), c.Node(Groningen)
	rogue, _ := c.Rogue("rogue.test").Instance(0)
	province.Announce(c.Draft("wind", 1, true, Groningen, Midden))
	var invite string
	for _, m := range province.Consultation("wind").Members {
		if m.Area == Midden.Area {
			invite = m.Invite
		}
	}
	for _, a := range []struct {
		name   string
		by     *Account
		to     *Node
		object string
	}{
		{"invitation of another member", c.Insider(Groningen).Account, province, invite},
		{"invitation of a member by a stranger", rogue, province, invite},
		{"tally by a stranger", rogue, groningen, groningen.Newest(tally.KindDirect).ID},
		{"tally by a person", rogue.rogue.Account("mallory", 1), groningen, groningen.Newest(tally.KindDirect).ID},
	} {
		for _, kind := range []string{"Accept", "Reject"} {
			t.Run("62/"+kind+" of the "+a.name, func(t *testing.T) {
				before := a.to.Contents(false)
				a.by.tell(a.to, kind, JSON{"object": a.object})
				if got := a.to.reasons(1)[0]; got != "unknown-object" {
					t.Errorf("reason %q", got)
				}
				if changes := Changes(before, a.to.Contents(false)); len(changes) > 0 {
					t.Errorf("stored: %q", changes)
				}
			})
		}
	}
}
