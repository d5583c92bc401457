// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"fmt"

	"polder/consensus"
	"polder/consensus/eligibility"
)

// Counts are the exact counts of one place, before anything is hidden: what
// Suppress and NewDirect start from. Eligible and Issued are per level; Void
// counts void leaves per reason.
type Counts struct {
	Questions  []QuestionCounts // in the order of the definition
	Eligible   map[eligibility.Level]int64
	Issued     map[eligibility.Level]int64
	Void       map[string]int64
	Superseded int64
	Erased     int64
	// People who voted on statements, per level. Their votes travel in shares
	// (opinion.md 12), but they took part; nil without a conversation.
	People map[eligibility.Level]int64
}

// QuestionCounts are the counts of one question per level.
type QuestionCounts struct {
	ID     string
	Levels map[eligibility.Level]*LevelCounts
}

// LevelCounts are the counts of one question at one level. Options is keyed by
// option id; Scores, for a score question, counts ballots that gave 0 to 5.
type LevelCounts struct {
	Ballots int64
	Blank   int64
	Options map[string]int64
	Scores  map[string][6]int64
}

// NewCounts returns empty counts for the questions and levels of def.
func NewCounts(def *consensus.Definition) *Counts {
	c := &Counts{Eligible: map[eligibility.Level]int64{}, Issued: map[eligibility.Level]int64{}, Void: map[string]int64{}}
	for i := range def.Questions {
		q := &def.Questions[i]
		if !counted(q) {
			continue
		}
		levels := map[eligibility.Level]*LevelCounts{}
		for _, l := range def.Levels {
			levels[l] = newLevelCounts(q)
		}
		c.Questions = append(c.Questions, QuestionCounts{ID: q.ID, Levels: levels})
	}
	return c
}

func newLevelCounts(q *consensus.DefinitionQuestion) *LevelCounts {
	s := &LevelCounts{Options: map[string]int64{}}
	if q.Kind == consensus.KindScore {
		s.Scores = map[string][6]int64{}
	}
	for _, o := range q.Options {
		if s.Scores != nil {
			s.Scores[o.ID] = [6]int64{}
			continue
		}
		s.Options[o.ID] = 0
	}
	return s
}

// Add counts one ballot. It refuses a question, level, option or score the
// counts do not know; whether the ballot is allowed was decided when it was
// accepted.
func (c *Counts) Add(b consensus.Ballot) error {
	s := c.stratum(b.Question, b.Level)
	if s == nil {
		return fmt.Errorf("count ballot: no question %q at level %q", b.Question, b.Level)
	}
	if s.Scores != nil && len(b.Points) != len(b.Options) {
		return fmt.Errorf("count ballot: %d points for %d options", len(b.Points), len(b.Options))
	}
	for i, o := range b.Options {
		_, choice := s.Options[o]
		_, score := s.Scores[o]
		if !choice && !score || score && (b.Points[i] < 0 || b.Points[i] > consensus.MaxPoints) {
			return fmt.Errorf("count ballot: question %s does not take option %q", b.Question, o)
		}
	}
	s.add(b)
	return nil
}

func (s *LevelCounts) add(b consensus.Ballot) {
	s.Ballots++
	if len(b.Options) == 0 {
		s.Blank++
	}
	for i, o := range b.Options {
		if s.Scores == nil {
			s.Options[o]++
			continue
		}
		counters := s.Scores[o]
		counters[b.Points[i]]++
		s.Scores[o] = counters
	}
}

func (c *Counts) stratum(question string, l eligibility.Level) *LevelCounts {
	for i := range c.Questions {
		if c.Questions[i].ID == question {
			return c.Questions[i].Levels[l]
		}
	}
	return nil
}

// Accepted is turnout.accepted per level: the largest number of ballots over
// the questions, the people of a conversation among them, as ballots of
// different questions cannot be joined.
func (c *Counts) Accepted() map[eligibility.Level]int64 {
	out := map[eligibility.Level]int64{}
	for l, n := range c.People {
		out[l] = n
	}
	for _, q := range c.Questions {
		for l, s := range q.Levels {
			out[l] = max(out[l], s.Ballots)
		}
	}
	return out
}

// ballots gives the ballots per level of one question.
func (q *QuestionCounts) ballots() map[eligibility.Level]int64 {
	out := make(map[eligibility.Level]int64, len(q.Levels))
	for l, s := range q.Levels {
		out[l] = s.Ballots
	}
	return out
}

// byName is a map of levels as it stands on the wire.
func byName(counts map[eligibility.Level]int64) map[string]int64 {
	out := make(map[string]int64, len(counts))
	for l, n := range counts {
		out[string(l)] = n
	}
	return out
}

// question writes exact counts as a question of a Tally with the given groups.
func (q *QuestionCounts) question(dq *consensus.DefinitionQuestion, g Grouping, answers Answers) Question {
	out := Question{ID: q.ID, Max: int64(dq.Max), Ballots: map[string]int64{}, Groups: g.Groups, Hidden: g.Hidden}
	if answers != AnswersNone {
		out.Options, out.Blank = emptyOptions(dq), map[string]int64{}
	}
	for _, m := range masksOf(g.Groups) {
		q.fill(&out, m, answers.shows(m))
	}
	return out
}

func emptyOptions(dq *consensus.DefinitionQuestion) []Option {
	out := make([]Option, len(dq.Options))
	for i, o := range dq.Options {
		out[i] = Option{ID: o.ID, N: map[string]int64{}}
		if dq.Kind == consensus.KindScore {
			out[i].N, out[i].Scores = nil, map[string][6]int64{}
		}
	}
	return out
}

// fill adds the counts of the levels in m to the question under their key.
func (q *QuestionCounts) fill(out *Question, m mask, answers bool) {
	key := m.key()
	out.Ballots[key] = 0
	for _, l := range m.group() {
		s := q.Levels[l]
		if s == nil {
			s = &LevelCounts{}
		}
		out.Ballots[key] += s.Ballots
		if !answers {
			continue
		}
		out.Blank[key] += s.Blank
		for i := range out.Options {
			o := &out.Options[i]
			if o.Scores == nil {
				o.N[key] += s.Options[o.ID]
				continue
			}
			o.Scores[key] = addScores(o.Scores[key], s.Scores[o.ID])
		}
	}
}

func addScores(a, b [6]int64) [6]int64 {
	for i := range a {
		a[i] += b[i]
	}
	return a
}
