// SPDX-License-Identifier: EUPL-1.2

package auth_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"polder/instance/auth"
)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func limiter(c *clock, change func(*auth.LimiterOptions)) *auth.Limiter {
	opt := auth.LimiterOptions{Now: c.now, Limits: map[string]auth.Limit{
		"tries": auth.Per(5, 15*time.Minute),
		"burst": {N: 20, Per: time.Second, Burst: 200},
	}}
	if change != nil {
		change(&opt)
	}
	return auth.NewLimiter(opt)
}

// spend takes tokens until there are none, and counts them.
func spend(l *auth.Limiter, bucket, key string) (n int, wait time.Duration) {
	for {
		wait, ok := l.Allow(bucket, key)
		if !ok {
			return n, wait
		}
		n++
	}
}

func TestBucketsFillWithTime(t *testing.T) {
	c := newClock()
	l := limiter(c, nil)
	if n, wait := spend(l, "tries", "a"); n != 5 || wait != 3*time.Minute {
		t.Errorf("%d tries, then wait %v; want 5 and 3m", n, wait)
	}
	if n, _ := spend(l, "tries", "b"); n != 5 {
		t.Errorf("another key has %d tries", n)
	}
	c.pass(2 * time.Minute)
	if n, wait := spend(l, "tries", "a"); n != 0 || wait.Round(time.Second) != time.Minute {
		t.Errorf("after 2m: %d tries, then wait %v; want none and 1m", n, wait)
	}
	c.pass(time.Minute)
	if n, _ := spend(l, "tries", "a"); n != 1 {
		t.Errorf("after 3m: %d tries, want 1", n)
	}
	c.pass(24 * time.Hour)
	if n, _ := spend(l, "tries", "a"); n != 5 {
		t.Errorf("after a day: %d tries, want 5", n)
	}
	if n, wait := spend(l, "burst", "a"); n != 200 || wait != 50*time.Millisecond {
		t.Errorf("burst of %d, then wait %v; want 200 and 50ms", n, wait)
	}
}

func TestRefundGivesATryBack(t *testing.T) {
	l := limiter(newClock(), nil)
	for range 100 {
		if _, ok := l.Allow("tries", "a"); !ok {
			t.Fatal("right tries are counted")
		}
		l.Refund("tries", "a")
	}
	l.Refund("tries", "a")
	if n, _ := spend(l, "tries", "a"); n != 5 {
		t.Errorf("%d tries after refunds, want 5", n)
	}
}

func TestManyAtOnceGetNoMore(t *testing.T) {
	l := limiter(newClock(), nil)
	var got atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, ok := l.Allow("tries", "a"); ok {
				got.Add(1)
			}
		})
	}
	wg.Wait()
	if got.Load() != 5 {
		t.Errorf("%d of 50 at once got through, want 5", got.Load())
	}
}

func TestMemoryIsBounded(t *testing.T) {
	l := limiter(newClock(), func(o *auth.LimiterOptions) { o.Most = 100 })
	spend(l, "tries", "kept")
	for i := range 1000 {
		l.Allow("tries", fmt.Sprint("flood ", i))
		l.Allow("tries", "kept") // in use, so not the longest unused
	}
	if n, _ := spend(l, "tries", "kept"); n != 0 {
		t.Errorf("a flood of keys gave %d new tries", n)
	}
	if n, _ := spend(l, "tries", "flood 0"); n != 5 {
		t.Errorf("the oldest key still counts: %d tries", n)
	}
}

func TestLoopbackIsExemptOnRequestOnly(t *testing.T) {
	for _, exempt := range []bool{false, true} {
		l := limiter(newClock(), func(o *auth.LimiterOptions) { o.ExemptLoopback = exempt })
		for _, key := range []string{"127.0.0.1", "127.0.0.1/32", "127.8.8.8/32", "::1", "::/64", "::ffff:127.0.0.1"} {
			if l.Exempt(key) != exempt {
				t.Errorf("exempt %t: %s is %t", exempt, key, l.Exempt(key))
			}
		}
		for _, key := range []string{"", "localhost", "10.0.0.1", "128.0.0.1/32", "2001:db8::/64", "account anna"} {
			if l.Exempt(key) {
				t.Errorf("%q is exempt", key)
			}
		}
		for i := range 50 {
			if _, ok := l.Allow("tries", "127.0.0.1/32"); ok != (exempt || i < 5) {
				t.Fatalf("exempt %t: try %d is %t", exempt, i, ok)
			}
		}
	}
}

func TestDefaultLimitsAreComplete(t *testing.T) {
	c := newClock()
	l := auth.NewLimiter(auth.LimiterOptions{Now: c.now, Limits: auth.DefaultLimits()})
	for name, want := range map[string]int{"login": 5, "code": 5, "inbox": 300, "inbox-host": 200, "pages": 600, "vote": 120} {
		if n, _ := spend(l, name, "k"); n != want {
			t.Errorf("%s allows %d at once, want %d", name, n, want)
		}
	}
}

func TestUnknownBucketIsAMistake(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a bucket without a limit was used")
		}
	}()
	limiter(newClock(), nil).Allow("no such", "a")
}
