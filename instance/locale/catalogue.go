// SPDX-License-Identifier: EUPL-1.2

package locale

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

//go:embed nl.json en.json fy.json
var files embed.FS

// Languages lists the catalogues; the first is the default.
func Languages() []string { return []string{"nl", "en", "fy"} }

// Unreviewed reports whether a catalogue has not been read by a native speaker.
func Unreviewed(lang string) bool { return lang == "fy" }

// entry is one message: Other alone, or One and Other for a plural.
type entry struct {
	One, Other string
}

// UnmarshalJSON reads "text" or {"one": "text", "other": "texts"}.
func (e *entry) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' {
		return json.Unmarshal(raw, &e.Other)
	}
	var plural struct {
		One   string `json:"one"`
		Other string `json:"other"`
	}
	if err := json.Unmarshal(raw, &plural); err != nil {
		return fmt.Errorf("read plural: %w", err)
	}
	e.One, e.Other = plural.One, plural.Other
	return nil
}

// Catalogues holds all languages. It is read-only after Load.
type Catalogues struct {
	byLang map[string]map[string]entry
	zone   *time.Location
}

// Load reads the embedded catalogues. Times are shown in zone (product.md:
// Europe/Amsterdam unless configured).
func Load(zone *time.Location) (*Catalogues, error) {
	c := &Catalogues{byLang: map[string]map[string]entry{}, zone: zone}
	for _, lang := range Languages() {
		raw, err := files.ReadFile(lang + ".json")
		if err != nil {
			return nil, fmt.Errorf("read catalogue: %w", err)
		}
		entries := map[string]entry{}
		if err := json.Unmarshal(raw, &entries); err != nil {
			return nil, fmt.Errorf("read catalogue %s: %w", lang, err)
		}
		c.byLang[lang] = entries
	}
	return c, nil
}

// Keys lists the keys of a language in order.
func (c *Catalogues) Keys(lang string) []string {
	return slices.Sorted(maps.Keys(c.byLang[lang]))
}

// Printer gives the printer of a language, of the default for an unknown one.
func (c *Catalogues) Printer(lang string) *Printer {
	if _, ok := c.byLang[lang]; !ok {
		lang = Default
	}
	return &Printer{lang: lang, entries: c.byLang[lang], zone: c.zone}
}
