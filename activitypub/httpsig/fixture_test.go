// SPDX-License-Identifier: EUPL-1.2

package httpsig

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testKeyID = "https://peer.example/users/anna#main-key"
	inbox     = "/organization/inbox"
	activity  = `{"type":"Create"}`
)

var (
	testNow    = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	testPolicy = Policy{Host: "stadskanaal.example", BaseURL: "https://stadskanaal.example"}
)

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

var otherKey = sync.OnceValue(func() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
})

// received turns an outgoing request into what a server reads: a raw target,
// and the host outside the header.
func received(method, target, body string) *http.Request {
	r := httptest.NewRequest(method, "https://stadskanaal.example/", strings.NewReader(body))
	r.RequestURI = target
	r.URL, _ = url.ParseRequestURI(target)
	return r
}

// cavageCase describes a draft-cavage request, signed by code that shares
// nothing with the package. Zero values mean the good request.
type cavageCase struct {
	method, target, body string
	host                 string // sent
	date                 string // sent; "-" is none
	digest               []string
	headers              string // covered
	keyID, algorithm     string
	created, expires     string // parameters
	key                  crypto.Signer
	override             map[string]string // values in the signing string only
}

func (c cavageCase) withDefaults() cavageCase {
	set := func(s *string, value string) {
		if *s == "" {
			*s = value
		}
	}
	set(&c.method, "POST")
	set(&c.target, inbox)
	if c.method == "POST" {
		set(&c.body, activity)
	}
	set(&c.host, "stadskanaal.example")
	set(&c.date, testNow.Format(http.TimeFormat))
	set(&c.headers, "(request-target) host date digest")
	set(&c.keyID, testKeyID)
	set(&c.algorithm, "rsa-sha256")
	if c.digest == nil && c.method == "POST" {
		c.digest = []string{digestOf(c.body)}
	}
	if c.key == nil {
		c.key = testKey()
	}
	return c
}

func digestOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return "SHA-256=" + base64.StdEncoding.EncodeToString(sum[:])
}

// request signs and returns the request as the server sees it.
func (c cavageCase) request(t testing.TB) *http.Request {
	t.Helper()
	c = c.withDefaults()
	r := received(c.method, c.target, c.body)
	r.Host = c.host
	if c.date != "-" {
		r.Header.Set("Date", c.date)
	}
	for _, d := range c.digest {
		r.Header.Add("Digest", d)
	}
	r.Header.Set("Signature", c.header(t))
	return r
}

func (c cavageCase) header(t testing.TB) string {
	values := map[string]string{
		"(request-target)": strings.ToLower(c.method) + " " + c.target,
		"host":             c.host, "date": c.date, "digest": strings.Join(c.digest, ", "),
		"(created)": c.created, "(expires)": c.expires,
	}
	for name, value := range c.override {
		values[name] = value
	}
	var lines []string
	for name := range strings.FieldsSeq(c.headers) {
		lines = append(lines, name+": "+values[name])
	}
	sig := signRaw(t, c.key, strings.Join(lines, "\n"))
	out := `keyId="` + c.keyID + `",algorithm="` + c.algorithm + `",headers="` + c.headers + `",signature="` + sig + `"`
	if c.created != "" {
		out += ",created=" + c.created
	}
	if c.expires != "" {
		out += ",expires=" + c.expires
	}
	return out
}

func signRaw(t testing.TB, key crypto.Signer, text string) string {
	t.Helper()
	data, hash := []byte(text), crypto.Hash(0)
	if _, ok := key.(*rsa.PrivateKey); ok {
		sum := sha256.Sum256(data)
		data, hash = sum[:], crypto.SHA256
	}
	sig, err := key.Sign(nil, data, hash)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(sig)
}

// check parses and verifies and returns the first error.
func check(r *http.Request, body string, now time.Time, p Policy, key crypto.PublicKey) error {
	sig, err := Parse(r, []byte(body), now, p)
	if err != nil {
		return err
	}
	return sig.Verify(key)
}
