// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"fmt"

	"polder/consensus"
	"polder/instance/store"
)

// MarkStatement says whether a statement is about people and not about opinion:
// people vote on it, but it takes no part in the opinion groups.
func (s *Service) MarkStatement(ctx context.Context, by consensus.Actor, slug, id string, meta bool) error {
	return s.moderates(ctx, by, slug, "statement.meta", id+" "+fmt.Sprint(meta), func(tx *store.Tx, con *store.Consultation) error {
		st, err := tx.Statements.Get(store.StatementKey(con.ID, id))
		if err != nil {
			return err
		}
		if elsewhere(con, &st) {
			return consensus.ErrConvener
		}
		if !beforeEnd(con.State) {
			return consensus.ErrConflict
		}
		if err := st.MarkMeta(meta, s.now()); err != nil {
			return err
		}
		return putStatement(tx, st)
	})
}

// ConversationEnded tells whether a conversation is over for good in this state:
// what was said stays, nothing new becomes visible.
func ConversationEnded(state consensus.State) bool { return !beforeEnd(state) }

// elsewhere tells whether the convener of a joint consultation decides about a
// statement: one that has its number from there, or was offered.
func elsewhere(con *store.Consultation, st *Statement) bool {
	return follows(con) && (st.Number > 0 || st.Offer != "")
}

// StatementCounts are how many statements of a conversation stand where.
type StatementCounts struct {
	ByState map[consensus.StatementState]int
	Appeals int // that wait for a decision
}

// StatementCounts counts the statements of a consultation.
func (s *Service) StatementCounts(ctx context.Context, consultation string) (StatementCounts, error) {
	var c StatementCounts
	err := s.store.View(ctx, func(tx *store.Tx) error {
		c = StatementCounts{ByState: map[consensus.StatementState]int{}}
		for row, err := range tx.Statements.List(store.Prefix(consultation)) {
			if err != nil {
				return err
			}
			c.ByState[row.Value.State]++
			if row.Value.Appealed() {
				c.Appeals++
			}
		}
		return nil
	})
	if err != nil {
		return c, AsError(fmt.Errorf("count statements: %w", err))
	}
	return c, nil
}
