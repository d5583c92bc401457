// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"polder/activitypub/proof"
	"polder/consensus"
)

// Header holds what a new Tally says about itself beside its counts. ID, if
// empty, is derived from Consultation, Epoch and Revision. Times are written as
// UTC seconds. Convener is the actor a sealed companion is addressed to; Nonce
// makes its digest impossible to guess, so it must be 16 random bytes.
type Header struct {
	ID                 string
	AttributedTo       string // the instance actor that will sign
	CC                 []string
	Context            string // the convener's consultation
	Consultation       string // the own consultation
	ConsultationDigest string
	Area               string
	AreaScheme         string
	Epoch              int64
	Revision           int64 // NextRevision
	Previous           *Ref
	Status             string
	Corrects           *Ref
	Reason             string
	Start, End         time.Time
	Published          time.Time
	Log                []LogRef
	Register           *RegisterRef
	Software           string
	Convener           string
	Nonce              [16]byte
	InterimDue         bool // for interim results: may rounded counts be shown
}

// directWire fixes the shape of a written direct or sealed Tally: what a Doc may
// lack on the way in is explicit on the way out.
type directWire struct {
	AtContext          json.RawMessage `json:"@context"`
	Type               string          `json:"type"`
	Kind               string          `json:"kind"`
	ID                 string          `json:"id"`
	AttributedTo       string          `json:"attributedTo"`
	To                 []string        `json:"to"`
	CC                 []string        `json:"cc,omitempty"`
	Context            string          `json:"context"`
	Consultation       string          `json:"consultation"`
	ConsultationDigest string          `json:"consultationDigest"`
	Area               string          `json:"area"`
	AreaScheme         string          `json:"areaScheme"`
	Epoch              int64           `json:"epoch"`
	Revision           int64           `json:"revision"`
	Previous           *Ref            `json:"previous"`
	Status             string          `json:"status"`
	Corrects           *Ref            `json:"corrects"`
	Reason             *string         `json:"reason"`
	Period             Period          `json:"period"`
	Published          time.Time       `json:"published"`
	Log                []LogRef        `json:"log"`
	Register           *RegisterRef    `json:"register"`
	Questions          []Question      `json:"questions,omitempty"`
	Turnout            *Turnout        `json:"turnout,omitempty"`
	Excluded           *Excluded       `json:"excluded,omitempty"`
	Withheld           bool            `json:"withheld"`
	Sealed             *string         `json:"sealed"`
	Nonce              *string         `json:"nonce"`
	Policy             Policy          `json:"policy"`
	Software           string          `json:"software"`
}

// NewDirect writes the unsigned Tally of one place from its exact counts,
// applying Suppress. From `provisional` on, if anything is merged, hidden or
// withheld, it also writes the sealed companion with the full counts, and the
// tally names its digest; else sealed is nil. Both still need their proof
// (proof.Sign); the digests do not change by it. A withdrawn tally has no counts.
func NewDirect(h Header, c *Counts, def *consensus.Definition) (direct, sealed []byte, err error) {
	if err := c.matches(def); err != nil {
		return nil, nil, fmt.Errorf("write tally: %w", err)
	}
	answers := AnswersFor(h.Status, def, h.InterimDue)
	p := Suppress(c, def, answers)
	d := h.wire(KindDirect, def)
	if h.Status != StatusWithdrawn {
		d.Turnout, d.Excluded, d.Withheld = c.turnout(p.Turnout), c.excluded(), p.Withheld
		if !p.Withheld {
			d.Questions = c.questions(p.Questions, def, answers)
		}
		if h.Status != StatusInterim && !p.Complete() {
			var digest string
			if sealed, digest, err = h.sealed(c, def); err != nil {
				return nil, nil, fmt.Errorf("write sealed tally: %w", err)
			}
			d.Sealed = &digest
		}
	}
	if direct, err = canonical(d); err != nil {
		return nil, nil, fmt.Errorf("write tally: %w", err)
	}
	return direct, sealed, nil
}

func (c *Counts) matches(def *consensus.Definition) error {
	for _, q := range c.Questions {
		dq, ok := def.Question(q.ID)
		if !ok || !counted(dq) {
			return fmt.Errorf("counts of unknown question %q", q.ID)
		}
		for l := range q.Levels {
			if levelMask(l)&definedMask(def) == 0 {
				return fmt.Errorf("counts of unknown level %q", l)
			}
		}
	}
	return nil
}

func (h Header) wire(kind string, def *consensus.Definition) *directWire {
	if h.ID == "" {
		h.ID = ID(h.Consultation, h.Epoch, h.Revision)
	}
	return &directWire{
		AtContext: json.RawMessage(Context), Type: "Tally", Kind: kind, ID: h.ID, AttributedTo: h.AttributedTo,
		To: []string{Public}, CC: h.CC, Context: h.Context, Consultation: h.Consultation,
		ConsultationDigest: h.ConsultationDigest, Area: h.Area, AreaScheme: h.AreaScheme,
		Epoch: h.Epoch, Revision: h.Revision, Previous: h.Previous, Status: h.Status,
		Corrects: h.Corrects, Reason: optional(h.Reason),
		Period: Period{seconds(h.Start), seconds(h.End)}, Published: seconds(h.Published),
		Log: nonNil(h.Log), Register: h.Register, Policy: Policy{int64(def.K)}, Software: h.Software,
	}
}

// sealed writes the companion: same revision, all levels on their own, outside
// the chain, for the convener's eyes.
func (h Header) sealed(c *Counts, def *consensus.Definition) ([]byte, string, error) {
	s := h.wire(KindSealed, def)
	nonce := base64.RawURLEncoding.EncodeToString(h.Nonce[:])
	s.ID, s.To, s.CC, s.Previous, s.Nonce = SealedID(s.ID), []string{h.Convener}, nil, nil, &nonce
	all := make([]Grouping, len(c.Questions))
	for i := range all {
		all[i] = everyLevel(def)
	}
	s.Questions, s.Turnout, s.Excluded = c.questions(all, def, AnswersAll), c.turnout(everyLevel(def)), c.excluded()
	raw, err := canonical(s)
	if err != nil {
		return nil, "", err
	}
	digest, err := proof.Digest(raw)
	return raw, digest, err
}

func everyLevel(def *consensus.Definition) Grouping {
	var sets []mask
	for _, l := range def.Levels {
		sets = append(sets, levelMask(l))
	}
	byWeakest(sets)
	return Grouping{Groups: groupsOf(sets), Hidden: []Group{}}
}

func (c *Counts) questions(groups []Grouping, def *consensus.Definition, answers Answers) []Question {
	out := make([]Question, 0, len(c.Questions))
	for i := range c.Questions {
		dq, _ := def.Question(c.Questions[i].ID)
		q := c.Questions[i].question(dq, groups[i], answers)
		if answers == AnswersRounded {
			q.round()
		}
		out = append(out, q)
	}
	return out
}

func (q *Question) round() {
	for key, n := range q.Blank {
		q.Blank[key] = roundTo5(n)
	}
	for _, o := range q.Options {
		for key, n := range o.N {
			o.N[key] = roundTo5(n)
		}
		for key, s := range o.Scores {
			for i := range s {
				s[i] = roundTo5(s[i])
			}
			o.Scores[key] = s
		}
	}
}

func (c *Counts) turnout(g Grouping) *Turnout {
	accepted := map[string]int64{}
	per := c.Accepted()
	for _, set := range g.Groups {
		accepted[set.Key()] = 0
		for _, l := range set {
			accepted[set.Key()] += per[l]
		}
	}
	return &Turnout{Eligible: byName(c.Eligible), Issued: byName(c.Issued), Accepted: accepted, Groups: g.Groups, Hidden: g.Hidden}
}

func (c *Counts) excluded() *Excluded {
	void := c.Void
	if void == nil {
		void = map[string]int64{}
	}
	return &Excluded{Void: void, Superseded: c.Superseded, Erased: c.Erased}
}

// canonical writes v as JCS and refuses what receivers would refuse for size.
func canonical(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if raw, err = proof.Canonicalize(raw); err != nil {
		return nil, err
	}
	if len(raw) > MaxBytes-maxProofBytes {
		return nil, fmt.Errorf("%d bytes leave no room for a proof in %d", len(raw), MaxBytes)
	}
	return raw, nil
}

// maxProofBytes is generous room for the proof that is added later.
const maxProofBytes = 2 << 10

func seconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
