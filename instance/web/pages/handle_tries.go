// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"sync"
	"time"
)

// tries limits wrong letter codes per address. A try is counted before the code
// is looked at and given back if it was right, so that many guesses at the same
// moment cannot pass together. mu guards byKey.
type tries struct {
	most   int
	window time.Duration
	now    func() time.Time

	mu    sync.Mutex
	byKey map[string][]time.Time // moments that count, the oldest first
}

// The limit of security.md 4.4: 5 wrong codes per 15 minutes and address.
const (
	codeTries  = 5
	codeWindow = 15 * time.Minute
)

// mostAddresses bounds the memory; beyond it old moments are swept out.
const mostAddresses = 50_000

func newTries(most int, window time.Duration, now func() time.Time) *tries {
	return &tries{most: most, window: window, now: now, byKey: map[string][]time.Time{}}
}

// take counts a try. If there is none left it says how long to wait.
func (t *tries) take(key string) (wait time.Duration, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	t.sweep(now)
	recent := t.recent(key, now)
	if len(recent) >= t.most {
		return recent[0].Add(t.window).Sub(now), false
	}
	t.byKey[key] = append(recent, now)
	return 0, true
}

// giveBack takes the newest try of a key off the count: the code was right.
func (t *tries) giveBack(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := t.byKey[key]
	if len(list) <= 1 {
		delete(t.byKey, key)
		return
	}
	t.byKey[key] = list[:len(list)-1]
}

func (t *tries) recent(key string, now time.Time) []time.Time {
	list := t.byKey[key]
	for len(list) > 0 && now.Sub(list[0]) >= t.window {
		list = list[1:]
	}
	return list
}

// sweep forgets what no longer counts, and everything if that is not enough.
func (t *tries) sweep(now time.Time) {
	if len(t.byKey) < mostAddresses {
		return
	}
	for key := range t.byKey {
		if len(t.recent(key, now)) == 0 {
			delete(t.byKey, key)
		}
	}
	if len(t.byKey) >= mostAddresses {
		clear(t.byKey)
	}
}
