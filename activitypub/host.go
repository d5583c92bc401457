// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// ErrHost says that a host name or address cannot be used.
var ErrHost = errors.New("not a usable host")

// lookupProfile maps to lower case and NFC, checks the labels and gives
// punycode. Hyphens in third and fourth place are left alone: real names have them.
var lookupProfile = idna.New(
	idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false),
	idna.StrictDomainName(true), idna.CheckHyphens(false),
)

// NormalizeHost brings host[:port] to the one form that is compared and stored:
// lower case, punycode, no trailing dot (security.md, row 49). A name that is no
// DNS name is refused; a numeric one passes, refusing to dial it is the client's.
func NormalizeHost(host string) (string, error) {
	name, port, hasPort := strings.Cut(host, ":")
	if hasPort && !validPort(port) {
		return "", fmt.Errorf("port of %q: %w", host, ErrHost)
	}
	if !isPlainHost(name) {
		ascii, ok := toASCII(name)
		if !ok {
			return "", fmt.Errorf("%q: %w", host, ErrHost)
		}
		name = ascii
	}
	if hasPort {
		return name + ":" + port, nil
	}
	return name, nil
}

// toASCII maps a name by IDNA and insists that the result maps to itself: a form
// that changes on a second reading could not be compared.
func toASCII(name string) (string, bool) {
	if !utf8.ValidString(name) {
		return "", false
	}
	ascii, err := lookupProfile.ToASCII(name)
	if err != nil || !validLabels(ascii) {
		return "", false
	}
	again, err := lookupProfile.ToASCII(ascii)
	return ascii, err == nil && again == ascii
}

func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0 && strconv.FormatUint(n, 10) == port
}

// isPlainHost reports whether name already is in normal form, without punycode:
// the usual case, decided without the tables of idna.
func isPlainHost(name string) bool {
	return validLabels(name) && !strings.Contains(name, "xn--")
}

// validLabels checks lower-case letters, digits and hyphens, 1 to 63 a label,
// 253 in all, no hyphen at either end of a label.
func validLabels(name string) bool {
	if len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if len(label) == 0 || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			c := label[i]
			if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
				return false
			}
		}
	}
	return true
}

// HostOf is the normalised host[:port] of an http or https address; the default
// port of the scheme is dropped. Addresses with user information are refused.
func HostOf(iri string) (string, error) {
	u, err := url.Parse(iri)
	if err != nil || u.Opaque != "" {
		return "", fmt.Errorf("address %q: %w", iri, ErrHost)
	}
	if u.User != nil || u.Host == "" {
		return "", fmt.Errorf("address %q: %w", iri, ErrHost)
	}
	host := u.Host
	switch u.Scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	default:
		return "", fmt.Errorf("address %q: scheme is not http or https: %w", iri, ErrHost)
	}
	return NormalizeHost(host)
}

// SameHost reports whether two addresses have the same scheme and host: the test
// behind every "id, actor and key belong together" (federation.md 1, rule 6).
func SameHost(a, b string) bool {
	ha, errA := HostOf(a)
	hb, errB := HostOf(b)
	return errA == nil && errB == nil && ha == hb && schemeOf(a) == schemeOf(b)
}

func schemeOf(iri string) string {
	scheme, _, _ := strings.Cut(iri, ":")
	return strings.ToLower(scheme)
}

// DisplayHost is a normalised host as people may read it: in its own script, but
// as punycode when scripts are mixed in it, so that a Cyrillic "a" in a Latin
// name shows (row 49). The ending counts: a Cyrillic name under .com is mixed.
func DisplayHost(host string) string {
	if !strings.Contains(host, "xn--") {
		return host
	}
	name, port, hasPort := strings.Cut(host, ":")
	shown, err := idna.Display.ToUnicode(name)
	if err != nil || mixedScript(shown) {
		return host
	}
	if hasPort {
		return shown + ":" + port
	}
	return shown
}

// mixedScript reports letters of more than one script.
func mixedScript(s string) bool {
	var script *unicode.RangeTable
	for _, r := range s {
		if r == '.' || r == '-' || unicode.Is(unicode.Common, r) || unicode.Is(unicode.Inherited, r) {
			continue
		}
		if script != nil && unicode.Is(script, r) {
			continue
		}
		if script != nil {
			return true
		}
		if script = scriptOf(r); script == nil {
			return true // a letter of no known script hides something
		}
	}
	return false
}

func scriptOf(r rune) *unicode.RangeTable {
	for _, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return table
		}
	}
	return nil
}
