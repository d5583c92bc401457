// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"bytes"
	"encoding/json"
	"fmt"

	"polder/activitypub/proof"
)

// Limits of an own signed object (aggregation.md 5, security.md 2).
const (
	MaxBytes     = 256 << 10
	MaxQuestions = 50
	MaxOptions   = 60
	MaxLevels    = 8
	MaxInputs    = 400
	MaxArray     = 1000
	maxInt       = 1<<53 - 1
	// maxCount keeps any sum over MaxInputs tallies below 2^53, so that one
	// hostile tally cannot make a total impossible to write down.
	maxCount = maxInt / MaxInputs
)

// Parse reads a Tally of any kind. It refuses what breaks the limits or the
// types of aggregation.md 5 and 6 with a Problem F101; Validate checks meaning.
func Parse(raw []byte) (*Doc, error) {
	digest, err := readable(raw, docFields)
	if err != nil {
		return nil, err
	}
	d := &Doc{Raw: bytes.Clone(raw), Digest: digest}
	if err := json.Unmarshal(raw, d); err != nil {
		return nil, Problem{CodeSchema, "", err.Error()}
	}
	if d.Type != "Tally" {
		return nil, Problem{CodeSchema, "/type", fmt.Sprintf("%q is not Tally", d.Type)}
	}
	if d.Kind != KindDirect && d.Kind != KindAggregate && d.Kind != KindSealed {
		return nil, Problem{CodeSchema, "/kind", fmt.Sprintf("%q is unknown", d.Kind)}
	}
	return d, d.withinLimits()
}

// withinLimits returns nil as an untyped error, or the first limit broken.
func (d *Doc) withinLimits() error {
	lists := []struct {
		path string
		n    int
		max  int
	}{
		{"/questions", len(d.Questions), MaxQuestions}, {"/inputs", len(d.Inputs), MaxInputs},
		{"/covers", len(d.Covers), MaxInputs}, {"/notCounted", len(d.NotCounted), MaxInputs},
	}
	for _, l := range lists {
		if l.n > l.max {
			return Problem{CodeSchema, l.path, fmt.Sprintf("%d entries, at most %d are allowed", l.n, l.max)}
		}
	}
	if err := questionsWithinLimits("/questions", d.Questions); err != nil {
		return err
	}
	if d.SealedSum == nil {
		return nil
	}
	if n := max(len(d.SealedSum.Questions), len(d.SealedSum.Areas), len(d.SealedSum.Digests)); n > MaxInputs {
		return Problem{CodeSchema, "/sealedSum", fmt.Sprintf("%d entries, at most %d are allowed", n, MaxInputs)}
	}
	return questionsWithinLimits("/sealedSum/questions", d.SealedSum.Questions)
}

func questionsWithinLimits(path string, list []Question) error {
	for i, q := range list {
		if len(q.Options) > MaxOptions {
			return Problem{CodeSchema, fmt.Sprintf("%s/%d/options", path, i), fmt.Sprintf("%d options, at most %d are allowed", len(q.Options), MaxOptions)}
		}
		if len(q.Ballots) > MaxLevels || len(q.Blank) > MaxLevels || len(q.Groups)+len(q.Hidden) > MaxLevels {
			return Problem{CodeSchema, fmt.Sprintf("%s/%d", path, i), fmt.Sprintf("more than %d levels", MaxLevels)}
		}
		for j, o := range q.Options {
			if len(o.N) > MaxLevels || len(o.Scores) > MaxLevels {
				return Problem{CodeSchema, fmt.Sprintf("%s/%d/options/%d", path, i, j), fmt.Sprintf("more than %d levels", MaxLevels)}
			}
		}
	}
	return nil
}

// readable checks what holds for every own signed object before its fields are
// looked at, and returns its digest.
func readable(raw []byte, known map[string]bool) (string, error) {
	if len(raw) > MaxBytes {
		return "", Problem{CodeSchema, "", fmt.Sprintf("%d bytes, at most %d are allowed", len(raw), MaxBytes)}
	}
	digest, err := proof.Digest(raw) // refuses duplicate names, bad text and depth
	if err != nil {
		return "", Problem{CodeSchema, "", err.Error()}
	}
	if err := scan(raw, known); err != nil {
		return "", err
	}
	return digest, nil
}
