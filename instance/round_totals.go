// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/consensus/opinion"
	"polder/instance/store"
)

// StatementCount is how often a statement was agreed with, disagreed with and
// passed on.
type StatementCount struct{ Agree, Disagree, Pass int64 }

// StatementTotals are the counts of a joint conversation as the shares of an
// epoch say them, the withheld ones included: for checks inside the office, on
// no page.
type StatementTotals struct {
	Final  bool     // of the epoch that counts every ballot
	Areas  []string // whose people are in them
	counts map[int]map[eligibility.Level]StatementCount
}

// Count of one statement, by its number, at one level.
func (t *StatementTotals) Count(number int, l eligibility.Level) StatementCount {
	return t.counts[number][l]
}

// StatementTotals adds up the statistics that a joint conversation has at this
// instance: what went into the newest result at the convener, the sum that a
// hub sent, the share of a place with voters. ErrNotFound before there are any.
func (s *Service) StatementTotals(ctx context.Context, con *store.Consultation) (*StatementTotals, error) {
	t := &StatementTotals{counts: map[int]map[eligibility.Level]StatementCount{}}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		st, err := roundsIn(tx, con.ID)
		if err != nil {
			return err
		}
		shares, opening, err := s.statsShares(tx, con, st)
		if err != nil {
			return err
		}
		t.Areas, t.Final = nil, opening.Final
		clear(t.counts)
		numbers, err := s.columnsByNumber(tx, con, opening)
		if err != nil {
			return err
		}
		for _, x := range shares {
			t.Areas = append(t.Areas, x.Areas()...)
			t.add(con.Definition, numbers, x.Body)
		}
		return nil
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("totals of the statements of %s: %w", con.Slug, err))
	}
	return t, nil
}

// statsShares finds the shares of the phase stats behind the newest result here,
// and the Round that asked for them.
func (s *Service) statsShares(tx *store.Tx, con *store.Consultation, st store.Rounds) ([]*opinion.Share, *opinion.Round, error) {
	if st.Opening == "" {
		return nil, nil, store.ErrNotFound
	}
	opening, err := readRound(tx, st.Opening)
	if err != nil {
		return nil, nil, err
	}
	digests, err := s.statsDigests(tx, con, st)
	if err != nil {
		return nil, nil, err
	}
	var shares []*opinion.Share
	for _, digest := range digests {
		x, err := readShare(tx, digest, opening.EngineColumns())
		if err != nil {
			return nil, nil, err
		}
		if x.Body == nil {
			return nil, nil, fmt.Errorf("share %s without its payload: %w", digest, store.ErrCorrupt)
		}
		shares = append(shares, x)
	}
	return shares, opening, nil
}

func (s *Service) statsDigests(tx *store.Tx, con *store.Consultation, st store.Rounds) (digests []string, err error) {
	switch {
	case con.Convener:
		if !st.Convener.Done {
			return nil, store.ErrNotFound
		}
		for _, digest := range st.Convener.Using {
			digests = append(digests, digest)
		}
		for _, late := range st.Convener.Late[max(len(st.Convener.Late)-1, 0):] {
			digests = append(digests, late...)
		}
	case con.Hub:
		for row, err := range tx.Signed.By("chain", store.ChainPrefix(con.Root, typeShare, opinion.KindAggregate, s.opt.Area)) {
			if err != nil {
				return nil, err
			}
			if x, err := opinion.ParseShare(row.Value.Raw); err == nil && row.Value.Own && x.Epoch == st.Epoch && x.Step == 1 {
				digests = []string{row.Value.Digest} // the newest stands last
			}
		}
	case st.Member.Stats != "":
		digests = []string{st.Member.Stats}
	}
	if len(digests) == 0 {
		err = store.ErrNotFound
	}
	return digests, err
}

// add takes over one share. Where one level is official its counts are A, D and
// S themselves (spec: opinion.md 12).
func (t *StatementTotals) add(def *consensus.Definition, numbers map[int]int, b *opinion.Body) {
	for number, j := range numbers {
		if t.counts[number] == nil {
			t.counts[number] = map[eligibility.Level]StatementCount{}
		}
		for _, l := range def.Levels {
			c, ok := b.Other[string(l)]
			if !ok && def.IsOfficial(l) && len(def.Official) == 1 {
				c, ok = opinion.LevelCounts{A: b.A, D: b.D, S: b.S}, true
			}
			if !ok {
				continue
			}
			sum := t.counts[number][l]
			sum.Agree += c.A[j]
			sum.Disagree += c.D[j]
			sum.Pass += c.S[j] - c.A[j] - c.D[j]
			t.counts[number][l] = sum
		}
	}
}

// Same says where other totals differ from these; nil if nowhere.
func (t *StatementTotals) Same(o *StatementTotals) error {
	var all error
	for number, levels := range t.counts {
		for l, c := range levels {
			if d := o.Count(number, l); c != d {
				all = errors.Join(all, fmt.Errorf("statement %d, %s: %v and %v", number, l, c, d))
			}
		}
	}
	return all
}

// Plus adds other totals.
func (t *StatementTotals) Plus(o *StatementTotals) *StatementTotals {
	sum := &StatementTotals{Final: t.Final && o.Final, Areas: append(append([]string(nil), t.Areas...), o.Areas...),
		counts: map[int]map[eligibility.Level]StatementCount{}}
	for _, part := range []*StatementTotals{t, o} {
		for number, levels := range part.counts {
			if sum.counts[number] == nil {
				sum.counts[number] = map[eligibility.Level]StatementCount{}
			}
			for l, c := range levels {
				n := sum.counts[number][l]
				sum.counts[number][l] = StatementCount{n.Agree + c.Agree, n.Disagree + c.Disagree, n.Pass + c.Pass}
			}
		}
	}
	return sum
}
