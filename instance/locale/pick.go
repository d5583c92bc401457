// SPDX-License-Identifier: EUPL-1.2

package locale

import "slices"

// Default is the language of last resort.
const Default = "nl"

// Pick chooses a text for a page in lang: that language, else Dutch, else the
// first language in alphabetical order. It returns the language chosen, and
// two empty strings if there is no text at all.
func Pick(texts map[string]string, lang string) (text, in string) {
	for _, l := range []string{lang, Default} {
		if t := texts[l]; t != "" {
			return t, l
		}
	}
	var langs []string
	for l, t := range texts {
		if t != "" {
			langs = append(langs, l)
		}
	}
	if len(langs) == 0 {
		return "", ""
	}
	in = slices.Min(langs)
	return texts[in], in
}
