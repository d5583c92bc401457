// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"fmt"
	"slices"
	"strconv"

	"polder/consensus"
	"polder/consensus/eligibility"
)

// counted are the kinds of question that travel in a Tally; statements have
// their own rails (aggregation.md 8).
func counted(q *consensus.DefinitionQuestion) bool { return q.Kind != consensus.KindStatements }

// countsCheck checks the numbers of one document.
type countsCheck struct {
	*findings
	d   *Doc
	def *consensus.Definition
	k   int64
	// rounded: option counts may be rounded to 5, so they need not add up.
	rounded bool
}

func (d *Doc) checkCounts(f *findings, def *consensus.Definition) {
	c := &countsCheck{findings: f, d: d, def: def, k: int64(def.K)}
	interim := d.Status == StatusInterim || slices.ContainsFunc(d.Inputs, func(in Input) bool { return in.Status == StatusInterim })
	c.rounded = def.Results == consensus.ResultsInterim && interim
	if d.Policy != nil && d.Policy.K < c.k {
		c.fail(CodeSmall, "/policy/k", "%d is below the %d of the definition", d.Policy.K, c.k)
	}
	if d.Kind == KindDirect && d.Status == StatusWithdrawn && len(d.Questions) == 0 && d.Turnout == nil {
		return // taken back: nothing to check
	}
	c.presence()
	for i := range d.Questions {
		c.question(&d.Questions[i], fmt.Sprintf("/questions/%d", i))
	}
	c.turnout()
	c.restarted()
}

// presence: every counted question of the definition once, unless withheld.
func (c *countsCheck) presence() {
	seen := map[string]bool{}
	for i, q := range c.d.Questions {
		if seen[q.ID] {
			c.fail(CodeSchema, fmt.Sprintf("/questions/%d", i), "question %s is repeated", q.ID)
		}
		seen[q.ID] = true
	}
	if c.d.Withheld {
		return
	}
	for i := range c.def.Questions {
		if q := &c.def.Questions[i]; counted(q) && !seen[q.ID] {
			c.fail(CodeSchema, "/questions", "question %s is missing", q.ID)
		}
	}
}

func (c *countsCheck) question(q *Question, path string) {
	dq, ok := c.def.Question(q.ID)
	if !ok || !counted(dq) {
		c.fail(CodeUnknown, path, "question %q is unknown", q.ID)
		return
	}
	if q.Max != int64(dq.Max) {
		c.fail(CodeSchema, path+"/max", "%d differs from %d of the definition", q.Max, dq.Max)
		return
	}
	if !c.grouping(path, q.Groups, q.Hidden, q.Ballots) || !c.options(q, dq, path) {
		return
	}
	for _, g := range q.Groups {
		c.group(q, dq, g.Key(), path)
	}
	c.blank(q, path)
}

// grouping: groups and hidden are disjoint sets of known levels, no group mixes
// classes, counts are keyed by exactly the groups, and none is in 1..k-1.
func (c *countsCheck) grouping(path string, groups, hidden []Group, counts map[string]int64) bool {
	before := len(c.fails)
	var taken mask
	for i, g := range slices.Concat(groups, hidden) {
		m, ok := g.mask()
		if !ok || m&taken != 0 {
			c.fail(CodeUnknown, path+"/groups", "group %d is malformed or overlaps another", i)
			return false
		}
		taken |= m
		if m&^definedMask(c.def) != 0 {
			c.fail(CodeUnknown, path+"/groups", "%s is not a level of the consultation", g.Key())
		}
		if c.mixes(m) {
			c.fail(CodeSmall, path+"/groups", "%s mixes levels that must stay apart", g.Key())
		}
	}
	for key := range counts {
		if !slices.ContainsFunc(groups, func(g Group) bool { return g.Key() == key }) {
			c.fail(CodeUnknown, path, "%q is not a published group", key)
		}
	}
	for _, g := range groups {
		n, ok := counts[g.Key()]
		switch {
		case !ok:
			c.fail(CodeSchema, path, "no count for group %s", g.Key())
		case n > maxCount && c.d.Kind != KindAggregate:
			c.fail(CodeSchema, path, "%d for %s is more than can be added up", n, g.Key())
		case n > 0 && n < c.k && c.d.Kind != KindSealed:
			c.fail(CodeSmall, path, "%s has fewer than %d ballots", g.Key(), c.k)
		}
	}
	return len(c.fails) == before
}

// mixes: official levels and signals never merge; with live results nothing
// merges with fediverse (aggregation.md 9.1).
func (c *countsCheck) mixes(m mask) bool {
	official, fedi := officialMask(c.def), levelMask(eligibility.Fediverse)
	if m&official != 0 && m&^official != 0 {
		return true
	}
	return c.def.Results == consensus.ResultsLive && m&fedi != 0 && m != fedi
}

// options: all options of the definition once, keyed by the published groups;
// an interim tally may leave groups out, but then everywhere.
func (c *countsCheck) options(q *Question, dq *consensus.DefinitionQuestion, path string) bool {
	before := len(c.fails)
	if c.ballotsOnly(q) {
		return true
	}
	for i := range q.Options {
		o, at := &q.Options[i], path+"/options/"+strconv.Itoa(i)
		if !dq.HasOption(o.ID) || slices.ContainsFunc(q.Options[:i], func(x Option) bool { return x.ID == o.ID }) {
			c.fail(CodeUnknown, at, "option %q is unknown or repeated", o.ID)
		}
		c.optionKeys(q, o, dq, at)
	}
	if len(q.Options) != len(dq.Options) {
		c.fail(CodeSchema, path+"/options", "%d of %d options", len(q.Options), len(dq.Options))
	}
	for key := range q.Blank {
		if _, ok := q.Ballots[key]; !ok {
			c.fail(CodeUnknown, path+"/blank", "%q is not a published group", key)
		}
	}
	return len(c.fails) == before
}

// ballotsOnly reports whether the question shows turnout and no answers, which
// only interim counts may.
func (c *countsCheck) ballotsOnly(q *Question) bool {
	return len(q.Options) == 0 && len(q.Blank) == 0 && c.mayLackOptions()
}

func (c *countsCheck) mayLackOptions() bool {
	if c.d.Kind == KindAggregate {
		return true // its inputs decide; CheckAggregate recomputes it
	}
	return c.d.Status == StatusInterim
}

func (c *countsCheck) optionKeys(q *Question, o *Option, dq *consensus.DefinitionQuestion, path string) {
	if (dq.Kind == consensus.KindScore) != (o.Scores != nil) {
		c.fail(CodeSchema, path+"/n", "a %s question does not have these counters", dq.Kind)
		return
	}
	for key := range o.N {
		c.optionKey(q, key, path)
	}
	for key := range o.Scores {
		c.optionKey(q, key, path)
	}
	for _, g := range q.Groups {
		key := g.Key()
		_, blank := q.Blank[key]
		switch has := o.has(key); {
		case !has && (!c.mayLackOptions() || blank || q.hasOptions(key)):
			c.fail(CodeSchema, path+"/n", "no count for group %s", key)
		case has && (!blank || !q.hasOptions(key)):
			c.fail(CodeSchema, path+"/n", "group %s lacks blank or another option", key)
		}
	}
}

func (c *countsCheck) optionKey(q *Question, key, path string) {
	if _, ok := q.Ballots[key]; !ok {
		c.fail(CodeUnknown, path+"/n", "%q is not a published group", key)
	}
}

// group checks the sums of one published group: F201 to F203, F208, W204.
func (c *countsCheck) group(q *Question, dq *consensus.DefinitionQuestion, key, path string) {
	if !q.hasOptions(key) {
		return
	}
	if c.rounded {
		c.roundedGroup(q, key, path)
		return
	}
	ballots, blank := q.Ballots[key], q.Blank[key]
	var sum int64
	for i := range q.Options {
		n := q.Options[i].value(key)
		if n > ballots {
			c.fail(CodeOption, fmt.Sprintf("%s/options/%d/n", path, i), "%d of %d ballots at %s", n, ballots, key)
			return
		}
		sum += n
	}
	switch {
	case blank > ballots:
		c.fail(CodeOption, path+"/blank", "%d of %d ballots at %s", blank, ballots, key)
	case q.Max == 1 && sum+blank != ballots:
		c.fail(CodeUnequal, path, "options %d + blank %d differ from ballots %d at %s", sum, blank, ballots, key)
	case sum > q.Max*ballots:
		c.fail(CodeTooMany, path, "%d choices in %d ballots of at most %d at %s", sum, ballots, q.Max, key)
	case c.d.Kind != KindSealed && q.unanimous(key):
		if ballots < 2*c.k {
			c.fail(CodeSmall, path, "%s is unanimous with fewer than %d ballots", key, 2*c.k)
			return
		}
		c.warn(CodeUnanimous, path, "all %d ballots at %s agree", ballots, key)
	}
}

// roundedGroup: rounded counts need not add up, but none may exceed the ballots
// by more than rounding does.
func (c *countsCheck) roundedGroup(q *Question, key, path string) {
	if c.d.Kind == KindAggregate {
		return // a sum of rounded counts; CheckAggregate recomputes it
	}
	limit := roundTo5(q.Ballots[key])
	if q.Blank[key] > limit {
		c.fail(CodeOption, path+"/blank", "%d of %d ballots at %s", q.Blank[key], limit, key)
	}
	for i := range q.Options {
		if n := q.Options[i].value(key); n > limit {
			c.fail(CodeOption, fmt.Sprintf("%s/options/%d/n", path, i), "%d of %d ballots at %s", n, limit, key)
		}
	}
}

// unanimous reports whether one choice (option, blank, or one score of an
// option) was made by every ballot of the group, so that it shows what each
// voter chose.
func (q *Question) unanimous(key string) bool {
	ballots := q.Ballots[key]
	if ballots == 0 {
		return false
	}
	if q.Blank[key] == ballots {
		return true
	}
	return slices.ContainsFunc(q.Options, func(o Option) bool {
		if o.Scores != nil {
			s := o.Scores[key]
			return slices.Contains(s[:], ballots)
		}
		return o.N[key] == ballots
	})
}

// blank: W201, at least 3 % and at least 15 blank ballots.
func (c *countsCheck) blank(q *Question, path string) {
	var blank, ballots int64
	for key, n := range q.Blank {
		blank, ballots = blank+n, ballots+q.Ballots[key]
	}
	if blank >= 15 && blank*100 >= ballots*3 {
		c.warn(CodeBlank, path+"/blank", "%d of %d ballots are blank", blank, ballots)
	}
}
