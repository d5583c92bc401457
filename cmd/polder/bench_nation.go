// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"time"

	"polder/activitypub/proof"
	"polder/consensus"
	"polder/consensus/area"
	"polder/consensus/eligibility"
	"polder/consensus/tally"
)

const (
	nationActor  = "https://rijk.example/actor"
	nationVoting = "https://rijk.example/consultations/" + benchSlug
)

// benchNation is a nation whose municipalities have all signed a final tally of
// ten questions, three answers and three levels.
type benchNation struct {
	def    *consensus.Definition
	digest string
	closes time.Time
	roster *tally.Roster
	raws   [][]byte
}

func newBenchNation() (*benchNation, error) {
	areas, err := area.Embedded()
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC().Truncate(time.Second)
	draft := benchDraft(now.Add(-24 * time.Hour))
	n := &benchNation{def: &draft.Definition, closes: now.Add(-time.Hour)}
	n.def.V, n.def.Root, n.def.AreaScheme, n.def.Openings = 1, nationVoting, areas.Scheme, "auditors"
	if _, n.digest, err = n.def.Encode(); err != nil {
		return nil, err
	}
	var members []tally.Member
	for _, a := range areas.Municipalities() {
		m, raw, err := n.municipality(a)
		if err != nil {
			return nil, err
		}
		members, n.raws = append(members, m), append(n.raws, raw)
	}
	return n, n.setRoster(members)
}

// municipality is a member with its signed tally.
func (n *benchNation) municipality(a area.Area) (tally.Member, []byte, error) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return tally.Member{}, nil, err
	}
	base := "https://" + hostLabel(a.Code) + ".example"
	m := tally.Member{Area: a.Code, Role: tally.RoleLeaf, Actor: base + "/actor", Status: tally.MemberActive, Count: tally.CountLatest,
		Epoch: 1, Parent: nationActor, Keys: tally.MemberKeys{Tally: []string{proof.EncodeKey(public)}}, Eligible: a.Residents,
		Since: n.closes.AddDate(0, -1, 0)}
	h := tally.Header{AttributedTo: m.Actor, CC: []string{nationActor}, Context: nationVoting, Consultation: base + "/consultations/" + benchSlug,
		ConsultationDigest: n.digest, Area: a.Code, AreaScheme: n.def.AreaScheme, Epoch: 1, Revision: n.closes.UnixMilli() + 1,
		Status: tally.StatusFinal, Start: n.closes.AddDate(0, 0, -1), End: n.closes, Published: n.closes.Add(time.Minute),
		Software: "polder/" + version(), Convener: nationActor}
	rand.Read(h.Nonce[:])
	raw, _, err := tally.NewDirect(h, n.counts(a), n.def)
	if err != nil {
		return m, nil, err
	}
	raw, err = proof.Sign(raw, key, m.Actor+"#tally-1", h.Published)
	return m, raw, err
}

// counts is one resident in a hundred, spread over levels and answers.
func (n *benchNation) counts(a area.Area) *tally.Counts {
	c := tally.NewCounts(n.def)
	voters := a.Residents/100 + 30
	c.Eligible[eligibility.Code], c.Issued[eligibility.Code] = a.Residents, a.Residents
	for q := range n.def.Questions {
		for _, l := range n.def.Levels {
			s := c.Questions[q].Levels[l]
			s.Options["agree"], s.Options["disagree"], s.Options["pass"] = voters/2, voters/4, voters/8
			s.Ballots = voters/2 + voters/4 + voters/8
		}
	}
	return c
}

func (n *benchNation) setRoster(members []tally.Member) error {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	h := tally.RosterHeader{AttributedTo: nationActor, Context: nationVoting, Revision: n.closes.UnixMilli() - 1, ConsultationDigest: n.digest,
		RollDate: n.def.RollDate, AreaScheme: n.def.AreaScheme, Quorum: tally.Quorum{Members: 171, EligiblePermille: 700},
		Deadlines: tally.Deadlines{ClosesAt: n.closes, TallyBy: n.closes.AddDate(0, 0, 7), ObjectionUntil: n.closes.AddDate(0, 0, 14)}}
	raw, err := tally.NewRoster(h, members)
	if err != nil {
		return err
	}
	if raw, err = proof.Sign(raw, key, nationActor+"#tally-1", h.Deadlines.ClosesAt); err != nil {
		return err
	}
	if n.roster, err = tally.ParseRoster(raw); err != nil {
		return fmt.Errorf("read the Roster: %w", err)
	}
	n.roster.Key = proof.EncodeKey(public)
	return nil
}

// addUp makes the total from bytes: parse, verify each proof by the pinned key,
// validate and add.
func (n *benchNation) addUp() (*tally.Result, error) {
	set := make([]*tally.Doc, 0, len(n.raws))
	for _, raw := range n.raws {
		d, err := tally.Parse(raw)
		if err != nil {
			return nil, err
		}
		m, ok := n.roster.Member(d.Area)
		if !ok {
			return nil, fmt.Errorf("%s is not a member", d.Area)
		}
		if err := d.VerifyBy(m.PinnedKeys()...); err != nil {
			return nil, err
		}
		set = append(set, d)
	}
	return tally.Total(set, nil, n.roster, n.def, ""), nil
}
