// SPDX-License-Identifier: EUPL-1.2

package plainpeer

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	activityJSON = "application/activity+json"
	acceptHeader = activityJSON + `, application/ld+json; profile="https://www.w3.org/ns/activitystreams"`
)

// Object is a JSON object as received; the accessors in object.go read it.
type Object map[string]any

// Received is one activity that arrived and passed every check, and the inbox
// it was sent to.
type Received struct {
	At       time.Time
	Path     string
	Activity Object
	Raw      []byte
}

// Server is one plain server with any number of users, who share its key pair
// as accounts of one process may. mu guards everything below it.
type Server struct {
	Host string

	send http.RoundTripper
	now  func() time.Time
	key  *rsa.PrivateKey
	pem  string

	mu       sync.Mutex
	serial   int
	received []Received
	refused  []string
	follows  map[string]*Follow
	timeline map[string]Object
	polls    map[string]*Poll
	boosts   []Boost
}

// New makes a server. Requests leave through send; now is its clock.
func New(host string, send http.RoundTripper, now func() time.Time) (*Server, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	text, err := PublicPEM(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	return &Server{Host: host, send: send, now: now, key: key, pem: text,
		follows: map[string]*Follow{}, timeline: map[string]Object{}, polls: map[string]*Poll{}}, nil
}

// PublicPEM writes a public key as it stands in actors.
func PublicPEM(key *rsa.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", fmt.Errorf("writing the public key: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

// Actor is the id of a user. Every name is a user.
func (s *Server) Actor(user string) string { return "https://" + s.Host + "/users/" + user }

// ServeHTTP answers for the users, their inboxes and the shared inbox.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/inbox"):
		s.inbox(w, r)
	case r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/users/"):
		s.actor(w, strings.TrimPrefix(r.URL.Path, "/users/"))
	default:
		http.NotFound(w, r)
	}
}

func (s *Server) actor(w http.ResponseWriter, user string) {
	id := s.Actor(user)
	raw, err := json.Marshal(Object{
		"@context": []string{"https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"},
		"id":       id, "type": "Person", "preferredUsername": user, "name": user, "url": id,
		"inbox": id + "/inbox", "outbox": id + "/outbox",
		"endpoints": Object{"sharedInbox": "https://" + s.Host + "/inbox"},
		"publicKey": Object{"id": id + "#main-key", "owner": id, "publicKeyPem": s.pem},
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", activityJSON)
	w.Write(raw)
}

// Received lists what arrived, in order.
func (s *Server) Received() []Received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Received(nil), s.received...)
}

// Refused lists why requests to the inbox were refused; empty when every
// signature, digest and document that arrived was good.
func (s *Server) Refused() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.refused...)
}

func (s *Server) nextID(user string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	return fmt.Sprintf("%s/activities/%d", s.Actor(user), s.serial)
}
