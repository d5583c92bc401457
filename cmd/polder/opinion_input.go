// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"os"

	"polder/consensus/opinion"
	"polder/consensus/polis"
)

const (
	// manyVotes and manyBytes are where work takes long enough to be told.
	manyVotes = 500_000
	manyBytes = 16 << 20
	// maxStatements keeps the sums over pairs of statements, 24 bytes a pair,
	// within the memory of a small computer.
	maxStatements = 5000
)

// opinionInput is a Pol.is export as the engine takes it: rows by number of the
// participant, columns by number of the statement.
type opinionInput struct {
	export  *polis.Export
	votes   *opinion.Matrix
	columns []opinion.Column
	labels  opinion.Labels
}

// readOpinion reads an export. A single vote file stands without texts and
// moderation unless comments names its comments file.
func readOpinion(votes, comments string, p *progress) (*opinionInput, error) {
	info, err := os.Stat(votes)
	if err != nil {
		return nil, fmt.Errorf("read votes: %w", err)
	}
	switch {
	case !info.IsDir() && comments == "":
		p.step("No comments file is given: texts and removed statements are unknown.")
	case info.Size() >= manyBytes:
		p.step("Reading %s, %.0f MiB", votes, mib(info.Size()))
	}
	e, err := polis.Read(votes, comments)
	if err != nil {
		return nil, err
	}
	return newOpinionInput(votes, e)
}

func newOpinionInput(path string, e *polis.Export) (*opinionInput, error) {
	in := &opinionInput{export: e, votes: opinion.NewMatrix(len(e.Statements)), labels: opinion.Labels{People: [][]int64{e.Participants}}}
	for _, s := range e.Statements {
		in.columns = append(in.columns, opinion.Column{ModOut: s.Removed() || s.Meta, Meta: s.Meta})
		in.labels.Statements = append(in.labels.Statements, s.ID)
	}
	switch kept := opinion.Kept(in.columns); {
	case len(e.Votes) == 0:
		return nil, fmt.Errorf("%s has no votes", path)
	case kept > maxStatements:
		return nil, fmt.Errorf("%s has %d statements, at most %d can be compared", path, kept, maxStatements)
	}
	for rank := range e.Participants {
		votes := e.Row(rank)
		row := make([]opinion.Vote, len(votes))
		for i, v := range votes {
			row[i] = opinion.Vote{Column: int(v.Column), Value: v.Value}
		}
		if err := in.votes.AppendRow(row); err != nil {
			return nil, fmt.Errorf("reading %s: %w", path, err)
		}
	}
	return in, nil
}

// deal spreads the people over n members, in turn.
func (in *opinionInput) deal(n int) ([]*opinion.Matrix, error) {
	parts := make([]*opinion.Matrix, n)
	for i := range parts {
		parts[i] = opinion.NewMatrix(len(in.columns))
	}
	for rank := range in.export.Participants {
		if err := parts[rank%n].AppendRow(in.votes.Row(rank)); err != nil {
			return nil, fmt.Errorf("spreading people over %d members: %w", n, err)
		}
	}
	return parts, nil
}
