// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"polder/activitypub/client"
	"polder/consensus/area"
	"polder/instance"
	"polder/instance/config"
)

// createInstance makes an empty folder ready for an instance: store, then keys.
// The last file written is the application key, so a folder that has it is
// complete. What was made is removed again if a step fails.
func createInstance(o instanceOptions) (err error) {
	if err := checkOptions(o); err != nil {
		return err
	}
	made, err := claimFolder(o.Dir)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, emptyFolder(o.Dir, made))
		}
	}()
	if err := config.Write(o.Dir, newConfig(o)); err != nil {
		return err
	}
	if _, err := config.Load(config.Sources{Dir: o.Dir, Dev: o.Dev}); err != nil {
		return err
	}
	s, err := createStore(context.Background(), storePath(o))
	if err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	_, err = instance.CreateKeyring(o.Dir)
	return err
}

// checkOptions tells what is wrong before anything is written.
func checkOptions(o instanceOptions) error {
	if o.Name = strings.TrimSpace(o.Name); o.Name == "" || len(o.Name) > 200 {
		return errors.New("the name must be between 1 and 200 characters long")
	}
	if err := checkPlace(o.Level, o.Area); err != nil {
		return err
	}
	if err := checkAddress("public address", o.URL, o.Dev); err != nil {
		return err
	}
	switch {
	case o.Parent == "":
		return nil
	case o.Level == string(area.Nation):
		return errors.New("the nation has no parent")
	case o.Parent == o.URL:
		return errors.New("the parent cannot be the instance itself")
	}
	return checkAddress("address of the parent", o.Parent, o.Dev)
}

func checkPlace(level, code string) error {
	if level != string(area.Municipality) && level != string(area.Province) && level != string(area.Nation) {
		return fmt.Errorf("unknown level %q: it is municipality, province or nation", level)
	}
	areas, err := area.Embedded()
	if err != nil {
		return err
	}
	a, err := areas.Get(code)
	if err != nil {
		return err
	}
	if string(a.Level) != level {
		return fmt.Errorf("%s is %s, a %s, not a %s", code, a.Name, a.Level, level)
	}
	return nil
}

// checkAddress wants an origin: scheme and host, no path. Plain http and
// loopback addresses are for development only.
func checkAddress(what, address string, dev bool) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("the %s %q is not an address such as https://denkmee.example.nl", what, address)
	}
	if u.Scheme == "http" && !dev {
		return fmt.Errorf("the %s %s must begin with https; http is for -dev only", what, address)
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf("the %s %s must be a scheme and a host only, without a path", what, address)
	}
	if err := client.New(client.Options{AllowPrivate: dev}).CheckURL(address); err != nil {
		return fmt.Errorf("the %s %s cannot be used: %w", what, address, err)
	}
	return nil
}

// claimFolder makes dir, or takes it over if it is empty. made tells whether it
// was not there before.
func claimFolder(dir string) (made bool, err error) {
	if dir == "" {
		return false, errors.New("no folder is named: give -dir")
	}
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return false, fmt.Errorf("make folder: %w", err)
		}
		return true, nil
	case err != nil:
		return false, fmt.Errorf("read folder: %w", err)
	}
	for _, e := range entries {
		if e.Name() != "lost+found" { // the root of a volume of its own
			return false, fmt.Errorf("%s is not empty: choose an empty or new folder", dir)
		}
	}
	return false, nil
}

// emptyFolder undoes an attempt in a folder that held nothing else.
func emptyFolder(dir string, made bool) error {
	if made {
		return os.RemoveAll(dir)
	}
	var all error
	for _, name := range []string{config.FileName, storeFile, "keys", "secrets"} {
		all = errors.Join(all, os.RemoveAll(filepath.Join(dir, name)))
	}
	return all
}
