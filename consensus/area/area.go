// SPDX-License-Identifier: EUPL-1.2

package area

import (
	"strings"
	"time"
)

// Level says what kind of area it is; the values are those of polder:level
// (spec: federation.md 11).
type Level string

// The levels of the embedded list.
const (
	Municipality Level = "municipality"
	Province     Level = "province"
	Nation       Level = "nation"
)

// NationCode is the code of the Netherlands.
const NationCode = "NL01"

// Area is one place.
type Area struct {
	Code      string // CBS code: GM0037, PV20, or NL01
	Name      string // CBS spelling: "'s-Gravenhage", "Bergen (NH.)"
	Level     Level
	Parent    string // code of the province or nation it lies in, "" for the nation
	Residents int64  // people on 1 January of the year of the list

	// ValidFrom is the first day for which this list describes the area (not
	// the day it was founded), ValidTo the first day on which it no longer
	// exists, zero while it does. Both are midnight UTC.
	ValidFrom, ValidTo time.Time
	Successor          string // code of the area that took it over, "" if none

	// Lon and Lat are a point inside a municipality in degrees (WGS84), 0 for
	// the other levels.
	Lon, Lat float64
}

// ValidOn reports whether the area exists at moment t.
func (a Area) ValidOn(t time.Time) bool {
	return !t.Before(a.ValidFrom) && (a.ValidTo.IsZero() || t.Before(a.ValidTo))
}

// TOOI is the canonical public identifier of the area, or "" for the nation,
// which the register of TOOI does not hold as a place of its own.
func (a Area) TOOI() string {
	const base = "https://identifier.overheid.nl/tooi/id/"
	switch a.Level {
	case Municipality:
		return base + "gemeente/" + strings.ToLower(a.Code)
	case Province:
		return base + "provincie/" + strings.ToLower(a.Code)
	default:
		return ""
	}
}
