// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"slices"

	"polder/activitypub"
	"polder/activitypub/client"
	"polder/activitypub/proof"
	"polder/consensus/opinion"
	"polder/consensus/tally"
	"polder/instance/store"
)

// takeShare takes the numbers of a member, or the sum of a hub, for the open
// step. Nothing of a share that fails a check is used (spec: opinion.md 12).
func (s *Service) takeShare(ctx context.Context, doc *activitypub.Document) error {
	x, err := opinion.ParseShare(doc.Raw)
	if err != nil {
		return err
	}
	con, err := s.consultationByRoot(ctx, x.Context)
	if errors.Is(err, store.ErrNotFound) {
		return &reason{"not-in-roster", "a share in a consultation that does not run here"}
	}
	if err != nil {
		return err
	}
	if !con.Hub {
		return &reason{"not-addressed", "a share for somebody who adds up"}
	}
	key, err := s.checkSender(ctx, con, x, doc.Raw)
	if err != nil {
		return err
	}
	return s.keepShare(ctx, con, x, key)
}

// checkSender holds a share against the Roster: who, with which key.
func (s *Service) checkSender(ctx context.Context, con *store.Consultation, x *opinion.Share, raw []byte) (key string, err error) {
	roster, err := s.latestRoster(ctx, con.Root)
	if err != nil {
		return "", &reason{"not-in-roster", "no Roster of this consultation is known"}
	}
	member, ok := roster.Member(x.Area)
	if !ok || member.Actor != x.AttributedTo || member.Count == tally.CountExclude || hostOf(x.ID) != hostOf(x.AttributedTo) {
		return "", tally.Problem{Code: tally.CodeSigner, Path: "/attributedTo", Detail: "not in the Roster for this area"}
	}
	if x.MemberEpoch != member.Epoch {
		return "", tally.Problem{Code: tally.CodeSigner, Path: "/memberEpoch", Detail: "not the epoch of the Roster"}
	}
	if x.ConsultationDigest != con.DefinitionDigest {
		return "", tally.Problem{Code: tally.CodeDefinition, Path: "/consultationDigest", Detail: "not the adopted definition"}
	}
	key, err = proof.VerifyBy(raw, x.AttributedTo, member.PinnedKeys())
	if err != nil {
		return "", tally.Problem{Code: tally.CodeSigner, Path: "/proof", Detail: "no proof by a pinned key"}
	}
	return key, nil
}

// keepShare fetches the blobs of a share, checks it against the open step and
// puts it into its slot.
func (s *Service) keepShare(ctx context.Context, con *store.Consultation, x *opinion.Share, key string) error {
	opening, open, err := s.roundFor(ctx, con, x)
	if err != nil {
		return err
	}
	blobs, err := s.attachBlobs(ctx, x, opening.EngineColumns())
	beyond := !con.Convener && isForbidden(err) // it is between the member and the convener
	if err != nil && !beyond {
		return err
	}
	last, err := s.checkShare(ctx, con, x, opening, open)
	if err != nil {
		return err
	}
	epoch, step := x.Epoch, x.Step
	if x.Digest == last {
		epoch, step = opening.Epoch, 1 // the share of a former epoch, sent again
	}
	rec := shareRecord(x)
	rec.Key = key
	err = s.keepOfRounds(ctx, rec, func(tx *store.Tx) error {
		for _, raw := range blobs {
			if err := keepBlob(tx, con.ID, raw, nil, s.now().UTC()); err != nil {
				return err
			}
		}
		if err := putSlot(tx, store.ShareSlotKey(con.ID, epoch, step, x.Area), x); err != nil {
			return err
		}
		if x.Phase == opinion.PhaseStats && open.Step > 1 && !con.Convener { // too late for a sum
			return s.forwardShare(tx, con, x)
		}
		return nil
	})
	if err != nil || !con.Convener {
		return err
	}
	return s.rounds.offer(con.ID, x)
}

func putSlot(tx *store.Tx, key string, x *opinion.Share) error {
	old, err := tx.Shares.Get(key)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err == nil && old.Revision >= x.Revision {
		return nil
	}
	return tx.Shares.Put(key, store.ShareSlot{Digest: x.Digest, Revision: x.Revision, Areas: x.Areas()})
}

// roundFor is the epoch that a share speaks of. A hub that has not heard of the
// step yet asks the convener.
func (s *Service) roundFor(ctx context.Context, con *store.Consultation, x *opinion.Share) (opening, open *opinion.Round, err error) {
	for try := 0; ; try++ {
		err = s.store.View(ctx, func(tx *store.Tx) error {
			st, err := roundsIn(tx, con.ID)
			if err != nil {
				return err
			}
			opening, open, err = openRound(tx, st)
			return err
		})
		if err != nil {
			return nil, nil, err
		}
		behind := opening == nil || open == nil || open.Epoch < x.Epoch || open.Epoch == x.Epoch && open.Step < x.Step
		if behind && !con.Convener && try == 0 {
			if err := s.pullRounds(ctx, con); err != nil {
				return nil, nil, err
			}
			continue
		}
		if opening == nil || open == nil {
			return nil, nil, opinion.Problem{Code: "O102", Path: "/round", Detail: "no round is open"}
		}
		return opening, open, nil
	}
}

// checkShare judges a share with what the Roster and the shares in hand say. It
// also gives the digest of the stats share that the epoch before used for this
// area.
func (s *Service) checkShare(ctx context.Context, con *store.Consultation, x *opinion.Share, opening, open *opinion.Round) (last string, err error) {
	round := open
	if x.Phase == opinion.PhaseStats {
		round = opening // later than the others is possible
	}
	f, err := s.factsOf(ctx, con, x, opening, round)
	if err != nil {
		return "", err
	}
	return f.Last, opinion.CheckShare(x, round, f)
}

func (s *Service) factsOf(ctx context.Context, con *store.Consultation, x *opinion.Share, opening, round *opinion.Round) (opinion.Facts, error) {
	f := opinion.Facts{Opening: opening, Areas: map[string]bool{}, Hubs: map[string]bool{}, Taken: map[string]bool{}}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		rec, err := tx.Signed.Get(opening.Roster.Digest)
		if err != nil {
			return err
		}
		roster, err := tally.ParseRoster(rec.Raw)
		if err != nil {
			return err
		}
		for i := range roster.Members {
			switch m := &roster.Members[i]; {
			case m.Role == tally.RoleHub:
				f.Hubs[m.Area] = true
			case con.Convener || slices.Contains(roster.Leaves(s.Actor()), m):
				f.Areas[m.Area] = true
			}
		}
		before, err := tx.Shares.Get(store.ShareSlotKey(con.ID, opening.Epoch-1, 1, x.Area))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		f.Last = before.Digest
		if f.Own, err = ownStats(tx, con.ID, opening, x); err != nil {
			return err
		}
		return takenBy(tx, con.ID, round, x.Area, f.Taken)
	})
	return f, err
}

// ownStats is the stats share of the same people in this epoch, nil without.
func ownStats(tx *store.Tx, consultation string, opening *opinion.Round, x *opinion.Share) (*opinion.Share, error) {
	slot, err := tx.Shares.Get(store.ShareSlotKey(consultation, opening.Epoch, 1, x.Area))
	if errors.Is(err, store.ErrNotFound) || x.Phase == opinion.PhaseStats {
		return nil, nil //nolint:nilnil // Facts.Own is nil then
	}
	if err != nil {
		return nil, err
	}
	own, err := readShare(tx, slot.Digest, opening.EngineColumns())
	if errors.Is(err, store.ErrNotFound) || err == nil && !slices.Equal(own.Areas(), x.Areas()) {
		return nil, nil //nolint:nilnil // its blobs are not ours to read
	}
	return own, err
}

// takenBy collects the areas that other shares of a step cover.
func takenBy(tx *store.Tx, consultation string, round *opinion.Round, area string, taken map[string]bool) error {
	for row, err := range tx.Shares.List(store.StepPrefix(consultation, round.Epoch, round.Step)) {
		if err != nil {
			return err
		}
		if parts := store.Parts(row.Key); parts[len(parts)-1] == area {
			continue
		}
		for _, a := range row.Value.Areas {
			taken[a] = true
		}
	}
	return nil
}

func isForbidden(err error) bool {
	var status *client.StatusError
	return errors.As(err, &status) && status.Status == 403
}
