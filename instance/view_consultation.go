// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
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
	Asked    []consensus.DefinitionQuestion // what can be voted on: polls, then one per visible statement
	Talk     *ConversationPage              // nil if the consultation has no conversation over statements
	Own      map[string]OwnBallot           // standing ballots of the voter on what is asked, by id
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
		return v.ask(tx, con, page, voter)
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
