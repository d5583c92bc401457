// SPDX-License-Identifier: EUPL-1.2

package auth

import (
	"container/list"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Limit is a token bucket: Burst at once, and N more per Per.
type Limit struct {
	N     int
	Per   time.Duration
	Burst int // 0: N
}

// Per makes a limit of n per length of time, all of which may come at once.
func Per(n int, per time.Duration) Limit { return Limit{N: n, Per: per, Burst: n} }

// Names of the buckets that this package counts in.
const (
	LimitLogin = "login" // by account and by address
)

// DefaultLimits are the limits of security.md 4.4 that count by one key.
func DefaultLimits() map[string]Limit {
	return map[string]Limit{
		"inbox":        {N: 100, Per: time.Second, Burst: 300}, // unverified, by address
		"inbox-host":   {N: 20, Per: time.Second, Burst: 200},  // verified, by signing host
		"signature":    Per(60, time.Minute),                   // failed ones, by address
		LimitLogin:     Per(5, 15*time.Minute),
		"code":         Per(5, 15*time.Minute), // wrong letter codes, by address
		"mail":         Per(3, time.Hour),      // links, by recipient
		"mail-address": Per(10, time.Hour),     // links, by address
		"api":          Per(300, 5*time.Minute),
		"upload":       Per(30, 30*time.Minute),
		"delete":       Per(30, 30*time.Minute),
		"oauth":        Per(60, time.Hour),
		"pages":        Per(600, time.Minute),
		"contribution": Per(10, time.Hour),
		"flag":         Per(20, time.Hour),
		"vote":         Per(120, time.Minute),
	}
}

// LimiterOptions are what a Limiter needs from outside.
type LimiterOptions struct {
	Limits         map[string]Limit // by bucket; those that Allow will be asked for
	Now            func() time.Time
	Most           int  // keys remembered, 0: 50,000; beyond it the longest unused goes
	ExemptLoopback bool // with --dev loopback is not limited
}

// Limiter counts what was tried per bucket and key, in memory of bounded size.
// It is safe for concurrent use.
type Limiter struct {
	opt LimiterOptions

	mu     sync.Mutex // guards all below
	known  map[bucketKey]*list.Element
	recent *list.List // of *bucket, the longest unused last
}

type bucketKey struct{ name, key string }

type bucket struct {
	at     bucketKey
	tokens float64
	filled time.Time
}

// NewLimiter makes an empty limiter.
func NewLimiter(opt LimiterOptions) *Limiter {
	if opt.Most <= 0 {
		opt.Most = 50_000
	}
	return &Limiter{opt: opt, known: map[bucketKey]*list.Element{}, recent: list.New()}
}

// Allow takes a token from the bucket of key. If there is none it says how long
// until there will be. Asking for a bucket without a limit is a mistake in the
// program and panics.
func (l *Limiter) Allow(name, key string) (wait time.Duration, ok bool) {
	if l.Exempt(key) {
		return 0, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	limit := l.limit(name)
	b := l.bucket(bucketKey{name, key}, limit)
	if b.tokens >= 1 {
		b.tokens--
		return 0, true
	}
	perToken := float64(limit.Per) / float64(limit.N)
	return time.Duration((1 - b.tokens) * perToken), false
}

// Refund gives the token of an Allow back: the try was right, and only wrong
// ones count. Taking first and giving back leaves no gap for many guesses at
// the same moment.
func (l *Limiter) Refund(name, key string) {
	if l.Exempt(key) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	limit := l.limit(name)
	b := l.bucket(bucketKey{name, key}, limit)
	b.tokens = min(b.tokens+1, float64(limit.Burst))
}

// Exempt reports whether key, an address or range, is loopback and that is not
// limited.
func (l *Limiter) Exempt(key string) bool {
	if !l.opt.ExemptLoopback {
		return false
	}
	address, _, _ := strings.Cut(key, "/")
	ip, err := netip.ParseAddr(address)
	return err == nil && (ip.Unmap().IsLoopback() || key == "::/64") // ::1 cut to /64
}

func (l *Limiter) limit(name string) Limit {
	limit, ok := l.opt.Limits[name]
	if !ok || limit.N < 1 || limit.Per <= 0 {
		panic(fmt.Sprintf("no limit for %q", name))
	}
	if limit.Burst == 0 {
		limit.Burst = limit.N
	}
	return limit
}

// bucket finds or makes a bucket and fills it up to now.
func (l *Limiter) bucket(at bucketKey, limit Limit) *bucket {
	now := l.opt.Now()
	e, ok := l.known[at]
	if !ok {
		if l.recent.Len() >= l.opt.Most {
			oldest := l.recent.Remove(l.recent.Back()).(*bucket)
			delete(l.known, oldest.at)
		}
		e = l.recent.PushFront(&bucket{at: at, tokens: float64(limit.Burst), filled: now})
		l.known[at] = e
	}
	l.recent.MoveToFront(e)
	b := e.Value.(*bucket)
	if passed := now.Sub(b.filled); passed > 0 {
		b.tokens = min(float64(limit.Burst), b.tokens+float64(limit.N)*float64(passed)/float64(limit.Per))
		b.filled = now
	}
	return b
}
