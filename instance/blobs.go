// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"polder/activitypub/client"
	"polder/consensus/opinion"
	"polder/instance/store"
)

const octets = "application/octet-stream"

// blobBase is where blobs are served: their digest in hex is appended.
func (a Addresses) blobBase() string { return a.Base + "/blobs/" }

// keepBlob stores bytes under their digest. They are served to the named
// instance actors and to nobody else.
func keepBlob(tx *store.Tx, consultation string, content []byte, readers []string, now time.Time) error {
	digest := opinion.BlobDigest(content)
	if known, err := tx.Blobs.Has(digest); err != nil {
		return err
	} else if !known {
		if err := tx.Blobs.Put(digest, octets, content, now); err != nil {
			return err
		}
	}
	r, err := tx.BlobReaders.Get(digest)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	r.Consultations = withAll(r.Consultations, consultation)
	r.Actors = withAll(r.Actors, readers...)
	return tx.BlobReaders.Put(digest, r)
}

func withAll(list []string, more ...string) []string {
	for _, v := range more {
		if v != "" && !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

// BlobFor gives the bytes of a blob of ours to an instance that may read it
// (spec: opinion.md 12). Anyone else, also for a digest that does not exist, is
// refused alike.
func (s *Service) BlobFor(ctx context.Context, hexDigest, actor string) ([]byte, error) {
	digest := "sha256:" + hexDigest
	var content []byte
	err := s.store.View(ctx, func(tx *store.Tx) error {
		r, err := tx.BlobReaders.Get(digest)
		if errors.Is(err, store.ErrNotFound) || err == nil && (actor == "" || !slices.Contains(r.Actors, actor)) {
			return refuse(CodeForbidden, "error.forbidden", nil)
		}
		if err != nil {
			return err
		}
		_, content, err = tx.Blobs.Get(digest)
		return err
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("blob %s: %w", clean(hexDigest, 70), err))
	}
	return content, nil
}

// fetchBlob reads a blob that a share names, from the host of the share's
// author. Size and digest are checked when it is attached.
func (s *Service) fetchBlob(ctx context.Context, author string, b opinion.Blob) ([]byte, error) {
	var content []byte
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		_, content, err = tx.Blobs.Get(b.Digest)
		return err
	})
	if err == nil {
		return content, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("blob %s: %w", b.Digest, err)
	}
	if hostOf(b.URL) != hostOf(author) || b.Size < 0 || b.Size > store.MaxBlob {
		return nil, opinion.Problem{Code: "O101", Path: "/blobs", Detail: "is on another host, or too large"}
	}
	resp, err := s.client.Get(ctx, b.URL, octets, b.Size, s.fetchSigner())
	if err != nil {
		return nil, fmt.Errorf("fetch blob of %s: %w", hostOf(author), err)
	}
	if resp.Status != 200 {
		return nil, fmt.Errorf("fetch blob of %s: %w", hostOf(author), &client.StatusError{URL: b.URL, Status: resp.Status})
	}
	return resp.Body, nil
}

// attachBlobs completes a share with what is not in its JSON.
func (s *Service) attachBlobs(ctx context.Context, share *opinion.Share, columns []opinion.Column) (blobs [][]byte, err error) {
	if b, ok := share.Blobs[opinion.BlobPayload]; ok {
		raw, err := s.fetchBlob(ctx, share.AttributedTo, b)
		if err != nil {
			return nil, err
		}
		if err := share.AttachPayload(raw); err != nil {
			return nil, err
		}
		blobs = append(blobs, raw)
	}
	if b, ok := share.Blobs[opinion.BlobPairs]; ok {
		raw, err := s.fetchBlob(ctx, share.AttributedTo, b)
		if err != nil {
			return nil, err
		}
		if err := share.AttachPairs(raw, columns); err != nil {
			return nil, err
		}
		blobs = append(blobs, raw)
	}
	return blobs, nil
}
