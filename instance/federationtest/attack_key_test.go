// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"polder/consensus"
)

// keyAttack tries to pass with a key that is not the actor's. serve prepares the
// account of the attacker, whose key nobody has seen yet, and gives what the
// activity says of itself; fetched are the requests the instance may make.
type keyAttack struct {
	row, name string
	serve     func(x *arena, a *Account)
	keyID     string // "": the account's own
	actor     string // "": the account itself
	fetched   []string
}

const victim = "https://victim.test/users/bob"

func sameOrigin(path string) string { return "GET rogue.test" + path }

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
}

// changed is the document of the account with other members.
func (a *Account) changed(members JSON) JSON {
	d := a.Document()
	for k, v := range members {
		d[k] = v
	}
	return d
}

func (a *Account) key(members JSON) JSON {
	k := a.Document()["publicKey"].(JSON)
	for name, v := range members {
		k[name] = v
	}
	return k
}

var keyAttacks = []keyAttack{
	{row: "16", name: "owner on another host", actor: victim, fetched: []string{sameOrigin("/users/x")},
		serve: func(_ *arena, a *Account) { a.Serve(a.changed(JSON{"publicKey": a.key(JSON{"owner": victim})})) }},
	{row: "16", name: "bare key of another host", actor: victim, fetched: []string{sameOrigin("/users/x")},
		serve: func(_ *arena, a *Account) { a.Serve(a.key(JSON{"owner": victim})) }},
	{row: "16", name: "owner who does not list the key", keyID: "https://rogue.test/keys/1", actor: "https://rogue.test/users/eve",
		fetched: []string{sameOrigin("/keys/1"), sameOrigin("/users/eve")},
		serve: func(x *arena, a *Account) {
			x.rogue.Page("/keys/1", ServeJSON(a.key(JSON{"id": "https://rogue.test/keys/1", "owner": "https://rogue.test/users/eve"})))
		}},
	{row: "20", name: "redirect to another origin", fetched: []string{sameOrigin("/users/x")},
		serve: func(x *arena, a *Account) { x.rogue.Page("/users/x", redirect("https://victim.test/stolen")) }},
	{row: "20", name: "three hops", fetched: []string{sameOrigin("/hop1"), sameOrigin("/hop2"), sameOrigin("/users/x")},
		serve: func(x *arena, a *Account) {
			x.rogue.Page("/users/x", redirect("/hop1"))
			x.rogue.Page("/hop1", redirect("/hop2"))
			x.rogue.Page("/hop2", redirect("/hop3"))
			x.rogue.Page("/hop3", ServeJSON(a.Document()))
		}},
	{row: "21", name: "text/html", fetched: []string{sameOrigin("/users/x")},
		serve: func(x *arena, a *Account) { x.rogue.Page("/users/x", ServeAs("text/html", a.Document())) }},
	{row: "21", name: "application/json", fetched: []string{sameOrigin("/users/x")},
		serve: func(x *arena, a *Account) { x.rogue.Page("/users/x", ServeAs("application/json", a.Document())) }},
	{row: "21", name: "image/png", fetched: []string{sameOrigin("/users/x")},
		serve: func(x *arena, a *Account) { x.rogue.Page("/users/x", ServeAs("image/png", a.Document())) }},
	{row: "21", name: "ld+json without profile", fetched: []string{sameOrigin("/users/x")},
		serve: func(x *arena, a *Account) { x.rogue.Page("/users/x", ServeAs("application/ld+json", a.Document())) }},
	{row: "22", name: "actor of another host", actor: victim, fetched: []string{sameOrigin("/users/x")},
		serve: func(_ *arena, a *Account) {
			a.Serve(a.changed(JSON{"id": victim, "inbox": victim + "/inbox",
				"publicKey": a.key(JSON{"id": victim + "#main-key", "owner": victim})}))
		}},
	{row: "22", name: "actor of another host with both keys", actor: victim, fetched: []string{sameOrigin("/users/x")},
		serve: func(_ *arena, a *Account) {
			a.Serve(a.changed(JSON{"id": victim, "inbox": victim + "/inbox",
				"publicKey": []JSON{a.key(JSON{"id": victim + "#main-key", "owner": victim}), a.key(JSON{"owner": victim})}}))
		}},
	{row: "22", name: "another actor of the host", actor: "https://rogue.test/users/eve",
		fetched: []string{sameOrigin("/users/eve"), sameOrigin("/users/x")},
		serve: func(_ *arena, a *Account) {
			eve := "https://rogue.test/users/eve"
			a.Serve(a.changed(JSON{"id": eve, "inbox": eve + "/inbox", "publicKey": a.key(JSON{"owner": eve})}))
		}},
	{row: "43", name: "compressed key document", fetched: []string{sameOrigin("/users/x")},
		serve: func(x *arena, a *Account) { x.rogue.Page("/users/x", bomb) }},
	{row: "66", name: "line end in the name", fetched: []string{sameOrigin("/users/x")},
		serve: func(_ *arena, a *Account) { a.Serve(a.changed(JSON{"name": "x\r\nSet-Cookie: s=1"})) }},
	{row: "66", name: "line end in the inbox", fetched: []string{sameOrigin("/users/x")},
		serve: func(_ *arena, a *Account) {
			a.Serve(a.changed(JSON{"inbox": "https://rogue.test/in\r\nHost: groningen.test"}))
		}},
	{row: "66", name: "inbox of another host", fetched: []string{sameOrigin("/users/x")},
		serve: func(_ *arena, a *Account) { a.Serve(a.changed(JSON{"inbox": "https://victim.test/inbox"})) }},
}

// bomb is a small answer that unpacks to 64 MiB.
func bomb(w http.ResponseWriter, _ *http.Request) {
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	zeros := make([]byte, 1<<20)
	for range 64 {
		z.Write(zeros)
	}
	z.Close()
	w.Header().Set("Content-Type", "application/activity+json")
	w.Header().Set("Content-Encoding", "gzip")
	w.Write(packed.Bytes())
}

func TestAttackKeys(t *testing.T) {
	t.Parallel()
	x := newArena(t, consensus.ResultsLive)
	x.c.Rogue("victim.test").Account("bob", 1)
	for i, a := range keyAttacks {
		t.Run(a.row+"/"+a.name, func(t *testing.T) {
			x.c.Advance(6 * time.Minute) // so that keys may be asked for again
			x.made()
			attacker := x.rogue.Account("x", 0)
			a.serve(x, attacker)
			if a.keyID != "" {
				attacker.KeyID = a.keyID
			}
			activity := x.follow(attacker)
			if a.actor != "" {
				activity["actor"], activity["id"] = a.actor, a.actor+"/a/"+strconv.Itoa(i)
			}
			x.expect(t, http.StatusUnauthorized, "no-key", a.fetched, func() int {
				return x.knock(t, attacker.Message(x.n.URL("/inbox"), activity))
			})
			x.poisoned(t, attacker)
		})
	}
}

// poisoned checks that the attack left no key behind with which to speak as bob.
func (x *arena) poisoned(t *testing.T, attacker *Account) {
	t.Helper()
	x.serial++
	m := attacker.Message(x.n.URL("/inbox"), JSON{"id": victim + "/follow/" + strconv.Itoa(x.serial), "type": "Follow", "actor": victim,
		"object": x.n.URL("/organization")})
	m.KeyID = victim + "#main-key"
	x.expect(t, http.StatusUnauthorized, "bad-signature", []string{"GET victim.test/users/bob"}, func() int { return x.knock(t, m) })
}

// TestAttackRotation is rows 30 and 31: a new key is fetched once, the old one
// is refused from then on, and bad signatures do not make us fetch.
func TestAttackRotation(t *testing.T) {
	t.Parallel()
	x := newArena(t, consensus.ResultsLive)
	fetch := []string{sameOrigin("/users/mallory")}
	spoil := func() *Message {
		m := x.mallory.Message(x.n.URL("/inbox"), x.follow(x.mallory))
		m.Key = rogueKeys[1]()
		return m
	}
	for i := range 3 {
		t.Run(fmt.Sprintf("31/bad signature %d", i), func(t *testing.T) {
			x.expect(t, 401, "bad-signature", nil, func() int { return x.knock(t, spoil()) })
		})
	}
	x.c.Advance(6 * time.Minute)
	for i := range 3 {
		t.Run(fmt.Sprintf("31/after five minutes %d", i), func(t *testing.T) {
			allowed := fetch
			if i > 0 {
				allowed = nil
			}
			x.expect(t, 401, "bad-signature", allowed, func() int { return x.knock(t, spoil()) })
		})
	}
	for i := range 3 {
		t.Run(fmt.Sprintf("31/unknown key %d", i), func(t *testing.T) {
			m := x.mallory.Message(x.n.URL("/inbox"), x.follow(x.mallory))
			m.KeyID = "https://rogue.test/users/nobody#main-key"
			allowed := []string{sameOrigin("/users/nobody")}
			if i > 0 {
				allowed = nil
			}
			x.expect(t, 401, "no-key", allowed, func() int { return x.knock(t, m) })
		})
	}
	x.c.Advance(6 * time.Minute)
	t.Run("30/new key", func(t *testing.T) {
		x.mallory.Key = rogueKeys[1]()
		x.mallory.Serve(x.mallory.Document())
		if got := x.knock(t, x.mallory.Message(x.n.URL("/inbox"), x.follow(x.mallory))); got != http.StatusAccepted {
			t.Errorf("status %d: %+v", got, x.n.PeerLog(1))
		}
		if made := x.made(); len(made) != 1 {
			t.Errorf("requests %q", made)
		}
		x.c.Settle()
		x.made()
	})
	old := func() *Message {
		m := x.mallory.Message(x.n.URL("/inbox"), x.follow(x.mallory))
		m.Key = rogueKeys[0]()
		return m
	}
	t.Run("30/old key", func(t *testing.T) {
		x.expect(t, 401, "bad-signature", nil, func() int { return x.knock(t, old()) })
		x.c.Advance(6 * time.Minute)
		x.expect(t, 401, "bad-signature", fetch, func() int { return x.knock(t, old()) })
	})
	t.Run("30/key id that is not listed any more", func(t *testing.T) {
		x.mallory.KeyID = x.mallory.ID + "#key-2"
		x.mallory.Serve(x.mallory.Document())
		if got := x.knock(t, x.mallory.Message(x.n.URL("/inbox"), x.follow(x.mallory))); got != http.StatusAccepted {
			t.Fatalf("status %d: %+v", got, x.n.PeerLog(1))
		}
		x.c.Settle()
		x.made()
		gone := x.mallory.Message(x.n.URL("/inbox"), x.follow(x.mallory))
		gone.KeyID = x.mallory.ID + "#main-key"
		x.expect(t, 401, "no-key", nil, func() int { return x.knock(t, gone) }) // asked for a moment ago
	})
	t.Run("30/a key is asked for again after a day", func(t *testing.T) {
		x.c.Advance(25 * time.Hour)
		x.made()
		if got := x.knock(t, x.mallory.Message(x.n.URL("/inbox"), x.follow(x.mallory))); got != http.StatusAccepted {
			t.Errorf("status %d", got)
		}
		if made := x.made(); len(made) != 1 {
			t.Errorf("requests %q", made)
		}
	})
}

// TestAttackGone is rows 32 and 33: a Delete of an unknown actor costs nothing,
// one of a known actor that is gone counts only with the key we had.
func TestAttackGone(t *testing.T) {
	t.Parallel()
	x := newArena(t, consensus.ResultsLive)
	t.Run("32", func(t *testing.T) {
		for i := range 50 {
			a := x.rogue.Account("unknown"+strconv.Itoa(i), i%2)
			m := a.Message(x.n.URL("/inbox"), x.activity(a, "Delete", a.ID))
			x.expect(t, http.StatusAccepted, "", nil, func() int { return x.knock(t, m) })
		}
	})
	x.c.Advance(6 * time.Minute)
	x.rogue.Page("/users/mallory", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	t.Run("33/another key", func(t *testing.T) {
		m := x.mallory.Message(x.n.URL("/inbox"), x.activity(x.mallory, "Delete", x.mallory.ID))
		m.Key = rogueKeys[1]()
		x.expect(t, 401, "bad-signature", []string{sameOrigin("/users/mallory")}, func() int { return x.knock(t, m) })
	})
	t.Run("33/the key we had", func(t *testing.T) {
		x.c.Advance(30 * 24 * time.Hour)
		m := x.mallory.Message(x.n.URL("/inbox"), x.activity(x.mallory, "Delete", x.mallory.ID))
		if got := x.knock(t, m); got != http.StatusAccepted {
			t.Fatalf("status %d: %+v", got, x.n.PeerLog(1))
		}
		x.c.Settle()
		if count, err := x.n.Service.FollowerCount(t.Context(), x.n.URL("/organization")); err != nil || count != 0 {
			t.Errorf("%d followers after the actor went (%v)", count, err)
		}
	})
}

// TestAttackEdwardsKey is the rest of row 11: the key decides the algorithm, and
// a claim that contradicts it is refused.
func TestAttackEdwardsKey(t *testing.T) {
	t.Parallel()
	x := newArena(t, consensus.ResultsLive)
	a, key := x.rogue.Instance(0)
	message := func(algorithm string) *Message {
		m := a.Message(x.n.URL("/inbox"), x.follow(a))
		m.KeyID, m.Edwards, m.Algorithm = a.ID+"#tally-1", key, algorithm
		return m
	}
	t.Run("11/rsa-sha256 with an Ed25519 key", func(t *testing.T) {
		x.expect(t, 401, "algorithm", []string{sameOrigin("/actor")}, func() int { return x.knock(t, message("rsa-sha256")) })
	})
	t.Run("11/RSA signature with an Ed25519 key", func(t *testing.T) {
		m := message("hs2019")
		m.Edwards = nil
		x.expect(t, 401, "bad-signature", nil, func() int { return x.knock(t, m) })
	})
	t.Run("11/honest", func(t *testing.T) {
		if got := x.knock(t, message("hs2019")); got != http.StatusAccepted {
			t.Errorf("status %d: %+v", got, x.n.PeerLog(1))
		}
	})
}

// TestKeyFetchesAreBounded is section 2 of security.md: a host whose keys do not
// come holds up few of its own requests and none of others.
func TestKeyFetchesAreBounded(t *testing.T) {
	t.Parallel()
	x := newArena(t, consensus.ResultsLive)
	const knocks, flying, waiting = 80, 4, 64
	slow := x.c.Rogue("slow.test")
	release := make(chan struct{})
	var now, most atomic.Int64
	requests := make([]*http.Request, knocks)
	for i := range requests {
		a := slow.Account("u"+strconv.Itoa(i), 0)
		serve := ServeJSON(a.Document())
		slow.Page(a.path, func(w http.ResponseWriter, r *http.Request) {
			n := now.Add(1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			<-release
			now.Add(-1)
			serve(w, r)
		})
		var err error
		if requests[i], err = a.Message(x.n.URL("/inbox"), x.activity(a, "Like", x.poll)).Sign(); err != nil {
			t.Fatal(err)
		}
	}
	x.n.listener()
	statuses := make(chan int, knocks)
	for _, r := range requests {
		go func() { statuses <- x.n.Knock(r) }()
	}
	for range knocks - flying - waiting {
		if got := <-statuses; got != http.StatusServiceUnavailable {
			t.Errorf("beyond the limit: status %d", got)
		}
	}
	if got := x.knock(t, x.mallory.Message(x.n.URL("/inbox"), x.follow(x.mallory))); got != http.StatusAccepted {
		t.Errorf("another host meanwhile: status %d", got)
	}
	third := x.c.Rogue("third.test").Account("anna", 1)
	if got := x.knock(t, third.Message(x.n.URL("/inbox"), x.follow(third))); got != http.StatusAccepted {
		t.Errorf("a new host meanwhile: status %d", got)
	}
	close(release)
	for range flying + waiting {
		if got := <-statuses; got != http.StatusAccepted {
			t.Errorf("after the host came back: status %d", got)
		}
	}
	if most.Load() > flying {
		t.Errorf("%d fetches at once, at most %d are allowed", most.Load(), flying)
	}
}
