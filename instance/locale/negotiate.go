// SPDX-License-Identifier: EUPL-1.2

package locale

import (
	"slices"

	"golang.org/x/text/language"
)

// Negotiate chooses a language out of offered (the first is the fallback):
// what the visitor chose before (cookie), else what the browser accepts.
func Negotiate(offered []string, cookie, acceptLanguage string) string {
	if len(offered) == 0 {
		return Default
	}
	if slices.Contains(offered, cookie) {
		return cookie
	}
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(wanted) == 0 {
		return offered[0]
	}
	tags := make([]language.Tag, len(offered))
	for i, lang := range offered {
		tags[i] = language.Make(lang)
	}
	_, i, confidence := language.NewMatcher(tags).Match(wanted...)
	if confidence == language.No {
		return offered[0]
	}
	return offered[i]
}
