// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// Phase is a part of an epoch (spec: opinion.md 12).
type Phase string

// Phases, in order. Move is repeated.
const (
	PhaseStats Phase = "stats" // opens the epoch, yields the model
	PhaseMove  Phase = "move"  // one update of all centroids
	PhaseScore Phase = "score" // yields the number of groups
	PhaseTally Phase = "tally" // yields the result
)

// RoundColumn is a statement of a federated instrument.
type RoundColumn struct {
	ID     string `json:"id"`
	Digest string `json:"digest"`
	ModOut bool   `json:"modOut"`
	Meta   bool   `json:"meta"`
}

// Round is one question of the convener to all contributors. Columns and Params
// stand in step 1 only, Centroids from the first move on. Raw and Digest come
// from ParseRound.
type Round struct {
	Raw    []byte `json:"-"`
	Digest string `json:"-"`

	AtContext     json.RawMessage `json:"@context,omitempty"`
	Type          string          `json:"type"`
	ID            string          `json:"id"`
	AttributedTo  string          `json:"attributedTo"`
	To            Addresses       `json:"to,omitempty"`
	Context       string          `json:"context"`
	Spec          string          `json:"spec"`
	Epoch         int64           `json:"epoch"`
	Step          int64           `json:"step"`
	Phase         Phase           `json:"phase"`
	Final         bool            `json:"final"`
	Revision      int64           `json:"revision"`
	Previous      *Ref            `json:"previous"`
	Roster        *Ref            `json:"roster"`
	Columns       []RoundColumn   `json:"columns,omitempty"`
	ColumnsDigest string          `json:"columnsDigest"`
	Params        *Params         `json:"params,omitempty"`
	ModelDigest   string          `json:"modelDigest,omitempty"`
	Centroids     Centroids       `json:"centroids,omitempty"`
	Published     time.Time       `json:"published"`
	Deadline      time.Time       `json:"deadline"`
}

var roundNames = namesOf(Round{})

// RoundID is the id of a step: `<context>/rounds/<epoch>-<step>`.
func RoundID(context string, epoch, step int64) string {
	return fmt.Sprintf("%s/rounds/%d-%d", context, epoch, step)
}

// ColumnsDigest is the digest of the statements, in their order.
func ColumnsDigest(columns []RoundColumn) (string, error) {
	return digestOf(append([]RoundColumn{}, columns...))
}

// NewRound writes the unsigned Round r: it fills in @context, type, to, spec, id
// and, in step 1, the digest of the columns, and gives the round as a receiver
// would parse it. The error is a Problem if the round is not valid.
func NewRound(r Round) (*Round, error) {
	r.AtContext, r.Type, r.To, r.Spec = json.RawMessage(SignedContext), "Round", Addresses{public}, Spec
	if r.ID == "" {
		r.ID = RoundID(r.Context, r.Epoch, r.Step)
	}
	if r.Phase == PhaseStats {
		digest, err := ColumnsDigest(r.Columns)
		if err != nil {
			return nil, fmt.Errorf("writing round %s: %w", r.ID, err)
		}
		r.ColumnsDigest = digest
	}
	r.Published, r.Deadline = seconds(r.Published), seconds(r.Deadline)
	raw, err := unsigned(r)
	if err != nil {
		return nil, fmt.Errorf("writing round %s: %w", r.ID, err)
	}
	return ParseRound(raw)
}

// ParseRound reads a Round, signed or not. The error is a Problem: O101 for its
// shape, O102 for a columnsDigest that is not that of its columns.
func ParseRound(raw []byte) (*Round, error) {
	r := &Round{Raw: bytes.Clone(raw)}
	var err error
	if r.Digest, err = decode(raw, r, roundNames); err != nil {
		return nil, err
	}
	for _, c := range []struct {
		bad          bool
		path, detail string
	}{
		{r.Type != "Round", "/type", "is not Round"},
		{r.Spec != Spec, "/spec", "is not " + Spec},
		{r.Epoch < 1, "/epoch", "is not positive"},
		{r.Step < 1 || (r.Step == 1) != (r.Phase == PhaseStats), "/step", "does not fit the phase"},
		{len(r.Columns) > MaxColumns, "/columns", "has too many entries"},
		{(r.Phase == PhaseStats) != (r.Params != nil), "/params", "stands in step 1 only"},
		{r.Phase != PhaseStats && r.Columns != nil, "/columns", "stands in step 1 only"},
		{(r.Phase == PhaseStats) == (r.ModelDigest != ""), "/modelDigest", "stands in later steps only"},
		{r.Params != nil && !r.Params.allowed(), "/params", "is out of bounds"},
		{!r.centroidsAllowed(), "/centroids", "does not fit the phase"},
		{r.Deadline.Before(r.Published), "/deadline", "is before published"},
	} {
		if c.bad {
			return nil, Problem{"O101", c.path, c.detail}
		}
	}
	return r, r.checkColumns()
}

func (r *Round) checkColumns() error {
	if r.Phase != PhaseStats {
		return nil
	}
	seen := map[string]bool{}
	for j, c := range r.Columns {
		if c.ID == "" || seen[c.ID] {
			return Problem{"O101", fmt.Sprintf("/columns/%d/id", j), "is empty or stands twice"}
		}
		seen[c.ID] = true
	}
	digest, err := ColumnsDigest(r.Columns)
	if err != nil || digest != r.ColumnsDigest {
		return Problem{"O102", "/columnsDigest", "is not the digest of columns"}
	}
	return nil
}

// allowed keeps parameters from making work without end, or a share of few
// people public: a charter may only raise the floors (12, 14).
func (p *Params) allowed() bool {
	return p.InConvMin >= 1 && p.PairMin >= 1 && p.MinShare >= 1 && p.MinChanged >= 0 && p.MinGroup >= 0 &&
		p.KMax >= 2 && p.KMax <= maxGroups && p.Inits >= 1 && p.Inits <= maxStarts && p.MaxUpdates >= 1 && p.MaxUpdates <= 30 && p.Masking == "none"
}

func (r *Round) centroidsAllowed() bool {
	switch r.Phase {
	case PhaseStats:
		return len(r.Centroids) == 0
	case PhaseMove, PhaseScore:
		return len(r.Centroids) > 0 && withinBounds(r.Centroids, maxStarts)
	case PhaseTally: // without groups there are none
		return len(r.Centroids) <= 1 && withinBounds(r.Centroids, 1)
	}
	return false
}

const (
	maxPoint  = 1 << 27 // bounds coordinates (6): squared distances stay within int64
	maxStarts = 3
)

// withinBounds: 2 to 5 groups, at most so many starts each.
func withinBounds(c Centroids, starts int) bool {
	for k, list := range c {
		if k < 2 || k > maxGroups || len(list) == 0 || len(list) > starts {
			return false
		}
		for _, points := range list {
			if len(points) != k {
				return false
			}
			for _, q := range points {
				if max(q.X, -q.X, q.Y, -q.Y) > maxPoint {
					return false
				}
			}
		}
	}
	return true
}

// EngineColumns are the columns as the engine sees them.
func (r *Round) EngineColumns() []Column {
	out := make([]Column, len(r.Columns))
	for j, c := range r.Columns {
		out[j] = Column{ModOut: c.ModOut || c.Meta, Meta: c.Meta}
	}
	return out
}
