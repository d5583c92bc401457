// SPDX-License-Identifier: EUPL-1.2

package web_test

import (
	"fmt"
	"testing"
	"time"

	"polder/instance/web"
)

func TestLimits(t *testing.T) {
	now := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	l := web.NewLimits(map[string]web.Limit{"pages": {10, time.Minute}, "code": {5, 15 * time.Minute}}, func() time.Time { return now })
	for i := range 5 {
		if _, ok := l.Allow("code", "a"); !ok {
			t.Fatalf("try %d is refused", i+1)
		}
	}
	wait, ok := l.Allow("code", "a")
	if ok || wait != 3*time.Minute {
		t.Errorf("the sixth try: %v, wait %v", ok, wait)
	}
	if _, ok := l.Allow("code", "b"); !ok {
		t.Error("another address is refused too")
	}
	if _, ok := l.Allow("pages", "a"); !ok {
		t.Error("another bucket is refused too")
	}
	now = now.Add(wait)
	if _, ok := l.Allow("code", "a"); !ok {
		t.Error("refused after the wait that was announced")
	}
	if _, ok := l.Allow("code", "a"); ok {
		t.Error("the wait gave more than one try")
	}
	now = now.Add(time.Hour)
	for i := range 10 {
		if _, ok := l.Allow("unheard of", "a"); !ok {
			t.Fatalf("an unknown name is limited like pages, but request %d is refused", i+1)
		}
	}
	if _, ok := l.Allow("unheard of", "a"); ok {
		t.Error("an unknown name is not limited")
	}
}

func TestLimitsAreBounded(t *testing.T) {
	now := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	l := web.NewLimits(map[string]web.Limit{"pages": {2, time.Minute}}, func() time.Time { return now })
	for i := range 100_000 {
		l.Allow("pages", fmt.Sprint(i))
	}
	refused := 0
	for i := range 10 {
		if _, ok := l.Allow("pages", fmt.Sprintf("new %d", i)); !ok {
			refused++
		}
	}
	if refused != 8 {
		t.Errorf("%d of 10 new keys refused, want them to share a bucket of 2", refused)
	}
	now = now.Add(2 * time.Minute)
	for i := range 10 {
		if _, ok := l.Allow("pages", fmt.Sprintf("new %d", i)); !ok {
			t.Error("refused although old buckets are full again")
		}
	}
}

func BenchmarkLimits(b *testing.B) {
	l := web.NewLimits(web.DefaultLimits(), time.Now)
	for i := range b.N {
		l.Allow("pages", "192.0.2."+string(rune('0'+i%10)))
	}
}
