// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"polder/instance/auth"
)

// errNoDoor: no instance runs in the folder, or it cannot be reached.
var errNoDoor = errors.New("no instance is running there")

// remoteOffice hands work to a running instance through its control door.
type remoteOffice struct {
	client *http.Client
	base   string
	secret string
}

// knock finds the control door of a folder and tries it.
func knock(ctx context.Context, dir string) (*remoteOffice, error) {
	r, err := findDoor(dir)
	if err != nil {
		return nil, err
	}
	if _, err := r.Where(ctx); err != nil {
		if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, os.ErrNotExist) {
			return nil, errNoDoor // left behind by a process that was killed
		}
		return nil, fmt.Errorf("the control door of %s does not answer: %w", dir, err)
	}
	return r, nil
}

func findDoor(dir string) (*remoteOffice, error) {
	socket := filepath.Join(dir, doorSocket)
	if _, err := os.Stat(socket); err == nil {
		dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "unix", shortest(socket))
		}
		return &remoteOffice{client: &http.Client{Transport: &http.Transport{DialContext: dial}}, base: "http://control"}, nil
	}
	raw, err := os.ReadFile(filepath.Join(dir, doorFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, errNoDoor
	}
	var a doorAddress
	if err == nil {
		err = json.Unmarshal(raw, &a)
	}
	if err != nil {
		return nil, fmt.Errorf("find the control door: %w", err)
	}
	base := "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(a.Port))
	return &remoteOffice{client: &http.Client{Transport: &http.Transport{}}, base: base, secret: a.Secret}, nil
}

// shortest is the path as given or the absolute one, because the paths of
// sockets are limited in length.
func shortest(path string) string {
	full, err := filepath.Abs(path)
	if err != nil || len(path) <= len(full) {
		return path
	}
	return full
}

func (r *remoteOffice) request(ctx context.Context, method, path string, query url.Values, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, r.base+path+"?"+query.Encode(), body)
	if err != nil {
		return nil, err
	}
	if r.secret != "" {
		req.Header.Set("Authorization", "Bearer "+r.secret)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, unwrapURL(err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	var failed doorError
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<16)).Decode(&failed); err != nil || failed.Error == "" {
		return nil, fmt.Errorf("the instance answered with status %d", resp.StatusCode)
	}
	return nil, errors.New(failed.Error)
}

// ask makes a request whose answer is JSON.
func (r *remoteOffice) ask(ctx context.Context, method, path string, query url.Values, body io.Reader, answer any) error {
	resp, err := r.request(ctx, method, path, query, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
		return fmt.Errorf("read the answer of the instance: %w", err)
	}
	return nil
}

// Where tells where the instance listens.
func (r *remoteOffice) Where(ctx context.Context) (w whereabouts, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	err = r.ask(ctx, http.MethodGet, "/where", nil, nil, &w)
	return w, err
}

func (r *remoteOffice) CreateAccount(ctx context.Context, n newAccount) (e auth.Enrolment, err error) {
	raw, err := json.Marshal(n)
	if err != nil {
		return e, err
	}
	err = r.ask(ctx, http.MethodPost, "/accounts", nil, bytes.NewReader(raw), &e)
	return e, err
}

func (r *remoteOffice) Accounts(ctx context.Context) (list []accountLine, err error) {
	err = r.ask(ctx, http.MethodGet, "/accounts", nil, nil, &list)
	return list, err
}

func (r *remoteOffice) Token(ctx context.Context, username, scopes string) (token string, err error) {
	query := url.Values{"username": {username}, "scopes": {scopes}}
	err = r.ask(ctx, http.MethodPost, "/tokens", query, nil, &token)
	return token, err
}

func (r *remoteOffice) ImportCodes(ctx context.Context, slug string, list io.Reader) (added int, err error) {
	err = r.ask(ctx, http.MethodPost, "/codes", url.Values{"consultation": {slug}}, list, &added)
	return added, err
}

func (r *remoteOffice) Groups(ctx context.Context, slug string) (g *shownGroups, err error) {
	err = r.ask(ctx, http.MethodGet, "/opinion", url.Values{"consultation": {slug}}, nil, &g)
	return g, err
}

func (r *remoteOffice) OpenData(ctx context.Context, slug, name string) (raw []byte, err error) {
	err = r.ask(ctx, http.MethodGet, "/data", url.Values{"consultation": {slug}, "name": {name}}, nil, &raw)
	return raw, err
}

func (r *remoteOffice) Backup(ctx context.Context, w io.Writer, secrets bool) error {
	resp, err := r.request(ctx, http.MethodGet, "/backup", url.Values{"secrets": {strconv.FormatBool(secrets)}}, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("receive the backup: %w", err)
	}
	if end := resp.Trailer.Get(backupEnd); end != "complete" {
		return fmt.Errorf("the instance did not finish the backup: %s", end)
	}
	return nil
}

// Close closes the connection.
func (r *remoteOffice) Close() error {
	r.client.CloseIdleConnections()
	return nil
}
