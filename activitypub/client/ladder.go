// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"net/http"
	"sync"
	"time"

	"polder/activitypub/httpsig"
)

const (
	rememberFor = 30 * 24 * time.Hour
	maxHosts    = 10000
)

// memory knows which scheme a host accepted last. Fetching and delivering are
// separate: a host may check them with different code.
type memory struct {
	mu    sync.Mutex
	hosts map[memoryKey]remembered // guarded by mu
}

type memoryKey struct {
	host, method string
}

type remembered struct {
	scheme httpsig.Scheme
	until  time.Time
}

// get returns the scheme to try first.
func (m *memory) get(key memoryKey, now time.Time) httpsig.Scheme {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r, ok := m.hosts[key]; ok && now.Before(r.until) {
		return r.scheme
	}
	return httpsig.Cavage
}

// put remembers the winner. Cavage is what get answers anyway.
func (m *memory) put(key memoryKey, scheme httpsig.Scheme, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if scheme == httpsig.Cavage {
		delete(m.hosts, key)
		return
	}
	if m.hosts == nil {
		m.hosts = make(map[memoryKey]remembered)
	}
	if len(m.hosts) >= maxHosts {
		m.evict(now)
	}
	m.hosts[key] = remembered{scheme, now.Add(rememberFor)}
}

// evict makes room; the caller holds mu. A forgotten host costs one attempt.
func (m *memory) evict(now time.Time) {
	for key, r := range m.hosts {
		if !now.Before(r.until) {
			delete(m.hosts, key)
		}
	}
	for key := range m.hosts {
		if len(m.hosts) < maxHosts {
			return
		}
		delete(m.hosts, key)
	}
}

// rungs lists the schemes to try in order, first the remembered one.
func rungs(first httpsig.Scheme, method string, hasQuery bool) []httpsig.Scheme {
	all := []httpsig.Scheme{httpsig.Cavage, httpsig.RFC9421}
	if method == http.MethodGet && hasQuery {
		all = []httpsig.Scheme{httpsig.Cavage, httpsig.CavageWithoutQuery, httpsig.RFC9421}
	}
	order := make([]httpsig.Scheme, 0, len(all))
	for _, scheme := range all {
		if scheme == first {
			order = append(order, first)
		}
	}
	for _, scheme := range all {
		if scheme != first {
			order = append(order, scheme)
		}
	}
	return order
}

// refused reports whether an answer speaks about the signature, so that the
// next rung makes sense. 403 without the query would only repeat itself.
func refused(status int, next httpsig.Scheme) bool {
	if next == httpsig.CavageWithoutQuery {
		return status == http.StatusUnauthorized
	}
	return status == http.StatusUnauthorized || status == http.StatusForbidden
}
