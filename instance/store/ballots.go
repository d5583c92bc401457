// SPDX-License-Identifier: EUPL-1.2

package store

import "polder/consensus/eligibility"

// Ballot is the standing vote of one voter key on one question. Neither an
// account, an address nor a time is stored with it (spec: security.md 5).
type Ballot struct {
	Level   eligibility.Level `json:"l"`
	Options []string          `json:"o"` // sorted; empty is blank
	Seq     int               `json:"s"` // 1, 2, ...; the last one counts
}

// QuestionCounts are the counts of one question per level, kept with every
// vote so that no read has to scan ballots.
type QuestionCounts struct {
	Ballots    map[eligibility.Level]int64            `json:"b"`
	Blank      map[eligibility.Level]int64            `json:"e"`
	Options    map[string]map[eligibility.Level]int64 `json:"o"`
	Superseded int64                                  `json:"s"`
}

// Add applies a ballot (sign +1) or takes it back (sign -1).
func (c *QuestionCounts) Add(b Ballot, sign int64) {
	if c.Ballots == nil {
		c.Ballots = map[eligibility.Level]int64{}
		c.Blank = map[eligibility.Level]int64{}
		c.Options = map[string]map[eligibility.Level]int64{}
	}
	c.Ballots[b.Level] += sign
	if len(b.Options) == 0 {
		c.Blank[b.Level] += sign
	}
	for _, o := range b.Options {
		if c.Options[o] == nil {
			c.Options[o] = map[eligibility.Level]int64{}
		}
		c.Options[o][b.Level] += sign
	}
}

// LetterCode is one issued code, known by its keyed hash only.
type LetterCode struct {
	Used bool `json:"used,omitempty"`
}

// CodeBatch is one imported list of code hashes of a consultation.
type CodeBatch struct {
	Key    []byte `json:"key"` // K_code, sealed with the application key
	Issued int64  `json:"issued"`
}

// VoteHost counts the new voters of one remote host on one question, per hour
// (spec: federation.md 6, host-cap). It is also the list of hosts that get updates.
type VoteHost struct {
	Hour   int64  `json:"hour"`
	Voters int    `json:"voters"`
	Inbox  string `json:"inbox"`
}
