// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"encoding/json"
	"fmt"
	"time"
)

// RosterHeader holds what a new Roster says beside its members. ID, if empty, is
// derived from Context and Revision.
type RosterHeader struct {
	ID                 string
	AttributedTo       string // the convener's instance actor
	Context            string
	Revision           int64 // NextRevision
	Previous           *Ref
	ConsultationDigest string
	RollDate           string
	AreaScheme         string
	WitnessQuorum      int
	Auditors           []Auditor
	Quorum             Quorum
	Deadlines          Deadlines
}

type rosterWire struct {
	AtContext          json.RawMessage `json:"@context"`
	Type               string          `json:"type"`
	ID                 string          `json:"id"`
	AttributedTo       string          `json:"attributedTo"`
	To                 []string        `json:"to"`
	Context            string          `json:"context"`
	Revision           int64           `json:"revision"`
	Previous           *Ref            `json:"previous"`
	ConsultationDigest string          `json:"consultationDigest"`
	RollDate           string          `json:"rollDate"`
	AreaScheme         string          `json:"areaScheme"`
	Members            []memberWire    `json:"members"`
	WitnessQuorum      int             `json:"witnessQuorum"`
	Auditors           []Auditor       `json:"auditors"`
	Quorum             Quorum          `json:"quorum"`
	Deadlines          Deadlines       `json:"deadlines"`
}

type memberWire struct {
	Member
	Parent *string `json:"parent"`
	Reason *string `json:"reason"`
}

// NewRoster writes an unsigned Roster and checks it as ParseRoster would. The
// proof (proof.Sign) does not change its digest.
func NewRoster(h RosterHeader, members []Member) ([]byte, error) {
	if h.ID == "" {
		h.ID = RosterID(h.Context, h.Revision)
	}
	w := &rosterWire{
		AtContext: json.RawMessage(Context), Type: "Roster", ID: h.ID, AttributedTo: h.AttributedTo,
		To: []string{Public}, Context: h.Context, Revision: h.Revision, Previous: h.Previous,
		ConsultationDigest: h.ConsultationDigest, RollDate: h.RollDate, AreaScheme: h.AreaScheme,
		Members: make([]memberWire, len(members)), WitnessQuorum: h.WitnessQuorum, Auditors: nonNil(h.Auditors), Quorum: h.Quorum,
		Deadlines: Deadlines{seconds(h.Deadlines.ClosesAt), seconds(h.Deadlines.TallyBy), seconds(h.Deadlines.ObjectionUntil)},
	}
	for i, m := range members {
		w.Members[i] = m.wire()
	}
	raw, err := canonical(w)
	if err != nil {
		return nil, fmt.Errorf("write roster: %w", err)
	}
	if _, err := ParseRoster(raw); err != nil {
		return nil, fmt.Errorf("write roster: %w", err)
	}
	return raw, nil
}

func (m Member) wire() memberWire {
	m.Since = seconds(m.Since)
	m.Keys.Tally, m.Keys.Log, m.Keys.Witness = nonNil(m.Keys.Tally), nonNil(m.Keys.Log), nonNil(m.Keys.Witness)
	m.Keys.Retired, m.Distrust, m.Witnesses = nonNil(m.Keys.Retired), nonNil(m.Distrust), nonNil(m.Witnesses)
	cutoffs := make(map[string]time.Time, len(m.Cutoffs))
	for l, t := range m.Cutoffs {
		cutoffs[l] = seconds(t)
	}
	m.Cutoffs = cutoffs
	return memberWire{m, optional(m.Parent), optional(m.Reason)}
}
