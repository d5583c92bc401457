// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"fmt"
	"time"
)

// MaxBlob is the largest blob in bytes (spec: security.md 2, "bodies").
const MaxBlob = 8 << 20

// blobPart is the size of all parts of a blob but the last; one byte of a
// stored part is its version.
const blobPart = MaxValue - 1

// Blob is what is known of a blob apart from its content.
type Blob struct {
	MediaType string    `json:"mediaType,omitempty"`
	Size      int       `json:"size"` // bytes
	CreatedAt time.Time `json:"createdAt"`
}

// Blobs are byte strings of up to MaxBlob bytes in one transaction, kept in
// parts. Content-addressed blobs have their digest as key; the caller computes
// it, because nothing is hashed inside an update.
type Blobs struct {
	heads Records[Blob]
	parts Records[[]byte]
}

// BindBlobs ties a table of blobs to one transaction; w is nil in a View.
// Parts lie in "<table>.parts".
func BindBlobs(table string, r Reader, w Writer) Blobs {
	return Blobs{
		heads: Kind[Blob]{Table: table, Version: 1}.Bind(r, w),
		parts: Raw(table+".parts").Bind(r, w),
	}
}

// BlobsIn ties a table of blobs to tx.
func BlobsIn(tx *Tx, table string) Blobs { return BindBlobs(table, tx.r, tx.w) }

// Put stores content under key, replacing what was there. ErrTooLarge above
// MaxBlob.
func (b Blobs) Put(key, mediaType string, content []byte, createdAt time.Time) error {
	if len(content) > MaxBlob {
		return fmt.Errorf("writing blob %q: %w: %d bytes, at most %d", shown(key), ErrTooLarge, len(content), MaxBlob)
	}
	if err := b.Delete(key); err != nil {
		return err
	}
	head := Blob{MediaType: mediaType, Size: len(content), CreatedAt: createdAt}
	if err := b.heads.Insert(key, head); err != nil {
		return err
	}
	for n := uint64(0); len(content) > 0; n++ {
		part := content[:min(blobPart, len(content))]
		if err := b.parts.Put(partKey(key, n), part); err != nil {
			return err
		}
		content = content[len(part):]
	}
	return nil
}

// Get returns the content under key, or ErrNotFound.
func (b Blobs) Get(key string) (Blob, []byte, error) {
	head, err := b.heads.Get(key)
	if err != nil {
		return Blob{}, nil, err
	}
	content := make([]byte, 0, head.Size)
	for row, err := range b.parts.List(Prefix(key)) {
		if err != nil {
			return head, nil, err
		}
		content = append(content, row.Value...)
	}
	if len(content) != head.Size {
		return head, nil, fmt.Errorf("reading blob %q: %w: %d of %d bytes", shown(key), ErrCorrupt, len(content), head.Size)
	}
	return head, content, nil
}

// Stat returns what is known of the blob under key, or ErrNotFound.
func (b Blobs) Stat(key string) (Blob, error) { return b.heads.Get(key) }

// Has reports whether there is a blob under key.
func (b Blobs) Has(key string) (bool, error) { return b.heads.Has(key) }

// Delete removes the blob under key; deleting an absent blob is no error.
func (b Blobs) Delete(key string) error {
	if _, err := b.parts.Clear(Prefix(key)); err != nil {
		return err
	}
	return b.heads.Delete(key)
}

// partKey keeps the parts of a blob together and in order, apart from those of
// every other key.
func partKey(key string, n uint64) string { return Key(key, Uint64Part(n)) }
