// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// peer is what the documents of one server software in testdata must answer.
type peer struct {
	actor, user, host, sharedInbox, url string
	keyID                               string
	follow                              string // id of its Follow of the consultation
	poll, pollOwner                     string
	votes                               []string // options it chooses
	votedAt                             string
	reply, repliedAt, replyLang         string
	unlisted                            bool
	deleted                             string
}

var peers = map[string]peer{
	"mastodon": {
		actor: tA, user: "anna", host: "mastodon.example", sharedInbox: "https://mastodon.example/inbox",
		url: "https://mastodon.example/@anna", keyID: tA + "#main-key",
		follow: "https://mastodon.example/4a1c7e52-8d0b-4f6d-9a3e-1b2c3d4e5f60",
		poll:   tS + "/questions/019ab3f7", pollOwner: tC, votes: []string{"Eens"},
		reply: tA + "/statuses/115500000000000001", repliedAt: "2026-11-05T18:20:11Z", replyLang: "nl",
		deleted: tA + "/statuses/115500000000000001",
	},
	"gotosocial": {
		actor: "https://gts.example/users/bram", user: "bram", host: "gts.example",
		sharedInbox: "https://gts.example/sharedInbox", url: "https://gts.example/@bram",
		keyID:  "https://gts.example/users/bram/main-key",
		follow: "https://gts.example/users/bram/follow/01JBXR3X7Q0V6C5Y0D8F2N4K6M",
		poll:   tS + "/questions/019ab3ff", pollOwner: tOrg, votes: []string{"Noord", "Zuid"}, votedAt: "2026-11-06T10:45:37Z",
		reply:     "https://gts.example/users/bram/statuses/01JBXT5M6N7P8Q9R0S1T2V3W4X",
		repliedAt: "2026-11-06T11:00:00Z", replyLang: "nl",
		deleted: "https://gts.example/users/bram/statuses/01JBXT5M6N7P8Q9R0S1T2V3W4X",
	},
	"misskey": {
		actor: "https://misskey.example/users/9z1x2c3v4b", user: "mika", host: "misskey.example",
		sharedInbox: "https://misskey.example/inbox", url: "https://misskey.example/@mika",
		keyID:  "https://misskey.example/users/9z1x2c3v4b#main-key",
		follow: "https://misskey.example/follows/9z9z9z9z9z",
		poll:   tS + "/questions/019ab3f7", pollOwner: tC, votes: []string{"Oneens"}, votedAt: "2026-11-06T20:15:30Z",
		reply: "https://misskey.example/notes/a2b3c4d5e6", repliedAt: "2026-11-06T20:16:00Z", unlisted: true,
		deleted: "https://misskey.example/notes/a2b3c4d5e6",
	},
	"pleroma": {
		actor: "https://pleroma.example/users/piet", user: "piet", host: "pleroma.example",
		sharedInbox: "https://pleroma.example/inbox", url: "https://pleroma.example/users/piet",
		keyID:  "https://pleroma.example/users/piet#main-key",
		follow: "https://pleroma.example/activities/1f0a",
		poll:   tS + "/questions/019ab3f7", pollOwner: tC, votes: []string{"Weet ik niet"}, votedAt: "2026-11-06T09:00:00Z",
		reply: "https://pleroma.example/objects/1f0d", repliedAt: "2026-11-06T09:10:00Z", replyLang: "nl",
		deleted: "https://pleroma.example/objects/1f0d",
	},
}

func document(t *testing.T, path string) *Document {
	t.Helper()
	return mustParse(t, string(read(t, path+".json")))
}

func object(t *testing.T, d *Document) *Document {
	t.Helper()
	o, err := d.Object("object")
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func same[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func instant(d *Document, key string) string {
	at, ok := d.Time(key)
	if !ok {
		return ""
	}
	return at.UTC().Truncate(time.Second).Format(time.RFC3339)
}

func TestActorsOfOtherSoftware(t *testing.T) {
	for software, p := range peers {
		t.Run(software, func(t *testing.T) {
			a, err := ParseActor(document(t, software+"/actor"))
			if err != nil {
				t.Fatal(err)
			}
			same(t, "id", a.ID, p.actor)
			same(t, "host", a.Host, p.host)
			same(t, "type", a.Type, TypePerson)
			same(t, "user", a.PreferredUsername, p.user)
			same(t, "inbox", a.Inbox, p.actor+"/inbox")
			same(t, "outbox", a.Outbox, p.actor+"/outbox")
			same(t, "delivery inbox", a.DeliveryInbox(), p.sharedInbox)
			same(t, "url", a.URL, p.url)
			same(t, "problem", a.KeyProblem, nil)
			same(t, "capable", a.SaysCapable(), false)
			if key := a.Keys[p.keyID]; key == nil || key.N.BitLen() != 2048 || len(a.Keys) != 1 {
				t.Errorf("keys %v", a.Keys)
			}
			if a.Icon == "" {
				t.Error("no icon")
			}
		})
	}
}

func TestFollowsOfOtherSoftware(t *testing.T) {
	for software, p := range peers {
		t.Run(software, func(t *testing.T) {
			d := document(t, software+"/follow")
			same(t, "type", d.Type(), TypeFollow)
			same(t, "id", d.ID(), p.follow)
			same(t, "actor", d.IRI("actor"), p.actor)
			same(t, "object", d.IRI("object"), tC)

			undo := document(t, software+"/undo_follow")
			same(t, "undo", undo.Type(), TypeUndo)
			same(t, "undone id", undo.IRI("object"), p.follow)
			inner := object(t, undo)
			same(t, "undone type", inner.Type(), TypeFollow)
			same(t, "undone actor", inner.IRI("actor"), p.actor)
			same(t, "undone object", inner.IRI("object"), tC)

			// Misskey finds its Follow by its own id, so all of it goes back.
			accept, err := Marshal(NewAccept(tS+"/a/1", tC, p.actor, d.Raw))
			if err != nil {
				t.Fatal(err)
			}
			back := object(t, mustParse(t, string(accept)))
			same(t, "accepted id", back.ID(), p.follow)
			same(t, "members sent back", len(back.Fields), len(d.Fields))
		})
	}
}

func TestVotesOfOtherSoftware(t *testing.T) {
	for software, p := range peers {
		t.Run(software, func(t *testing.T) {
			d := document(t, software+"/vote")
			same(t, "type", d.Type(), TypeCreate)
			same(t, "actor", d.IRI("actor"), p.actor)
			same(t, "public", d.IsPublic(), false)
			same(t, "time", instant(d, "published"), p.votedAt)
			votes, err := d.Objects("object")
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, v := range votes {
				same(t, "vote type", v.Type(), TypeNote)
				same(t, "voter", v.IRI("attributedTo"), p.actor)
				same(t, "poll", v.IRI("inReplyTo"), p.poll)
				same(t, "content", v.Has("content"), false)
				same(t, "public vote", v.IsPublic(), false)
				same(t, "to its author", v.Addresses().Has(p.pollOwner), true)
				same(t, "id on the voter's host", SameHost(v.ID(), p.actor), true)
				names = append(names, v.String("name"))
			}
			if !slices.Equal(names, p.votes) {
				t.Errorf("votes %v, want %v", names, p.votes)
			}
		})
	}
}

func TestRepliesOfOtherSoftware(t *testing.T) {
	for software, p := range peers {
		t.Run(software, func(t *testing.T) {
			d := document(t, software+"/reply")
			same(t, "type", d.Type(), TypeCreate)
			same(t, "public", d.IsPublic(), true)
			o := object(t, d)
			same(t, "id", o.ID(), p.reply)
			same(t, "by reference", d.IRI("object"), p.reply)
			same(t, "author", o.IRI("attributedTo"), d.IRI("actor"))
			same(t, "in reply to", o.IRI("inReplyTo"), tS+"/notes/019ab501")
			same(t, "public", o.IsPublic(), true)
			same(t, "unlisted", o.IsUnlisted(), p.unlisted)
			same(t, "names the consultation", o.Addresses().Has(tC), true)
			same(t, "time", instant(o, "published"), p.repliedAt)
			same(t, "summary", o.String("summary"), "")
			if o.String("content") == "" || p.replyLang != "" && o.LangMap("contentMap")[p.replyLang] == "" {
				t.Error("text is missing")
			}
			tags, err := o.Objects("tag")
			if err != nil || len(tags) == 0 {
				t.Fatalf("tags: %v, %v", tags, err)
			}
			same(t, "mention", tags[0].IRI("href"), tC)
			same(t, "mention name", tags[0].String("name"), "@fietspad_2026@stadskanaal.example")
		})
	}
}

func TestDeletesOfOtherSoftware(t *testing.T) {
	for software, p := range peers {
		t.Run(software, func(t *testing.T) {
			d := document(t, software+"/delete")
			same(t, "type", d.Type(), TypeDelete)
			same(t, "actor", d.IRI("actor"), p.actor)
			same(t, "object", d.IRI("object"), p.deleted)
		})
	}
	d := document(t, "mastodon/delete_actor")
	same(t, "self-delete", d.IRI("object"), d.IRI("actor"))
}

func TestKeyPointer(t *testing.T) {
	const owner = "https://gts.example/users/bram"
	key := func(fields string) string { return `{"id":"` + owner + `/main-key",` + fields + `}` }
	cases := []struct{ name, doc, keyID string }{
		{"cut-down actor", string(read(t, "gotosocial/key_stub.json")), owner + "/main-key"},
		{"whole actor", string(read(t, "gotosocial/actor.json")), owner + "/main-key"},
		{"bare RSA key", key(`"type":"Key","owner":"` + owner + `","publicKeyPem":"x"`), owner + "/main-key"},
		{"bare Multikey", key(`"type":"Multikey","controller":"` + owner + `"`), owner + "/main-key"},
		{"several keys", `{"id":"` + owner + `","publicKey":[` + key(`"owner":"https://other.example/"`) + `,{"id":"` + owner + `#2","owner":"` + owner + `"}]}`, owner + "#2"},
		{"assertion method", `{"id":"` + owner + `","assertionMethod":{"id":"` + owner + `#ed","controller":"` + owner + `"}}`, owner + "#ed"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			pointer, err := ParseKeyPointer(mustParse(t, c.doc), c.keyID)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "owner", pointer.Owner, owner)
			same(t, "key", pointer.KeyID, c.keyID)
		})
	}
	for name, doc := range map[string]string{
		"another key":           string(read(t, "mastodon/actor.json")),
		"owner of another host": key(`"owner":"https://victim.example/users/v"`),
		"no owner":              key(`"publicKeyPem":"x"`),
		"reference only":        `{"id":"` + owner + `","publicKey":"` + owner + `/main-key"}`,
	} {
		if _, err := ParseKeyPointer(mustParse(t, doc), owner+"/main-key"); !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The corpus is worth its name only if it really is other people's shapes.
func TestCorpusVaries(t *testing.T) {
	all := ""
	for path, raw := range goldenDocuments(t) {
		if !strings.Contains(path, "golden") {
			all += string(raw)
		}
	}
	for _, shape := range []string{`"to": [`, `"to": "`, `"object": [`, `"object": {`, `"object": "`, `"tag": {`, "as:Public", `"summary": null`, ".123Z", "+01:00"} {
		if !strings.Contains(all, shape) {
			t.Errorf("no document with %s", shape)
		}
	}
}
