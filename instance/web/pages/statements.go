// SPDX-License-Identifier: EUPL-1.2

package pages

// StatementsView is GET /consultations/{slug}/statements: all statements that
// are shown, by number, with the vote of the viewer; and how many are not shown
// for which reason, without what they said.
type StatementsView struct {
	Slug       string
	Title      Text
	All        int // visible ones on all pages
	Statements []ListedStatement
	Page       int // from 1
	Pages      int
	Open       bool // voting is possible
	NotShown   []NotShown
	Merged     []MergedStatement
	Write      bool // residents may send statements in
	Left       int  // votes that the viewer must cast before
}

// Template names the page.
func (StatementsView) Template() string { return "statements" }

// ListedStatement is one statement in the list.
type ListedStatement struct {
	ID     string
	Number int
	Text   Text
	Seed   bool   // written by the office
	Choice string // own vote: agree, disagree or pass; "" = none
}

// NotShown counts the statements that are not shown for one reason.
type NotShown struct {
	Reason string // reason code of product.md 9
	N      int
}

// MergedStatement says that a statement says the same as another one.
type MergedStatement struct {
	Number int
	Into   int // 0 = that one is not shown either
}

// StatementFormView is GET /consultations/{slug}/statements/new: sending a
// statement in. Form: POST /consultations/{slug}/statements with `text`; 303 to
// /consultations/{slug}/votes#sent, or this page with what was wrong.
type StatementFormView struct {
	Slug     string
	Title    Text
	Open     bool // statements are taken
	Left     int  // votes that the viewer must cast before; the form is shown at 0
	Form     Form
	Same     *ListedStatement // the statement that says the same already, if it may be shown
	Min, Max int              // characters
}

// Template names the page.
func (StatementFormView) Template() string { return "statementform" }
