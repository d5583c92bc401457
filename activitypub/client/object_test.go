// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// pages serves canned documents by host and path. A value starting with "->"
// is a redirect; $ORIGIN is not needed, the names are fixed.
func pages(docs map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		doc, ok := docs[r.Host+r.URL.Path]
		switch {
		case !ok:
			w.WriteHeader(http.StatusNotFound)
		case strings.HasPrefix(doc, "->"):
			http.Redirect(w, r, doc[2:], http.StatusFound)
		default:
			answer(w, doc)
		}
	}
}

func testKeyRedirects(t *testing.T) {
	for target, want := range map[string]error{
		"->https://a.example/real":          nil,
		"->/hop":                            nil,
		"->https://b.example/users/x":       ErrOrigin,
		"->https://a.example.evil.example/": ErrOrigin,
		"->/out":                            ErrOrigin,
		"->/loop":                           ErrRedirect,
	} {
		c := strict(t, pages(map[string]string{
			"a.example/users/x": target,
			"a.example/hop":     "->/real",
			"a.example/loop":    "->/loop",
			"a.example/out":     "->https://evil.example/real",
			"a.example/real":    `{"id":"https://a.example/real"}`,
			"evil.example/real": `{"id":"https://a.example/users/x"}`,
			"b.example/users/x": `{"id":"https://a.example/users/x"}`,
		}))
		doc, err := c.GetKey(t.Context(), "https://a.example/users/x#main-key", testSigner())
		if !errors.Is(err, want) || (want == nil && !contains(string(doc), "real")) {
			t.Errorf("%s: got %s, %v", target, doc, err)
		}
	}
}

func testWrongTypes(t *testing.T) {
	const profile = `; profile="https://www.w3.org/ns/activitystreams"`
	for contentType, want := range map[string]error{
		"application/activity+json":                            nil,
		"application/activity+json; charset=utf-8":             nil,
		"Application/Activity+JSON":                            nil,
		"application/ld+json" + profile:                        nil,
		"application/ld+json; charset=utf-8" + profile:         nil,
		`application/ld+json; profile="urn:x ` + streams + `"`: nil,
		"application/ld+json":                                  ErrType,
		`application/ld+json; profile="urn:x"`:                 ErrType,
		"application/json":                                     ErrType,
		"text/html":                                            ErrType,
		"image/png":                                            ErrType,
		"text/plain" + profile:                                 ErrType,
		"application/activity+json, text/html":                 ErrType,
		"":                                                     ErrType,
	} {
		c := strict(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Type"] = []string{contentType}
			_, _ = io.WriteString(w, `{"id":"https://a.example/x"}`)
		})
		if _, err := c.GetObject(t.Context(), "https://a.example/x", nil); !errors.Is(err, want) {
			t.Errorf("object as %q: %v", contentType, err)
		}
		if _, err := c.GetKey(t.Context(), "https://a.example/x", nil); !errors.Is(err, want) {
			t.Errorf("key as %q: %v", contentType, err)
		}
	}
}

func testWrongID(t *testing.T) {
	docs := map[string]string{
		"a.example/true":       `{"id":"https://a.example/true"}`,
		"a.example/capitals":   `{"id":"HTTPS://A.Example:443/capitals"}`,
		"a.example/@anna":      `{"id":"https://a.example/true"}`,
		"a.example/moved":      "->https://b.example/true",
		"b.example/true":       `{"id":"https://b.example/true"}`,
		"evil.example/forged":  `{"id":"https://a.example/true","x":"forged"}`,
		"evil.example/absent":  `{"id":"https://a.example/absent"}`,
		"evil.example/chain":   `{"id":"https://evil.example/link"}`,
		"evil.example/link":    `{"id":"https://evil.example/chain"}`,
		"evil.example/lure":    `{"id":"https://a.example/back"}`,
		"a.example/back":       "->https://evil.example/lure",
		"evil.example/inside":  `{"id":"https://10.0.0.1/"}`,
		"evil.example/case":    `{"ID":"https://evil.example/case"}`,
		"evil.example/none":    `{}`,
		"evil.example/number":  `{"id":1}`,
		"evil.example/array":   `[{"id":"https://evil.example/array"}]`,
		"evil.example/hash":    `{"id":"https://evil.example/hash#x"}`,
		"evil.example/nothing": ``,
	}
	whatever := errors.New("whatever")
	for _, tt := range []struct {
		url, id string // id: of the result
		want    error
	}{
		{"https://a.example/true", "https://a.example/true", nil},
		{"https://a.example/true#part", "https://a.example/true", nil},
		{"https://a.example/capitals", "HTTPS://A.Example:443/capitals", nil},
		{"https://a.example/@anna", "https://a.example/true", nil},
		{"https://a.example/moved", "https://b.example/true", nil},
		{"https://evil.example/forged", "https://a.example/true", nil},
		{"https://evil.example/absent", "", whatever},
		{"https://evil.example/chain", "", ErrIdentity},
		{"https://evil.example/lure", "", ErrIdentity},
		{"https://evil.example/inside", "", ErrURL},
		{"https://evil.example/case", "", ErrIdentity},
		{"https://evil.example/none", "", ErrIdentity},
		{"https://evil.example/number", "", ErrIdentity},
		{"https://evil.example/array", "", whatever},
		{"https://evil.example/hash", "", ErrIdentity},
		{"https://evil.example/nothing", "", whatever},
	} {
		doc, err := strict(t, pages(docs)).GetObject(t.Context(), tt.url, testSigner())
		if tt.want == nil {
			if err != nil || !contains(string(doc), `"`+tt.id+`"`) || contains(string(doc), "forged") {
				t.Errorf("%s: got %s, %v", tt.url, doc, err)
			}
		} else if err == nil || tt.want != whatever && !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.url, err, tt.want)
		}
	}
}

func TestStatusError(t *testing.T) {
	c := strict(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusGone)
	})
	_, err := c.GetObject(t.Context(), "https://a.example/x", nil)
	var status *StatusError
	if !errors.As(err, &status) || status.Status != http.StatusGone || status.RetryAfter != time.Minute {
		t.Errorf("got %v", err)
	}
}

func TestFetchNotModified(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") != `"7"` || r.Header.Get("Accept") != "application/json" || r.UserAgent() != "polder/test" {
			t.Errorf("header %v", r.Header)
		}
		w.WriteHeader(http.StatusNotModified)
	})
	resp, err := local(t).Fetch(t.Context(), Request{URL: url + "/heads", Accept: "application/json", IfNoneMatch: `"7"`})
	if err != nil || resp.Status != http.StatusNotModified || resp.URL != url+"/heads" {
		t.Errorf("got %+v, %v", resp, err)
	}
}
