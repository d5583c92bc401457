// SPDX-License-Identifier: EUPL-1.2

package httpsig

import (
	"strings"
	"time"
)

// The time rules of federation.md 4.2.
const (
	defaultPast   = 65 * time.Minute
	defaultFuture = 5 * time.Minute
	createdAhead  = 10 * time.Second // cavage (created)
	longestLife   = 12 * time.Hour   // expires after created
)

// Policy is what the instance demands of a signed request. It is a value and
// safe to share.
type Policy struct {
	// Host is the configured public host, with ":port" if that is not the
	// default of BaseURL's scheme. Nothing a client or proxy sends replaces it.
	Host string
	// BaseURL is the configured public URL without trailing slash; RFC 9421
	// @target-uri is BaseURL followed by the raw request target.
	BaseURL string
	// AllowPrivate admits http, ports and loopback in keyId (development).
	AllowPrivate bool
	// Past and Future bound Date and created around now; zero means 65 and 5
	// minutes.
	Past, Future time.Duration
}

// checkHost compares the host a request was sent to with the configured one.
func (p Policy) checkHost(sent string) error {
	if p.Host == "" || p.authority(sent) != p.authority(p.Host) {
		return ErrHost
	}
	return nil
}

// authority is host in lower case without the default port (RFC 9421 2.2.3).
func (p Policy) authority(host string) string {
	port := ":443"
	if strings.HasPrefix(p.BaseURL, "http:") {
		port = ":80"
	}
	return strings.TrimSuffix(strings.ToLower(host), port)
}

// checkAge refuses t outside the window around now.
func (p Policy) checkAge(t, now time.Time) error {
	past, future := p.Past, p.Future
	if past == 0 {
		past = defaultPast
	}
	if future == 0 {
		future = defaultFuture
	}
	if t.Before(now.Add(-past)) {
		return ErrDate.because("too old")
	}
	if t.After(now.Add(future)) {
		return ErrDate.because("in the future")
	}
	return nil
}

// checkExpiry refuses a signature that has expired, and one that wants to live
// longer than twelve hours after it was made.
func checkExpiry(expires, made, now time.Time) error {
	if !expires.After(now) {
		return ErrDate.because("expired")
	}
	if expires.After(made.Add(longestLife)) {
		return ErrDate.because("expires too late")
	}
	return nil
}
