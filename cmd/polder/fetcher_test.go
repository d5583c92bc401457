// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"polder/consensus/audit"
)

// local gives the address of a test server under a name below .localhost.
func local(s *httptest.Server) string {
	return strings.Replace(s.URL, "127.0.0.1", "rijk.localhost", 1)
}

func TestFetchTellsStatusesApart(t *testing.T) {
	t.Setenv("http_proxy", "")
	t.Setenv("HTTP_PROXY", "")
	var to string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/secret":
			w.WriteHeader(http.StatusForbidden)
		case "/broken":
			w.WriteHeader(http.StatusInternalServerError)
		case "/moved":
			http.Redirect(w, r, to, http.StatusFound)
		case "/circle":
			http.Redirect(w, r, "/circle", http.StatusFound)
		case "/large":
			w.Write(make([]byte, maxFetched+1))
		default:
			w.Write([]byte(r.Header.Get("Accept")))
		}
	}))
	defer s.Close()
	to = local(s) + "/there"
	for _, c := range []struct {
		path, body, says string
		is               error
	}{
		{path: "/there", body: "application/activity+json, application/json;q=0.9"},
		{path: "/moved", body: "application/activity+json, application/json;q=0.9"},
		{path: "/gone", is: audit.ErrNotFound},
		{path: "/secret", is: audit.ErrForbidden},
		{path: "/broken", says: "answered 500"},
		{path: "/circle", says: "more than 3 redirects"},
		{path: "/large", says: "larger than 16 MiB"},
	} {
		body, err := newFetcher().Fetch(t.Context(), local(s)+c.path)
		switch {
		case c.is != nil && !errors.Is(err, c.is),
			c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)),
			c.body != "" && (err != nil || string(body) != c.body):
			t.Errorf("%s: %.80q, %v", c.path, body, err)
		}
	}
	if _, err := newFetcher().Fetch(t.Context(), "http://rijk.localhost:1/"); err == nil || errors.Is(err, audit.ErrNotFound) {
		t.Errorf("a server that is not there: %v", err)
	}
}

func TestFetchGoesThroughTheProxyOfTheEnvironment(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("by proxy: " + r.URL.String())) }))
	defer proxy.Close()
	direct := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("direct")) }))
	defer direct.Close()
	for _, c := range []struct{ http, no, address, want string }{
		{proxy.URL, "", "http://rijk.localhost:1/actor", "by proxy: http://rijk.localhost:1/actor"},
		{proxy.URL, "", "http://127.0.0.1:1/actor", "by proxy: http://127.0.0.1:1/actor"},
		{strings.TrimPrefix(local(proxy), "http://"), "", "http://rijk.localhost:1/", "by proxy: http://rijk.localhost:1/"},
		{proxy.URL, "example.org, .localhost", local(direct), "direct"},
		{proxy.URL, "127.0.0.1", direct.URL, "direct"},
		{proxy.URL, "*", local(direct), "direct"},
		{proxy.URL, "other.localhost", "http://rijk.localhost:1/", "by proxy: http://rijk.localhost:1/"},
		{"", "", direct.URL, "direct"},
	} {
		t.Setenv("http_proxy", c.http)
		t.Setenv("no_proxy", c.no)
		t.Setenv("HTTP_PROXY", "")
		t.Setenv("NO_PROXY", "")
		body, err := newFetcher().Fetch(t.Context(), c.address)
		if err != nil || string(body) != c.want {
			t.Errorf("%+v: %q, %v", c, body, err)
		}
	}
}

func TestBusyServersAreAskedAgainLater(t *testing.T) {
	for _, c := range []struct {
		status int
		header string
		want   time.Duration
	}{
		{200, "5", 0}, {404, "5", 0}, {500, "", 0},
		{429, "5", 5 * time.Second}, {503, "", time.Second}, {503, "soon", time.Second}, {429, "86400", longestPause},
	} {
		resp := &http.Response{StatusCode: c.status, Header: http.Header{"Retry-After": {c.header}}}
		if got := retryAfter(resp); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestRedirectsNeverLeaveHTTPS(t *testing.T) {
	from := &http.Request{URL: &url.URL{Scheme: "https", Host: "rijk.example"}}
	to := &http.Request{URL: &url.URL{Scheme: "http", Host: "rijk.example"}}
	if checkRedirect(to, []*http.Request{from}) == nil {
		t.Error("a redirect from https to http was followed")
	}
	if err := checkRedirect(from, []*http.Request{to}); err != nil {
		t.Errorf("a redirect from http to https: %v", err)
	}
}
