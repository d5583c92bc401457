// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"fmt"
	"time"
)

// Rounds is what an instance remembers of the opinion rounds of one joint
// consultation, by consultation id. Documents of the network are named by their
// digest (spec: opinion.md 12).
type Rounds struct {
	Epoch    int64     `json:"epoch"` // of the newest Round known; 0: none
	Step     int64     `json:"step"`
	Final    bool      `json:"final,omitempty"`    // the epoch counts every ballot
	Opening  string    `json:"opening,omitempty"`  // the Round that opened the epoch
	Open     string    `json:"open,omitempty"`     // the newest Round
	OpenedAt time.Time `json:"openedAt,omitzero"`  // when the epoch began
	Model    string    `json:"model,omitempty"`    // the RoundResult with the model of the epoch
	Result   string    `json:"result,omitempty"`   // the newest RoundResult with groups, of any epoch
	Finished bool      `json:"finished,omitempty"` // that is of the final epoch

	Convener ConvenerRounds `json:"convener,omitzero"`
	Member   MemberRounds   `json:"member,omitzero"`
	Hub      HubRounds      `json:"hub,omitzero"`
}

// ConvenerRounds is what the convener alone remembers.
type ConvenerRounds struct {
	Done       bool              `json:"done,omitempty"` // the epoch has its result
	LastRound  Revision          `json:"lastRound,omitzero"`
	LastResult Revision          `json:"lastResult,omitzero"`
	Used       map[string]string `json:"used,omitempty"`   // area: stats share that the epoch before used
	Using      map[string]string `json:"using,omitempty"`  // the same of this epoch
	Before     Revision          `json:"before,omitzero"`  // the last result before this epoch
	Closed     []int64           `json:"closed,omitempty"` // when the steps of this epoch were closed, unix ms
	Late       [][]string        `json:"late,omitempty"`   // per result with groups: stats shares it counts without the model
	Nonce      []byte            `json:"nonce,omitempty"`
}

// Revision is the end of a chain of documents.
type Revision struct {
	Number int64  `json:"number"`
	Digest string `json:"digest"`
}

// MemberRounds is what a place with voters remembers: its share of the phase
// `stats`, whose rows are kept in Tx.Frozen, and the last Round it answered.
type MemberRounds struct {
	Opening  string    `json:"opening,omitempty"` // the Round that Stats answers
	Stats    string    `json:"stats,omitempty"`
	SentAt   time.Time `json:"sentAt,omitzero"` // when rows were last frozen
	Answered string    `json:"answered,omitempty"`
	Tally    string    `json:"tally,omitempty"` // the newest share of the phase `tally`
}

// HubRounds is what a hub remembers: the sum it sent last.
type HubRounds struct {
	Inputs   string   `json:"inputs,omitempty"` // what went into it, see Sum
	Sum      string   `json:"sum,omitempty"`    // the share; "" if shares went on one by one
	Revision Revision `json:"revision,omitzero"`
}

// ShareSlot holds the newest share of one area for one step.
type ShareSlot struct {
	Digest   string   `json:"digest"`
	Revision int64    `json:"revision"`
	Areas    []string `json:"areas"` // whose people are in it
}

// ShareSlotKey places the share of an area in a step.
func ShareSlotKey(consultation string, epoch, step int64, area string) string {
	return Key(consultation, stepPart(epoch), stepPart(step), area)
}

// StepPrefix finds the slots of one step.
func StepPrefix(consultation string, epoch, step int64) string {
	return Prefix(consultation, stepPart(epoch), stepPart(step))
}

func stepPart(n int64) string { return fmt.Sprintf("%08d", n) }

// BlobReaders says who may read a blob beside ourselves: instance actors. It is
// kept by the digest of the blob.
type BlobReaders struct {
	Consultations []string `json:"consultations"`
	Actors        []string `json:"actors"`
}

var (
	roundsKind      = Kind[Rounds]{Table: "rounds", Version: 1}
	shareSlotKind   = Kind[ShareSlot]{Table: "round-shares", Version: 1}
	frozenKind      = Kind[OpinionRow]{Table: "frozen-rows", Version: 1}
	blobReadersKind = Kind[BlobReaders]{Table: "blob-readers", Version: 1}
)

// blobTable holds content-addressed blobs: pair statistics and withheld
// payloads of opinion rounds.
const blobTable = "blobs"
