// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"strings"

	"polder/consensus"
	"polder/instance/store"
)

// keepSeeds makes the statements of a draft those of its list, in this order and
// numbered from 1; nil leaves them as they are. One that was there already with
// the same words stays the same statement. Without a conversation there are none.
func (s *Service) keepSeeds(tx *store.Tx, con *store.Consultation, texts []string) error {
	if texts == nil {
		return nil
	}
	if _, ok := con.Definition.StatementsQuestion(); !ok {
		texts = nil
	}
	known := map[string][]Statement{} // imported ones may repeat each other
	for row, err := range tx.Statements.List(store.Prefix(con.ID)) {
		if err != nil {
			return err
		}
		known[row.Value.Text] = append(known[row.Value.Text], row.Value)
	}
	if len(texts) > consensus.MostStatements {
		return consensus.ErrTooMany
	}
	if _, err := tx.Statements.Clear(store.Prefix(con.ID)); err != nil {
		return err
	}
	for i, text := range texts {
		if err := s.keepSeed(tx, con, known, nfc(strings.TrimSpace(text)), i+1); err != nil {
			return err
		}
	}
	_, err := tx.Generations.Next(statementsGeneration(con.ID))
	return err
}

func (s *Service) keepSeed(tx *store.Tx, con *store.Consultation, known map[string][]Statement, text string, number int) error {
	var st Statement
	if before := known[text]; len(before) > 0 {
		st, known[text] = before[0], before[1:]
	} else {
		fresh, err := consensus.NewStatement(newID(), text, s.opt.Languages[0], consensus.MaxStatement, s.now())
		if err != nil {
			return err
		}
		st = Statement{Statement: fresh, Consultation: con.ID}
		st.Seed = true
		if err := unlike(tx, con, st); err != nil {
			return err
		}
	}
	st.State, st.Reason, st.ReasonText, st.MergedInto = consensus.StatementVisible, "", "", ""
	st.Number, st.Published = number, s.now().UTC()
	return tx.Statements.Insert(store.StatementKey(con.ID, st.ID), st)
}
