// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
)

// Our own actors, read as a peer reads them.
func TestParseActorReadsOurOwn(t *testing.T) {
	a, err := ParseActor(mustParse(t, golden(t, "instance")))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "type", a.Type, TypeApplication)
	same(t, "user", a.PreferredUsername, "stadskanaal.example")
	same(t, "capable", a.Capable(), true)
	same(t, "approves by hand", a.ManuallyApproves, true)
	same(t, "multikey", a.Multikeys[tS+"/actor#tally-1"], "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2")
	same(t, "member of", strings.Join(a.Polder.MemberOf, " "), tG+"/actor")
	same(t, "members", a.Polder.Members, tS+"/actor/members")
	same(t, "heads", a.Polder.Heads, tS+"/participation/v1/heads")
	same(t, "key", a.Keys[tS+"/actor#main-key"] != nil, true)

	m, err := ParseActor(mustParse(t, golden(t, "municipality")))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "itself capable", m.Capable(), false)
	same(t, "says capable", m.SaysCapable(), true)
	same(t, "generator", m.Generator.ID, tS+"/actor")
	same(t, "level", m.Polder.Level, "municipality")
	same(t, "area", m.Polder.AreaCode+" "+m.Polder.AreaScheme, "GM0037 CBS-2023")

	c, err := ParseActor(mustParse(t, golden(t, "consultation")))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "state", c.Polder.State+" "+c.Polder.Phase, "open debate")
	same(t, "opens", At(c.Polder.OpensAt).String(), "2026-11-02T08:00:00Z")
	same(t, "closes", At(c.Polder.ClosesAt).String(), "2026-11-23T20:00:00Z")
	same(t, "method", strings.Join(c.Polder.Method, " "), "statements poll")
	same(t, "official", strings.Join(c.Polder.OfficialLevels, " "), "code paper")
	same(t, "digest", c.Polder.DefinitionDigest, "sha256:5f0c"+strings.Repeat("0", 60))
	same(t, "part of", c.Polder.PartOf, tG+"/consultations/fietspad-2026")
	same(t, "charter", c.Polder.Charter, tS+"/participation/v1/consultations/fietspad-2026/charter")
	same(t, "tallies", c.Polder.Tallies, tC+"/tallies")
	same(t, "moderators", strings.Join(c.AttributedTo, " "), tC+"/moderators")
}

// change parses the Mastodon actor with some members replaced.
func change(t *testing.T, members map[string]any) *Document {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(read(t, "mastodon/actor.json"), &doc); err != nil {
		t.Fatal(err)
	}
	for k, v := range members {
		if doc[k] = v; v == nil {
			delete(doc, k)
		}
	}
	raw, err := Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return mustParse(t, string(raw))
}

func TestParseActorRefuses(t *testing.T) {
	for name, members := range map[string]map[string]any{
		"no id":                  {"id": nil},
		"id is no address":       {"id": "acct:anna@mastodon.example"},
		"id with user":           {"id": "https://x@mastodon.example/users/anna"},
		"id with a line end":     {"id": tA + "\r\nX: y"},
		"no type":                {"type": nil},
		"own type":               {"type": "Consultation"},
		"own type first":         {"type": []string{"Consultation", "Group"}},
		"object":                 {"type": "Note"},
		"no inbox":               {"inbox": nil},
		"inbox elsewhere":        {"inbox": "https://victim.example/inbox"},
		"inbox on another port":  {"inbox": "https://mastodon.example:8443/inbox"},
		"inbox without TLS":      {"inbox": "http://mastodon.example/inbox"},
		"user name with a space": {"preferredUsername": "an na"},
		"user name with @":       {"preferredUsername": "anna@victim.example"},
		"user name with a line":  {"preferredUsername": "anna\n"},
		"name with a line end":   {"name": "Anna\r\nX: y"},
	} {
		if _, err := ParseActor(change(t, members)); !errors.Is(err, ErrActor) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseActorTolerates(t *testing.T) {
	a, err := ParseActor(change(t, map[string]any{
		"type": []string{"Person", "Service"}, "preferredUsername": nil, "name": nil,
		"endpoints": map[string]any{"sharedInbox": "https://cdn.example/inbox"},
		"outbox":    "https://victim.example/outbox", "followers": map[string]any{"id": tA + "/followers", "type": "Collection"},
		"url": []any{
			map[string]any{"type": "Link", "mediaType": "application/activity+json", "href": tA},
			map[string]any{"type": "Link", "mediaType": "text/html", "href": "https://mastodon.example/@anna"},
		},
		"implements": []any{"https://a.example/x", map[string]any{"href": Capability}},
	}))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "type", a.Type, TypePerson)
	same(t, "foreign shared inbox is not used", a.DeliveryInbox(), tA+"/inbox")
	same(t, "foreign outbox is dropped", a.Outbox, "")
	same(t, "embedded followers", a.Followers, tA+"/followers")
	same(t, "page", a.URL, "https://mastodon.example/@anna")
	same(t, "capable", a.Capable(), true)
}

// A generator on another host says nothing about this actor's server.
func TestForeignGeneratorDoesNotCount(t *testing.T) {
	for _, generator := range []any{
		map[string]any{"id": tS + "/actor", "type": "Application", "implements": []any{map[string]any{"href": Capability}}},
		tS + "/actor",
		map[string]any{"type": "Application", "implements": []any{map[string]any{"href": Capability}}},
	} {
		a, err := ParseActor(change(t, map[string]any{"generator": generator}))
		if err != nil {
			t.Fatal(err)
		}
		if a.SaysCapable() || a.Generator.ID != "" {
			t.Errorf("generator %v counted", generator)
		}
	}
	// Exactly the capability, no lookalike.
	for _, href := range []string{Capability + "/", Capability + "#", "http://w3id.org/polder/v1", Namespace} {
		a, err := ParseActor(change(t, map[string]any{"implements": []any{map[string]any{"href": href}}}))
		if err != nil || a.SaysCapable() {
			t.Errorf("%s: capable, %v", href, err)
		}
	}
}

func spki(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func TestParsePublicKeyPEM(t *testing.T) {
	good, err := ParsePublicKeyPEM(mainKey(t))
	if err != nil {
		t.Fatal(err)
	}
	pkcs1 := pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(good)})
	same2, err := ParsePublicKeyPEM(string(pkcs1))
	if err != nil || !same2.Equal(good) {
		t.Errorf("PKCS #1: %v", err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	weak := *good
	weak.N = new(big.Int).Rsh(good.N, 1024)
	huge := *good
	huge.N = new(big.Int).Lsh(good.N, 8192)
	even := rsa.PublicKey{N: good.N, E: 4}
	for name, text := range map[string]string{
		"empty": "", "no PEM": "MIIB", "ECDSA": spki(t, &ec.PublicKey), "1,024 bits": spki(t, &weak),
		"10,240 bits": spki(t, &huge), "even exponent": spki(t, &even),
		"broken": strings.Replace(mainKey(t), "MIIB", "MIIC", 1),
	} {
		if _, err := ParsePublicKeyPEM(text); !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Row 16: a key counts only if the actor owns it and it is on the actor's host;
// a bad one does not spoil the good ones.
func TestActorKeys(t *testing.T) {
	key := func(id, owner, pem string) map[string]any {
		return map[string]any{"id": id, "owner": owner, "publicKeyPem": pem}
	}
	good := key(tA+"#main-key", tA, mainKey(t))
	for name, bad := range map[string]any{
		"owned by another":         key(tA+"#2", "https://mastodon.example/users/eve", mainKey(t)),
		"owned on another host":    key(tA+"#2", "https://victim.example/users/v", mainKey(t)),
		"id on another host":       key("https://victim.example/users/v#main-key", tA, mainKey(t)),
		"without owner":            key(tA+"#2", "", mainKey(t)),
		"without id":               key("", tA, mainKey(t)),
		"without key":              key(tA+"#2", tA, ""),
		"Ed25519 where RSA stands": map[string]any{"id": tA + "#2", "owner": tA, "publicKeyMultibase": "z6Mk"},
	} {
		a, err := ParseActor(change(t, map[string]any{"publicKey": []any{bad, good}}))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(a.Keys) != 1 || a.Keys[tA+"#main-key"] == nil || !errors.Is(a.KeyProblem, ErrKey) {
			t.Errorf("%s: keys %v, problem %v", name, a.Keys, a.KeyProblem)
		}
	}
	multikey := func(id, controller, kind string) map[string]any {
		return map[string]any{"id": id, "type": kind, "controller": controller, "publicKeyMultibase": "z6MkrJVn"}
	}
	a, err := ParseActor(change(t, map[string]any{"assertionMethod": []any{
		tA + "#reference", multikey(tA+"#ed", tA, "Multikey"), multikey(tA+"#x", "https://mastodon.example/users/eve", "Multikey"),
		multikey("https://victim.example/#ed", tA, "Multikey"), multikey(tA+"#y", tA, "JsonWebKey"),
	}}))
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Multikeys) != 1 || a.Multikeys[tA+"#ed"] != "z6MkrJVn" || !errors.Is(a.KeyProblem, ErrKey) {
		t.Errorf("multikeys %v, problem %v", a.Multikeys, a.KeyProblem)
	}
	many := make([]any, 500)
	for i := range many {
		many[i] = key(tA+"#"+strings.Repeat("k", i+1), tA, mainKey(t))
	}
	a, err = ParseActor(change(t, map[string]any{"publicKey": many}))
	if err != nil || len(a.Keys) != maxKeys {
		t.Errorf("%d keys read, %v", len(a.Keys), err)
	}
	a, err = ParseActor(change(t, map[string]any{"publicKey": 7}))
	if err != nil || len(a.Keys) != 0 || a.KeyProblem == nil {
		t.Errorf("a number for a key: %v, %v", a, err)
	}
}

func FuzzParseActor(f *testing.F) {
	for _, raw := range goldenDocuments(f) {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := Parse(raw)
		if err != nil {
			return
		}
		a, err := ParseActor(d)
		if err != nil {
			return
		}
		if !IsActorType(a.Type) || !SameHost(a.Inbox, a.ID) || hasControl(a.ID+a.Inbox+a.SharedInbox+a.PreferredUsername) {
			t.Fatalf("accepted %+v", a)
		}
		for id := range a.Keys {
			if !SameHost(id, a.ID) {
				t.Fatalf("key %s of another host", id)
			}
		}
	})
}
