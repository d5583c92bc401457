// SPDX-License-Identifier: EUPL-1.2

package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"polder/instance/boltstore"
	"polder/instance/store"
	"polder/instance/storetest"
)

type note struct {
	Title string   `json:"title"`
	Tags  []string `json:"tags,omitempty"`
	Body  []byte   `json:"body,omitempty"`
}

var notes = store.Kind[note]{
	Table:   "notes",
	Version: 1,
	Indexes: []store.Index[note]{
		{Name: "tag", Keys: func(key string, n note) []string { return n.Tags }},
		{Name: "title", Unique: true, Keys: func(key string, n note) []string {
			if n.Title == "" {
				return nil
			}
			return []string{store.Key(n.Title)}
		}},
	},
}

func openStore(t *testing.T) *store.Store {
	t.Helper()
	e, err := boltstore.Open(filepath.Join(t.TempDir(), "polder.db"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(context.Background(), storetest.Twice(e))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func update(t *testing.T, s *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	if err := s.Update(context.Background(), fn); err != nil {
		t.Fatalf("update: %v", err)
	}
}

func view(t *testing.T, s *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	if err := s.View(context.Background(), fn); err != nil {
		t.Fatalf("view: %v", err)
	}
}

// keys lists the keys of rows.
func keys(t *testing.T, x store.Records[note], q store.Query) []string {
	t.Helper()
	list := []string{}
	for row, err := range x.Find(q) {
		if err != nil {
			t.Fatalf("finding %+v: %v", q, err)
		}
		list = append(list, row.Key)
	}
	return list
}

func TestRecordsReadBack(t *testing.T) {
	s := openStore(t)
	want := note{Title: "<b>&\u2028", Tags: []string{"x"}, Body: []byte("{ \"signed\" :  1 }\n\xff")}
	update(t, s, func(tx *store.Tx) error {
		x := notes.In(tx)
		if _, err := x.Get("a"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Get of nothing answers %v", err)
		}
		if has, err := x.Has("a"); has || err != nil {
			t.Errorf("Has of nothing answers %t, %v", has, err)
		}
		return x.Insert("a", want)
	})
	update(t, s, func(tx *store.Tx) error {
		x := notes.In(tx)
		if err := x.Insert("a", note{}); !errors.Is(err, store.ErrExists) {
			t.Errorf("second Insert answers %v, want ErrExists", err)
		}
		if err := x.Modify("b", func(*note) error { return nil }); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Modify of nothing answers %v", err)
		}
		return x.Modify("a", func(n *note) error { n.Tags = nil; return nil })
	})
	want.Tags = nil
	view(t, s, func(tx *store.Tx) error {
		x := notes.In(tx)
		got, err := x.Get("a")
		if got.Title != want.Title || got.Tags != nil || string(got.Body) != string(want.Body) {
			t.Errorf("got %+v, want %+v", got, want)
		}
		for name, err := range map[string]error{
			"Put": x.Put("a", want), "Insert": x.Insert("c", want), "Delete": x.Delete("a"),
		} {
			if !errors.Is(err, store.ErrReadOnly) {
				t.Errorf("%s in a View answers %v, want ErrReadOnly", name, err)
			}
		}
		return err
	})
}

func TestErrorsNameTheRecord(t *testing.T) {
	s := openStore(t)
	view(t, s, func(tx *store.Tx) error {
		_, err := notes.In(tx).Get(store.Key("a", "b"))
		if err == nil || !strings.Contains(err.Error(), `notes "a/b"`) {
			t.Errorf("got %v", err)
		}
		return nil
	})
}

func TestQueries(t *testing.T) {
	s := openStore(t)
	update(t, s, func(tx *store.Tx) error {
		var err error
		for i, tags := range []string{"blue", "red", "red blue", "", "red", "redder"} {
			key := store.Key("n", fmt.Sprint(i))
			err = errors.Join(err, notes.In(tx).Put(key, note{Title: fmt.Sprint("t", i), Tags: strings.Fields(tags)}))
		}
		return err
	})
	k := func(ids ...int) []string {
		list := []string{}
		for _, i := range ids {
			list = append(list, store.Key("n", fmt.Sprint(i)))
		}
		return list
	}
	view(t, s, func(tx *store.Tx) error {
		x := notes.In(tx)
		for _, c := range []struct {
			q    store.Query
			want []string
		}{
			{store.Query{}, k(0, 1, 2, 3, 4, 5)},
			{store.Query{Prefix: store.Prefix("n"), Reverse: true, Limit: 2}, k(5, 4)},
			{store.Query{Prefix: store.Prefix("m")}, k()},
			{store.Query{Prefix: store.Prefix("n"), From: store.Key("n", "3")}, k(3, 4, 5)},
			{store.Query{Prefix: store.Prefix("n"), From: store.Key("a")}, k(0, 1, 2, 3, 4, 5)},
			{store.Query{Prefix: store.Prefix("n"), To: store.Key("n", "2")}, k(0, 1)},
			{store.Query{Prefix: store.Prefix("n"), To: store.Key("z")}, k(0, 1, 2, 3, 4, 5)},
			{store.Query{Prefix: store.Prefix("n"), To: store.Key("n", "2"), Reverse: true}, k(1, 0)},
			{store.Query{Index: "tag", Prefix: store.Prefix("red")}, k(1, 2, 4)},
			{store.Query{Index: "tag", Prefix: "red"}, k(1, 2, 4, 5)},
			{store.Query{Index: "tag", Prefix: store.Prefix("red"), Reverse: true, Limit: 1}, k(4)},
			{store.Query{Index: "tag"}, k(0, 2, 1, 2, 4, 5)},
			{store.Query{Index: "title", Prefix: "t3"}, k(3)},
		} {
			if got := keys(t, x, c.q); !slices.Equal(got, c.want) {
				t.Errorf("%+v: got %q, want %q", c.q, got, c.want)
			}
		}
		if row, err := x.First(store.Query{Index: "tag", Prefix: store.Prefix("red")}); row.Value.Title != "t1" {
			t.Errorf("First = %+v, %v", row, err)
		}
		if _, err := x.First(store.Query{Index: "tag", Prefix: "green"}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("First of nothing answers %v", err)
		}
		if row, err := x.Only("title", store.Key("t2")); row.Key != store.Key("n", "2") {
			t.Errorf("Only = %+v, %v", row, err)
		}
		if _, err := x.Only("title", store.Key("t")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Only of nothing answers %v", err)
		}
		for _, err := range x.By("colour", "") {
			if err == nil {
				t.Error("an undeclared index answers")
			}
		}
		if n, err := x.Count(store.Prefix("n")); n != 6 {
			t.Errorf("Count = %d, %v", n, err)
		}
		if all, err := store.Collect(x.List("")); len(all) != 6 || all[5].Title != "t5" {
			t.Errorf("Collect = %+v, %v", all, err)
		}
		return nil
	})
}

func TestUniqueIndexRefusesASecondHolder(t *testing.T) {
	s := openStore(t)
	update(t, s, func(tx *store.Tx) error {
		x := notes.In(tx)
		return errors.Join(x.Put("a", note{Title: "one"}), x.Put("b", note{Title: "two"}), x.Put("c", note{}), x.Put("d", note{}))
	})
	for name, write := range map[string]func(store.Records[note]) error{
		"Put":    func(x store.Records[note]) error { return x.Put("b", note{Title: "one"}) },
		"Insert": func(x store.Records[note]) error { return x.Insert("e", note{Title: "one"}) },
	} {
		err := s.Update(context.Background(), func(tx *store.Tx) error { return write(notes.In(tx)) })
		if !errors.Is(err, store.ErrExists) {
			t.Errorf("%s answers %v, want ErrExists", name, err)
		}
	}
	update(t, s, func(tx *store.Tx) error {
		x := notes.In(tx)
		return errors.Join(x.Delete("a"), x.Put("b", note{Title: "one"}), x.Put("b", note{Title: "one"}))
	})
}

func TestIterationReportsDamage(t *testing.T) {
	s := openStore(t)
	update(t, s, func(tx *store.Tx) error {
		x := notes.In(tx)
		_, w := store.Byte(tx)
		return errors.Join(
			x.Put("a", note{}), x.Put("c", note{}),
			w.Put("notes", []byte("b"), []byte("\x01{not json")),
			w.Put("notes.tag", []byte("lost\x00gone"), []byte("gone")),
		)
	})
	view(t, s, func(tx *store.Tx) error {
		var seen []string
		var last error
		for row, err := range notes.In(tx).List("") {
			seen, last = append(seen, row.Key), err
		}
		if !errors.Is(last, store.ErrCorrupt) || !slices.Equal(seen, []string{"a", "b"}) {
			t.Errorf("listed %q, then %v; want the damage to end the list", seen, last)
		}
		if _, err := store.Collect(notes.In(tx).By("tag", "")); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("an index entry without a record answers %v", err)
		}
		return nil
	})
}

// Whatever is done to records, every index finds exactly what a search through
// all records would find.
func TestIndexesFollowTheRecords(t *testing.T) {
	s := openStore(t)
	table := 0
	rapid.Check(t, func(rt *rapid.T) {
		table++
		kind := notes
		kind.Table = fmt.Sprint("notes", table)
		want := map[string]note{}
		id := rapid.StringMatching(`[a-e]`)
		err := s.Update(context.Background(), func(tx *store.Tx) error {
			clear(want)
			x := kind.In(tx)
			for range 30 {
				key := id.Draw(rt, "key")
				n := note{Tags: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"x", "xy", "y", "z"}), 0, 3, rapid.ID).Draw(rt, "tags")}
				if rapid.IntRange(0, 3).Draw(rt, "delete") == 0 {
					delete(want, key)
					if err := x.Delete(key); err != nil {
						return err
					}
					continue
				}
				want[key] = n
				if err := x.Put(key, n); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			rt.Fatal(err)
		}
		check := func(tx *store.Tx) error {
			for _, tag := range []string{"x", "xy", "y", "z"} {
				var brute []string
				for _, k := range slices.Sorted(maps.Keys(want)) {
					if slices.Contains(want[k].Tags, tag) {
						brute = append(brute, k)
					}
				}
				if got := keys(t, kind.In(tx), store.Query{Index: "tag", Prefix: store.Prefix(tag)}); !slices.Equal(got, brute) {
					rt.Fatalf("tag %s: index finds %q, search %q", tag, got, brute)
				}
			}
			return nil
		}
		view(t, s, check)
		update(t, s, func(tx *store.Tx) error {
			_, w := store.Byte(tx)
			if err := kind.Reindex(w, "tag"); err != nil {
				return err
			}
			return check(tx)
		})
	})
}

func TestOldValuesAreUpgradedWhenRead(t *testing.T) {
	s := openStore(t)
	update(t, s, func(tx *store.Tx) error { return notes.In(tx).Put("a", note{Title: "one"}) })
	type loud struct{ Heading string }
	upgraded := store.Kind[loud]{Table: "notes", Version: 2, Upgrade: func(version byte, raw []byte) (loud, error) {
		return loud{Heading: fmt.Sprintf("v%d %s", version, raw)}, nil
	}}
	view(t, s, func(tx *store.Tx) error {
		got, err := upgraded.In(tx).Get("a")
		if got.Heading != `v1 {"title":"one"}` {
			t.Errorf("got %+v, %v", got, err)
		}
		without := upgraded
		without.Upgrade = nil
		if _, err := without.In(tx).Get("a"); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("a version that nobody can read answers %v", err)
		}
		return nil
	})
	update(t, s, func(tx *store.Tx) error { return upgraded.In(tx).Put("a", loud{}) })
	view(t, s, func(tx *store.Tx) error {
		if _, err := notes.In(tx).Get("a"); !errors.Is(err, store.ErrNewerSchema) {
			t.Errorf("a newer value answers %v, want ErrNewerSchema", err)
		}
		return nil
	})
}

func TestRawKeepsBytes(t *testing.T) {
	s := openStore(t)
	want := "{ \"a\":\t\"<\" }\n\xff"
	update(t, s, func(tx *store.Tx) error {
		return errors.Join(store.Raw("raw").In(tx).Put("a", []byte(want)), store.Raw("raw").In(tx).Put("b", nil))
	})
	view(t, s, func(tx *store.Tx) error {
		got, err := store.Raw("raw").In(tx).Get("a")
		if string(got) != want {
			t.Errorf("got %q, %v", got, err)
		}
		return err
	})
}

func TestClearDeletesUnderAPrefix(t *testing.T) {
	s := openStore(t)
	update(t, s, func(tx *store.Tx) error {
		x := notes.In(tx)
		var err error
		for i := range 50 {
			err = errors.Join(err, x.Put(store.Key("a", fmt.Sprint(i)), note{Tags: []string{"x"}}))
		}
		return errors.Join(err, x.Put("ab", note{Tags: []string{"x"}}))
	})
	update(t, s, func(tx *store.Tx) error {
		n, err := notes.In(tx).Clear(store.Prefix("a"))
		if n != 50 {
			t.Errorf("cleared %d, want 50", n)
		}
		return err
	})
	view(t, s, func(tx *store.Tx) error {
		if got := keys(t, notes.In(tx), store.Query{Index: "tag"}); !slices.Equal(got, []string{"ab"}) {
			t.Errorf("left %q", got)
		}
		return nil
	})
}
