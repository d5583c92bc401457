// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"polder/consensus"
	"polder/consensus/tally"
	"polder/instance/store"
)

// Overview is the published total of a joint consultation with everything that
// explains it. All figures come from the newest aggregate and the tallies it
// names, so that they agree with what others can check. The value is shared:
// nobody may change it.
type Overview struct {
	Consultation *consensus.Consultation
	Aggregate    *tally.Doc    // nil before the first
	Roster       *tally.Roster // nil before the first
	Rows         []OverviewRow // every expected area, by name
	Coverage     tally.Coverage
	Newest       time.Time // newest input
}

// OverviewRow is one area of a total.
type OverviewRow struct {
	Area, Name string
	Province   string // "" unless the total covers several
	Base       string // address of the place's site
	Eligible   int64
	Reason     string       // of the Roster, if residents must be told
	Input      *tally.Input // nil if not counted
	Doc        *tally.Doc   // the counted tally; nil if not counted
	Why        string       // why not counted, "" if counted
	Disputed   bool         // two signed counts contradict each other
	LastSeen   time.Time    // last contact with its host
}

// Overview gives the total of one joint consultation of this hub or convener.
// It is computed once per aggregate and Roster.
func (v *Views) Overview(ctx context.Context, slug string) (*Overview, error) {
	var con *store.Consultation
	var key string
	err := v.s.store.View(ctx, func(tx *store.Tx) (err error) {
		con, key, err = v.overviewKey(tx, slug)
		return err
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("overview of %s: %w", clean(slug, 40), err))
	}
	if o, ok := v.overviews.get(key); ok {
		return o, nil
	}
	v.building.Lock()
	defer v.building.Unlock()
	if o, ok := v.overviews.get(key); ok {
		return o, nil
	}
	var o *Overview
	err = v.s.store.View(ctx, func(tx *store.Tx) (err error) {
		if con, key, err = v.overviewKey(tx, slug); err == nil {
			o, err = v.overview(tx, con)
		}
		return err
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("overview of %s: %w", con.Slug, err))
	}
	v.overviews.put(key, o)
	return o, nil
}

// overviewKey changes whenever the overview would.
func (v *Views) overviewKey(tx *store.Tx, slug string) (*store.Consultation, string, error) {
	con, err := v.find(tx, slug)
	if err != nil {
		return nil, "", err
	}
	if !con.Hub || con.Definition == nil {
		return nil, "", store.ErrNotFound
	}
	a, err := tx.Aggregating.Get(con.ID)
	if absent(err) != nil {
		return nil, "", err
	}
	return con, store.Key(con.ID, a.Digest, con.RosterSent, fmt.Sprint(con.Generation)), nil
}

func (v *Views) overview(tx *store.Tx, con *store.Consultation) (*Overview, error) {
	o := &Overview{Consultation: &con.Consultation}
	var err error
	if o.Roster, err = v.roster(tx, con); err != nil {
		return o, absent(err) // no Roster yet: nobody is expected
	}
	a, err := tx.Aggregating.Get(con.ID)
	if absent(err) != nil {
		return nil, err
	}
	if a.Digest != "" {
		if o.Aggregate, err = v.tally(tx, a.Digest); err != nil {
			return nil, err
		}
	}
	if err := v.fillRows(tx, con, o); err != nil {
		return nil, err
	}
	o.summarise()
	return o, nil
}

// fillRows makes a row of every expected area and of areas counted elsewhere.
func (v *Views) fillRows(tx *store.Tx, con *store.Consultation, o *Overview) error {
	parent := ""
	if !con.Convener {
		parent = v.s.Actor()
	}
	mine := map[string]bool{}
	for _, m := range o.Roster.Leaves(parent) {
		mine[m.Area] = true
	}
	disputed, err := v.disputed(tx, con)
	if err != nil {
		return err
	}
	for _, m := range o.Roster.Leaves("") {
		row, err := v.row(tx, o.Aggregate, m)
		if err != nil {
			return err
		}
		if m.Status == tally.MemberInvited || !mine[m.Area] && row.Why != tally.WhyAssignedElsewhere {
			continue
		}
		row.Disputed = disputed[m.Area]
		if v.s.opt.Level == "nation" {
			row.Province = v.provinceOf(m.Area)
		}
		o.Rows = append(o.Rows, row)
	}
	slices.SortFunc(o.Rows, func(a, b OverviewRow) int {
		return compareStrings(strings.TrimLeft(a.Name, "'"), strings.TrimLeft(b.Name, "'"))
	})
	return nil
}

func (v *Views) row(tx *store.Tx, aggregate *tally.Doc, m *tally.Member) (OverviewRow, error) {
	row := OverviewRow{Area: m.Area, Name: v.areaName(m.Area), Base: baseOf(m.Actor), Eligible: m.Eligible,
		Reason: m.Reason, Why: tally.WhyNoReport}
	if p, err := tx.Peers.Get(hostName(hostOf(m.Actor))); err == nil {
		row.LastSeen = p.LastSeen
	}
	if aggregate == nil {
		return row, nil
	}
	for i := range aggregate.Inputs {
		if in := &aggregate.Inputs[i]; in.Area == m.Area {
			doc, err := v.tally(tx, in.Digest)
			row.Input, row.Doc, row.Why = in, doc, ""
			return row, err
		}
	}
	for _, n := range aggregate.NotCounted {
		if n.Area == m.Area {
			row.Why = n.Why
		}
	}
	return row, nil
}

// disputed names the areas with a fork, as all tallies received so far show
// it. An area may be counted with its value before the fork and still be one.
func (v *Views) disputed(tx *store.Tx, con *store.Consultation) (map[string]bool, error) {
	j, err := v.s.jointIn(tx, con)
	if err != nil {
		return nil, err
	}
	list := map[string]bool{}
	for _, row := range j.Result.Rows {
		if row.Disputed {
			list[row.Area] = true
		}
	}
	return list, nil
}

// summarise fills coverage and the newest input from the rows, so that they
// agree with the newest Roster too when the aggregate was made with the one
// before it.
func (o *Overview) summarise() {
	c := &o.Coverage
	for _, row := range o.Rows {
		if row.Why == tally.WhyAssignedElsewhere {
			continue
		}
		c.Expected++
		c.Eligible += row.Eligible
		if row.Doc == nil {
			continue
		}
		c.Reported++
		c.EligibleReported += row.Eligible
		if row.Doc.Final() {
			c.Final++
		}
		if row.Doc.Published.After(o.Newest) {
			o.Newest = row.Doc.Published
		}
	}
}
