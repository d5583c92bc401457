// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"fmt"
	"html"

	"polder/activitypub"
	"polder/consensus"
	"polder/instance/store"
)

// polled is what a poll asks: a question of the definition, or a statement in
// the frame of its conversation. Both are the caller's own to read.
func (s *Service) polled(tx *store.Tx, con *store.Consultation, question string) (*consensus.DefinitionQuestion, *consensus.Statement, error) {
	if q, ok := con.Definition.Question(question); ok && q.Kind != consensus.KindStatements {
		return q, nil, nil
	}
	about, err := subjectOf(tx, con, question)
	if err != nil {
		return nil, nil, err
	}
	if about.frame == nil {
		return nil, nil, store.ErrNotFound
	}
	q := about.statement.AsQuestion(about.frame)
	return &q, &about.statement.Statement, nil
}

// asStatement makes the Question of a poll that of a statement. One that was
// removed keeps its id and its votes, but no longer says what it said.
func (s *Service) asStatement(con *store.Consultation, o *activitypub.Object, st *consensus.Statement) {
	o.Kind = "statement"
	if st.Changed.After(st.Published) {
		o.Updated = activitypub.At(st.Changed)
	}
	lang := s.opt.Languages[0]
	if st.State == consensus.StatementVisible {
		if st.Lang != lang && st.Lang != "" {
			o.ContentMap = activitypub.LangMap{st.Lang: o.Content}
		}
		return
	}
	o.Content = fmt.Sprintf("<p>%s</p><p><a href=\"%s/statements\">%s</a></p>", html.EscapeString(s.text("wire.statement.removed")),
		s.Consultation(con.Slug), html.EscapeString(s.text("wire.more")))
	o.ContentMap = activitypub.LangMap{lang: o.Content}
}

// showsStatement tells whether the bars of a statement may show the votes of
// level fediverse: live where the definition says so, else from the count on,
// and never fewer than k.
func showsStatement(con *store.Consultation, voters int) bool {
	if con.Definition.Results == consensus.ResultsLive {
		return true
	}
	counted := con.Counting == consensus.CountingCounted || con.Counting == consensus.CountingObjection || con.Counting == consensus.CountingFinal
	return counted && voters >= con.Definition.K
}
