// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"polder/activitypub/client"
	"polder/instance/store"
)

const (
	deliveriesAtOnce  = 64
	deliveriesPerHost = 2
	leaseTime         = time.Minute
	breakerLimit      = 10 // failures in a row
	breakerPause      = time.Minute
	deadAfter         = 7 * 24 * time.Hour
	scanAhead         = 2000 // due deliveries looked at for one claim
)

// deliverer sends queued activities. Each host has at most two requests under
// way and a breaker; the queue itself is in the store, so nothing is lost.
// mu guards hosts; wake is a signal with room for one.
type deliverer struct {
	s     *Service
	wake  chan struct{}
	mu    sync.Mutex
	hosts map[string]*hostState
}

// hostState is the traffic of one host in this process.
type hostState struct {
	flying   int
	failures int
	until    time.Time // the breaker is open until then
}

func newDeliverer(s *Service) *deliverer {
	return &deliverer{s: s, wake: make(chan struct{}, 1), hosts: map[string]*hostState{}}
}

func (d *deliverer) poke() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// run delivers until ctx ends. It sleeps until something is queued, a request
// is done, or the next attempt is due.
func (d *deliverer) run(ctx context.Context) error {
	var flights sync.WaitGroup
	defer flights.Wait()
	for ctx.Err() == nil {
		batch, next, err := d.claim(ctx)
		if err != nil && ctx.Err() == nil {
			d.s.log.Error("claim deliveries", "err", err)
			next = time.Second
		}
		for _, c := range batch {
			flights.Go(func() {
				d.one(ctx, c)
				d.poke()
			})
		}
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
		case <-d.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// claimed is a delivery taken for one attempt, under its lease key.
type claimed struct {
	key string
	store.Delivery
}

// claim leases due deliveries in one transaction: as many as hosts have room
// for. next is the time until something else may be due.
func (d *deliverer) claim(ctx context.Context) (batch []claimed, next time.Duration, err error) {
	now := d.s.now()
	next = 5 * time.Second
	due := false
	err = d.s.store.View(ctx, func(tx *store.Tx) error {
		for row, err := range tx.Deliveries.Find(store.Query{Limit: scanAhead}) {
			if err != nil {
				return err
			}
			at, err := store.ParseTimePart(store.Parts(row.Key)[0])
			if err != nil {
				return err
			}
			if wait := at.Sub(now); wait > 0 {
				next = min(next, wait)
				break
			}
			if d.room(row.Value.Host, now) {
				due = true
				break
			}
		}
		return nil
	})
	if err != nil || !due {
		return nil, next, err
	}
	err = d.s.store.Update(ctx, func(tx *store.Tx) error {
		batch, err = d.lease(tx, now)
		return err
	})
	if err != nil {
		return nil, next, fmt.Errorf("lease deliveries: %w", err)
	}
	d.takeOff(batch)
	return batch, next, nil
}

func (d *deliverer) lease(tx *store.Tx, now time.Time) ([]claimed, error) {
	var batch []claimed
	taken := map[string]int{}
	for row, err := range tx.Deliveries.Find(store.Query{To: store.TimePart(now) + "\xff", Limit: scanAhead}) {
		if err != nil {
			return nil, err
		}
		if len(batch) == deliveriesAtOnce {
			break
		}
		if !d.roomFor(row.Value.Host, now, taken[row.Value.Host]) {
			continue
		}
		taken[row.Value.Host]++
		batch = append(batch, claimed{key: row.Key, Delivery: row.Value})
	}
	for i := range batch {
		c := &batch[i]
		if err := tx.Deliveries.Delete(c.key); err != nil {
			return nil, err
		}
		c.Leased = true
		c.key = store.Key(store.TimePart(now.Add(leaseTime)), newID())
		if err := tx.Deliveries.Insert(c.key, c.Delivery); err != nil {
			return nil, err
		}
	}
	return batch, nil
}

func (d *deliverer) state(host string) *hostState {
	h := d.hosts[host]
	if h == nil {
		h = &hostState{}
		d.hosts[host] = h
	}
	return h
}

func (d *deliverer) room(host string, now time.Time) bool { return d.roomFor(host, now, 0) }

func (d *deliverer) roomFor(host string, now time.Time, more int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.state(host)
	return h.flying+more < deliveriesPerHost && now.After(h.until)
}

// takeOff counts a batch as flying, once its leases are on disk.
func (d *deliverer) takeOff(batch []claimed) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range batch {
		d.state(c.Host).flying++
	}
}

// one makes one attempt and records its outcome.
func (d *deliverer) one(ctx context.Context, c claimed) {
	result := d.s.client.Deliver(ctx, c.Inbox, c.Raw, d.s.signer(c.Actor))
	now := d.s.now()
	d.landed(c.Host, result.Class == client.Done || result.Class == client.Permanent, now)
	if ctx.Err() != nil {
		return // the lease runs out and the attempt is made again
	}
	if err := d.s.settle(ctx, c, result, now); err != nil {
		d.s.log.Error("record delivery", "peer", c.Host, "activity_id", c.Activity, "err", err)
	}
}

// landed updates the breaker: an answer, even a refusal, shows a live host.
func (d *deliverer) landed(host string, answered bool, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.state(host)
	h.flying--
	if answered {
		h.failures = 0
		return
	}
	if h.failures++; h.failures >= breakerLimit {
		h.until = now.Add(breakerPause)
		h.failures = 0
	}
}

// revive closes the breaker of a host that sent us something verified.
func (d *deliverer) revive(host string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if h := d.hosts[host]; h != nil && !h.until.IsZero() {
		h.failures, h.until = 0, time.Time{}
		d.poke()
	}
}

// settle writes what came of one attempt.
func (s *Service) settle(ctx context.Context, c claimed, r client.Delivery, now time.Time) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Deliveries.Delete(c.key); err != nil {
			return err
		}
		again := c.Delivery
		again.Leased = false
		again.Attempts++
		again.Status = r.Status
		if r.Err != nil {
			again.Error = clean(r.Err.Error(), 300)
		}
		peer := s.touchPeer(tx, hostName(c.Host), func(p *store.Peer) { countAttempt(p, again, r.Class == client.Done, now) })
		switch r.Class {
		case client.Done:
			return peer
		case client.Gone:
			return errors.Join(peer, dropFollowersAt(tx, again.Inbox), bury(tx, again, now))
		case client.Permanent:
			return errors.Join(peer, bury(tx, again, now))
		}
		wait, ok := nextAttempt(again, r.RetryAfter, now)
		if !ok {
			return errors.Join(peer, bury(tx, again, now))
		}
		return errors.Join(peer, tx.Deliveries.Insert(store.Key(store.TimePart(now.Add(wait)), newID()), again))
	})
}

func countAttempt(p *store.Peer, d store.Delivery, done bool, now time.Time) {
	if done {
		p.Delivered++
		p.LastSeen, p.DownSince = now.UTC(), time.Time{}
		return
	}
	p.Failed++
	p.LastFailed, p.LastError = now.UTC(), d.Error
	if p.DownSince.IsZero() {
		p.DownSince = now.UTC()
	}
}

// nextAttempt gives the wait before the next attempt, +-20 %, or false when it
// was the last.
func nextAttempt(d store.Delivery, asked time.Duration, now time.Time) (time.Duration, bool) {
	if d.Attempts > len(retryAfter) {
		return 0, false
	}
	wait := retryAfter[d.Attempts-1]
	wait += time.Duration((rand.Float64()*0.4 - 0.2) * float64(wait))
	wait = max(wait, asked)
	if last := d.First.Add(giveUpAfter); now.Add(wait).After(last) {
		wait = last.Sub(now)
	}
	return wait, wait > 0
}

func bury(tx *store.Tx, d store.Delivery, now time.Time) error {
	return tx.DeadLetters.Insert(store.Key(store.TimePart(now), newID()), d)
}

func dropFollowersAt(tx *store.Tx, inbox string) error {
	var gone []string
	for row, err := range tx.Followers.List("") {
		if err != nil {
			return err
		}
		if row.Value.Inbox == inbox {
			gone = append(gone, row.Key)
		}
	}
	for _, key := range gone {
		if err := tx.Followers.Delete(key); err != nil {
			return err
		}
	}
	return nil
}

// releaseDeliveries makes everything a killed process had leased due at once.
func (s *Service) releaseDeliveries(tx *store.Tx) error {
	now := s.now().UTC()
	var leased []claimed
	for row, err := range tx.Deliveries.List("") {
		if err != nil {
			return err
		}
		if row.Value.Leased {
			leased = append(leased, claimed{key: row.Key, Delivery: row.Value})
		}
	}
	for _, c := range leased {
		c.Leased = false
		err := errors.Join(tx.Deliveries.Delete(c.key),
			tx.Deliveries.Insert(store.Key(store.TimePart(now), newID()), c.Delivery))
		if err != nil {
			return err
		}
	}
	return nil
}

// DeliverDue makes one attempt for everything that is due, in this goroutine:
// the step that tests and small commands call instead of running the worker.
func (s *Service) DeliverDue(ctx context.Context) (int, error) {
	batch, _, err := s.deliver.claim(ctx)
	if err != nil {
		return 0, err
	}
	for _, c := range batch {
		s.deliver.one(ctx, c)
	}
	return len(batch), nil
}

// Queue lists what waits for delivery and what was given up, newest last.
func (s *Service) Queue(ctx context.Context, most int) (waiting, dead []store.Delivery, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		var err, err2 error
		waiting, err = store.Collect(tx.Deliveries.Find(store.Query{Limit: most}))
		dead, err2 = store.Collect(tx.DeadLetters.Find(store.Query{Limit: most, Reverse: true}))
		return errors.Join(err, err2)
	})
	if err != nil {
		return nil, nil, AsError(fmt.Errorf("read deliveries: %w", err))
	}
	return waiting, dead, nil
}
