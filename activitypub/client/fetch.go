// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"polder/activitypub/httpsig"
)

// Request describes a GET.
type Request struct {
	URL         string
	Accept      string
	Limit       int64           // bytes of body; 0 means 1 MiB
	Signer      *httpsig.Signer // nil: unsigned
	IfNoneMatch string          // ETag; the answer may then be 304
	SameOrigin  bool            // redirects must stay on scheme, host and port
}

// Response is an answer read completely. Any status but a followed redirect
// may occur.
type Response struct {
	URL    string // where it came from, after redirects
	Status int
	Header http.Header
	Body   []byte
}

// Get fetches url, signed if s is not nil, and follows at most two redirects,
// each checked and signed like a first request. limit is in bytes; 0 means
// 1 MiB.
func (c *Client) Get(ctx context.Context, url, accept string, limit int64, s *httpsig.Signer) (*Response, error) {
	return c.Fetch(ctx, Request{URL: url, Accept: accept, Limit: limit, Signer: s})
}

// Fetch is Get with everything adjustable. The whole takes at most 10 s.
func (c *Client) Fetch(ctx context.Context, r Request) (*Response, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	return c.follow(ctx, r)
}

func (c *Client) follow(ctx context.Context, r Request) (*Response, error) {
	at, err := checkURL(r.URL, c.allowPrivate)
	if err != nil {
		return nil, err
	}
	for range maxRedirects + 1 {
		out, err := c.climb(ctx, r.call(at))
		if err != nil {
			return nil, err
		}
		if !isRedirect(out.status) {
			return newResponse(at, out)
		}
		if at, err = c.checkRedirect(at, out.header.Get("Location"), r.SameOrigin); err != nil {
			return nil, err
		}
	}
	return nil, ErrRedirect
}

func (r Request) call(at *url.URL) call {
	header := http.Header{}
	if r.Accept != "" {
		header.Set("Accept", r.Accept)
	}
	if r.IfNoneMatch != "" {
		header.Set("If-None-Match", r.IfNoneMatch)
	}
	limit := r.Limit
	if limit <= 0 {
		limit = maxDocument
	}
	return call{method: http.MethodGet, url: at, header: header, limit: limit, signer: r.Signer}
}

// newResponse refuses compressed bodies: none was asked for, and unpacking one
// is how a small answer becomes a large one.
func newResponse(at *url.URL, out outcome) (*Response, error) {
	if encoding := out.header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return nil, ErrEncoding
	}
	return &Response{URL: at.String(), Status: out.status, Header: out.header, Body: out.body}, nil
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}
