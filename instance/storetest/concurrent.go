// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"polder/instance/store"
)

func oneInsertWins(t *testing.T, s suite) {
	e := s.fresh(t)
	for round := range 5 {
		key := fmt.Appendf(nil, "key %d", round)
		var wg sync.WaitGroup
		var won, lost atomic.Int32
		for i := range 32 {
			wg.Go(func() {
				err := e.Update(context.Background(), func(w store.Writer) error {
					return w.Insert("t", key, fmt.Append(nil, i))
				})
				switch {
				case err == nil:
					won.Add(1)
				case errors.Is(err, store.ErrExists):
					lost.Add(1)
				default:
					t.Errorf("insert: %v", err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 || lost.Load() != 31 {
			t.Errorf("%d won and %d lost, want 1 and 31", won.Load(), lost.Load())
		}
	}
}

func cancelled(t *testing.T, s suite) {
	e, check := tidy(t, s)
	over, cancel := context.WithCancel(context.Background())
	cancel()
	if err := e.Update(over, mess(func() error { return nil })); !errors.Is(err, context.Canceled) {
		t.Errorf("Update answers %v, want context.Canceled", err)
	}
	check()
	if err := e.View(over, func(store.Reader) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("View answers %v, want context.Canceled", err)
	}
	if err := e.Backup(over, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("Backup answers %v, want context.Canceled", err)
	}
	during, cancel := context.WithCancel(context.Background())
	err := e.Update(during, mess(func() error { cancel(); return nil }))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Update cancelled in fn answers %v, want context.Canceled", err)
	}
	check()
}

func snapshot(t *testing.T, s suite) {
	e := s.fresh(t)
	put(t, e, "t", "a", "1", "b", "1")
	raw := e.(twice).engine // the handshake below fits a function run once
	inside, changed := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(changed)
		<-inside
		put(t, e, "t", "a", "2", "c", "2")
	}()
	view(t, raw, func(r store.Reader) error {
		before := content(t, r, "t", store.Range{})
		close(inside)
		<-changed
		if after := content(t, r, "t", store.Range{}); !slices.Equal(before, after) {
			t.Errorf("the view changed from %q to %q", before, after)
		}
		return nil
	})
	if got := whole(t, e, "t"); !slices.Equal(got, []string{"a=2", "b=1", "c=2"}) {
		t.Errorf("afterwards %q", got)
	}
}

func viewAfterUpdate(t *testing.T, s suite) {
	e := s.fresh(t)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			key := fmt.Append(nil, g)
			for i := range 20 {
				want := fmt.Append(nil, i)
				err := e.Update(context.Background(), func(w store.Writer) error { return w.Put("t", key, want) })
				if err != nil {
					t.Errorf("update: %v", err)
				}
				view(t, e, func(r store.Reader) error {
					if got, err := r.Get("t", key); string(got) != string(want) {
						t.Errorf("read %q, %v after writing %q", got, err, want)
					}
					return nil
				})
			}
		})
	}
	wg.Wait()
}

func endedTransaction(t *testing.T, s suite) {
	e := s.fresh(t)
	put(t, e, "t", "a", "1")
	var late []store.Reader
	var w store.Writer
	update(t, e, func(x store.Writer) error { w = x; return nil })
	view(t, e, func(x store.Reader) error { late = []store.Reader{x, w}; return nil })
	for _, r := range late {
		if _, err := r.Get("t", []byte("a")); !errors.Is(err, store.ErrClosed) {
			t.Errorf("Get answers %v, want ErrClosed", err)
		}
		for _, err := range r.Scan("t", store.Range{}) {
			if !errors.Is(err, store.ErrClosed) {
				t.Errorf("Scan yields %v, want ErrClosed", err)
			}
		}
	}
	if err := w.Put("t", []byte("a"), nil); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Put answers %v, want ErrClosed", err)
	}
}

func closedStore(t *testing.T, s suite) {
	e := s.fresh(t)
	put(t, e, "t", "a", "1")
	if err := e.Close(); err != nil {
		t.Fatalf("closing: %v", err)
	}
	for name, err := range map[string]error{
		"View":   e.View(context.Background(), func(store.Reader) error { return nil }),
		"Update": e.Update(context.Background(), func(store.Writer) error { return nil }),
		"Backup": e.Backup(context.Background(), io.Discard),
	} {
		if !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s answers %v, want ErrClosed", name, err)
		}
	}
}

// add is the classical lost update, if the engine allows it.
func add(w store.Writer, key string, n uint64) error {
	stored, err := w.Get("counters", []byte(key))
	if errors.Is(err, store.ErrNotFound) {
		stored, err = make([]byte, 8), nil
	}
	if err != nil {
		return err
	}
	return w.Put("counters", []byte(key), binary.BigEndian.AppendUint64(nil, binary.BigEndian.Uint64(stored)+n))
}

func increments(t *testing.T, s suite) {
	e := s.fresh(t)
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			for range 5 {
				err := e.Update(context.Background(), func(w store.Writer) error { return add(w, "n", 1) })
				if err != nil {
					t.Errorf("update: %v", err)
				}
			}
		})
	}
	wg.Wait()
	view(t, e, func(r store.Reader) error {
		got, err := r.Get("counters", []byte("n"))
		if err != nil || binary.BigEndian.Uint64(got) != 500 {
			t.Errorf("counter is %v, %v, want 500", got, err)
		}
		return nil
	})
}
