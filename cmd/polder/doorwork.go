// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
)

// doorHandler answers at the control door. Every answer is JSON, a failure
// {"error": sentence}; only the backup is a stream, whose end is marked by a
// trailer, so that a cut is never taken for the whole.
func doorHandler(d *desk, r *running) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /where", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, whereabouts{Addr: r.Addr, TLS: r.tls}, nil)
	})
	mux.HandleFunc("GET /accounts", func(w http.ResponseWriter, req *http.Request) {
		list, err := d.Accounts(req.Context())
		reply(w, list, err)
	})
	mux.HandleFunc("POST /accounts", func(w http.ResponseWriter, req *http.Request) {
		var n newAccount
		err := json.NewDecoder(io.LimitReader(req.Body, 1<<16)).Decode(&n)
		if err != nil {
			reply(w, nil, err)
			return
		}
		enrolment, err := d.CreateAccount(req.Context(), n)
		reply(w, enrolment, err)
	})
	mux.HandleFunc("POST /tokens", func(w http.ResponseWriter, req *http.Request) {
		token, err := d.Token(req.Context(), req.URL.Query().Get("username"), req.URL.Query().Get("scopes"))
		reply(w, token, err)
	})
	mux.HandleFunc("POST /codes", func(w http.ResponseWriter, req *http.Request) {
		added, err := d.ImportCodes(req.Context(), req.URL.Query().Get("consultation"), req.Body)
		reply(w, added, err)
	})
	mux.HandleFunc("GET /opinion", func(w http.ResponseWriter, req *http.Request) {
		g, err := d.Groups(req.Context(), req.URL.Query().Get("consultation"))
		reply(w, g, err)
	})
	mux.HandleFunc("GET /data", func(w http.ResponseWriter, req *http.Request) {
		raw, err := d.OpenData(req.Context(), req.URL.Query().Get("consultation"), req.URL.Query().Get("name"))
		reply(w, raw, err)
	})
	mux.HandleFunc("GET /backup", func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Trailer", backupEnd)
		err := d.Backup(req.Context(), w, req.URL.Query().Get("secrets") == "true")
		if err != nil {
			w.Header().Set(backupEnd, "error: "+sentence(err))
			return
		}
		w.Header().Set(backupEnd, "complete")
	})
	return mux
}

// whereabouts is where the public side of a running instance listens.
type whereabouts struct {
	Addr string `json:"addr"`
	TLS  bool   `json:"tls"`
}

// backupEnd is the trailer that says how a backup ended.
const backupEnd = "Polder-Backup"

// doorError is the body of a failure at the door.
type doorError struct {
	Error string `json:"error"`
}

func reply(w http.ResponseWriter, value any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		value = doorError{sentence(err)}
	}
	json.NewEncoder(w).Encode(value) // a caller that went away is no fault of ours
}

// drain ends a server when its requests are done, or after ten seconds.
func drain(s *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		return errors.Join(err, s.Close())
	}
	return nil
}
