// SPDX-License-Identifier: EUPL-1.2

package httpsig

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

const maxKeyID = 2048

// errAuthority reports a host[:port] the URL policy refuses.
var errAuthority = errors.New("host is refused by the URL policy")

// Authority checks the host[:port] of a URL with the given scheme and returns
// its one spelling: lower case, without the default port (spec: security.md 3,
// rows 19, 37, 38). It wants https, a DNS name with a dot, no user info, IP
// literal, trailing dot or port. With allowPrivate it also admits http, ports,
// localhost and IPv4 loopback. Names must be ASCII; see RFC 5891 for the rest.
func Authority(scheme, hostport string, allowPrivate bool) (string, error) {
	port := ""
	switch {
	case scheme == "https":
		port = "443"
	case scheme == "http" && allowPrivate:
		port = "80"
	default:
		return "", errAuthority
	}
	host, given, hasPort := strings.Cut(strings.ToLower(hostport), ":")
	if !isPublicName(host) && !(allowPrivate && isLoopback(host)) {
		return "", errAuthority
	}
	if !hasPort || given == port {
		return host, nil
	}
	if !allowPrivate || !isPort(given) {
		return "", errAuthority
	}
	return host + ":" + given, nil
}

// isPublicName reports whether host is a DNS name with a dot that no resolver
// could read as an IPv4 address.
func isPublicName(host string) bool {
	labels := strings.Split(host, ".")
	if len(labels) < 2 || len(host) > 253 {
		return false
	}
	for _, label := range labels {
		if !isLabel(label) {
			return false
		}
	}
	last := labels[len(labels)-1]
	return last[0] < '0' || last[0] > '9'
}

// isLabel accepts letters, digits and inner hyphens (RFC 1123 2.1).
func isLabel(label string) bool {
	if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for i := 0; i < len(label); i++ {
		c := label[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Is4() && addr.IsLoopback()
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0 && s[0] != '0'
}

// normalKeyID checks a keyId and returns its one spelling. Only scheme and
// host are touched: the rest must stay equal, byte for byte, to the id in the
// key document.
func (p Policy) normalKeyID(id string) (string, error) {
	if len(id) > maxKeyID || strings.ContainsFunc(id, notInURL) {
		return "", ErrKeyID.because("not a URL")
	}
	if _, err := url.Parse(id); err != nil {
		return "", ErrKeyID.because("not a URL")
	}
	scheme, rest, ok := strings.Cut(id, "://")
	if !ok {
		return "", ErrKeyID.because("not an absolute URL")
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	scheme = strings.ToLower(scheme)
	host, err := Authority(scheme, rest[:end], p.AllowPrivate)
	if err != nil {
		return "", ErrKeyID.because(err.Error())
	}
	return scheme + "://" + host + rest[end:], nil
}

// notInURL reports characters RFC 3986 does not allow anywhere in a URL.
func notInURL(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"\\<>^`{|}", r)
}
