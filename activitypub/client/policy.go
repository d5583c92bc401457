// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"fmt"
	"net/url"
	"strings"

	"polder/activitypub/httpsig"
)

const maxURL = 2048

// checkURL applies the URL policy (spec: security.md 3) and returns the URL in
// its one spelling: host in lower case, default port and fragment gone. URLs
// on the wire are ASCII (RFC 3986); an international name arrives as xn--.
func checkURL(raw string, allowPrivate bool) (*url.URL, error) {
	if len(raw) > maxURL || strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '\\' }) {
		return nil, fmt.Errorf("%w: not a plain URL", ErrURL)
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: it cannot be parsed", ErrURL)
	}
	if u.User != nil || u.Opaque != "" {
		return nil, fmt.Errorf("%w: user info or no host", ErrURL)
	}
	if u.Host, err = httpsig.Authority(u.Scheme, u.Host, allowPrivate); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrURL, err)
	}
	if u.Path == "" {
		u.Path = "/"
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// CheckURL reports whether the client would request raw, without doing it.
func (c *Client) CheckURL(raw string) error {
	_, err := checkURL(raw, c.allowPrivate)
	return err
}

// checkRedirect judges the target of a redirect like a first request. https
// never becomes http, not even in development.
func (c *Client) checkRedirect(from *url.URL, location string, sameOrigin bool) (*url.URL, error) {
	if location == "" {
		return nil, fmt.Errorf("%w: no Location", ErrRedirect)
	}
	next, err := from.Parse(location)
	if err != nil {
		return nil, fmt.Errorf("%w: Location cannot be parsed", ErrRedirect)
	}
	to, err := checkURL(next.String(), c.allowPrivate)
	if err != nil {
		return nil, err
	}
	if from.Scheme == "https" && to.Scheme != "https" {
		return nil, fmt.Errorf("%w: from https to %s", ErrRedirect, to.Scheme)
	}
	if sameOrigin && (from.Scheme != to.Scheme || from.Host != to.Host) {
		return nil, ErrOrigin
	}
	return to, nil
}
