// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// The control door lets commands work on an instance that runs: its process has
// the store locked. It is HTTP over a Unix socket in the folder of the instance,
// or, where the path is too long for one, on a loopback port whose number and
// secret lie in a file. Either can be used by the owner of the folder only.
const (
	doorSocket = "control.sock"
	doorFile   = "control.json"

	// longestSocket is what every system takes as the path of a socket.
	longestSocket = 100
)

// doorAddress is the content of control.json.
type doorAddress struct {
	Port   int    `json:"port"`
	Secret string `json:"secret"`
}

// door is the control door of a running instance.
type door struct {
	server *http.Server
	paths  []string // removed at the end
	done   chan error
}

// openDoor opens the control door. A door left by a killed process is replaced:
// whoever has the store open is the only one.
func openDoor(r *running, o instanceOptions) (*door, error) {
	d := &door{done: make(chan error, 1)}
	for _, name := range []string{doorSocket, doorFile} {
		path := filepath.Join(o.Dir, name)
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("open the control door: %w", err)
		}
		d.paths = append(d.paths, path)
	}
	handler := doorHandler(&desk{opened: r.opened, dir: o.Dir}, r)
	l, err := listenSocket(o.Dir)
	if err != nil {
		var secret string
		if l, secret, err = listenLoopback(o.Dir); err != nil {
			return nil, fmt.Errorf("open the control door: %w", err)
		}
		handler = withSecret(secret, handler)
	}
	d.server = &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	go func() { d.done <- d.server.Serve(l) }()
	return d, nil
}

// listenSocket makes the socket where nobody else can reach it and moves it to
// its place when its mode is set.
func listenSocket(dir string) (net.Listener, error) {
	full, err := filepath.Abs(filepath.Join(dir, doorSocket))
	if err != nil {
		return nil, err
	}
	private, err := os.MkdirTemp(dir, ".door-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(private)
	path := filepath.Join(private, "s")
	if len(full) > longestSocket || len(path) > longestSocket {
		return nil, errors.New("the path is too long for a socket")
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	if err := errors.Join(os.Chmod(path, 0o600), os.Rename(path, full)); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

func listenLoopback(dir string) (net.Listener, string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	a := doorAddress{Port: l.Addr().(*net.TCPAddr).Port, Secret: rand.Text()}
	raw, err := json.Marshal(a)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, doorFile), raw, 0o600)
	}
	if err != nil {
		l.Close()
		return nil, "", err
	}
	return l, a.Secret, nil
}

func withSecret(secret string, next http.Handler) http.Handler {
	want := []byte("Bearer " + secret)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) != 1 {
			http.Error(w, "the secret of the control door is missing", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Close waits for the work in hand, at most ten seconds, and takes the door away.
func (d *door) Close() error {
	err := drain(d.server)
	<-d.done
	for _, path := range d.paths {
		if gone := os.Remove(path); gone != nil && !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}
