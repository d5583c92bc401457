// SPDX-License-Identifier: EUPL-1.2

package consensus

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"polder/activitypub/proof"
	"polder/consensus/eligibility"
)

// Definition is the frozen part of a consultation: what is asked, of whom and
// how it is counted (spec: aggregation.md 6.2). Dates are not in it; they live
// in the Roster. Members of a joint consultation adopt it unchanged.
type Definition struct {
	V          int                  `json:"v"`
	Root       string               `json:"root"` // id of the convener's Group
	RollDate   string               `json:"rollDate"`
	AreaScheme string               `json:"areaScheme"`
	MinAge     int                  `json:"minAge"`
	Levels     []eligibility.Level  `json:"levels"`
	Official   []eligibility.Level  `json:"official"`
	K          int                  `json:"k"`
	Results    string               `json:"results"`  // afterClose, interim or live
	Openings   string               `json:"openings"` // auditors or public
	Questions  []DefinitionQuestion `json:"questions"`
}

// DefinitionQuestion is one question with its fixed options.
type DefinitionQuestion struct {
	ID      string             `json:"id"`
	Kind    string             `json:"kind"` // single, approval, score, statements
	Min     int                `json:"min"`
	Max     int                `json:"max"`
	Text    map[string]string  `json:"text"` // language -> text
	Options []DefinitionOption `json:"options"`
}

// DefinitionOption is one answer a ballot may choose.
type DefinitionOption struct {
	ID   string            `json:"id"`
	Text map[string]string `json:"text"`
}

// When the option counts of a consultation may be shown (aggregation.md 9.4).
const (
	ResultsAfterClose = "afterClose"
	ResultsInterim    = "interim"
	ResultsLive       = "live"
)

// Who may read the openings of ballots (aggregation.md 4.6).
const (
	OpeningsAuditors = "auditors"
	OpeningsPublic   = "public"
)

var idPattern = regexp.MustCompile(`^[a-z0-9-]{1,36}$`)

// ParseDefinition reads and checks a definition document.
func ParseDefinition(raw []byte) (*Definition, error) {
	var d Definition
	if err := json.Unmarshal(raw, &d); err != nil {
		return nil, fmt.Errorf("parse definition: %w", err)
	}
	return &d, d.Check()
}

// Encode gives the canonical bytes (JCS) and their digest, the
// consultationDigest that every Tally of the consultation names.
func (d *Definition) Encode() (raw []byte, digest string, err error) {
	raw, err = json.Marshal(d)
	if err != nil {
		return nil, "", fmt.Errorf("encode definition: %w", err)
	}
	if raw, err = proof.Canonicalize(raw); err != nil {
		return nil, "", fmt.Errorf("encode definition: %w", err)
	}
	digest, err = proof.Digest(raw)
	return raw, digest, err
}

// Question finds a question by id.
func (d *Definition) Question(id string) (*DefinitionQuestion, bool) {
	i := slices.IndexFunc(d.Questions, func(q DefinitionQuestion) bool { return q.ID == id })
	if i < 0 {
		return nil, false
	}
	return &d.Questions[i], true
}

// HasOption reports whether id is an option of q.
func (q *DefinitionQuestion) HasOption(id string) bool {
	return slices.ContainsFunc(q.Options, func(o DefinitionOption) bool { return o.ID == id })
}

// IsOfficial reports whether level l counts officially.
func (d *Definition) IsOfficial(l eligibility.Level) bool { return slices.Contains(d.Official, l) }

// Check reports the first rule the definition breaks.
func (d *Definition) Check() error {
	switch {
	case d.V != 1:
		return fmt.Errorf("definition: version %d is not 1", d.V)
	case d.Root == "":
		return fmt.Errorf("definition: root is missing")
	case d.K < 10:
		return fmt.Errorf("definition: k is %d, at least 10 is needed", d.K)
	case len(d.Questions) == 0 || len(d.Questions) > 50:
		return fmt.Errorf("definition: %d questions, 1 to 50 are allowed", len(d.Questions))
	case d.Results != ResultsAfterClose && d.Results != ResultsInterim && d.Results != ResultsLive:
		return fmt.Errorf("definition: results %q is unknown", d.Results)
	case d.Openings != OpeningsAuditors && d.Openings != OpeningsPublic:
		return fmt.Errorf("definition: openings %q is unknown", d.Openings)
	}
	if err := d.checkLevels(); err != nil {
		return err
	}
	seen, statements := map[string]bool{}, 0
	for _, q := range d.Questions {
		if q.Kind == KindStatements {
			statements++
		}
		if statements > 1 {
			return fmt.Errorf("definition: more than one question of kind statements")
		}
		if !idPattern.MatchString(q.ID) || seen[q.ID] {
			return fmt.Errorf("definition: question id %q is malformed or repeated", q.ID)
		}
		seen[q.ID] = true
		if err := q.check(); err != nil {
			return err
		}
	}
	return nil
}

func (d *Definition) checkLevels() error {
	for i, l := range d.Levels {
		if !l.Valid() || slices.Contains(d.Levels[:i], l) {
			return fmt.Errorf("definition: level %q is unknown or repeated", l)
		}
	}
	for i, l := range d.Official {
		if !slices.Contains(d.Levels, l) || l.Signal() || slices.Contains(d.Official[:i], l) {
			return fmt.Errorf("definition: level %q cannot be official", l)
		}
	}
	return nil
}

func (q *DefinitionQuestion) check() error {
	if !slices.Contains([]string{KindSingle, KindApproval, KindScore, KindStatements}, q.Kind) {
		return fmt.Errorf("definition: question %s has unknown kind %q", q.ID, q.Kind)
	}
	if len(q.Options) > 60 || len(q.Options) < 2 {
		return fmt.Errorf("definition: question %s has %d options, 2 to 60 are allowed", q.ID, len(q.Options))
	}
	if q.Min < 0 || q.Max < 1 || q.Min > q.Max || q.Kind == KindSingle && q.Max != 1 {
		return fmt.Errorf("definition: question %s has bounds %d to %d", q.ID, q.Min, q.Max)
	}
	seen := map[string]bool{}
	for _, o := range q.Options {
		if !idPattern.MatchString(o.ID) || seen[o.ID] {
			return fmt.Errorf("definition: option id %q of question %s is malformed or repeated", o.ID, q.ID)
		}
		seen[o.ID] = true
	}
	if q.Kind == KindStatements && !q.threeAnswers() {
		return fmt.Errorf("definition: statements of question %s need the answers %v", q.ID, StatementOptions)
	}
	return nil
}

func (q *DefinitionQuestion) threeAnswers() bool {
	return len(q.Options) == len(StatementOptions) && q.Min == 1 && q.Max == 1 &&
		!slices.ContainsFunc(StatementOptions, func(id string) bool { return !q.HasOption(id) })
}
