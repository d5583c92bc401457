// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
)

// field is what the template "field" draws.
type field struct {
	ID, Name, Label, Kind, Value   string
	Hint, Problem, Described       string
	Class, Autocomplete, InputMode string
	Lang                           string
	Rows, Max                      int
	Optional, Plain, Checked       bool
	Choices                        []choice
}

type choice struct {
	ID, Value, Label, Hint string
	Checked                bool
}

func (w words) formFuncs() template.FuncMap {
	return template.FuncMap{
		"field":         w.field,
		"texts":         w.texts,
		"problems":      w.problems,
		"choices":       choices,
		"levelChoices":  levelChoices,
		"formFor":       formFor,
		"phaseRows":     w.phaseRows,
		"questionRows":  questionRows,
		"staffActions":  staffActions,
		"memberActions": memberActions,
		"deskRow":       deskRow,
		"instruments":   instruments,
	}
}

// field builds one control. Options: "hint=KEY", "rows=3", "max=200",
// "class=C", "autocomplete=V", "inputmode=V", "lang=L", "n=5" (number in front
// of the label), "prefix=P" (before the id, where a page holds a form twice),
// "label=TEXT" (behind the label), "optional", "plain" (no capitals, no
// spelling check); a []Choice gives the choices.
func (w words) field(f Form, name, label, kind string, options ...any) (field, error) {
	out := field{ID: name, Name: name, Label: w.T(label), Kind: kind, Value: f.Value(name), Rows: 3}
	for _, o := range options {
		switch o := o.(type) {
		case []Choice:
			out.Choices = w.choices(f, name, o)
		case string:
			if err := out.set(w, o); err != nil {
				return field{}, err
			}
		default:
			return field{}, fmt.Errorf("field %s: option %v", name, o)
		}
	}
	for i := range out.Choices {
		out.Choices[i].ID = out.ID + "-" + out.Choices[i].Value
	}
	out.Checked = kind == "check" && f.Has(name, "yes")
	if p, bad := f.Problem(name); bad {
		out.Problem = w.T(p.Key, p.Args...)
	}
	out.describe()
	return out, nil
}

func (o *field) set(w words, option string) (err error) {
	key, value, _ := strings.Cut(option, "=")
	switch key {
	case "hint":
		o.Hint = w.T(value)
	case "n":
		o.Label = value + ". " + o.Label
	case "label":
		o.Label += " " + value
	case "prefix":
		o.ID = strings.TrimPrefix(value+"-"+o.ID, "-")
	case "class":
		o.Class = value
	case "autocomplete":
		o.Autocomplete = value
	case "inputmode":
		o.InputMode = value
	case "lang":
		o.Lang = value
	case "rows":
		o.Rows, err = strconv.Atoi(value)
	case "max":
		o.Max, err = strconv.Atoi(value)
	case "optional":
		o.Optional = true
	case "plain":
		o.Plain = true
	case "":
	default:
		err = fmt.Errorf("unknown option")
	}
	if err != nil {
		return fmt.Errorf("field %s, option %q: %w", o.Name, option, err)
	}
	return nil
}

// describe ties hint and error to the control.
func (o *field) describe() {
	var ids []string
	if o.Hint != "" {
		ids = append(ids, o.ID+"-hint")
	}
	if o.Problem != "" {
		ids = append(ids, o.ID+"-error")
	}
	o.Described = strings.Join(ids, " ")
}

func (w words) choices(f Form, name string, list []Choice) (out []choice) {
	for _, c := range list {
		label := c.Label
		if label == "" {
			label = w.T(c.Key)
		}
		hint := ""
		if c.Hint != "" {
			hint = w.T(c.Hint)
		}
		out = append(out, choice{Value: c.Value, Label: label, Hint: hint, Checked: f.Has(name, c.Value)})
	}
	return out
}

// choices makes choices whose labels are the catalogue keys prefix.value; an
// empty value is "kies".
func choices(prefix string, values ...string) (out []Choice) {
	for _, v := range values {
		c := Choice{Value: v, Key: prefix + "." + v}
		if v == "" {
			c.Key = "form.choose"
		}
		out = append(out, c)
	}
	return out
}

func levelChoices(levels []string) (out []Choice) {
	for _, l := range levels {
		out = append(out, Choice{Value: l, Key: "level." + l, Hint: "level." + l + ".text"})
	}
	return out
}

// textFields is a text in the site's first language with its translations.
type textFields struct {
	Main   field
	Others []field
}

// texts builds NAME-L for every language L of the site.
func (w words) texts(f Form, name, label, kind string, options ...any) (out textFields, err error) {
	for i, l := range w.site.languages() {
		more := append([]any{"lang=" + l.Code}, options...)
		if i > 0 {
			more = append(more, "label=("+l.Name+")", "optional")
		}
		one, err := w.field(f, name+"-"+l.Code, label, kind, more...)
		if err != nil {
			return out, err
		}
		if i == 0 {
			out.Main = one
		} else {
			out.Others = append(out.Others, one)
		}
	}
	return out, nil
}

// problem is one line of the error summary.
type problem struct{ ID, Text string }

// problems lists what is wrong with a form whose ids start with prefix.
func (w words) problems(f Form, prefix string) (out []problem) {
	for _, p := range f.Problems {
		id := p.Field
		if id != "" && prefix != "" {
			id = prefix + "-" + id
		}
		out = append(out, problem{id, w.T(p.Key, p.Args...)})
	}
	return out
}

// formFor is the refused form where it belongs and an empty one elsewhere.
func formFor(id, refused string, f Form) Form {
	if id == refused {
		return f
	}
	return Form{}
}
