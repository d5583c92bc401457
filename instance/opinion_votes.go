// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"polder/consensus"
	"polder/consensus/opinion"
	"polder/instance/store"
)

// conversations keeps the votes of running conversations in memory, with their
// statistics, so that weighing the statements again does not read every vote.
type conversations struct {
	mu sync.Mutex
	by map[string]*conversation // by consultation id
}

// conversation mirrors the rows of one consultation. A vote only notes which
// row changed; the scheduler reads those rows again. mu guards changed, all
// else belongs to the scheduler.
type conversation struct {
	mu      sync.Mutex
	changed map[string]bool // keys of rows

	votes     *opinion.Matrix // nil: not read yet
	row       map[string]int  // row of the matrix by key
	weighedAt time.Time
}

func newConversations() *conversations {
	return &conversations{by: map[string]*conversation{}}
}

func (c *conversations) get(consultation string) *conversation {
	c.mu.Lock()
	defer c.mu.Unlock()
	v := c.by[consultation]
	if v == nil {
		v = &conversation{changed: map[string]bool{}}
		c.by[consultation] = v
	}
	return v
}

func (c *conversations) forget(consultation string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.by, consultation)
}

// changedRow notes that a row is not as the mirror has it. Conversations that
// were never weighed are not mirrored.
func (c *conversations) changedRow(consultation, key string) {
	c.mu.Lock()
	v := c.by[consultation]
	c.mu.Unlock()
	if v == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.changed[key] = true
}

func (v *conversation) takeChanged() map[string]bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	changed := v.changed
	v.changed = map[string]bool{}
	return changed
}

// localColumns are the statements of a conversation as columns: column n-1 is
// statement n, and where a number is missing nobody voted.
func localColumns(tx *store.Tx, con *store.Consultation) ([]opinion.Column, []store.GroupsColumn, error) {
	var columns []opinion.Column
	var named []store.GroupsColumn
	for row, err := range tx.Statements.By("number", store.Prefix(con.ID)) {
		if err != nil {
			return nil, nil, err
		}
		st := row.Value.Statement
		for len(columns) < st.Number {
			columns = append(columns, opinion.Column{ModOut: true})
			named = append(named, store.GroupsColumn{Number: len(columns), ModOut: true})
		}
		out := st.State != consensus.StatementVisible
		columns[st.Number-1] = opinion.Column{ModOut: out || st.Meta, Meta: st.Meta}
		named[st.Number-1] = store.GroupsColumn{Number: st.Number, Digest: st.Digest, ModOut: out, Meta: st.Meta}
	}
	return columns, named, nil
}

func localVotes(votes store.OpinionVotes) []opinion.Vote {
	out := make([]opinion.Vote, len(votes))
	for i, v := range votes {
		out[i] = opinion.Vote{Column: v.Number - 1, Value: v.Value}
	}
	return out
}

// weighEvery bounds how often the priorities of statements are computed.
const weighEvery = time.Minute

// weighStatements brings the mirror of a conversation up to date and computes
// by which weights the next statements are drawn (spec: opinion.md 11).
func (s *Service) weighStatements(ctx context.Context, con *store.Consultation) error {
	v := s.conversations.get(con.ID)
	if s.now().Sub(v.weighedAt) < weighEvery {
		return nil
	}
	changed := v.takeChanged()
	if v.votes != nil && len(changed) == 0 {
		return nil
	}
	var columns []opinion.Column
	ids := map[int]string{}
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if columns, _, err = localColumns(tx, con); err != nil {
			return err
		}
		t, err := s.talk(tx, con)
		if err != nil {
			return err
		}
		for _, st := range t.visible {
			ids[st.Number-1] = st.ID
		}
		return v.refresh(tx, con, changed, len(columns))
	})
	if err != nil {
		s.conversations.forget(con.ID) // read anew next time
		return fmt.Errorf("votes of %s: %w", con.Slug, err)
	}
	v.weighedAt = s.now()
	counts, err := v.votes.Counts(len(columns))
	if err != nil || counts.Participants == 0 {
		return err
	}
	if err := v.votes.Track(columns); err != nil {
		return err
	}
	o, err := opinion.Run([]*opinion.Matrix{v.votes}, columns, s.localParams(con))
	if err != nil {
		return fmt.Errorf("weigh statements of %s: %w", con.Slug, err)
	}
	weights := map[string]float64{}
	for j, p := range o.Result().Priorities {
		if id := ids[j]; id != "" {
			weights[id] = float64(p) / 1e6
		}
	}
	s.SetPriorities(con.ID, weights)
	return nil
}

// refresh reads the changed rows again, or all of them the first time.
func (v *conversation) refresh(tx *store.Tx, con *store.Consultation, changed map[string]bool, columns int) error {
	if v.votes == nil {
		v.votes, v.row = opinion.NewMatrix(columns), map[string]int{}
		for row, err := range tx.Rows.List(store.Prefix(con.ID)) {
			if err != nil {
				return err
			}
			if err := v.replace(row.Key, row.Value, con); err != nil {
				return err
			}
		}
		return nil
	}
	for key := range changed {
		row, err := tx.Rows.Get(key)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err := v.replace(key, row, con); err != nil {
			return err
		}
	}
	return nil
}

// replace makes one row of the matrix what it is on disk. Only official levels
// count.
func (v *conversation) replace(key string, row store.OpinionRow, con *store.Consultation) error {
	at, known := v.row[key]
	if !con.Definition.IsOfficial(row.Level) && len(row.Votes) > 0 || !known && len(row.Votes) == 0 {
		return nil
	}
	if !known {
		at = v.votes.Rows()
		v.row[key] = at
		return v.votes.AppendRow(localVotes(row.Votes))
	}
	votes := localVotes(row.Votes)
	for _, old := range v.votes.Row(at) {
		if !slices.ContainsFunc(votes, func(n opinion.Vote) bool { return n.Column == old.Column }) {
			v.votes.RemoveVote(at, old.Column)
		}
	}
	for _, n := range votes {
		if err := v.votes.AddVote(at, n); err != nil {
			return err
		}
	}
	return nil
}

// localParams are the constants for the people of one instance.
func (s *Service) localParams(con *store.Consultation) opinion.Params {
	p := s.roundParams(con)
	p.PairMin, p.MinShare = 1, 1
	return *p
}
