// SPDX-License-Identifier: EUPL-1.2

package pages

// CodeView is GET and POST /code. Form fields: `code` (13 symbols, any case,
// with or without dashes), `consultation` (slug) and `next` (path).
// GET may prefill consultation and next from the query. Problems: Wrong("code",
// "code.wrong" | "code.limited" | "code.closed" | "code.empty").
type CodeView struct {
	Form          Form
	Consultations []Choice // Value slug, Label title; with one entry no choice is shown
}

// Template names the page.
func (CodeView) Template() string { return "code" }

// LoginView is GET and POST /login: ways to take part (when a vote led here)
// and the form for accounts. Fields: `username`, `password`, `next`.
// Problems: Wrong("", "login.wrong" | "login.limited").
type LoginView struct {
	Form Form
	Ways *Ways // nil = only the account form
}

// Template names the page.
func (LoginView) Template() string { return "login" }

// FactorView is GET and POST /login/factor: second step for staff. Fields:
// `totp` (6 digits, or a recovery code) and `next`. Problems: Wrong("totp",
// "factor.wrong" | "login.limited").
type FactorView struct {
	Form Form
	Name string // account that passed the first step
}

// Template names the page.
func (FactorView) Template() string { return "factor" }
