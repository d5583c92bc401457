// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"fmt"
	"reflect"
	"slices"

	"polder/consensus"
)

// CheckAggregate recomputes an aggregate from its inputs (keyed by digest, their
// Doc.Key set) and compares every number, group, list and coverage. r and def
// must be the ones the aggregate names. Nothing is returned if it holds. Codes:
// F401 areas overlap, F402 a number differs, F403 an input is not counted by the
// Roster; for an input's own faults its codes with a path below /inputs. Sealed
// sums are taken as stated, except that they must name areas of this aggregate.
func CheckAggregate(agg *Doc, inputs map[string]*Doc, r *Roster, def *consensus.Definition) []Problem {
	f := &findings{}
	agg.checkContents(f, def, r)
	if agg.Kind != KindAggregate {
		f.fail(CodeSchema, "/kind", "%q is not an aggregate", agg.Kind)
	}
	if len(f.fails) > 0 {
		return f.fails
	}
	if *agg.Roster != r.Ref() {
		f.fail(CodeNotInRoster, "/roster", "made with Roster %s, checked with %s", agg.Roster.Digest, r.Digest)
		return f.fails
	}
	docs := agg.checkInputs(f, inputs, r, def)
	if len(f.fails) > 0 {
		return f.fails
	}
	agg.checkScope(f, r)
	agg.checkSealedSum(f, docs, def)
	agg.checkNumbers(f, docs, def)
	return f.fails
}

// checkInputs: each input is there, is what it is said to be, is signed by a
// pinned key and valid, and is one the Roster counts.
func (d *Doc) checkInputs(f *findings, inputs map[string]*Doc, r *Roster, def *consensus.Definition) []*Doc {
	var docs []*Doc
	for i, in := range d.Inputs {
		path := fmt.Sprintf("/inputs/%d", i)
		doc, ok := inputs[in.Digest]
		if !ok || doc.Digest != in.Digest {
			f.fail(CodeSum, path, "input %s is not at hand", in.Digest)
			continue
		}
		if in.Area != doc.Area || in.ID != doc.ID || in.Epoch != doc.Epoch || in.Revision != doc.Revision || in.Status != doc.Status {
			f.fail(CodeSum, path, "area, id, epoch, revision or status is not that of the input")
		}
		for _, p := range doc.countFails(r, def) {
			f.fail(p.Code, path+p.Path, "%s: %s", doc.ID, p.Detail)
		}
		if doc.Withheld && !in.Sealed || doc.Status == StatusWithdrawn {
			f.fail(CodeSum, path, "a withheld or withdrawn tally cannot be counted")
		}
		docs = append(docs, doc)
	}
	return docs
}

// countFails says why a tally could not be the value of its area under r. A fork
// is not visible in a single tally.
func (d *Doc) countFails(r *Roster, def *consensus.Definition) []Problem {
	if d.Kind != KindDirect {
		return []Problem{{CodeNotInRoster, "/kind", "not a direct tally"}}
	}
	fails, _ := d.Validate(def, r)
	if len(fails) > 0 {
		return fails
	}
	if m, _ := r.Member(d.Area); m.Count != CountLatest && m.Count != CountFrozen+d.Digest {
		return []Problem{{CodeNotInRoster, "/count", "the Roster counts " + m.Count}}
	}
	return nil
}

// Scope gives the hub whose leaves an aggregate must cover: "" for one that
// covers the whole Roster.
func (d *Doc) Scope(r *Roster) string {
	if d.AttributedTo == r.AttributedTo || len(r.Leaves(d.AttributedTo)) == 0 {
		return ""
	}
	return d.AttributedTo
}

// checkScope: covers are the expected leaves, coverage follows from the Roster.
func (d *Doc) checkScope(f *findings, r *Roster) {
	var covers []string
	want := Coverage{}
	for _, m := range r.Leaves(d.Scope(r)) {
		if m.Status == MemberInvited {
			continue
		}
		covers = append(covers, m.Area)
		want.Expected++
		want.Eligible += m.Eligible
	}
	for _, in := range d.Inputs {
		m, _ := r.Member(in.Area)
		want.Reported++
		want.EligibleReported += m.Eligible
		if in.Status == StatusFinal || in.Status == StatusCorrected {
			want.Final++
		}
	}
	slices.Sort(covers)
	if got := slices.Sorted(slices.Values(d.Covers)); !slices.Equal(got, covers) {
		f.fail(CodeOverlap, "/covers", "%v, the Roster expects %v", got, covers)
	}
	if *d.Coverage != want {
		f.fail(CodeSum, "/coverage", "%+v, recomputed %+v", *d.Coverage, want)
	}
	for i, n := range d.NotCounted {
		m, ok := r.Member(n.Area)
		path := fmt.Sprintf("/notCounted/%d", i)
		switch {
		case !ok || m.Role != RoleLeaf:
			f.fail(CodeNotInRoster, path, "%s is not in the Roster", n.Area)
		case (n.Why == WhyAssignedElsewhere) == slices.Contains(covers, n.Area):
			f.fail(CodeOverlap, path, "%s is %q, but its place in the Roster differs", n.Area, n.Why)
		}
	}
}

// checkSealedSum: only at final, over at least two inputs marked sealed, with
// counts that add up and are not unanimous.
func (d *Doc) checkSealedSum(f *findings, docs []*Doc, def *consensus.Definition) {
	marked := []string{}
	for _, in := range d.Inputs {
		if in.Sealed {
			marked = append(marked, in.Area)
		}
	}
	s := d.SealedSum
	if s == nil {
		if len(marked) > 0 {
			f.fail(CodeSum, "/sealedSum", "inputs are marked sealed, but there is no sum")
		}
		return
	}
	if !d.Final() || len(s.Areas) < 2 || len(s.Areas) != len(s.Digests) {
		f.fail(CodeSmall, "/sealedSum", "only a final aggregate may sum hidden counts, of at least two areas")
		return
	}
	s.checkSealedCounts(f, def)
	slices.Sort(marked)
	if areas := slices.Sorted(slices.Values(s.Areas)); !slices.Equal(areas, marked) {
		f.fail(CodeSum, "/sealedSum/areas", "%v, the inputs mark %v", areas, marked)
	}
	for i, area := range s.Areas {
		at := slices.IndexFunc(docs, func(x *Doc) bool { return x.Area == area })
		if at >= 0 && docs[at].Sealed != s.Digests[i] && d.Status != StatusCorrected {
			f.fail(CodeSum, fmt.Sprintf("/sealedSum/digests/%d", i), "%s names another sealed tally", area)
		}
	}
}

// checkSealedCounts checks the summed questions as those of a final tally.
func (s *SealedSum) checkSealedCounts(f *findings, def *consensus.Definition) {
	stated := &Doc{Kind: KindAggregate, Status: StatusFinal, Questions: s.Questions}
	c := &countsCheck{findings: f, d: stated, def: def, k: int64(def.K)}
	for i := range s.Questions {
		q, path := &s.Questions[i], fmt.Sprintf("/sealedSum/questions/%d", i)
		c.question(q, path)
		if slices.ContainsFunc(q.Groups, func(g Group) bool { return q.unanimous(g.Key()) }) {
			f.fail(CodeSmall, path, "a unanimous sum")
		}
	}
	c.grouping("/sealedSum/turnout", s.Turnout.Groups, s.Turnout.Hidden, s.Turnout.Accepted)
}

// checkNumbers adds everything again.
func (d *Doc) checkNumbers(f *findings, docs []*Doc, def *consensus.Definition) {
	questions, turnout := addAll(docs, d.SealedSum, def)
	if len(questions) != len(d.Questions) {
		f.fail(CodeSum, "/questions", "%d, recomputed %d", len(d.Questions), len(questions))
		return
	}
	for i := range questions {
		got, ok := d.Question(questions[i].ID)
		if !ok || !reflect.DeepEqual(plain(got), plain(&questions[i])) {
			f.fail(CodeSum, fmt.Sprintf("/questions/%d", i), "%s is not the sum of the inputs", questions[i].ID)
		}
	}
	if !reflect.DeepEqual(plainTurnout(d.Turnout), plainTurnout(&turnout)) {
		f.fail(CodeSum, "/turnout", "not the sum of the inputs")
	}
}

// plain is a question without the difference between an absent and an empty
// list or map, which JSON does not carry.
func plain(q *Question) Question {
	out := Question{ID: q.ID, Max: q.Max, Ballots: plainMap(q.Ballots), Blank: plainMap(q.Blank), Groups: plainGroups(q.Groups), Hidden: plainGroups(q.Hidden)}
	for _, o := range q.Options {
		p := Option{ID: o.ID, N: plainMap(o.N)}
		if len(o.Scores) > 0 {
			p.Scores = o.Scores
		}
		out.Options = append(out.Options, p)
	}
	return out
}

func plainTurnout(t *Turnout) Turnout {
	return Turnout{plainMap(t.Eligible), plainMap(t.Issued), plainMap(t.Accepted), plainGroups(t.Groups), plainGroups(t.Hidden)}
}

func plainMap(m map[string]int64) map[string]int64 {
	if len(m) == 0 {
		return nil
	}
	return m
}

func plainGroups(g []Group) []Group {
	if len(g) == 0 {
		return nil
	}
	return g
}

// CrossCheck is the nation's check of a province's aggregate: from the direct
// tallies it names (keyed by digest) it must follow. Any difference is
// W-SUBTOTAL, to be shown and flagged; missing inputs are one too.
func CrossCheck(province *Doc, inputs map[string]*Doc, r *Roster, def *consensus.Definition) []Problem {
	var out []Problem
	for _, p := range CheckAggregate(province, inputs, r, def) {
		out = append(out, Problem{CodeSubtotal, p.Path, p.Code + ": " + p.Detail})
	}
	return out
}

// CoversOverlap gives F401 for every area two aggregates both cover, such as
// those of two provinces.
func CoversOverlap(aggregates []*Doc) []Problem {
	f := &findings{}
	owner := map[string]string{}
	for _, a := range aggregates {
		for _, area := range a.Covers {
			if other, ok := owner[area]; ok && other != a.Area {
				f.fail(CodeOverlap, "/covers", "%s is covered by %s and %s", area, other, a.Area)
			}
			owner[area] = a.Area
		}
	}
	return f.fails
}
