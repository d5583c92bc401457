// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"net/http"
	"slices"
	"testing"

	"polder/instance/federationtest/plainpeer"
)

// arena is one instance with an open consultation and a rogue server with two
// accounts that have different keys; the first is known to the instance.
type arena struct {
	c       *Cluster
	n       *Node
	rogue   *Rogue
	mallory *Account
	eve     *Account
	poll    string
	made    func() []string // requests the instance made, since the last call
	serial  int
}

func newArena(t *testing.T, results string) *arena {
	t.Helper()
	c := NewCluster(t, Groningen)
	x := &arena{c: c, n: c.Node(Groningen), rogue: c.Rogue("rogue.test")}
	x.mallory, x.eve = x.rogue.Account("mallory", 0), x.rogue.Account("eve", 1)
	d := c.Draft("fietspad", 2, false)
	d.Definition.Results = results
	x.n.Announce(d)
	x.poll = polls(t, c, x.n)[0]
	x.made = c.Watch()
	// An honest request first: it shows that all that follows fails for its fault.
	if got := x.knock(t, x.mallory.Message(x.n.URL("/inbox"), x.follow(x.mallory))); got != http.StatusAccepted {
		t.Fatalf("an honest request is answered %d: %+v", got, x.n.PeerLog(1))
	}
	c.Settle()
	x.made()
	return x
}

// polls reads the ids of the polls of the consultation "fietspad".
func polls(t *testing.T, c *Cluster, n *Node) []string {
	t.Helper()
	p, err := plainpeer.New("reader.test", c.Transport(), c.Now)
	if err != nil {
		t.Fatal(err)
	}
	items, err := p.Items(n.URL("/consultations/fietspad/outbox"))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, item := range slices.Backward(items) {
		if o := item.Sub("object"); o.Text("type") == "Question" {
			ids = append(ids, o.Text("id"))
		}
	}
	return ids
}

func (x *arena) activityID(a *Account) string {
	x.serial++
	return a.ID + "/activities/" + string(rune('a'+x.serial/26%26)) + string(rune('a'+x.serial%26))
}

func (x *arena) activity(a *Account, kind string, object any) JSON {
	return JSON{"@context": "https://www.w3.org/ns/activitystreams", "id": x.activityID(a), "type": kind,
		"actor": a.ID, "object": object}
}

func (x *arena) follow(a *Account) JSON { return x.activity(a, "Follow", x.n.URL("/organization")) }

// vote is a proper poll vote.
func (x *arena) vote(a *Account, option string) JSON {
	group := x.n.URL("/consultations/fietspad")
	v := x.activity(a, "Create", nil)
	v["object"] = JSON{"id": v["id"].(string) + "/note", "type": "Note", "name": option, "attributedTo": a.ID,
		"to": group, "inReplyTo": x.poll}
	v["to"] = group
	return v
}

func (x *arena) knock(t *testing.T, m *Message) int {
	t.Helper()
	r, err := m.Sign()
	if err != nil {
		t.Fatal(err)
	}
	return x.n.Knock(r)
}

// expect makes an attempt and checks the whole promise of security.md 1: the
// status, nothing stored, one line with the reason code, and no request beyond
// those named. Code "" means that not even a line is due.
func (x *arena) expect(t *testing.T, status int, code string, requests []string, attempt func() int) {
	t.Helper()
	stored := status == http.StatusAccepted // then the activity id is remembered
	before, lines := x.n.Contents(!stored), len(x.n.PeerLog(1000))
	if got := attempt(); got != status {
		t.Errorf("status %d, want %d: %+v", got, status, x.n.PeerLog(1))
	}
	x.c.Settle()
	if changes := Changes(before, x.n.Contents(!stored)); len(changes) > 0 {
		t.Errorf("stored: %q", changes)
	}
	log := x.n.PeerLog(1000)
	switch added := len(log) - lines; {
	case code == "" && added != 0, code != "" && added != 1:
		t.Errorf("%d new lines in the peer log: %+v", added, log[:max(added, 0)])
	case code != "" && log[0].Code != code:
		t.Errorf("reason %q, want %q (%s)", log[0].Code, code, log[0].Detail)
	}
	if made := x.made(); !slices.Equal(made, requests) {
		t.Errorf("requests made %q, want %q", made, requests)
	}
}

// refused is expect for a request signed after before has spoilt it; after
// spoils the signed request.
func (x *arena) refused(t *testing.T, status int, code string, before func(*Message), after func(*http.Request)) {
	t.Helper()
	m := x.mallory.Message(x.n.URL("/inbox"), x.follow(x.mallory))
	if before != nil {
		before(m)
	}
	r, err := m.Sign()
	if err != nil {
		t.Fatal(err)
	}
	if after != nil {
		after(r)
	}
	x.expect(t, status, code, nil, func() int { return x.n.Knock(r) })
}
