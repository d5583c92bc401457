// SPDX-License-Identifier: EUPL-1.2

package boltstore

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"

	"polder/instance/store"
)

// Restore makes a new store at path from a backup. It never replaces a file:
// if there is one at path the error wraps fs.ErrExist. A backup that is cut off
// or damaged is refused with store.ErrCorrupt and leaves nothing behind.
func Restore(path string, backup io.Reader) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("restoring store %s: %w", path, fs.ErrExist)
	}
	temp, err := writeBeside(path, func(w io.Writer) error {
		_, err := io.Copy(w, backup)
		return err
	})
	if err != nil {
		return fmt.Errorf("restoring store %s: %w", path, classify(err))
	}
	defer os.Remove(temp)
	if err := inspect(temp); err != nil {
		return fmt.Errorf("restoring store %s: %w", path, err)
	}
	// A link, unlike a rename, cannot replace a file made in the meantime.
	if err := os.Link(temp, path); err != nil {
		return fmt.Errorf("restoring store %s: %w", path, err)
	}
	return syncFolder(path)
}

// inspect reads every page of the store at path.
func inspect(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Size() == 0 { // bbolt would wait for the pages of an empty file
		return fmt.Errorf("%w: the backup is empty", store.ErrCorrupt)
	}
	db, err := openBolt(path, &bolt.Options{
		ReadOnly: true, PreLoadFreelist: true, Timeout: lockTimeout, FreelistType: bolt.FreelistMapType,
	})
	if err != nil {
		return fmt.Errorf("%w: %w", store.ErrCorrupt, err)
	}
	defer db.Close()
	return db.View(func(btx *bolt.Tx) error {
		if btx.Size() > info.Size() {
			return fmt.Errorf("%w: the backup is cut off", store.ErrCorrupt)
		}
		for problem := range btx.Check() {
			err = errors.Join(err, fmt.Errorf("%w: %w", store.ErrCorrupt, problem))
		}
		return err
	})
}

// replaceFile writes a file durably and then puts it in the place of path.
func replaceFile(path string, write func(io.Writer) error) error {
	temp, err := writeBeside(path, write)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		os.Remove(temp)
		return err
	}
	return syncFolder(path)
}

// writeBeside writes a durable temporary file in the folder of path, mode 0600.
func writeBeside(path string, write func(io.Writer) error) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part")
	if err != nil {
		return "", err
	}
	err = errors.Join(write(f), f.Sync(), f.Close())
	if err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// syncFolder makes a new name in the folder of path survive a power failure.
func syncFolder(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
