// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"polder/instance/federationtest/plainpeer"
)

// Rogue is a foreign server under the control of a test: it serves whatever the
// test says, and its accounts sign, mis-sign or forge as they like. It counts
// who fetches what. mu guards pages and fetched.
type Rogue struct {
	Host string

	cluster *Cluster
	mu      sync.Mutex
	pages   map[string]http.HandlerFunc
	fetched []string
}

// Account is an actor of a rogue server with a key of its own.
type Account struct {
	ID, KeyID string
	Key       *rsa.PrivateKey

	rogue *Rogue
	path  string
}

// JSON is a document of a rogue server.
type JSON = map[string]any

// rogueKeys are made once: keys cost time and no test depends on which they are.
var rogueKeys = [2]func() *rsa.PrivateKey{sync.OnceValue(newRogueKey), sync.OnceValue(newRogueKey)}

func newRogueKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

// Rogue puts a rogue server into the network.
func (c *Cluster) Rogue(host string) *Rogue {
	r := &Rogue{Host: host, cluster: c, pages: map[string]http.HandlerFunc{}}
	c.Serve(host, r)
	return r
}

// ServeHTTP serves the pages of the test; posts are swallowed.
func (r *Rogue) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	page := r.pages[req.URL.Path]
	if req.Method == http.MethodGet {
		r.fetched = append(r.fetched, req.URL.RequestURI())
	}
	r.mu.Unlock()
	switch {
	case req.Method == http.MethodPost:
		w.WriteHeader(http.StatusAccepted)
	case page == nil:
		http.NotFound(w, req)
	default:
		page(w, req)
	}
}

// Fetched lists the GETs since it was last asked.
func (r *Rogue) Fetched() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.fetched
	r.fetched = nil
	return list
}

// Page serves something at a path; nil takes it away.
func (r *Rogue) Page(path string, page http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pages[path] = page
}

// URL is an address on the rogue server.
func (r *Rogue) URL(path string) string { return "https://" + r.Host + path }

// Account makes an actor. Its key is one of two: 0 or 1.
func (r *Rogue) Account(name string, key int) *Account {
	a := &Account{ID: r.URL("/users/" + name), rogue: r, path: "/users/" + name, Key: rogueKeys[key]()}
	a.KeyID = a.ID + "#main-key"
	a.Serve(a.Document())
	return a
}

// Document is the actor as an honest server would write it.
func (a *Account) Document() JSON {
	text, err := plainpeer.PublicPEM(&a.Key.PublicKey)
	if err != nil {
		a.rogue.cluster.t.Fatal(err)
	}
	return JSON{"@context": []string{"https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"},
		"id": a.ID, "type": "Person", "preferredUsername": strings.TrimPrefix(a.path, "/users/"),
		"inbox": a.ID + "/inbox", "outbox": a.ID + "/outbox",
		"publicKey": JSON{"id": a.KeyID, "owner": a.ID, "publicKeyPem": text}}
}

// Serve serves a document at the address of the account.
func (a *Account) Serve(document JSON) { a.rogue.Page(a.path, ServeJSON(document)) }

// ServeJSON answers with a document as application/activity+json.
func ServeJSON(document any) http.HandlerFunc {
	return ServeAs("application/activity+json", document)
}

// ServeAs answers with a document under a media type.
func ServeAs(kind string, document any) http.HandlerFunc {
	raw, err := json.Marshal(document)
	if err != nil {
		panic(err)
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Write(raw)
	}
}

// Message is one POST before it is signed: a test may spoil any part of it.
// Empty fields of the signature are left out of its header.
type Message struct {
	To      string // address of the inbox
	Method  string
	Host    string // Host header
	Header  http.Header
	Body    []byte
	KeyID   string
	Key     *rsa.PrivateKey
	Edwards ed25519.PrivateKey // signs in place of Key if there is one
	Covered []string           // nil: no headers parameter
	// Parameters of the signature beside keyId, headers and signature.
	Algorithm, Created, Expires string
}

// Message addresses an activity to an inbox, properly signed unless spoilt.
func (a *Account) Message(to string, activity JSON) *Message {
	raw, err := json.Marshal(activity)
	if err != nil {
		a.rogue.cluster.t.Fatal(err)
	}
	return a.RawMessage(to, raw)
}

// RawMessage is Message for a body that need not be JSON.
func (a *Account) RawMessage(to string, body []byte) *Message {
	host, _, _ := strings.Cut(strings.TrimPrefix(to, "https://"), "/")
	m := &Message{To: to, Method: http.MethodPost, Host: host, Header: http.Header{}, Body: body,
		KeyID: a.KeyID, Key: a.Key, Algorithm: "rsa-sha256",
		Covered: []string{"(request-target)", "host", "date", "digest"}}
	m.Header.Set("Content-Type", "application/activity+json")
	m.Header.Set("Date", a.rogue.cluster.Now().UTC().Format(http.TimeFormat))
	m.Header.Set("Digest", plainpeer.Digest(body))
	return m
}

// Sign makes the request.
func (m *Message) Sign() (*http.Request, error) {
	r, err := http.NewRequest(m.Method, m.To, bytes.NewReader(m.Body))
	if err != nil {
		return nil, fmt.Errorf("making a request: %w", err)
	}
	r.Host, r.Header = m.Host, m.Header.Clone()
	text := plainpeer.SigningString(r, m.Covered, map[string]string{"created": m.Created, "expires": m.Expires})
	value, err := plainpeer.SignText(m.Key, text)
	if err != nil {
		return nil, err
	}
	if m.Edwards != nil {
		value = base64.StdEncoding.EncodeToString(ed25519.Sign(m.Edwards, []byte(text)))
	}
	parts := []string{`keyId="` + m.KeyID + `"`}
	if m.Algorithm != "" {
		parts = append(parts, `algorithm="`+m.Algorithm+`"`)
	}
	if m.Created != "" {
		parts = append(parts, "created="+m.Created)
	}
	if m.Expires != "" {
		parts = append(parts, "expires="+m.Expires)
	}
	if m.Covered != nil {
		parts = append(parts, `headers="`+strings.Join(m.Covered, " ")+`"`)
	}
	r.Header.Set("Signature", strings.Join(append(parts, `signature="`+value+`"`), ","))
	return r, nil
}

// Clock is a Date header so long after the clock of the cluster.
func (c *Cluster) Clock(d time.Duration) string { return c.Now().Add(d).UTC().Format(http.TimeFormat) }

// Knock sends a request to the instance over a real connection, so that it is
// read, limited and parsed as from outside, and gives the status.
func (n *Node) Knock(r *http.Request) int {
	t := n.cluster.t
	t.Helper()
	resp, err := n.transport().RoundTrip(n.redirected(r))
	if err != nil {
		t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// redirected points a request at the listener and keeps what it says.
func (n *Node) redirected(r *http.Request) *http.Request {
	out := r.Clone(r.Context())
	out.URL.Scheme, out.URL.Host = "http", n.listener().Listener.Addr().String()
	if out.Host == "" {
		out.Host = n.Host
	}
	return out
}

func (n *Node) transport() http.RoundTripper { return n.listener().Client().Transport }

func (n *Node) listener() *httptest.Server {
	if n.server == nil {
		n.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { n.Handler.ServeHTTP(w, r) }))
		n.cluster.t.Cleanup(n.server.Close)
	}
	return n.server
}

// Watch records every request the instances make from now on; the function it
// returns gives those since it was last called, as "GET host/path".
func (c *Cluster) Watch() (made func() []string) {
	var mu sync.Mutex
	var list []string
	c.SetFault(func(r *http.Request) int {
		mu.Lock()
		defer mu.Unlock()
		list = append(list, r.Method+" "+r.URL.Host+r.URL.RequestURI())
		return 1
	})
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		out := list
		list = nil
		slices.Sort(out)
		return out
	}
}
