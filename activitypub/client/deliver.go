// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"polder/activitypub/httpsig"
)

// Class says what the queue should do after a delivery (spec: federation.md 10).
type Class int

const (
	// Done: the peer has it.
	Done Class = iota
	// Retry: try again later.
	Retry
	// Permanent: it will never be accepted.
	Permanent
	// Gone: like Permanent, and the actor no longer exists.
	Gone
)

// String names the class for logs.
func (c Class) String() string {
	return [...]string{"done", "retry", "permanent", "gone"}[c]
}

// Delivery is the result of one delivery.
type Delivery struct {
	Class      Class
	Status     int            // 0 if there was no answer
	RetryAfter time.Duration  // what the peer asked for, at most a day; else 0
	Scheme     httpsig.Scheme // the last one tried
	Err        error          // nil if Done
}

// maxRetryAfter keeps a peer from parking a delivery beyond the queue's life.
const maxRetryAfter = 24 * time.Hour

// Deliver posts the activity in body to inbox, signed by s. The ladder is
// climbed within the call; redirects are not followed. At most 10 s.
func (c *Client) Deliver(ctx context.Context, inbox string, body []byte, s httpsig.Signer) Delivery {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	u, err := checkURL(inbox, c.allowPrivate)
	if err != nil {
		return Delivery{Class: Permanent, Err: err}
	}
	header := http.Header{
		"Content-Type": {contentType},
		"Accept":       {Accept},
		// Not sent: tells net/http that it may repeat the request on a fresh
		// connection if the peer closed the idle one. Receivers deduplicate.
		"X-Idempotency-Key": {},
	}
	out, err := c.climb(ctx, call{
		method: http.MethodPost, url: u, header: header, body: body, limit: maxAnswer, signer: &s,
	})
	if out.status == 0 {
		return Delivery{Class: Retry, Err: err}
	}
	// An answer that breaks off or is too long has still given its status.
	d := Delivery{Class: classOf(out.status), Status: out.status, Scheme: out.scheme}
	if d.Class != Done {
		d.RetryAfter = c.retryAfter(out.header)
		d.Err = fmt.Errorf("delivering to %s: status %d", u.Host, out.status)
	}
	return d
}

func classOf(status int) Class {
	switch status {
	case http.StatusGone:
		return Gone
	case http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound,
		http.StatusMethodNotAllowed, http.StatusNotAcceptable,
		http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
		http.StatusTeapot, http.StatusUnprocessableEntity, http.StatusNotImplemented:
		return Permanent
	}
	if status >= 200 && status < 300 {
		return Done
	}
	return Retry
}

// retryAfter reads Retry-After, in seconds or as a date.
func (c *Client) retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	var wait time.Duration
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if date, err := http.ParseTime(text); err == nil {
		wait = date.Sub(c.now())
	}
	return min(max(wait, 0), maxRetryAfter)
}
