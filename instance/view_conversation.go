// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"fmt"
	"slices"

	"polder/consensus"
	"polder/instance/store"
)

// ConversationPage is the part of a ConsultationPage that is about statements.
// Statements is shared: nobody may change it.
type ConversationPage struct {
	Statements []consensus.Statement // visible ones by number: Asked[Polls:]
	Polls      int                   // questions in front of them in Asked
	Next       string                // id of the statement that was drawn for the voter; "" if none is left
	Votes      int                   // of the voter, on statements, removed ones included
	Gone       []GoneVote            // standing votes of the voter on statements that were removed
	Locked     bool                  // read-only: nobody votes, nobody sends statements in
	Takes      bool                  // residents may send statements in now
}

// GoneVote is a vote on a statement that is not shown any more. It still counts
// where the statement is counted, but cannot be changed.
type GoneVote struct {
	Number  int
	Options []string
}

// Numbered finds a visible statement by its number, -1 if there is none; the
// result is an index of Asked.
func (c *ConversationPage) Numbered(number int) int {
	i := slices.IndexFunc(c.Statements, func(st consensus.Statement) bool { return st.Number == number })
	if i < 0 {
		return -1
	}
	return c.Polls + i
}

// Number is the number of the statement at an index of Asked, 0 for a poll.
func (c *ConversationPage) Number(index int) int {
	if c == nil || index < c.Polls || index-c.Polls >= len(c.Statements) {
		return 0
	}
	return c.Statements[index-c.Polls].Number
}

// ask fills in what can be voted on and what voter has voted.
func (v *Views) ask(tx *store.Tx, con *store.Consultation, page *ConsultationPage, voter Voter) error {
	t, err := v.s.talk(tx, con)
	if err != nil {
		return err
	}
	page.Asked, page.Own = t.asked, map[string]OwnBallot{}
	kc, _ := v.s.consultationKey(con.ID) // destroyed: no identity leads to a ballot any more
	known := voter.Identity != "" && con.Leaf && kc != nil
	if known {
		if page.Own, err = v.own(tx, con, t, kc, voter); err != nil {
			return err
		}
	}
	if t.frame == nil {
		return nil
	}
	c := &ConversationPage{Statements: t.visible, Polls: t.fixed, Locked: con.Locked,
		Takes: con.Leaf && con.TakesStatements(con.Locked, v.s.now()) == nil}
	page.Talk = c
	row := store.OpinionRow{}
	if known {
		if row, err = ownRow(tx, con, t.frame, kc, voter); err != nil {
			return err
		}
	}
	c.Votes = len(row.Votes)
	c.Next = v.s.nextStatement(t, con, row, v.s.drawFor(kc, voter, len(row.Votes)))
	for _, vote := range row.Votes {
		if id := t.byNumber[vote.Number]; id != "" {
			if _, visible := t.at[id]; !visible {
				c.Gone = append(c.Gone, GoneVote{vote.Number, page.Own[id].Options})
				delete(page.Own, id)
			}
		}
	}
	return nil
}

// own reads the standing ballots of a voter. Nobody but the holder of the
// cookie or code can ask: the identity is the key.
func (v *Views) own(tx *store.Tx, con *store.Consultation, t *talk, kc []byte, voter Voter) (map[string]OwnBallot, error) {
	list, err := ballotsOf(tx, con, t, kc, voter)
	if err != nil {
		return nil, err
	}
	own := make(map[string]OwnBallot, len(list))
	for id, b := range list {
		own[id] = OwnBallot{Level: b.Level, Options: b.Options}
	}
	return own, nil
}

// NotShown lists the statements that readers cannot see, by state, without the
// ones that wait for a moderator. Their texts are not for readers.
func (v *Views) NotShown(ctx context.Context, consultation string) ([]consensus.Statement, error) {
	var list []consensus.Statement
	err := v.s.store.View(ctx, func(tx *store.Tx) error {
		list = nil
		for _, state := range []consensus.StatementState{consensus.StatementRejected, consensus.StatementHidden, consensus.StatementMerged} {
			for row, err := range tx.Statements.By("state", store.Key(consultation, string(state))) {
				if err != nil {
					return err
				}
				list = append(list, row.Value.Statement)
			}
		}
		return nil
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("statements that are not shown: %w", err))
	}
	return list, nil
}
