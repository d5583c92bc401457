// SPDX-License-Identifier: EUPL-1.2

package tally

import "polder/consensus"

// FullResult is the exact total a convener holds. Every map is keyed by level,
// except where a place merged levels and its sealed tally is missing: then by
// the merged group. Areas names the counted places; Incomplete those of them
// whose merged, hidden or withheld counts are not known exactly.
type FullResult struct {
	Questions  []Question // Groups and Hidden are empty
	Areas      []string
	Incomplete []string
}

// FullTotals adds up the exact counts per question, option and level, taking the
// sealed companion in place of the public tally where there is one. It is for
// the convener's own checks and is never published: it breaks the k rule.
func FullTotals(set, sealed []*Doc, r *Roster, def *consensus.Definition) *FullResult {
	byDigest := make(map[string]*Doc, len(sealed))
	for _, s := range sealed {
		byDigest[s.Digest] = s
	}
	res := Total(set, nil, r, def, "")
	out := &FullResult{}
	for i := range def.Questions {
		if dq := &def.Questions[i]; counted(dq) {
			out.Questions = append(out.Questions, Question{ID: dq.ID, Max: int64(dq.Max),
				Ballots: map[string]int64{}, Blank: map[string]int64{}, Options: emptyOptions(dq)})
		}
	}
	for i := range res.Rows {
		row := &res.Rows[i]
		if row.Doc == nil || row.Why != "" && row.Why != WhyWithheld {
			continue
		}
		d := row.Doc
		full, ok := byDigest[d.Sealed]
		if ok && full.Key == d.Key && len(CheckSealed(d, full, def)) == 0 {
			d = full
		} else if d.incomplete() {
			out.Incomplete = append(out.Incomplete, row.Area)
		}
		out.Areas = append(out.Areas, row.Area)
		out.add(d)
	}
	return out
}

func (f *FullResult) add(d *Doc) {
	for i := range f.Questions {
		sum := &f.Questions[i]
		q, ok := d.Question(sum.ID)
		if !ok {
			continue
		}
		for _, m := range masksOf(q.Groups) {
			part{q: q}.addTo(sum, m, q.hasOptions(m.key()))
		}
	}
}

// Count gives the exact number of ballots at a level that chose an option of a
// question, 0 if there are none.
func (f *FullResult) Count(question, option, level string) int64 {
	q, ok := findQuestion(f.Questions, question)
	if !ok {
		return 0
	}
	return q.option(option, 0).value(level)
}
