// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"sync"
	"time"
)

// Limit is a token bucket: Burst at once, then Burst again per Every.
type Limit struct {
	Burst int
	Every time.Duration
}

// DefaultLimits are the limits of security.md 4.4 by the name of their bucket.
// An unknown name is limited like pages.
func DefaultLimits() map[string]Limit {
	return map[string]Limit{
		"pages":         {600, time.Minute},
		"inbox":         {300, 3 * time.Second},  // unverified, per address
		"inbox-host":    {200, 10 * time.Second}, // verified, per signing host
		"bad-signature": {60, time.Minute},
		"login":         {5, 15 * time.Minute},
		"code":          {5, 15 * time.Minute}, // wrong letter codes
		"votes":         {120, time.Minute},
	}
}

// maxBuckets bounds what the limits remember. Full buckets are forgotten first;
// should all be in use, new keys share one bucket per name.
const maxBuckets = 100_000

// Limits is the Limiter of an instance, in memory. It is safe for concurrent use.
type Limits struct {
	limits map[string]Limit
	now    func() time.Time

	mu      sync.Mutex
	buckets map[bucketKey]bucket
	swept   time.Time
}

type bucketKey struct{ name, key string }

// bucket holds when it will be full again; what is missing follows from that.
type bucket struct{ full time.Time }

// NewLimits takes the limits by name and a clock.
func NewLimits(limits map[string]Limit, now func() time.Time) *Limits {
	return &Limits{limits: limits, now: now, buckets: map[bucketKey]bucket{}}
}

// Allow takes one token, or tells how long to wait for one.
func (l *Limits) Allow(name, key string) (wait time.Duration, ok bool) {
	limit, known := l.limits[name]
	if !known {
		limit = l.limits["pages"]
	}
	if limit.Burst <= 0 {
		return 0, true
	}
	per := limit.Every / time.Duration(limit.Burst)
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.place(bucketKey{name, key}, now)
	full := l.buckets[at].full
	if full.Before(now) {
		full = now
	}
	full = full.Add(per)
	if over := full.Sub(now) - limit.Every; over > 0 {
		return over, false
	}
	l.buckets[at] = bucket{full}
	return 0, true
}

// place finds room for a key.
func (l *Limits) place(at bucketKey, now time.Time) bucketKey {
	if _, there := l.buckets[at]; there || len(l.buckets) < maxBuckets {
		return at
	}
	if now.Sub(l.swept) >= time.Second {
		l.swept = now
		for k, b := range l.buckets {
			if !b.full.After(now) {
				delete(l.buckets, k)
			}
		}
	}
	if len(l.buckets) < maxBuckets {
		return at
	}
	return bucketKey{at.name, ""}
}
