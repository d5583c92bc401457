// SPDX-License-Identifier: EUPL-1.2

package eligibility

import "slices"

// Level says how strongly a voter was recognised (spec: product.md 7).
// Counts are kept per level, always.
type Level string

// The levels, weakest first.
const (
	Open      Level = "open"
	Fediverse Level = "fediverse"
	Email     Level = "email"
	Code      Level = "code"
	Paper     Level = "paper"
	OIDC      Level = "oidc"
	Token     Level = "token"
)

// Levels lists every level, weakest first.
var Levels = []Level{Open, Fediverse, Email, Code, Paper, OIDC, Token}

// Rank is the position of l in Levels, or -1 if l is unknown.
func (l Level) Rank() int { return slices.Index(Levels, l) }

// Valid reports whether l is one of Levels.
func (l Level) Valid() bool { return l.Rank() >= 0 }

// Signal reports whether l is a signal level: never added to official counts.
func (l Level) Signal() bool { return l == Open || l == Fediverse || l == Email }
