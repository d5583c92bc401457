// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"

	"polder/activitypub"
	"polder/activitypub/httpsig"
)

// remoteServer is the fediverse server of the demo: it serves the actors of
// its users and signs their poll votes. All of them share one key pair, which
// keeps the start of the demo short; every actor lists it as its own.
type remoteServer struct {
	base string
	key  *rsa.PrivateKey
	pem  string
}

func newRemoteServer(base string, stored []byte) (*remoteServer, []byte, error) {
	var key *rsa.PrivateKey
	if len(stored) == 0 {
		fresh, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, nil, fmt.Errorf("make the remote server's key: %w", err)
		}
		if stored, err = x509.MarshalPKCS8PrivateKey(fresh); err != nil {
			return nil, nil, fmt.Errorf("make the remote server's key: %w", err)
		}
		key = fresh
	} else {
		parsed, err := x509.ParsePKCS8PrivateKey(stored)
		if err != nil {
			return nil, nil, fmt.Errorf("read the remote server's key: %w", err)
		}
		key = parsed.(*rsa.PrivateKey)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, nil, fmt.Errorf("read the remote server's key: %w", err)
	}
	public := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	return &remoteServer{base: base, key: key, pem: public}, stored, nil
}

func (r *remoteServer) actor(user string) string { return r.base + "/users/" + user }

// ServeHTTP serves the actors; inboxes take everything and keep nothing.
func (r *remoteServer) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method == http.MethodPost {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	user, ok := strings.CutPrefix(req.URL.Path, "/users/")
	if !ok || user == "" || strings.Contains(user, "/") {
		http.NotFound(w, req)
		return
	}
	a := activitypub.Actor{Context: activitypub.ActorContext, ID: r.actor(user), Type: activitypub.TypePerson,
		PreferredUsername: user, Name: user, URL: r.actor(user)}
	a.Locate(r.base)
	a.SetKey(r.pem)
	raw, err := activitypub.Marshal(a)
	if err != nil {
		http.Error(w, "internal", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", activitypub.ContentType)
	w.Write(raw)
}

// vote is a poll vote by a user: a Create of a Note with the option's name.
func (r *remoteServer) vote(user, group, question, option string) ([]byte, error) {
	actor := r.actor(user)
	id := fmt.Sprintf("%s#votes/%s", actor, question[strings.LastIndexByte(question, '/')+1:])
	return activitypub.Marshal(map[string]any{
		"@context": "https://www.w3.org/ns/activitystreams", "id": id + "/activity", "type": "Create", "actor": actor, "to": group,
		"object": map[string]any{"id": id, "type": "Note", "name": option, "attributedTo": actor, "to": group, "inReplyTo": question},
	})
}

func (r *remoteServer) signer(user string) httpsig.Signer {
	return httpsig.Signer{KeyID: r.actor(user) + "#main-key", Key: r.key}
}
