// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package boltstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"polder/instance/store"
)

// fullFolder names, in the process whose files may not grow, where its store is.
const fullFolder = "POLDER_BOLTSTORE_FULL"

// TestFullDisk runs itself in a process that may not write beyond a file size:
// a disk that is full at that byte. The update fails with store.ErrFull, what
// was committed stays, and once there is room the store goes on.
func TestFullDisk(t *testing.T) {
	if dir := os.Getenv(fullFolder); dir != "" {
		if err := writeWithoutRoom(filepath.Join(dir, "polder.db")); err != nil {
			t.Fatal(err)
		}
		return
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestFullDisk$", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), fullFolder+"="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	holds(t, filepath.Join(dir, "polder.db"))
}

func writeWithoutRoom(path string) error {
	signal.Ignore(syscall.SIGXFSZ)
	e, err := Open(path)
	if err != nil {
		return err
	}
	defer e.Close()
	ctx := context.Background()
	// The file is larger than its content, as after deletions: it is the
	// writing of pages that fails, as it does on a full disk.
	err = errors.Join(
		e.Update(ctx, putRow("large", make([]byte, store.MaxValue))),
		e.Update(ctx, func(w store.Writer) error { return w.Delete("t", []byte("large")) }),
		e.Update(ctx, putRow("k", []byte("v"))),
	)
	if err != nil {
		return err
	}
	if err := limitFiles(256 << 10); err != nil {
		return err
	}
	for range 3 {
		err := e.Update(ctx, putRow("k", make([]byte, 1<<20)))
		if !errors.Is(err, store.ErrFull) {
			return fmt.Errorf("an update without room answers %v, want ErrFull", err)
		}
	}
	if err := limitFiles(1 << 30); err != nil {
		return err
	}
	return e.Update(ctx, putRow("more", make([]byte, 1<<20)))
}

// limitFiles sets how large, in bytes, this process may make a file.
func limitFiles(size uint64) error {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &l); err != nil {
		return err
	}
	l.Cur = min(size, l.Max)
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &l)
}
