// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// Addresses builds the ids and URLs of this instance. The base URL is
// configured, never taken from a request (spec: federation.md 2).
type Addresses struct {
	Base string // without a slash at the end
	host string
}

// NewAddresses takes the public base URL, such as https://denkmee.example.nl.
func NewAddresses(base string) (Addresses, error) {
	base = strings.TrimRight(base, "/")
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return Addresses{}, refuse(CodeInvalid, "error.url", err)
	}
	return Addresses{Base: base, host: strings.ToLower(u.Host)}, nil
}

// Host is the host with its port, if the URL names one.
func (a Addresses) Host() string { return a.host }

// Actor is the id of the instance actor.
func (a Addresses) Actor() string { return a.Base + "/actor" }

// Organization is the id of the municipality, province or nation.
func (a Addresses) Organization() string { return a.Base + "/organization" }

// SharedInbox is the inbox of the whole instance.
func (a Addresses) SharedInbox() string { return a.Base + "/inbox" }

// Consultation is the id of a consultation's Group and the URL of its page.
func (a Addresses) Consultation(slug string) string { return a.Base + "/consultations/" + slug }

// Note is the id of a Note.
func (a Addresses) Note(id string) string { return a.Base + "/notes/" + id }

// Question is the id of a poll.
func (a Addresses) Question(id string) string { return a.Base + "/questions/" + id }

// NewActivity is a fresh activity id.
func (a Addresses) NewActivity() string { return a.Base + "/a/" + newID() }

// Tally is the id of a tally of a consultation.
func (a Addresses) Tally(slug string, epoch, revision int64) string {
	return a.Consultation(slug) + "/tallies/" + strconv.FormatInt(epoch, 10) + "-" + strconv.FormatInt(revision, 10)
}

// Roster is the id of a Roster revision.
func (a Addresses) Roster(slug string, revision int64) string {
	return a.Consultation(slug) + "/roster/" + strconv.FormatInt(revision, 10)
}

// Owns reports whether id lies on this instance.
func (a Addresses) Owns(id string) bool {
	return id == a.Base || strings.HasPrefix(id, a.Base+"/")
}

// Slug takes the slug out of a consultation id, or of any id below it.
func (a Addresses) Slug(id string) (slug, rest string, ok bool) {
	tail, ok := strings.CutPrefix(id, a.Base+"/consultations/")
	if !ok {
		return "", "", false
	}
	slug, rest, _ = strings.Cut(tail, "/")
	return slug, rest, slug != ""
}

// hostOf is the lower-case host with port of a URL, or "".
func hostOf(id string) string {
	u, err := url.Parse(id)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
