// SPDX-License-Identifier: EUPL-1.2

package audit

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
)

// Fetcher gets a public document as JSON (Accept: application/activity+json,
// application/json). Its errors wrap ErrNotFound or ErrForbidden where the server
// answered so; every other error means that the document could not be reached.
type Fetcher interface {
	Fetch(ctx context.Context, url string) ([]byte, error)
}

// Sentinel errors of a Fetcher.
var (
	ErrNotFound  = errors.New("not found")  // 404, 410
	ErrForbidden = errors.New("not public") // 401, 403
)

// source is the Fetcher of one report. It asks for each URL once, so that all
// checks look at the same bytes, and reads documents of a host through another
// address if the user named one (rebase).
type source struct {
	inner Fetcher
	mu    sync.Mutex
	known map[string]*fetched
	from  string // origin the documents name, "" if they are read at home
	to    string // origin they are read from instead
}

type fetched struct {
	once sync.Once
	body []byte
	err  error
}

func newSource(f Fetcher) *source { return &source{inner: f, known: map[string]*fetched{}} }

// Fetch implements Fetcher.
func (s *source) Fetch(ctx context.Context, address string) ([]byte, error) {
	s.mu.Lock()
	address = s.rebased(address)
	entry, ok := s.known[address]
	if !ok {
		entry = &fetched{}
		s.known[address] = entry
	}
	s.mu.Unlock()
	entry.once.Do(func() { entry.body, entry.err = s.inner.Fetch(ctx, address) })
	return entry.body, entry.err
}

// rebased gives the address a document is read from.
func (s *source) rebased(address string) string {
	rest, ok := strings.CutPrefix(address, s.from)
	if s.from == "" || !ok || rest != "" && !strings.ContainsAny(rest[:1], "/?#") {
		return address
	}
	return s.to + rest
}

// rebase makes documents of the origin from be read through the origin to. Only
// the first call counts; it reports whether it changed anything.
func (s *source) rebase(from, to string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.from != "" || from == "" || from == to {
		return false
	}
	s.from, s.to = from, to
	return true
}

// origin is scheme, host and port of an id, "" if it is none.
func origin(id string) string {
	u, err := url.Parse(id)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
