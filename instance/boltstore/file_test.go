// SPDX-License-Identifier: EUPL-1.2

package boltstore

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"polder/instance/store"
)

// filled is an engine with one row, and its path.
func filled(t *testing.T) (*Engine, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "polder.db")
	e, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	if err := e.Update(context.Background(), putRow("k", []byte("v"))); err != nil {
		t.Fatal(err)
	}
	return e, path
}

func putRow(key string, value []byte) func(store.Writer) error {
	return func(w store.Writer) error { return w.Put("t", []byte(key), value) }
}

// holds fails the test unless the store at path has the row of filled.
func holds(t *testing.T, path string) {
	t.Helper()
	e, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	err = e.View(context.Background(), func(r store.Reader) error {
		got, err := r.Get("t", []byte("k"))
		if string(got) != "v" {
			t.Errorf("%s holds %q, %v", path, got, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestFileIsForTheOwnerOnly(t *testing.T) {
	e, path := filled(t)
	if err := e.Copy(context.Background(), "copy"); err != nil {
		t.Fatal(err)
	}
	restored := filepath.Join(t.TempDir(), "restored.db")
	if err := Restore(restored, backupOf(t, e)); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, path + ".copy", restored} {
		info, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o, want 600", filepath.Base(p), info.Mode().Perm())
		}
	}
}

func TestSecondOpenSaysLocked(t *testing.T) {
	_, path := filled(t)
	_, err := Open(path)
	if !errors.Is(err, store.ErrLocked) || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("opening a store in use answers %v, want ErrLocked", err)
	}
}

func TestOpenRefusesAnotherFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "polder.db")
	if err := os.WriteFile(path, bytes.Repeat([]byte("not a store "), 2000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("opening another file answers %v, want ErrCorrupt", err)
	}
}

func backupOf(t *testing.T, e *Engine) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	if err := e.Backup(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return &b
}

func TestRestoreNeverReplacesAFile(t *testing.T) {
	e, path := filled(t)
	b := backupOf(t, e)
	e.Close()
	if err := Restore(path, b); !errors.Is(err, fs.ErrExist) {
		t.Errorf("restoring over a store answers %v, want fs.ErrExist", err)
	}
	holds(t, path)
}

func TestRestoreRefusesWhatIsNoBackup(t *testing.T) {
	e, _ := filled(t)
	if err := e.Update(context.Background(), putRow("large", make([]byte, 1<<20))); err != nil {
		t.Fatal(err)
	}
	whole := backupOf(t, e).Bytes()
	for name, content := range map[string][]byte{
		"empty":     nil,
		"cut off":   whole[:len(whole)/2],
		"very cut":  whole[:100],
		"two pages": whole[:9000],
		"foreign":   bytes.Repeat([]byte("x"), 100_000),
		"damaged":   append(make([]byte, 8192), whole[8192:]...),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			err := Restore(filepath.Join(dir, "polder.db"), bytes.NewReader(content))
			if !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("answers %v, want ErrCorrupt", err)
			}
			if left, _ := os.ReadDir(dir); len(left) != 0 {
				t.Errorf("left %v behind", left)
			}
		})
	}
	dir := t.TempDir()
	if err := Restore(filepath.Join(dir, "polder.db"), io.MultiReader(bytes.NewReader(whole), brokenReader{})); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("an unreadable backup answers %v", err)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestCopyKeepsTheStateBeforeIt(t *testing.T) {
	e, path := filled(t)
	for range 2 { // the second replaces the first
		if err := e.Copy(context.Background(), "schema-1"); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Update(context.Background(), putRow("k", []byte("later"))); err != nil {
		t.Fatal(err)
	}
	holds(t, path+".schema-1")
	if left, _ := filepath.Glob(path + "*.part"); len(left) != 0 {
		t.Errorf("left %v behind", left)
	}
}

// After a write error other than a full disk nobody knows what the disk holds:
// the engine stops writing, goes on reading, and reopens at the last commit.
func TestWriteErrorStopsWriting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "polder.db")
	var file *os.File
	e, err := open(path, func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
		file, err = os.OpenFile(name, flag, mode)
		return file, err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Update(context.Background(), putRow("k", []byte("v"))); err != nil {
		t.Fatal(err)
	}
	file.Close()
	for range 2 {
		if err := e.Update(context.Background(), putRow("k", []byte("w"))); !errors.Is(err, os.ErrClosed) {
			t.Errorf("update answers %v, want the write error", err)
		}
	}
	err = e.View(context.Background(), func(r store.Reader) error {
		got, err := r.Get("t", []byte("k"))
		if string(got) != "v" {
			t.Errorf("still reads %q", got)
		}
		return err
	})
	if err != nil {
		t.Errorf("view: %v", err)
	}
	e.Close() // complains about the file, but lets go of it
	holds(t, path)
}
