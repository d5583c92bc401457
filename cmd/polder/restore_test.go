// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// pack writes a ZIP file with the given parts.
func pack(t *testing.T, comment string, parts map[string][]byte, order ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if err := z.SetComment(comment); err != nil {
		t.Fatal(err)
	}
	for _, name := range order {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(parts[name])
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return write(t, b.Bytes())
}

func write(t *testing.T, raw []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "b.zip")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRestoreRefusesOtherFiles: nothing outside the folder is written, and the
// folder is as empty afterwards as it was.
func TestRestoreRefusesOtherFiles(t *testing.T) {
	source := newInstance(t, t.TempDir())
	whole := filepath.Join(t.TempDir(), "whole.zip")
	if code, _, errs := polder(t, "backup", "-dir", source.Dir, "-out", whole, "-with-secrets"); code != 0 {
		t.Fatal(errs)
	}
	raw, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	db, err := os.ReadFile(filepath.Join(source.Dir, storeFile))
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(raw)
	flipped[len(flipped)/4] ^= 1
	parts := map[string][]byte{storeFile: db, "keys/tally-1.pem": []byte("x"), "../polder.db": db, "keys/../../x.pem": []byte("x"), "notes.txt": []byte("x")}
	for name, file := range map[string]string{
		"empty":          write(t, nil),
		"cut off":        write(t, raw[:len(raw)/2]),
		"one bit":        write(t, flipped),
		"no comment":     pack(t, "", parts, storeFile),
		"no store":       pack(t, backupComment, parts, "keys/tally-1.pem"),
		"outside":        pack(t, backupComment, parts, storeFile, "../polder.db"),
		"outside keys":   pack(t, backupComment, parts, storeFile, "keys/../../x.pem"),
		"something else": pack(t, backupComment, parts, storeFile, "notes.txt"),
		"twice":          pack(t, backupComment, parts, storeFile, storeFile),
		"damaged store":  pack(t, backupComment, map[string][]byte{storeFile: db[:12_000]}, "keys/tally-1.pem", storeFile),
	} {
		t.Run(name, func(t *testing.T) {
			fresh, empty := filepath.Join(t.TempDir(), "new"), t.TempDir()
			for _, dir := range []string{fresh, empty} {
				if code, _, errs := polder(t, "restore", file, "-dir", dir); code != exitError {
					t.Errorf("exit code %d: %s", code, errs)
				}
			}
			if _, err := os.Stat(fresh); !os.IsNotExist(err) {
				t.Errorf("a folder was left: %v", err)
			}
			if left, _ := os.ReadDir(empty); len(left) > 0 {
				t.Errorf("left in the folder: %v", left)
			}
			if left, _ := filepath.Glob(filepath.Join(filepath.Dir(empty), "*")); len(left) > 2 {
				t.Errorf("written outside: %v", left)
			}
		})
	}
}
