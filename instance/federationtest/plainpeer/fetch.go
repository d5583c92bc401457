// SPDX-License-Identifier: EUPL-1.2

package plainpeer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Answer is a complete answer to one request.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Get makes a GET; with a user it is signed. Extra holds more header fields.
func (s *Server) Get(user, address string, extra map[string]string) (*Answer, error) {
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("making a request: %w", err)
	}
	r.Header.Set("Accept", acceptHeader)
	for name, value := range extra {
		r.Header.Set(name, value)
	}
	if user != "" {
		if err := s.sign(r, nil, user); err != nil {
			return nil, err
		}
	}
	return s.do(r)
}

func (s *Server) do(r *http.Request) (*Answer, error) {
	r.Header.Set("User-Agent", "plainpeer/1")
	resp, err := s.send.RoundTrip(r)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.Method, r.URL, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.Method, r.URL, err)
	}
	return &Answer{Status: resp.StatusCode, Header: resp.Header, Body: body}, nil
}

// Fetch reads an ActivityPub document: the right media type, and an id equal to
// its address.
func (s *Server) Fetch(user, id string) (Object, error) {
	a, err := s.Get(user, id, nil)
	if err != nil {
		return nil, err
	}
	if a.Status != http.StatusOK {
		return nil, fmt.Errorf("%s: status %d", id, a.Status)
	}
	if got := a.Header.Get("Content-Type"); got != activityJSON {
		return nil, fmt.Errorf("%s: media type %q", id, got)
	}
	o, err := decode(a.Body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", id, err)
	}
	if o.Text("id") != id {
		return nil, fmt.Errorf("%s: its id is %q", id, o.Text("id"))
	}
	return o, nil
}

func decode(raw []byte) (Object, error) {
	var o Object
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, fmt.Errorf("reading JSON: %w", err)
	}
	return o, nil
}

// Finger resolves user@host to an actor id by WebFinger (RFC 7033). The subject
// must be the account asked for and the link on its host.
func (s *Server) Finger(user, host string) (string, error) {
	account := "acct:" + user + "@" + host
	a, err := s.Get("", "https://"+host+"/.well-known/webfinger?resource="+url.QueryEscape(account), nil)
	if err != nil {
		return "", err
	}
	if a.Status != http.StatusOK || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/jrd+json") {
		return "", fmt.Errorf("%s: status %d, %s", account, a.Status, a.Header.Get("Content-Type"))
	}
	jrd, err := decode(a.Body)
	if err != nil {
		return "", err
	}
	if jrd.Text("subject") != account {
		return "", fmt.Errorf("%s: subject is %q", account, jrd.Text("subject"))
	}
	links := jrd.List("links")
	i := slices.IndexFunc(links, func(l Object) bool {
		return l.Text("rel") == "self" && l.Text("type") == activityJSON
	})
	if i < 0 {
		return "", fmt.Errorf("%s: no self link", account)
	}
	id := links[i].Text("href")
	if !strings.HasPrefix(id, "https://"+host+"/") {
		return "", fmt.Errorf("%s: self link on another host: %s", account, id)
	}
	return id, nil
}

// Items reads a whole collection: its items, or those of its pages.
func (s *Server) Items(id string) ([]Object, error) {
	c, err := s.Fetch("", id)
	if err != nil {
		return nil, err
	}
	items := append(c.List("orderedItems"), c.List("items")...)
	for next := c.Ref("first"); next != ""; {
		page, err := s.Fetch("", next)
		if err != nil {
			return nil, err
		}
		if page.Ref("partOf") != id {
			return nil, fmt.Errorf("%s is part of %q", next, page.Ref("partOf"))
		}
		items = append(items, page.List("orderedItems")...)
		next = page.Ref("next")
	}
	return items, nil
}

// Post sends an activity of a user to an inbox, signed.
func (s *Server) Post(user, inbox string, activity Object) (*Answer, error) {
	body, err := json.Marshal(activity)
	if err != nil {
		return nil, fmt.Errorf("writing JSON: %w", err)
	}
	r, err := http.NewRequest(http.MethodPost, inbox, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("making a request: %w", err)
	}
	r.Header.Set("Content-Type", activityJSON)
	if err := s.sign(r, body, user); err != nil {
		return nil, err
	}
	return s.do(r)
}
