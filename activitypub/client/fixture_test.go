// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"polder/activitypub/httpsig"
)

var testNow = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// testKey is the RSA key published in RFC 9421 appendix B.1.1.
var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	raw, err := os.ReadFile("testdata/rfc9421-test-key-rsa.pem")
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode(raw)
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		panic(err)
	}
	return key
})

func testSigner() *httpsig.Signer {
	return &httpsig.Signer{KeyID: "https://stadskanaal.example/actor#main-key", Key: testKey()}
}

// local is a client for loopback servers with a still clock.
func local(t testing.TB, change ...func(*Options)) *Client {
	o := Options{UserAgent: "polder/test", AllowPrivate: true, Now: func() time.Time { return testNow }}
	for _, f := range change {
		f(&o)
	}
	c := New(o)
	t.Cleanup(c.Close)
	return c
}

// serve starts a loopback server and returns its base URL, with a name.
func serve(t testing.TB, h http.HandlerFunc) string {
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return "http://peer.localhost:" + port(srv)
}

func port(srv *httptest.Server) string {
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	return port
}

// public is the address every name of strict resolves to. It is never dialled:
// Connect leads to the loopback server.
var public = netip.MustParseAddr("93.184.216.34")

// strict is a client with the full policy, and the TLS server behind every
// .example name it asks for.
func strict(t testing.TB, h http.HandlerFunc, change ...func(*Options)) *Client {
	cert, pool := certificate(t)
	srv := httptest.NewUnstartedServer(h)
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	srv.Config.ErrorLog = nil
	srv.StartTLS()
	t.Cleanup(srv.Close)
	o := Options{
		Now:     func() time.Time { return testNow },
		RootCAs: pool,
		Lookup:  func(context.Context, string) ([]netip.Addr, error) { return []netip.Addr{public}, nil },
		Connect: func(ctx context.Context, network, address string) (net.Conn, error) {
			if address != public.String()+":443" {
				t.Errorf("dialling %s", address)
			}
			return new(net.Dialer).DialContext(ctx, "tcp", srv.Listener.Addr().String())
		},
	}
	for _, f := range change {
		f(&o)
	}
	c := New(o)
	t.Cleanup(c.Close)
	return c
}

// certificate makes a certificate for every name in .example.
func certificate(t testing.TB) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		DNSNames:     []string{"a.example", "b.example", "evil.example"},
		NotBefore:    time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// answer writes an ActivityPub document.
func answer(w http.ResponseWriter, doc string) {
	w.Header().Set("Content-Type", "application/activity+json; charset=utf-8")
	_, _ = io.WriteString(w, doc)
}

// judge checks a request as an instance would and returns the reason code.
func judge(r *http.Request, host string) (scheme httpsig.Scheme, reason string) {
	body, _ := io.ReadAll(r.Body)
	p := httpsig.Policy{Host: host, BaseURL: "http://" + host}
	sig, err := httpsig.Parse(r, body, testNow, p)
	if err == nil {
		err = sig.Verify(testKey().Public())
	}
	if err != nil {
		return 0, httpsig.Reason(err)
	}
	return sig.Scheme, ""
}

func isRFC9421(r *http.Request) bool { return r.Header.Get("Signature-Input") != "" }

func contains(s string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(s, part) {
			return false
		}
	}
	return true
}
