// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"polder/instance/boltstore"
)

// errNotBackup: the file is no backup of this program, or damaged.
var errNotBackup = errors.New("is not a backup made by polder backup, or it is damaged")

// inBackup are the names a backup may hold: nothing outside the folder of the
// instance, no temporary files.
var inBackup = regexp.MustCompile(`^(polder\.(toml|db)|(keys|secrets)/[A-Za-z0-9-]+\.(key|pem))$`).MatchString

// runRestore is `polder restore`.
func runRestore(_ context.Context, args []string, io stdio) error {
	f := newFlags("restore")
	dir := f.String("dir", "", "folder to restore into: new, or empty")
	given, err := f.parse(args, io, "the backup file")
	if err != nil {
		return err
	}
	if err := f.require("dir"); err != nil {
		return err
	}
	withKeys, err := restore(given[0], *dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(io.Out, "Restored into %s.\n", *dir)
	if !withKeys {
		fmt.Fprintf(io.Out, "The backup has no private keys: put the folders keys and secrets of this instance into %s before you start it.\n", *dir)
	}
	fmt.Fprintln(io.Out, "Before it signs anything it asks its parent what was published since; until then voting waits.")
	return nil
}

// restore unpacks a backup into an empty folder; if that fails, the folder is
// empty again.
func restore(file, dir string) (withKeys bool, err error) {
	z, err := zip.OpenReader(file)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) {
		return false, fmt.Errorf("read the backup: %w", err)
	}
	if err != nil {
		return false, fmt.Errorf("%s %w", file, errNotBackup)
	}
	defer z.Close()
	if err := checkBackup(&z.Reader); err != nil {
		return false, fmt.Errorf("%s %w", file, err)
	}
	made, err := claimFolder(dir)
	if err != nil {
		return false, err
	}
	for _, f := range z.File {
		if err := restoreFile(f, dir); err != nil {
			return false, errors.Join(fmt.Errorf("%s cannot be restored from %s: %w", f.Name, file, err), emptyFolder(dir, made))
		}
		withKeys = withKeys || f.Name == appKey
	}
	return withKeys, nil
}

// checkBackup looks at the table of contents.
func checkBackup(z *zip.Reader) error {
	seen := map[string]bool{}
	for _, f := range z.File {
		if !inBackup(f.Name) || seen[f.Name] {
			return errNotBackup
		}
		seen[f.Name] = true
	}
	if z.Comment != backupComment || !seen[storeFile] {
		return errNotBackup
	}
	return nil
}

func restoreFile(f *zip.File, dir string) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	path := filepath.Join(dir, filepath.FromSlash(f.Name))
	if f.Name == storeFile {
		return boltstore.Restore(path, r)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, r)
	return errors.Join(err, out.Sync(), out.Close())
}
