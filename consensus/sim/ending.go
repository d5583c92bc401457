// SPDX-License-Identifier: EUPL-1.2

package sim

import (
	"bytes"
	"slices"

	"polder/consensus/tally"
)

// checkEnd checks what has to be true when every fault has healed.
func (w *world) checkEnd() {
	w.checkRosters()
	results := make([]*tally.Result, len(w.hubs))
	for i, h := range w.hubs {
		if h.dead {
			continue
		}
		res, status := w.total(h)
		results[i] = res
		w.checkTotal(h, res)
		w.checkSet(h, res, status)
		h.aggregates = append(h.aggregates, aggregate{status, res.Inputs})
		w.checkInputs(h)
	}
	w.checkLevels(results)
	w.checkTruth(results)
	w.checkForks()
	w.checkClosing()
	if w.cfg.Wire {
		w.checkFull(results[nation])
	}
	for _, l := range w.leaves {
		if l.honest() {
			w.outcome.Honest++
			if slices.ContainsFunc(w.hubs, func(h *hub) bool { return h.accused[l.index] }) {
				w.outcome.Accused++
			}
		}
	}
}

// checkRosters: every node that lives is up again and follows the newest Roster
// that anybody has.
func (w *world) checkRosters() {
	var newest *tally.Roster
	for _, n := range w.nodes {
		for _, r := range n.rosters {
			if !n.dead && (newest == nil || r.Revision > newest.Revision) {
				newest = r
			}
		}
	}
	for _, n := range w.nodes {
		if n.dead {
			continue
		}
		if !n.up || n.guarding {
			w.violate("I17", "%s is not back: up %v, guard %v", n.actor, n.up, n.guarding)
		}
		if n.latest != newest {
			w.violate("agreement", "%s follows Roster %d, the newest is %d", n.actor, n.latest.Revision, newest.Revision)
		}
	}
}

// checkSet: I1, I15 and I18. The same set in another order, with repetitions and
// without the tallies of strangers, gives the same bytes, and these bytes are a
// valid aggregate of their inputs.
func (w *world) checkSet(h *hub, res *tally.Result, status string) {
	raw, err := w.write(h, res, status)
	if err != nil {
		w.violate("aggregate", "%s: %v", h.area, err)
		return
	}
	w.trace.Write(raw)
	reference, err := w.write(h, withoutTies(res), status)
	if err != nil {
		w.violate("aggregate", "%s: %v", h.area, err)
		return
	}
	for name, set := range map[string][]*tally.Doc{"I1": w.shuffled(h), "I15": withoutStrangers(h)} {
		var sealed []*tally.Doc
		if res.SealedSum != nil {
			sealed = h.sealed
		}
		again := tally.TotalWith(w.cfg.Breakage.Rules, set, sealed, h.latest, w.def, res.Parent)
		other, err := w.write(h, withoutTies(again), status)
		if err != nil || !bytes.Equal(reference, other) {
			w.violate(name, "%s: the total differs for the same tallies (%v)", h.area, err)
		}
	}
	if len(res.Covers) == 0 {
		return // a hub without members has nothing to publish
	}
	agg := mustParse(raw)
	agg.Key = keyOf(h.area, 1)
	inputs := map[string]*tally.Doc{} // a digest alone does not say who signed
	for i := range res.Rows {
		if d := res.Rows[i].Doc; d != nil {
			inputs[d.Digest] = d
		}
	}
	for _, p := range tally.CheckAggregate(agg, inputs, h.latest, w.def) {
		w.violate("aggregate", "%s: %v", h.area, p)
	}
}

// withoutTies leaves out which tally of a disputed area is named as its newest:
// of two with one revision that is the first to arrive. It is no part of the
// total.
func withoutTies(res *tally.Result) *tally.Result {
	out := *res
	out.NotCounted = slices.Clone(res.NotCounted)
	for i, n := range out.NotCounted {
		if row, ok := res.Row(n.Area); ok && row.Disputed {
			out.NotCounted[i].Last = nil
		}
	}
	return &out
}

// write makes the aggregate of a hub. Its own chain is left out: the revision is
// the time.
func (w *world) write(h *hub, res *tally.Result, status string) ([]byte, error) {
	header := tally.Header{
		AttributedTo: h.actor, Context: w.def.Root, Consultation: h.actor[:len(h.actor)-len("actor")] + "consultations/water", ConsultationDigest: w.digest,
		Area: h.area, AreaScheme: w.def.AreaScheme, Epoch: 1, Revision: begin + w.now, Status: status,
		Start: moment(0), End: moment(w.closesAt()), Published: moment(w.now), Software: "sim",
	}
	if status == tally.StatusCorrected {
		header.Reason = "objection"
	}
	return tally.NewAggregate(header, res)
}

func (w *world) shuffled(h *hub) []*tally.Doc {
	set := h.docs()
	d := newDice(w.cfg.Seed, 2)
	for range len(set) / 10 {
		set = append(set, set[d.IntN(len(set))])
	}
	d.Shuffle(len(set), func(i, j int) { set[i], set[j] = set[j], set[i] })
	return set
}

func withoutStrangers(h *hub) []*tally.Doc {
	var kept []*item
	for _, it := range h.order {
		if it.origin != fromStranger {
			kept = append(kept, it)
		}
	}
	return docsOf(kept)
}

// checkInputs: I14. Every input that a final aggregate named is at hand, also
// after restores and when its maker is gone.
func (w *world) checkInputs(h *hub) {
	known := make(map[string]bool, len(h.order))
	for _, it := range h.order {
		known[it.doc.Digest] = true
	}
	for _, a := range h.aggregates {
		if a.status != tally.StatusFinal && a.status != tally.StatusCorrected {
			continue
		}
		for _, in := range a.inputs {
			if !known[in.Digest] {
				w.violate("I14", "%s: input %s of %s is gone", h.area, in.Digest[:13], in.Area)
			}
		}
	}
}

// checkLevels: I5. What a province adds up is what the nation adds up over the
// areas it covers, from its own set and from the set of the nation, and no area
// is counted by two provinces.
func (w *world) checkLevels(results []*tally.Result) {
	whole := results[nation]
	if whole == nil {
		return
	}
	owner, sum := map[string]string{}, map[string]int64{}
	for i, p := range w.hubs {
		res := results[i]
		if i == nation || res == nil {
			continue
		}
		for level, n := range res.Turnout.Accepted {
			sum[level] += n
		}
		for _, in := range res.Inputs {
			if owner[in.Area] != "" {
				w.violate("I4", "%s is counted by %s and %s", in.Area, owner[in.Area], p.area)
			}
			owner[in.Area] = p.area
			if row, ok := whole.Row(in.Area); !ok || !row.Counted() || row.Doc.Digest != in.Digest {
				w.violate("agreement", "%s and the nation count %s differently", p.area, in.Area)
			}
		}
		same := tally.TotalWith(w.cfg.Breakage.Rules, w.docsBelow(p), nil, w.hubs[nation].latest, w.def, p.actor)
		if !slices.Equal(same.Inputs, res.Inputs) || !slices.Equal(same.Covers, res.Covers) {
			w.violate("I5", "%s: the nation finds %d inputs, the province %d", p.area, len(same.Inputs), len(res.Inputs))
		}
	}
	for level, n := range whole.Turnout.Accepted {
		if len(w.hubs) > 1 && whole.SealedSum == nil && sum[level] != n {
			w.violate("I5", "the provinces have %d at %s, the nation %d", sum[level], level, n)
		}
	}
}

// docsBelow are the tallies the nation holds of the areas of a province.
func (w *world) docsBelow(p *hub) (set []*tally.Doc) {
	for i, parent := range w.parents(w.hubs[nation].latest) {
		if parent == p.id {
			set = append(set, docsOf(w.hubs[nation].held[i])...)
		}
	}
	return set
}

// checkTruth: the nation counts the last count of every member that lives,
// reported honestly at last and is counted.
func (w *world) checkTruth(results []*tally.Result) {
	res, r := results[nation], w.hubs[nation].latest
	if res == nil {
		return
	}
	for _, l := range w.leaves {
		row, ok := res.Row(l.area)
		m, _ := r.Member(l.area)
		if !ok || l.dead || l.forker != forksNever || l.stuffer || m.Count != tally.CountLatest || l.leaving {
			continue
		}
		if !w.isTruth(l, row.Doc) {
			w.violate("truth", "%s is counted with %s, its last is %s", l.area, describe(row.Doc), describe(docOf(l.head)))
			if l.honest() {
				w.outcome.Wrong++
			}
		}
	}
}

func (w *world) isTruth(l *leaf, d *tally.Doc) bool {
	if d == nil || l.head == nil || d.Digest != l.head.doc.Digest || !d.Final() {
		return false
	}
	n := l.voters.final[official]
	return d.Withheld || d.Turnout.Accepted[string(official)] == n || n < int64(w.def.K)
}

// checkForks: a fork of which both branches reached the hubs that count the area
// is found by all of them.
func (w *world) checkForks() {
	for _, l := range w.leaves {
		if l.forker == forksNever {
			continue
		}
		r := w.hubs[nation].latest
		m, _ := r.Member(l.area)
		hubs := []*hub{w.hubs[nation]}
		if p := w.parents(r)[l.index]; p != nation {
			hubs = append(hubs, w.hubs[p])
		}
		var all []*item
		for _, h := range hubs {
			all = append(all, h.held[l.index]...)
		}
		if m.Count == tally.CountExclude || !judge(m, r.Context, all).disputed {
			continue
		}
		w.outcome.Forks++
		found := true
		for _, h := range hubs {
			v := tally.ValueWith(w.cfg.Breakage.Rules, l.area, docsOf(h.held[l.index]), h.latest, w.def)
			if found = found && v.Disputed; !v.Disputed {
				w.violate("I2", "%s does not see the fork of %s", h.area, l.area)
			}
		}
		if found {
			w.outcome.Found++
		}
	}
}

// checkClosing: I16. The nation came to a final result although some members
// never did.
func (w *world) checkClosing() {
	list := w.hubs[nation].aggregates
	if s := list[len(list)-1].status; s != tally.StatusFinal && s != tally.StatusCorrected {
		w.violate("I16", "the last aggregate of the nation is %s", s)
	}
}

// checkFull: what the convener adds up with the sealed tallies is what was cast,
// to the last ballot, in every area that is counted or withheld.
func (w *world) checkFull(res *tally.Result) {
	h := w.hubs[nation]
	if res == nil || h.dead {
		return
	}
	if res.SealedSum != nil {
		w.outcome.Sealed = len(res.SealedSum.Areas)
	}
	byDigest := map[string]*item{}
	for _, it := range h.order {
		byDigest[it.doc.Digest] = it
	}
	want := map[string]int64{}
	for i := range res.Rows {
		row := &res.Rows[i]
		if row.Doc == nil || row.Doc.Status == tally.StatusInterim || !row.Counted() && row.Why != tally.WhyWithheld {
			continue
		}
		for level, c := range byDigest[row.Doc.Digest].counts.Questions[0].Levels {
			for _, id := range optionIDs {
				want[id+" "+string(level)] += c.Options[id]
			}
		}
	}
	full := tally.FullTotals(h.docs(), h.sealed, h.latest, w.def)
	for _, id := range optionIDs {
		for _, level := range w.def.Levels {
			if got := full.Count(question, id, string(level)); got != want[id+" "+string(level)] {
				w.violate("I12", "%s at %s: %d in full, %d cast", id, level, got, want[id+" "+string(level)])
			}
		}
	}
}
