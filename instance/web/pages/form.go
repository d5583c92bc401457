// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"net/url"
	"slices"
)

// Form is a form as it is drawn: what was typed and what was wrong with it.
// The zero value is an empty form without problems. After a refused POST the
// handler gives back r.PostForm and the problems, so nothing typed is lost.
// A field's id equals its name; the error summary links to it.
type Form struct {
	Values   url.Values
	Problems []Problem
}

// Problem is one thing that is wrong. Field is the name of the control, empty
// for a problem of the whole form.
type Problem struct {
	Field string
	Message
}

// Wrong builds a Problem.
func Wrong(field, key string, args ...any) Problem {
	return Problem{Field: field, Message: Msg(key, args...)}
}

// Value is the first value of a field.
func (f Form) Value(name string) string { return f.Values.Get(name) }

// Has reports whether value is among the values of a field (check boxes).
func (f Form) Has(name, value string) bool { return slices.Contains(f.Values[name], value) }

// Problem is the first problem of a field; ok is false if it has none.
func (f Form) Problem(name string) (p Problem, ok bool) {
	i := slices.IndexFunc(f.Problems, func(p Problem) bool { return p.Field == name })
	if i < 0 {
		return Problem{}, false
	}
	return f.Problems[i], true
}

// Choice is an option of a select, a radio group or a group of check boxes.
// Label is shown as it is; with an empty Label the catalogue key Key is used.
type Choice struct {
	Value string
	Label string
	Key   string
	Hint  string // catalogue key, or empty
}
