// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// RoundCoverage tells how much of the network an outcome speaks for.
type RoundCoverage struct {
	InstancesInModel    int64 `json:"instancesInModel"`
	InstancesInTally    int64 `json:"instancesInTally"`
	ParticipantsInModel int64 `json:"participantsInModel"`
	ParticipantsInTally int64 `json:"participantsInTally"`
	ParticipantsTotal   int64 `json:"participantsTotal"`
}

// Solutions is, per k, the best start: [start, inertia, silSum, dropped], the
// last 1 if k may not be chosen (spec: opinion.md 12, after `score`).
type Solutions map[int][]int64

// RoundResult is what the convener publishes when a step is closed. Beside the
// envelope it holds what the phase yields: a model after stats; centroids and
// Done after move; Solutions, centroids (one list per k) and K after score;
// Result and Quality after tally. Result is the published form (14); Full names
// the blob of the exact one, for auditors.
type RoundResult struct {
	Raw    []byte `json:"-"`
	Digest string `json:"-"`

	AtContext    json.RawMessage `json:"@context,omitempty"`
	Type         string          `json:"type"`
	ID           string          `json:"id"`
	AttributedTo string          `json:"attributedTo"`
	To           Addresses       `json:"to,omitempty"`
	Context      string          `json:"context"`
	Epoch        int64           `json:"epoch"`
	Step         int64           `json:"step"`
	Round        Ref             `json:"round"`
	Revision     int64           `json:"revision"`
	Previous     *Ref            `json:"previous"`
	Supersedes   *Ref            `json:"supersedes"`
	Inputs       []ShareInput    `json:"inputs"`
	Missing      []string        `json:"missing"`
	Coverage     RoundCoverage   `json:"coverage"`
	Next         *string         `json:"next"`

	Model       *Model          `json:"model,omitempty"`
	ModelDigest string          `json:"modelDigest,omitempty"`
	Centroids   Centroids       `json:"centroids,omitempty"`
	Done        *bool           `json:"done,omitempty"`
	Solutions   Solutions       `json:"solutions,omitempty"`
	K           int             `json:"k,omitempty"`
	Reason      Reason          `json:"reason,omitempty"`
	Result      json.RawMessage `json:"result,omitempty"`
	Quality     json.RawMessage `json:"quality,omitempty"`
	Blobs       map[string]Blob `json:"blobs,omitempty"`
}

// BlobResult is the name of the blob with the exact result.
const BlobResult = "result"

var resultNames = namesOf(RoundResult{})

// ResultID is the id of an outcome: `<context>/results/<epoch>-<step>-<revision>`.
func ResultID(context string, epoch, step, revision int64) string {
	return fmt.Sprintf("%s/results/%d-%d-%d", context, epoch, step, revision)
}

// NewRoundResult writes the unsigned RoundResult r: it fills in @context, type,
// to and id, and gives it as a receiver would parse it.
func NewRoundResult(r RoundResult) (*RoundResult, error) {
	r.AtContext, r.Type, r.To = json.RawMessage(SignedContext), "RoundResult", Addresses{public}
	if r.ID == "" {
		r.ID = ResultID(r.Context, r.Epoch, r.Step, r.Revision)
	}
	if r.Inputs == nil {
		r.Inputs = []ShareInput{}
	}
	if r.Missing == nil {
		r.Missing = []string{}
	}
	raw, err := unsigned(r)
	if err != nil {
		return nil, fmt.Errorf("writing result %s: %w", r.ID, err)
	}
	return ParseRoundResult(raw)
}

// ParseRoundResult reads a RoundResult, signed or not. The error is a Problem:
// O101 for its shape, O102 for a modelDigest that is not that of its model.
func ParseRoundResult(raw []byte) (*RoundResult, error) {
	r := &RoundResult{Raw: bytes.Clone(raw)}
	var err error
	if r.Digest, err = decode(raw, r, resultNames); err != nil {
		return nil, err
	}
	for _, c := range []struct {
		bad          bool
		path, detail string
	}{
		{r.Type != "RoundResult", "/type", "is not RoundResult"},
		{r.Epoch < 1, "/epoch", "is not positive"},
		{r.Step < 1, "/step", "is not positive"},
		{r.Round.Digest == "", "/round", "is missing"},
		{len(r.Inputs) > MaxInputs, "/inputs", "has too many entries"},
		{len(r.Missing) > MaxInputs, "/missing", "has too many entries"},
		{(r.Model == nil) != (r.ModelDigest == ""), "/modelDigest", "stands beside a model"},
		{!withinBounds(r.Centroids, maxStarts), "/centroids", "is out of bounds"},
		{r.Model != nil && !r.Model.withinBounds(), "/model", "is out of bounds"},
	} {
		if c.bad {
			return nil, Problem{"O101", c.path, c.detail}
		}
	}
	for k, v := range r.Solutions {
		if len(v) != 4 {
			return nil, Problem{"O101", fmt.Sprintf("/solutions/%d", k), "is not four numbers"}
		}
	}
	if r.Model == nil {
		return r, nil
	}
	if digest, err := ModelDigest(r.Model); err != nil || digest != r.ModelDigest {
		return nil, Problem{"O102", "/modelDigest", "is not the digest of model"}
	}
	return r, nil
}

// withinBounds keeps the int64 products of section 6 exact: means and unit
// vectors are at most one.
func (m *Model) withinBounds() bool {
	n := len(m.MuQ)
	if n > MaxColumns || len(m.C1Q) != n || len(m.C2Q) != n || m.SdQ < 0 || m.SdQ > maxPoint ||
		m.NCols < 0 || m.NCols > MaxColumns || m.NModOut < 0 || m.NModOut > m.NCols || m.InConvMin < 1 {
		return false
	}
	for j := range n {
		if max(m.MuQ[j], -m.MuQ[j], m.C1Q[j], -m.C1Q[j], m.C2Q[j], -m.C2Q[j]) > modelUnit {
			return false
		}
	}
	return true
}
