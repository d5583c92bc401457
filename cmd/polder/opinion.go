// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"io"

	"polder/consensus/opinion"
)

// opinionFlags are the flags of `polder opinion run`.
type opinionFlags struct {
	json     bool
	floors   bool
	votes    string // a folder, or a vote file
	comments string // "" if not given
}

// runOpinionRun is `polder opinion run` (spec: opinion.md 15, 17).
func runOpinionRun(ctx context.Context, args []string, io stdio) error {
	f, err := parseOpinionRun(args, io)
	if err != nil {
		return err
	}
	p := newProgress(io.Err)
	in, err := readOpinion(f.votes, f.comments, p)
	if err != nil {
		return err
	}
	r, err := computeOpinion(ctx, in, f.params(), p)
	if err != nil {
		return err
	}
	if f.json {
		p.step("%s", in.export.Finding)
		return r.writeJSON(io.Out)
	}
	if !f.floors {
		return r.write(io.Out)
	}
	if err := r.withdrawUnstable(); err != nil {
		return err
	}
	return r.write(io.Out)
}

func parseOpinionRun(args []string, io stdio) (opinionFlags, error) {
	f := newFlags("opinion run")
	var o opinionFlags
	f.BoolVar(&o.json, "json", false, "print every number as JSON, with people by their numbers: not for publication")
	f.BoolVar(&o.floors, "floors", true, "give no groups for few people, few statements or small groups, and show none that are unstable")
	given, err := f.parse(args, io, "PATH", "[COMMENTS]")
	if err != nil {
		return o, err
	}
	if o.votes = given[0]; len(given) > 1 {
		o.comments = given[1]
	}
	return o, nil
}

// params are those of a consultation of one instance; without floors those of
// the reference results.
func (f opinionFlags) params() opinion.Params {
	p := opinion.LocalParams()
	if !f.floors {
		p.MinClustered, p.MinStatements, p.MinGroup = 0, 0, 0
	}
	return p
}

// opinionRun is a conversation with what was found in it.
type opinionRun struct {
	*opinionInput
	out     *opinion.Outcome
	quality *opinion.Quality // nil without groups
}

// computeOpinion finds the groups and, if there are any, tests how stable they
// are. Each step of a large conversation is told.
func computeOpinion(ctx context.Context, in *opinionInput, params opinion.Params, p *progress) (*opinionRun, error) {
	tell := func(format string, args ...any) {
		if len(in.export.Votes) >= manyVotes {
			p.step(format, args...)
		}
	}
	tell("Finding groups: %d people, %d statements, %d votes", len(in.export.Participants), len(in.columns), len(in.export.Votes))
	out, err := opinion.Run([]*opinion.Matrix{in.votes}, in.columns, params)
	if err != nil {
		return nil, fmt.Errorf("finding groups: %w", err)
	}
	r := &opinionRun{opinionInput: in, out: out}
	if ctx.Err() != nil || out.K == 0 {
		return r, ctx.Err()
	}
	tell("Testing their stability: ten times without a tenth of the people")
	q, err := out.Folds(in.votes)
	if err != nil {
		return nil, fmt.Errorf("testing the stability of the groups: %w", err)
	}
	r.quality = &q
	return r, ctx.Err()
}

// withdrawUnstable takes groups back that must not be shown (spec: opinion.md
// 13); the quality stays, to tell why.
func (r *opinionRun) withdrawUnstable() error {
	if r.quality == nil || r.quality.Level != opinion.Unstable {
		return nil
	}
	return r.out.Withdraw([]*opinion.Matrix{r.votes})
}

// writeJSON prints the canonical object, on one line.
func (r *opinionRun) writeJSON(w io.Writer) error {
	raw, err := r.out.Canonical(r.labels, r.quality)
	if err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	if _, err := w.Write(append(raw, '\n')); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}
