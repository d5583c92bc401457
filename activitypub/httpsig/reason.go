// SPDX-License-Identifier: EUPL-1.2

package httpsig

import (
	"errors"
	"fmt"
)

// reason is a category of refusal. Its text is the reason code in the peer
// log, so it never changes and never contains anything of the request.
type reason string

// The categories; compare with errors.Is. All of them answer 401.
const (
	// ErrUnsigned: there is no signature.
	ErrUnsigned reason = "unsigned"
	// ErrTwoSignatures: there is more than one, in whatever place.
	ErrTwoSignatures reason = "two-signatures"
	// ErrMalformed: the header, the request target or a covered field cannot
	// be read in exactly one way.
	ErrMalformed reason = "malformed"
	// ErrNotCovered: the signature leaves out something it must cover.
	ErrNotCovered reason = "not-covered"
	// ErrHost: the request was made for another host.
	ErrHost reason = "host-mismatch"
	// ErrDigest: the digest is absent, doubled, of another kind or wrong.
	ErrDigest reason = "digest-mismatch"
	// ErrDate: date, created or expires is outside the window.
	ErrDate reason = "date-window"
	// ErrAlgorithm: the algorithm is refused or does not fit the key.
	ErrAlgorithm reason = "algorithm"
	// ErrKeyID: keyId is not an acceptable URL.
	ErrKeyID reason = "bad-key-id"
	// ErrKey: the key is not RSA of 2048 to 8192 bits or Ed25519.
	ErrKey reason = "bad-key"
	// ErrSignature: the signature was not made by this key over this request.
	ErrSignature reason = "bad-signature"
)

// Error returns the reason code.
func (r reason) Error() string { return string(r) }

// because adds a detail that is safe to log: it names a rule, never a value.
func (r reason) because(detail string) error { return fmt.Errorf("%w: %s", r, detail) }

// Reason returns the reason code in err ("date-window", "not-covered", ...),
// or "" if err did not come from this package.
func Reason(err error) string {
	var r reason
	errors.As(err, &r)
	return string(r)
}
