// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// AggregateStatus gives the status of an aggregate (aggregation.md 7.1): interim
// while open, provisional after closing, final when every expected area's own
// tally is, or after objectionUntil if the Roster's quorum holds; corrected once
// an aggregate was final before. previous is the status of the last aggregate
// published, "" for none. The result may come from Total without sealed tallies.
func AggregateStatus(res *Result, r *Roster, now time.Time, previous string) string {
	switch {
	case previous == StatusFinal || previous == StatusCorrected:
		return StatusCorrected
	case now.Before(r.Deadlines.ClosesAt):
		return StatusInterim
	case res.allFinal() || now.After(r.Deadlines.ObjectionUntil) && res.quorum(r.Quorum):
		return StatusFinal
	}
	return StatusProvisional
}

// allFinal reports whether every expected area that can still report has given
// its last word; excluded ones have nothing more to say.
func (r *Result) allFinal() bool {
	final := 0
	for i := range r.Rows {
		row := &r.Rows[i]
		switch {
		case !row.Expected || row.Why == WhyExcluded:
		case row.Doc != nil && row.Doc.Final():
			final++
		default:
			return false
		}
	}
	return final > 0
}

// quorum counts areas that closed their count. A hub needs no more members than
// it has.
func (r *Result) quorum(q Quorum) bool {
	var members, eligible int64
	for i := range r.Rows {
		row := &r.Rows[i]
		if row.Expected && row.Doc != nil && (row.Counted() || row.Why == WhyWithheld) && row.Status != StatusInterim {
			members++
			eligible += row.Eligible
		}
	}
	needed := min(q.Members, r.Coverage.Expected)
	return members > 0 && members >= needed && eligible*1000 >= q.EligiblePermille*r.Coverage.Eligible
}

type aggregateWire struct {
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
	Covers             []string        `json:"covers"`
	Inputs             []Input         `json:"inputs"`
	NotCounted         []NotCounted    `json:"notCounted"`
	SealedSum          *SealedSum      `json:"sealedSum"`
	Roster             Ref             `json:"roster"`
	Coverage           Coverage        `json:"coverage"`
	Questions          []Question      `json:"questions"`
	Turnout            Turnout         `json:"turnout"`
	Withheld           bool            `json:"withheld"`
	Software           string          `json:"software"`
}

var errEarlySealed = errors.New("hidden counts may be summed in a final aggregate only")

// NewAggregate writes the unsigned aggregate Tally of a result. CC, Log, Convener
// and Nonce of the header are not needed. It refuses a sealed sum before final.
func NewAggregate(h Header, res *Result) ([]byte, error) {
	if res.SealedSum != nil && h.Status != StatusFinal && h.Status != StatusCorrected {
		return nil, fmt.Errorf("write aggregate: %w", errEarlySealed)
	}
	if h.ID == "" {
		h.ID = ID(h.Consultation, h.Epoch, h.Revision)
	}
	raw, err := canonical(&aggregateWire{
		AtContext: json.RawMessage(Context), Type: "Tally", Kind: KindAggregate, ID: h.ID, AttributedTo: h.AttributedTo,
		To: []string{Public}, CC: h.CC, Context: h.Context, Consultation: h.Consultation,
		ConsultationDigest: h.ConsultationDigest, Area: h.Area, AreaScheme: h.AreaScheme,
		Epoch: h.Epoch, Revision: h.Revision, Previous: h.Previous, Status: h.Status, Corrects: h.Corrects,
		Reason: optional(h.Reason), Period: Period{seconds(h.Start), seconds(h.End)}, Published: seconds(h.Published),
		Log: nonNil(h.Log), Register: h.Register, Covers: res.Covers, Inputs: res.Inputs, NotCounted: res.NotCounted,
		SealedSum: res.SealedSum, Roster: res.Roster, Coverage: res.Coverage, Questions: res.Questions,
		Turnout: res.Turnout, Software: h.Software,
	})
	if err != nil {
		return nil, fmt.Errorf("write aggregate: %w", err)
	}
	return raw, nil
}
