// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"crypto/md5"
	"crypto/sha512"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"polder/consensus"
	"polder/instance/federationtest/plainpeer"
)

// attack is one way to try a row of security.md 1. Exactly one of before and
// after spoils an honest request.
type attack struct {
	row, name string
	status    int
	code      string
	before    func(*Message)
	after     func(*http.Request)
}

func otherBody(r *http.Request) {
	body := `{"id":"https://rogue.test/x","type":"Follow","actor":"https://rogue.test/users/mallory","object":"https://groningen.test/organization"}`
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
}

func digests(values ...string) func(*Message) {
	return func(m *Message) { m.Header["Digest"] = values }
}

func sha512Digest(body []byte) string {
	sum := sha512.Sum512(body)
	return "SHA-512=" + base64.StdEncoding.EncodeToString(sum[:])
}

func covered(names ...string) func(*Message) {
	return func(m *Message) { m.Covered = names }
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func parameter(from, to string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Signature", strings.Replace(r.Header.Get("Signature"), from, to, 1))
	}
}

var signatureAttacks = []attack{
	{row: "01", name: "unsigned", status: 401, code: "unsigned", after: func(r *http.Request) { r.Header.Del("Signature") }},
	{row: "01", name: "signature elsewhere", status: 401, code: "unsigned", after: func(r *http.Request) {
		r.Header.Set("Authorization", "Signature "+r.Header.Get("Signature"))
		r.Header.Del("Signature")
	}},
	{row: "02", name: "body changed", status: 401, code: "digest-mismatch", after: otherBody},
	{row: "03", name: "wrong digest signed", status: 401, code: "digest-mismatch", before: digests(plainpeer.Digest([]byte("other")))},
	{row: "04", name: "digest not covered", status: 401, code: "not-covered", before: covered("(request-target)", "host", "date")},
	{row: "05", name: "SHA-512 only", status: 401, code: "digest-mismatch", before: func(m *Message) { digests(sha512Digest(m.Body))(m) }},
	{row: "05", name: "MD5 only", status: 401, code: "digest-mismatch", before: func(m *Message) {
		sum := md5.Sum(m.Body)
		digests("MD5=" + base64.StdEncoding.EncodeToString(sum[:]))(m)
	}},
	{row: "05", name: "twice", status: 401, code: "digest-mismatch", before: func(m *Message) { digests(plainpeer.Digest(m.Body), plainpeer.Digest(m.Body))(m) }},
	{row: "05", name: "contradicting", status: 401, code: "digest-mismatch", before: func(m *Message) {
		digests(plainpeer.Digest([]byte("other")) + "," + plainpeer.Digest(m.Body))(m)
	}},
	{row: "05", name: "none", status: 401, code: "malformed", before: func(m *Message) { m.Header.Del("Digest") }},
	{row: "06", name: "date only", status: 401, code: "not-covered", before: covered("date")},
	{row: "06", name: "empty", status: 401, code: "not-covered", before: covered("")},
	{row: "06", name: "no headers parameter", status: 401, code: "not-covered", before: covered()},
	{row: "07", name: "another inbox", status: 401, code: "bad-signature", after: func(r *http.Request) { r.URL.Path = "/organization/inbox" }},
	{row: "07", name: "query added", status: 401, code: "bad-signature", after: func(r *http.Request) { r.URL.RawQuery = "x=1" }},
	{row: "07", name: "another method", status: 401, code: "bad-signature", before: func(m *Message) { m.Method = http.MethodPut },
		after: func(r *http.Request) { r.Method = http.MethodPost }},
	{row: "08", name: "another host signed", status: 401, code: "bad-signature", before: func(m *Message) { m.Host = "midden.test" },
		after: func(r *http.Request) { r.Host = "groningen.test" }},
	{row: "08", name: "another host sent", status: 401, code: "host-mismatch", before: func(m *Message) { m.Host = "midden.test" }},
	{row: "08", name: "another port", status: 401, code: "host-mismatch", before: func(m *Message) { m.Host = "groningen.test:8443" }},
	{row: "09", name: "unparsable", status: 401, code: "date-window", before: func(m *Message) { m.Header.Set("Date", "yesterday") }},
	{row: "09", name: "missing", status: 401, code: "malformed", before: func(m *Message) { m.Header.Del("Date") }},
	{row: "11", name: "hmac-sha1", status: 401, code: "algorithm", before: func(m *Message) { m.Algorithm = "hmac-sha1" }},
	{row: "11", name: "none", status: 401, code: "algorithm", before: func(m *Message) { m.Algorithm = "none" }},
	{row: "12", name: "two Signature headers", status: 401, code: "two-signatures", after: func(r *http.Request) {
		r.Header.Add("Signature", r.Header.Get("Signature"))
	}},
	{row: "12", name: "Signature and Authorization", status: 401, code: "two-signatures", after: func(r *http.Request) {
		r.Header.Set("Authorization", "Signature "+r.Header.Get("Signature"))
	}},
	{row: "12", name: "second label", status: 401, code: "two-signatures", after: func(r *http.Request) {
		r.Header.Set("Signature-Input", `a=("@method" "@target-uri" "content-digest");created=1793606400;keyid="https://rogue.test/users/mallory#main-key";alg="rsa-v1_5-sha256", b=("@method");created=1793606400;keyid="https://rogue.test/users/eve#main-key"`)
		r.Header.Set("Signature", "a=:AAAA:, b=:AAAA:")
	}},
	{row: "15", name: "key of the attacker for a victim", status: 403, code: "not-owner", before: func(m *Message) {
		*m = *reactor(m, "https://victim.test/users/bob", "https://victim.test/a/1")
	}},
	{row: "17", name: "acct", status: 401, code: "bad-key-id", before: func(m *Message) { m.KeyID = "acct:mallory@rogue.test" }},
	{row: "18", name: "another actor of the host", status: 403, code: "not-owner", before: func(m *Message) {
		*m = *reactor(m, "https://rogue.test/users/eve", "https://rogue.test/users/eve/a/1")
	}},
	{row: "19", name: "keyId twice", status: 401, code: "malformed", after: parameter(`keyId=`, `keyId="https://victim.test/users/bob#main-key",keyId=`)},
	{row: "19", name: "keyId twice in other case", status: 401, code: "malformed", after: parameter(`keyId=`, `keyid="https://victim.test/users/bob#main-key",keyId=`)},
	{row: "19", name: "quotes", status: 401, code: "malformed", after: parameter(`#main-key"`, `#main-key\",x=\""`)},
	{row: "19", name: "userinfo", status: 401, code: "bad-key-id", before: func(m *Message) { m.KeyID = "https://victim.test@rogue.test/users/mallory#main-key" }},
	{row: "19", name: "comma", status: 401, code: "bad-key-id", before: func(m *Message) { m.KeyID = "https://victim.test,rogue.test/users/mallory#main-key" }},
	{row: "70", name: "our own actor", status: 403, code: "local-actor", before: func(m *Message) {
		*m = *reactor(m, "https://groningen.test/organization", "https://groningen.test/a/1")
	}},
	{row: "70", name: "our own key", status: 403, code: "local-actor", before: func(m *Message) { m.KeyID = "https://groningen.test/organization#main-key" }},
	{row: "70", name: "our own actor in other case", status: 403, code: "local-actor", before: func(m *Message) {
		*m = *reactor(m, "https://GRONINGEN.test/organization", "https://groningen.test/a/1")
	}},
}

// reactor makes the message speak for another actor, with its own signature.
func reactor(m *Message, actor, id string) *Message {
	body := []byte(`{"id":"` + id + `","type":"Follow","actor":"` + actor + `","object":"https://groningen.test/organization"}`)
	out := *m
	out.Body = body
	out.Header = m.Header.Clone()
	out.Header.Set("Digest", plainpeer.Digest(body))
	return &out
}

func TestAttack(t *testing.T) {
	t.Parallel()
	x := newArena(t, consensus.ResultsLive)
	for _, a := range signatureAttacks {
		t.Run(a.row+"/"+a.name, func(t *testing.T) { x.refused(t, a.status, a.code, a.before, a.after) })
	}
	for _, d := range []time.Duration{-66 * time.Minute, -13 * time.Hour, 10 * time.Minute} {
		t.Run("09/"+d.String(), func(t *testing.T) {
			x.refused(t, 401, "date-window", func(m *Message) { m.Header.Set("Date", x.c.Clock(d)) }, nil)
		})
	}
	for name, before := range x.times() {
		t.Run("10/"+name, func(t *testing.T) { x.refused(t, 401, "date-window", before, nil) })
	}
	t.Run("19/upper-case host", func(t *testing.T) {
		m := x.mallory.Message(x.n.URL("/inbox"), x.follow(x.mallory))
		m.KeyID = "https://ROGUE.test/users/mallory#main-key"
		if got := x.knock(t, m); got != http.StatusAccepted {
			t.Errorf("one spelling of the host: status %d", got)
		}
	})
}

// times are signatures with created and expires that must not be believed.
func (x *arena) times() map[string]func(*Message) {
	set := func(created, expires time.Duration) func(*Message) {
		return func(m *Message) {
			now := x.c.Now()
			m.Algorithm = "hs2019"
			m.Created = strconv.FormatInt(now.Add(created).Unix(), 10)
			m.Expires = strconv.FormatInt(now.Add(expires).Unix(), 10)
			m.Covered = []string{"(request-target)", "host", "(created)", "(expires)", "digest"}
		}
	}
	return map[string]func(*Message){
		"created in the future": set(time.Minute, time.Hour),
		"created too long ago":  set(-66*time.Minute, time.Hour),
		"expires past":          set(-time.Minute, -time.Second),
		"expires in ten years":  set(0, 10*365*24*time.Hour),
	}
}

// TestAttackReplayElsewhere is row 14: what was signed for one instance is
// worth nothing at another.
func TestAttackReplayElsewhere(t *testing.T) {
	t.Parallel()
	c := NewCluster(t, Groningen, Midden)
	rogue := c.Rogue("rogue.test")
	a := rogue.Account("mallory", 0)
	r, err := a.Message(c.Node(Groningen).URL("/inbox"), JSON{"id": a.ID + "/1", "type": "Follow", "actor": a.ID,
		"object": "https://midden.test/organization"}).Sign()
	if err != nil {
		t.Fatal(err)
	}
	n := c.Node(Midden)
	for name, host := range map[string]string{"as signed": "groningen.test", "redirected": "midden.test"} {
		t.Run("14/"+name, func(t *testing.T) {
			copied := r.Clone(t.Context())
			copied.URL = &url.URL{Scheme: "https", Host: "midden.test", Path: "/inbox"}
			copied.Host = host
			copied.Body, _ = r.GetBody()
			before := n.Contents(true)
			if got := n.Knock(copied); got != http.StatusUnauthorized {
				t.Errorf("status %d", got)
			}
			c.Settle()
			if changes := Changes(before, n.Contents(true)); len(changes) > 0 {
				t.Errorf("stored: %q", changes)
			}
		})
	}
}
