// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"polder/activitypub/proof"
	"polder/consensus/eligibility"
	"polder/consensus/tally"
	"polder/instance"
)

// counted is a province that convenes, with two municipalities that have closed
// and reported a provisional tally: 20 and 15 times "agree", 10 and 15 times
// "disagree".
func countedNetwork(t *testing.T) *Cluster {
	t.Helper()
	c := NewCluster(t, Province, Groningen, Midden)
	c.Bind(Province, Groningen)
	c.Bind(Province, Midden)
	c.Node(Province).Announce(c.Draft("water", 1, true, Groningen, Midden))
	c.AdoptAll(Groningen, Midden)
	c.castAll(Groningen, 20, 10)
	c.castAll(Midden, 15, 15)
	c.Advance(2 * time.Minute) // interim tallies
	c.Advance(60 * time.Minute)
	c.Advance(3 * time.Minute) // merge delay and grace are over: provisional
	c.Advance(time.Minute)     // debounce
	return c
}

func (c *Cluster) castAll(p Place, agree, disagree int) {
	c.t.Helper()
	n := c.Node(p)
	codes := n.Codes("water", agree+disagree)
	for i, code := range codes {
		option := "agree"
		if i >= agree {
			option = "disagree"
		}
		if err := n.Vote("water", "qa", option, eligibility.Code, code); err != nil {
			c.t.Fatal(err)
		}
	}
}

// result is the total as an instance sees it now.
func (n *Node) result() *instance.Joint {
	n.cluster.t.Helper()
	j, err := n.Service.JointResult(context.Background(), n.Consultation("water"))
	if err != nil {
		n.cluster.t.Fatal(err)
	}
	return j
}

// summary is what must not change: the counts, the rows and the coverage.
func (n *Node) summary() string {
	n.cluster.t.Helper()
	j := n.result()
	var b strings.Builder
	fmt.Fprintf(&b, "%s %+v", j.Status, j.Result.Coverage)
	for _, r := range j.Result.Rows {
		fmt.Fprintf(&b, " %s:%s:%s:%v", r.Area, r.Status, r.Why, r.Disputed)
	}
	for _, q := range j.Result.Questions {
		raw, err := json.Marshal(q)
		if err != nil {
			n.cluster.t.Fatal(err)
		}
		b.Write(raw)
	}
	return b.String()
}

// count of one option at level code in the total.
func (n *Node) count(option string) int64 {
	n.cluster.t.Helper()
	for _, q := range n.result().Result.Questions {
		for _, o := range q.Options {
			if o.ID == option {
				return o.N["code"]
			}
		}
	}
	return 0
}

func (n *Node) row(p Place) *tally.Row {
	n.cluster.t.Helper()
	row, ok := n.result().Result.Row(p.Area)
	if !ok {
		n.cluster.t.Fatalf("%s has no row for %s", n.Host, p.Area)
	}
	return row
}

// forgery is one dishonest tally. The newest tally of Midden is changed and
// signed, by Midden's own key unless key is set.
type forgery struct {
	row, name string
	code      string // reason at the convener; "" if it is accepted
	kept      bool   // as evidence, or as history
	key       ed25519.PrivateKey
	change    func(JSON)
}

func question(doc JSON) JSON { return doc["questions"].([]any)[0].(JSON) }

func option(doc JSON, i int) JSON { return question(doc)["options"].([]any)[i].(JSON)["n"].(JSON) }

func newer(doc JSON, by int64) int64 {
	revision, _ := doc["revision"].(json.Number).Int64()
	return revision + by
}

// revised also names the tally before it, as a member does.
func revised(by int64, change func(JSON)) func(JSON) {
	return func(doc JSON) {
		Revise(doc, newer(doc, by))
		change(doc)
	}
}

func asItIs(JSON) {}

var forgeries = []forgery{
	{"61", "signed by another key", "F104", false, ed25519.NewKeyFromSeed(make([]byte, 32)), revised(1000, asItIs)},
	{"61", "older revision", "", true, nil, revised(-1000, func(d JSON) { d["previous"] = nil })},
	{"61", "negative count", "F101", false, nil, revised(1001, func(d JSON) { option(d, 0)["code"] = -15 })},
	{"61", "beyond 2^53-1", "F101", false, nil, revised(1002, func(d JSON) { option(d, 0)["code"] = json.Number("9007199254740992") })},
	{"61", "fraction", "F101", false, nil, revised(1003, func(d JSON) { option(d, 0)["code"] = json.Number("15.5") })},
	{"61", "exponent", "F101", false, nil, revised(1003, func(d JSON) { option(d, 0)["code"] = json.Number("1e300") })},
	{"61", "arithmetic", "F201", true, nil, revised(1004, func(d JSON) { option(d, 0)["code"] = 16 })},
	{"61", "more than issued", "F204", true, nil, revised(1005, func(d JSON) {
		option(d, 0)["code"] = 1000
		question(d)["ballots"].(JSON)["code"] = 1015
		d["turnout"].(JSON)["accepted"].(JSON)["code"] = 1015
	})},
	{"61", "another definition", "F102", true, nil, revised(1006, func(d JSON) { d["consultationDigest"] = "sha256:" + strings.Repeat("0", 64) })},
	{"61", "unknown option", "F103", true, nil, revised(1007, func(d JSON) {
		question(d)["options"].([]any)[0].(JSON)["id"] = "maybe"
	})},
	{"61", "area of another member", "F104", false, nil, revised(1008, func(d JSON) { d["area"] = "GM0014" })},
	{"61", "area outside the Roster", "F104", false, nil, revised(1009, func(d JSON) { d["area"] = "GM0363" })},
	{"61", "id of another host", "F101", false, nil, revised(1010, func(d JSON) { d["id"] = "https://groningen.test/consultations/water/tallies/1-1" })},
	{"61", "another consultation", "not-in-roster", false, nil, revised(1011, func(d JSON) { d["context"] = "https://provincie.test/consultations/wind" })},
	{"61", "far future", "F-FUTURE", true, nil, revised(400*24*3600*1000, asItIs)},
}

func TestAttackTally(t *testing.T) {
	t.Parallel()
	c := countedNetwork(t)
	province, midden := c.Node(Province), c.Insider(Midden)
	if province.count("agree") != 35 || province.count("disagree") != 25 {
		t.Fatalf("before any attack: %s", province.summary())
	}
	honest := c.Node(Midden).Newest(tally.KindDirect).Raw
	for _, f := range forgeries {
		t.Run(f.row+"/"+f.name, func(t *testing.T) {
			before := province.summary()
			forged := midden.Forge(honest, f.key, f.change)
			lines := len(province.PeerLog(1000))
			midden.Report(province, forged)
			checkForgery(t, province, f, forged, lines)
			if after := province.summary(); after != before {
				t.Errorf("the total changed\nfrom %s\nto   %s", before, after)
			}
		})
	}
	strangers(t, c, honest)
	proofs(t, c, honest)
}

func checkForgery(t *testing.T, n *Node, f forgery, forged []byte, lines int) {
	t.Helper()
	log := n.PeerLog(1000)
	if added := len(log) - lines; (f.code != "") != (added == 1) {
		t.Errorf("%d lines in the peer log: %+v", added, log[:max(added, 0)])
	} else if f.code != "" && log[0].Code != f.code {
		t.Errorf("reason %q, want %q (%s)", log[0].Code, f.code, log[0].Detail)
	}
	if got := n.Holds(forged); got != f.kept {
		t.Errorf("kept: %v, want %v", got, f.kept)
	}
}

// strangers: nobody but the member itself reports, whatever is signed.
func strangers(t *testing.T, c *Cluster, honest []byte) {
	t.Helper()
	province := c.Node(Province)
	before := province.summary()
	newest := c.Insider(Midden).Forge(honest, nil, revised(2000, asItIs))
	t.Run("61/third party", func(t *testing.T) {
		c.Insider(Groningen).Report(province, newest)
		if got := province.reasons(1)[0]; got != "third-party" {
			t.Errorf("reason %q", got)
		}
	})
	t.Run("61/wrong http key", func(t *testing.T) {
		thief := *c.Insider(Midden)
		thief.Account = &Account{ID: thief.ID, KeyID: c.Rogue("rogue.test").Account("mallory", 0).KeyID, Key: rogueKeys[0](), rogue: thief.rogue}
		if got := thief.Report(province, newest); got != http.StatusForbidden {
			t.Errorf("status %d", got)
		}
	})
	t.Run("61/stranger", func(t *testing.T) {
		rogue := c.Rogue("rogue.test").Account("mallory", 0)
		stranger := *c.Insider(Midden)
		stranger.Account = rogue
		forged := stranger.Forge(honest, ed25519.NewKeyFromSeed(make([]byte, 32)), func(d JSON) {
			d["attributedTo"], d["consultation"] = rogue.ID, "https://rogue.test/consultations/water"
			Revise(d, newer(d, 1))
		})
		rogue.Report(province, forged)
		if got := province.reasons(1)[0]; got != "F104" || province.Holds(forged) {
			t.Errorf("reason %q, kept %v", got, province.Holds(forged))
		}
	})
	if after := province.summary(); after != before || province.Holds(newest) {
		t.Errorf("the total changed\nfrom %s\nto   %s", before, after)
	}
}

// proofs is row 63: what is nearly a proof is none.
func proofs(t *testing.T, c *Cluster, honest []byte) {
	t.Helper()
	province, midden := c.Node(Province), c.Insider(Midden)
	good := string(midden.Forge(honest, nil, revised(3000, asItIs)))
	value := good[strings.Index(good, `"proofValue":"`)+len(`"proofValue":"`):]
	value = value[:strings.IndexByte(value, '"')]
	for name, bad := range map[string]string{
		"purpose":            strings.Replace(good, `"proofPurpose":"assertionMethod"`, `"proofPurpose":"authentication"`, 1),
		"suite":              strings.Replace(good, `"cryptosuite":"eddsa-jcs-2022"`, `"cryptosuite":"eddsa-rdfc-2022"`, 1),
		"foreign method":     strings.Replace(good, `midden.test/actor#tally-1`, `rogue.test/actor#tally-1`, 1),
		"multibase":          strings.Replace(good, `"proofValue":"z`, `"proofValue":"u`, 1),
		"truncated":          strings.Replace(good, value, value[:len(value)-4], 1),
		"twice":              strings.Replace(good, `"proof":{`, `"proof":[{`, 1),
		"nested":             strings.Replace(good, `"proof":{`, `"inner":{"proof":{}},"proof":{`, 1),
		"none":               string(without(t, good, "proof")),
		"one count changed":  strings.Replace(good, `"code":15`, `"code":14`, 1),
		"number in a string": strings.Replace(good, `"epoch":1`, `"epoch":1.0`, 1),
	} {
		t.Run("63/"+name, func(t *testing.T) {
			if bad == good {
				t.Fatal("nothing was spoilt")
			}
			if name == "twice" {
				end := strings.Index(bad, value) + len(value) + 2
				bad = bad[:end] + "," + good[strings.Index(good, `"proof":{`)+len(`"proof":`):strings.Index(good, value)+len(value)+2] + "]" + bad[end:]
			}
			before := province.summary()
			held := len(province.signed(all))
			midden.Report(province, []byte(bad))
			if got := len(province.signed(all)); got != held {
				t.Errorf("%d documents, %d before: %s", got, held, province.reasons(1)[0])
			}
			if after := province.summary(); after != before {
				t.Errorf("the total changed\nfrom %s\nto   %s", before, after)
			}
		})
	}
}

func without(t *testing.T, raw, member string) []byte {
	t.Helper()
	out, err := Edited([]byte(raw), func(d JSON) { delete(d, member) })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func digestOf(t *testing.T, raw []byte) string {
	t.Helper()
	digest, err := proof.Digest(raw)
	if err != nil {
		t.Fatal(err)
	}
	return digest
}
