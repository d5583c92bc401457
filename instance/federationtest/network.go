// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
)

// network hands requests to the handler of the host they are for. mu guards
// down and fault.
type network struct {
	cluster *Cluster
	mu      sync.Mutex
	down    map[string]bool
	fault   Fault
	extra   map[string]http.Handler
}

// Fault looks at a request before it is delivered: how many times it arrives,
// 0 being a loss that the sender notices, -1 one it does not.
type Fault func(r *http.Request) (times int)

var errUnreachable = errors.New("host is unreachable")

// SetFault makes the network unreliable; nil makes it reliable again.
func (c *Cluster) SetFault(f Fault) {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	c.net.fault = f
}

// Serve puts a foreign server into the network.
func (c *Cluster) Serve(host string, h http.Handler) {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	if c.net.extra == nil {
		c.net.extra = map[string]http.Handler{}
	}
	c.net.extra[host] = h
}

// Transport is the network as an http.RoundTripper, for clients of tests.
func (c *Cluster) Transport() http.RoundTripper { return c.net }

func (n *network) isDown(host string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.down[host]
}

func (n *network) handler(host string) (http.Handler, Fault, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down[host] {
		return nil, nil, fmt.Errorf("%s: %w", host, errUnreachable)
	}
	if h, ok := n.extra[host]; ok {
		return h, n.fault, nil
	}
	node, ok := n.cluster.Nodes[host]
	if !ok {
		return nil, nil, fmt.Errorf("%s: %w", host, errUnreachable)
	}
	return node.Handler, n.fault, nil
}

// RoundTrip serves the request in this process.
func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	h, fault, err := n.handler(r.URL.Host)
	if err != nil {
		return nil, err
	}
	var body []byte
	if r.Body != nil {
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body.Close()
	}
	times := 1
	if fault != nil {
		seen := r.Clone(r.Context())
		seen.Body = io.NopCloser(bytes.NewReader(body))
		times = fault(seen)
	}
	switch {
	case times == 0:
		return nil, errUnreachable
	case times < 0:
		return &http.Response{StatusCode: http.StatusAccepted, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	}
	var answer *http.Response
	for range times {
		in := httptest.NewRequest(r.Method, r.URL.RequestURI(), bytes.NewReader(body))
		in.Header = r.Header.Clone()
		in.Host = r.URL.Host
		in.RemoteAddr = "127.0.0.1:40000"
		out := httptest.NewRecorder()
		h.ServeHTTP(out, in)
		answer = out.Result()
	}
	answer.Request = r
	return answer, nil
}
