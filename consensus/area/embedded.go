// SPDX-License-Identifier: EUPL-1.2

package area

import (
	_ "embed"
	"strings"
	"time"
)

// Scheme names the embedded edition, for polder:areaScheme.
const Scheme = "CBS-2023"

// Source is the line CBS asks for wherever figures or borders are shown.
const Source = "Bron: Kadaster / Centraal Bureau voor de Statistiek, 2023"

//go:embed data/gemeenten_2023.csv
var municipalitiesCSV string

//go:embed data/provincies_2023.csv
var provincesCSV string

//go:embed data/changes.csv
var changesCSV string

// Embedded reads the list that is part of the program: 1 January 2023. It
// parses on every call (under a millisecond); keep the result.
func Embedded() (*List, error) {
	return Load(Edition{
		Scheme:         Scheme,
		Source:         Source,
		Nation:         "Nederland",
		Residents:      "population_2023",
		ValidFrom:      time.Date(2023, time.January, 1, 0, 0, 0, 0, time.UTC),
		Municipalities: strings.NewReader(municipalitiesCSV),
		Provinces:      strings.NewReader(provincesCSV),
		Changes:        strings.NewReader(changesCSV),
	})
}
