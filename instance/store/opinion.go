// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"time"

	"polder/consensus/opinion"
)

// Groups are the opinion groups of the people here, computed at some moment, by
// consultation id. The exact figures stay in the office; pages show what
// opinion.Publish leaves of them. Positions of single people are not kept, only
// the coarse map (spec: opinion.md 14).
type Groups struct {
	At      time.Time         `json:"at"`
	Final   bool              `json:"final,omitempty"` // counts every ballot
	Dirty   int64             `json:"dirty"`           // generation of the votes in it
	Columns []GroupsColumn    `json:"columns"`
	Model   opinion.Model     `json:"model"`
	Result  opinion.Result    `json:"result"`
	Quality *opinion.Quality  `json:"quality,omitempty"` // nil without groups
	Map     opinion.PublicMap `json:"map"`
	Starts  [][]opinion.Point `json:"starts,omitempty"` // centroids per k, for the next interim result
}

// GroupsColumn is a statement of a result.
type GroupsColumn struct {
	Number int    `json:"number"`
	Digest string `json:"digest"`
	ModOut bool   `json:"modOut,omitempty"`
	Meta   bool   `json:"meta,omitempty"`
}

var groupsKind = Kind[Groups]{Table: "groups", Version: 1}
