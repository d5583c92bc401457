// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/consensus/tally"
	"polder/instance/store"
)

// ConsultationPage is what the pages of one consultation are drawn from.
// Consultation, Tally and their parts are shared: nobody may change them.
type ConsultationPage struct {
	*consensus.Consultation
	URL      string     // id of its Group, and address of its page
	Handle   string     // "@water@denkmee.example"
	Ready    bool       // false: casting answers 503 until the start-up guard has passed
	Eligible int64      // people on the roll of this area, 0 = unknown
	Tally    *tally.Doc // newest own direct tally; nil before the first
	Joint    *JointPlace
	Own      map[string]OwnBallot // standing ballots of the voter, by question
}

// JointPlace says with whom a consultation is held.
type JointPlace struct {
	Convener     string // its name
	ConvenerBase string // its address
	Total        string // address of the page with the total
	Places       int    // that take part, this one included if it does
	Mine         bool   // this instance is the convener
}

// OwnBallot is a standing ballot as its voter may see it.
type OwnBallot struct {
	Level   eligibility.Level
	Options []string // empty is blank
}

// Page reads one public consultation with the ballots of voter. A zero voter
// has none.
func (v *Views) Page(ctx context.Context, slug string, voter Voter) (*ConsultationPage, error) {
	page := &ConsultationPage{Ready: v.s.Ready()}
	err := v.s.store.View(ctx, func(tx *store.Tx) error {
		con, err := v.find(tx, slug)
		if err != nil {
			return err
		}
		page.Consultation = &con.Consultation
		page.URL, page.Handle = v.s.Consultation(con.Slug), "@"+slugName(con.Slug)+"@"+v.s.Host()
		if page.Tally, err = v.ownTally(tx, con); absent(err) != nil {
			return err
		}
		if con.Joint {
			if page.Joint, err = v.jointPlace(tx, con); err != nil {
				return err
			}
		}
		page.Own, err = v.own(tx, con, voter)
		return err
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("page of %s: %w", clean(slug, 40), err))
	}
	if page.Leaf {
		page.Eligible = v.residents(page.Area)
	}
	return page, nil
}

func (v *Views) residents(area string) int64 {
	a, err := v.s.opt.Areas.Get(area)
	if err != nil {
		return 0
	}
	return a.Residents
}

// own reads the standing ballots of a voter. Nobody but the holder of the
// cookie or code can ask: the identity is the key.
func (v *Views) own(tx *store.Tx, con *store.Consultation, voter Voter) (map[string]OwnBallot, error) {
	own := map[string]OwnBallot{}
	if voter.Identity == "" || con.Definition == nil || !con.Leaf {
		return own, nil
	}
	kc, err := v.s.consultationKey(con.ID)
	if err != nil {
		return own, nil // K_c is destroyed: no identity leads to a ballot any more
	}
	for _, q := range con.Definition.Questions {
		key := eligibility.NewVoterKey(kc, voter.Level, q.ID, voter.Identity)
		b, err := tx.Ballots.Get(store.Key(con.ID, q.ID, key.String()))
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		own[q.ID] = OwnBallot{Level: b.Level, Options: b.Options}
	}
	return own, nil
}

func (v *Views) jointPlace(tx *store.Tx, con *store.Consultation) (*JointPlace, error) {
	p := &JointPlace{Mine: con.Convener, Convener: v.s.opt.Name, ConvenerBase: v.s.Base, Total: con.Root + "/results"}
	if !con.Convener {
		p.ConvenerBase = baseOf(con.ConvenerActor)
		p.Convener = v.actorName(tx, con.ConvenerActor)
	}
	r, err := v.roster(tx, con)
	if absent(err) != nil || r == nil {
		return p, absent(err)
	}
	for _, m := range r.Leaves("") {
		if m.Status != tally.MemberInvited && m.Status != tally.MemberExpelled && m.Status != tally.MemberWithdrawn {
			p.Places++
		}
	}
	return p, nil
}
