// SPDX-License-Identifier: EUPL-1.2

package pages_test

import (
	"net/url"

	"polder/instance/web/pages"
)

// talkCard is the card of a conversation over 32 statements, of which the voter
// has answered six.
func talkCard(state string, change func(*pages.Card)) pages.ConsultationView {
	c := card(state)
	asked := pages.BallotQuestion{ID: "5f0c", Number: 14, Drawn: true, Kind: "statement", Text: statements[1].Text, Options: statementOptions}
	c.Question, c.Answered, c.Of, c.Talk, c.Statements, c.Voted, c.Write = &asked, 6, 32, true, 32, 6, true
	if change != nil {
		change(&c)
	}
	v := consultation(c, "open")
	v.Questions, v.Statements, v.Talk = 0, 32, true
	return v
}

func sent(text, state string, change func(*pages.OwnStatement)) pages.OwnStatement {
	own := pages.OwnStatement{Text: nl(text), State: state, Sent: day(11, 12, 9)}
	if change != nil {
		change(&own)
	}
	return own
}

// talkExamples are the pages of a conversation over statements.
func talkExamples() []example {
	voted := statements[0]
	listed := []pages.ListedStatement{
		{ID: "5f0a", Number: 1, Text: statements[0].Text, Seed: true, Choice: "agree"},
		{ID: "5f0b", Number: 2, Text: pages.Text{Text: "De taxy moat goedkeaper.", Lang: "fy"}},
	}
	mine := pages.VotesView{Slug: "taxi", Title: nl("Taxi’s"), Level: "code", Official: true, Open: true, Ways: ways, Talk: true, Write: true,
		Votes:   []pages.OwnVote{{Question: "5f0a", Number: 1, Drawn: true, Kind: "statement", Text: voted.Text, Choices: statementOptions[:1], Level: "code"}},
		Earlier: []pages.OwnVote{{Question: "5f0b", Number: 2, Drawn: true, Kind: "statement", Text: statements[1].Text, Choices: statementOptions[1:2], Level: "open"}},
		Gone:    []pages.OwnVote{{Number: 9, Drawn: true, Kind: "statement", Choices: statementOptions[2:], Level: "code", Fixed: true}},
		Sent: []pages.OwnStatement{
			sent("Taxi’s mogen op de busbaan rijden.", "pending", nil),
			sent("Elke taxi moet een meter hebben.", "visible", func(o *pages.OwnStatement) { o.ID, o.Number = "5f0e", 17 }),
			sent("Chauffeur Jansen rijdt te hard.", "rejected", func(o *pages.OwnStatement) { o.Reason, o.Why = "personalData", nl("Noem geen namen.") }),
			sent("Taxi’s zijn allemaal oplichters.", "hidden", func(o *pages.OwnStatement) { o.Reason = "insult" }),
			sent("De prijs moet vooraf bekend zijn.", "merged", func(o *pages.OwnStatement) { o.Into, o.IntoID = 2, "5f0b" }),
			sent("De prijs moet vooraf vaststaan.", "merged", nil), sent("Geen taxi’s in de nacht.", "withdrawn", nil),
		}}
	locked := mine
	locked.Locked, locked.Write, locked.Sent, locked.Left = true, false, nil, 2
	list := pages.StatementsView{Slug: "taxi", Title: nl("Taxi’s"), All: 232, Statements: listed, Page: 2, Pages: 3, Open: true, Write: true,
		NotShown: []pages.NotShown{{Reason: "spam", N: 1}, {Reason: "offTopic", N: 4}}, Merged: []pages.MergedStatement{{Number: 5, Into: 2}, {Number: 8}}}
	write := pages.StatementFormView{Slug: "taxi", Title: nl("Taxi’s"), Open: true, Min: 15, Max: 140}
	few, short, same, closed := write, write, write, write
	few.Left = 3
	short.Form = refusedForm("text", "error.statement-empty", url.Values{})
	same.Same, same.Form = &listed[1], pages.Form{Values: url.Values{"text": {"De taxy moat goedkeaper."}}, Problems: []pages.Problem{pages.Wrong("text", "error.statement-there", "n", 2)}}
	closed.Open, closed.Form = false, pages.Form{Problems: []pages.Problem{pages.Wrong("", "error.statement-closed")}}
	return []example{
		{Name: "talk", Site: municipality, View: talkCard(pages.CardBallot, nil)},
		{Name: "talk-change", Site: municipality, View: talkCard(pages.CardBallot, func(c *pages.Card) { c.Question.Voted, c.Saved, c.Left = true, "", 2 })},
		{Name: "talk-done", Site: municipality, View: talkCard(pages.CardDone, nil)},
		{Name: "talk-locked", Site: municipality, View: talkCard(pages.CardLocked, nil)},
		{Name: "talk-empty", Site: municipality, View: talkCard(pages.CardEmpty, nil)},
		{Name: "votes-talk", Site: municipality, View: mine},
		{Name: "votes-talk-locked", Site: municipality, View: locked},
		{Name: "votes-talk-none", Site: municipality, View: pages.VotesView{Slug: "taxi", Title: nl("Taxi’s"), Open: true, Talk: true, Write: true, Left: 5}},
		{Name: "statements", Site: municipality, View: list},
		{Name: "statements-none", Site: municipality, View: pages.StatementsView{Slug: "taxi", Title: nl("Taxi’s"), Page: 1, Pages: 1}},
		{Name: "statement-new", Site: municipality, View: write},
		{Name: "statement-few", Site: municipality, View: few},
		{Name: "statement-short", Site: municipality, View: short},
		{Name: "statement-same", Site: municipality, View: same},
		{Name: "statement-closed", Site: municipality, View: closed},
	}
}
