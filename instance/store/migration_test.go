// SPDX-License-Identifier: EUPL-1.2

package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"polder/instance/boltstore"
	"polder/instance/store"
)

// mark is a migration that leaves a trace.
func mark(key string) func(store.Writer) error {
	return func(w store.Writer) error { return w.Insert("marks", []byte(key), nil) }
}

func marks(t *testing.T, e store.Engine) (list string, schema int) {
	t.Helper()
	err := e.View(context.Background(), func(r store.Reader) (err error) {
		list = ""
		for kv, err := range r.Scan("marks", store.Range{}) {
			if err != nil {
				return err
			}
			list += string(kv.Key)
		}
		schema, err = store.Schema(r)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list, schema
}

func boltEngine(t *testing.T, path string) store.Engine {
	t.Helper()
	e, err := boltstore.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func TestMigrationsRunOnceAndInOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "polder.db")
	e := boltEngine(t, path)
	ctx := context.Background()
	one, two, three := mark("1"), mark("2"), mark("3")
	for _, steps := range [][]func(store.Writer) error{{one}, {one}, {one, two, three}, {one, two, three}} {
		if _, err := store.OpenWith(ctx, e, steps); err != nil {
			t.Fatal(err)
		}
	}
	if list, schema := marks(t, e); list != "123" || schema != 3 {
		t.Errorf("ran %s, schema %d", list, schema)
	}
	// the copy taken before the second migration has the first schema
	if list, schema := marks(t, boltEngine(t, path+".schema-1")); list != "1" || schema != 1 {
		t.Errorf("the safety copy holds %s, schema %d", list, schema)
	}
	if _, err := os.Stat(path + ".schema-3"); err == nil {
		t.Error("a copy was made although nothing had to be migrated")
	}
	if _, err := store.OpenWith(ctx, e, []func(store.Writer) error{one, two}); !errors.Is(err, store.ErrNewerSchema) {
		t.Errorf("an older program answers %v, want ErrNewerSchema", err)
	}
}

func TestFailedMigrationContinuesWhereItWas(t *testing.T) {
	e := boltEngine(t, filepath.Join(t.TempDir(), "polder.db"))
	ctx := context.Background()
	mine := errors.New("mine")
	halfway := func(w store.Writer) error { return errors.Join(mark("x")(w), mine) }
	if _, err := store.OpenWith(ctx, e, []func(store.Writer) error{mark("1"), halfway, mark("3")}); !errors.Is(err, mine) {
		t.Fatalf("a failing migration answers %v", err)
	}
	if list, schema := marks(t, e); list != "1" || schema != 1 {
		t.Errorf("left %s, schema %d; want the step before the failure", list, schema)
	}
	if _, err := store.OpenWith(ctx, e, []func(store.Writer) error{mark("1"), mark("2"), mark("3")}); err != nil {
		t.Fatal(err)
	}
	if list, schema := marks(t, e); list != "123" || schema != 3 {
		t.Errorf("ended with %s, schema %d", list, schema)
	}
}

func TestOpenLeavesTheSchemaOfThisProgram(t *testing.T) {
	e := boltEngine(t, filepath.Join(t.TempDir(), "polder.db"))
	if _, err := store.Open(context.Background(), e); err != nil {
		t.Fatal(err)
	}
	if _, schema := marks(t, e); schema != len(store.Migrations) {
		t.Errorf("schema %d, want %d", schema, len(store.Migrations))
	}
}
