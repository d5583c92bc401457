// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"polder/consensus/eligibility"
)

// codeFiles are the flags of `polder codes generate`.
type codeFiles struct {
	count             int
	print, hash       string
	audit, auditorKey string
}

// runCodesGenerate is `polder codes generate`: it runs at the printer or the
// province, never where the ballot box is (spec: aggregation.md 3.1).
func runCodesGenerate(_ context.Context, args []string, io stdio) error {
	f := newFlags("codes generate")
	var c codeFiles
	f.IntVar(&c.count, "count", 0, "number of codes")
	f.StringVar(&c.print, "out-print", "", "file for the printer: number,code; destroy it after printing")
	f.StringVar(&c.hash, "out-hash", "", "file for the municipality: hashes only, in random order")
	f.StringVar(&c.audit, "out-audit", "", "file for the auditor: number,hash, sealed to -auditor-key")
	f.StringVar(&c.auditorKey, "auditor-key", "", "X25519 public key of the auditor, hexadecimal or base64")
	if _, err := f.parse(args, io); err != nil {
		return err
	}
	if err := f.require("out-print", "out-hash"); err != nil {
		return err
	}
	if c.count < 1 || c.count > eligibility.MaxCodes {
		return usagef("codes generate: -count must be between 1 and %d", eligibility.MaxCodes)
	}
	if (c.audit == "") != (c.auditorKey == "") {
		return usagef("codes generate: -out-audit and -auditor-key go together")
	}
	if err := c.generate(); err != nil {
		return err
	}
	fmt.Fprintf(io.Out, "%d codes made. %s goes to the printer and is destroyed after printing; %s goes to the municipality.\n",
		c.count, c.print, c.hash)
	return nil
}

func (c codeFiles) generate() error {
	var auditor eligibility.AuditorKey
	if c.auditorKey != "" {
		var err error
		if auditor, err = eligibility.ParseAuditorKey(c.auditorKey); err != nil {
			return fmt.Errorf("the auditor's key: %w", err)
		}
	}
	key, err := eligibility.GenerateSecret(rand.Reader)
	if err != nil {
		return err
	}
	defer key.Wipe()
	list, err := eligibility.GenerateCodes(rand.Reader, key.Bytes(), c.count)
	if err != nil {
		return err
	}
	files := []newFile{
		{c.print, func(w io.Writer) error { return eligibility.WritePrint(w, list) }},
		{c.hash, func(w io.Writer) error { return eligibility.WriteHashes(w, rand.Reader, key.Bytes(), list) }},
	}
	if c.audit != "" {
		files = append(files, newFile{c.audit, func(w io.Writer) error { return eligibility.SealAudit(w, rand.Reader, list, auditor) }})
	}
	return writeNew(files)
}

// newFile is a file that is about to be written.
type newFile struct {
	name  string
	write func(io.Writer) error
}

// writeNew writes files of mode 0600 that must not exist yet. If one fails,
// none is left.
func writeNew(files []newFile) (err error) {
	var made []string
	defer func() {
		if err != nil {
			for _, name := range made {
				err = errors.Join(err, os.Remove(name))
			}
		}
	}()
	for _, f := range files {
		file, err := os.OpenFile(f.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s exists already: give the name of a new file", f.name)
		}
		if err != nil {
			return fmt.Errorf("make file: %w", err)
		}
		made = append(made, f.name)
		if err := errors.Join(f.write(file), file.Sync(), file.Close()); err != nil {
			return fmt.Errorf("write %s: %w", f.name, err)
		}
	}
	return nil
}

// runCodesImport is `polder codes import`.
func runCodesImport(ctx context.Context, args []string, io stdio) error {
	f := newFlags("codes import")
	dir := f.String("dir", "", "folder of the instance")
	slug := f.String("consultation", "", "consultation the codes are for, as in its address")
	given, err := f.parse(args, io, "the file of hashes")
	if err != nil {
		return err
	}
	if err := f.require("dir", "consultation"); err != nil {
		return err
	}
	file, err := os.Open(given[0])
	if err != nil {
		return fmt.Errorf("read the hashes: %w", err)
	}
	defer file.Close()
	// Read once before anything is stored, so that a bad file changes nothing.
	if _, _, err := eligibility.ReadHashes(file); err != nil {
		return fmt.Errorf("%s: %w", given[0], err)
	}
	if _, err := file.Seek(0, 0); err != nil {
		return fmt.Errorf("read the hashes: %w", err)
	}
	o, err := enterOffice(ctx, *dir)
	if err != nil {
		return err
	}
	added, err := o.ImportCodes(ctx, *slug, file)
	if err := errors.Join(err, o.Close()); err != nil {
		return err
	}
	fmt.Fprintf(io.Out, "%d new codes for %s.\n", added, *slug)
	return nil
}
