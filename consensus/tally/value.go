// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"cmp"
	"slices"
	"strings"

	"polder/consensus"
)

// Valued is what one area contributes. Doc is nil if nothing counts. Newest is
// the tally of highest revision signed by the member, counted or not.
type Valued struct {
	Area     string
	Doc      *Doc
	Newest   *Doc
	Disputed bool      // two contents were claimed for one revision
	Fork     int64     // that revision, 0 if not disputed
	Fails    []Problem // of Newest, if it does not count for its contents
	Warns    []Problem // of Doc, with W-BRANCH and W202
	all      []*Doc    // Rules.Deltas only
}

// Value is the pure function of aggregation.md 7.3 for one area: from the set of
// all tallies seen, the one that counts. The set may hold anything, in any
// order, any number of times; only tallies whose Doc.Key is pinned matter.
func Value(area string, set []*Doc, r *Roster, def *consensus.Definition) Valued {
	return ValueWith(Rules{}, area, set, r, def)
}

// ValueWith is Value with rules switched off; for the simulation.
func ValueWith(rules Rules, area string, set []*Doc, r *Roster, def *consensus.Definition) Valued {
	v := Valued{Area: area}
	m, ok := r.Member(area)
	if !ok || m.Role != RoleLeaf || m.Count == CountExclude {
		return v
	}
	signed := m.signed(set, r)
	if v.Fork, v.Disputed = forkOf(claims(signed)); rules.IgnoreForks {
		v.Fork, v.Disputed = 0, false
	}
	for _, d := range signed {
		if v.Newest == nil || d.Revision > v.Newest.Revision {
			v.Newest = d
		}
	}
	v.choose(rules, m, signed, def, r)
	if v.Newest != nil && v.Newest != v.Doc {
		v.Fails = v.Newest.contentFails(def, r)
	}
	if v.Doc != nil {
		v.warn(signed)
	}
	return v
}

// signed is the set U of 7.3.
func (m *Member) signed(set []*Doc, r *Roster) []*Doc {
	var out []*Doc
	for _, d := range set {
		if d.Kind == KindDirect && d.Area == m.Area && d.Context == r.Context && d.Epoch == m.Epoch &&
			d.AttributedTo == m.Actor && m.pins(d.Key, d.Revision) && !m.distrusts(d.Key, d.Digest) {
			out = append(out, d)
		}
	}
	return out
}

// claims: what the member said stands at which revision, by a tally or by naming
// it as the one before. A fork is so found even if its first branch was lost.
func claims(signed []*Doc) []claim {
	var out []claim
	for _, d := range signed {
		out = append(out, claim{d.Revision, d.Digest})
		if d.Previous != nil {
			out = append(out, claim{d.Previous.Revision, d.Previous.Digest})
		}
	}
	return out
}

func (v *Valued) choose(rules Rules, m *Member, signed []*Doc, def *consensus.Definition, r *Roster) {
	if digest, ok := strings.CutPrefix(m.Count, CountFrozen); ok {
		for _, d := range signed {
			if d.Digest == digest && v.take(d, def, r) {
				return
			}
		}
		return
	}
	ordered := slices.Clone(signed) // newest first; equal revisions keep their order
	slices.SortStableFunc(ordered, func(a, b *Doc) int { return cmp.Compare(b.Revision, a.Revision) })
	for _, d := range ordered {
		if v.Disputed && d.Revision >= v.Fork || !v.take(d, def, r) {
			continue
		}
		if !rules.Deltas {
			return
		}
	}
}

// take makes d the value if its contents are valid and there is none yet.
func (v *Valued) take(d *Doc, def *consensus.Definition, r *Roster) bool {
	f := &findings{}
	if d.checkContents(f, def, r); len(f.fails) > 0 {
		return false
	}
	if v.all = append(v.all, d); v.Doc == nil {
		v.Doc, v.Warns = d, f.warns
	}
	return true
}

func (v *Valued) warn(signed []*Doc) {
	children := map[string]int64{}
	for _, d := range signed {
		if d.Previous == nil {
			continue
		}
		if other, ok := children[d.Previous.Digest]; ok && other != d.Revision {
			v.Warns = append(v.Warns, Problem{CodeBranch, "/previous", "two tallies follow " + d.Previous.Digest})
			break
		}
		children[d.Previous.Digest] = d.Revision
	}
	for _, d := range signed {
		if v.Doc.Previous != nil && d.Digest == v.Doc.Previous.Digest {
			if p, ok := v.Doc.FellWarning(d); ok {
				v.Warns = append(v.Warns, p)
			}
			return
		}
	}
}
