// SPDX-License-Identifier: EUPL-1.2

package httpsig

import (
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/dunglas/httpsfv"
)

// vector is an example of RFC 9421. Its components differ from what the
// profile demands, so the layers below the policy are checked: the signature
// base byte for byte, and the algorithm if it is one of ours.
type vector struct {
	name, method, target, host string
	header                     http.Header
	input, base                string
	signature                  string // with key, else not ours
	key                        func() crypto.PublicKey
}

var requestB2 = http.Header{
	"Date":           {"Tue, 20 Apr 2021 02:07:55 GMT"},
	"Content-Type":   {"application/json"},
	"Content-Digest": {"sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"},
	"Content-Length": {"18"},
	"Forwarded":      {"for=192.0.2.123;host=example.com;proto=https"},
}

func rsaTestKey() crypto.PublicKey { return testKey().Public() }

// ed25519TestKey is the key of appendix B.1.4.
func ed25519TestKey() crypto.PublicKey {
	raw, err := base64.StdEncoding.DecodeString("JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=")
	if err != nil {
		panic(err)
	}
	return ed25519.PublicKey(raw)
}

var vectors = []vector{
	{
		name: "B.2.1 nothing covered", method: "POST", target: "/foo?param=Value&Pet=dog", host: "example.com", header: requestB2,
		input: `();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"`,
	},
	{
		name: "B.2.3 full coverage", method: "POST", target: "/foo?param=Value&Pet=dog", host: "example.com", header: requestB2,
		input: `("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-rsa-pss"`,
		base: `"date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@query": ?param=Value&Pet=dog
"@authority": example.com
"content-type": application/json
"content-digest": sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:
"content-length": 18
`,
	},
	{
		name: "B.2.6 Ed25519", method: "POST", target: "/foo?param=Value&Pet=dog", host: "example.com", header: requestB2,
		input: `("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"`,
		base: `"date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@authority": example.com
"content-type": application/json
"content-length": 18
`,
		signature: "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==",
		key:       ed25519TestKey,
	},
	{
		name: "B.4 two field lines", method: "GET", target: "/demo?name1=Value1&Name2=value2", host: "example.org",
		header: http.Header{"Date": {"Fri, 15 Jul 2022 14:24:55 GMT"}, "Accept": {"application/json", "*/*"}},
		input:  `("@method" "@path" "@authority" "accept");created=1618884473;keyid="test-key-ed25519"`,
		base: `"@method": GET
"@path": /demo
"@authority": example.org
"accept": application/json, */*
`,
		signature: "ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5JZ1eRGS0A+vyYP9t/LXlh5QMFFQ6cpLt2m0pmj3NDA==",
		key:       ed25519TestKey,
	},
	{
		name: "4.3 RSA by a proxy", method: "POST", target: "/foo?param=Value&Pet=dog", host: "origin.host.internal.example", header: requestB2,
		input: `("@method" "@authority" "@path" "content-digest" "content-type" "content-length" "forwarded");created=1618884480;keyid="test-key-rsa";alg="rsa-v1_5-sha256";expires=1618884540`,
		base: `"@method": POST
"@authority": origin.host.internal.example
"@path": /foo
"content-digest": sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:
"content-type": application/json
"content-length": 18
"forwarded": for=192.0.2.123;host=example.com;proto=https
`,
		signature: "S6ZzPXSdAMOPjN/6KXfXWNO/f7V6cHm7BXYUh3YD/fRad4BCaRZxP+JH+8XY1I6+8Cy+CM5g92iHgxtRPz+MjniOaYmdkDcnL9cCpXJleXsOckpURl49GwiyUpZ10KHgOEe11sx3G2gxI8S0jnxQB+Pu68U9vVcasqOWAEObtNKKZd8tSFu7LB5YAv0RAGhB8tmpv7sFnIm9y+7X5kXQfi8NMaZaA8i2ZHwpBdg7a6CMfwnnrtflzvZdXAsD3LH2TwevU+/PBPv0B6NMNk93wUs/vfJvye+YuI87HU38lZHowtznbLVdp770I6VHR6WfgS9ddzirrswsE1w5o0LV/g==",
		key:       rsaTestKey,
	},
}

func parseList(t *testing.T, input string) httpsfv.InnerList {
	t.Helper()
	dict, err := parseDictionary([]string{"sig=" + input})
	if err != nil {
		t.Fatal(err)
	}
	member, _ := dict.Get("sig")
	list, ok := member.(httpsfv.InnerList)
	if !ok {
		t.Fatalf("%s is not a list", input)
	}
	return list
}

func TestPublishedVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			list := parseList(t, v.input)
			names, err := componentNames(list)
			if err != nil {
				t.Fatal(err)
			}
			m := message{method: v.method, target: v.target, host: v.host, header: v.header}
			base, err := signatureBase(m, names, list, Policy{BaseURL: "https://" + v.host})
			if err != nil {
				t.Fatal(err)
			}
			if want := v.base + `"@signature-params": ` + v.input; string(base) != want {
				t.Errorf("base is\n%s\nwant\n%s", base, want)
			}
			if v.key != nil {
				verifyVector(t, v, base)
			}
		})
	}
}

func verifyVector(t *testing.T, v vector, base []byte) {
	value, err := base64.StdEncoding.DecodeString(v.signature)
	if err != nil {
		t.Fatal(err)
	}
	if err := verifyBytes(v.key(), base, value); err != nil {
		t.Error(err)
	}
	if err := verifyBytes(v.key(), append(base, ' '), value); !errors.Is(err, ErrSignature) {
		t.Errorf("altered base: %v", err)
	}
}

// The rest of appendix B.2 lies outside the profile.
func TestVectorsOutsideTheProfile(t *testing.T) {
	list := parseList(t, `("@authority" "content-digest" "@query-param";name="Pet");created=1618884473;keyid="test-key-rsa-pss";tag="header-example"`)
	if _, err := componentNames(list); !errors.Is(err, ErrMalformed) {
		t.Errorf("B.2.2: %v", err)
	}
	list = parseList(t, `("@status" "content-type");created=1618884473;keyid="test-key-ecc-p256"`)
	if _, err := componentNames(list); !errors.Is(err, ErrMalformed) {
		t.Errorf("B.2.4: %v", err)
	}
}

// messageCase is an RFC 9421 request, signed by code that shares nothing with
// the package. Zero values mean the good request.
type messageCase struct {
	input  string // with $K for ;keyid and $C for ;created
	base   string // lines before @signature-params
	tamper func(r *http.Request)
	body   string // received
	key    crypto.Signer
	want   reason
}

const (
	goodInput = `("@method" "@target-uri" "content-digest")$C$K;alg="rsa-v1_5-sha256"`
	goodBase  = "\"@method\": POST\n\"@target-uri\": https://stadskanaal.example/organization/inbox\n\"content-digest\": "
)

func (c messageCase) request(t *testing.T) *http.Request {
	t.Helper()
	if c.key == nil {
		c.key = testKey()
	}
	digest := contentDigest([]byte(activity))
	if c.input == "" {
		c.input = goodInput
	}
	if c.base == "" {
		c.base = goodBase + digest + "\n"
	}
	input := strings.NewReplacer("$C", ";created="+unix(0), "$K", `;keyid="`+testKeyID+`"`).Replace(c.input)
	r := received("POST", inbox, activity)
	r.Header.Set("Content-Digest", digest)
	r.Header.Set("Signature-Input", "sig1="+input)
	r.Header.Set("Signature", "sig1=:"+signRaw(t, c.key, c.base+`"@signature-params": `+input)+":")
	if c.tamper != nil {
		c.tamper(r)
	}
	return r
}

var messageCases = map[string]messageCase{
	"good":                      {},
	"without alg":               {input: `("@method" "@target-uri" "content-digest")$C$K`},
	"Ed25519":                   {input: `("@method" "@target-uri" "content-digest")$C$K;alg="ed25519"`, key: otherKey()},
	"expires":                   {input: `("@method" "@target-uri" "content-digest")$C$K;expires=` + unix(12*3600e9)},
	"nonce and tag":             {input: `("@method" "@target-uri" "content-digest")$C;nonce="a;b,c";tag="t"$K`},
	"unsigned":                  {tamper: func(r *http.Request) { r.Header.Del("Signature") }, want: ErrUnsigned},
	"body changed":              {body: "x", want: ErrDigest},
	"body and digest changed":   {body: "x", tamper: header("Content-Digest", contentDigest([]byte("x"))), want: ErrSignature},
	"digest twice":              {tamper: addHeader("Content-Digest", contentDigest([]byte(activity))), want: ErrDigest},
	"SHA-512 only":              {tamper: header("Content-Digest", requestB2.Get("Content-Digest")), want: ErrDigest},
	"digest as text":            {tamper: header("Content-Digest", `sha-256="x"`), want: ErrDigest},
	"no digest header":          {tamper: func(r *http.Request) { r.Header.Del("Content-Digest") }, want: ErrMalformed},
	"digest not covered":        {input: `("@method" "@target-uri")$C$K`, want: ErrNotCovered},
	"nothing covered":           {input: `()$C$K`, want: ErrNotCovered},
	"target not covered":        {input: `("@method" "@authority" "@path" "content-digest")$C$K`, want: ErrNotCovered},
	"method not covered":        {input: `("@target-uri" "content-digest")$C$K`, want: ErrNotCovered},
	"another inbox":             {tamper: target("POST", "/helpdesk/inbox"), want: ErrSignature},
	"another method":            {tamper: target("PUT", inbox), want: ErrSignature},
	"another host":              {tamper: func(r *http.Request) { r.Host = "groningen.example" }, want: ErrHost},
	"another host signed":       {base: strings.Replace(goodBase, "stadskanaal", "groningen", 1) + contentDigest([]byte(activity)) + "\n", want: ErrSignature},
	"no created":                {input: `("@method" "@target-uri" "content-digest")$K`, want: ErrMalformed},
	"created as text":           {input: `("@method" "@target-uri" "content-digest");created="1"$K`, want: ErrMalformed},
	"created twice":             {input: `("@method" "@target-uri" "content-digest")$C$C$K`, want: ErrMalformed},
	"created old":               {input: `("@method" "@target-uri" "content-digest");created=` + unix(-66*60e9) + `$K`, want: ErrDate},
	"created ahead":             {input: `("@method" "@target-uri" "content-digest");created=` + unix(6*60e9) + `$K`, want: ErrDate},
	"expired":                   {input: `("@method" "@target-uri" "content-digest")$C$K;expires=` + unix(-1e9), want: ErrDate},
	"expires in 10 years":       {input: `("@method" "@target-uri" "content-digest")$C$K;expires=` + unix(10*365*24*3600e9), want: ErrDate},
	"no keyid":                  {input: `("@method" "@target-uri" "content-digest")$C`, want: ErrKeyID},
	"keyid twice":               {input: `("@method" "@target-uri" "content-digest")$C;keyid="https://evil.example/k"$K`, want: ErrMalformed},
	"keyid in acct form":        {input: `("@method" "@target-uri" "content-digest")$C;keyid="acct:a@b.example"`, want: ErrKeyID},
	"keyid with user info":      {input: `("@method" "@target-uri" "content-digest")$C;keyid="https://a.example@b.example/"`, want: ErrKeyID},
	"keyid with escaped quote":  {input: `("@method" "@target-uri" "content-digest")$C;keyid="https://a.example/\""`, want: ErrKeyID},
	"hmac":                      {input: `("@method" "@target-uri" "content-digest")$C$K;alg="hmac-sha256"`, want: ErrAlgorithm},
	"PSS":                       {input: `("@method" "@target-uri" "content-digest")$C$K;alg="rsa-pss-sha512"`, want: ErrAlgorithm},
	"alg is not text":           {input: `("@method" "@target-uri" "content-digest")$C$K;alg`, want: ErrAlgorithm},
	"alg of another kind":       {input: `("@method" "@target-uri" "content-digest")$C$K;alg="ed25519"`, want: ErrAlgorithm},
	"RSA name, Ed25519 key":     {key: otherKey(), want: ErrAlgorithm},
	"second label":              {tamper: header("Signature-Input", `sig1=("@method"), sig2=("@method")`), want: ErrTwoSignatures},
	"the same label twice":      {tamper: header("Signature-Input", `sig1=("@method"), sig1=("@method")`), want: ErrTwoSignatures},
	"second signature":          {tamper: header("Signature", `sig1=:AA==:, sig2=:AA==:`), want: ErrTwoSignatures},
	"second Signature-Input":    {tamper: addHeader("Signature-Input", `sig2=("@method")`), want: ErrTwoSignatures},
	"second Signature":          {tamper: addHeader("Signature", `sig1=:AA==:`), want: ErrTwoSignatures},
	"another label":             {tamper: header("Signature", `sig2=:AA==:`), want: ErrMalformed},
	"signature as text":         {tamper: header("Signature", `sig1="AA=="`), want: ErrMalformed},
	"signature is a list":       {tamper: header("Signature", `sig1=(:AA==:)`), want: ErrMalformed},
	"empty signature":           {tamper: header("Signature", `sig1=::`), want: ErrMalformed},
	"input is not a list":       {tamper: header("Signature-Input", `sig1="@method"`), want: ErrMalformed},
	"input is empty":            {tamper: header("Signature-Input", ``), want: ErrMalformed},
	"component parameter":       {input: `("@method";req "@target-uri" "content-digest")$C$K`, want: ErrMalformed},
	"field parameter":           {input: `("@method" "@target-uri" "content-digest";bs)$C$K`, want: ErrMalformed},
	"component twice":           {input: `("@method" "@method" "@target-uri" "content-digest")$C$K`, want: ErrMalformed},
	"component outside profile": {input: `("@method" "@target-uri" "content-digest" "@scheme")$C$K`, want: ErrMalformed},
	"component with a capital":  {input: `("@method" "@target-uri" "content-digest" "Date")$C$K`, want: ErrMalformed},
	"component is a number":     {input: `("@method" "@target-uri" "content-digest" 1)$C$K`, want: ErrMalformed},
	"component with line break": {input: `("@method" "@target-uri" "content-digest" "a\"b")$C$K`, want: ErrMalformed},
	"signature covers itself":   {input: `("@method" "@target-uri" "content-digest" "signature")$C$K`, want: ErrMalformed},
	"covered field absent":      {input: `("@method" "@target-uri" "content-digest" "date")$C$K`, want: ErrMalformed},
}

func TestMessageSignatures(t *testing.T) {
	for name, c := range messageCases {
		t.Run(name, func(t *testing.T) {
			r, body, key := c.request(t), activity, crypto.PublicKey(testKey().Public())
			if c.body != "" {
				body = c.body
			}
			if c.key != nil {
				key = c.key.Public()
			}
			err := check(r, body, testNow, testPolicy, key)
			if Reason(err) != string(c.want) {
				t.Errorf("got %v, want %q", err, string(c.want))
			}
		})
	}
}

func FuzzRFC9421Parse(f *testing.F) {
	f.Add(`sig1=("@method" "@target-uri" "content-digest");created=1795510800;keyid="https://peer.example/k";alg="ed25519"`, "sig1=:AA==:", "/")
	for _, v := range vectors {
		f.Add("sig="+v.input, "sig=:"+v.signature+":", v.target)
	}
	f.Fuzz(func(t *testing.T, input, signature, target string) {
		r := received("POST", "/", activity)
		r.RequestURI = target
		r.Header.Set("Content-Digest", contentDigest([]byte(activity)))
		r.Header["Signature-Input"] = []string{input}
		r.Header["Signature"] = []string{signature}
		sig, err := Parse(r, []byte(activity), testNow, testPolicy)
		if err != nil {
			if Reason(err) == "" {
				t.Errorf("no reason code: %v", err)
			}
			return
		}
		if again, err := testPolicy.normalKeyID(sig.KeyID); err != nil || again != sig.KeyID {
			t.Errorf("keyid %q is not in its one spelling: %q, %v", sig.KeyID, again, err)
		}
		if n := strings.Count(string(sig.base), "\n"); n != len(sig.Covered) {
			t.Errorf("%d lines for %d components: %q", n, len(sig.Covered), sig.base)
		}
		if err := sig.Verify(otherKey().Public()); err == nil {
			t.Error("a forgery verifies")
		}
	})
}
