// SPDX-License-Identifier: EUPL-1.2

package audit

import (
	"context"
	"fmt"
	"strings"

	"polder/consensus"
	"polder/consensus/tally"
)

// VerifyAggregate checks totals. url is an aggregate Tally, a consultation (its
// newest aggregate is checked) or an instance (that of each joint consultation).
// Without deep it checks proofs, Roster, definition and the figures among
// themselves; with deep also every input by digest and proof, and adds them up
// again.
func VerifyAggregate(ctx context.Context, f Fetcher, url string, deep bool) *Report {
	v := newVerifier(ctx, f, url)
	v.deep = deep
	for _, a := range v.locate(url) {
		v.aggregate(a)
	}
	v.rep.notChecked("that every counted ballot was cast by somebody entitled to it")
	return v.rep.finish()
}

// aggregate checks one aggregate. Each step needs the ones before it only as far
// as it uses them, so that one missing document does not hide a wrong one.
func (v *verifier) aggregate(f found) {
	const what = "aggregate: author and digest"
	raw, ok := v.get(what, f.address)
	if !ok {
		return
	}
	if f.digest != "" && !v.hasDigest(what, f.address, raw, f.digest) {
		return
	}
	agg, err := tally.Parse(raw)
	if err != nil {
		if looksLikeJSON(raw) {
			v.rep.wrong(what, f.address, problemCode(err), "%v", err)
		} else {
			v.rep.unknown(what, f.address, "no JSON document")
		}
		return
	}
	if agg.Kind != tally.KindAggregate {
		v.rep.unknown(what, agg.ID, "a %s tally; use verify tally", agg.Kind)
		return
	}
	if !v.ownProof(what, agg.ID, agg.AttributedTo, raw) {
		return
	}
	if v.src.rebased(agg.ID) != v.src.rebased(f.address) {
		v.rep.wrong(what, f.address, tally.CodeChanged, "it says to be %s", agg.ID)
		return
	}
	v.summarise(agg)
	if agg.Roster == nil {
		v.rep.wrong(what, agg.ID, tally.CodeSchema, "it names no Roster")
		return
	}
	v.rep.holds(what, agg.ID)
	v.againstRoster(agg)
}

func (v *verifier) summarise(agg *tally.Doc) {
	s := Summary{ID: agg.ID, Context: agg.Context, Area: agg.Area, Status: agg.Status, Digest: agg.Digest,
		Inputs: len(agg.Inputs), Questions: agg.Questions}
	if agg.Coverage != nil {
		s.Coverage = *agg.Coverage
	}
	v.rep.Aggregates = append(v.rep.Aggregates, s)
}

func (v *verifier) againstRoster(agg *tally.Doc) {
	roster, haveRoster := v.roster(*agg.Roster)
	if !v.aggregateProof(agg, roster) || !haveRoster {
		return
	}
	if roster.Context != agg.Context || roster.ConsultationDigest != agg.ConsultationDigest {
		v.rep.wrong("aggregate: proof", agg.ID, tally.CodeDefinition, "its Roster is of another consultation or definition")
		return
	}
	def, ok := v.definition(roster.Context, roster.ConsultationDigest)
	if !ok {
		return
	}
	v.unchecked(agg)
	if !v.deep {
		fails, _ := agg.Validate(def, roster)
		v.rep.problems("aggregate: figures agree among themselves", agg.ID, fails)
		v.rep.notChecked("the inputs of %s, and that they add up to it (use --deep)", agg.ID)
		return
	}
	v.recompute(agg, roster, def)
}

// aggregateProof checks the aggregator's signature. A hub's keys are pinned in
// the Roster; the convener's are in its actor document. If the named Roster is
// not at hand, the newest one may still pin the key.
func (v *verifier) aggregateProof(agg *tally.Doc, roster *tally.Roster) bool {
	const what = "aggregate: proof"
	var keys []string
	if roster == nil {
		roster, _ = v.newestRoster(agg.Context)
	}
	if roster != nil {
		keys = append(keys, pinned(agg, roster)...)
	}
	if roster == nil || len(keys) == 0 {
		a, ok := v.actor(agg.AttributedTo)
		if ok {
			keys = append(keys, a.Keys...)
		}
		if roster != nil && agg.AttributedTo != roster.AttributedTo {
			v.rep.note("%s is not in the Roster; its keys are those of its actor document", agg.AttributedTo)
		}
	}
	if len(keys) == 0 {
		v.rep.unknown(what, agg.ID, "no key of %s is known", agg.AttributedTo)
		return false
	}
	if err := agg.VerifyBy(keys...); err != nil {
		v.rep.wrong(what, agg.ID, tally.CodeSigner, "%v", err)
		return false
	}
	v.rep.holds(what, agg.ID)
	return true
}

func pinned(agg *tally.Doc, roster *tally.Roster) []string {
	if agg.AttributedTo == roster.AttributedTo {
		return nil
	}
	if m, ok := roster.Member(agg.Area); ok && m.Role == tally.RoleHub && m.Actor == agg.AttributedTo {
		return m.PinnedKeys()
	}
	return nil
}

// recompute fetches every input and adds them up again.
func (v *verifier) recompute(agg *tally.Doc, roster *tally.Roster, def *consensus.Definition) {
	inputs, missing := v.inputs(agg, roster, def)
	if missing {
		return // what could be read was checked one by one
	}
	v.rep.problems("aggregate: every figure follows from its inputs", agg.ID, tally.CheckAggregate(agg, inputs, roster, def))
}

// unchecked names what of this aggregate nobody but the convener can check.
func (v *verifier) unchecked(agg *tally.Doc) {
	if s := agg.SealedSum; s != nil {
		v.rep.notChecked("%s: the hidden counts of %s in its sealed sum; only the convener may read the sealed tallies",
			agg.ID, strings.Join(s.Areas, ", "))
	}
	var absent, other []string
	for _, n := range agg.NotCounted {
		if n.Why == tally.WhyNoReport {
			absent = append(absent, n.Area)
		} else {
			other = append(other, fmt.Sprintf("%s (%s)", n.Area, n.Why))
		}
	}
	if len(absent) > 0 {
		v.rep.notChecked("%s: that %s did not report", agg.ID, strings.Join(absent, ", "))
	}
	if len(other) > 0 {
		v.rep.notChecked("%s: the reason why these are not counted: %s", agg.ID, strings.Join(other, ", "))
	}
	for _, in := range agg.Inputs {
		if strings.ContainsAny(in.Checks, "LR") {
			v.rep.notChecked("%s: the checks L and R the aggregator states for its inputs", agg.ID)
			break
		}
	}
}
