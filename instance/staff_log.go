// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"fmt"
	"time"

	"polder/consensus"
	"polder/instance/store"
)

// Refusals lists lines of the peer log, the newest first: of one host, or of
// all when host is empty; those before a moment, or from the newest on when it
// is zero. more tells whether older ones exist.
func (s *Service) Refusals(ctx context.Context, host string, before time.Time, most int) (lines []store.PeerLine, more bool, err error) {
	if err := s.FlushPeerLog(ctx); err != nil {
		return nil, false, AsError(err)
	}
	q := store.Query{Reverse: true}
	if !before.IsZero() {
		q.To = store.TimePart(before)
	}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		lines, more = nil, false
		for row, err := range tx.PeerLog.Find(q) {
			if err != nil {
				return err
			}
			if host != "" && hostName(row.Value.Host) != hostName(host) {
				continue
			}
			if len(lines) == most {
				more = true
				return nil
			}
			lines = append(lines, row.Value)
		}
		return nil
	})
	if err != nil {
		return nil, false, AsError(fmt.Errorf("read peer log: %w", err))
	}
	return lines, more, nil
}

// RefusedSince counts the lines of the peer log from a moment on, at most most.
func (s *Service) RefusedSince(ctx context.Context, since time.Time, most int) (n int, err error) {
	if err := s.FlushPeerLog(ctx); err != nil {
		return 0, AsError(err)
	}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		n = 0
		for _, err := range tx.PeerLog.Find(store.Query{From: store.TimePart(since), Limit: most}) {
			if err != nil {
				return err
			}
			n++
		}
		return nil
	})
	if err != nil {
		return 0, AsError(fmt.Errorf("count refusals: %w", err))
	}
	return n, nil
}

// AuditLog lists staff actions, the newest first: those with a number below
// before, or from the newest on when it is 0. Administrators and auditors read
// it (spec: security.md 7).
func (s *Service) AuditLog(ctx context.Context, by consensus.Actor, before uint64, most int) ([]store.AuditEntry, error) {
	if !by.Roles.May(consensus.ActReadAudit) {
		return nil, AsError(consensus.ErrForbidden)
	}
	q := store.Query{Reverse: true, Limit: most}
	if before > 0 {
		q.To = store.Uint64Part(before)
	}
	var list []store.AuditEntry
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		list, err = store.Collect(tx.Audit.Find(q))
		return err
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("read audit log: %w", err))
	}
	return list, nil
}
