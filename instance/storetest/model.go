// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"polder/instance/store"
)

// model compares random transactions with a map that is copied per transaction.
func model(t *testing.T, s suite) {
	e, err := s.open(t.TempDir())
	if err != nil {
		t.Fatalf("opening: %v", err)
	}
	defer e.Close()
	tables := 0
	rapid.Check(t, func(rt *rapid.T) {
		tables++
		table := fmt.Sprintf("table %d", tables)
		committed := map[string]string{}
		for range rapid.IntRange(1, 6).Draw(rt, "transactions") {
			fails := rapid.IntRange(0, 3).Draw(rt, "fails") == 0
			working := maps.Clone(committed)
			err := e.Update(context.Background(), func(w store.Writer) error {
				for range rapid.IntRange(0, 40).Draw(rt, "steps") {
					modelStep(rt, w, table, working)
				}
				if fails {
					return errRehearsal
				}
				return nil
			})
			if fails != errors.Is(err, errRehearsal) || !fails && err != nil {
				rt.Fatalf("update: %v", err)
			}
			if !fails {
				committed = working
			}
		}
		err := e.View(context.Background(), func(r store.Reader) error {
			modelScan(rt, r, table, committed, store.Range{})
			return nil
		})
		if err != nil {
			rt.Fatalf("view: %v", err)
		}
	})
}

var modelKey = rapid.StringMatching(`[abc]{1,3}|k[0-9]{2}x{200}`)

func modelStep(rt *rapid.T, w store.Writer, table string, m map[string]string) {
	key := modelKey.Draw(rt, "key")
	value := rapid.StringMatching(`v{0,3}|w{500}`).Draw(rt, "value")
	old, had := m[key]
	switch rapid.IntRange(0, 5).Draw(rt, "step") {
	case 0:
		got, err := w.Get(table, []byte(key))
		if had && (err != nil || string(got) != old) || !had && !errors.Is(err, store.ErrNotFound) {
			rt.Fatalf("Get(%q) = %q, %v; the map says %q, %t", key, got, err, old, had)
		}
	case 1:
		if err := w.Put(table, []byte(key), []byte(value)); err != nil {
			rt.Fatalf("Put(%q): %v", key, err)
		}
		m[key] = value
	case 2:
		err := w.Insert(table, []byte(key), []byte(value))
		if had != errors.Is(err, store.ErrExists) || !had && err != nil {
			rt.Fatalf("Insert(%q) = %v; the map says %t", key, err, had)
		}
		if !had {
			m[key] = value
		}
	case 3:
		if err := w.Delete(table, []byte(key)); err != nil {
			rt.Fatalf("Delete(%q): %v", key, err)
		}
		delete(m, key)
	case 4:
		modelScan(rt, w, table, m, modelRange(rt))
	case 5: // many, so that pages split and become empty
		for i := range 60 {
			key := fmt.Sprintf("k%02d", i) + string(make([]byte, 200))
			if had = i%2 == 0; had {
				m[key] = value
				if err := w.Put(table, []byte(key), []byte(value)); err != nil {
					rt.Fatal(err)
				}
				continue
			}
			delete(m, key)
			if err := w.Delete(table, []byte(key)); err != nil {
				rt.Fatal(err)
			}
		}
	}
}

func modelRange(rt *rapid.T) store.Range {
	bound := func(name string) []byte {
		if rapid.Bool().Draw(rt, name+" set") {
			return []byte(modelKey.Draw(rt, name))
		}
		return nil
	}
	return store.Range{
		From: bound("from"), To: bound("to"),
		Reverse: rapid.Bool().Draw(rt, "reverse"), Limit: rapid.IntRange(0, 5).Draw(rt, "limit"),
	}
}

func modelScan(rt *rapid.T, r store.Reader, table string, m map[string]string, rg store.Range) {
	var want []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if k >= string(rg.From) && (rg.To == nil || k < string(rg.To)) {
			want = append(want, k)
		}
	}
	if rg.Reverse {
		slices.Reverse(want)
	}
	if rg.Limit > 0 && len(want) > rg.Limit {
		want = want[:rg.Limit]
	}
	var got []string
	for kv, err := range r.Scan(table, rg) {
		if err != nil || string(kv.Value) != m[string(kv.Key)] {
			rt.Fatalf("Scan yields %q=%q, %v", kv.Key, kv.Value, err)
		}
		got = append(got, string(kv.Key))
	}
	if !slices.Equal(got, want) {
		rt.Fatalf("Scan(%+v)\n got %q\nwant %q", rg, got, want)
	}
}
