// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"html"
	"strings"
	"unicode"

	"github.com/microcosm-cc/bluemonday"
)

// plain lets no element through. It is safe for concurrent use.
var plain = bluemonday.StrictPolicy()

// PlainText makes plain text of what somebody else wrote, at receipt: markup is
// removed, entities are resolved, white space is folded, and what is longer
// than most characters is cut. Templates escape it again when it is shown.
// It is idempotent: markup that hides behind entities is removed too.
func PlainText(s string, most int) string {
	for range 4 {
		next := html.UnescapeString(plain.Sanitize(s))
		if next == s {
			break
		}
		s = next
	}
	if cleaned := html.UnescapeString(plain.Sanitize(s)); cleaned != s {
		s = strings.NewReplacer("<", "", ">", "", "&", "").Replace(s) // wrapped too deep to be meant well
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		s = strings.TrimSpace(string(r[:most-1])) + "…"
	}
	return s
}

// plainTexts cleans every language of a text.
func plainTexts(texts map[string]string, most int) map[string]string {
	out := make(map[string]string, len(texts))
	for lang, text := range texts {
		out[lang] = PlainText(text, most)
	}
	return out
}
