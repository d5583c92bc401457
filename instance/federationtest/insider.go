// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"polder/activitypub/proof"
	"polder/consensus/tally"
	"polder/instance"
	"polder/instance/store"
)

// Insider acts with the keys of an instance behind its back: a dishonest
// operator, or a thief.
type Insider struct {
	*Account
	n    *Node
	keys *instance.Keyring
}

// Insider of the instance.
func (c *Cluster) Insider(p Place) *Insider {
	n := c.Node(p)
	keys, err := instance.LoadKeyring(n.Dir)
	if err != nil {
		c.t.Fatal(err)
	}
	id := n.URL("/actor")
	return &Insider{n: n, keys: keys,
		Account: &Account{ID: id, KeyID: id + "#main-key", Key: keys.Actor, rogue: &Rogue{Host: p.Host, cluster: c}}}
}

// Newest is the newest own tally of a kind that the instance has signed.
func (n *Node) Newest(kind string) store.Signed {
	n.cluster.t.Helper()
	own := n.signed(func(d store.Signed) bool { return d.Own && d.Kind == kind })
	if len(own) == 0 {
		n.cluster.t.Fatalf("%s has no %s tally", n.Host, kind)
	}
	return slices.MaxFunc(own, func(a, b store.Signed) int { return int(a.Revision - b.Revision) })
}

// signed lists the signed documents in the store, own and received.
func (n *Node) signed(keep func(store.Signed) bool) []store.Signed {
	n.cluster.t.Helper()
	var list []store.Signed
	err := n.store.View(context.Background(), func(tx *store.Tx) error {
		for row, err := range tx.Signed.List("") {
			if err != nil {
				return err
			}
			if keep(row.Value) {
				list = append(list, row.Value)
			}
		}
		return nil
	})
	if err != nil {
		n.cluster.t.Fatal(err)
	}
	return list
}

// Holds tells whether the instance keeps a document with this digest.
func (n *Node) Holds(raw []byte) bool {
	n.cluster.t.Helper()
	digest, err := proof.Digest(raw)
	if err != nil {
		return false
	}
	return len(n.signed(func(d store.Signed) bool { return d.Digest == digest })) > 0
}

// Edited is a document as an object that may be changed, without its proof.
func Edited(raw []byte, change func(JSON)) ([]byte, error) {
	numbers := json.NewDecoder(bytes.NewReader(raw))
	numbers.UseNumber()
	var doc JSON
	if err := numbers.Decode(&doc); err != nil {
		return nil, fmt.Errorf("reading a document: %w", err)
	}
	delete(doc, "proof")
	change(doc)
	return json.Marshal(doc)
}

// Forge changes a document and signs it with a tally key; nil is the instance's.
func (a *Insider) Forge(raw []byte, key ed25519.PrivateKey, change func(JSON)) []byte {
	t := a.n.cluster.t
	t.Helper()
	if key == nil {
		key = a.keys.Tally
	}
	doc, err := Edited(raw, change)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := proof.Sign(doc, key, a.ID+"#tally-1", a.n.cluster.Now())
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// Revise gives a tally another revision, its id included.
func Revise(doc JSON, revision int64) {
	doc["id"] = fmt.Sprintf("%s/tallies/%v-%d", doc["consultation"], doc["epoch"], revision)
	doc["revision"] = revision
}

// Report sends a document in a Create of this actor to an instance.
func (a *Account) Report(to *Node, raw []byte) int {
	t := to.cluster.t
	t.Helper()
	to.serial++
	body := fmt.Sprintf(`{"@context":"https://www.w3.org/ns/activitystreams","id":"%s/report/%d","type":"Create","actor":"%s","object":%s}`,
		a.ID, to.serial, a.ID, raw)
	r, err := a.RawMessage(to.URL("/inbox"), []byte(body)).Sign()
	if err != nil {
		t.Fatal(err)
	}
	status := to.Knock(r)
	if status != http.StatusAccepted && status != http.StatusForbidden && status != http.StatusBadRequest {
		t.Fatalf("report is answered %d: %+v", status, to.PeerLog(1))
	}
	to.cluster.Settle()
	return status
}

func all(store.Signed) bool { return true }

// revisionOf reads the revision of a document.
func revisionOf(raw []byte) int64 {
	var doc struct {
		Revision int64 `json:"revision"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		panic(err)
	}
	return doc.Revision
}

func ownTally(d store.Signed) bool { return d.Own && d.Kind == tally.KindDirect }
