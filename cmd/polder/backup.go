// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"archive/zip"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"polder/instance/config"
	"polder/instance/store"
)

// A backup is a ZIP file: polder.toml, a snapshot of the store, and with
// secrets the folders keys and secrets. Every part carries a checksum. The
// application key comes last: a folder that has it is complete.
const (
	backupComment = "polder-backup/1"
	appKey        = "keys/application.key"
)

// runBackup is `polder backup`.
func runBackup(ctx context.Context, args []string, io stdio) error {
	f := newFlags("backup")
	dir := f.String("dir", ".", "folder of the instance")
	out := f.String("out", "", "file to write; it must not exist")
	secrets := f.Bool("with-secrets", false, "take the private keys too; guard the file like them")
	if _, err := f.parse(args, io); err != nil {
		return err
	}
	if err := f.require("out"); err != nil {
		return err
	}
	if _, err := os.Lstat(*out); err == nil {
		return fmt.Errorf("%s exists already: give the name of a new file", *out)
	}
	o, err := enterOffice(ctx, *dir)
	if err != nil {
		return err
	}
	size, err := backupTo(ctx, o, *out, *secrets)
	if err := errors.Join(err, o.Close()); err != nil {
		return err
	}
	fmt.Fprintf(io.Out, "%s: %d bytes, %s.\n", *out, size, map[bool]string{
		true: "with the private keys", false: "without private keys; they are in the folders keys and secrets"}[*secrets])
	return nil
}

// backupTo writes beside the final name and moves it there when it is whole.
func backupTo(ctx context.Context, o office, out string, secrets bool) (size int64, err error) {
	part, err := os.OpenFile(out+".part", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, fmt.Errorf("write the backup: %w", err)
	}
	defer os.Remove(part.Name())
	err = o.Backup(ctx, part, secrets)
	if info, statErr := part.Stat(); statErr == nil {
		size = info.Size()
	}
	if err := errors.Join(err, part.Sync(), part.Close()); err != nil {
		return 0, fmt.Errorf("write the backup: %w", err)
	}
	if err := os.Link(part.Name(), out); err != nil { // unlike a rename it replaces nothing
		return 0, fmt.Errorf("write the backup: %w", err)
	}
	return size, nil
}

// writeBackup writes the backup of an instance whose store is open.
func writeBackup(ctx context.Context, w io.Writer, dir string, s *store.Store, secrets bool) error {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.BestSpeed) })
	if err := z.SetComment(backupComment); err != nil {
		return err
	}
	if err := addFile(z, dir, config.FileName); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	entry, err := z.Create(storeFile)
	if err != nil {
		return err
	}
	if err := s.Backup(ctx, entry); err != nil {
		return err
	}
	if secrets {
		if err := addSecrets(z, dir); err != nil {
			return err
		}
	}
	return z.Close()
}

// addSecrets adds every key; one that is destroyed meanwhile is left out.
func addSecrets(z *zip.Writer, dir string) error {
	for _, sub := range []string{"secrets", "keys"} {
		entries, err := os.ReadDir(filepath.Join(dir, sub))
		if err != nil {
			return fmt.Errorf("read the keys: %w", err)
		}
		for _, e := range entries {
			name := sub + "/" + e.Name()
			if name == appKey || !inBackup(name) {
				continue
			}
			if err := addFile(z, dir, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return addFile(z, dir, appKey)
}

func addFile(z *zip.Writer, dir, name string) error {
	raw, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	entry, err := z.Create(name)
	if err == nil {
		_, err = entry.Write(raw)
	}
	return err
}
