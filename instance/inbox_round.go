// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"

	"polder/activitypub"
	"polder/activitypub/proof"
	"polder/consensus/opinion"
	"polder/consensus/tally"
	"polder/instance/store"
)

// The own types of opinion rounds (spec: aggregation.md 8).
const (
	typeRound       = "Round"
	typeShare       = "ConsensusShare"
	typeRoundResult = "RoundResult"
)

func roundRecord(r *opinion.Round) store.Signed {
	return store.Signed{Raw: r.Raw, Digest: r.Digest, ID: r.ID, Type: typeRound, Context: r.Context,
		Epoch: r.Epoch, Revision: r.Revision}
}

func resultRecord(r *opinion.RoundResult) store.Signed {
	return store.Signed{Raw: r.Raw, Digest: r.Digest, ID: r.ID, Type: typeRoundResult, Context: r.Context,
		Epoch: r.Epoch, Revision: r.Revision}
}

func shareRecord(x *opinion.Share) store.Signed {
	return store.Signed{Raw: x.Raw, Digest: x.Digest, ID: x.ID, Type: typeShare, Kind: x.Kind, Context: x.Context,
		Area: x.Area, Epoch: x.Epoch, Revision: x.Revision}
}

// takeRound takes a question of the convener: the scheduler answers it.
func (s *Service) takeRound(ctx context.Context, doc *activitypub.Document) error {
	r, err := opinion.ParseRound(doc.Raw)
	if err != nil {
		return err
	}
	con, key, err := s.byConvener(ctx, doc, r.ID, r.AttributedTo, r.Context)
	if err != nil {
		return err
	}
	rec := roundRecord(r)
	rec.Key = key
	return s.keepOfRounds(ctx, rec, func(tx *store.Tx) error { return noteRound(tx, con.ID, r) })
}

// takeRoundResult takes what the convener found: the model, or the groups.
func (s *Service) takeRoundResult(ctx context.Context, doc *activitypub.Document) error {
	r, err := opinion.ParseRoundResult(doc.Raw)
	if err != nil {
		return err
	}
	con, key, err := s.byConvener(ctx, doc, r.ID, r.AttributedTo, r.Context)
	if err != nil {
		return err
	}
	rec := resultRecord(r)
	rec.Key = key
	return s.keepOfRounds(ctx, rec, func(tx *store.Tx) error { return noteResult(tx, con.ID, r) })
}

// byConvener checks that a document is signed by the convener of a consultation
// that runs here.
func (s *Service) byConvener(ctx context.Context, doc *activitypub.Document, id, author, root string) (*store.Consultation, string, error) {
	con, err := s.consultationByRoot(ctx, root)
	if errors.Is(err, store.ErrNotFound) {
		return nil, "", &reason{"not-in-roster", "a round of a consultation that does not run here"}
	}
	if err != nil {
		return nil, "", err
	}
	if con.Convener || con.ConvenerActor != author || hostOf(id) != hostOf(author) {
		return nil, "", tally.Problem{Code: tally.CodeSigner, Path: "/attributedTo", Detail: "not the convener of this consultation"}
	}
	keys, err := s.convenerKeys(ctx, author)
	if err != nil {
		return nil, "", err
	}
	key, err := proof.VerifyBy(doc.Raw, author, keys)
	if err != nil {
		return nil, "", tally.Problem{Code: tally.CodeSigner, Path: "/proof", Detail: "no proof by the convener's key"}
	}
	return con, key, nil
}

// keepOfRounds stores a received document by its digest and lets note use it,
// unless another one bears its id: documents never change (F105).
func (s *Service) keepOfRounds(ctx context.Context, rec store.Signed, note func(*store.Tx) error) error {
	rec.Received = s.now().UTC()
	changed := false
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		changed = false
		for row, err := range tx.Signed.By("id", store.IDPrefix(rec.ID)) {
			if err != nil {
				return err
			}
			changed = changed || row.Value.Digest != rec.Digest
		}
		err := tx.Signed.Insert(rec.Digest, rec)
		if errors.Is(err, store.ErrExists) {
			err = nil
		}
		if err != nil || changed {
			return err
		}
		return note(tx)
	})
	if err != nil {
		return fmt.Errorf("keep %s: %w", rec.Type, err)
	}
	if changed {
		return tally.Problem{Code: tally.CodeChanged, Path: "/id", Detail: "already known with other content"}
	}
	s.poke()
	return nil
}

// roundsIn is the state of the rounds of a consultation; the zero value before
// the first.
func roundsIn(tx *store.Tx, consultation string) (store.Rounds, error) {
	st, err := tx.Rounds.Get(consultation)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return st, err
}

// noteRound makes r the open step if it is newer than the one known.
func noteRound(tx *store.Tx, consultation string, r *opinion.Round) error {
	st, err := roundsIn(tx, consultation)
	if err != nil || r.Epoch < st.Epoch {
		return err
	}
	if r.Epoch > st.Epoch {
		st.Epoch, st.Step, st.Opening, st.Model = r.Epoch, 0, "", ""
		st.OpenedAt, st.Final = r.Published, r.Final
	}
	if r.Step == 1 {
		st.Opening, st.OpenedAt = r.Digest, r.Published
	}
	if r.Step > st.Step {
		st.Step, st.Open = r.Step, r.Digest
	}
	return tx.Rounds.Put(consultation, st)
}

// noteResult keeps the model of the open epoch, and the newest groups.
func noteResult(tx *store.Tx, consultation string, r *opinion.RoundResult) error {
	st, err := roundsIn(tx, consultation)
	if err != nil {
		return err
	}
	if r.Model != nil && r.Epoch == st.Epoch {
		st.Model = r.Digest
	}
	if len(r.Result) > 0 {
		newer, err := newerResult(tx, st.Result, r.Revision)
		if err != nil {
			return err
		}
		if newer {
			st.Result, st.Finished = r.Digest, st.Finished || r.Epoch == st.Epoch && st.Final
		}
	}
	return tx.Rounds.Put(consultation, st)
}

func newerResult(tx *store.Tx, known string, revision int64) (bool, error) {
	if known == "" {
		return true, nil
	}
	old, err := tx.Signed.Get(known)
	return revision > old.Revision, err
}

// openRound reads the opening and the open step of the epoch. Either is nil if
// it is not known yet.
func openRound(tx *store.Tx, st store.Rounds) (opening, open *opinion.Round, err error) {
	if st.Opening != "" {
		if opening, err = readRound(tx, st.Opening); err != nil {
			return nil, nil, err
		}
	}
	if st.Open != "" {
		open, err = readRound(tx, st.Open)
	}
	return opening, open, err
}

func readRound(tx *store.Tx, digest string) (*opinion.Round, error) {
	rec, err := tx.Signed.Get(digest)
	if err != nil {
		return nil, err
	}
	r, err := opinion.ParseRound(rec.Raw)
	if err != nil {
		return nil, fmt.Errorf("stored round %s: %w", digest, err)
	}
	return r, nil
}

func readResult(tx *store.Tx, digest string) (*opinion.RoundResult, error) {
	rec, err := tx.Signed.Get(digest)
	if err != nil {
		return nil, err
	}
	r, err := opinion.ParseRoundResult(rec.Raw)
	if err != nil {
		return nil, fmt.Errorf("stored result %s: %w", digest, err)
	}
	return r, nil
}

// readShare reads a share with its blobs, as it was when it was accepted.
func readShare(tx *store.Tx, digest string, columns []opinion.Column) (*opinion.Share, error) {
	rec, err := tx.Signed.Get(digest)
	if err != nil {
		return nil, err
	}
	x, err := opinion.ParseShare(rec.Raw)
	if err != nil {
		return nil, fmt.Errorf("stored share %s: %w", digest, err)
	}
	for _, attach := range []struct {
		name string
		do   func([]byte) error
	}{{opinion.BlobPayload, x.AttachPayload}, {opinion.BlobPairs, func(raw []byte) error { return x.AttachPairs(raw, columns) }}} {
		b, ok := x.Blobs[attach.name]
		if !ok {
			continue
		}
		_, raw, err := tx.Blobs.Get(b.Digest)
		if err == nil {
			err = attach.do(raw)
		}
		if err != nil {
			return nil, fmt.Errorf("stored share %s: %s: %w", digest, attach.name, err)
		}
	}
	return x, nil
}
