// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"

	"polder/consensus"
	"polder/consensus/opinion"
	"polder/instance/store"
)

// runOpinions weighs the statements of every conversation that people vote in,
// and computes the opinion groups of those that stand alone: exactly once the
// ballots are counted, and before that once a day if the charter shows results
// while people vote. The groups of a joint conversation come from the rounds.
func (s *Service) runOpinions(ctx context.Context) error {
	list, err := s.Consultations(ctx, false)
	if err != nil {
		return err
	}
	var all error
	for _, con := range list {
		if !con.Leaf || con.Definition == nil || con.Destroyed {
			continue
		}
		if _, ok := con.Definition.StatementsQuestion(); !ok {
			continue
		}
		if con.State == consensus.StateOpen {
			all = errors.Join(all, s.weighStatements(ctx, con))
		}
		if !con.Joint {
			all = errors.Join(all, s.computeGroups(ctx, con))
		}
	}
	return all
}

// groupsDue decides whether groups are to be computed now, and for good.
func (s *Service) groupsDue(con *store.Consultation, g store.Groups, dirty int64) (due, final bool) {
	if counted(con) {
		return !g.Final, true
	}
	if con.State != consensus.StateOpen || con.Definition.Results == consensus.ResultsAfterClose || con.StartedAt.IsZero() {
		return false, false
	}
	last := con.StartedAt
	if !g.At.IsZero() {
		last = g.At
	}
	enough := dirty-g.Dirty >= int64(con.Definition.K)
	return enough && s.now().Sub(last) >= s.opt.Timing.ShareGap, false
}

func (s *Service) computeGroups(ctx context.Context, con *store.Consultation) error {
	var before store.Groups
	var counting store.Counting
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if before, err = tx.Groups.Get(con.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if counting, err = tx.Counting.Get(con.ID); errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("groups of %s: %w", con.Slug, err)
	}
	due, final := s.groupsDue(con, before, counting.Dirty)
	if !due {
		return nil
	}
	g, err := s.findGroups(ctx, con, before, final)
	if err != nil {
		return fmt.Errorf("groups of %s: %w", con.Slug, err)
	}
	g.Dirty = counting.Dirty
	if err := s.store.Update(ctx, func(tx *store.Tx) error { return tx.Groups.Put(con.ID, *g) }); err != nil {
		return fmt.Errorf("keep groups of %s: %w", con.Slug, err)
	}
	return nil
}

// findGroups reads the rows and computes groups, their quality and the map. An
// interim result continues the one before, so that groups keep their letters.
func (s *Service) findGroups(ctx context.Context, con *store.Consultation, before store.Groups, final bool) (*store.Groups, error) {
	g := &store.Groups{At: s.now().UTC(), Final: final}
	var columns []opinion.Column
	var votes *opinion.Matrix
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if columns, g.Columns, err = localColumns(tx, con); err != nil {
			return err
		}
		votes = opinion.NewMatrix(len(columns))
		for row, err := range tx.Rows.List(store.Prefix(con.ID)) {
			if err != nil {
				return err
			}
			if !con.Definition.IsOfficial(row.Value.Level) {
				continue
			}
			if err := votes.AppendRow(localVotes(row.Value.Votes)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var prev *opinion.Previous
	if !final && !before.At.IsZero() {
		prev = previousGroups(before, g.Columns)
	}
	o, err := opinion.RunAfter([]*opinion.Matrix{votes}, columns, s.localParams(con), prev)
	if err != nil {
		return nil, err
	}
	g.Model, g.Result = o.Fit.Model, *o.Result()
	g.Map = opinion.NewPublicMap(o.Placed[0].Points, o.Fit.Model.SdQ, int64(con.Definition.K))
	for _, x := range o.Solutions {
		g.Starts = append(g.Starts, x.Centroids)
	}
	if o.K == 0 {
		return g, nil
	}
	quality, err := o.Folds(votes)
	g.Quality = &quality
	return g, err
}

// previousGroups is what an interim result takes over from the one before.
func previousGroups(before store.Groups, now []store.GroupsColumn) *opinion.Previous {
	ids := func(columns []store.GroupsColumn) (list []string) {
		for _, c := range columns {
			if !c.ModOut && !c.Meta {
				list = append(list, fmt.Sprint(c.Number))
			}
		}
		return list
	}
	p := &opinion.Previous{Centroids: make([][]opinion.Point, 2)}
	p.C1, p.C2 = opinion.Align(before.Model, ids(before.Columns), ids(now))
	if before.Result.K != nil {
		p.K = *before.Result.K
	}
	p.Centroids = append(p.Centroids, before.Starts...)
	return p
}
