// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"polder/consensus"
)

// deed is an honestly signed activity of mallory with a dishonest content. It
// is answered 202 and has no effect but a line in the peer log; code "" means
// that it is quietly ignored.
type deed struct {
	row, name string
	code      string
	activity  func(x *arena) JSON
}

func (x *arena) lead() string { return x.n.Consultation("fietspad").LeadNote }

var deeds = []deed{
	{"23", "object of another host", "not-owner", func(x *arena) JSON {
		v := x.vote(x.mallory, "Eens")
		v["object"].(JSON)["id"] = "https://victim.test/notes/1"
		return v
	}},
	{"24", "attributed to another actor", "not-owner", func(x *arena) JSON {
		v := x.vote(x.mallory, "Eens")
		v["object"].(JSON)["attributedTo"] = x.eve.ID
		return v
	}},
	{"24", "attributed to nobody", "not-owner", func(x *arena) JSON {
		v := x.vote(x.mallory, "Eens")
		delete(v["object"].(JSON), "attributedTo")
		return v
	}},
	{"25", "Update of an actor of the host", "not-owner", func(x *arena) JSON {
		return x.activity(x.mallory, "Update", x.eve.changed(JSON{"name": "Mallory was here"}))
	}},
	{"25", "Update of an actor elsewhere", "not-owner", func(x *arena) JSON {
		return x.activity(x.mallory, "Update", JSON{"id": victim, "type": "Person", "name": "Mallory was here"})
	}},
	{"25", "Update of our poll", "not-owner", func(x *arena) JSON {
		return x.activity(x.mallory, "Update", JSON{"id": x.poll, "type": "Question", "closed": "2026-11-02T08:00:00Z"})
	}},
	{"25", "Update of a signed document", "F105", func(x *arena) JSON {
		return x.activity(x.mallory, "Update", JSON{"id": x.mallory.ID + "/tally", "type": "Tally"})
	}},
	{"25", "Delete of an actor of the host", "not-owner", func(x *arena) JSON {
		return x.activity(x.mallory, "Delete", x.eve.ID)
	}},
	{"25", "Delete of our poll", "not-owner", func(x *arena) JSON { return x.activity(x.mallory, "Delete", x.poll) }},
	{"25", "Delete of our lead note", "not-owner", func(x *arena) JSON {
		return x.activity(x.mallory, "Delete", JSON{"id": x.lead(), "type": "Tombstone"})
	}},
	{"26", "Undo of another's Follow", "not-owner", func(x *arena) JSON {
		f := x.follow(x.eve)
		return x.activity(x.mallory, "Undo", f)
	}},
	{"26", "Undo of another's Follow by id", "unknown-object", func(x *arena) JSON {
		return x.activity(x.mallory, "Undo", x.followOf(x.eve))
	}},
	{"27", "Accept of a Follow never sent", "unknown-object", func(x *arena) JSON {
		return x.activity(x.mallory, "Accept", JSON{"id": x.n.URL("/a/1"), "type": "Follow", "actor": x.n.URL("/organization"), "object": x.mallory.ID})
	}},
	{"27", "Reject of a Follow never sent", "unknown-object", func(x *arena) JSON { return x.activity(x.mallory, "Reject", x.n.URL("/a/1")) }},
	{"28", "Announce with an embedded object", "", func(x *arena) JSON {
		return x.activity(x.mallory, "Announce", JSON{"id": "https://victim.test/notes/1", "type": "Note", "content": "lie", "attributedTo": victim})
	}},
	{"28", "Announce of our poll", "", func(x *arena) JSON { return x.activity(x.mallory, "Announce", x.poll) }},
	{"29", "Add to our pins", "", func(x *arena) JSON {
		a := x.activity(x.mallory, "Add", x.mallory.ID+"/note")
		a["target"] = x.n.URL("/consultations/fietspad/featured")
		return a
	}},
	{"29", "Remove from our pins", "", func(x *arena) JSON {
		a := x.activity(x.mallory, "Remove", x.lead())
		a["target"] = x.n.URL("/consultations/fietspad/featured")
		return a
	}},
	{"29", "Remove of ourselves", "unknown-object", func(x *arena) JSON {
		a := x.activity(x.mallory, "Remove", x.n.URL("/actor"))
		a["target"] = x.mallory.ID + "/members"
		return a
	}},
	{"45", "remapped context", "", func(x *arena) JSON {
		a := x.activity(x.mallory, "Like", x.poll)
		a["@context"] = []any{"https://www.w3.org/ns/activitystreams", JSON{"Like": "as:Follow", "object": "as:object"}, "https://rogue.test/context"}
		return a
	}},
	{"60", "unknown option", "unknown-option", func(x *arena) JSON { return x.vote(x.mallory, "Misschien") }},
	{"60", "option of another poll", "unknown-option", func(x *arena) JSON { return x.vote(x.mallory, "Oostkant") }},
	{"60", "unknown poll", "unknown-poll", func(x *arena) JSON {
		v := x.vote(x.mallory, "Eens")
		v["object"].(JSON)["inReplyTo"] = x.n.URL("/questions/0192f8a0-0000-7000-8000-000000000000")
		return v
	}},
	{"60", "with content", "", func(x *arena) JSON {
		v := x.vote(x.mallory, "Eens")
		v["object"].(JSON)["content"] = "<p>Eens</p>"
		return v
	}},
	{"60", "public", "public-vote", func(x *arena) JSON {
		v := x.vote(x.mallory, "Eens")
		v["object"].(JSON)["cc"] = public
		return v
	}},
	{"60", "public activity", "public-vote", func(x *arena) JSON {
		v := x.vote(x.mallory, "Eens")
		v["cc"] = []string{"as:Public"}
		return v
	}},
	{"60", "array of 500", "too-many", func(x *arena) JSON {
		v := x.vote(x.mallory, "Eens")
		var list []any
		for i := range 500 {
			o := x.vote(x.mallory, "Eens")["object"].(JSON)
			o["id"] = fmt.Sprintf("%s/notes/%d", x.mallory.ID, i)
			list = append(list, o)
		}
		v["object"] = list
		return v
	}},
	{"60", "two choices at once", "unknown-option", func(x *arena) JSON {
		v := x.vote(x.mallory, "Eens")
		v["object"] = []any{v["object"], x.vote(x.mallory, "Oneens")["object"]}
		return v
	}},
}

// followOf is the id of the Follow an account has sent.
func (x *arena) followOf(a *Account) string {
	for key, record := range x.n.Contents(false) {
		if strings.HasPrefix(key, "followers") && strings.Contains(record, a.ID) {
			_, rest, _ := strings.Cut(record, `"follow":"`)
			id, _, _ := strings.Cut(rest, `"`)
			return id
		}
	}
	x.c.t.Fatalf("%s follows nobody", a.ID)
	return ""
}

func TestAttackDeeds(t *testing.T) {
	t.Parallel()
	x := newArena(t, consensus.ResultsLive)
	x.c.Rogue("victim.test").Account("bob", 1)
	if got := x.knock(t, x.eve.Message(x.n.URL("/inbox"), x.follow(x.eve))); got != http.StatusAccepted {
		t.Fatal(got)
	}
	x.c.Settle()
	x.made()
	for _, d := range deeds {
		t.Run(d.row+"/"+d.name, func(t *testing.T) {
			m := x.mallory.Message(x.n.URL("/inbox"), d.activity(x))
			x.expect(t, http.StatusAccepted, d.code, nil, func() int { return x.knock(t, m) })
		})
	}
	t.Run("60/second", func(t *testing.T) {
		if got := x.knock(t, x.mallory.Message(x.n.URL("/inbox"), x.vote(x.mallory, "Eens"))); got != http.StatusAccepted {
			t.Fatal(got)
		}
		x.c.Settle()
		x.made()
		m := x.mallory.Message(x.n.URL("/inbox"), x.vote(x.mallory, "Oneens"))
		x.expect(t, http.StatusAccepted, "duplicate", nil, func() int { return x.knock(t, m) })
	})
	t.Run("60/late", func(t *testing.T) {
		x.c.Advance(59 * time.Minute)
		x.c.Advance(2 * time.Minute)
		x.made()
		m := x.eve.Message(x.n.URL("/inbox"), x.vote(x.eve, "Eens"))
		x.expect(t, http.StatusAccepted, "closed", nil, func() int { return x.knock(t, m) })
	})
}

// TestAttackReplay is row 13: the same activity a thousand times is one vote.
func TestAttackReplay(t *testing.T) {
	t.Parallel()
	x := newArena(t, consensus.ResultsLive)
	r, err := x.mallory.Message(x.n.URL("/consultations/fietspad/inbox"), x.vote(x.mallory, "Eens")).Sign()
	if err != nil {
		t.Fatal(err)
	}
	times := 1000
	if testing.Short() {
		times = 50
	}
	again := func() int {
		copied := r.Clone(t.Context())
		copied.Body, _ = r.GetBody()
		return x.n.Knock(copied)
	}
	if got := again(); got != http.StatusAccepted {
		t.Fatal(got)
	}
	x.c.Settle()
	before := x.n.Contents(true)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range times / 8 {
				if got := again(); got != http.StatusAccepted {
					t.Errorf("a replay is answered %d", got)
				}
			}
		})
	}
	group.Wait()
	x.c.Settle()
	if changes := Changes(before, x.n.Contents(true)); len(changes) > 0 {
		t.Errorf("%d replays changed %q", times, changes)
	}
	o, err := x.n.Service.QuestionObject(context.Background(), x.poll)
	if err != nil || *o.VotersCount != 1 {
		t.Errorf("voters %v (%v)", o.VotersCount, err)
	}
}

// body is a request body that is refused for its shape (rows 42 to 45).
type body struct {
	row, name string
	status    int
	code      string
	raw       []byte
}

var bodies = []body{
	{"44", "depth 10,000", 400, "malformed", []byte(strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000))},
	{"44", "array depth", 400, "malformed", fill(`"x":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000))},
	{"44", "500,000 elements", 400, "malformed", fill(`"x":[` + strings.Repeat("1,", 500_000) + "1]")},
	{"44", "duplicate key", 400, "malformed", fill(`"actor":"https://victim.test/users/bob"`)},
	{"44", "duplicate key, escaped", 400, "malformed", fill(`"\u0061ctor":"https://victim.test/users/bob"`)},
	{"44", "duplicate key inside", 400, "malformed", fill(`"x":{"a":1,"a":2}`)},
	{"44", "NaN", 400, "malformed", fill(`"x":NaN`)},
	{"44", "1e999", 400, "malformed", fill(`"x":1e999`)},
	{"44", "invalid UTF-8", 400, "malformed", fill("\"x\":\"\xff\xfe\"")},
	{"44", "lone surrogate", 400, "malformed", fill(`"x":"\ud800"`)},
	{"44", "not an object", 400, "malformed", []byte(`["a"]`)},
	{"44", "nothing", 400, "malformed", []byte(``)},
	{"44", "two documents", 400, "malformed", append(fill(`"x":1`), '{', '}')},
	{"45", "@graph", 400, "malformed", fill(`"@graph":[{"actor":"https://victim.test/users/bob"}]`)},
	{"45", "@included", 400, "malformed", fill(`"@included":[{"id":"https://victim.test/users/bob"}]`)},
	{"45", "@reverse", 400, "malformed", fill(`"@reverse":{"actor":"https://victim.test/users/bob"}`)},
	{"45", "@graph inside", 400, "malformed", fill(`"x":{"@graph":[]}`)},
	{"66", "line end in the id", 400, "malformed", []byte(`{"id":"https://rogue.test/a\r\nX: y","type":"Follow","actor":"https://rogue.test/users/mallory","object":"https://groningen.test/organization"}`)},
	{"66", "line end in the actor", 400, "malformed", []byte(`{"id":"https://rogue.test/a","type":"Follow","actor":"https://rogue.test/users/mallory\r\n","object":"https://groningen.test/organization"}`)},
	{"66", "space in the id", 400, "malformed", []byte(`{"id":"https://rogue.test/a b","type":"Follow","actor":"https://rogue.test/users/mallory","object":"https://groningen.test/organization"}`)},
	{"44", "without id", 400, "malformed", []byte(`{"type":"Follow","actor":"https://rogue.test/users/mallory","object":"https://groningen.test/organization"}`)},
}

// fill is a Follow of mallory with one more member.
func fill(member string) []byte {
	return []byte(`{"id":"https://rogue.test/users/mallory/f","type":"Follow","actor":"https://rogue.test/users/mallory","object":"https://groningen.test/organization",` + member + `}`)
}

func TestAttackBodies(t *testing.T) {
	t.Parallel()
	x := newArena(t, consensus.ResultsLive)
	for _, b := range bodies {
		t.Run(b.row+"/"+b.name, func(t *testing.T) {
			m := x.mallory.RawMessage(x.n.URL("/inbox"), b.raw)
			x.expect(t, b.status, b.code, nil, func() int { return x.knock(t, m) })
		})
	}
	big := fill(`"x":"` + strings.Repeat("a", 1<<20) + `"`)
	t.Run("42/too large", func(t *testing.T) {
		m := x.mallory.RawMessage(x.n.URL("/inbox"), big)
		x.expect(t, http.StatusRequestEntityTooLarge, "too-large", nil, func() int { return x.knock(t, m) })
	})
	t.Run("42/chunked without length", func(t *testing.T) {
		r, err := x.mallory.RawMessage(x.n.URL("/inbox"), big).Sign()
		if err != nil {
			t.Fatal(err)
		}
		r.Body, r.ContentLength = io.NopCloser(onlyReader{bytes.NewReader(big)}), -1
		x.expect(t, http.StatusRequestEntityTooLarge, "too-large", nil, func() int { return x.n.Knock(r) })
	})
	t.Run("42/chunked within the limit", func(t *testing.T) {
		r, err := x.mallory.Message(x.n.URL("/inbox"), x.follow(x.mallory)).Sign()
		if err != nil {
			t.Fatal(err)
		}
		r.Body, r.ContentLength = io.NopCloser(onlyReader{r.Body}), -1
		if got := x.n.Knock(r); got != http.StatusAccepted {
			t.Errorf("status %d", got)
		}
		x.c.Settle()
		x.made()
	})
	for _, encoding := range []string{"gzip", "br", "identity"} {
		t.Run("43/"+encoding, func(t *testing.T) {
			m := x.mallory.Message(x.n.URL("/inbox"), x.follow(x.mallory))
			m.Header.Set("Content-Encoding", encoding)
			x.expect(t, http.StatusUnsupportedMediaType, "unsupported", nil, func() int { return x.knock(t, m) })
		})
	}
	for _, kind := range []string{"application/json", "text/html", "application/ld+json", ""} {
		t.Run("43/type "+kind, func(t *testing.T) {
			m := x.mallory.Message(x.n.URL("/inbox"), x.follow(x.mallory))
			m.Header.Set("Content-Type", kind)
			x.expect(t, http.StatusUnsupportedMediaType, "unsupported", nil, func() int { return x.knock(t, m) })
		})
	}
	t.Run("45/LD signature", func(t *testing.T) {
		a := x.activity(x.mallory, "Create", JSON{"id": victim + "/notes/1", "type": "Note", "attributedTo": victim, "content": "lie"})
		a["actor"], a["id"] = victim, victim+"/a/1"
		a["signature"] = JSON{"type": "RsaSignature2017", "creator": victim + "#main-key", "created": "2026-11-02T08:00:00Z", "signatureValue": "AAAA"}
		m := x.mallory.Message(x.n.URL("/inbox"), a)
		x.expect(t, http.StatusForbidden, "not-owner", nil, func() int { return x.knock(t, m) })
	})
}

// onlyReader hides everything but Read, so that no length is sent.
type onlyReader struct{ io.Reader }

// TestAttackBlock is row 67: a block holds for subdomains, for the host of the
// key, for objects of a blocked host that another host hands on, and in other
// case.
func TestAttackBlock(t *testing.T) {
	t.Parallel()
	x := newArena(t, consensus.ResultsLive)
	if err := x.n.Service.SetPolicy(context.Background(), "approver", "Evil.Test", "block"); err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"evil.test", "deep.sub.evil.test"} {
		a := x.c.Rogue(host).Account("mallory", 1)
		t.Run("67/"+host, func(t *testing.T) {
			m := a.Message(x.n.URL("/inbox"), x.follow(a))
			x.expect(t, http.StatusForbidden, "blocked", nil, func() int { return x.knock(t, m) })
		})
		t.Run("67/key on "+host, func(t *testing.T) {
			m := a.Message(x.n.URL("/inbox"), x.follow(x.mallory))
			x.expect(t, http.StatusForbidden, "blocked", nil, func() int { return x.knock(t, m) })
		})
		for _, kind := range []string{"Announce", "Create"} {
			t.Run("67/"+kind+" of "+host, func(t *testing.T) {
				m := x.mallory.Message(x.n.URL("/inbox"), x.activity(x.mallory, kind, JSON{"id": a.ID + "/note", "type": "Note"}))
				x.expect(t, http.StatusForbidden, "blocked", nil, func() int { return x.knock(t, m) })
			})
		}
	}
	t.Run("67/similar name", func(t *testing.T) {
		a := x.c.Rogue("notevil.test").Account("anna", 1)
		if got := x.knock(t, a.Message(x.n.URL("/inbox"), x.follow(a))); got != http.StatusAccepted {
			t.Errorf("a host that only ends alike is answered %d", got)
		}
	})
}

// TestAttackPrivacy is rows 56 and 57 as far as anything here is not public:
// drafts are nowhere to be found, and nobody is a follower without our Accept.
func TestAttackPrivacy(t *testing.T) {
	t.Parallel()
	x := newArena(t, consensus.ResultsLive)
	if _, err := x.n.Service.CreateDraft(context.Background(), Author, x.c.Draft("geheim", 1, false)); err != nil {
		t.Fatal(err)
	}
	group := "/consultations/geheim"
	for _, path := range []string{group, group + "/outbox", group + "/followers", group + "/following", group + "/featured",
		group + "/moderators", group + "/definition", group + "/tallies", group + "/roster",
		"/participation/v1" + group + "/charter", "/.well-known/webfinger?resource=acct:geheim@groningen.test"} {
		t.Run("56"+path, func(t *testing.T) {
			r, err := http.NewRequest(http.MethodGet, x.n.URL(path), nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept", "application/activity+json")
			if got := x.n.Knock(r); got != http.StatusNotFound {
				t.Errorf("a draft is answered %d", got)
			}
		})
	}
	t.Run("56/follow", func(t *testing.T) {
		m := x.mallory.Message(x.n.URL("/inbox"), x.activity(x.mallory, "Follow", x.n.URL(group)))
		x.expect(t, http.StatusAccepted, "unknown-object", nil, func() int { return x.knock(t, m) })
	})
	t.Run("57/assumed follow", func(t *testing.T) {
		x.c.Serve("rogue.test", http.NotFoundHandler())
		m := x.mallory.Message(x.n.URL("/inbox"), x.activity(x.mallory, "Accept", JSON{"type": "Follow", "id": x.mallory.ID + "/f", "actor": x.mallory.ID, "object": x.n.URL("/actor")}))
		x.expect(t, http.StatusAccepted, "unknown-object", nil, func() int { return x.knock(t, m) })
	})
	t.Run("57/follow of the instance actor", func(t *testing.T) {
		if got := x.knock(t, x.mallory.Message(x.n.URL("/inbox"), x.activity(x.mallory, "Follow", x.n.URL("/actor")))); got != http.StatusAccepted {
			t.Fatal(got)
		}
		x.c.Settle()
		if n, err := x.n.Service.FollowerCount(context.Background(), x.n.URL("/actor")); err != nil || n != 0 {
			t.Errorf("%d followers of the instance actor (%v)", n, err)
		}
	})
}

// TestAttackHostCap is the last part of row 60: a thousand accounts of one host.
// It runs without -dev, where the limit holds.
func TestAttackHostCap(t *testing.T) {
	t.Parallel()
	t.Run("60", func(t *testing.T) {
		c := NewStrictCluster(t, Groningen)
		n, rogue := c.Node(Groningen), c.Rogue("rogue.test")
		d := c.Draft("fietspad", 1, false)
		start := c.Now().AddDate(0, 0, 8)
		d.Charter.Phases[0].StartsAt, d.Charter.Phases[0].EndsAt = start, start.AddDate(0, 1, 0)
		d.Definition.Results = consensus.ResultsLive
		n.Announce(d)
		c.Advance(9 * 24 * time.Hour)
		x := &arena{c: c, n: n, rogue: rogue, made: c.Watch()}
		x.poll = polls(t, c, n)[0]
		accounts := 230
		for i := range accounts {
			a := rogue.Account(fmt.Sprintf("bot%d", i), i%2)
			if got := x.knock(t, a.Message(n.URL("/inbox"), x.vote(a, "Eens"))); got != http.StatusAccepted {
				t.Fatalf("vote %d: %d %+v", i, got, n.PeerLog(1))
			}
		}
		c.Settle()
		o, err := n.Service.QuestionObject(context.Background(), x.poll)
		if err != nil || *o.VotersCount != 200 {
			t.Fatalf("voters %v (%v)", o.VotersCount, err)
		}
		var capped int
		for _, code := range n.reasons(accounts) {
			if code == "host-cap" {
				capped++
			}
		}
		if capped != accounts-200 {
			t.Errorf("%d lines say host-cap, want %d: %q", capped, accounts-200, slices.Compact(n.reasons(accounts)))
		}
	})
}
