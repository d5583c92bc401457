// SPDX-License-Identifier: EUPL-1.2

package httpsig

import (
	"net/http"
	"net/textproto"
	"strings"
)

// message is what a signature can cover of a request, taken once, so that
// policy and cryptography cannot look at different things.
type message struct {
	method string
	target string // raw path and query
	host   string // as sent
	header http.Header
}

func newMessage(r *http.Request, p Policy) (message, error) {
	m := message{method: r.Method, target: rawTarget(r), host: r.Host, header: r.Header}
	if !strings.HasPrefix(m.target, "/") {
		return message{}, ErrMalformed.because("request target is not a path")
	}
	return m, p.checkHost(m.host)
}

// rawTarget is the request target as received; requests that were not read
// from a connection have none, then it is what the client would send.
func rawTarget(r *http.Request) string {
	if r.RequestURI != "" {
		return r.RequestURI
	}
	return r.URL.RequestURI()
}

// withoutQuery returns the target up to the first question mark.
func (m message) withoutQuery() string {
	path, _, _ := strings.Cut(m.target, "?")
	return path
}

// needsDigest reports whether the body must be bound to the signature.
func (m message) needsDigest(body []byte) bool {
	return m.method == http.MethodPost || len(body) > 0
}

// field returns every value of a header field; host is one of them.
func (m message) field(name string) []string {
	if name == "host" {
		return []string{m.host}
	}
	return m.header[textproto.CanonicalMIMEHeaderKey(name)]
}

// checkFields refuses covered fields that are absent, and doubled ones that
// must be single.
func (m message) checkFields(covered []string) error {
	for _, name := range covered {
		if strings.HasPrefix(name, "(") || strings.HasPrefix(name, "@") {
			continue
		}
		values := m.field(name)
		if len(values) == 0 {
			return ErrMalformed.because("a covered field is missing")
		}
		if name == "date" && len(values) > 1 {
			return ErrMalformed.because("two dates")
		}
	}
	return nil
}

// isFieldName accepts lower-case header names (RFC 9110 token).
func isFieldName(s string) bool {
	const special = "!#$%&'*+-.^_`|~"
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && strings.IndexByte(special, c) < 0 {
			return false
		}
	}
	return s != ""
}
