// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"polder/activitypub"
	"polder/instance/store"
)

// send is one activity on its way out, built inside the transaction that
// creates what it tells about: an object that exists is also announced.
type send struct {
	actor    string // local actor that signs and whose outbox holds it
	activity activitypub.Activity
	inboxes  []string
	public   bool   // listed in the outbox
	replaces string // a newer one with this tag replaces an undelivered one
}

// publish queues one delivery per distinct inbox and lists a public activity
// in the outbox of its actor.
func (s *Service) publish(tx *store.Tx, out send) error {
	raw, err := activitypub.Marshal(out.activity)
	if err != nil {
		return fmt.Errorf("encode activity: %w", err)
	}
	now := s.now().UTC()
	if out.public {
		item := store.OutboxItem{Activity: out.activity.ID, Raw: raw, At: now}
		if err := tx.Outbox.Put(store.Key(out.actor, store.TimePart(now), out.activity.ID), item); err != nil {
			return err
		}
	}
	slices.Sort(out.inboxes)
	for _, inbox := range slices.Compact(out.inboxes) {
		if inbox == "" || s.Owns(inbox) {
			continue
		}
		if blocked, err := blockedIn(tx, hostOf(inbox)); err != nil {
			return err
		} else if blocked {
			continue
		}
		if err := s.enqueue(tx, store.Delivery{Host: hostOf(inbox), Inbox: inbox, Activity: out.activity.ID,
			Actor: out.actor, Raw: raw, Replaces: out.replaces, First: now}); err != nil {
			return err
		}
	}
	tx.AfterCommit(s.deliver.poke)
	return nil
}

func (s *Service) enqueue(tx *store.Tx, d store.Delivery) error {
	if d.Replaces != "" {
		if err := dropReplaced(tx, d); err != nil {
			return err
		}
	}
	return tx.Deliveries.Insert(store.Key(store.TimePart(d.First), newID()), d)
}

func dropReplaced(tx *store.Tx, d store.Delivery) error {
	var old []string
	for row, err := range tx.Deliveries.By("replaces", store.Key(d.Host, d.Replaces)) {
		if err != nil {
			return err
		}
		if row.Value.Inbox == d.Inbox {
			old = append(old, row.Key)
		}
	}
	for _, key := range old {
		if err := tx.Deliveries.Delete(key); err != nil {
			return err
		}
	}
	return nil
}

// followerInboxes are the inboxes of everyone who follows one of our actors.
// With capable set, only those of Polder instances.
func followerInboxes(tx *store.Tx, local string, keep func(store.Follower) (bool, error)) ([]string, error) {
	var inboxes []string
	for row, err := range tx.Followers.List(store.Prefix(local)) {
		if err != nil {
			return nil, err
		}
		ok := true
		if keep != nil {
			if ok, err = keep(row.Value); err != nil {
				return nil, err
			}
		}
		if ok {
			inboxes = append(inboxes, row.Value.Inbox)
		}
	}
	return inboxes, nil
}

// capableFollower keeps the followers whose host declared our namespace.
func capableFollower(tx *store.Tx) func(store.Follower) (bool, error) {
	return func(f store.Follower) (bool, error) {
		p, err := tx.Peers.Get(hostName(hostOf(f.Remote)))
		if errors.Is(err, store.ErrNotFound) {
			return false, nil
		}
		return p.Capable, err
	}
}

// inboxOf is the inbox of a known remote actor, shared if it has one.
func inboxOf(tx *store.Tx, actor string) (string, error) {
	a, err := tx.Actors.Get(store.HashPart(actor))
	if err != nil {
		return "", fmt.Errorf("inbox of %s: %w", actor, err)
	}
	if a.SharedInbox != "" {
		return a.SharedInbox, nil
	}
	return a.Inbox, nil
}

// publishObject stores an own object and queues its Create.
func (s *Service) publishObject(tx *store.Tx, o activitypub.Object, kind, consultation, page string, inboxes []string, listed bool) error {
	raw, err := activitypub.Marshal(o)
	if err != nil {
		return fmt.Errorf("encode object: %w", err)
	}
	rec := store.Object{ID: o.ID, Raw: raw, Owner: o.AttributedTo, Consultation: consultation,
		Kind: kind, Published: o.Published.Time, Page: page}
	if err := tx.Objects.Put(o.ID, rec); err != nil {
		return err
	}
	create := activitypub.NewCreate(o.ID+"/activity", o)
	return s.publish(tx, send{actor: o.AttributedTo, activity: create, inboxes: inboxes, public: listed})
}

// Outbox reads one page of an actor's outbox, newest first.
func outboxPage(tx *store.Tx, actor string, page int) (items []store.OutboxItem, total int, err error) {
	skip := (page - 1) * activitypub.PageSize
	for row, err := range tx.Outbox.ListReverse(store.Prefix(actor)) {
		if err != nil {
			return nil, 0, err
		}
		if total >= skip && len(items) < activitypub.PageSize {
			items = append(items, row.Value)
		}
		total++
	}
	return items, total, nil
}

// retryAfter gives the waiting times before the second to the eighth attempt
// (spec: federation.md 10).
var retryAfter = []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour,
	8 * time.Hour, 24 * time.Hour, 36 * time.Hour}

// giveUpAfter bounds the time from the first attempt to the last.
const giveUpAfter = 72 * time.Hour
