// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/consensus/opinion"
	"polder/consensus/tally"
	"polder/instance/store"
)

// answerRound answers the open step with the numbers of the people here, once.
// It reports whether it did (spec: opinion.md 12).
func (s *Service) answerRound(ctx context.Context, con *store.Consultation) (bool, error) {
	if !con.Leaf || con.Destroyed || !s.guard.passed() {
		return false, nil
	}
	q, err := s.readQuestion(ctx, con)
	if err != nil || q.open == nil || q.state.Member.Answered == q.state.Open {
		return false, err
	}
	if q.open.Final && !counted(con) {
		return false, nil // votes from before closing are still being handled
	}
	if q.missing() {
		return false, s.pullMissing(ctx, con, q)
	}
	member, ok := q.roster.Member(s.opt.Area)
	if !ok || member.Actor != s.Actor() || member.Role != tally.RoleLeaf {
		return false, nil
	}
	if q.state.Member.Opening != q.state.Opening {
		if err := s.answerStats(ctx, con, q); err != nil || q.open.Step == 1 {
			return err == nil, err
		}
		if q, err = s.readQuestion(ctx, con); err != nil {
			return false, err
		}
	}
	return true, s.answerStep(ctx, con, q)
}

// counted reports whether every vote that came in before closing is counted.
func counted(con *store.Consultation) bool {
	return con.State != consensus.StateCancelled && con.Counting != consensus.CountingNone && con.Counting != consensus.CountingFlush
}

// question is the open step and what is needed to answer it.
type question struct {
	state         store.Rounds
	opening, open *opinion.Round
	model         *opinion.Model
	roster        *tally.Roster
	heard         time.Time // when the open step came in
}

func (s *Service) readQuestion(ctx context.Context, con *store.Consultation) (q question, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		q = question{}
		if q.state, err = roundsIn(tx, con.ID); err != nil || q.state.Open == "" {
			return err
		}
		if q.opening, q.open, err = openRound(tx, q.state); err != nil {
			return err
		}
		rec, err := tx.Signed.Get(q.state.Open)
		if err != nil {
			return err
		}
		q.heard = rec.Received
		if q.state.Model != "" {
			r, err := readResult(tx, q.state.Model)
			if err != nil {
				return err
			}
			q.model = r.Model
		}
		q.roster, err = latestRosterIn(tx, con.Root)
		return err
	})
	if err != nil {
		return q, fmt.Errorf("round of %s: %w", con.Slug, err)
	}
	return q, nil
}

// missing: the opening or the model did not arrive.
func (q *question) missing() bool { return q.opening == nil || q.open.Step > 1 && q.model == nil }

// answerStats freezes the rows and sends their statistics, or sends the last
// share again where a new one would reveal the few who changed their votes.
func (s *Service) answerStats(ctx context.Context, con *store.Consultation, q question) error {
	st := &q.state.Member
	params := *q.opening.Params
	changed, err := s.changedRows(ctx, con)
	if err != nil {
		return err
	}
	sending := opinion.Repeat(params, q.opening.Final, changed, st.SentAt, s.now())
	if sending == opinion.SendOld {
		if again, err := s.sendAgain(ctx, con, q); err != nil || again {
			return err
		}
	} else if err := s.freezeRows(ctx, con); err != nil {
		return err
	}
	m, err := s.frozenMember(ctx, con, q.opening)
	if err != nil {
		return err
	}
	answer, err := m.Answer(q.opening, nil)
	if err != nil {
		return err
	}
	restricted := sending == opinion.SendRestricted
	made, to, readers, err := s.newShare(con, q, q.opening, answer, restricted)
	if err != nil {
		return err
	}
	return s.sendShare(ctx, con, made, to, readers, func(r *store.Rounds) {
		r.Member.Opening, r.Member.Stats = q.opening.Digest, made.Share.Digest
		if sending != opinion.SendOld {
			r.Member.SentAt = s.now().UTC()
		}
		if q.open.Step == 1 {
			r.Member.Answered = q.open.Digest
		}
	})
}

// sendAgain sends the share of a former epoch once more, byte for byte. It
// cannot if the statements are others.
func (s *Service) sendAgain(ctx context.Context, con *store.Consultation, q question) (bool, error) {
	var old *opinion.Share
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		old, err = readShare(tx, q.state.Member.Stats, q.opening.EngineColumns())
		return err
	})
	if err != nil || old.ColumnsDigest != q.opening.ColumnsDigest {
		return false, err
	}
	to, _ := s.addressees(con, q, false)
	return true, s.sendShare(ctx, con, &opinion.NewShare{Share: old}, to, nil, func(r *store.Rounds) {
		r.Member.Opening = q.opening.Digest
		if q.open.Step == 1 {
			r.Member.Answered = q.open.Digest
		}
	})
}

func (s *Service) answerStep(ctx context.Context, con *store.Consultation, q question) error {
	m, err := s.frozenMember(ctx, con, q.opening)
	if err != nil {
		return err
	}
	answer, err := m.Answer(q.open, q.model)
	if err != nil {
		return err
	}
	made, to, readers, err := s.newShare(con, q, q.open, answer, false)
	if err != nil {
		return err
	}
	return s.sendShare(ctx, con, made, to, readers, func(r *store.Rounds) {
		r.Member.Answered = q.open.Digest
		if q.open.Phase == opinion.PhaseTally {
			r.Member.Tally = made.Share.Digest
		}
	})
}

// addressees of a share: the hub that adds it up, or the convener, who alone
// also takes one that a hub must not read. Readers may fetch its blobs.
func (s *Service) addressees(con *store.Consultation, q question, restricted bool) (to, readers []string) {
	hub := con.ConvenerActor
	if m, ok := q.roster.Member(s.opt.Area); ok && m.Parent != "" {
		hub = m.Parent
	}
	to = withAll(nil, hub)
	readers = withAll(nil, con.ConvenerActor)
	if restricted {
		to = withAll(to, con.ConvenerActor)
	} else {
		readers = withAll(readers, hub)
	}
	for _, a := range q.roster.Auditors {
		readers = withAll(readers, a.Actor)
	}
	return to, readers
}

func (s *Service) shareHeader(con *store.Consultation, revision int64, restricted bool) opinion.ShareHeader {
	h := opinion.ShareHeader{AttributedTo: s.Actor(), Context: con.Root, Consultation: s.Consultation(con.Slug),
		ConsultationDigest: con.DefinitionDigest, Area: s.opt.Area, MemberEpoch: max(con.Epoch, 1),
		Revision: opinion.NextRevision(revision, s.now()), BlobBase: s.blobBase(), K: int64(con.Definition.K), Restricted: restricted}
	rand.Read(h.Nonce[:])
	return h
}

func (s *Service) newShare(con *store.Consultation, q question, round *opinion.Round, a opinion.Answer, restricted bool) (made *opinion.NewShare, to, readers []string, err error) {
	made, err = opinion.NewDirectShare(s.shareHeader(con, 0, restricted), round, *q.opening.Params, a)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("answer %s: %w", round.ID, err)
	}
	to, readers = s.addressees(con, q, restricted)
	return made, to, readers, s.signShare(made.Share)
}

func (s *Service) signShare(x *opinion.Share) error {
	raw, err := s.sign(x.Raw)
	if err != nil {
		return err
	}
	x.Raw = raw
	return nil
}

// sendShare keeps a share of ours and its blobs, and sends it. What is added up
// here goes into its slot at once.
func (s *Service) sendShare(ctx context.Context, con *store.Consultation, made *opinion.NewShare, to, readers []string, note func(*store.Rounds)) error {
	s.meet(ctx, to...)
	x := made.Share
	rec := shareRecord(x)
	rec.Key, rec.Own, rec.Received = s.keys.TallyMultikey(), true, s.now().UTC()
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Signed.Put(rec.Digest, rec); err != nil {
			return err
		}
		for _, raw := range [][]byte{made.PairsBlob, made.PayloadBlob} {
			if raw == nil {
				continue
			}
			if err := keepBlob(tx, con.ID, raw, readers, s.now().UTC()); err != nil {
				return err
			}
		}
		st, err := roundsIn(tx, con.ID)
		if err != nil {
			return err
		}
		note(&st)
		if err := tx.Rounds.Put(con.ID, st); err != nil {
			return err
		}
		if slices.Contains(to, s.Actor()) {
			if err := putSlot(tx, store.ShareSlotKey(con.ID, st.Epoch, x.Step, x.Area), x); err != nil {
				return err
			}
		}
		var inboxes []string
		for _, actor := range to {
			if inbox := s.knownInbox(tx, actor); inbox != "" {
				inboxes = append(inboxes, inbox)
			}
		}
		return s.sendSigned(tx, x.Raw, []string{publicID}, inboxes)
	})
	if err != nil {
		return fmt.Errorf("send share of %s: %w", con.Slug, err)
	}
	if con.Convener {
		return s.rounds.offer(con.ID, x)
	}
	return nil
}

// changedRows counts the people whose votes are not those of the frozen rows.
func (s *Service) changedRows(ctx context.Context, con *store.Consultation) (changed int64, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		changed = 0
		frozen := map[string]store.OpinionRow{}
		for row, err := range tx.Frozen.List(store.Prefix(con.ID)) {
			if err != nil {
				return err
			}
			frozen[row.Key] = row.Value
		}
		for row, err := range tx.Rows.List(store.Prefix(con.ID)) {
			if err != nil {
				return err
			}
			old, ok := frozen[row.Key]
			delete(frozen, row.Key)
			if !ok || old.Level != row.Value.Level || !slices.Equal(old.Votes, row.Value.Votes) {
				changed++
			}
		}
		changed += int64(len(frozen))
		return nil
	})
	return changed, err
}

// freezeRows copies the rows: everything sent in one epoch is made from them.
func (s *Service) freezeRows(ctx context.Context, con *store.Consultation) error {
	s.rounds.forget(con.ID)
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.Frozen.Clear(store.Prefix(con.ID)); err != nil {
			return err
		}
		for row, err := range tx.Rows.List(store.Prefix(con.ID)) {
			if err != nil {
				return err
			}
			if err := tx.Frozen.Put(row.Key, row.Value); err != nil {
				return err
			}
		}
		return nil
	})
}

// frozenMember builds the matrix of the frozen rows, or gives the one in memory.
func (s *Service) frozenMember(ctx context.Context, con *store.Consultation, opening *opinion.Round) (*opinion.Member, error) {
	if m := s.rounds.member(con.ID); m != nil && m.Opening.Digest == opening.Digest {
		return m, nil
	}
	m := &opinion.Member{Opening: opening, Votes: opinion.NewMatrix(len(opening.Columns))}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		column, err := s.columnsByNumber(tx, con, opening)
		if err != nil {
			return err
		}
		counts := newLevelCounts(con.Definition, len(opening.Columns))
		for row, err := range tx.Frozen.List(store.Prefix(con.ID)) {
			if err != nil {
				return err
			}
			votes := columnVotes(row.Value.Votes, column)
			counts.add(row.Value.Level, votes)
			if !con.Definition.IsOfficial(row.Value.Level) {
				continue
			}
			if err := m.Votes.AppendRow(votes); err != nil {
				return err
			}
		}
		m.Other = counts.other()
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("rows of %s: %w", con.Slug, err)
	}
	s.rounds.setMember(con.ID, m)
	return m, nil
}

// columnVotes are the votes on statements that are columns, in their order.
func columnVotes(votes store.OpinionVotes, column map[int]int) []opinion.Vote {
	out := make([]opinion.Vote, 0, len(votes))
	for _, v := range votes {
		if j, ok := column[v.Number]; ok {
			out = append(out, opinion.Vote{Column: j, Value: v.Value})
		}
	}
	slices.SortFunc(out, func(a, b opinion.Vote) int { return a.Column - b.Column })
	return out
}

// levelCounts adds up votes per level, for the levels that a share shows apart:
// all unofficial ones, and the official ones if they are several.
type levelCounts map[eligibility.Level]*opinion.LevelCounts

func newLevelCounts(def *consensus.Definition, columns int) levelCounts {
	out := levelCounts{}
	for _, l := range def.Levels {
		if def.IsOfficial(l) && len(def.Official) < 2 {
			continue
		}
		out[l] = &opinion.LevelCounts{A: make([]int64, columns), D: make([]int64, columns), S: make([]int64, columns)}
	}
	return out
}

func (c levelCounts) add(level eligibility.Level, votes []opinion.Vote) {
	l := c[level]
	if l == nil || len(votes) == 0 {
		return
	}
	l.Participants++
	for _, v := range votes {
		l.S[v.Column]++
		switch v.Value {
		case 1:
			l.A[v.Column]++
		case -1:
			l.D[v.Column]++
		}
	}
}

// other leaves out levels at which nobody voted.
func (c levelCounts) other() map[string]opinion.LevelCounts {
	out := map[string]opinion.LevelCounts{}
	for level, l := range c {
		if l.Participants > 0 {
			out[string(level)] = *l
		}
	}
	return out
}

// pullMissing asks the convener for the opening or the model, if they have been
// on their way for long.
func (s *Service) pullMissing(ctx context.Context, con *store.Consultation, q question) error {
	if s.now().Sub(q.heard) < onTheirWay {
		return nil
	}
	if err := s.pullRounds(ctx, con); err != nil {
		s.log.Info("rounds not read", "peer", hostOf(con.ConvenerActor), "err", err)
	}
	return nil
}

// onTheirWay is how long two messages sent together may arrive apart.
const onTheirWay = 10 * time.Second
