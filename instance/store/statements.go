// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"polder/consensus"
	"polder/consensus/eligibility"
)

// Statement is a statement of a conversation here. Who sent it in is known by
// the row key alone, as long as K_c lives.
type Statement struct {
	consensus.Statement
	Consultation string  `json:"consultation"`
	Author       string  `json:"author,omitempty"`  // row key; empty: the office, or from elsewhere
	Origin       string  `json:"origin,omitempty"`  // fediverse: id of the post that suggested it
	Decider      string  `json:"decider,omitempty"` // account that took the last decision of a moderator
	Appeal       *Appeal `json:"appeal,omitempty"`
	// Offer is the id of the activity that offered an approved statement to the
	// convener of a joint consultation, until that answers or numbers it.
	Offer string `json:"offer,omitempty"`
}

// Appeal is the question of an author to look again at a decision. It is asked
// once; somebody else than the first decider answers it (spec: product.md 4.2).
type Appeal struct {
	At      time.Time `json:"at"`
	Text    string    `json:"text"`
	Decided time.Time `json:"decided,omitzero"`
	Granted bool      `json:"granted,omitempty"`
	Answer  string    `json:"answer,omitempty"`
}

// Appealed tells whether an appeal waits for a decision.
func (s *Statement) Appealed() bool { return s.Appeal != nil && s.Appeal.Decided.IsZero() }

// StatementKey places a statement.
func StatementKey(consultation, id string) string { return Key(consultation, id) }

// NumberEntry finds a statement by its number, unique within a consultation.
func NumberEntry(consultation string, number int) string {
	return Key(consultation, Uint64Part(uint64(number)))
}

// SamenessEntry finds the statements that say the same.
func SamenessEntry(consultation, text string) string {
	return Key(consultation, HashPart(consensus.Sameness(text)))
}

// counts among duplicates: a rejected statement may be said again.
func stands(s Statement) bool {
	return s.State != consensus.StatementRejected && s.State != consensus.StatementWithdrawn
}

var statementKind = Kind[Statement]{Table: "statements", Version: 1, Indexes: []Index[Statement]{
	{Name: "number", Unique: true, Keys: func(_ string, s Statement) []string {
		if s.Number == 0 {
			return nil
		}
		return []string{NumberEntry(s.Consultation, s.Number)}
	}},
	{Name: "sameness", Keys: func(_ string, s Statement) []string {
		if !stands(s) {
			return nil
		}
		return []string{SamenessEntry(s.Consultation, s.Text)}
	}},
	{Name: "state", Keys: func(_ string, s Statement) []string {
		return []string{Key(s.Consultation, string(s.State))}
	}},
	{Name: "author", Keys: func(_ string, s Statement) []string {
		if s.Author == "" {
			return nil
		}
		return []string{Key(s.Consultation, s.Author)}
	}},
	{Name: "offer", Keys: func(_ string, s Statement) []string {
		if s.Offer == "" {
			return nil
		}
		return []string{HashPart(s.Offer)}
	}},
	{Name: "origin", Keys: func(_ string, s Statement) []string {
		if s.Origin == "" {
			return nil
		}
		return []string{Key(s.Consultation, HashPart(s.Origin))}
	}},
}}

// OpinionRow is what one person voted in one conversation, kept by row key
// (spec: product.md 7.2). It is written with every vote, so it is compact and
// bears no time and no order of voting.
type OpinionRow struct {
	Level eligibility.Level `json:"l"`
	Votes OpinionVotes      `json:"v"`
}

var opinionRowKind = Kind[OpinionRow]{Table: "opinion-rows", Version: 1}

// OpinionVote is a vote in a row: the number of the statement and +1 agree, -1
// disagree or 0 pass.
type OpinionVote struct {
	Number int
	Value  int8
}

// OpinionVotes are sorted by number, without repetition. In JSON they are one
// text such as "1+4-7.": number and sign.
type OpinionVotes []OpinionVote

// Of is the vote on a statement.
func (v OpinionVotes) Of(number int) (int8, bool) {
	i, ok := v.find(number)
	if !ok {
		return 0, false
	}
	return v[i].Value, true
}

func (v OpinionVotes) find(number int) (int, bool) {
	return slices.BinarySearchFunc(v, number, func(x OpinionVote, n int) int { return x.Number - n })
}

// With gives the votes with one set.
func (v OpinionVotes) With(number int, value int8) OpinionVotes {
	i, ok := v.find(number)
	if ok {
		out := slices.Clone(v)
		out[i].Value = value
		return out
	}
	return slices.Insert(slices.Clone(v), i, OpinionVote{number, value})
}

// Without gives the votes with one taken out.
func (v OpinionVotes) Without(number int) OpinionVotes {
	i, ok := v.find(number)
	if !ok {
		return v
	}
	return slices.Delete(slices.Clone(v), i, i+1)
}

const voteSigns = "-.+"

// MarshalJSON writes the compact text.
func (v OpinionVotes) MarshalJSON() ([]byte, error) {
	out := make([]byte, 0, 4*len(v)+2)
	out = append(out, '"')
	for _, x := range v {
		if x.Value < -1 || x.Value > 1 {
			return nil, fmt.Errorf("vote %d on statement %d", x.Value, x.Number)
		}
		out = append(strconv.AppendInt(out, int64(x.Number), 10), voteSigns[x.Value+1])
	}
	return append(out, '"'), nil
}

// UnmarshalJSON reads the compact text.
func (v *OpinionVotes) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	*v = nil
	for text != "" {
		end := strings.IndexAny(text, voteSigns)
		if end < 1 {
			return fmt.Errorf("votes %q", shown(text))
		}
		n, err := strconv.Atoi(text[:end])
		if err != nil || n < 1 || len(*v) > 0 && (*v)[len(*v)-1].Number >= n {
			return fmt.Errorf("votes %q are not in order", shown(text))
		}
		*v = append(*v, OpinionVote{n, int8(strings.IndexByte(voteSigns, text[end]) - 1)})
		text = text[end+1:]
	}
	return nil
}
