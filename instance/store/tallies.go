// SPDX-License-Identifier: EUPL-1.2

package store

import "time"

// Signed is one signed document of the network, own or received: a Tally, a
// Roster, or one of the opinion rounds. Documents are never changed; the key is their digest, so receiving
// one twice changes nothing.
type Signed struct {
	Raw      []byte    `json:"raw"`
	Digest   string    `json:"digest"`
	ID       string    `json:"id"`
	Type     string    `json:"type"` // Tally, Roster, Round, ConsensusShare or RoundResult
	Kind     string    `json:"kind"` // direct, aggregate, sealed; or empty
	Context  string    `json:"context"`
	Area     string    `json:"area"`
	Epoch    int64     `json:"epoch"`
	Revision int64     `json:"revision"`
	Key      string    `json:"key"` // Multikey whose proof held
	Own      bool      `json:"own,omitempty"`
	Received time.Time `json:"received"`
	Fail     string    `json:"fail,omitempty"` // code of the first failed check, if invalid
}

// Counting is what the instance remembers of its own tally of a consultation.
type Counting struct {
	Dirty     int64     `json:"dirty"`     // generation of the last vote
	Published int64     `json:"published"` // generation that the last tally held
	Revision  int64     `json:"revision"`
	Digest    string    `json:"digest"`
	Status    string    `json:"status"`
	At        time.Time `json:"at,omitzero"`
	// Interim results show answers at most once a day: when they last did, and
	// the generation of the votes then.
	AnswersAt    time.Time `json:"answersAt,omitzero"`
	AnswersDirty int64     `json:"answersDirty,omitempty"`
}

// Aggregating is what a hub or convener remembers of its aggregate.
type Aggregating struct {
	DirtySince time.Time `json:"dirtySince,omitzero"` // zero: nothing new
	Inputs     string    `json:"inputs"`              // fingerprint of what the last one added up
	Revision   int64     `json:"revision"`
	Digest     string    `json:"digest"`
	Status     string    `json:"status"`
}

// Receipt of a tally by another instance, as its dashboard answer says.
type Acknowledgement struct {
	Actor  string    `json:"actor"` // who answered
	Object string    `json:"object"`
	Result string    `json:"result"` // accepted or the refusal code
	Detail string    `json:"detail,omitempty"`
	At     time.Time `json:"at"`
}
