// SPDX-License-Identifier: EUPL-1.2

package locale

import (
	"strconv"
	"strings"
)

// N writes an integer with thousands signs: 1.842 (nl, fy), 1,842 (en).
func (p *Printer) N(n int64) string {
	sign, digits := "", strconv.FormatInt(n, 10)
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(p.thousands())
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}

// Permille writes a share given in per mille as a percentage with one decimal:
// 43 gives "4,3%" (nl, fy) or "4.3%" (en).
func (p *Printer) Permille(n int) string {
	sign := ""
	if n < 0 {
		sign, n = "−", -n
	}
	return sign + p.N(int64(n/10)) + p.decimal() + strconv.Itoa(n%10) + "%"
}

// Share writes part of whole as a percentage with one decimal, rounded half
// up; "–" if there is no whole.
func (p *Printer) Share(part, whole int64) string {
	if whole <= 0 {
		return "–"
	}
	return p.Permille(int((part*1000 + whole/2) / whole))
}

func (p *Printer) thousands() string {
	if p.lang == "en" {
		return ","
	}
	return "."
}

func (p *Printer) decimal() string {
	if p.lang == "en" {
		return "."
	}
	return ","
}

// List joins words: "a, b en c".
func (p *Printer) List(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " " + p.T("and") + " " + words[last]
}
