// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"fmt"
	"strings"
	"time"

	"polder/consensus/eligibility"
)

// turnout checks F204 to F207.
func (c *countsCheck) turnout() {
	t := c.d.Turnout
	if t == nil {
		c.fail(CodeSchema, "/turnout", "missing")
		return
	}
	if !c.grouping("/turnout", t.Groups, t.Hidden, t.Accepted) || !c.levels(t) {
		return
	}
	c.roll(t)
	if c.d.Kind == KindAggregate {
		return // not every input need state every level; CheckAggregate recomputes
	}
	c.issued(t)
	if !c.d.Withheld {
		for _, m := range masksOf(t.Groups) {
			c.accepted(m, t.Accepted[m.key()])
		}
	}
}

// levels: eligible and issued are keyed by single known levels.
func (c *countsCheck) levels(t *Turnout) bool {
	ok := true
	for name, counts := range map[string]map[string]int64{"eligible": t.Eligible, "issued": t.Issued} {
		for l, n := range counts {
			if levelMask(eligibility.Level(l))&definedMask(c.def) == 0 {
				c.fail(CodeUnknown, "/turnout/"+name, "%q is not a level of the consultation", l)
				ok = false
			}
			if n > maxCount && c.d.Kind != KindAggregate {
				c.fail(CodeSchema, "/turnout/"+name, "%d for %s is more than can be added up", n, l)
				ok = false
			}
		}
	}
	return ok
}

// issued: accepted <= issued (F204) where every level of a group was issued, and
// issued <= eligible (F205).
func (c *countsCheck) issued(t *Turnout) {
	for _, m := range masksOf(t.Groups) {
		if limit, ok := sumOf(m, t.Issued); ok && t.Accepted[m.key()] > limit {
			c.fail(CodeIssued, "/turnout", "%d accepted of %d issued at %s", t.Accepted[m.key()], limit, m.key())
		}
	}
	for _, l := range eligibility.Levels {
		issued, hasIssued := t.Issued[string(l)]
		eligible, hasEligible := t.Eligible[string(l)]
		if hasIssued && hasEligible && issued > eligible {
			c.fail(CodeEligible, "/turnout", "%d issued to %d eligible at %s", issued, eligible, l)
		}
	}
}

func sumOf(m mask, counts map[string]int64) (int64, bool) {
	var sum int64
	for _, l := range m.group() {
		n, ok := counts[string(l)]
		if !ok {
			return 0, false
		}
		sum += n
	}
	return sum, true
}

// roll: the official levels together stay within the largest eligible (F207).
func (c *countsCheck) roll(t *Turnout) {
	var accepted, roll int64
	for _, n := range t.Eligible {
		if c.d.Kind == KindAggregate {
			roll += n // places may name their roll at different levels
			continue
		}
		roll = max(roll, n)
	}
	for _, m := range masksOf(t.Groups) {
		if m&officialMask(c.def) != 0 {
			accepted += t.Accepted[m.key()]
		}
	}
	if accepted > roll {
		c.fail(CodeRoll, "/turnout", "%d accepted officially, the roll has %d", accepted, roll)
	}
}

// accepted: turnout.accepted is the largest ballots over the questions (F206).
// Where groups differ between questions only bounds are known; with the same
// groups everywhere they meet and the check is exact. The people of a
// conversation are in no question of a tally: then only the lower bound holds.
func (c *countsCheck) accepted(m mask, accepted int64) {
	var low, sumLow, high int64
	for i := range c.d.Questions {
		q := &c.d.Questions[i]
		var inside int64
		for _, g := range masksOf(q.Groups) {
			if g&^m == 0 {
				inside += q.Ballots[g.key()]
			}
		}
		low = max(low, inside)
	}
	for _, l := range m.group() {
		lo, hi := c.largest(levelMask(l))
		sumLow, high = sumLow+lo, high+hi
	}
	_, talk := c.def.StatementsQuestion()
	if low = max(low, sumLow); accepted < low || accepted > high && !talk {
		c.fail(CodeAccepted, "/turnout/accepted", "%d at %s, the questions have %s", accepted, m.key(), span(low, high))
	}
}

// largest bounds the largest ballots of one level over the questions.
func (c *countsCheck) largest(l mask) (low, high int64) {
	for i := range c.d.Questions {
		q := &c.d.Questions[i]
		groups, hidden := q.sets()
		for _, g := range groups {
			if g&l == 0 {
				continue
			}
			n := q.Ballots[g.key()]
			high = max(high, n)
			if g == l {
				low = max(low, n)
			}
		}
		for _, h := range hidden {
			if h&l != 0 {
				high = max(high, 2*c.k-1)
			}
		}
	}
	return low, high
}

func span(low, high int64) string {
	if low == high {
		return fmt.Sprint(low)
	}
	return fmt.Sprintf("%d to %d", low, high)
}

// restarted: W301 stands for ever on a tally from a log `<origin>/2` or later,
// unless the second log only holds paper forms found late.
func (c *countsCheck) restarted() {
	for i, l := range c.d.Log {
		parts := strings.Split(l.Origin, "/") // host/log/slug[/n]
		if len(parts) > 3 && c.d.Reason != "late-paper" {
			c.warn(CodeRestarted, fmt.Sprintf("/log/%d", i), "%s is a restarted log", l.Origin)
		}
	}
}

// FutureWarning gives W-FUTURE for a revision more than 24 h after now. It is
// for display: it never decides whether a tally counts.
func (d *Doc) FutureWarning(now time.Time) (Problem, bool) {
	if d.Revision <= now.Add(24*time.Hour).UnixMilli() {
		return Problem{}, false
	}
	return Problem{CodeFutureWarning, "/revision", fmt.Sprintf("%d is more than 24 hours ahead", d.Revision)}, true
}

// FellWarning gives W202 if fewer ballots are counted than in the revision
// before it.
func (d *Doc) FellWarning(previous *Doc) (Problem, bool) {
	if d.Turnout == nil || previous.Turnout == nil || len(d.Turnout.Hidden) > 0 {
		return Problem{}, false
	}
	var now, before int64
	for _, n := range d.Turnout.Accepted {
		now += n
	}
	for _, n := range previous.Turnout.Accepted {
		before += n
	}
	if now >= before {
		return Problem{}, false
	}
	return Problem{CodeFell, "/turnout/accepted", fmt.Sprintf("%d, the revision before had %d", now, before)}, true
}

// BurstWarning gives W203 if one hour (unix time / 3600) holds more than 20 % of
// the ballots at path. The hours come from the ballot log.
func BurstWarning(path string, perHour map[int64]int64) (Problem, bool) {
	var sum, most int64
	for _, n := range perHour {
		sum, most = sum+n, max(most, n)
	}
	if most*5 <= sum {
		return Problem{}, false
	}
	return Problem{CodeBurst, path, fmt.Sprintf("%d of %d ballots in one hour", most, sum)}, true
}
