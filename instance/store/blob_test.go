// SPDX-License-Identifier: EUPL-1.2

package store_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"polder/instance/store"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestBlobsOfEverySize(t *testing.T) {
	s := openStore(t)
	blob := func(n int) []byte { return bytes.Repeat([]byte("polder "), n/7+1)[:n] }
	for _, size := range []int{store.MaxBlob, 0, 1, store.MaxValue - 2, store.MaxValue - 1, store.MaxValue, 3} {
		update(t, s, func(tx *store.Tx) error {
			// "k", and a key that begins as the parts of "k" do
			b := store.BlobsIn(tx, "blobs")
			return errors.Join(b.Put("k", "image/png", blob(size), noon), b.Put("k\x000", "", []byte("other"), noon))
		})
		view(t, s, func(tx *store.Tx) error {
			head, got, err := store.BlobsIn(tx, "blobs").Get("k")
			if !bytes.Equal(got, blob(size)) || head.Size != size || head.MediaType != "image/png" || !head.CreatedAt.Equal(noon) {
				t.Errorf("%d bytes: got %+v and %d bytes, %v", size, head, len(got), err)
			}
			return err
		})
	}
	update(t, s, func(tx *store.Tx) error { return store.BlobsIn(tx, "blobs").Delete("k") })
	view(t, s, func(tx *store.Tx) error {
		b := store.BlobsIn(tx, "blobs")
		if _, _, err := b.Get("k"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a deleted blob answers %v", err)
		}
		if has, err := b.Has("k"); has || err != nil {
			t.Errorf("Has = %t, %v", has, err)
		}
		r, _ := store.Byte(tx)
		parts := 0
		for range r.Scan("blobs.parts", store.Range{}) {
			parts++
		}
		if parts != 1 {
			t.Errorf("%d parts left, want that of the other blob", parts)
		}
		return nil
	})
}

func TestBlobsHaveALargestSize(t *testing.T) {
	s := openStore(t)
	err := s.Update(context.Background(), func(tx *store.Tx) error {
		return store.BlobsIn(tx, "blobs").Put("k", "", make([]byte, store.MaxBlob+1), noon)
	})
	if !errors.Is(err, store.ErrTooLarge) {
		t.Errorf("a blob too large answers %v, want ErrTooLarge", err)
	}
}

func TestBlobsNoticeALostPart(t *testing.T) {
	s := openStore(t)
	update(t, s, func(tx *store.Tx) error {
		return store.BlobsIn(tx, "blobs").Put("k", "", make([]byte, store.MaxValue+1), noon)
	})
	update(t, s, func(tx *store.Tx) error {
		_, w := store.Byte(tx)
		return w.Delete("blobs.parts", []byte(store.Key("k", store.Uint64Part(1))))
	})
	view(t, s, func(tx *store.Tx) error {
		if _, _, err := store.BlobsIn(tx, "blobs").Get("k"); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("a blob without its end answers %v, want ErrCorrupt", err)
		}
		return nil
	})
}
