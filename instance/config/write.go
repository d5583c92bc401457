// SPDX-License-Identifier: EUPL-1.2

package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Write makes polder.toml in dir, mode 0600, with every key: those that differ
// from their default as settings, the others as comments. It never replaces a
// file; the error then wraps fs.ErrExist.
func Write(dir string, c *Config) error {
	f, err := os.OpenFile(filepath.Join(dir, FileName), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("writing the configuration: %w", err)
	}
	_, err = f.Write(c.file())
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("writing the configuration: %w", err)
	}
	return nil
}

func (c *Config) file() []byte {
	var b bytes.Buffer
	b.WriteString("# Configuration of this Polder instance. Lines with # show the default.\n")
	b.WriteString("# `polder serve --print-config` shows what is in force.\n")
	defaults := Default().byName()
	last := ""
	for k := range c.keys() {
		section, name, _ := strings.Cut(k.name, ".")
		if section != last {
			fmt.Fprintf(&b, "\n[%s]\n", section)
			last = section
		}
		if k.name != "federation.allow_private" && k.text() != defaults[k.name].text() {
			fmt.Fprintf(&b, "%s = %s\n", name, k.text())
			continue
		}
		fmt.Fprintf(&b, "# %s = %s\n", name, defaults[k.name].text())
	}
	return b.Bytes()
}

// PrintConfig writes every key with its value and where it came from. Secrets
// are masked.
func (c *Config) PrintConfig(w io.Writer) error {
	var b bytes.Buffer
	for k := range c.keys() {
		text := k.text()
		if k.secret && k.value.String() != "" {
			text = `"***"`
		}
		fmt.Fprintf(&b, "%-52s # %s\n", k.name+" = "+text, c.Origin(k.name))
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("printing the configuration: %w", err)
	}
	return nil
}
