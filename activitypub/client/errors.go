// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"errors"
	"fmt"
	"time"
)

// Sentinel errors; compare with errors.Is.
var (
	// ErrURL reports a URL the policy refuses.
	ErrURL = errors.New("URL refused")
	// ErrAddress reports a name that leads to an address nobody may dial.
	ErrAddress = errors.New("address refused")
	// ErrRedirect reports too many redirects or one without a usable target.
	ErrRedirect = errors.New("redirect refused")
	// ErrOrigin reports a redirect to another origin where that is forbidden.
	ErrOrigin = errors.New("redirected to another origin")
	// ErrType reports a document that is not declared as ActivityPub.
	ErrType = errors.New("not an ActivityPub media type")
	// ErrTooLarge reports a body beyond the limit.
	ErrTooLarge = errors.New("response is too large")
	// ErrEncoding reports a compressed response, which was not asked for.
	ErrEncoding = errors.New("response is compressed")
	// ErrIdentity reports a document whose id is not the URL it came from.
	ErrIdentity = errors.New("document has another id")
)

// StatusError reports an answer other than 200 where a document was wanted.
type StatusError struct {
	URL        string
	Status     int
	RetryAfter time.Duration // 0 if the answer had none
}

// Error names the status and the URL.
func (e *StatusError) Error() string {
	return fmt.Sprintf("status %d from %s", e.Status, e.URL)
}
