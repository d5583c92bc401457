// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"polder/activitypub/httpsig"
)

// call is one request to one URL, before it is signed.
type call struct {
	method string
	url    *url.URL
	header http.Header
	body   []byte // nil for GET
	limit  int64  // bytes of response body
	signer *httpsig.Signer
}

// outcome is what a call came to.
type outcome struct {
	status int
	header http.Header
	body   []byte
	scheme httpsig.Scheme
}

// climb makes the call with each rung of the ladder until the answer is about
// something else than the signature, and remembers the rung that worked (spec:
// federation.md 4.1). If none works, the first answer counts: it was given to
// the scheme this host most probably speaks.
func (c *Client) climb(ctx context.Context, k call) (outcome, error) {
	if k.signer == nil {
		return c.attempt(ctx, k, httpsig.Cavage)
	}
	key := memoryKey{k.url.Host, k.method}
	order := rungs(c.schemes.get(key, c.now()), k.method, k.url.RawQuery != "")
	first, err := c.attempt(ctx, k, order[0])
	if err != nil {
		return first, err
	}
	out := first
	for _, scheme := range order[1:] {
		if !refused(out.status, scheme) {
			continue
		}
		if out, err = c.attempt(ctx, k, scheme); err != nil {
			return out, err
		}
	}
	if refused(out.status, httpsig.RFC9421) {
		return first, nil
	}
	if out.status < 300 {
		c.schemes.put(key, out.scheme, c.now())
	}
	return out, nil
}

// attempt sends the call once, signed with scheme. With an error the outcome
// still holds the status, if there was one.
func (c *Client) attempt(ctx context.Context, k call, scheme httpsig.Scheme) (outcome, error) {
	var body io.Reader
	if k.body != nil {
		body = bytes.NewReader(k.body)
	}
	r, err := http.NewRequestWithContext(ctx, k.method, k.url.String(), body)
	if err != nil {
		return outcome{}, fmt.Errorf("making request: %w", err)
	}
	r.Header = k.header.Clone()
	r.Header.Set("User-Agent", c.agent)
	if k.signer != nil {
		if err := k.signer.Sign(r, k.body, c.now(), scheme); err != nil {
			return outcome{}, fmt.Errorf("signing request: %w", err)
		}
	}
	resp, err := c.transport.RoundTrip(r)
	if err != nil {
		return outcome{}, fmt.Errorf("requesting %s: %w", k.url.Host, err)
	}
	defer resp.Body.Close()
	out := outcome{status: resp.StatusCode, header: resp.Header, scheme: scheme}
	out.body, err = readBody(resp, k.limit)
	return out, err
}

// readBody reads to the end, so that the connection can serve again, but never
// more than one byte beyond the limit.
func readBody(resp *http.Response, limit int64) ([]byte, error) {
	if resp.ContentLength > limit {
		return nil, ErrTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("reading response: %w", err)
	}
	if int64(len(body)) > limit {
		return nil, ErrTooLarge
	}
	return body, nil
}
