// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"polder/instance"
)

// keyFiles remembers the key folder of each host, by path below it; a folder has
// no bytes. Making RSA keys takes longer than most tests, and no test depends on
// which they are.
var keyFiles sync.Map // host -> map[string][]byte

// keysOf opens the keys in dir, or gives the host the keys it has in every cluster.
func keysOf(host, dir string) (*instance.Keyring, error) {
	if keys, err := instance.LoadKeyring(dir); err == nil {
		return keys, nil
	}
	if files, ok := keyFiles.Load(host); ok {
		if err := writeFiles(dir, files.(map[string][]byte)); err != nil {
			return nil, err
		}
		return instance.LoadKeyring(dir)
	}
	keys, err := instance.CreateKeyring(dir)
	if err != nil {
		return nil, err
	}
	files, err := readFiles(dir)
	keyFiles.Store(host, files)
	return keys, err
}

func readFiles(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			files[path] = nil
			return nil
		}
		files[path], err = os.ReadFile(filepath.Join(dir, path))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading keys: %w", err)
	}
	return files, nil
}

func writeFiles(dir string, files map[string][]byte) error {
	for path, raw := range files {
		full, folder := filepath.Join(dir, path), raw == nil
		if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
			return fmt.Errorf("writing keys: %w", err)
		}
		if folder {
			if err := os.MkdirAll(full, 0o700); err != nil {
				return fmt.Errorf("writing keys: %w", err)
			}
			continue
		}
		if err := os.WriteFile(full, raw, 0o600); err != nil {
			return fmt.Errorf("writing keys: %w", err)
		}
	}
	return nil
}
