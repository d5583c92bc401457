// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"errors"
	"fmt"
	"strings"
)

// ErrHandle says that a text is no account name of the form user@host.
var ErrHandle = errors.New("not of the form user@host")

// Handle is an account name. Host is in normal form (NormalizeHost); the case of
// User is kept for display and ignored in comparisons.
type Handle struct {
	User, Host string
}

// ParseHandle reads user@host, @user@host or acct:user@host.
func ParseHandle(s string) (Handle, error) {
	if len(s) > 5 && strings.EqualFold(s[:5], "acct:") {
		s = s[5:]
	}
	user, host, ok := strings.Cut(strings.TrimPrefix(s, "@"), "@")
	if !ok || !validUser(user) {
		return Handle{}, fmt.Errorf("account name %q: %w", s, ErrHandle)
	}
	host, err := NormalizeHost(host)
	if err != nil {
		return Handle{}, fmt.Errorf("account name %q: %w: %w", s, ErrHandle, err)
	}
	return Handle{User: user, Host: host}, nil
}

// validUser takes what servers use as user names: letters, digits, "_", "-" and
// "."; a dot neither first nor last. An instance actor is named after its host.
func validUser(user string) bool {
	if len(user) == 0 || len(user) > 253 || user[0] == '.' || user[len(user)-1] == '.' {
		return false
	}
	for i := range len(user) {
		c := user[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.') {
			return false
		}
	}
	return true
}

// String is user@host.
func (h Handle) String() string { return h.User + "@" + h.Host }

// Acct is the WebFinger form, acct:user@host.
func (h Handle) Acct() string { return "acct:" + h.String() }

// Mention is what people write, @user@host.
func (h Handle) Mention() string { return "@" + h.String() }

// Equal compares without regard to the case of the user name.
func (h Handle) Equal(other Handle) bool {
	return h.Host == other.Host && strings.EqualFold(h.User, other.User)
}

// IsZero reports whether there is no handle.
func (h Handle) IsZero() bool { return h == Handle{} }
