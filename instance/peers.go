// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"polder/activitypub"
	"polder/instance/store"
)

var (
	errBlocked    = errors.New("the host is blocked")
	errKeyRefused = errors.New("the key could not be fetched a moment ago")
	errHostCap    = &reason{"host-cap", "too many new voters of this host in this hour"}
	errGuard      = errors.New("the start-up guard has not passed")
)

// reason is an error with a code for the peer log.
type reason struct{ code, text string }

func (r *reason) Error() string  { return r.text }
func (r *reason) Reason() string { return r.code }

// peerLog collects lines in memory and writes them in batches, so that a flood
// of refused requests costs no transaction each. mu guards lines.
type peerLog struct {
	mu    sync.Mutex
	lines []store.PeerLine
	lost  int
}

const maxPeerLines = 1000

func (p *peerLog) add(line store.PeerLine) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.lines) >= maxPeerLines {
		p.lost++
		return
	}
	p.lines = append(p.lines, line)
}

func (p *peerLog) take() ([]store.PeerLine, int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	lines, lost := p.lines, p.lost
	p.lines, p.lost = nil, 0
	return lines, lost
}

// FlushPeerLog writes the collected lines; the scheduler calls it.
func (s *Service) FlushPeerLog(ctx context.Context) error {
	lines, lost := s.peerLog.take()
	if len(lines) == 0 {
		return nil
	}
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		for _, l := range lines {
			if err := tx.PeerLog.Put(store.Key(store.TimePart(l.At), newID()), l); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write peer log: %w", err)
	}
	if lost > 0 {
		s.log.Warn("peer log overflowed", "lines_lost", lost)
	}
	return nil
}

// PeerLog lists the newest refusals first.
func (s *Service) PeerLog(ctx context.Context, most int) ([]store.PeerLine, error) {
	if err := s.FlushPeerLog(ctx); err != nil {
		return nil, err
	}
	var lines []store.PeerLine
	err := s.store.View(ctx, func(tx *store.Tx) error {
		for row, err := range tx.PeerLog.ListReverse("") {
			if err != nil {
				return err
			}
			if lines = append(lines, row.Value); len(lines) == most {
				return nil
			}
		}
		return nil
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("read peer log: %w", err))
	}
	return lines, nil
}

// isBlocked tells whether one of the hosts, or a parent domain, is blocked.
func (s *Service) isBlocked(ctx context.Context, hosts ...string) (bool, error) {
	blocked := false
	err := s.store.View(ctx, func(tx *store.Tx) error {
		for _, h := range hosts {
			is, err := blockedIn(tx, h)
			if err != nil {
				return err
			}
			blocked = blocked || is
		}
		return nil
	})
	return blocked, err
}

func blockedIn(tx *store.Tx, host string) (bool, error) {
	for name := hostName(host); name != ""; name = parentDomain(name) {
		p, err := tx.Peers.Get(name)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return false, err
		}
		if p.Policy == "block" {
			return true, nil
		}
	}
	return false, nil
}

func (s *Service) touchPeer(tx *store.Tx, host string, change func(*store.Peer)) error {
	p, err := tx.Peers.Get(host)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	p.Host = host
	change(&p)
	return tx.Peers.Put(host, p)
}

// Peers lists every known server by host.
func (s *Service) Peers(ctx context.Context) ([]store.Peer, error) {
	var peers []store.Peer
	err := s.store.View(ctx, func(tx *store.Tx) error {
		for row, err := range tx.Peers.List("") {
			if err != nil {
				return err
			}
			peers = append(peers, row.Value)
		}
		return nil
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("list peers: %w", err))
	}
	return peers, nil
}

// SetPolicy blocks a host, or allows it again with an empty policy.
func (s *Service) SetPolicy(ctx context.Context, by, host, policy string) error {
	if policy != "" && policy != "block" && policy != "limit" {
		return refuse(CodeInvalid, "error.malformed", nil)
	}
	host, err := activitypub.NormalizeHost(hostName(strings.TrimSpace(host)))
	if err != nil {
		return refuse(CodeInvalid, "error.malformed", err)
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		return s.touchPeer(tx, host, func(p *store.Peer) { p.Policy = policy })
	})
	if err != nil {
		return AsError(fmt.Errorf("set policy: %w", err))
	}
	return s.audit(ctx, by, "peer.policy", host, policy)
}

func hostName(host string) string {
	for i := range len(host) {
		if host[i] == ':' {
			return host[:i]
		}
	}
	return host
}

func parentDomain(name string) string {
	for i := range len(name) {
		if name[i] == '.' {
			return name[i+1:]
		}
	}
	return ""
}

// keepLines is how long activity ids and peer lines are kept.
const keepLines = 30 * 24 * time.Hour

// expire forgets old activity ids and peer lines, a bounded number at a time.
func (s *Service) expire(ctx context.Context) error {
	limit := s.now().Add(-keepLines)
	old := store.TimePart(limit)
	var seen, lines []string
	err := s.store.View(ctx, func(tx *store.Tx) error {
		for row, err := range tx.Seen.Find(store.Query{Index: "at", To: old, Limit: 500}) {
			if err != nil {
				return err
			}
			seen = append(seen, row.Key)
		}
		for row, err := range tx.PeerLog.Find(store.Query{To: old, Limit: 500}) {
			if err != nil {
				return err
			}
			lines = append(lines, row.Key)
		}
		return nil
	})
	if err != nil || len(seen)+len(lines) == 0 {
		return err
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		for _, key := range seen {
			if err := tx.Seen.Delete(key); err != nil {
				return err
			}
		}
		for _, key := range lines {
			if err := tx.PeerLog.Delete(key); err != nil {
				return err
			}
		}
		return nil
	})
}
