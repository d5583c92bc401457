// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"polder/activitypub"
	"polder/consensus/tally"
	"polder/instance/store"
)

// publishAggregates adds up what came in: a hub its members, the convener
// everyone. The total is a function of the set of tallies and the Roster, so it
// does not matter in which order, or how often, they arrived.
func (s *Service) publishAggregates(ctx context.Context) error {
	list, err := s.Consultations(ctx, false)
	if err != nil {
		return err
	}
	for _, con := range list {
		if !con.Hub || con.Definition == nil {
			continue
		}
		due, err := s.aggregateDue(ctx, con)
		if err != nil {
			return err
		}
		if due {
			if err := s.publishAggregate(ctx, con); err != nil {
				return err
			}
		}
	}
	return nil
}

// aggregateDue is true once something new has waited for the debounce, or when
// the status may have changed by the passing of time.
func (s *Service) aggregateDue(ctx context.Context, con *store.Consultation) (bool, error) {
	due := false
	err := s.store.View(ctx, func(tx *store.Tx) error {
		a, err := tx.Aggregating.Get(con.ID)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		now := s.now()
		waited := !a.DirtySince.IsZero() && now.Sub(a.DirtySince) >= s.opt.Timing.Debounce
		closed := !now.Before(con.ClosesAt) && a.Status == tally.StatusInterim
		final := !now.Before(con.ObjectionUntil.Add(s.slack())) && a.Status == tally.StatusProvisional
		due = waited || a.Revision > 0 && (closed || final)
		return nil
	})
	return due, err
}

// Joint is everything known of a joint consultation here: the Roster, the
// total and, for the convener, the exact counts it holds.
type Joint struct {
	Roster    *tally.Roster
	Result    *tally.Result
	Status    string
	Aggregate *tally.Doc // newest published one; nil before the first
	set       []*tally.Doc
	sealed    []*tally.Doc
}

// JointResult computes the total of a consultation as this instance sees it.
func (s *Service) JointResult(ctx context.Context, con *store.Consultation) (*Joint, error) {
	var j *Joint
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		j, err = s.jointIn(tx, con)
		return err
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("total of %s: %w", con.Slug, err))
	}
	return j, nil
}

func (s *Service) jointIn(tx *store.Tx, con *store.Consultation) (*Joint, error) {
	roster, err := latestRosterIn(tx, con.Root)
	if err != nil {
		return nil, err
	}
	j := &Joint{Roster: roster}
	if j.set, j.sealed, err = s.tallySet(tx, con.Root); err != nil {
		return nil, err
	}
	a, err := tx.Aggregating.Get(con.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	if a.Digest != "" {
		rec, err := tx.Signed.Get(a.Digest)
		if err != nil {
			return nil, err
		}
		if j.Aggregate, err = s.parseTally(rec); err != nil {
			return nil, err
		}
	}
	s.total(j, con)
	return j, nil
}

// total computes result and status. Sealed counts enter only at final, and only
// at the convener (spec: aggregation.md 9.5).
func (s *Service) total(j *Joint, con *store.Consultation) {
	parent := ""
	if !con.Convener {
		parent = s.Actor()
	}
	j.Result = tally.Total(j.set, nil, j.Roster, con.Definition, parent)
	previous := ""
	if j.Aggregate != nil {
		previous = j.Aggregate.Status
	}
	j.Status = tally.AggregateStatus(j.Result, j.Roster, s.now(), previous)
	if j.Status == tally.StatusFinal && s.awaitsFinals(j) {
		j.Status = tally.StatusProvisional
	}
	if !con.Convener || j.Status != tally.StatusFinal && j.Status != tally.StatusCorrected {
		return
	}
	var prior *tally.SealedSum
	if j.Aggregate != nil && j.Aggregate.Final() {
		prior = j.Aggregate.SealedSum
	}
	j.Result = tally.CorrectedTotal(prior, j.set, j.sealed, j.Roster, con.Definition, parent)
}

// awaitsFinals is true for a moment after the objection time: the members sign
// their final tallies then, and a total that does not wait for them would have
// to be corrected at once.
func (s *Service) awaitsFinals(j *Joint) bool {
	c := j.Result.Coverage
	return c.Final < c.Expected && s.now().Before(j.Roster.Deadlines.ObjectionUntil.Add(s.slack()))
}

// slack is the time that messages are given to arrive.
func (s *Service) slack() time.Duration { return s.opt.Timing.MergeDelay + s.opt.Timing.Grace }

// publishAggregate signs and sends the total if it changed.
func (s *Service) publishAggregate(ctx context.Context, con *store.Consultation) error {
	if !s.guard.passed() {
		return nil
	}
	var j *Joint
	var a store.Aggregating
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if a, err = tx.Aggregating.Get(con.ID); err != nil {
			return err
		}
		j, err = s.jointIn(tx, con)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil // no Roster yet
	}
	if err != nil {
		return fmt.Errorf("add up %s: %w", con.Slug, err)
	}
	status := j.Status
	inputs := inputsFingerprint(j, status)
	settled := a.Status == tally.StatusFinal || a.Status == tally.StatusCorrected
	if a.Inputs == inputs || settled && sameInputs(a.Inputs, inputs) {
		return s.clearAggregate(ctx, con.ID, a)
	}
	doc, err := s.signAggregate(con, j, a, status)
	if err != nil {
		return err
	}
	s.meet(ctx, con.ConvenerActor, con.ParentActor)
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.Aggregating.Get(con.ID)
		if err != nil || now.Digest != a.Digest {
			return err
		}
		if now.DirtySince.Equal(a.DirtySince) {
			now.DirtySince = zeroTime
		}
		now.Inputs, now.Revision, now.Digest, now.Status = inputs, doc.Revision, doc.Digest, status
		if err := tx.Signed.Put(doc.Digest, signedTally(doc, s.now().UTC(), true)); err != nil {
			return err
		}
		return errors.Join(tx.Aggregating.Put(con.ID, now), s.sendAggregate(tx, con, doc), s.announceInputs(tx, con, doc, a))
	})
	if err != nil {
		return fmt.Errorf("publish total of %s: %w", con.Slug, err)
	}
	return nil
}

func (s *Service) clearAggregate(ctx context.Context, consultation string, seen store.Aggregating) error {
	if seen.DirtySince.IsZero() {
		return nil
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.Aggregating.Get(consultation)
		if err != nil || !now.DirtySince.Equal(seen.DirtySince) {
			return err
		}
		now.DirtySince = zeroTime
		return tx.Aggregating.Put(consultation, now)
	})
}

// inputsFingerprint is equal while a new aggregate would say the same.
func inputsFingerprint(j *Joint, status string) string {
	var b strings.Builder
	b.WriteString(status)
	b.WriteString("|" + j.Roster.Digest)
	for _, in := range j.Result.Inputs {
		fmt.Fprintf(&b, " %s%s", in.Digest, sealedMark(in.Sealed))
	}
	for _, n := range j.Result.NotCounted {
		fmt.Fprintf(&b, " -%s:%s", n.Area, n.Why)
	}
	return b.String()
}

func sealedMark(sealed bool) string {
	if sealed {
		return "+"
	}
	return ""
}

// sameInputs compares two fingerprints without their status.
func sameInputs(a, b string) bool {
	_, a, _ = strings.Cut(a, "|")
	_, b, _ = strings.Cut(b, "|")
	return a == b
}

func (s *Service) signAggregate(con *store.Consultation, j *Joint, a store.Aggregating, status string) (*tally.Doc, error) {
	h := s.tallyHeader(con, a.Revision, a.Digest, status)
	unsigned, err := tally.NewAggregate(h, j.Result)
	if err != nil {
		return nil, fmt.Errorf("total of %s: %w", con.Slug, err)
	}
	doc, err := s.signAndParse(unsigned)
	if err != nil {
		return nil, err
	}
	if fails, _ := doc.Validate(con.Definition, nil); len(fails) > 0 {
		return nil, fmt.Errorf("own total of %s: %w", con.Slug, fails[0])
	}
	return doc, nil
}

// sendAggregate sends the total to the convener, to our own parent and to
// capable followers.
func (s *Service) sendAggregate(tx *store.Tx, con *store.Consultation, doc *tally.Doc) error {
	inboxes, err := followerInboxes(tx, s.Consultation(con.Slug), capableFollower(tx))
	if err != nil {
		return err
	}
	for _, actor := range []string{con.ConvenerActor, con.ParentActor} {
		if inbox := s.knownInbox(tx, actor); inbox != "" {
			inboxes = append(inboxes, inbox)
		}
	}
	return s.sendSigned(tx, doc.Raw, []string{publicID}, inboxes)
}

// announceInputs tells capable followers which tallies were accepted, so that
// two branches of a fork meet somewhere (spec: aggregation.md 7.2).
func (s *Service) announceInputs(tx *store.Tx, con *store.Consultation, doc *tally.Doc, before store.Aggregating) error {
	inboxes, err := followerInboxes(tx, s.Consultation(con.Slug), capableFollower(tx))
	if err != nil {
		return err
	}
	for _, in := range doc.Inputs {
		if strings.Contains(before.Inputs, in.Digest) || s.Owns(in.ID) {
			continue
		}
		announce := activitypub.Activity{Context: activitypub.ObjectContext, ID: s.NewActivity(),
			Type: activitypub.TypeAnnounce, Actor: s.Actor(), Published: activitypub.At(s.now()),
			To: []string{publicID}, Object: activitypub.Link(in.ID)}
		out := send{actor: s.Actor(), activity: announce, inboxes: inboxes, replaces: "announce " + con.Root + " " + in.Area}
		if err := s.publish(tx, out); err != nil {
			return err
		}
	}
	return nil
}

// knownInbox is the inbox of an actor if it is remote and known, else "".
func (s *Service) knownInbox(tx *store.Tx, actor string) string {
	if actor == "" || s.Owns(actor) {
		return ""
	}
	inbox, err := inboxOf(tx, actor)
	if err != nil {
		return "" // it was never reached; it will pull
	}
	return inbox
}

// ConvenerTotals are the exact counts that the convener holds, the sealed ones
// included: per question, option and level. They are for checks inside the
// office and are on no page.
func (s *Service) ConvenerTotals(ctx context.Context, con *store.Consultation) (*tally.FullResult, error) {
	if !con.Convener {
		return nil, refuse(CodeForbidden, "error.forbidden", nil)
	}
	j, err := s.JointResult(ctx, con)
	if err != nil {
		return nil, err
	}
	return tally.FullTotals(j.set, j.sealed, j.Roster, con.Definition), nil
}
