// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"context"
	"io"
	"os"
	"testing"

	"polder/instance/store"
)

// Open opens the engine that lives in dir, making an empty one if there is
// none.
type Open func(dir string) (store.Engine, error)

// Restore makes a new engine in the empty folder dir from a backup.
type Restore func(dir string, backup io.Reader) error

// suite is what the cases need of the engine under test.
type suite struct {
	open    Open
	restore Restore
}

// clauses are the sentences of the contract (spec: architecture.md 4).
var clauses = []struct {
	name string
	test func(*testing.T, suite)
}{
	{"an unwritten table is empty", emptyTable},
	{"a transaction reads its own writes", ownWrites},
	{"an error in fn leaves nothing behind", errorLeavesNothing},
	{"a panic in fn leaves nothing behind and reaches the caller", panicLeavesNothing},
	{"a goroutine that ends in fn leaves nothing behind", goexitLeavesNothing},
	{"a failing update leaves its neighbours alone", neighbours},
	{"slices are copies", copies},
	{"of concurrent inserts of one key exactly one wins", oneInsertWins},
	{"a cancelled context aborts before commit", cancelled},
	{"keys are in bytewise order", bytewise},
	{"a range has bounds, a direction and a limit", ranges},
	{"writes while ranging are allowed", writesWhileRanging},
	{"keys to 512 bytes, values to 4 MiB", sizes},
	{"a view is one snapshot", snapshot},
	{"a view sees every update that returned", viewAfterUpdate},
	{"a transaction ends with its function", endedTransaction},
	{"a closed store says so", closedStore},
	{"100 goroutines incrementing lose nothing", increments},
	{"reopening shows what was committed", reopen},
	{"reopening after a kill shows a prefix of the committed updates", killed},
	{"a backup during writes restores", backup},
	{"random use agrees with a map", model},
}

// Run checks every clause of the contract of store.Engine. All functions given
// to the engine are run twice, as engines are free to do.
//
// One case starts the test binary again and kills it; that process gets back
// here and is led to its work by an environment variable.
func Run(t *testing.T, open Open, restore Restore) {
	if dir := os.Getenv(victimFolder); dir != "" {
		victim(t, open, dir)
		return
	}
	s := suite{open: open, restore: restore}
	for _, c := range clauses {
		t.Run(c.name, func(t *testing.T) { c.test(t, s) })
	}
}

// engine opens the engine in dir, wrapped by Twice, until the test ends.
func (s suite) engine(t *testing.T, dir string) store.Engine {
	t.Helper()
	e, err := s.open(dir)
	if err != nil {
		t.Fatalf("opening: %v", err)
	}
	t.Cleanup(func() { e.Close() })
	return Twice(e)
}

// fresh is an empty engine.
func (s suite) fresh(t *testing.T) store.Engine {
	t.Helper()
	return s.engine(t, t.TempDir())
}

func update(t *testing.T, e store.Engine, fn func(store.Writer) error) {
	t.Helper()
	if err := e.Update(context.Background(), fn); err != nil {
		t.Fatalf("update: %v", err)
	}
}

func view(t *testing.T, e store.Engine, fn func(store.Reader) error) {
	t.Helper()
	if err := e.View(context.Background(), fn); err != nil {
		t.Fatalf("view: %v", err)
	}
}

// put stores pairs (key, value, key, value, ...) in table.
func put(t *testing.T, e store.Engine, table string, pairs ...string) {
	t.Helper()
	update(t, e, func(w store.Writer) error {
		for i := 0; i < len(pairs); i += 2 {
			if err := w.Put(table, []byte(pairs[i]), []byte(pairs[i+1])); err != nil {
				return err
			}
		}
		return nil
	})
}

// content lists a range as "key=value".
func content(t *testing.T, r store.Reader, table string, rg store.Range) []string {
	t.Helper()
	list := []string{}
	for kv, err := range r.Scan(table, rg) {
		if err != nil {
			t.Fatalf("scanning %s: %v", table, err)
		}
		list = append(list, string(kv.Key)+"="+string(kv.Value))
	}
	return list
}

// whole lists a table in a view of its own.
func whole(t *testing.T, e store.Engine, table string) (list []string) {
	t.Helper()
	view(t, e, func(r store.Reader) error {
		list = content(t, r, table, store.Range{})
		return nil
	})
	return list
}
