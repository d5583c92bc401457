// SPDX-License-Identifier: EUPL-1.2

package httpsig

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestCavageAccepted lists what real servers send and Polder must accept.
func TestCavageAccepted(t *testing.T) {
	for name, c := range map[string]cavageCase{
		"Mastodon":                 {},
		"GoToSocial says hs2019":   {algorithm: "hs2019"},
		"more covered":             {headers: "(request-target) date host content-type digest", override: map[string]string{"content-type": "application/activity+json"}},
		"Ed25519 key":              {algorithm: "hs2019", key: otherKey()},
		"64 min old":               {date: at(-64 * time.Minute)},
		"5 min ahead":              {date: at(5 * time.Minute)},
		"comma in keyId":           {keyID: "https://peer.example/users/a,b#main-key"},
		"escaped target":           {target: "/users/a%2Fb/inbox"},
		"empty query":              {target: inbox + "?"},
		"query on POST":            {target: inbox + "?a=1&b=%20"},
		"default port":             {host: "stadskanaal.example:443"},
		"host in capitals":         {host: "Stadskanaal.Example"},
		"SHA-512 beside SHA-256":   {digest: []string{emptySHA512 + "," + digestOf(activity)}},
		"lower-case digest name":   {digest: []string{"sha-256=" + digestOf(activity)[8:]}},
		"created not covered":      {created: unix(0)},
		"expires not covered":      {expires: unix(time.Hour)},
		"signed fetch":             {method: "GET", headers: "(request-target) host date"},
		"fetch signed with query":  {method: "GET", target: "/outbox?page=1", headers: "(request-target) host date"},
		"fetch without its query":  {method: "GET", target: "/outbox?page=1", headers: "(request-target) host date", override: map[string]string{"(request-target)": "get /outbox"}},
		"capitals in covered list": {headers: "(request-target) Host Date Digest", override: map[string]string{"Host": "stadskanaal.example", "Date": at(0), "Digest": digestOf(activity)}},
	} {
		t.Run(name, func(t *testing.T) {
			r := c.request(t)
			if strings.Contains(c.headers, "content-type") {
				r.Header.Set("Content-Type", "application/activity+json")
			}
			d := c.withDefaults()
			if name == "capitals in covered list" {
				// The signing string is always lower case.
				d.headers = "(request-target) host date digest"
				r.Header.Set("Signature", strings.Replace(d.header(t), "host date digest", "Host Date Digest", 1))
			}
			if err := check(r, d.body, testNow, testPolicy, d.key.Public()); err != nil {
				t.Error(err)
			}
		})
	}
}

// created and expires are also read by go-fed against the system clock, which
// the bubble replaces.
func TestCavageCreatedAndExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		c := cavageCase{
			headers: withExpires, algorithm: "hs2019",
			created: strconv.FormatInt(now.Unix(), 10),
			expires: strconv.FormatInt(now.Add(12*time.Hour).Unix(), 10),
		}
		r := c.request(t)
		if err := check(r, activity, now, testPolicy, testKey().Public()); err != nil {
			t.Fatal(err)
		}
		if err := check(r, activity, now.Add(-10*time.Second), testPolicy, testKey().Public()); err != nil {
			t.Errorf("created 10 s ahead: %v", err)
		}
		r.Header.Set("Signature", strings.Replace(r.Header.Get("Signature"), "expires="+c.expires, "expires="+c.created+"1", 1))
		if err := check(r, activity, now, testPolicy, testKey().Public()); err == nil {
			t.Error("expires can be changed")
		}
	})
}

func TestSignatureTellsWhoAndWhen(t *testing.T) {
	r := cavageCase{keyID: "HTTPS://Peer.Example:443/Users/A%2fb#Main-Key"}.request(t)
	sig, err := Parse(r, []byte(activity), testNow, testPolicy)
	if err != nil {
		t.Fatal(err)
	}
	if sig.KeyID != "https://peer.example/Users/A%2fb#Main-Key" || sig.Host() != "peer.example" {
		t.Errorf("got %s on %s", sig.KeyID, sig.Host())
	}
	if sig.Scheme != Cavage || !sig.Created.Equal(testNow) || strings.Join(sig.Covered, " ") != "(request-target) host date digest" {
		t.Errorf("got %v %v %v", sig.Scheme, sig.Created, sig.Covered)
	}
}

func TestSignatureSurvivesConcurrentUse(t *testing.T) {
	sig, err := Parse(cavageCase{}.request(t), []byte(activity), testNow, testPolicy)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	for range 4 {
		go func() { done <- sig.Verify(testKey().Public()) }()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestPolicyHostWithPort(t *testing.T) {
	p := Policy{Host: "gemeente.localhost:8443", BaseURL: "http://gemeente.localhost:8443", AllowPrivate: true}
	c := cavageCase{host: "gemeente.localhost:8443", keyID: "http://127.0.0.1:3000/users/a#main-key"}
	if err := check(c.request(t), activity, testNow, p, testKey().Public()); err != nil {
		t.Error(err)
	}
	c.host = "gemeente.localhost"
	if err := check(c.request(t), activity, testNow, p, testKey().Public()); !errors.Is(err, ErrHost) {
		t.Errorf("without the port: %v", err)
	}
	if err := check(c.request(t), activity, testNow, Policy{}, testKey().Public()); !errors.Is(err, ErrHost) {
		t.Errorf("without a configured host: %v", err)
	}
}

func TestKeySizes(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	huge := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 8192), E: 65537}
	for name, key := range map[string]crypto.PublicKey{"1024 bits": small.Public(), "8193 bits": huge, "nil": (*rsa.PublicKey)(nil), "empty": &rsa.PublicKey{}} {
		err := check(cavageCase{key: testKey()}.request(t), activity, testNow, testPolicy, key)
		if !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r, _ := http.NewRequest("GET", "https://peer.example/", nil)
	if err := (Signer{KeyID: testKeyID, Key: small}).Sign(r, nil, testNow, Cavage); !errors.Is(err, ErrKey) {
		t.Errorf("signing with 1024 bits: %v", err)
	}
}

func TestReason(t *testing.T) {
	if got := Reason(ErrDate.because("x")); got != "date-window" {
		t.Errorf("got %q", got)
	}
	if got := Reason(errors.New("x")); got != "" {
		t.Errorf("got %q", got)
	}
}

func FuzzSignatureParse(f *testing.F) {
	f.Add(cavageCase{}.withDefaults().header(f), inbox)
	f.Add(`keyId="https://a.example/k" , algorithm="hs2019", headers="(request-target) (created) host digest",created=1 ,signature="AA=="`, "/")
	f.Add(`keyId="a,b",keyId="c"`, "/?")
	f.Add(`,,=,"`, "")
	f.Fuzz(func(t *testing.T, header, target string) {
		r := received("POST", "/", activity)
		r.RequestURI = target
		r.Header.Set("Date", at(0))
		r.Header.Set("Digest", digestOf(activity))
		r.Header["Signature"] = []string{header}
		sig, err := Parse(r, []byte(activity), testNow, testPolicy)
		if err != nil {
			if Reason(err) == "" {
				t.Errorf("no reason code: %v", err)
			}
			return
		}
		if again, err := testPolicy.normalKeyID(sig.KeyID); err != nil || again != sig.KeyID {
			t.Errorf("keyId %q is not in its one spelling: %q, %v", sig.KeyID, again, err)
		}
		if err := sig.Verify(otherKey().Public()); err == nil {
			t.Error("a forgery verifies")
		}
	})
}
