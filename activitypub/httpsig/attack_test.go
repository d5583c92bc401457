// SPDX-License-Identifier: EUPL-1.2

package httpsig

import (
	"crypto"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// attack is one way to misuse a signature; want is the reason code.
type attack struct {
	row, name string
	signed    cavageCase              // what the rogue peer signs
	tamper    func(r *http.Request)   // what happens to the request afterwards
	received  string                  // body, if not the signed one
	key       func() crypto.PublicKey // key of keyId, if not the good one
	want      reason
}

func at(d time.Duration) string { return testNow.Add(d).Format(http.TimeFormat) }

func unix(d time.Duration) string { return strconv.FormatInt(testNow.Add(d).Unix(), 10) }

const (
	emptySHA512 = "SHA-512=z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="
	withCreated = "(request-target) host (created) digest"
	withExpires = "(request-target) host (created) (expires) digest"
)

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func addHeader(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Add(name, value) }
}

// rewrite changes the text of the Signature header.
func rewrite(old, new string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Signature", strings.Replace(r.Header.Get("Signature"), old, new, 1))
	}
}

func target(method, raw string) func(*http.Request) {
	return func(r *http.Request) { r.Method, r.RequestURI = method, raw }
}

var attacks = []attack{
	{row: "01", name: "unsigned", tamper: func(r *http.Request) { r.Header.Del("Signature") }, want: ErrUnsigned},
	{row: "01", name: "only Signature-Input", tamper: func(r *http.Request) {
		r.Header.Del("Signature")
		r.Header.Set("Signature-Input", `sig1=("@method")`)
	}, want: ErrUnsigned},
	{row: "01", name: "only Authorization", tamper: func(r *http.Request) {
		r.Header.Set("Authorization", "Signature "+r.Header.Get("Signature"))
		r.Header.Del("Signature")
	}, want: ErrUnsigned},
	{row: "02", name: "body changed", received: `{"type":"Delete"}`, want: ErrDigest},
	{row: "02", name: "body emptied", received: " ", want: ErrDigest},
	{row: "02", name: "body and digest changed", received: "x", tamper: header("Digest", digestOf("x")), want: ErrSignature},
	{row: "03", name: "wrong digest signed", signed: cavageCase{digest: []string{digestOf("x")}}, want: ErrDigest},
	{row: "03", name: "digest is not base64", signed: cavageCase{digest: []string{"SHA-256=!"}}, want: ErrDigest},
	{row: "03", name: "digest is short", signed: cavageCase{digest: []string{"SHA-256=AAAA"}}, want: ErrDigest},
	{row: "03", name: "digest empty", signed: cavageCase{digest: []string{""}}, want: ErrDigest},
	{row: "04", name: "digest not covered", signed: cavageCase{headers: "(request-target) host date"}, want: ErrNotCovered},
	{row: "04", name: "digest missing", tamper: func(r *http.Request) { r.Header.Del("Digest") }, want: ErrMalformed},
	{row: "04", name: "GET with a body", signed: cavageCase{method: "GET", headers: "(request-target) host date"}, received: "x", want: ErrNotCovered},
	{row: "05", name: "SHA-512 only", signed: cavageCase{digest: []string{emptySHA512}}, want: ErrDigest},
	{row: "05", name: "MD5 only", signed: cavageCase{digest: []string{"MD5=1B2M2Y8AsgTpgAmY7PhCfg=="}}, want: ErrDigest},
	{row: "05", name: "the same twice", signed: cavageCase{digest: []string{digestOf(activity) + "," + digestOf(activity)}}, want: ErrDigest},
	{row: "05", name: "contradicting", signed: cavageCase{digest: []string{digestOf("x"), digestOf(activity)}}, want: ErrDigest},
	{row: "05", name: "contradicting in other case", signed: cavageCase{digest: []string{digestOf(activity), "sha-256=" + digestOf("x")[8:]}}, want: ErrDigest},
	{row: "06", name: "date only", signed: cavageCase{headers: "date"}, want: ErrNotCovered},
	{row: "06", name: "empty headers", tamper: rewrite(`headers="(request-target) host date digest"`, `headers=""`), want: ErrNotCovered},
	{row: "06", name: "no headers", tamper: rewrite(`headers="(request-target) host date digest",`, ``), want: ErrNotCovered},
	{row: "06", name: "no target", signed: cavageCase{headers: "host date digest"}, want: ErrNotCovered},
	{row: "06", name: "no host", signed: cavageCase{headers: "(request-target) date digest"}, want: ErrNotCovered},
	{row: "06", name: "no time", signed: cavageCase{headers: "(request-target) host digest"}, want: ErrNotCovered},
	{row: "06", name: "doubled space", tamper: rewrite("host date", "host  date"), want: ErrMalformed},
	{row: "06", name: "covered twice", signed: cavageCase{headers: "(request-target) host host date digest"}, want: ErrMalformed},
	{row: "06", name: "unknown pseudo-header", signed: cavageCase{headers: "(request-target) (host) host date digest"}, want: ErrMalformed},
	{row: "06", name: "covered field absent", signed: cavageCase{headers: "(request-target) host date digest x-absent"}, want: ErrMalformed},
	{row: "07", name: "another inbox", tamper: target("POST", "/helpdesk/inbox"), want: ErrSignature},
	{row: "07", name: "query added", tamper: target("POST", inbox+"?x"), want: ErrSignature},
	{row: "07", name: "POST has no look without the query", signed: cavageCase{override: map[string]string{"(request-target)": "post " + inbox}, target: inbox + "?x=1"}, want: ErrSignature},
	{row: "07", name: "escaped differently", tamper: target("POST", "/organizatio%6e/inbox"), want: ErrSignature},
	{row: "07", name: "another method", tamper: target("PUT", inbox), want: ErrSignature},
	{row: "07", name: "absolute target", tamper: target("POST", "http://stadskanaal.example"+inbox), want: ErrMalformed},
	{row: "08", name: "sent to another host", tamper: func(r *http.Request) { r.Host = "evil.example" }, want: ErrHost},
	{row: "08", name: "another host signed and sent", signed: cavageCase{host: "evil.example"}, want: ErrHost},
	{row: "08", name: "another host signed", signed: cavageCase{override: map[string]string{"host": "evil.example"}}, want: ErrSignature},
	{row: "08", name: "host with a port", signed: cavageCase{host: "stadskanaal.example:8443"}, want: ErrHost},
	{row: "08", name: "no host", tamper: func(r *http.Request) { r.Host = "" }, want: ErrHost},
	{row: "08", name: "Host hidden in the header", tamper: header("Host", "stadskanaal.example"), signed: cavageCase{override: map[string]string{"host": "evil.example"}}, want: ErrSignature},
	{row: "09", name: "66 min old", signed: cavageCase{date: at(-66 * time.Minute)}, want: ErrDate},
	{row: "09", name: "13 h old", signed: cavageCase{date: at(-13 * time.Hour)}, want: ErrDate},
	{row: "09", name: "10 min ahead", signed: cavageCase{date: at(10 * time.Minute)}, want: ErrDate},
	{row: "09", name: "missing", signed: cavageCase{date: "-"}, want: ErrMalformed},
	{row: "09", name: "unparsable", signed: cavageCase{date: "yesterday"}, want: ErrDate},
	{row: "09", name: "two dates", tamper: addHeader("Date", at(0)), want: ErrMalformed},
	{row: "09", name: "fresh date not the signed one", signed: cavageCase{override: map[string]string{"date": at(-66 * time.Minute)}}, want: ErrSignature},
	{row: "10", name: "created ahead", signed: cavageCase{headers: withCreated, algorithm: "hs2019", created: unix(11 * time.Second)}, want: ErrDate},
	{row: "10", name: "created old", signed: cavageCase{headers: withCreated, algorithm: "hs2019", created: unix(-66 * time.Minute)}, want: ErrDate},
	{row: "10", name: "created not given", signed: cavageCase{headers: withCreated, algorithm: "hs2019"}, want: ErrMalformed},
	{row: "10", name: "created with rsa-sha256", signed: cavageCase{headers: withCreated, created: unix(0)}, want: ErrMalformed},
	{row: "10", name: "created zero", signed: cavageCase{headers: withCreated, algorithm: "hs2019", created: "0"}, want: ErrMalformed},
	{row: "10", name: "created beyond int64", signed: cavageCase{headers: withCreated, algorithm: "hs2019", created: "99999999999999999999"}, want: ErrMalformed},
	{row: "10", name: "expires past", signed: cavageCase{headers: withExpires, algorithm: "hs2019", created: unix(-time.Minute), expires: unix(-time.Second)}, want: ErrDate},
	{row: "10", name: "expires past, not covered", signed: cavageCase{expires: unix(-time.Second)}, want: ErrDate},
	{row: "10", name: "expires in 10 years", signed: cavageCase{headers: withExpires, algorithm: "hs2019", created: unix(0), expires: unix(10 * 365 * 24 * time.Hour)}, want: ErrDate},
	{row: "10", name: "expires 10 years after Date", signed: cavageCase{expires: unix(10 * 365 * 24 * time.Hour)}, want: ErrDate},
	{row: "11", name: "hmac-sha1", signed: cavageCase{algorithm: "hmac-sha1"}, want: ErrAlgorithm},
	{row: "11", name: "none", signed: cavageCase{algorithm: "none"}, want: ErrAlgorithm},
	{row: "11", name: "rsa-sha512", signed: cavageCase{algorithm: "rsa-sha512"}, want: ErrAlgorithm},
	{row: "11", name: "rsa-sha256 with an Ed25519 key", signed: cavageCase{key: otherKey()}, key: func() crypto.PublicKey { return otherKey().Public() }, want: ErrAlgorithm},
	{row: "11", name: "signed with RSA, key is Ed25519", signed: cavageCase{algorithm: "hs2019"}, key: func() crypto.PublicKey { return otherKey().Public() }, want: ErrSignature},
	{row: "11", name: "no key", key: func() crypto.PublicKey { return nil }, want: ErrKey},
	{row: "11", name: "a secret as key", key: func() crypto.PublicKey { return []byte("secret") }, want: ErrKey},
	{row: "12", name: "two headers", tamper: addHeader("Signature", `keyId="x"`), want: ErrTwoSignatures},
	{row: "12", name: "Authorization too", tamper: header("Authorization", `Signature keyId="x"`), want: ErrTwoSignatures},
	{row: "12", name: "Authorization too, other case", tamper: header("Authorization", `sIGNATURE keyId="x"`), want: ErrTwoSignatures},
	{row: "12", name: "two headers in one", tamper: func(r *http.Request) {
		s := r.Header.Get("Signature")
		r.Header.Set("Signature", s+","+s)
	}, want: ErrMalformed},
	{row: "12", name: "Signature-Input beside draft-cavage", tamper: header("Signature-Input", `sig1=("@method");created=1;keyid="x"`), want: ErrTwoSignatures},
	{row: "14", name: "replay to another instance", tamper: func(r *http.Request) { r.Host = "groningen.example" }, want: ErrHost},
	{row: "17", name: "acct form", signed: cavageCase{keyID: "acct:anna@peer.example"}, want: ErrKeyID},
	{row: "17", name: "bare name", signed: cavageCase{keyID: "anna"}, want: ErrKeyID},
	{row: "17", name: "no keyId", tamper: rewrite(`keyId="`+testKeyID+`",`, ``), want: ErrKeyID},
	{row: "19", name: "keyId twice", tamper: rewrite(`keyId=`, `keyId="https://evil.example/k",keyId=`), want: ErrMalformed},
	{row: "19", name: "keyId twice, other case", tamper: rewrite(`keyId=`, `keyid="https://evil.example/k",keyId=`), want: ErrMalformed},
	{row: "19", name: "quote inside", tamper: rewrite(`anna#`, `anna"#`), want: ErrMalformed},
	{row: "19", name: "escaped quote inside", tamper: rewrite(`anna#`, `anna\"#`), want: ErrMalformed},
	{row: "19", name: "user info", signed: cavageCase{keyID: "https://peer.example@evil.example/k"}, want: ErrKeyID},
	{row: "19", name: "backslash", signed: cavageCase{keyID: `https://peer.example\@evil.example/k`}, want: ErrMalformed},
	{row: "19", name: "http", signed: cavageCase{keyID: "http://peer.example/k"}, want: ErrKeyID},
	{row: "19", name: "port", signed: cavageCase{keyID: "https://peer.example:8443/k"}, want: ErrKeyID},
	{row: "19", name: "IP literal", signed: cavageCase{keyID: "https://192.0.2.1/k"}, want: ErrKeyID},
	{row: "19", name: "IPv6 literal", signed: cavageCase{keyID: "https://[2001:db8::1]/k"}, want: ErrKeyID},
	{row: "19", name: "trailing dot", signed: cavageCase{keyID: "https://peer.example./k"}, want: ErrKeyID},
	{row: "19", name: "no dot", signed: cavageCase{keyID: "https://localhost/k"}, want: ErrKeyID},
	{row: "19", name: "escaped host", signed: cavageCase{keyID: "https://peer%2eexample/k"}, want: ErrKeyID},
	{row: "19", name: "space", signed: cavageCase{keyID: "https://peer.example/a b"}, want: ErrKeyID},
	{row: "19", name: "long", signed: cavageCase{keyID: "https://peer.example/" + strings.Repeat("a", 2048)}, want: ErrKeyID},
}

// TestAttack is the part of the attack table (spec: security.md 1) that the
// signature alone decides.
func TestAttack(t *testing.T) {
	for _, a := range attacks {
		t.Run(a.row+"/"+a.name, func(t *testing.T) {
			r := a.signed.request(t)
			if a.tamper != nil {
				a.tamper(r)
			}
			body := a.signed.withDefaults().body
			if a.received != "" {
				body = strings.TrimSpace(a.received)
			}
			key := crypto.PublicKey(testKey().Public())
			if a.key != nil {
				key = a.key()
			}
			err := check(r, body, testNow, testPolicy, key)
			if Reason(err) != string(a.want) {
				t.Errorf("got %v, want %v", err, a.want)
			}
		})
	}
}
