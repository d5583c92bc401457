// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"polder/activitypub/httpsig"
)

const (
	contentType = "application/activity+json"
	streams     = "https://www.w3.org/ns/activitystreams"
	// Accept is what documents are asked for with (spec: federation.md 4.3).
	Accept = contentType + `, application/ld+json; profile="` + streams + `"`
)

// GetObject fetches the ActivityPub document id and makes sure that it comes
// from where it says: its media type is ActivityPub and its id equals the
// final URL. A document with another id (a profile page, an old address, a
// forgery) is fetched once more at the id it names, which must then be true
// (spec: security.md 1, rows 21 and 22). So the id in the result may differ
// from the one asked for; it is the id in the result that is proven.
func (c *Client) GetObject(ctx context.Context, id string, s *httpsig.Signer) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	for range 2 {
		doc, err := c.document(ctx, Request{URL: id, Signer: s})
		if err != nil {
			return nil, err
		}
		claimed, err := idOf(doc.Body)
		if err != nil {
			return nil, err
		}
		if c.sameURL(claimed, doc.URL) {
			return doc.Body, nil
		}
		id = claimed
	}
	return nil, ErrIdentity
}

// GetKey fetches the document that should hold the key keyID. The fragment is
// stripped, the media type must be ActivityPub, and redirects may not leave
// the origin of keyID. What the document says about the key is for the caller
// (spec: federation.md 4.2 rule 7).
func (c *Client) GetKey(ctx context.Context, keyID string, s *httpsig.Signer) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	doc, err := c.document(ctx, Request{URL: keyID, Signer: s, SameOrigin: true})
	if err != nil {
		return nil, err
	}
	return doc.Body, nil
}

// document fetches something that must be there and be ActivityPub.
func (c *Client) document(ctx context.Context, r Request) (*Response, error) {
	r.Accept = Accept
	doc, err := c.follow(ctx, r)
	if err != nil {
		return nil, err
	}
	if doc.Status != http.StatusOK {
		return nil, &StatusError{URL: doc.URL, Status: doc.Status, RetryAfter: c.retryAfter(doc.Header)}
	}
	if !IsActivityPub(doc.Header.Get("Content-Type")) {
		return nil, ErrType
	}
	return doc, nil
}

// IsActivityPub reports whether a Content-Type is application/activity+json,
// or application/ld+json with the ActivityStreams profile.
func IsActivityPub(contentTypeHeader string) bool {
	kind, params, err := mime.ParseMediaType(contentTypeHeader)
	if err != nil {
		return false
	}
	if kind == contentType {
		return true
	}
	return kind == "application/ld+json" && slices.Contains(strings.Fields(params["profile"]), streams)
}

// idOf reads the one member id of a document. Names are compared exactly:
// encoding/json alone would also take "ID".
func idOf(doc []byte) (string, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(doc, &fields); err != nil {
		return "", fmt.Errorf("reading document: %w", err)
	}
	var id string
	if err := json.Unmarshal(fields["id"], &id); err != nil || id == "" {
		return "", fmt.Errorf("%w: it has none", ErrIdentity)
	}
	return id, nil
}

// sameURL compares an id from a document with the URL it came from. Case of
// the host and the default port do not matter; a fragment does.
func (c *Client) sameURL(id, from string) bool {
	u, err := checkURL(id, c.allowPrivate)
	return err == nil && u.String() == from && !strings.Contains(id, "#")
}
