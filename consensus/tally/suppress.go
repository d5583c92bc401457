// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"slices"
	"time"

	"polder/consensus"
	"polder/consensus/eligibility"
)

// Answers says which option counts a tally shows (aggregation.md 9.4).
type Answers int

// The choices of Answers.
const (
	AnswersNone      Answers = iota // turnout only: before close by default
	AnswersRounded                  // to 5: interim results
	AnswersFediverse                // exact, level fediverse only: live results before close
	AnswersAll                      // exact: after close
)

// AnswersFor gives what a tally of the status shows. interimDue is the verdict
// of InterimDue and matters for interim results only.
func AnswersFor(status string, def *consensus.Definition, interimDue bool) Answers {
	switch {
	case status != StatusInterim:
		return AnswersAll
	case def.Results == consensus.ResultsLive:
		return AnswersFediverse
	case def.Results == consensus.ResultsInterim && interimDue:
		return AnswersRounded
	}
	return AnswersNone
}

// InterimDue decides whether rounded option counts may be shown now: at most one
// publication per 24 h (last: the previous one, zero if none), only if at least
// k ballots were added or changed since, and none in the last 24 h before close.
func InterimDue(last time.Time, changed int64, k int, now, closesAt time.Time) bool {
	const day = 24 * time.Hour
	return changed >= int64(k) && (last.IsZero() || now.Sub(last) >= day) && now.Before(closesAt.Add(-day))
}

// Grouping says how the levels of one question, or of turnout.accepted, are
// published: each of Groups as one count; Hidden not at all.
type Grouping struct {
	Groups []Group
	Hidden []Group
}

// Published is the outcome of the small number rules for one place. Withheld:
// there are ballots, but nothing can be published in any question.
type Published struct {
	Questions []Grouping // in the order of Counts.Questions
	Turnout   Grouping
	Withheld  bool
}

// Complete reports whether every level is published on its own.
func (p Published) Complete() bool {
	for _, g := range append(slices.Clone(p.Questions), p.Turnout) {
		if len(g.Hidden) > 0 || slices.ContainsFunc(g.Groups, func(g Group) bool { return len(g) > 1 }) {
			return false
		}
	}
	return !p.Withheld
}

// Suppress applies the small number rules 1, 3 and 4 of aggregation.md section 9
// to the counts of one place: levels with 1 to k-1 ballots merge within their
// class, a class still too small and a unanimous group below 2k are hidden.
func Suppress(c *Counts, def *consensus.Definition, answers Answers) Published {
	var p Published
	hidden, shown := false, false
	for i := range c.Questions {
		q := &c.Questions[i]
		g := group(q.ballots(), def)
		g.hideUnanimous(q, def, answers)
		p.Questions = append(p.Questions, g)
		hidden = hidden || len(g.Hidden) > 0
		shown = shown || slices.ContainsFunc(masksOf(g.Groups), func(m mask) bool { return q.sum(m) > 0 })
	}
	p.Turnout = group(c.Accepted(), def)
	p.Withheld = hidden && !shown
	return p
}

func (q *QuestionCounts) sum(m mask) int64 {
	var sum int64
	for l, s := range q.Levels {
		if levelMask(l)&m != 0 {
			sum += s.Ballots
		}
	}
	return sum
}

// group merges the levels of each class. Levels without ballots stay groups of
// their own with count 0: they show nobody's choice.
func group(ballots map[eligibility.Level]int64, def *consensus.Definition) Grouping {
	var groups, hidden []mask
	for _, class := range classes(def) {
		var present []mask
		for _, l := range eligibility.Levels {
			switch m := levelMask(l); {
			case m&class == 0:
			case ballots[l] == 0:
				groups = append(groups, m)
			default:
				present = append(present, m)
			}
		}
		merged, ok := merge(present, ballots, int64(def.K))
		if ok {
			groups = append(groups, merged...)
		} else {
			hidden = append(hidden, merged...)
		}
	}
	byWeakest(groups)
	byWeakest(hidden)
	return Grouping{groupsOf(groups), groupsOf(hidden)}
}

// classes are the sets of levels within which merging is allowed.
func classes(def *consensus.Definition) []mask {
	all, official := definedMask(def), officialMask(def)
	signals := all &^ official
	fedi := signals & levelMask(eligibility.Fediverse)
	if def.Results != consensus.ResultsLive || fedi == 0 {
		return []mask{official, signals}
	}
	return []mask{official, signals &^ fedi, fedi}
}

// merge goes from the strongest level down: a group of less than k joins the
// next weaker level; the weakest, if still small, joins the next stronger group.
// If all together are less than k it returns them as one, and false.
func merge(present []mask, ballots map[eligibility.Level]int64, k int64) ([]mask, bool) {
	count := func(m mask) int64 {
		var sum int64
		for _, l := range m.group() {
			sum += ballots[l]
		}
		return sum
	}
	var done []mask // strongest first
	var open mask
	for _, m := range slices.Backward(present) {
		if open |= m; count(open) >= k {
			done, open = append(done, open), 0
		}
	}
	switch {
	case open == 0:
		return done, true
	case len(done) == 0:
		return []mask{open}, false
	}
	done[len(done)-1] |= open
	return done, true
}

// hideUnanimous hides the groups whose answers are shown and all alike, below 2k.
func (g *Grouping) hideUnanimous(q *QuestionCounts, def *consensus.Definition, answers Answers) {
	dq, ok := def.Question(q.ID)
	if !ok {
		return
	}
	var keep, hide []mask
	for _, m := range masksOf(g.Groups) {
		one := Question{Ballots: map[string]int64{}, Blank: map[string]int64{}, Options: emptyOptions(dq)}
		q.fill(&one, m, true)
		n := one.Ballots[m.key()]
		if answers.shows(m) && n < 2*int64(def.K) && one.unanimous(m.key()) {
			hide = append(hide, m)
			continue
		}
		keep = append(keep, m)
	}
	hide = append(hide, masksOf(g.Hidden)...)
	byWeakest(hide)
	g.Groups, g.Hidden = groupsOf(keep), groupsOf(hide)
}

// shows reports whether the answers of a group of levels are published.
func (a Answers) shows(m mask) bool {
	switch a {
	case AnswersNone:
		return false
	case AnswersFediverse:
		return m == levelMask(eligibility.Fediverse)
	}
	return true
}

// roundTo5 rounds to the nearest multiple of five.
func roundTo5(n int64) int64 { return (n + 2) / 5 * 5 }
