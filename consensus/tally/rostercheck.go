// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"polder/activitypub/proof"
)

var (
	areaPattern   = regexp.MustCompile(`^[A-Z]{2}[0-9A-Z]{2,8}$`)
	digestPattern = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	schemePattern = regexp.MustCompile(`^[A-Za-z0-9-]{1,32}$`)
)

func schema(path, format string, args ...any) Problem {
	return Problem{CodeSchema, path, fmt.Sprintf(format, args...)}
}

// validID reports whether s is an absolute http or https URL without userinfo.
// Whether http is admitted at all is the fetching side's policy.
func validID(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= 2048 && u.Host != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http")
}

// sameOrigin reports whether two ids have the same scheme, host and port.
func sameOrigin(a, b string) bool {
	u, err := url.Parse(a)
	if err != nil {
		return false
	}
	v, err := url.Parse(b)
	return err == nil && u.Scheme == v.Scheme && u.Host == v.Host
}

func (r *Roster) check() error {
	switch {
	case r.Type != "Roster":
		return schema("/type", "%q is not Roster", r.Type)
	case !validID(r.ID) || !validID(r.AttributedTo) || !sameOrigin(r.ID, r.AttributedTo):
		return schema("/id", "%q is not an id of %q", r.ID, r.AttributedTo)
	case !validID(r.Context) || !sameOrigin(r.Context, r.AttributedTo):
		return schema("/context", "%q is not a consultation of %q", r.Context, r.AttributedTo)
	case r.Revision < 1:
		return schema("/revision", "%d is not positive", r.Revision)
	case !validPrevious(r.Previous, r.Revision):
		return schema("/previous", "not an older revision with a digest")
	case !digestPattern.MatchString(r.ConsultationDigest):
		return schema("/consultationDigest", "%q is not a digest", r.ConsultationDigest)
	case !schemePattern.MatchString(r.AreaScheme):
		return schema("/areaScheme", "%q is malformed", r.AreaScheme)
	case len(r.Leaves("")) > MaxInputs:
		return schema("/members", "%d leaves, at most %d are allowed", len(r.Leaves("")), MaxInputs)
	case r.Quorum.Members < 0 || r.Quorum.EligiblePermille > 1000:
		return schema("/quorum", "out of range")
	}
	if _, err := time.Parse(time.DateOnly, r.RollDate); err != nil {
		return schema("/rollDate", "%q is not a date", r.RollDate)
	}
	if err := r.Deadlines.check(); err != nil {
		return err
	}
	return r.checkMembers()
}

func (d Deadlines) check() error {
	switch {
	case d.ClosesAt.IsZero() || d.TallyBy.IsZero() || d.ObjectionUntil.IsZero():
		return schema("/deadlines", "a date is missing")
	case d.TallyBy.Before(d.ClosesAt) || d.ObjectionUntil.Before(d.TallyBy):
		return schema("/deadlines", "closesAt, tallyBy and objectionUntil are out of order")
	}
	return nil
}

// validPrevious allows gaps in a chain, not steps back.
func validPrevious(p *Ref, revision int64) bool {
	return p == nil || p.Revision >= 1 && p.Revision < revision && digestPattern.MatchString(p.Digest)
}

func (r *Roster) checkMembers() error {
	areas := map[string]bool{} // an actor may stand for several: herindeling
	for i := range r.Members {
		m, path := &r.Members[i], fmt.Sprintf("/members/%d", i)
		if areas[m.Area] {
			return schema(path+"/area", "%s is listed twice", m.Area)
		}
		areas[m.Area] = true
		if err := m.check(path); err != nil {
			return err
		}
	}
	return nil
}

var (
	memberRoles    = []string{RoleLeaf, RoleHub}
	memberStatuses = []string{MemberInvited, MemberActive, MemberSuspended, MemberWithdrawn, MemberExpelled, MemberSucceeded}
)

func (m *Member) check(path string) error {
	frozen, isFrozen := strings.CutPrefix(m.Count, CountFrozen)
	switch {
	case !areaPattern.MatchString(m.Area):
		return schema(path+"/area", "%q is malformed", m.Area)
	case !validID(m.Actor):
		return schema(path+"/actor", "%q is not an id", m.Actor)
	case !slices.Contains(memberRoles, m.Role):
		return schema(path+"/role", "%q is unknown", m.Role)
	case !slices.Contains(memberStatuses, m.Status):
		return schema(path+"/status", "%q is unknown", m.Status)
	case m.Count != CountLatest && m.Count != CountExclude && !(isFrozen && digestPattern.MatchString(frozen)):
		return schema(path+"/count", "%q is unknown", m.Count)
	case m.Epoch < 1:
		return schema(path+"/epoch", "%d is not positive", m.Epoch)
	case m.Parent != "" && !validID(m.Parent):
		return schema(path+"/parent", "%q is not an id", m.Parent)
	}
	for _, key := range m.PinnedKeys() {
		if _, err := proof.DecodeKey(key); err != nil {
			return schema(path+"/keys", "%q: %v", key, err)
		}
	}
	for _, d := range m.Distrust {
		if _, err := proof.DecodeKey(d.Key); err != nil {
			return schema(path+"/distrust", "%q: %v", d.Key, err)
		}
	}
	return nil
}
