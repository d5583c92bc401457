// SPDX-License-Identifier: EUPL-1.2

package polis

import (
	"cmp"
	"slices"
)

// Export is one conversation: who voted what on which statement.
type Export struct {
	Participants []int64     // numbers of the people who voted, ascending
	Statements   []Statement // statements with at least one vote, by number
	Votes        []Vote      // last votes, by Rank, then Column
	Superseded   int         // rows of votes.csv that a later row replaced
	Finding      Finding     // what the check of the orientation found
	Summary      Summary     // of summary.csv, empty without it
}

// Statement is one comment people could vote on.
type Statement struct {
	ID        int64
	Text      string // as in the file, spaces around it cut off; "" when unknown
	Moderated int8   // -1 removed, 0 undecided, 1 accepted; 0 when unknown
	Meta      bool   // is-meta: about the conversation itself
	Seed      bool   // is-seed: written by the organiser
}

// Removed reports whether a moderator took the statement off display. Its
// votes stay in the export.
func (s Statement) Removed() bool { return s.Moderated < 0 }

// Vote is the last vote of one person on one statement.
type Vote struct {
	Rank   int32 // index in Export.Participants
	Column int32 // index in Export.Statements
	Value  int8  // 1 agree, -1 disagree, 0 pass
}

// Counts is how one statement was voted on, last votes only.
type Counts struct{ Agree, Disagree, Pass int }

// Total is the number of people who voted.
func (c Counts) Total() int { return c.Agree + c.Disagree + c.Pass }

// Counts gives the counts of every statement, in the order of Statements.
func (e *Export) Counts() []Counts {
	out := make([]Counts, len(e.Statements))
	for _, v := range e.Votes {
		switch c := &out[v.Column]; {
		case v.Value > 0:
			c.Agree++
		case v.Value < 0:
			c.Disagree++
		default:
			c.Pass++
		}
	}
	return out
}

// MostVoted gives the columns of the up to n statements with the most votes,
// most first, of equal ones the lower number first. Removed statements count.
func (e *Export) MostVoted(n int) []int {
	counts := e.Counts()
	columns := make([]int, len(counts))
	for i := range columns {
		columns[i] = i
	}
	slices.SortStableFunc(columns, func(a, b int) int {
		return cmp.Compare(counts[b].Total(), counts[a].Total())
	})
	return columns[:max(0, min(n, len(columns)))]
}

// Row gives the votes of the participant with this rank, by column. The slice
// is part of Votes.
func (e *Export) Row(rank int) []Vote {
	at := func(r int) int {
		i, _ := slices.BinarySearchFunc(e.Votes, r, func(v Vote, r int) int { return cmp.Compare(int(v.Rank), r) })
		return i
	}
	return e.Votes[at(rank):at(rank+1)]
}

// entry is one last vote before the numbers are replaced by indexes.
type entry struct {
	participant, statement int64
	value                  int8
}

// assemble builds the export from last votes in any order, each pair once.
func assemble(last []entry, comments map[int64]comment) *Export {
	e := &Export{Votes: make([]Vote, 0, len(last))}
	statements := make([]int64, 0, len(last))
	for _, v := range last {
		e.Participants = append(e.Participants, v.participant)
		statements = append(statements, v.statement)
	}
	e.Participants, statements = distinct(e.Participants), distinct(statements)
	for _, id := range statements {
		s := comments[id].Statement
		s.ID = id
		e.Statements = append(e.Statements, s)
	}
	ranks, columns := positions(e.Participants), positions(statements)
	for _, v := range last {
		e.Votes = append(e.Votes, Vote{Rank: ranks[v.participant], Column: columns[v.statement], Value: v.value})
	}
	slices.SortFunc(e.Votes, func(a, b Vote) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Column, b.Column))
	})
	return e
}

func distinct(ids []int64) []int64 {
	slices.Sort(ids)
	return slices.Clip(slices.Compact(ids))
}

func positions(ids []int64) map[int64]int32 {
	at := make(map[int64]int32, len(ids))
	for i, id := range ids {
		at[id] = int32(i)
	}
	return at
}
