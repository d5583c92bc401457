// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"polder/consensus"
	"polder/instance/store"
)

// audit appends one entry in a transaction of its own.
func (s *Service) audit(ctx context.Context, actor, action, target, change string) error {
	if actor == consensus.Clock().ID {
		return nil
	}
	err := s.store.Update(ctx, func(tx *store.Tx) error { return s.AuditIn(tx, actor, action, target, change) })
	if err != nil {
		return AsError(fmt.Errorf("audit %s: %w", action, err))
	}
	return nil
}

// AuditIn appends one entry to the hash chain of staff actions, in the
// transaction of the action (spec: security.md 7). What changed is kept as a
// hash, never as text.
func (s *Service) AuditIn(tx *store.Tx, actor, action, target, change string) error {
	sum := sha256.Sum256([]byte(change))
	entry := store.AuditEntry{Seq: 1, At: s.now().UTC(), Actor: actor, Action: action, Target: target,
		Diff: hex.EncodeToString(sum[:])}
	last, err := tx.Audit.First(store.Query{Reverse: true})
	if err == nil {
		entry.Seq = last.Value.Seq + 1
		entry.Prev = auditHash(last.Value)
	} else if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return tx.Audit.Insert(store.Uint64Part(entry.Seq), entry)
}

func auditHash(e store.AuditEntry) string {
	raw, err := json.Marshal(e)
	if err != nil {
		panic(err) // plain strings and numbers always encode
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// VerifyAudit walks the chain of staff actions and reports the first break.
func (s *Service) VerifyAudit(ctx context.Context) (entries uint64, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		prev := ""
		for row, err := range tx.Audit.List("") {
			if err != nil {
				return err
			}
			entries++
			if row.Value.Seq != entries || row.Value.Prev != prev {
				return fmt.Errorf("audit entry %d does not follow the one before it", row.Value.Seq)
			}
			prev = auditHash(row.Value)
		}
		return nil
	})
	return entries, err
}
