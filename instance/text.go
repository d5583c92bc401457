// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"time"

	"golang.org/x/text/unicode/norm"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance/locale"
	"polder/instance/store"
)

// text is a sentence of the catalogue in the first language of the instance:
// what goes out over the wire has one language.
func (s *Service) text(key string, args ...any) string {
	return s.printer.T(key, args...)
}

func pick(texts map[string]string, lang string) string {
	text, _ := locale.Pick(texts, lang)
	return text
}

func nfc(s string) string { return norm.NFC.String(s) }

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func levelNames(levels []eligibility.Level) []string {
	names := make([]string, len(levels))
	for i, l := range levels {
		names[i] = string(l)
	}
	return names
}

// phaseNow is the kind of the running phase, or "".
func phaseNow(con *store.Consultation, now time.Time) string {
	if i, ok := consensus.CurrentPhase(con.Phases, now); ok {
		return string(con.Phases[i].Kind)
	}
	return ""
}
