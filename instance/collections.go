// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"fmt"
	"net/http"

	"polder/activitypub"
	"polder/activitypub/httpsig"
	"polder/instance/store"
)

// OutboxPage is one page of the outbox of a local actor: each Create and
// Announce as it was sent, newest first.
func (s *Service) OutboxPage(ctx context.Context, actor string, page int) (items []activitypub.IRIOrObject, total int, err error) {
	err = s.viewActor(ctx, actor, func(tx *store.Tx) error {
		list, n, err := outboxPage(tx, actor, page)
		total = n
		for _, item := range list {
			items = append(items, activitypub.Raw(item.Raw))
		}
		return err
	})
	return items, total, err
}

// FollowerCount is the number of followers of a local actor.
func (s *Service) FollowerCount(ctx context.Context, actor string) (n int, err error) {
	err = s.viewActor(ctx, actor, func(tx *store.Tx) (err error) {
		n, err = tx.Followers.Count(store.Prefix(actor))
		return err
	})
	return n, err
}

// FollowingCount is the number of actors that a local actor follows.
func (s *Service) FollowingCount(ctx context.Context, actor string) (n int, err error) {
	err = s.viewActor(ctx, actor, func(tx *store.Tx) (err error) {
		n, err = tx.Following.Count(store.Prefix(actor))
		return err
	})
	return n, err
}

// Featured lists what an actor has pinned: the lead Note of a consultation.
func (s *Service) Featured(ctx context.Context, actor string) ([]string, error) {
	var ids []string
	err := s.viewActor(ctx, actor, func(tx *store.Tx) error {
		slug, _, ok := s.Slug(actor)
		if !ok {
			return nil
		}
		row, err := tx.Consultations.Only("slug", slug)
		if err == nil && row.Value.LeadNote != "" {
			ids = []string{row.Value.LeadNote}
		}
		return err
	})
	return ids, err
}

func (s *Service) viewActor(ctx context.Context, actor string, fn func(*store.Tx) error) error {
	err := s.store.View(ctx, func(tx *store.Tx) error {
		if _, err := s.localActor(tx, actor); err != nil {
			return err
		}
		return fn(tx)
	})
	return AsErrorOrNil(err)
}

// ObjectByID gives the bytes of a public object of ours.
func (s *Service) ObjectByID(ctx context.Context, id string) ([]byte, error) {
	var o store.Object
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		o, err = tx.Objects.Get(id)
		return err
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("object %s: %w", clean(id, 200), err))
	}
	return o.Raw, nil
}

// ObjectPage is where a browser goes that asks for an object.
func (s *Service) ObjectPage(ctx context.Context, id string) (string, error) {
	var o store.Object
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		o, err = tx.Objects.Get(id)
		return err
	})
	if err != nil {
		return "", AsError(err)
	}
	return o.Page, nil
}

// PollPage is the page on which a poll can be voted in by residents.
func (s *Service) PollPage(ctx context.Context, id string) (string, error) {
	poll, con, err := s.pollByID(ctx, id)
	if err != nil {
		return "", AsError(err)
	}
	return fmt.Sprintf("/consultations/%s?s=%d", con.Slug, poll.Number), nil
}

// Thread lists the conversation below a lead Note: the Note and its polls.
func (s *Service) Thread(ctx context.Context, note string) ([]string, error) {
	ids := []string{note}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		o, err := tx.Objects.Get(note)
		if err != nil {
			return err
		}
		polls, err := pollsOf(tx, o.Consultation)
		for _, p := range polls {
			ids = append(ids, s.Question(p.ID))
		}
		return err
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("thread of %s: %w", clean(note, 200), err))
	}
	return ids, nil
}

// SignedBy tells which actor signed a GET; 401 without a valid signature.
func (s *Service) SignedBy(ctx context.Context, r *http.Request) (string, error) {
	sig, err := httpsig.Parse(r, nil, s.now(), s.Policy())
	if err != nil {
		return "", refuse(CodeUnauthorized, "error.signature", err)
	}
	if hostOf(sig.KeyID) == s.Host() {
		return "", refuse(CodeUnauthorized, "error.signature", nil) // we never ask ourselves
	}
	key, err := s.keyFor(ctx, sig.KeyID)
	if err != nil {
		return "", refuse(CodeUnauthorized, "error.signature", err)
	}
	if err := sig.Verify(key.public); err != nil {
		return "", refuse(CodeUnauthorized, "error.signature", err)
	}
	return key.owner, nil
}
