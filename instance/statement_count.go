// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"errors"
	"fmt"
	"maps"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance/store"
)

// recountStatements proves the counts of every statement against its ballots,
// and both against the rows that opinion groups are made from.
func recountStatements(tx *store.Tx, con *store.Consultation, frame *consensus.DefinitionQuestion) error {
	fromRows, people, err := countRows(tx, con)
	if err != nil {
		return err
	}
	for row, err := range tx.Statements.By("number", store.Prefix(con.ID)) {
		if err != nil {
			return err
		}
		st := row.Value
		fresh := store.QuestionCounts{}
		for b, err := range tx.Ballots.List(store.Prefix(con.ID, st.ID)) {
			if err != nil {
				return err
			}
			fresh.Add(b.Value, 1)
		}
		kept, err := tx.Counts.Get(store.Key(con.ID, st.ID))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if !sameKept(kept, fresh) {
			return fmt.Errorf("statement %d: the counts differ from the ballots", st.Number)
		}
		if !sameKept(kept, fromRows[st.Number]) {
			return fmt.Errorf("statement %d: the counts differ from the rows", st.Number)
		}
	}
	kept, err := tx.Counts.Get(store.Key(con.ID, frame.ID))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if !sameNumbers(kept.Ballots, people) {
		return fmt.Errorf("people who voted on statements: %v kept, %v rows", kept.Ballots, people)
	}
	return nil
}

// countRows adds up the rows: per statement number, and people per level.
func countRows(tx *store.Tx, con *store.Consultation) (map[int]store.QuestionCounts, map[eligibility.Level]int64, error) {
	counts, people := map[int]store.QuestionCounts{}, map[eligibility.Level]int64{}
	for row, err := range tx.Rows.List(store.Prefix(con.ID)) {
		if err != nil {
			return nil, nil, err
		}
		people[row.Value.Level]++
		for _, v := range row.Value.Votes {
			c := counts[v.Number]
			c.Add(store.Ballot{Level: row.Value.Level, Options: []string{consensus.OptionOf(v.Value)}}, 1)
			counts[v.Number] = c
		}
	}
	return counts, people, nil
}

func sameKept(a, b store.QuestionCounts) bool {
	if !sameNumbers(a.Ballots, b.Ballots) {
		return false
	}
	for _, o := range consensus.StatementOptions {
		if !sameNumbers(a.Options[o], b.Options[o]) {
			return false
		}
	}
	return true
}

// sameNumbers compares counts per level; an absent one is 0.
func sameNumbers(a, b map[eligibility.Level]int64) bool {
	nonzero := func(m map[eligibility.Level]int64) map[eligibility.Level]int64 {
		m = maps.Clone(m)
		maps.DeleteFunc(m, func(_ eligibility.Level, n int64) bool { return n == 0 })
		return m
	}
	return maps.Equal(nonzero(a), nonzero(b))
}

// forgetRows removes what only K_c gave a meaning: the rows, and who wrote which
// statement (spec: product.md 7.2).
func forgetRows(tx *store.Tx, con *store.Consultation) error {
	for _, rows := range []store.Records[store.OpinionRow]{tx.Rows, tx.Frozen} {
		if _, err := rows.Clear(store.Prefix(con.ID)); err != nil {
			return err
		}
	}
	list, err := store.Collect(tx.Statements.List(store.Prefix(con.ID)))
	if err != nil {
		return err
	}
	for _, st := range list {
		if st.Author == "" {
			continue
		}
		st.Author = ""
		if err := tx.Statements.Put(store.StatementKey(con.ID, st.ID), st); err != nil {
			return err
		}
	}
	return nil
}
