// SPDX-License-Identifier: EUPL-1.2

package pages

import "html/template"

// ballotForm is what the template "ballot" draws: one question with its form.
type ballotForm struct {
	Slug      string
	Question  BallotQuestion
	HeadingID string
	Live      bool // inside the card: sent in the background by app.js
}

func inCard(c Card, q BallotQuestion) ballotForm {
	return ballotForm{Slug: c.Slug, Question: q, HeadingID: "statement", Live: true}
}

func inList(c Card, q BallotQuestion) ballotForm {
	return ballotForm{Slug: c.Slug, Question: q, HeadingID: "h-" + q.ID}
}

// cardStatus is what the page's live region says after a vote.
func (w words) cardStatus(c Card) string {
	switch {
	case c.Error != nil:
		return w.T(c.Error.Key, c.Error.Args...)
	case c.Saved != "":
		return w.T("vote.saved.as", "choice", c.Saved)
	}
	return ""
}

// ownChoice writes a stored vote: the options chosen, or "blanco".
func (w words) ownChoice(v OwnVote) template.HTML {
	if len(v.Choices) == 0 {
		return template.HTML(template.HTMLEscapeString(w.T("blank")))
	}
	out := ""
	for i, c := range v.Choices {
		if i > 0 {
			out += ", "
		}
		out += string(w.optionText(v.Kind, c))
	}
	return template.HTML(out)
}

// optionText writes an option, marked with its language if it needs that.
func (w words) optionText(kind string, o BallotOption) template.HTML {
	label, lang := w.option(kind, o)
	if lang == "" {
		return template.HTML(template.HTMLEscapeString(label))
	}
	return template.HTML(`<span lang="` + template.HTMLEscapeString(lang) + `">` + template.HTMLEscapeString(label) + `</span>`)
}

// option is the label of an option and its language, "" for the page's own.
// Statements use the words of the catalogue.
func (w words) option(kind string, o BallotOption) (label, lang string) {
	if kind == "statement" {
		return w.T("choice." + o.ID), ""
	}
	if o.Text.Lang == w.Lang() {
		return o.Text.Text, ""
	}
	return o.Text.Text, o.Text.Lang
}
