// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance/store"
)

// importStep bounds one transaction of an import, so that voting goes on
// while a large list comes in.
const importStep = 2000

// ImportCodes adds the hashes of one code list to a consultation. The list
// holds no codes, only keyed hashes (spec: aggregation.md 3.1). It returns how
// many hashes were new; a repeated import of the same file adds none.
func (s *Service) ImportCodes(ctx context.Context, by, slug string, list io.Reader) (added int, err error) {
	con, err := s.ConsultationBySlug(ctx, slug)
	if err != nil {
		return 0, err
	}
	if !con.Leaf {
		return 0, refuse(CodeConflict, "error.codes-not-here", nil)
	}
	kcode, hashes, err := eligibility.ReadHashes(list)
	if err != nil {
		return 0, refuse(CodeInvalid, "error.codes-file", err)
	}
	batch, err := s.codeBatch(ctx, con.ID, kcode.Bytes())
	if err != nil {
		return 0, err
	}
	for len(hashes) > 0 {
		step := hashes[:min(importStep, len(hashes))]
		hashes = hashes[len(step):]
		n, err := s.importHashes(ctx, con.ID, batch, step)
		if err != nil {
			return added, AsError(fmt.Errorf("import codes: %w", err))
		}
		added += n
	}
	return added, s.audit(ctx, by, "codes.import", slug, strconv.Itoa(added))
}

// codeBatch finds the batch with this key or opens a new one.
func (s *Service) codeBatch(ctx context.Context, consultation string, kcode []byte) (string, error) {
	var place string
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		n := 0
		for row, err := range tx.CodeBatches.List(store.Key(consultation, "")) {
			if err != nil {
				return err
			}
			if key, err := s.unseal("code-key", row.Value.Key); err == nil && string(key) == string(kcode) {
				place = row.Key
				return nil
			}
			n++
		}
		place = store.Key(consultation, fmt.Sprintf("%04d", n))
		return tx.CodeBatches.Insert(place, store.CodeBatch{Key: s.seal("code-key", kcode)})
	})
	return place, err
}

func (s *Service) importHashes(ctx context.Context, consultation, batch string, hashes []string) (int, error) {
	added := 0
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		added = 0
		for _, h := range hashes {
			err := tx.Codes.Insert(store.Key(consultation, h), store.LetterCode{})
			if errors.Is(err, store.ErrExists) {
				continue
			}
			if err != nil {
				return err
			}
			added++
		}
		b, err := tx.CodeBatches.Get(batch)
		if err != nil {
			return err
		}
		b.Issued += int64(added)
		return errors.Join(tx.CodeBatches.Put(batch, b), markDirty(tx, consultation))
	})
	return added, err
}

// issued is the number of codes imported for a consultation.
func issued(tx *store.Tx, consultation string) (int64, error) {
	var sum int64
	for row, err := range tx.CodeBatches.List(store.Key(consultation, "")) {
		if err != nil {
			return 0, err
		}
		sum += row.Value.Issued
	}
	return sum, nil
}

// CodeHolder is what a right letter code gives: the consultation it belongs to
// and the hash that stands for it.
type CodeHolder struct {
	Consultation string
	Slug         string
	Hash         string
}

// EnterCode looks a letter code up in the consultations that take codes now.
// A code that is mistyped and one that was never issued get the same answer.
func (s *Service) EnterCode(ctx context.Context, typed string) (CodeHolder, error) {
	wrong := refuse(CodeInvalid, "error.code-wrong", consensus.ErrNotEligible)
	code, err := eligibility.NormalizeCode(typed)
	if err != nil {
		return CodeHolder{}, wrong
	}
	var found CodeHolder
	err = s.store.View(ctx, func(tx *store.Tx) error {
		for id, err := range tx.Consultations.Keys("") {
			if err != nil {
				return err
			}
			con, err := s.cachedConsultation(tx, id)
			if err != nil {
				return err
			}
			if !con.Leaf || !takesCodes(con, s.now()) {
				continue
			}
			hash, ok, err := s.findCode(tx, con.ID, code)
			if err != nil {
				return err
			}
			if ok {
				found = CodeHolder{Consultation: con.ID, Slug: con.Slug, Hash: hash}
				return nil
			}
		}
		return wrong
	})
	if err != nil {
		return CodeHolder{}, AsError(err)
	}
	return found, nil
}

// takesCodes is true from the announcement until the count is final, so that a
// code also opens one's own votes after closing.
func takesCodes(con *store.Consultation, now time.Time) bool {
	switch con.State {
	case consensus.StateAnnounced, consensus.StateOpen, consensus.StateSuspended, consensus.StateAnswering:
		return now.Before(con.ObjectionUntil)
	}
	return false
}

func (s *Service) findCode(tx *store.Tx, consultation string, code eligibility.LetterCode) (string, bool, error) {
	for row, err := range tx.CodeBatches.List(store.Key(consultation, "")) {
		if err != nil {
			return "", false, err
		}
		kcode, err := s.unseal("code-key", row.Value.Key)
		if err != nil {
			return "", false, fmt.Errorf("open code key: %w", err)
		}
		hash := eligibility.HashCode(kcode, code)
		_, err = tx.Codes.Get(store.Key(consultation, hash))
		if err == nil {
			return hash, true, nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return "", false, err
		}
	}
	return "", false, nil
}
