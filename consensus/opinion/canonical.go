// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"encoding/json"
	"strconv"
)

// Labels are the ids in canonical output: of the statements in column order,
// and of the people by part and row.
type Labels struct {
	Statements []int64
	People     [][]int64
}

// object is a JSON object that keeps the order its members were added in.
type object struct {
	body []byte
	err  error
}

func (o *object) add(key string, value any) {
	name, _ := json.Marshal(key) // a string always marshals
	raw, err := json.Marshal(value)
	if err != nil && o.err == nil {
		o.err = err
	}
	if len(o.body) > 0 {
		o.body = append(o.body, ',')
	}
	o.body = append(append(append(o.body, name...), ':'), raw...)
}

// MarshalJSON writes the members added so far.
func (o *object) MarshalJSON() ([]byte, error) {
	return append(append([]byte{'{'}, o.body...), '}'), o.err
}

// Canonical writes the outcome with the keys of the reference data (spec:
// opinion.md 17): floats, ids, groups by person. Stability may be nil. It is
// for comparison of programs and for the one who holds the votes, never for
// publication.
func (o *Outcome) Canonical(l Labels, stability *Quality) ([]byte, error) {
	c := canonical{o: o, l: l}
	for j, col := range o.Columns {
		if col.ModOut {
			c.modOut++
		} else {
			c.kept = append(c.kept, j)
		}
	}
	out := &object{}
	out.add("algorithm", "polder-opinion/1")
	out.add("params", c.params())
	c.addInput(out)
	c.addModel(out)
	c.addSolutions(out)
	c.addGroups(out)
	if stability == nil {
		out.add("stability", nil)
	} else {
		s := &object{}
		s.add("sameK", stability.SameK)
		s.add("agreement", stability.Agreement)
		s.add("cos1", stability.Cos1)
		s.add("cos2", stability.Cos2)
		out.add("stability", s)
	}
	return json.Marshal(out)
}

type canonical struct {
	o      *Outcome
	l      Labels
	kept   []int
	modOut int
}

func (c *canonical) params() *object {
	p, out := c.o.Params, &object{}
	for _, m := range []struct {
		key   string
		value int
	}{{"inConvMin", p.InConvMin}, {"pairMin", p.PairMin}, {"minClustered", p.MinClustered}, {"minStatements", p.MinStatements},
		{"minGroup", p.MinGroup}, {"kMax", p.KMax}, {"inits", p.Inits}, {"maxUpdates", p.MaxUpdates}, {"folds", folds}} {
		out.add(m.key, m.value)
	}
	return out
}

func (c *canonical) addInput(out *object) {
	s := &c.o.Stats
	out.add("n_participants", s.Participants)
	out.add("n_all", len(c.o.Columns))
	out.add("n_modout", c.modOut)
	out.add("n_inconv", c.o.Clustered)
	kept, meta := []int64{}, []int64{}
	for j, col := range c.o.Columns {
		if !col.ModOut {
			kept = append(kept, c.l.Statements[j])
		}
		if col.Meta {
			meta = append(meta, c.l.Statements[j])
		}
	}
	out.add("tids", c.l.Statements)
	out.add("tids_kept", kept)
	out.add("meta", meta)
	out.add("A", c.ofKept(s.A))
	out.add("D", c.ofKept(s.D))
	out.add("S", c.ofKept(s.S))
}

func (c *canonical) ofKept(v []int64) []int64 {
	out := make([]int64, len(c.kept))
	for i, j := range c.kept {
		out[i] = v[j]
	}
	return out
}

func (c *canonical) addModel(out *object) {
	n, xx, t, xx2, t2 := c.o.Stats.Pairs.square()
	out.add("sum_N", n)
	out.add("sum_XX", xx)
	out.add("sum_T", t)
	out.add("sumsq_XX", xx2)
	out.add("sumsq_T", t2)
	f := &c.o.Fit
	out.add("trace_C", f.Trace)
	out.add("eig", f.Eig)
	out.add("mu", f.Mu)
	out.add("comps", f.Comps)
	out.add("sd", f.Sd)
	out.add("muQ", f.Model.MuQ)
	out.add("c1Q", f.Model.C1Q)
	out.add("c2Q", f.Model.C2Q)
	out.add("sdQ", f.Model.SdQ)
}

// square sums over the full m × m square of the pairs.
func (p *Pairs) square() (n, xx, t, xx2, t2 int64) {
	for j := range p.M {
		for k := j; k < p.M; k++ {
			c, times := p.Cells[p.Index(j, k)], int64(2)
			if j == k {
				times, c.U = 1, 0
			}
			x, a, b := int64(c.XX), int64(c.T), int64(c.U)
			n += times * int64(c.N)
			xx += times * x
			xx2 += times * x * x
			t += a + b
			t2 += a*a + b*b
		}
	}
	return n, xx, t, xx2, t2
}

func (c *canonical) addSolutions(out *object) {
	if c.o.K == 0 {
		out.add("k", nil)
	} else {
		out.add("k", c.o.K)
	}
	for _, m := range []struct {
		key   string
		value func(s Solution) any
	}{
		{"sil", func(s Solution) any { return float64(s.Score.SilSum) / 1e6 / float64(max(1, c.o.Clustered)) }},
		{"silSum", func(s Solution) any { return s.Score.SilSum }},
		{"inertia", func(s Solution) any { return s.Score.Inertia }},
		{"rounds", func(s Solution) any { return s.Rounds }},
		{"init", func(s Solution) any { return s.Init }},
		{"dropped", func(s Solution) any { return s.Dropped }},
		{"sizes", func(s Solution) any { return s.Score.Sizes }},
		{"centroids", func(s Solution) any { return s.Centroids }},
	} {
		per := &object{}
		for _, s := range c.o.Solutions {
			per.add(strconv.Itoa(len(s.Centroids)), m.value(s))
		}
		out.add(m.key, per)
	}
}

func (c *canonical) addGroups(out *object) {
	o := c.o
	groups, votes := &object{}, []Votes{}
	if o.K > 0 {
		for p, placed := range o.Placed {
			for i, row := range placed.Rows {
				groups.add(strconv.FormatInt(c.l.People[p][row], 10), o.Group(p, i))
			}
		}
	}
	for _, g := range o.Groups {
		votes = append(votes, Votes{A: g.A, D: g.D, S: g.S})
	}
	gac, gacDisagree := GroupAware(o.Groups)
	extremity := o.Fit.Extremity(o.Columns)
	agree, disagree := Majority(o.Stats, o.Columns)
	majority := &object{}
	majority.add("agree", c.lines(agree, false))
	majority.add("disagree", c.lines(disagree, false))
	out.add("groups", groups)
	out.add("group_votes", votes)
	out.add("gac", c.byStatement(gac))
	out.add("gac_disagree", c.byStatement(gacDisagree))
	out.add("repness", c.repness())
	out.add("consensus", majority)
	out.add("extremity", c.byStatement(extremity))
	out.add("priorities", c.byStatement(Priorities(o.Groups, extremity, o.Columns)))
}

func (c *canonical) repness() [][]*object {
	out := [][]*object{}
	if c.o.K == 0 {
		return out
	}
	for _, statements := range Repness(c.o.Groups, c.o.Columns) {
		out = append(out, c.lines(statements, true))
	}
	return out
}

func (c *canonical) byStatement(v []float64) *object {
	out := &object{}
	for j, x := range v {
		out.add(strconv.FormatInt(c.l.Statements[j], 10), x)
	}
	return out
}

func (c *canonical) lines(statements []Statement, group bool) []*object {
	out := make([]*object, len(statements))
	for i, s := range statements {
		l := &object{}
		l.add("tid", c.l.Statements[s.Column])
		l.add("n-success", s.Success)
		l.add("n-trials", s.Trials)
		l.add("p-success", s.P)
		l.add("p-test", s.PTest)
		if group {
			l.add("repness", s.Repness)
			l.add("repness-test", s.RepnessTest)
			l.add("repful-for", s.direction())
		}
		if s.BestAgree {
			l.add("n-agree", s.Agrees)
			l.add("best-agree", true)
		}
		out[i] = l
	}
	return out
}
