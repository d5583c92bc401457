// SPDX-License-Identifier: EUPL-1.2

package audit

import (
	"context"
	"encoding/json"

	"polder/consensus"
	"polder/consensus/tally"
)

// maxChain bounds how far back a chain is followed.
const maxChain = 500

// VerifyTally checks one tally: proof by the key the newest Roster pins,
// definition, arithmetic, and its chain of earlier tallies. Of an aggregate it
// checks what VerifyAggregate does without deep.
func VerifyTally(ctx context.Context, f Fetcher, url string) *Report {
	v := newVerifier(ctx, f, url)
	const what = "tally: author"
	raw, ok := v.get(what, url)
	if !ok {
		return v.rep.finish()
	}
	d, err := tally.Parse(raw)
	switch {
	case err != nil && !looksLikeJSON(raw):
		v.rep.unknown(what, url, "no JSON document")
		return v.rep.finish()
	case err != nil:
		v.rep.wrong(what, url, problemCode(err), "%v", err)
		return v.rep.finish()
	}
	v.home(d.ID, url)
	if d.Kind == tally.KindAggregate {
		v.aggregate(found{address: url})
		return v.rep.finish()
	}
	switch {
	case !v.ownProof(what, d.ID, d.AttributedTo, raw):
	case v.src.rebased(d.ID) != v.src.rebased(url):
		v.rep.wrong(what, url, tally.CodeChanged, "it says to be %s", d.ID)
	default:
		v.rep.holds(what, d.ID)
		v.direct(d)
	}
	v.rep.notChecked("that every counted ballot was cast by somebody entitled to it")
	return v.rep.finish()
}

func (v *verifier) direct(d *tally.Doc) {
	roster, haveRoster := v.newestRoster(d.Context)
	if !v.tallyProof(d, roster) || !haveRoster {
		return
	}
	def, ok := v.definition(roster.Context, roster.ConsultationDigest)
	if !ok {
		return
	}
	fails, warns := d.Validate(def, roster)
	for _, w := range warns {
		v.rep.note("%s: %v", d.ID, w)
	}
	v.rep.problems("tally: definition, signer and arithmetic", d.ID, fails)
	if d.Sealed != "" && d.Kind == tally.KindDirect {
		v.rep.notChecked("%s: its sealed tally; only the convener may read it", d.ID)
	}
	if d.Kind == tally.KindDirect {
		v.tallyChain(d, roster, def)
	}
}

// tallyProof: the Roster's pin decides; without a Roster the actor document at
// least shows a proof that none of its keys made.
func (v *verifier) tallyProof(d *tally.Doc, roster *tally.Roster) bool {
	const what = "tally: proof"
	var keys []string
	if roster != nil {
		m, ok := roster.Member(d.Area)
		if !ok || m.Actor != d.AttributedTo {
			v.rep.wrong(what, d.ID, tally.CodeSigner, "%s is not in the Roster for %s", d.AttributedTo, d.Area)
			return false
		}
		keys = m.PinnedKeys()
	} else if a, ok := v.actor(d.AttributedTo); ok {
		keys = a.Keys
	}
	if len(keys) == 0 {
		v.rep.unknown(what, d.ID, "no key of %s is known", d.AttributedTo)
		return false
	}
	if err := d.VerifyBy(keys...); err != nil {
		v.rep.wrong(what, d.ID, tally.CodeSigner, "%v", err)
		return false
	}
	v.rep.holds(what, d.ID)
	return true
}

// tallyChain walks back through the tallies each one names, and looks for a fork
// among them.
func (v *verifier) tallyChain(d *tally.Doc, roster *tally.Roster, def *consensus.Definition) {
	const what = "tally: chain of earlier tallies"
	m, _ := roster.Member(d.Area)
	set := []*tally.Doc{d}
	for at := d; at.Previous != nil; {
		if len(set) == maxChain {
			v.rep.notChecked("%s: its chain before revision %d", d.ID, at.Revision)
			break
		}
		id := at.Previous.ID
		if id == "" {
			id = tally.ID(d.Consultation, d.Epoch, at.Previous.Revision)
		}
		raw, ok := v.named(what, id, at.Previous.Digest)
		if !ok {
			return
		}
		previous, err := tally.Parse(raw)
		if err == nil {
			err = previous.VerifyBy(m.PinnedKeys()...)
		}
		if err != nil {
			v.rep.wrong(what, id, tally.CodeSigner, "%v", err)
			return
		}
		if previous.Revision != at.Previous.Revision || previous.Area != d.Area || previous.Epoch != d.Epoch {
			v.rep.wrong(what, id, tally.CodeSchema, "it does not stand where %s says", at.ID)
			return
		}
		set, at = append(set, previous), previous
	}
	value := tally.Value(d.Area, set, roster, def)
	if value.Disputed {
		v.rep.wrong(what, d.ID, tally.CodeChanged, "two contents for revision %d", value.Fork)
		return
	}
	for _, w := range value.Warns {
		v.rep.note("%s: %v", d.ID, w)
	}
	v.rep.holds(what, d.ID)
}

// VerifyRoster checks a Roster, or the newest one of a consultation: rules, the
// convener's proof, definition, and its chain of earlier Rosters.
func VerifyRoster(ctx context.Context, f Fetcher, url string) *Report {
	v := newVerifier(ctx, f, url)
	roster, ok := v.locateRoster(url)
	if ok {
		v.definition(roster.Context, roster.ConsultationDigest)
		v.rosterChain(roster)
		v.rep.notChecked("that the keys in the Roster are those the members gave (the key ceremony by telephone)")
	}
	return v.rep.finish()
}

func (v *verifier) locateRoster(url string) (*tally.Roster, bool) {
	raw, ok := v.get("Roster", url)
	if !ok {
		return nil, false
	}
	var doc shape
	err := json.Unmarshal(raw, &doc)
	switch {
	case err != nil && looksLikeJSON(raw):
		v.rep.wrong("Roster", url, tally.CodeSchema, "%v", err)
		return nil, false
	case err != nil:
		v.rep.unknown("Roster", url, "no JSON document")
		return nil, false
	}
	v.home(doc.ID, url)
	if doc.Type == "Group" {
		return v.newestRoster(doc.ID)
	}
	return v.rosterBytes("Roster: rules and the convener's proof", doc.ID, raw)
}

func (v *verifier) rosterChain(r *tally.Roster) {
	const what = "Roster: chain of earlier Rosters"
	set := []*tally.Roster{r}
	for at := r; at.Previous != nil; {
		if len(set) == maxChain {
			v.rep.notChecked("%s: its chain before revision %d", r.ID, at.Revision)
			break
		}
		id := at.Previous.ID
		if id == "" {
			id = tally.RosterID(r.Context, at.Previous.Revision)
		}
		raw, ok := v.named(what, id, at.Previous.Digest)
		if !ok {
			return
		}
		previous, err := tally.ParseRoster(raw)
		if err != nil {
			v.rep.wrong(what, id, problemCode(err), "%v", err)
			return
		}
		if previous.VerifyBy(r.Key) != nil { // its digest is vouched for by the one after it
			v.rep.note("%s was signed by another key than the newest Roster", id)
		}
		set, at = append(set, previous), previous
	}
	if _, disputed := tally.LatestRoster(set); disputed {
		v.rep.wrong(what, r.ID, tally.CodeChanged, "two contents for one revision")
		return
	}
	v.rep.holds(what, r.ID)
}
