// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"sync"
)

// Limits of key fetches per host (spec: security.md 2).
const (
	fetchesAtOnce  = 4
	fetchesWaiting = 64
)

var errFetchBusy = errors.New("too many key fetches wait for this host")

// fetchGate bounds what requests with unknown keys can make us fetch from one
// host. mu guards hosts.
type fetchGate struct {
	mu    sync.Mutex
	hosts map[string]*hostGate
}

// hostGate is the queue of one host; it goes when nobody uses it.
type hostGate struct {
	slots chan struct{}
	users int
}

// enter waits for a place; leave gives it back. errFetchBusy if too many wait.
func (g *fetchGate) enter(ctx context.Context, host string) (leave func(), err error) {
	h, err := g.join(host)
	if err != nil {
		return nil, err
	}
	select {
	case h.slots <- struct{}{}:
		return func() {
			<-h.slots
			g.part(host, h)
		}, nil
	case <-ctx.Done():
		g.part(host, h)
		return nil, ctx.Err()
	}
}

func (g *fetchGate) join(host string) (*hostGate, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.hosts == nil {
		g.hosts = map[string]*hostGate{}
	}
	h := g.hosts[host]
	if h == nil {
		h = &hostGate{slots: make(chan struct{}, fetchesAtOnce)}
		g.hosts[host] = h
	}
	if h.users >= fetchesAtOnce+fetchesWaiting {
		return nil, errFetchBusy
	}
	h.users++
	return h, nil
}

func (g *fetchGate) part(host string, h *hostGate) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if h.users--; h.users == 0 {
		delete(g.hosts, host)
	}
}
