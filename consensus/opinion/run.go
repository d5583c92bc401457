// SPDX-License-Identifier: EUPL-1.2

package opinion

// Reason tells why there are no groups (spec: opinion.md 7.8).
type Reason string

// Reasons.
const (
	NoVariance       Reason = "no-variance"
	TooFewPeople     Reason = "too-few-participants"
	TooFewStatements Reason = "too-few-statements"
	SmallGroups      Reason = "small-groups"
	UnstableGroups   Reason = "unstable"
)

// Outcome is everything one computation yields. Slices by part run over the
// contributors in the order given.
type Outcome struct {
	Columns   []Column
	Params    Params
	Stats     Stats // all rows of all parts; pairs as they went into the model
	Fit       Fitted
	Placed    []Placed   // by part: the clustered people
	Clustered int64      // their number
	Solutions []Solution // of k = 2, 3, ...
	K         int        // 0: no groups, see Reason
	Reason    Reason
	Centroids []Point // of the groups, in their order
	Groups    []GroupCounts
}

// Run computes the opinion groups of the people of all contributors from the
// start. What it yields does not depend on how people are spread over parts,
// when params.PairMin and params.MinShare are 1. The error is ErrShape,
// ErrRange or ErrEigen.
func Run(parts []*Matrix, columns []Column, params Params) (*Outcome, error) {
	return RunAfter(parts, columns, params, nil)
}

// RunAfter is Run for an interim epoch, which has a predecessor.
func RunAfter(parts []*Matrix, columns []Column, params Params, prev *Previous) (*Outcome, error) {
	stats, err := Total(parts, columns, params)
	if err != nil {
		return nil, err
	}
	fit, err := Fit(stats, columns, params, prev)
	if err != nil {
		return nil, err
	}
	if !prev.continues(&fit) {
		prev = nil
	}
	return RunModel(parts, columns, params, stats, fit, prev)
}

// Total adds the statistics of all parts: per part without the pairs of few
// people (PairMin), and without any pairs from a small part (MinShare).
func Total(parts []*Matrix, columns []Column, params Params) (Stats, error) {
	total := NewStats(len(columns))
	plain := params.PairMin <= 1
	var paired []*Matrix
	for _, p := range parts {
		s, err := p.Counts(len(columns))
		if err != nil {
			return Stats{}, err
		}
		switch {
		case s.Participants < int64(params.MinShare):
		case plain && len(parts) > 1:
			paired = append(paired, p)
		default:
			if s, err = p.Stats(columns); err != nil {
				return Stats{}, err
			}
			s = s.Suppress(params.PairMin)
		}
		if err := total.Merge(s); err != nil {
			return Stats{}, err
		}
	}
	return total, total.addPairs(paired, columns)
}

// addPairs adds the pairs of parts whose counts are in the sum already, all at
// once.
func (s *Stats) addPairs(parts []*Matrix, columns []Column) error {
	if len(parts) == 0 {
		return nil
	}
	pairs, err := sumPairs(parts, keptIndex(columns))
	if err != nil {
		return err
	}
	s.Paired = s.PairPeople()
	for _, p := range parts {
		s.Paired += p.counts.Participants
	}
	return s.Pairs.combine(pairs, 1)
}

// RunModel computes everything that follows from a model: positions, groups,
// counts. Prev is nil for a cold start.
func RunModel(parts []*Matrix, columns []Column, params Params, stats Stats, fit Fitted, prev *Previous) (*Outcome, error) {
	o := &Outcome{Columns: columns, Params: params, Stats: stats, Fit: fit}
	points := make([][]Point, len(parts))
	for i, p := range parts {
		if _, err := p.Counts(len(columns)); err != nil {
			return nil, err
		}
		o.Placed = append(o.Placed, fit.Model.Place(columns, p))
		points[i] = o.Placed[i].Points
		o.Clustered += int64(len(points[i]))
	}
	g := grouping{points: points, sdQ: fit.Model.SdQ, params: params, prev: prev}
	o.Solutions = g.search()
	o.K, o.Centroids = g.choose(o.Solutions)
	if o.Reason = o.reason(); o.Reason != "" {
		o.K, o.Centroids = 0, nil
	}
	return o, o.tally(parts)
}

func (o *Outcome) reason() Reason {
	switch {
	case o.Fit.NoVariance():
		return NoVariance
	case o.Clustered < int64(o.Params.MinClustered):
		return TooFewPeople
	case Kept(o.Columns) < o.Params.MinStatements:
		return TooFewStatements
	case o.K == 0:
		return SmallGroups
	}
	return ""
}

func (o *Outcome) tally(parts []*Matrix) error {
	answers := make([][]GroupCounts, len(parts))
	each(len(parts), func(i int) { answers[i] = Tally(parts[i], o.Placed[i], o.Centroids, len(o.Columns)) })
	o.Groups = NewGroupCounts(max(o.K, 1), len(o.Columns))
	for _, a := range answers {
		if err := AddCounts(o.Groups, a); err != nil {
			return err
		}
	}
	return nil
}

// Withdraw takes the groups back because they are unstable (13); the parts are
// those of the run.
func (o *Outcome) Withdraw(parts []*Matrix) error {
	if o.K == 0 {
		return nil
	}
	o.K, o.Centroids, o.Reason = 0, nil, UnstableGroups
	return o.tally(parts)
}

// Group gives the group of person i of a part: an index into Placed[part].
func (o *Outcome) Group(part, i int) int { return nearest(o.Placed[part].Points[i], o.Centroids) }

// LocalParams are the parameters of a consultation of one instance: nothing
// leaves it, so nothing is suppressed.
func LocalParams() Params {
	p := DefaultParams()
	p.PairMin, p.MinShare = 1, 1
	return p
}
