// SPDX-License-Identifier: EUPL-1.2

package boltstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"polder/instance/store"
)

// lockTimeout is how long Open waits for another process to let go.
const lockTimeout = time.Second

// addressSpace is reserved for the file, in bytes. bbolt has to wait for every
// View to end before it can map a larger file, so a long View, a backup to a
// slow reader say, would hold up voting. Reserving costs no memory.
const addressSpace = min(1<<30, math.MaxInt/8)

// fileMode: nobody but the owner reads ballots and sealed addresses.
const fileMode = 0o600

// Engine keeps a store in one bbolt file. It is safe for concurrent use.
type Engine struct {
	db    *bolt.DB
	path  string
	group group
}

var (
	_ store.Engine = (*Engine)(nil)
	_ store.Copier = (*Engine)(nil)
)

// Open opens the store at path, creating an empty one with mode 0600 if there
// is no file. store.ErrLocked means that another process has it open,
// store.ErrFull that the disk has no room for it.
func Open(path string) (*Engine, error) { return open(path, os.OpenFile) }

// open lets tests lay hands on the file.
func open(path string, openFile func(string, int, os.FileMode) (*os.File, error)) (*Engine, error) {
	db, err := openBolt(path, &bolt.Options{
		Timeout:      lockTimeout,
		FreelistType: bolt.FreelistMapType,
		NoStatistics: true,
		OpenFile:     openFile,

		InitialMmapSize: addressSpace,
	})
	if err != nil {
		return nil, fmt.Errorf("opening store %s: %w", path, classify(err))
	}
	return &Engine{db: db, path: path, group: group{db: db}}, nil
}

// openBolt opens a bbolt file. The file is mapped, and reading a page that a
// cut-off file lacks is a fault, which by default ends the process; here it is
// store.ErrCorrupt.
func openBolt(path string, opt *bolt.Options) (db *bolt.DB, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if fault := recover(); fault != nil {
			db, err = nil, fmt.Errorf("%w: %v", store.ErrCorrupt, fault)
		}
	}()
	return bolt.Open(path, fileMode, opt)
}

// View implements store.Engine.
func (e *Engine) View(ctx context.Context, fn func(store.Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := e.db.View(func(btx *bolt.Tx) error {
		t := &tx{ctx: ctx, buckets: buckets{btx: btx}}
		defer t.end()
		return fn(t)
	})
	return closed(err)
}

// Update implements store.Engine.
func (e *Engine) Update(ctx context.Context, fn func(store.Writer) error) error {
	return closed(e.group.update(ctx, fn))
}

// Backup implements store.Engine: it copies the file as the last commit left
// it, page by page, while updates go on.
func (e *Engine) Backup(ctx context.Context, w io.Writer) error {
	out := &backupWriter{ctx: ctx, w: w}
	err := e.db.View(func(btx *bolt.Tx) error {
		_, err := btx.WriteTo(out)
		return err
	})
	if out.err != nil {
		err = out.err // bbolt keeps only its text
	}
	if err != nil {
		return fmt.Errorf("copying store %s: %w", e.path, classify(closed(err)))
	}
	return nil
}

// Copy implements store.Copier: a snapshot named "<path>.<label>".
func (e *Engine) Copy(ctx context.Context, label string) error {
	err := replaceFile(e.path+"."+label, func(w io.Writer) error { return e.Backup(ctx, w) })
	if err != nil {
		return fmt.Errorf("keeping a copy of store %s: %w", e.path, classify(err))
	}
	return nil
}

// Size is the size of the file in bytes.
func (e *Engine) Size() (int64, error) {
	info, err := os.Stat(e.path)
	if err != nil {
		return 0, fmt.Errorf("measuring store %s: %w", filepath.Base(e.path), err)
	}
	return info.Size(), nil
}

// Close implements store.Engine.
func (e *Engine) Close() error {
	if err := e.db.Close(); err != nil {
		return fmt.Errorf("closing store %s: %w", e.path, err)
	}
	return nil
}

// classify adds the sentence of package store to an error of bbolt or the
// operating system.
func classify(err error) error {
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return store.ErrLocked
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return fmt.Errorf("%w: %w", store.ErrFull, err)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch):
		return fmt.Errorf("%w: %w", store.ErrCorrupt, err)
	}
	return err
}

// closed turns bbolt's word for a closed file into the one of package store.
func closed(err error) error {
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return store.ErrClosed
	}
	return err
}

// backupWriter stops a long copy when its context ends, and remembers why.
type backupWriter struct {
	ctx context.Context
	w   io.Writer
	err error
}

func (b *backupWriter) Write(p []byte) (n int, err error) {
	if b.err = b.ctx.Err(); b.err != nil {
		return 0, b.err
	}
	n, b.err = b.w.Write(p)
	return n, b.err
}
