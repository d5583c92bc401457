// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestAttack is the part of the attack table (spec: security.md 1) that the
// client decides.
func TestAttack(t *testing.T) {
	t.Run("20", testKeyRedirects)
	t.Run("21", testWrongTypes)
	t.Run("22", testWrongID)
	t.Run("34", func(t *testing.T) { testRefusedAddresses(t, privateAddresses) })
	t.Run("35", func(t *testing.T) { testRefusedAddresses(t, specialAddresses) })
	t.Run("36", testRebinding)
	t.Run("37", testRedirects)
	t.Run("38", testRefusedURLs)
	t.Run("40", testSlowResponse)
	t.Run("42", testLargeResponse)
	t.Run("43", testCompressedResponse)
}

var (
	privateAddresses = []string{
		"127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
		"169.254.169.254", "::1", "fc00::1", "fd12::1", "fe80::1",
	}
	specialAddresses = []string{
		"0.0.0.0", "0.1.2.3", "100.64.0.1", "192.0.0.1", "198.18.0.1", "198.19.255.255", "240.0.0.1",
		"255.255.255.255", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808",
		"2002:7f00:1::1", "2001:db8::1", "ff02::1", "224.0.0.1", "203.0.113.1", "fec0::1", "4000::1",
	}
)

func testRefusedAddresses(t *testing.T, addresses []string) {
	for _, text := range addresses {
		t.Run(text, func(t *testing.T) {
			c := New(Options{
				Lookup: func(context.Context, string) ([]netip.Addr, error) {
					return []netip.Addr{netip.MustParseAddr(text)}, nil
				},
				Connect: func(context.Context, string, string) (net.Conn, error) {
					t.Error("dialled")
					return nil, errors.New("dialled")
				},
			})
			if _, err := c.Get(t.Context(), "https://a.example/", Accept, 0, nil); !errors.Is(err, ErrAddress) {
				t.Errorf("got %v", err)
			}
			if d := c.Deliver(t.Context(), "https://a.example/inbox", []byte("{}"), *testSigner()); d.Class != Retry || !errors.Is(d.Err, ErrAddress) {
				t.Errorf("delivering: %+v", d)
			}
		})
	}
}

// The system's connect has the same check, in case something passes by ours.
func TestSystemConnectIsGuarded(t *testing.T) {
	d := newDialer(Options{})
	if conn, err := d.connect(t.Context(), "tcp", "127.0.0.1:443"); err == nil {
		conn.Close()
		t.Error("connected to loopback")
	} else if !strings.Contains(err.Error(), "prohibited IP address") {
		t.Errorf("refused for another reason: %v", err)
	}
}

func testRebinding(t *testing.T) {
	lookups := 0
	c := strict(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
	}, func(o *Options) {
		o.Lookup = func(context.Context, string) ([]netip.Addr, error) {
			if lookups++; lookups == 1 {
				return []netip.Addr{public}, nil
			}
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		}
	})
	if _, err := c.Get(t.Context(), "https://a.example/", Accept, 0, nil); err != nil || lookups != 1 {
		t.Errorf("first: %v after %d look-ups", err, lookups)
	}
	if _, err := c.Get(t.Context(), "https://a.example/", Accept, 0, nil); !errors.Is(err, ErrAddress) {
		t.Errorf("second: %v", err)
	}
}

func testRedirects(t *testing.T) {
	for name, want := range map[string]error{
		"https://b.example/ok":         nil,
		"/ok":                          nil,
		"//b.example/ok":               nil,
		"https://a.example:443/ok":     nil,
		"/hop?next=/ok":                nil,
		"/hop?next=/hop?next=/ok":      ErrRedirect,
		"https://127.0.0.1/ok":         ErrURL,
		"https://[::1]/ok":             ErrURL,
		"https://localhost/ok":         ErrURL,
		"http://b.example/ok":          ErrURL,
		"https://b.example:8443/ok":    ErrURL,
		"file:///etc/passwd":           ErrURL,
		"gopher://b.example/":          ErrURL,
		"https://user@b.example/ok":    ErrURL,
		"https://private.example/ok":   ErrAddress,
		"https://b.example\\@evil.com": ErrRedirect,
		"":                             ErrRedirect,
	} {
		t.Run(name, func(t *testing.T) {
			c := strict(t, redirecting(name), func(o *Options) { o.Lookup = somePrivate })
			resp, err := c.Get(t.Context(), "https://a.example/start", Accept, 0, testSigner())
			if !errors.Is(err, want) || (want == nil && string(resp.Body) != "ok") {
				t.Errorf("got %v, want %v", err, want)
			}
		})
	}
}

func somePrivate(_ context.Context, host string) ([]netip.Addr, error) {
	if host == "private.example" {
		return []netip.Addr{netip.MustParseAddr("10.0.0.1")}, nil
	}
	return []netip.Addr{public}, nil
}

// redirecting answers /start with a redirect to location, /hop with one to its
// parameter next, and /ok.
func redirecting(location string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/ok":
			_, _ = io.WriteString(w, "ok")
		case "/hop":
			location := strings.TrimPrefix(r.URL.RawQuery, "next=")
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusFound)
		default:
			if location != "" {
				w.Header().Set("Location", location)
			}
			w.WriteHeader(http.StatusMovedPermanently)
		}
	}
}

// Development admits http, but a secure request never becomes an open one.
func TestRedirectNeverDowngrades(t *testing.T) {
	c := strict(t, redirecting("http://b.example/ok"), func(o *Options) { o.AllowPrivate = true })
	if _, err := c.Get(t.Context(), "https://a.example/start", Accept, 0, nil); !errors.Is(err, ErrRedirect) {
		t.Errorf("got %v", err)
	}
}

func testRefusedURLs(t *testing.T) {
	c := New(Options{Lookup: func(context.Context, string) ([]netip.Addr, error) {
		t.Error("looked up")
		return nil, errors.New("looked up")
	}})
	for _, url := range []string{
		"https://192.0.2.1/", "https://[2001:db8::1]/", "http://2130706433/", "https://2130706433/", "https://0x7f.1/",
		"https://a.example./", "https://user:pw@a.example/", "https://@a.example/", "https://a.example:22/",
		"https://a.example:80/", "http://a.example/", "https://localhost/", "https:///x", "https:a.example",
		"//a.example/", "a.example", "", "mailto:a@a.example", "javascript:alert(1)", "data:,x",
		"https://a.example/\r\nX: y", "https://a.example/ x", "https://a.example\\@b.example/", "https://a.example/\x00",
		"https://bücher.example/", "https://a.example/ü", "https://a.example/%zz", "https://a.example/" + strings.Repeat("a", 2048),
	} {
		if _, err := c.Get(t.Context(), url, Accept, 0, nil); !errors.Is(err, ErrURL) {
			t.Errorf("%q: %v", url, err)
		}
		if d := c.Deliver(t.Context(), url, nil, *testSigner()); d.Class != Permanent || !errors.Is(d.Err, ErrURL) {
			t.Errorf("delivering to %q: %+v", url, d)
		}
	}
}

func testSlowResponse(t *testing.T) {
	for name, first := range map[string]func(w http.ResponseWriter){
		"no header": func(http.ResponseWriter) {},
		"no body":   func(w http.ResponseWriter) { w.WriteHeader(200); w.(http.Flusher).Flush() },
	} {
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			first(w)
			<-r.Context().Done()
		})
		c := local(t, func(o *Options) { o.Timeout = 30 * time.Millisecond })
		if _, err := c.Get(t.Context(), url, Accept, 0, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func testLargeResponse(t *testing.T) {
	for name, declare := range map[string]bool{"declared": true, "chunked": false} {
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			body := bytes.Repeat([]byte("x"), 101)
			if declare {
				w.Header().Set("Content-Length", fmt.Sprint(len(body)))
			} else {
				w.(http.Flusher).Flush()
			}
			_, _ = w.Write(body)
		})
		c := local(t)
		if _, err := c.Get(t.Context(), url, Accept, 100, nil); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
		if resp, err := c.Get(t.Context(), url, Accept, 101, nil); err != nil || len(resp.Body) != 101 {
			t.Errorf("%s, at the limit: %v", name, err)
		}
	}
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		answer(w, `{"id":"`+strings.Repeat("x", 1<<20)+`"}`)
	})
	if _, err := local(t).GetObject(t.Context(), url, nil); !errors.Is(err, ErrTooLarge) {
		t.Errorf("document over 1 MiB: %v", err)
	}
}

func testCompressedResponse(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "" {
			t.Errorf("asked for %s", r.Header.Get("Accept-Encoding"))
		}
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "application/activity+json")
		z := gzip.NewWriter(w)
		_, _ = z.Write(bytes.Repeat([]byte(" "), 10<<20))
		_ = z.Close()
	})
	if _, err := local(t).GetObject(t.Context(), url, nil); !errors.Is(err, ErrEncoding) {
		t.Errorf("got %v", err)
	}
}

// FuzzURLPolicy: whatever URL is asked for and whatever it resolves to, only
// port 443 of public addresses is dialled.
func FuzzURLPolicy(f *testing.F) {
	for _, url := range []string{"https://a.example/x?y#z", "http://127.0.0.1:22/", "https://user@[::1]:443/", "HTTPS://A.Example:443"} {
		f.Add(url, "", []byte{127, 0, 0, 1})
		f.Add("https://a.example/", url, netip.MustParseAddr("64:ff9b::7f00:1").AsSlice())
	}
	f.Add("https://a.example/", "", public.AsSlice())
	f.Fuzz(func(t *testing.T, url, location string, raw []byte) {
		addr, ok := netip.AddrFromSlice(raw)
		if !ok {
			addr = public
		}
		c := New(Options{
			Lookup: func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{addr}, nil },
			Connect: func(_ context.Context, _, address string) (net.Conn, error) {
				if !isPublic(netip.MustParseAddrPort(address)) {
					t.Errorf("%q dials %s", url, address)
				}
				return nil, errors.New("no network")
			},
		})
		_, _ = c.Get(t.Context(), url, Accept, 0, nil)
		at, err := checkURL("https://a.example/", false)
		if err != nil {
			t.Fatal(err)
		}
		if to, err := c.checkRedirect(at, location, true); err == nil && to.Host != "a.example" {
			t.Errorf("redirect to %q leaves the origin: %s", location, to)
		}
	})
}

// isPublic is written from the IANA registries, not with the library under test.
func isPublic(a netip.AddrPort) bool {
	bad := []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
		"192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
		"2001:db8::/32", "2002::/16",
	}
	ip := a.Addr()
	if ip.Is6() && !netip.MustParsePrefix("2000::/3").Contains(ip) {
		return false
	}
	return a.Port() == 443 && !slices.ContainsFunc(bad, func(p string) bool { return netip.MustParsePrefix(p).Contains(ip) })
}
