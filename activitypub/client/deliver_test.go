// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"polder/activitypub/httpsig"
)

var activity = []byte(`{"type":"Create"}`)

func TestDeliver(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if scheme, reason := judge(r, r.Host); reason != "" || scheme != httpsig.Cavage {
			t.Errorf("signature: %v %s", scheme, reason)
		}
		if r.Header.Get("Content-Type") != contentType || r.Header.Get("Accept") != Accept || r.UserAgent() != "polder/test" {
			t.Errorf("header %v", r.Header)
		}
		if len(r.Header["X-Idempotency-Key"]) > 0 {
			t.Error("the mark for net/http went out")
		}
		w.WriteHeader(http.StatusAccepted)
	})
	d := local(t).Deliver(t.Context(), url+"/inbox", activity, *testSigner())
	if d != (Delivery{Class: Done, Status: 202, Scheme: httpsig.Cavage}) {
		t.Errorf("got %+v", d)
	}
}

func TestDeliveryClasses(t *testing.T) {
	want := map[Class][]int{
		Done:      {200, 201, 202, 204},
		Permanent: {400, 403, 404, 405, 406, 413, 415, 418, 422, 501},
		Gone:      {410},
		Retry:     {301, 302, 307, 308, 401, 408, 409, 425, 429, 451, 500, 502, 503, 504, 520},
	}
	status := 0
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	})
	for class, codes := range want {
		for _, status = range codes {
			d := local(t).Deliver(t.Context(), url+"/inbox", activity, *testSigner())
			if d.Class != class || d.Status != status || (d.Err == nil) != (class == Done) {
				t.Errorf("%d: %+v, want %v", status, d, class)
			}
		}
	}
}

func TestRetryAfter(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"120": 2 * time.Minute,
		testNow.Add(time.Hour).Format(http.TimeFormat):  time.Hour,
		testNow.Add(-time.Hour).Format(http.TimeFormat): 0,
		"-5": 0, "soon": 0, "": 0, "1e3": 0, "99999999999": 0,
		"999999999": 24 * time.Hour,
	} {
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", text)
			w.WriteHeader(http.StatusTooManyRequests)
		})
		d := local(t).Deliver(t.Context(), url, activity, *testSigner())
		if d.Class != Retry || d.RetryAfter != want {
			t.Errorf("%q: %+v, want %v", text, d, want)
		}
	}
}

func TestDeliverWithoutAnswer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + listener.Addr().String()
	listener.Close()
	d := local(t).Deliver(t.Context(), url, activity, *testSigner())
	if d.Class != Retry || d.Status != 0 || d.Err == nil {
		t.Errorf("got %+v", d)
	}
}

// The status counts, even if the peer never stops talking.
func TestDeliverLongAnswer(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, strings.Repeat("x", maxAnswer+1))
	})
	if d := local(t).Deliver(t.Context(), url, activity, *testSigner()); d.Class != Done {
		t.Errorf("got %+v", d)
	}
}

// picky accepts one scheme only and counts what it got.
func picky(t *testing.T, accepts httpsig.Scheme, status int) (url string, got *[]string) {
	got = new([]string)
	url = serve(t, func(w http.ResponseWriter, r *http.Request) {
		scheme, reason := judge(r, r.Host)
		if reason != "" {
			t.Errorf("signature: %s", reason)
		}
		*got = append(*got, scheme.String())
		if scheme != accepts {
			w.WriteHeader(status)
		}
	})
	return url, got
}

func TestLadderFindsAndRemembers(t *testing.T) {
	for _, status := range []int{401, 403} {
		now := testNow
		c := local(t, func(o *Options) { o.Now = func() time.Time { return now } })
		url, got := picky(t, httpsig.RFC9421, status)
		deliver := func(want ...string) {
			t.Helper()
			*got = nil
			if d := c.Deliver(t.Context(), url+"/inbox", activity, *testSigner()); d.Class != Done || d.Scheme != httpsig.RFC9421 {
				t.Errorf("got %+v", d)
			}
			if !slices.Equal(*got, want) {
				t.Errorf("attempts %v, want %v", *got, want)
			}
		}
		deliver("cavage", "rfc9421")
		deliver("rfc9421")
		c.schemes.hosts[memoryKey{strings.TrimPrefix(url, "http://"), "POST"}] = remembered{httpsig.RFC9421, now}
		deliver("cavage", "rfc9421") // 30 days later
	}
}

// A host that changes its mind is found again.
func TestLadderReturnsToCavage(t *testing.T) {
	c := local(t)
	url, got := picky(t, httpsig.Cavage, 401)
	key := memoryKey{strings.TrimPrefix(url, "http://"), "POST"}
	c.schemes.put(key, httpsig.RFC9421, testNow)
	for range 2 {
		if d := c.Deliver(t.Context(), url, activity, *testSigner()); d.Class != Done || d.Scheme != httpsig.Cavage {
			t.Errorf("got %+v", d)
		}
	}
	if want := []string{"rfc9421", "cavage", "cavage"}; !slices.Equal(*got, want) {
		t.Errorf("attempts %v, want %v", *got, want)
	}
}

// Blocked by the peer: its first word counts, and nothing is remembered.
func TestLadderFails(t *testing.T) {
	c := local(t)
	var first, second int
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if isRFC9421(r) {
			w.WriteHeader(second)
		} else {
			w.WriteHeader(first)
		}
	})
	for _, tt := range []struct {
		first, second int
		want          Class
	}{{403, 401, Permanent}, {401, 403, Retry}, {403, 403, Permanent}, {401, 404, Permanent}, {401, 503, Retry}} {
		first, second = tt.first, tt.second
		if d := c.Deliver(t.Context(), url, activity, *testSigner()); d.Class != tt.want {
			t.Errorf("%d then %d: %+v", first, second, d)
		}
	}
	if len(c.schemes.hosts) > 0 {
		t.Errorf("remembered %v", c.schemes.hosts)
	}
}

func TestGetLadder(t *testing.T) {
	for _, tt := range []struct {
		path    string
		accepts int // which attempt is accepted
		status  int // of the others
		want    []string
		final   int
	}{
		{"/outbox?page=1", 1, 401, []string{"with"}, 200},
		{"/outbox?page=1", 2, 401, []string{"with", "without"}, 200},
		{"/outbox?page=1", 3, 401, []string{"with", "without", "rfc9421"}, 200},
		{"/outbox?page=1", 2, 403, []string{"with", "rfc9421"}, 200},
		{"/outbox?page=1", 9, 401, []string{"with", "without", "rfc9421"}, 401},
		{"/outbox?page=1", 9, 404, []string{"with"}, 404},
		{"/outbox", 9, 401, []string{"with", "rfc9421"}, 401},
	} {
		var got []string
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			got = append(got, signedHow(r))
			if len(got) != tt.accepts {
				w.WriteHeader(tt.status)
			}
		})
		resp, err := local(t).Get(t.Context(), url+tt.path, Accept, 0, testSigner())
		if err != nil || resp.Status != tt.final || !slices.Equal(got, tt.want) {
			t.Errorf("%+v: attempts %v, %v", tt, got, err)
		}
	}
}

// signedHow tells cavage with and without the query apart by verifying it
// against a target without one.
func signedHow(r *http.Request) string {
	if isRFC9421(r) {
		return "rfc9421"
	}
	bare := r.Clone(r.Context())
	bare.RequestURI = r.URL.Path
	if _, reason := judge(bare, r.Host); reason == "" && r.URL.RawQuery != "" {
		return "without"
	}
	return "with"
}

func TestGetUnsignedClimbsNothing(t *testing.T) {
	count := 0
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		count++
		w.WriteHeader(http.StatusUnauthorized)
	})
	resp, err := local(t).Get(t.Context(), url, Accept, 0, nil)
	if err != nil || resp.Status != 401 || count != 1 {
		t.Errorf("got %+v, %v after %d attempts", resp, err, count)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	var m memory
	for i := range maxHosts + 10 {
		m.put(memoryKey{fmt.Sprint(i), "POST"}, httpsig.RFC9421, testNow)
	}
	if len(m.hosts) > maxHosts {
		t.Errorf("%d hosts", len(m.hosts))
	}
	last := memoryKey{fmt.Sprint(maxHosts + 9), "POST"}
	if m.get(last, testNow) != httpsig.RFC9421 || m.get(last, testNow.Add(rememberFor)) != httpsig.Cavage {
		t.Error("the newest host is forgotten, or remembered too long")
	}
}

// Thousands of deliveries to one host share a few connections.
func TestConnectionsAreReused(t *testing.T) {
	var opened atomic.Int64
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isRFC9421(r) {
			fmt.Fprint(w, strings.Repeat("accepted ", 100))
			return
		}
		http.Error(w, "no", http.StatusUnauthorized)
	}))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	srv.Start()
	t.Cleanup(srv.Close)
	c := local(t)
	results := make(chan Class)
	for range 4 {
		go func() {
			for range 10 {
				results <- c.Deliver(t.Context(), "http://peer.localhost:"+port(srv)+"/inbox", activity, *testSigner()).Class
			}
		}()
	}
	for range 40 {
		if class := <-results; class != Done {
			t.Errorf("got %v", class)
		}
	}
	// A request may open one while another is just coming back.
	if n := opened.Load(); n > 20 {
		t.Errorf("%d connections for 80 requests", n)
	}
}

// A transport in the same process replaces the network but not the policy.
func TestTransportReplacesTheNetwork(t *testing.T) {
	c := New(Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		w.WriteHeader(http.StatusAccepted)
		return w.Result(), nil
	})})
	if d := c.Deliver(t.Context(), "https://gemeente-a.example/inbox", activity, *testSigner()); d.Class != Done {
		t.Errorf("got %+v", d)
	}
	if d := c.Deliver(t.Context(), "https://10.0.0.1/inbox", activity, *testSigner()); !errors.Is(d.Err, ErrURL) {
		t.Errorf("got %+v", d)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func BenchmarkDeliver(b *testing.B) {
	url := serve(b, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusAccepted) })
	c := local(b)
	for b.Loop() {
		if d := c.Deliver(b.Context(), url+"/inbox", activity, *testSigner()); d.Class != Done {
			b.Fatal(d.Err)
		}
	}
}
