// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/consensus/tally"
	"polder/instance/store"
)

// signedTally is the record of a parsed tally.
func signedTally(d *tally.Doc, at time.Time, own bool) store.Signed {
	return store.Signed{Raw: d.Raw, Digest: d.Digest, ID: d.ID, Type: "Tally", Kind: d.Kind, Context: d.Context,
		Area: d.Area, Epoch: d.Epoch, Revision: d.Revision, Key: d.Key, Own: own, Received: at}
}

// tallyDue decides whether a tally of con has to be published now, and with
// which status: interim after votes and at most every Interim, provisional and
// final when the count gets there (spec: aggregation.md 7.1).
func (s *Service) tallyDue(con *store.Consultation, c store.Counting) (status string, due bool) {
	if !con.Leaf || con.Definition == nil {
		return "", false
	}
	status = consensus.TallyStatus(con.State, con.Counting)
	switch {
	case status == consensus.TallyNone:
		return status, false
	case status == consensus.TallyInterim:
		return status, c.Dirty != c.Published && s.now().Sub(c.At) >= s.opt.Timing.Interim && con.State == consensus.StateOpen
	case c.Status == consensus.TallyCorrected:
		return status, false
	}
	return status, c.Status != status
}

// publishTally counts, signs and sends the tally of one consultation
// (spec: architecture.md 5.2). Counting and signing happen outside the write
// transaction; the transaction checks that nothing was published meanwhile.
func (s *Service) publishTally(ctx context.Context, con *store.Consultation, status string) error {
	if !s.guard.passed() {
		return nil
	}
	var counting store.Counting
	var counts *tally.Counts
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if counting, err = tx.Counting.Get(con.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		counts, err = s.count(tx, con)
		return err
	})
	if err != nil {
		return fmt.Errorf("count %s: %w", con.Slug, err)
	}
	direct, sealed, err := s.signTally(con, counting, counts, status)
	if err != nil {
		return err
	}
	s.meet(ctx, con.ConvenerActor, con.ParentActor)
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.Counting.Get(con.ID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if now.Digest != counting.Digest {
			return nil // somebody published first; the next tick looks again
		}
		now.Published, now.Revision, now.Digest = counting.Dirty, direct.Revision, direct.Digest
		now.Status, now.At = status, s.now().UTC()
		if s.interimDue(con, counting, status) {
			now.AnswersAt, now.AnswersDirty = s.now().UTC(), counting.Dirty
		}
		if counted := counting.Status == "" || counting.Status == tally.StatusInterim; counted && status != tally.StatusInterim {
			if err := s.sendResultNote(tx, con); err != nil {
				return err
			}
		}
		return errors.Join(tx.Counting.Put(con.ID, now), s.sendTally(tx, con, direct, sealed), s.updatePolls(tx, con))
	})
	if err != nil {
		return fmt.Errorf("publish tally of %s: %w", con.Slug, err)
	}
	s.poke()
	return nil
}

// meet makes sure that we know where other instances take messages; one that
// cannot be reached now will pull later.
func (s *Service) meet(ctx context.Context, actors ...string) {
	for _, actor := range actors {
		if actor == "" || s.Owns(actor) {
			continue
		}
		if _, err := s.RemoteActor(ctx, actor); err != nil {
			s.log.Info("instance not reached", "peer", hostOf(actor), "err", err)
		}
	}
}

// signTally builds and signs the direct tally and, if counts are hidden, its
// sealed companion.
func (s *Service) signTally(con *store.Consultation, c store.Counting, counts *tally.Counts, status string) (direct, sealed *tally.Doc, err error) {
	h := s.tallyHeader(con, c.Revision, c.Digest, status)
	rand.Read(h.Nonce[:])
	h.InterimDue = s.interimDue(con, c, status)
	open, closed, err := tally.NewDirect(h, counts, con.Definition)
	if err != nil {
		return nil, nil, err
	}
	if direct, err = s.signAndParse(open); err != nil {
		return nil, nil, err
	}
	if fails, _ := direct.Validate(con.Definition, nil); len(fails) > 0 {
		return nil, nil, fmt.Errorf("own tally of %s: %w", con.Slug, fails[0])
	}
	if closed != nil {
		sealed, err = s.signAndParse(closed)
	}
	return direct, sealed, err
}

// interimDue tells whether an interim tally may show rounded answers now.
func (s *Service) interimDue(con *store.Consultation, c store.Counting, status string) bool {
	return status == tally.StatusInterim && con.Definition.Results == consensus.ResultsInterim &&
		tally.InterimDue(c.AnswersAt, c.Dirty-c.AnswersDirty, con.Definition.K, s.now(), con.ClosesAt)
}

func (s *Service) signAndParse(unsigned []byte) (*tally.Doc, error) {
	raw, err := s.sign(unsigned)
	if err != nil {
		return nil, err
	}
	d, err := tally.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("own tally: %w", err)
	}
	d.Key = s.keys.TallyMultikey()
	return d, nil
}

func (s *Service) tallyHeader(con *store.Consultation, revision int64, digest, status string) tally.Header {
	h := tally.Header{
		AttributedTo: s.Actor(), Context: con.Root, Consultation: s.Consultation(con.Slug),
		ConsultationDigest: con.DefinitionDigest, Area: s.opt.Area, AreaScheme: areaScheme,
		Epoch: max(con.Epoch, 1), Revision: tally.NextRevision(revision, s.now().UnixMilli()), Status: status,
		Start: con.OpensAt, End: con.ClosesAt, Published: s.now(),
		Software: "polder/" + s.opt.Version, Convener: con.ConvenerActor,
	}
	if digest != "" {
		h.Previous = &tally.Ref{Revision: revision, Digest: digest}
	}
	if con.ConvenerActor != s.Actor() {
		h.CC = []string{con.ConvenerActor}
	}
	return h
}

// count gives the exact counts of one consultation here. They are kept with
// every vote; Recount proves them against the ballots.
func (s *Service) count(tx *store.Tx, con *store.Consultation) (*tally.Counts, error) {
	counts := tally.NewCounts(con.Definition)
	for i := range counts.Questions {
		q := &counts.Questions[i]
		kept, err := tx.Counts.Get(store.Key(con.ID, q.ID))
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		fillCounts(q, kept)
		counts.Superseded += kept.Superseded
	}
	if frame, ok := con.Definition.StatementsQuestion(); ok {
		people, err := tx.Counts.Get(store.Key(con.ID, frame.ID))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		counts.People = people.Ballots
	}
	n, err := issued(tx, con.ID)
	if err != nil {
		return nil, err
	}
	if con.Definition.IsOfficial(eligibility.Code) {
		counts.Issued[eligibility.Code] = n
		if a, err := s.opt.Areas.Get(s.opt.Area); err == nil {
			counts.Eligible[eligibility.Code] = a.Residents
		}
	}
	return counts, nil
}

func fillCounts(q *tally.QuestionCounts, kept store.QuestionCounts) {
	for level, n := range kept.Ballots {
		s := q.Levels[level]
		if s == nil {
			continue
		}
		s.Ballots, s.Blank = n, kept.Blank[level]
		for option := range s.Options {
			s.Options[option] = kept.Options[option][level]
		}
	}
}

// BallotsPerLevel counts the ballots that stand here, over all questions. One
// person who answered ten questions has ten ballots.
func (s *Service) BallotsPerLevel(ctx context.Context, con *store.Consultation) (map[eligibility.Level]int64, error) {
	sum := map[eligibility.Level]int64{}
	for _, l := range con.Definition.Levels {
		sum[l] = 0
	}
	people := "" // of a conversation, not ballots
	if frame, ok := con.Definition.StatementsQuestion(); ok {
		people = store.Key(con.ID, frame.ID)
	}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		for row, err := range tx.Counts.List(store.Prefix(con.ID)) {
			if err != nil {
				return err
			}
			if row.Key == people {
				continue
			}
			for level, n := range row.Value.Ballots {
				sum[level] += n
			}
		}
		return nil
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("ballots of %s: %w", con.Slug, err))
	}
	return sum, nil
}

// Recount counts the ballots of a consultation one by one and compares with
// the counts kept while voting. A difference stops the count: nothing is
// signed that the ballots do not say.
func (s *Service) Recount(ctx context.Context, con *store.Consultation) error {
	return s.store.View(ctx, func(tx *store.Tx) error {
		kept, err := s.count(tx, con)
		if err != nil {
			return err
		}
		fresh := tally.NewCounts(con.Definition)
		for _, q := range con.Definition.Questions {
			if q.Kind == consensus.KindStatements {
				if err := recountStatements(tx, con, &q); err != nil {
					return fmt.Errorf("recount %s: %w", con.Slug, err)
				}
				continue
			}
			for row, err := range tx.Ballots.List(store.Prefix(con.ID, q.ID)) {
				if err != nil {
					return err
				}
				ballot := consensus.Ballot{Question: q.ID, Level: row.Value.Level, Options: row.Value.Options}
				if err := fresh.Add(ballot); err != nil {
					return err
				}
			}
		}
		if err := sameCounts(kept, fresh); err != nil {
			return fmt.Errorf("recount %s: %w", con.Slug, err)
		}
		return nil
	})
}

func sameCounts(a, b *tally.Counts) error {
	for i, q := range a.Questions {
		for level, x := range q.Levels {
			y := b.Questions[i].Levels[level]
			same := x.Ballots == y.Ballots && x.Blank == y.Blank
			for option, n := range x.Options {
				same = same && y.Options[option] == n
			}
			if !same {
				return fmt.Errorf("question %s, level %s: %d kept, %d ballots", q.ID, level, x.Ballots, y.Ballots)
			}
		}
	}
	return nil
}

// sendTally stores own tallies and sends them: the direct one to the convener,
// to the hub that adds it up and to capable followers, the sealed one to the
// convener alone.
func (s *Service) sendTally(tx *store.Tx, con *store.Consultation, direct, sealed *tally.Doc) error {
	if err := tx.Signed.Put(direct.Digest, signedTally(direct, s.now().UTC(), true)); err != nil {
		return err
	}
	if sealed != nil {
		if err := tx.Signed.Put(sealed.Digest, signedTally(sealed, s.now().UTC(), true)); err != nil {
			return err
		}
	}
	inboxes, err := followerInboxes(tx, s.Consultation(con.Slug), capableFollower(tx))
	if err != nil {
		return err
	}
	for _, actor := range []string{con.ConvenerActor, con.ParentActor} {
		if inbox := s.knownInbox(tx, actor); inbox != "" {
			inboxes = append(inboxes, inbox)
		}
	}
	if err := s.sendSigned(tx, direct.Raw, []string{publicID}, inboxes); err != nil {
		return err
	}
	if con.Convener {
		return markAggregate(tx, con.ID, s.now().UTC())
	}
	if sealed == nil {
		return nil
	}
	return s.sendSigned(tx, sealed.Raw, []string{con.ConvenerActor}, []string{s.knownInbox(tx, con.ConvenerActor)})
}

const publicID = "https://www.w3.org/ns/activitystreams#Public"
