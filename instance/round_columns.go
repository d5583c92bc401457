// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"fmt"

	"polder/consensus"
	"polder/consensus/opinion"
	"polder/instance/store"
)

// statementColumns are the columns of an epoch: every statement that was ever
// shown, in the order of publication. One that is not shown any more keeps its
// column, moderated out (spec: opinion.md 3).
func (s *Service) statementColumns(tx *store.Tx, con *store.Consultation) ([]opinion.RoundColumn, error) {
	var columns []opinion.RoundColumn
	for row, err := range tx.Statements.By("number", store.Prefix(con.ID)) {
		if err != nil {
			return nil, err
		}
		st := row.Value.Statement
		columns = append(columns, opinion.RoundColumn{ID: columnID(con, st.Number), Digest: st.Digest,
			ModOut: st.State != consensus.StatementVisible, Meta: st.Meta})
	}
	return columns, nil
}

// columnID names a statement across the network: by the convener's address and
// the number that it has everywhere.
func columnID(con *store.Consultation, number int) string {
	return fmt.Sprintf("%s/statements/%d", con.Root, number)
}

// columnsByNumber finds the column of a statement here by its number. A
// statement here that says something else than the convener's has none.
func (s *Service) columnsByNumber(tx *store.Tx, con *store.Consultation, opening *opinion.Round) (map[int]int, error) {
	at := make(map[string]int, len(opening.Columns))
	for j, c := range opening.Columns {
		at[c.ID] = j
	}
	column := map[int]int{}
	for row, err := range tx.Statements.By("number", store.Prefix(con.ID)) {
		if err != nil {
			return nil, err
		}
		st := row.Value.Statement
		if j, ok := at[columnID(con, st.Number)]; ok && opening.Columns[j].Digest == st.Digest {
			column[st.Number] = j
		}
	}
	return column, nil
}
