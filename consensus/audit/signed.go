// SPDX-License-Identifier: EUPL-1.2

package audit

import (
	"context"
	"errors"
	"slices"

	"polder/activitypub/proof"
	"polder/consensus"
	"polder/consensus/tally"
)

// verifier is one verification under way.
type verifier struct {
	ctx  context.Context
	src  *source
	rep  *Report
	deep bool
}

func newVerifier(ctx context.Context, f Fetcher, url string) *verifier {
	return &verifier{ctx: ctx, src: newSource(f), rep: &Report{URL: url, Findings: []Finding{}, NotChecked: []string{}}}
}

// named fetches a document that another one names by digest. Other content under
// that address is proven wrong.
func (v *verifier) named(what, address, digest string) ([]byte, bool) {
	raw, ok := v.get(what, address)
	if !ok {
		return nil, false
	}
	return raw, v.hasDigest(what, address, raw, digest)
}

func (v *verifier) hasDigest(what, address string, raw []byte, digest string) bool {
	got, err := proof.Digest(raw)
	switch {
	case err != nil && !looksLikeJSON(raw):
		v.rep.unknown(what, address, "no JSON document")
		return false
	case err != nil:
		v.rep.wrong(what, address, tally.CodeChanged, "not the document with digest %s: %v", digest, err)
		return false
	case got != digest:
		v.rep.wrong(what, address, tally.CodeChanged, "digest %s, named with %s", got, digest)
		return false
	}
	return true
}

// ownProof checks what can be known of a signed document without any key: it
// must live at its author's host and name one of its author's keys. A document
// of which only the author was changed fails here.
func (v *verifier) ownProof(what, id, author string, raw []byte) bool {
	if origin(id) == "" || origin(id) != origin(author) {
		v.rep.wrong(what, id, tally.CodeSigner, "%s cannot be its author", author)
		return false
	}
	p, err := proof.Inspect(raw)
	if err != nil {
		v.rep.wrong(what, id, tally.CodeSigner, "%v", err)
		return false
	}
	if !p.ByActor(author) {
		v.rep.wrong(what, id, tally.CodeSigner, "the proof names %s, the author is %s", p.VerificationMethod, author)
		return false
	}
	return true
}

// roster fetches a Roster, checks digest and proof by its convener's key.
func (v *verifier) roster(ref tally.Ref) (*tally.Roster, bool) {
	const what = "Roster: digest, rules and the convener's proof"
	raw, ok := v.named(what, ref.ID, ref.Digest)
	if !ok {
		return nil, false
	}
	return v.rosterBytes(what, ref.ID, raw)
}

func (v *verifier) rosterBytes(what, address string, raw []byte) (*tally.Roster, bool) {
	r, err := tally.ParseRoster(raw)
	if err != nil {
		v.rep.wrong(what, address, problemCode(err), "%v", err)
		return nil, false
	}
	if r.ID != address {
		v.rep.wrong(what, address, tally.CodeSchema, "it says to be %q", r.ID)
		return nil, false
	}
	if !v.ownProof(what, r.ID, r.AttributedTo, raw) {
		return nil, false
	}
	convener, ok := v.actor(r.AttributedTo)
	if !ok {
		return nil, false
	}
	if err := r.VerifyBy(convener.Keys...); err != nil {
		v.rep.wrong(what, r.ID, tally.CodeSigner, "%v", err)
		return nil, false
	}
	v.rep.holds(what, r.ID)
	return r, true
}

func problemCode(err error) string {
	var p tally.Problem
	if errors.As(err, &p) {
		return p.Code
	}
	return ""
}

// definition fetches the frozen definition of a consultation.
func (v *verifier) definition(root, digest string) (*consensus.Definition, bool) {
	const what = "definition: digest and rules"
	address := root + "/definition"
	raw, ok := v.named(what, address, digest)
	if !ok {
		return nil, false
	}
	def, err := consensus.ParseDefinition(raw)
	if err != nil {
		v.rep.wrong(what, address, tally.CodeDefinition, "%v", err)
		return nil, false
	}
	if def.Root != root {
		v.rep.wrong(what, address, tally.CodeDefinition, "it is that of %q", def.Root)
		return nil, false
	}
	v.rep.holds(what, address)
	return def, true
}

// newestRoster finds the Roster of a consultation through the heads document of
// its convener, whose host is that of the consultation.
func (v *verifier) newestRoster(root string) (*tally.Roster, bool) {
	const what = "newest Roster"
	if origin(root) == "" {
		v.rep.unknown(what, root, "not an address")
		return nil, false
	}
	convener, ok := v.actor(origin(root) + "/actor")
	if !ok {
		return nil, false
	}
	h, ok := v.heads(convener)
	if !ok {
		return nil, false
	}
	i := slices.IndexFunc(h.Rosters, func(r rosterHead) bool { return r.Context == root })
	if i < 0 {
		v.rep.unknown(what, root, "the convener's heads document names none")
		return nil, false
	}
	head := h.Rosters[i]
	return v.roster(tally.Ref{ID: tally.RosterID(root, head.Revision), Digest: head.Digest, Revision: head.Revision})
}
