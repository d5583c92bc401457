// SPDX-License-Identifier: EUPL-1.2

package locale

import (
	"fmt"
	"strings"
	"time"
)

// Printer writes words, numbers and dates of one language. It is read-only.
type Printer struct {
	lang    string
	entries map[string]entry
	zone    *time.Location
}

// Lang is the language of the printer: nl, en or fy.
func (p *Printer) Lang() string { return p.lang }

// Zone is where the printer's clock stands.
func (p *Printer) Zone() *time.Location { return p.zone }

// Has reports whether a key exists.
func (p *Printer) Has(key string) bool {
	_, ok := p.entries[key]
	return ok
}

// T gives the message of a key with its placeholders filled: T("statement.of",
// "n", 3, "m", 20) fills {n} and {m}. Integers are written with the
// thousands sign of the language, times as dates. A plural takes its number
// from the argument "n". An unknown key comes back in brackets, so that it
// shows in every test and breaks no page.
func (p *Printer) T(key string, args ...any) string {
	e, ok := p.entries[key]
	if !ok {
		return "[[" + key + "]]"
	}
	text := e.Other
	if e.One != "" && isOne(args) {
		text = e.One
	}
	if len(args) < 2 {
		return text
	}
	return strings.NewReplacer(p.pairs(args)...).Replace(text)
}

// isOne reports whether the argument "n" is 1, the only singular of nl, en, fy.
func isOne(args []any) bool {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == "n" {
			n, ok := integer(args[i+1])
			return ok && n == 1
		}
	}
	return false
}

func (p *Printer) pairs(args []any) []string {
	var out []string
	for i := 0; i+1 < len(args); i += 2 {
		out = append(out, fmt.Sprintf("{%v}", args[i]), p.value(args[i+1]))
	}
	return out
}

func (p *Printer) value(v any) string {
	if n, ok := integer(v); ok {
		return p.N(n)
	}
	switch v := v.(type) {
	case string:
		return v
	case time.Time:
		return p.Date(v)
	}
	return fmt.Sprint(v)
}

// integer widens the integer kinds that view models use.
func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case int64:
		return v, true
	case int32:
		return int64(v), true
	}
	return 0, false
}
