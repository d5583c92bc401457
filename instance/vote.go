// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance/store"
)

// Cast is one vote from any channel: the site, a letter code, the fediverse.
type Cast struct {
	Consultation string // id
	Question     string // id in the definition
	Options      []string
	Level        eligibility.Level
	Identity     string    // cookie id, code hash or actor id; never stored with the ballot
	Received     time.Time // when the vote reached us; the window is judged by it
	Host, Inbox  string    // fediverse only: the voter's server and where it gets updates
}

// Casted tells what became of a vote.
type Casted struct {
	Ballot    store.Ballot
	Unchanged bool // the same choice again; nothing was written
	Number    int  // of the statement voted on, 0 for a poll question
}

// hostCap is the number of new voters of one remote host per question and hour
// (spec: federation.md 6).
const hostCap = 200

// CastVote is the only door through which a ballot enters, for every channel
// (spec: architecture.md 5.1). Ballot, counts, used-mark of a code and the
// mark that a new tally is due are one transaction: either all of it is on
// disk when CastVote returns nil, or nothing is.
func (s *Service) CastVote(ctx context.Context, c Cast) (Casted, error) {
	if !s.guard.passed() {
		return Casted{}, refuse(CodeUnavailable, "error.guard-wait", errGuard)
	}
	kc, err := s.consultationKey(c.Consultation)
	if err != nil {
		return Casted{}, err
	}
	key := eligibility.NewVoterKey(kc, c.Level, c.Question, c.Identity)
	slices.Sort(c.Options)

	var done Casted
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		done = Casted{}
		con, err := s.cachedConsultation(tx, c.Consultation)
		if err != nil {
			return err
		}
		if !con.Leaf {
			return consensus.ErrNotEligible
		}
		done, err = s.castIn(tx, con, c, kc, key)
		return err
	})
	if err != nil {
		return Casted{}, AsError(fmt.Errorf("cast vote: %w", err))
	}
	return done, nil
}

func (s *Service) castIn(tx *store.Tx, con *store.Consultation, c Cast, kc []byte, key eligibility.VoterKey) (Casted, error) {
	about, err := subjectOf(tx, con, c.Question)
	if err != nil {
		return Casted{}, err
	}
	place := store.Key(c.Consultation, c.Question, key.String())
	prev, old, err := standing(tx, place, c.Question, key)
	if err != nil {
		return Casted{}, err
	}
	if err := s.admit(tx, c, prev == nil); err != nil {
		return Casted{}, err
	}
	ballot := consensus.Ballot{Question: c.Question, Level: c.Level, VoterKey: key, Options: c.Options}
	ballot, err = about.accept(con, ballot, prev, c)
	if errors.Is(err, consensus.ErrUnchanged) {
		return Casted{Ballot: old, Unchanged: true, Number: about.statement.Number}, nil
	}
	if err != nil {
		return Casted{}, err
	}
	now := store.Ballot{Level: ballot.Level, Options: ballot.Options, Seq: ballot.Seq}
	if err := tx.Ballots.Put(place, now); err != nil {
		return Casted{}, err
	}
	if err := errors.Join(count(tx, c, prev != nil, old, now), about.keep(tx, s.conversations, con, c, kc, &now)); err != nil {
		return Casted{}, err
	}
	if c.Level == eligibility.Code {
		if err := tx.Codes.Put(store.Key(c.Consultation, c.Identity), store.LetterCode{Used: true}); err != nil {
			return Casted{}, err
		}
	}
	return Casted{Ballot: now, Number: about.statement.Number}, markDirty(tx, c.Consultation)
}

// standing is the ballot that counts now for this key; nil if there is none.
func standing(tx *store.Tx, place, question string, key eligibility.VoterKey) (*consensus.Ballot, store.Ballot, error) {
	old, err := tx.Ballots.Get(place)
	if errors.Is(err, store.ErrNotFound) {
		return nil, old, nil
	}
	if err != nil {
		return nil, old, err
	}
	return &consensus.Ballot{Question: question, Level: old.Level, VoterKey: key,
		Options: old.Options, Seq: old.Seq}, old, nil
}

// admit checks what only the store knows: whether the code was issued, and
// whether the host still has room for a new voter this hour.
func (s *Service) admit(tx *store.Tx, c Cast, fresh bool) error {
	switch c.Level {
	case eligibility.Code:
		if _, err := tx.Codes.Get(store.Key(c.Consultation, c.Identity)); err != nil {
			return fmt.Errorf("letter code: %w", errors.Join(consensus.ErrNotEligible, err))
		}
	case eligibility.Fediverse:
		if fresh {
			return s.admitHost(tx, c)
		}
	}
	return nil
}

func (s *Service) admitHost(tx *store.Tx, c Cast) error {
	place := store.Key(c.Consultation, c.Question, c.Host)
	h, err := tx.VoteHosts.Get(place)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	hour := c.Received.Unix() / 3600
	if h.Hour != hour {
		h.Hour, h.Voters = hour, 0
	}
	if h.Voters >= hostCap && !s.opt.Dev {
		return errHostCap
	}
	h.Voters++
	h.Inbox = c.Inbox
	return tx.VoteHosts.Put(place, h)
}

func count(tx *store.Tx, c Cast, replaced bool, old, now store.Ballot) error {
	place := store.Key(c.Consultation, c.Question)
	counts, err := tx.Counts.Get(place)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if replaced {
		counts.Add(old, -1)
		counts.Superseded++
	}
	counts.Add(now, +1)
	return tx.Counts.Put(place, counts)
}

func markDirty(tx *store.Tx, consultation string) error {
	c, err := tx.Counting.Get(consultation)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	c.Dirty++
	return tx.Counting.Put(consultation, c)
}

// OwnBallots gives the standing ballots of one voter, by question or statement
// id. Nobody
// but the holder of the cookie or code can ask: the identity is the key.
func (s *Service) OwnBallots(ctx context.Context, con *store.Consultation, voters []Voter) (map[string]store.Ballot, error) {
	own := map[string]store.Ballot{}
	kc, err := s.consultationKey(con.ID)
	if err != nil {
		return own, nil // K_c is destroyed: no identity leads to a ballot any more
	}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		t, err := s.talk(tx, con)
		if err != nil {
			return err
		}
		for _, v := range voters {
			mine, err := ballotsOf(tx, con, t, kc, v)
			if err != nil {
				return err
			}
			for question, b := range mine {
				if _, stronger := own[question]; !stronger {
					own[question] = b
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("read own ballots: %w", err))
	}
	return own, nil
}

// ballotsOf reads the standing ballots of one voter key per question. Which
// statements they voted on is in their row, so the number of statements does
// not matter.
func ballotsOf(tx *store.Tx, con *store.Consultation, t *talk, kc []byte, v Voter) (map[string]store.Ballot, error) {
	ids := make([]string, 0, t.fixed)
	for i := range t.asked[:t.fixed] {
		ids = append(ids, t.asked[i].ID)
	}
	if t.frame != nil {
		row, err := ownRow(tx, con, t.frame, kc, v)
		if err != nil {
			return nil, err
		}
		for _, vote := range row.Votes {
			ids = append(ids, t.byNumber[vote.Number])
		}
	}
	own := map[string]store.Ballot{}
	for _, id := range ids {
		key := eligibility.NewVoterKey(kc, v.Level, id, v.Identity)
		b, err := tx.Ballots.Get(store.Key(con.ID, id, key.String()))
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		own[id] = b
	}
	return own, nil
}

// Voter is one way in which a visitor is recognised in one consultation,
// strongest first where there are several.
type Voter struct {
	Level    eligibility.Level
	Identity string
}
