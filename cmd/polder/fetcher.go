// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"polder/consensus/audit"
)

const (
	fetchTimeout  = 20 * time.Second
	maxFetched    = 16 << 20 // bytes of one document
	fetchTries    = 4        // a busy server asks to come back
	longestPause  = 30 * time.Second
	mostRedirects = 3
)

// fetcher is the audit.Fetcher of the command line. Names under .localhost are
// loopback, whatever a resolver says. It goes through the proxy of the
// environment, loopback addresses included, so that what a proxy serves can be
// checked too.
type fetcher struct{ client *http.Client }

func newFetcher() *fetcher {
	transport := &http.Transport{
		Proxy:                 proxyFor,
		DialContext:           dialLoopbackNames,
		ResponseHeaderTimeout: fetchTimeout,
		MaxIdleConnsPerHost:   8,
		IdleConnTimeout:       30 * time.Second,
		ForceAttemptHTTP2:     true,
	}
	return &fetcher{&http.Client{Transport: transport, Timeout: fetchTimeout, CheckRedirect: checkRedirect}}
}

// Fetch implements audit.Fetcher.
func (f *fetcher) Fetch(ctx context.Context, address string) ([]byte, error) {
	for try := 1; ; try++ {
		body, pause, err := f.once(ctx, address)
		if err == nil || pause == 0 || try == fetchTries {
			return body, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// once asks once; pause is how long a busy server wants us to wait.
func (f *fetcher) once(ctx context.Context, address string) (body []byte, pause time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, 0, fmt.Errorf("not an address: %w", err)
	}
	req.Header.Set("Accept", "application/activity+json, application/json;q=0.9")
	req.Header.Set("User-Agent", "polder-verify/"+version())
	resp, err := f.client.Do(req)
	if err != nil {
		return nil, 0, unwrapURL(err)
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxFetched+1))
	if err != nil {
		return nil, 0, fmt.Errorf("the answer broke off: %w", err)
	}
	if len(body) > maxFetched {
		return nil, 0, fmt.Errorf("the answer is larger than %d MiB", maxFetched>>20)
	}
	return body, retryAfter(resp), statusError(resp.StatusCode)
}

func statusError(status int) error {
	switch status {
	case http.StatusOK:
		return nil
	case http.StatusNotFound, http.StatusGone:
		return audit.ErrNotFound
	case http.StatusUnauthorized, http.StatusForbidden:
		return audit.ErrForbidden
	}
	return fmt.Errorf("the server answered %d %s", status, http.StatusText(status))
}

// retryAfter is the pause a busy server asks for, at most half a minute.
func retryAfter(resp *http.Response) time.Duration {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || seconds < 1 {
		seconds = 1
	}
	return min(time.Duration(seconds)*time.Second, longestPause)
}

// unwrapURL drops the address from an error of net/http: the caller names it.
func unwrapURL(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > mostRedirects {
		return fmt.Errorf("more than %d redirects", mostRedirects)
	}
	if via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme != "https" {
		return errors.New("a redirect from https to http")
	}
	return nil
}

// dialLoopbackNames connects, with names under .localhost as 127.0.0.1.
func dialLoopbackNames(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err == nil && isLocalName(host) {
		address = net.JoinHostPort("127.0.0.1", port)
	}
	return (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, network, address)
}

func isLocalName(host string) bool {
	host = strings.ToLower(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// proxyFor is the proxy of the environment. net/http never asks one for
// loopback addresses; other tools do.
func proxyFor(r *http.Request) (*url.URL, error) {
	if host := r.URL.Hostname(); !isLocalName(host) && !isLoopbackAddress(host) {
		return http.ProxyFromEnvironment(r)
	}
	proxy := environment(r.URL.Scheme + "_proxy")
	if proxy == "" || bypasses(environment("no_proxy"), r.URL.Hostname()) {
		return nil, nil
	}
	if !strings.Contains(proxy, "://") {
		proxy = "http://" + proxy
	}
	u, err := url.Parse(proxy)
	if err != nil {
		return nil, fmt.Errorf("the proxy of the environment is not an address: %w", err)
	}
	return u, nil
}

func isLoopbackAddress(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// environment reads a variable in lower or upper case.
func environment(name string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return os.Getenv(strings.ToUpper(name))
}

// bypasses reports whether a no_proxy list names the host or a domain above it.
func bypasses(list, host string) bool {
	host = strings.ToLower(host)
	for entry := range strings.SplitSeq(strings.ToLower(list), ",") {
		entry = strings.TrimSpace(entry)
		if name, _, err := net.SplitHostPort(entry); err == nil {
			entry = name
		}
		if entry == "*" {
			return true
		}
		entry = strings.TrimPrefix(strings.TrimPrefix(entry, "*"), ".")
		if entry != "" && (host == entry || strings.HasSuffix(host, "."+entry)) {
			return true
		}
	}
	return false
}
