// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// Limits of security.md 2 and 3.
const (
	totalTimeout  = 10 * time.Second
	dialTimeout   = 3 * time.Second
	headerTimeout = 5 * time.Second
	maxHeader     = 64 << 10 // bytes of response header
	maxDocument   = 1 << 20  // bytes of a fetched document
	maxAnswer     = 64 << 10 // bytes of the answer to a delivery
	maxRedirects  = 2
)

// Options configures a Client. The zero value is strict.
type Options struct {
	// UserAgent is sent always: "polder/<version> (+https://host)".
	UserAgent string
	// AllowPrivate admits http, other ports and loopback; names ending in
	// .localhost are then dialled as 127.0.0.1. For development and tests.
	AllowPrivate bool
	// Now is the clock of signatures and memory; nil means time.Now.
	Now func() time.Time
	// Timeout bounds one call with all its hops and attempts; 0 means 10 s.
	Timeout time.Duration

	// Lookup replaces the system's resolver.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	// Connect replaces the system's connect. It is called with an IP address
	// and port that have passed the address check.
	Connect func(ctx context.Context, network, address string) (net.Conn, error)
	// RootCAs replaces the system's certificate authorities.
	RootCAs *x509.CertPool
	// Transport replaces the network altogether, for clusters that run in one
	// process. The URL policy still holds.
	Transport http.RoundTripper
}

// Client makes federation requests. It is safe for concurrent use and keeps
// connections open; one per process is enough.
type Client struct {
	agent        string
	allowPrivate bool
	now          func() time.Time
	timeout      time.Duration
	transport    http.RoundTripper
	schemes      memory
}

// New returns a Client.
func New(o Options) *Client {
	c := &Client{
		agent:        o.UserAgent,
		allowPrivate: o.AllowPrivate,
		now:          o.Now,
		timeout:      o.Timeout,
		transport:    o.Transport,
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.timeout == 0 {
		c.timeout = totalTimeout
	}
	if c.transport == nil {
		c.transport = newTransport(o)
	}
	return c
}

// newTransport builds the guarded transport. Proxy stays nil: a proxy from the
// environment would hide the dialled address from the check.
func newTransport(o Options) *http.Transport {
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            newDialer(o).dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.RootCAs},
		TLSHandshakeTimeout:    dialTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           256,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        45 * time.Second, // under the 60 s of our own servers
	}
}

// Close closes idle connections.
func (c *Client) Close() {
	if t, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}
