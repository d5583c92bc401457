// SPDX-License-Identifier: EUPL-1.2

package boltstore_test

import (
	"io"
	"path/filepath"
	"testing"

	"polder/instance/boltstore"
	"polder/instance/store"
	"polder/instance/storetest"
)

func open(dir string) (store.Engine, error) {
	e, err := boltstore.Open(filepath.Join(dir, "polder.db"))
	if err != nil {
		return nil, err
	}
	return e, nil
}

func restore(dir string, backup io.Reader) error {
	return boltstore.Restore(filepath.Join(dir, "polder.db"), backup)
}

func TestConformance(t *testing.T) { storetest.Run(t, open, restore) }

func BenchmarkEngine(b *testing.B) { storetest.Benchmark(b, open) }
