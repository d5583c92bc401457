// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"cmp"
	"slices"

	"polder/consensus"
)

// Result is a total with everything that explains it. Rows has one entry per
// expected area, and per area that reported here but is counted elsewhere,
// sorted by area.
type Result struct {
	Parent     string // "" for the whole Roster, else the hub
	Roster     Ref
	Covers     []string // the expected areas
	Rows       []Row
	Inputs     []Input
	NotCounted []NotCounted
	SealedSum  *SealedSum
	Questions  []Question // sealed sum included
	Turnout    Turnout    // sealed sum included
	Coverage   Coverage
}

// Row says what became of one area.
type Row struct {
	Area         string
	Actor        string
	MemberStatus string
	Eligible     int64
	Expected     bool   // false only for an area counted elsewhere
	Doc          *Doc   // the value; nil if there is none. A withheld one may be set and not counted
	Status       string // of Doc
	Disputed     bool   // a fork; Doc is then the last tally before it
	Why          string // why not counted, "" if counted
	Checks       string // letters of 6.4: S and A here; L and R need the log
	Sealed       bool   // its hidden counts are in SealedSum
	Last         *Ref   // newest tally known, counted or not
	Fails        []Problem
	Warns        []Problem
	docs         []*Doc
}

// Counted reports whether the area is in the total.
func (r *Row) Counted() bool { return r.Expected && r.Why == "" }

// Row finds the row of an area.
func (r *Result) Row(area string) (*Row, bool) {
	for i := range r.Rows {
		if r.Rows[i].Area == area {
			return &r.Rows[i], true
		}
	}
	return nil, false
}

// Total adds up the values of the leaf areas of the Roster (aggregation.md 7.3):
// all of them for parent "", else those below the hub with that actor. set is
// every tally seen, as for Value. sealed holds the verified sealed companions;
// only the convener has them, and gives them only when the aggregate is final
// (see AggregateStatus), else nil. Members still invited are not expected and
// not counted. An area of another hub is listed as assigned elsewhere if set
// holds a tally of it: give a hub only what was reported to it.
func Total(set, sealed []*Doc, r *Roster, def *consensus.Definition, parent string) *Result {
	return TotalWith(Rules{}, set, sealed, r, def, parent)
}

// TotalWith is Total with rules switched off; for the simulation.
func TotalWith(rules Rules, set, sealed []*Doc, r *Roster, def *consensus.Definition, parent string) *Result {
	return total(rules, set, sealed, nil, r, def, parent)
}

// CorrectedTotal is Total for a convener that already published prior, the
// sealedSum of its last final aggregate (nil if it had none): the sum changes
// only where the difference itself covers at least two areas and k ballots.
func CorrectedTotal(prior *SealedSum, set, sealed []*Doc, r *Roster, def *consensus.Definition, parent string) *Result {
	return total(Rules{}, set, sealed, prior, r, def, parent)
}

func total(rules Rules, set, sealed []*Doc, prior *SealedSum, r *Roster, def *consensus.Definition, parent string) *Result {
	res := &Result{Parent: parent, Roster: r.Ref()}
	byArea := map[string][]*Doc{}
	for _, d := range set {
		byArea[d.Area] = append(byArea[d.Area], d)
	}
	for _, m := range r.Leaves("") {
		expected := parent == "" || r.below(m, parent)
		if m.Status == MemberInvited || !expected && len(m.signed(byArea[m.Area], r)) == 0 {
			continue
		}
		res.Rows = append(res.Rows, newRow(ValueWith(rules, m.Area, byArea[m.Area], r, def), m, expected))
	}
	slices.SortFunc(res.Rows, func(a, b Row) int { return cmp.Compare(a.Area, b.Area) })
	res.SealedSum = sealedSum(res.Rows, sealed, prior, def)
	res.markSealed()
	res.list(r)
	res.add(def)
	return res
}

func newRow(v Valued, m *Member, expected bool) Row {
	row := Row{Area: m.Area, Actor: m.Actor, MemberStatus: m.Status, Eligible: m.Eligible, Expected: expected,
		Doc: v.Doc, Disputed: v.Disputed, Fails: v.Fails, Warns: v.Warns, docs: v.all}
	if v.Newest != nil {
		row.Last = &Ref{ID: v.Newest.ID, Digest: v.Newest.Digest, Revision: v.Newest.Revision}
	}
	if v.Doc != nil {
		row.Status, row.Checks = v.Doc.Status, "SA"
	}
	row.Why = why(v, m, expected)
	return row
}

// why gives the reason an area is not counted, "" if it is. A withheld tally is
// not counted unless the sealed sum takes it in (markSealed).
func why(v Valued, m *Member, expected bool) string {
	switch {
	case !expected:
		return WhyAssignedElsewhere
	case v.Doc != nil && v.Doc.Status == StatusWithdrawn:
		return WhyExcluded
	case v.Doc != nil && v.Doc.Withheld:
		return WhyWithheld
	case v.Doc != nil:
		return ""
	case m.Status == MemberSuspended:
		return WhySuspended
	case m.Count == CountExclude || m.Status == MemberExpelled || m.Status == MemberWithdrawn:
		return WhyExcluded
	case v.Disputed:
		return WhyDisputed
	case v.Newest != nil:
		return WhyInvalid
	}
	return WhyNoReport
}

func (r *Result) markSealed() {
	if r.SealedSum == nil {
		return
	}
	for i := range r.Rows {
		row := &r.Rows[i]
		if slices.Contains(r.SealedSum.Areas, row.Area) {
			row.Sealed = true
			if row.Why == WhyWithheld {
				row.Why = ""
			}
		}
	}
}

// list fills Covers, Inputs, NotCounted and Coverage from the rows.
func (r *Result) list(roster *Roster) {
	r.Covers, r.Inputs, r.NotCounted = []string{}, []Input{}, []NotCounted{}
	for i := range r.Rows {
		row := &r.Rows[i]
		if row.Expected {
			r.Covers = append(r.Covers, row.Area)
			r.Coverage.Expected++
			r.Coverage.Eligible += row.Eligible
		}
		if !row.Counted() {
			r.NotCounted = append(r.NotCounted, NotCounted{row.Area, row.Why, row.Last})
			continue
		}
		d := row.Doc
		r.Inputs = append(r.Inputs, Input{d.Area, d.ID, d.Digest, d.Epoch, d.Revision, d.Status, row.Checks, row.Sealed})
		r.Coverage.Reported++
		r.Coverage.EligibleReported += row.Eligible
		if d.Final() {
			r.Coverage.Final++
		}
	}
}

// AddChecks adds letters (L, R) the caller checked for an area itself.
func (r *Result) AddChecks(area, letters string) {
	for i := range r.Inputs {
		if r.Inputs[i].Area == area {
			r.Inputs[i].Checks += letters
		}
	}
	if row, ok := r.Row(area); ok && row.Doc != nil {
		row.Checks += letters
	}
}
