// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestTriesAtTheSameMoment: guesses that arrive together do not pass together.
func TestTriesAtTheSameMoment(t *testing.T) {
	at := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	x := newTries(5, 15*time.Minute, func() time.Time { return at })
	var passed atomic.Int64
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			if _, ok := x.take("a"); ok {
				passed.Add(1)
			}
		})
	}
	wg.Wait()
	if passed.Load() != 5 {
		t.Errorf("%d guesses passed", passed.Load())
	}
	if _, ok := x.take("b"); !ok {
		t.Error("another address has to wait")
	}
	x.giveBack("a")
	if _, ok := x.take("a"); !ok {
		t.Error("a right code was not given back")
	}
	at = at.Add(10 * time.Minute)
	if wait, ok := x.take("a"); ok || wait != 5*time.Minute {
		t.Errorf("wait %s", wait)
	}
	at = at.Add(5 * time.Minute)
	if _, ok := x.take("a"); !ok {
		t.Error("the window does not end")
	}
}

func TestTriesForgetOldAddresses(t *testing.T) {
	at := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	x := newTries(1, time.Minute, func() time.Time { return at })
	for i := range mostAddresses {
		x.take(time.Duration(i).String())
	}
	at = at.Add(time.Minute)
	x.take("new")
	if len(x.byKey) != 1 {
		t.Errorf("%d addresses are remembered", len(x.byKey))
	}
}
