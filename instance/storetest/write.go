// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"polder/instance/store"
)

func emptyTable(t *testing.T, s suite) {
	e := s.fresh(t)
	view(t, e, func(r store.Reader) error {
		if _, err := r.Get("nothing", []byte("k")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Get answers %v, want ErrNotFound", err)
		}
		if list := content(t, r, "nothing", store.Range{}); len(list) != 0 {
			t.Errorf("Scan yields %q", list)
		}
		return nil
	})
	update(t, e, func(w store.Writer) error { return w.Delete("nothing", []byte("k")) })
}

func ownWrites(t *testing.T, s suite) {
	e := s.fresh(t)
	put(t, e, "t", "a", "old", "b", "old")
	update(t, e, func(w store.Writer) error {
		if err := errors.Join(
			w.Put("t", []byte("a"), []byte("new")),
			w.Delete("t", []byte("b")),
			w.Insert("t", []byte("b"), []byte("again")),
			w.Insert("t", []byte("c"), []byte("new")),
		); err != nil {
			return err
		}
		if err := w.Insert("t", []byte("c"), []byte("x")); !errors.Is(err, store.ErrExists) {
			t.Errorf("second Insert in one transaction answers %v, want ErrExists", err)
		}
		got, err := w.Get("t", []byte("a"))
		if string(got) != "new" {
			t.Errorf("Get = %q, %v", got, err)
		}
		want := []string{"a=new", "b=again", "c=new"}
		if list := content(t, w, "t", store.Range{}); !slices.Equal(list, want) {
			t.Errorf("Scan = %q, want %q", list, want)
		}
		return nil
	})
}

// mess writes all over table t and then does end.
func mess(end func() error) func(store.Writer) error {
	return func(w store.Writer) error {
		if err := errors.Join(
			w.Put("t", []byte("kept"), []byte("spoilt")),
			w.Put("t", []byte("kept"), []byte("spoilt again")),
			w.Delete("t", []byte("also kept")),
			w.Insert("t", []byte("new"), []byte("x")),
			w.Delete("t", []byte("new")),
			w.Insert("t", []byte("new"), []byte("y")),
			w.Put("other", []byte("new"), nil),
		); err != nil {
			return err
		}
		return end()
	}
}

// tidy is the store that mess must leave as it was.
func tidy(t *testing.T, s suite) (e store.Engine, check func()) {
	e = s.fresh(t)
	put(t, e, "t", "kept", "1", "also kept", "2")
	return e, func() {
		t.Helper()
		want := []string{"also kept=2", "kept=1"}
		if got := whole(t, e, "t"); !slices.Equal(got, want) {
			t.Errorf("left behind %q, want %q", got, want)
		}
		if got := whole(t, e, "other"); len(got) != 0 {
			t.Errorf("left behind %q", got)
		}
	}
}

func errorLeavesNothing(t *testing.T, s suite) {
	e, check := tidy(t, s)
	mine := errors.New("mine")
	err := e.Update(context.Background(), mess(func() error { return mine }))
	if !errors.Is(err, mine) {
		t.Errorf("Update answers %v, want the error of fn", err)
	}
	check()
}

func panicLeavesNothing(t *testing.T, s suite) {
	e, check := tidy(t, s)
	func() {
		defer func() {
			if got := recover(); got != "mine" {
				t.Errorf("recovered %v, want the value of the panic", got)
			}
		}()
		e.Update(context.Background(), mess(func() error { panic("mine") }))
		t.Error("Update returned after a panic in fn")
	}()
	check()
	put(t, e, "t", "kept", "1") // and the engine goes on
}

func goexitLeavesNothing(t *testing.T, s suite) {
	e, check := tidy(t, s)
	done := make(chan struct{})
	go func() {
		defer close(done)
		e.Update(context.Background(), mess(func() error { runtime.Goexit(); return nil }))
	}()
	<-done
	check()
	put(t, e, "t", "kept", "1")
}

// neighbours: updates that run at the same time may share a commit; each still
// stands or falls alone.
func neighbours(t *testing.T, s suite) {
	e := s.fresh(t)
	const n = 48
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			defer func() { recover() }()
			err := e.Update(context.Background(), func(w store.Writer) error {
				if err := w.Put("t", fmt.Appendf(nil, "%02d", i), []byte("x")); err != nil {
					return err
				}
				if err := w.Put("last", []byte("writer"), fmt.Append(nil, i)); err != nil {
					return err
				}
				switch i % 3 {
				case 1:
					return errRehearsal
				case 2:
					panic("mine")
				}
				return nil
			})
			if i%3 == 0 && err != nil {
				t.Errorf("update %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	var want []string
	for i := 0; i < n; i += 3 {
		want = append(want, fmt.Sprintf("%02d=x", i))
	}
	if got := whole(t, e, "t"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	last := -1
	if got := whole(t, e, "last"); len(got) == 1 {
		fmt.Sscanf(got[0], "writer=%d", &last)
	}
	if last < 0 || last%3 != 0 {
		t.Errorf("the last writer is %d, one that failed", last)
	}
}

func copies(t *testing.T, s suite) {
	e := s.fresh(t)
	update(t, e, func(w store.Writer) error {
		key, value := []byte("k"), []byte("v")
		err := w.Put("t", key, value)
		key[0], value[0] = 'x', 'x'
		key2, value2 := []byte("l"), []byte("v")
		err = errors.Join(err, w.Insert("t", key2, value2))
		key2[0], value2[0] = 'x', 'x'
		return err
	})
	scribble := func(r store.Reader) {
		got, err := r.Get("t", []byte("k"))
		if string(got) != "v" {
			t.Fatalf("Get = %q, %v: the engine kept the caller's slice", got, err)
		}
		copy(got, "x")
		_ = append(got, "overflow"...)
		for kv, err := range r.Scan("t", store.Range{}) {
			if err != nil {
				t.Fatal(err)
			}
			copy(kv.Key, "x")
			copy(kv.Value, "x")
			_ = append(kv.Key, "overflow"...)
		}
	}
	update(t, e, func(w store.Writer) error { scribble(w); return nil })
	view(t, e, func(r store.Reader) error { scribble(r); return nil })
	var kept []store.KV
	view(t, e, func(r store.Reader) error {
		kept = nil
		for kv := range r.Scan("t", store.Range{}) {
			kept = append(kept, kv)
		}
		return nil
	})
	put(t, e, "t", "k", "w", "l", "w")
	if len(kept) != 2 || !bytes.Equal(kept[0].Value, []byte("v")) || !bytes.Equal(kept[1].Key, []byte("l")) {
		t.Errorf("slices read in a view changed after it: %q", kept)
	}
}

func sizes(t *testing.T, s suite) {
	e := s.fresh(t)
	key := bytes.Repeat([]byte("k"), store.MaxKey)
	value := bytes.Repeat([]byte("v"), store.MaxValue)
	update(t, e, func(w store.Writer) error {
		return errors.Join(w.Put("t", key, value), w.Put("t", []byte{0}, nil), w.Insert("t", []byte{0xff}, []byte{}))
	})
	view(t, e, func(r store.Reader) error {
		if got, err := r.Get("t", key); err != nil || !bytes.Equal(got, value) {
			t.Errorf("largest pair: %d bytes, %v", len(got), err)
		}
		for _, k := range []byte{0, 0xff} {
			if got, err := r.Get("t", []byte{k}); err != nil || got == nil || len(got) != 0 {
				t.Errorf("empty value: %v, %v; want not nil", got, err)
			}
		}
		return nil
	})
	for name, c := range map[string]struct {
		table      string
		key, value []byte
		want       error
	}{
		"no table":       {"", []byte("k"), nil, store.ErrKey},
		"no key":         {"t", nil, nil, store.ErrKey},
		"key too long":   {"t", append(key, 'k'), nil, store.ErrKey},
		"value too long": {"t", []byte("k"), append(value, 'v'), store.ErrTooLarge},
	} {
		update(t, e, func(w store.Writer) error {
			for _, err := range []error{w.Put(c.table, c.key, c.value), w.Insert(c.table, c.key, c.value)} {
				if !errors.Is(err, c.want) {
					t.Errorf("%s: writing answers %v, want %v", name, err, c.want)
				}
			}
			if c.want == store.ErrKey {
				if _, err := w.Get(c.table, c.key); !errors.Is(err, c.want) {
					t.Errorf("%s: Get answers %v", name, err)
				}
				if err := w.Delete(c.table, c.key); !errors.Is(err, c.want) {
					t.Errorf("%s: Delete answers %v", name, err)
				}
			}
			return nil
		})
	}
}
