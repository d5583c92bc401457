// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"polder/consensus"
)

var (
	statuses = []string{StatusInterim, StatusProvisional, StatusFinal, StatusCorrected, StatusWithdrawn}
	reasons  = []string{"arithmetic", "log-restart", "voids", "cross-duplicate", "late-paper", "key-compromise", "objection"}
)

// futureBound is how far beyond objectionUntil a revision may lie (7.4).
const futureBound = 90 * 24 * time.Hour

// Validate checks the document against the definition and the Roster and gives
// the codes of aggregation.md 7.6: fails (F, not counted) and warns (W, counted
// and shown). It covers F101 to F104, F201 to F208, F-FUTURE, W201, W204 and
// W301, for aggregates also F401 and F403. It uses nothing but its arguments,
// so everybody comes to the same verdict at any time. def must be the definition
// the Roster names; r may be nil for a place that counts alone, then signer and
// F-FUTURE are not checked.
func (d *Doc) Validate(def *consensus.Definition, r *Roster) (fails, warns []Problem) {
	f := &findings{}
	if r != nil {
		d.checkSigner(f, r)
	}
	d.checkContents(f, def, r)
	return f.fails, f.warns
}

// contentFails is what makes a tally of a member count or not (the set T of
// aggregation.md 7.3).
func (d *Doc) contentFails(def *consensus.Definition, r *Roster) []Problem {
	f := &findings{}
	d.checkContents(f, def, r)
	return f.fails
}

func (d *Doc) checkContents(f *findings, def *consensus.Definition, r *Roster) {
	d.checkHeader(f)
	d.checkDefinition(f, def, r)
	if d.Kind == KindAggregate {
		d.checkAggregateFields(f, r)
	} else {
		d.checkDirectFields(f)
	}
	if len(f.fails) > 0 {
		return // counts of a malformed document mean nothing
	}
	d.checkCounts(f, def)
}

// checkSigner: the proof, key and signer rules of aggregation.md 5 and 7.3.
func (d *Doc) checkSigner(f *findings, r *Roster) {
	if d.Kind == KindAggregate && d.AttributedTo == r.AttributedTo {
		if d.Key == "" {
			f.fail(CodeSigner, "/proof", "no verified proof")
		}
		return // the convener's keys are not in its own Roster
	}
	m, ok := d.signer(r)
	switch {
	case !ok:
		f.fail(CodeSigner, "/attributedTo", "%s is not in the Roster for %s", d.AttributedTo, d.Area)
	case d.Key == "":
		f.fail(CodeSigner, "/proof", "no verified proof")
	case d.Epoch != m.Epoch:
		f.fail(CodeSigner, "/epoch", "epoch %d, the Roster says %d", d.Epoch, m.Epoch)
	case !m.pins(d.Key, d.Revision):
		f.fail(CodeSigner, "/proof", "the key is not pinned in the Roster")
	case m.distrusts(d.Key, d.Digest):
		f.fail(CodeSigner, "/proof", "the key is distrusted")
	}
}

func (d *Doc) signer(r *Roster) (*Member, bool) {
	m, ok := r.Member(d.Area)
	return m, ok && m.Actor == d.AttributedTo && (m.Role == RoleHub) == (d.Kind == KindAggregate)
}

// pins reports whether the key may sign the revision: a current key, or a
// retired one up to its last revision.
func (m *Member) pins(key string, revision int64) bool {
	if key == "" {
		return false
	}
	return slices.Contains(m.Keys.Tally, key) || slices.ContainsFunc(m.Keys.Retired, func(k RetiredKey) bool {
		return k.Key == key && revision <= k.LastRevision
	})
}

func (m *Member) distrusts(key, digest string) bool {
	return slices.ContainsFunc(m.Distrust, func(x Distrust) bool {
		return x.Key == key && !slices.Contains(x.Keep, digest)
	})
}

func (d *Doc) checkHeader(f *findings) {
	if !validID(d.ID) || !validID(d.AttributedTo) || !sameOrigin(d.ID, d.AttributedTo) {
		f.fail(CodeSchema, "/id", "%q is not an id of %q", d.ID, d.AttributedTo)
	}
	if !validID(d.Consultation) || !sameOrigin(d.Consultation, d.AttributedTo) {
		f.fail(CodeSchema, "/consultation", "%q is not a consultation of %q", d.Consultation, d.AttributedTo)
	}
	if !areaPattern.MatchString(d.Area) {
		f.fail(CodeSchema, "/area", "%q is malformed", d.Area)
	}
	if d.Epoch < 1 || d.Revision < 1 {
		f.fail(CodeSchema, "/revision", "epoch and revision must be positive")
	}
	if d.Kind != KindSealed && !validPrevious(d.Previous, d.Revision) {
		f.fail(CodeSchema, "/previous", "not an older revision with a digest")
	}
	if !slices.Contains(statuses, d.Status) {
		f.fail(CodeSchema, "/status", "%q is unknown", d.Status)
	}
	if d.Corrects != nil && !validPrevious(d.Corrects, d.Revision) {
		f.fail(CodeSchema, "/corrects", "not an older revision with a digest")
	}
	d.checkReason(f)
	if d.Published.IsZero() || d.Period.End.Before(d.Period.Start) {
		f.fail(CodeSchema, "/period", "a time is missing or out of order")
	}
	if d.Policy == nil && d.Kind != KindAggregate {
		f.fail(CodeSchema, "/policy", "missing")
	}
	for i, l := range d.Log {
		if l.Origin == "" {
			f.fail(CodeSchema, fmt.Sprintf("/log/%d", i), "origin is missing")
		}
	}
}

// checkReason: whoever changes a published result says why.
func (d *Doc) checkReason(f *findings) {
	if d.Reason != "" && !slices.Contains(reasons, d.Reason) {
		f.fail(CodeSchema, "/reason", "%q is unknown", d.Reason)
	}
	corrected := d.Corrects != nil || d.Status == StatusCorrected
	if d.Kind == KindDirect && corrected && d.Reason == "" {
		f.fail(CodeSchema, "/reason", "a correction needs a reason")
	}
}

func (d *Doc) checkDefinition(f *findings, def *consensus.Definition, r *Roster) {
	want := ""
	if r != nil {
		want = r.ConsultationDigest
	} else if _, digest, err := def.Encode(); err == nil {
		want = digest
	}
	if d.ConsultationDigest != want {
		f.fail(CodeDefinition, "/consultationDigest", "%q differs from %q", d.ConsultationDigest, want)
	}
	if d.Context != def.Root {
		f.fail(CodeDefinition, "/context", "%q is not the consultation %q", d.Context, def.Root)
	}
	if d.AreaScheme != def.AreaScheme {
		f.fail(CodeDefinition, "/areaScheme", "%q differs from %q", d.AreaScheme, def.AreaScheme)
	}
	if r == nil {
		return
	}
	if bound := r.Deadlines.ObjectionUntil.Add(futureBound).UnixMilli(); d.Revision > bound {
		f.fail(CodeFuture, "/revision", "%d lies beyond %d", d.Revision, bound)
	}
}

func (d *Doc) checkDirectFields(f *findings) {
	if d.Sealed != "" && !digestPattern.MatchString(d.Sealed) {
		f.fail(CodeSchema, "/sealed", "%q is not a digest", d.Sealed)
	}
	if d.Kind == KindSealed {
		if raw, err := base64.RawURLEncoding.DecodeString(d.Nonce); err != nil || len(raw) != 16 {
			f.fail(CodeSchema, "/nonce", "not 16 bytes in base64url")
		}
	}
	if d.Withheld && len(d.Questions) > 0 {
		f.fail(CodeSchema, "/questions", "a withheld tally has no questions")
	}
	if d.Kind == KindDirect && d.Sealed == "" && d.Status != StatusInterim && d.Status != StatusWithdrawn && d.incomplete() {
		f.fail(CodeSchema, "/sealed", "hidden or merged counts without a sealed tally")
	}
}

// incomplete reports whether some level's exact counts are not published.
func (d *Doc) incomplete() bool {
	if d.Withheld {
		return true
	}
	merged := func(groups, hidden []Group) bool {
		return len(hidden) > 0 || slices.ContainsFunc(groups, func(g Group) bool { return len(g) > 1 })
	}
	if d.Turnout != nil && merged(d.Turnout.Groups, d.Turnout.Hidden) {
		return true
	}
	return slices.ContainsFunc(d.Questions, func(q Question) bool { return merged(q.Groups, q.Hidden) })
}

// checkAggregateFields: F401 for areas listed twice, F403 for inputs that are no
// counted members, and agreement of the lists among themselves.
func (d *Doc) checkAggregateFields(f *findings, r *Roster) {
	if d.Roster == nil || d.Coverage == nil {
		f.fail(CodeSchema, "/roster", "roster or coverage is missing")
		return
	}
	covered := map[string]bool{}
	for i, area := range d.Covers {
		if covered[area] {
			f.fail(CodeOverlap, fmt.Sprintf("/covers/%d", i), "%s is covered twice", area)
		}
		covered[area] = true
	}
	placed := map[string]bool{}
	for i, in := range d.Inputs {
		path := fmt.Sprintf("/inputs/%d", i)
		if placed[in.Area] {
			f.fail(CodeOverlap, path, "%s is counted twice", in.Area)
		}
		placed[in.Area] = true
		if !covered[in.Area] {
			f.fail(CodeOverlap, path, "%s is not covered", in.Area)
		}
		if !digestPattern.MatchString(in.Digest) || !validID(in.ID) || !slices.Contains(statuses, in.Status) {
			f.fail(CodeSchema, path, "id, digest or status is malformed")
		}
		if r == nil {
			continue
		}
		if m, ok := r.Member(in.Area); !ok || m.Role != RoleLeaf || m.Count == CountExclude || m.Epoch != in.Epoch {
			f.fail(CodeNotInRoster, path, "%s with epoch %d is not counted by the Roster", in.Area, in.Epoch)
		}
	}
	for i, n := range d.NotCounted {
		if placed[n.Area] {
			f.fail(CodeOverlap, fmt.Sprintf("/notCounted/%d", i), "%s is listed twice", n.Area)
		}
		placed[n.Area] = true
	}
	for _, area := range d.Covers {
		if !placed[area] {
			f.fail(CodeSum, "/covers", "%s is neither counted nor named as not counted", area)
		}
	}
	if d.Coverage.Reported != int64(len(d.Inputs)) {
		f.fail(CodeSum, "/coverage/reported", "%d, but there are %d inputs", d.Coverage.Reported, len(d.Inputs))
	}
}

// Immutable compares a document with the one already known under its id: other
// content is F105 (aggregation.md 5). The arrived one still belongs in the set
// Value works on, as it may prove a fork.
func Immutable(known, arrived *Doc) (Problem, bool) {
	if known.ID != arrived.ID || known.Digest == arrived.Digest {
		return Problem{}, true
	}
	return Problem{CodeChanged, "/id", "already known with other content: " + known.Digest}, false
}
