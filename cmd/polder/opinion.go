// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"polder/consensus/opinion"
)

// opinionFlags are the flags of `polder opinion run`.
type opinionFlags struct {
	json     bool
	floors   bool
	split    int    // members of the protocol; 0: computed as one
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
	r, err := computeOpinion(ctx, in, f, p)
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
	f.IntVar(&o.split, "split", 0, "spread the people over this many members, who compute by the protocol between instances")
	given, err := f.parse(args, io, "PATH", "[COMMENTS]")
	if err != nil {
		return o, err
	}
	if o.split < 0 || o.split > opinion.MaxInputs {
		return o, usagef("opinion run: -split must be between 1 and %d", opinion.MaxInputs)
	}
	if o.votes = given[0]; len(given) > 1 {
		o.comments = given[1]
	}
	return o, nil
}

// params are those of a consultation of one instance, or of a federation;
// without floors those of the reference results.
func (f opinionFlags) params() opinion.Params {
	p := opinion.LocalParams()
	switch {
	case !f.floors:
		p.MinClustered, p.MinStatements, p.MinGroup = 0, 0, 0
	case f.split > 0:
		p = opinion.DefaultParams()
	}
	return p
}

// run computes the groups; what comes out holds all people in one matrix.
func (f opinionFlags) run(in *opinionInput) (*opinion.Outcome, error) {
	if f.split == 0 {
		return opinion.Run([]*opinion.Matrix{in.votes}, in.columns, f.params())
	}
	if len(in.columns) > opinion.MaxColumns {
		return nil, fmt.Errorf("there are %d statements, at most %d can be computed by several members", len(in.columns), opinion.MaxColumns)
	}
	parts, err := in.deal(f.split)
	if err != nil {
		return nil, err
	}
	out, err := opinion.RunProtocol(parts, in.columns, f.params(), time.Now())
	if err != nil {
		return nil, err
	}
	return out.Together(in.votes), nil
}

// opinionRun is a conversation with what was found in it.
type opinionRun struct {
	*opinionInput
	out     *opinion.Outcome
	quality *opinion.Quality // nil without groups
	members int              // who computed it by the protocol; 0: computed as one
}

// computeOpinion finds the groups and, if there are any, tests how stable they
// are. Each step of a large conversation is told.
func computeOpinion(ctx context.Context, in *opinionInput, f opinionFlags, p *progress) (*opinionRun, error) {
	tell := func(format string, args ...any) {
		if len(in.export.Votes) >= manyVotes {
			p.step(format, args...)
		}
	}
	tell("Finding groups: %d people, %d statements, %d votes", len(in.export.Participants), len(in.columns), len(in.export.Votes))
	out, err := f.run(in)
	if err != nil {
		return nil, fmt.Errorf("finding groups: %w", err)
	}
	r := &opinionRun{opinionInput: in, out: out, members: f.split}
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
