// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"polder/consensus"
	"polder/instance/store"
)

// HostQueue is the outgoing traffic of one host as officials see it.
type HostQueue struct {
	Host      string
	Waiting   int
	Oldest    time.Time // when the oldest waiting message was made; zero without one
	Attempts  int       // of the oldest
	Next      time.Time // next attempt
	LastOK    time.Time
	LastError string
	Paused    bool // the breaker is open
}

// DeadLetter is a message that was given up. ID names it in RetryDelivery.
type DeadLetter struct {
	ID string
	store.Delivery
	GivenUp time.Time
}

// Traffic is the outgoing queue.
type Traffic struct {
	Waiting int
	Oldest  time.Time
	Hosts   []HostQueue  // with something waiting or a failure, by name
	Dead    []DeadLetter // the newest first, at most mostDead
	DeadAll int          // all of them
}

// mostDead bounds the list of dead letters of a page, mostQueued what is read
// of the queue.
const (
	mostDead   = 100
	mostQueued = 20_000
)

// Traffic reads the outgoing queue, host by host.
func (s *Service) Traffic(ctx context.Context) (*Traffic, error) {
	var t *Traffic
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		t, err = s.traffic(tx)
		return err
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("read deliveries: %w", err))
	}
	return t, nil
}

func (s *Service) traffic(tx *store.Tx) (*Traffic, error) {
	t := &Traffic{}
	hosts := map[string]*HostQueue{}
	for row, err := range tx.Deliveries.Find(store.Query{Limit: mostQueued}) {
		if err != nil {
			return nil, err
		}
		next, err := store.ParseTimePart(store.Parts(row.Key)[0])
		if err != nil {
			return nil, err
		}
		t.wait(hosts, row.Value, next)
	}
	if err := s.addPeers(tx, hosts); err != nil {
		return nil, err
	}
	for _, h := range hosts {
		h.Paused = s.deliver.paused(h.Host, s.now())
		t.Hosts = append(t.Hosts, *h)
	}
	slices.SortFunc(t.Hosts, func(a, b HostQueue) int { return cmp.Compare(a.Host, b.Host) })
	for row, err := range tx.DeadLetters.ListReverse("") {
		if err != nil {
			return nil, err
		}
		if t.DeadAll++; len(t.Dead) < mostDead {
			at, err := store.ParseTimePart(store.Parts(row.Key)[0])
			if err != nil {
				return nil, err
			}
			t.Dead = append(t.Dead, DeadLetter{ID: store.HashPart(row.Key), Delivery: row.Value, GivenUp: at})
		}
	}
	return t, nil
}

func (t *Traffic) wait(hosts map[string]*HostQueue, d store.Delivery, next time.Time) {
	h := hosts[d.Host]
	if h == nil {
		h = &HostQueue{Host: d.Host}
		hosts[d.Host] = h
	}
	h.Waiting++
	t.Waiting++
	if h.Oldest.IsZero() || d.First.Before(h.Oldest) {
		h.Oldest, h.Attempts = d.First, d.Attempts
	}
	if h.Next.IsZero() || next.Before(h.Next) {
		h.Next = next
	}
	if t.Oldest.IsZero() || d.First.Before(t.Oldest) {
		t.Oldest = d.First
	}
}

// addPeers adds what is known of the hosts, and the hosts whose last message
// failed although nothing waits for them any more.
func (s *Service) addPeers(tx *store.Tx, hosts map[string]*HostQueue) error {
	known := map[string]store.Peer{}
	for row, err := range tx.Peers.List("") {
		if err != nil {
			return err
		}
		p := row.Value
		known[p.Host] = p
		if !p.DownSince.IsZero() && !hasHost(hosts, p.Host) {
			hosts[p.Host] = &HostQueue{Host: p.Host}
		}
	}
	for _, h := range hosts {
		p := known[hostName(h.Host)]
		h.LastOK = p.LastSeen
		if p.LastFailed.After(p.LastSeen) {
			h.LastError = p.LastError
		}
	}
	return nil
}

func hasHost(hosts map[string]*HostQueue, name string) bool {
	for host := range hosts {
		if hostName(host) == name {
			return true
		}
	}
	return false
}

// paused tells whether the breaker of a host is open.
func (d *deliverer) paused(host string, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.hosts[host]
	return h != nil && now.Before(h.until)
}

// RetryDelivery takes a dead letter back into the queue with a fresh count of
// attempts. An official with a task in the network or the accounts may do it.
func (s *Service) RetryDelivery(ctx context.Context, by consensus.Actor, id string) error {
	if !by.Roles.May(consensus.ActDecideNetwork) && !by.Roles.May(consensus.ActAccounts) {
		return AsError(consensus.ErrForbidden)
	}
	var target string
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		row, err := deadLetter(tx, id)
		if err != nil {
			return err
		}
		d := row.Value
		d.First, d.Attempts, d.Leased, d.Error, d.Status = s.now().UTC(), 0, false, "", 0
		target = d.Activity
		return errors.Join(tx.DeadLetters.Delete(row.Key), s.enqueue(tx, d))
	})
	if err != nil {
		return AsError(fmt.Errorf("retry delivery: %w", err))
	}
	s.deliver.poke()
	return s.audit(ctx, by.ID, "delivery.retry", target, "")
}

func deadLetter(tx *store.Tx, id string) (store.Row[store.Delivery], error) {
	for row, err := range tx.DeadLetters.ListReverse("") {
		if err != nil {
			return row, err
		}
		if store.HashPart(row.Key) == id {
			return row, nil
		}
	}
	return store.Row[store.Delivery]{}, fmt.Errorf("dead letter: %w", store.ErrNotFound)
}
