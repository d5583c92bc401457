// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"polder/activitypub"
	"polder/activitypub/proof"
	"polder/instance/store"
)

const (
	actorLife   = 24 * time.Hour  // a fetched actor and its keys are trusted this long
	refetchRest = 5 * time.Minute // at most one refetch per key in this time
	fetchTime   = 12 * time.Second
)

// remoteKey is a public key and the actor it belongs to.
type remoteKey struct {
	owner   string
	public  crypto.PublicKey
	fetched time.Time
}

// remoteKeys caches keys of other servers and what could not be fetched.
// mu guards the maps; single makes sure that a key is fetched once at a time.
type remoteKeys struct {
	mu     sync.Mutex
	keys   map[string]remoteKey
	owned  map[string][]string  // actor -> ids of its keys in keys
	failed map[string]time.Time // key id -> when it last failed or was refetched
	single singleflight.Group
	gate   fetchGate
}

const maxCachedKeys = 50_000

func newRemoteKeys() *remoteKeys {
	return &remoteKeys{keys: map[string]remoteKey{}, owned: map[string][]string{}, failed: map[string]time.Time{}}
}

func (k *remoteKeys) get(id string, now time.Time) (remoteKey, bool, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	key, ok := k.keys[id]
	at, bad := k.failed[id]
	return key, ok && now.Sub(key.fetched) < actorLife, bad && now.Sub(at) < refetchRest
}

func (k *remoteKeys) put(id string, key remoteKey) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.keys) >= maxCachedKeys {
		clear(k.keys)
		clear(k.owned)
	}
	if _, known := k.keys[id]; !known {
		k.owned[key.owner] = append(k.owned[key.owner], id)
	}
	k.keys[id] = key
}

// forget drops the keys of an actor that was read anew: one that it does not
// list any more must not verify anything.
func (k *remoteKeys) forget(owner string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, id := range k.owned[owner] {
		delete(k.keys, id)
	}
	delete(k.owned, owner)
}

func (k *remoteKeys) mark(id string, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.failed) >= maxCachedKeys {
		clear(k.failed)
	}
	k.failed[id] = now
}

// keyFor gives the public key of keyID, from memory, the store or its server.
func (s *Service) keyFor(ctx context.Context, keyID string) (remoteKey, error) {
	key, ok, failed := s.remotes.get(keyID, s.now())
	if ok {
		return key, nil
	}
	if failed {
		return remoteKey{}, fmt.Errorf("key %s: %w", keyID, errKeyRefused)
	}
	return s.loadKey(ctx, keyID, false)
}

// refetchKey asks the server again after a signature did not verify: the key
// may have been rotated. At most one fetch per key in five minutes, the first
// included.
func (s *Service) refetchKey(ctx context.Context, keyID string, old remoteKey, cause error) (remoteKey, error) {
	if _, _, failed := s.remotes.get(keyID, s.now()); failed || s.now().Sub(old.fetched) < refetchRest {
		return remoteKey{}, cause
	}
	s.remotes.mark(keyID, s.now())
	key, err := s.loadKey(ctx, keyID, true)
	if err != nil {
		return remoteKey{}, errors.Join(cause, err)
	}
	return key, nil
}

func (s *Service) loadKey(ctx context.Context, keyID string, again bool) (remoteKey, error) {
	v, err, _ := s.remotes.single.Do(keyID, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTime)
		defer cancel()
		return s.resolveKey(ctx, keyID, again)
	})
	if errors.Is(err, errFetchBusy) {
		return remoteKey{}, refuse(CodeUnavailable, "error.busy", err)
	}
	if err != nil {
		s.remotes.mark(keyID, s.now())
		return remoteKey{}, err
	}
	key := v.(remoteKey)
	s.remotes.put(keyID, key)
	return key, nil
}

// resolveKey finds the actor that lists keyID as its own. The key document may
// be the actor or a pointer to it; either way the actor decides, and only
// as its own address serves it: a document with another id is never stored.
func (s *Service) resolveKey(ctx context.Context, keyID string, again bool) (remoteKey, error) {
	if !again {
		if key, err := s.storedKey(ctx, keyID); err == nil && s.now().Sub(key.fetched) < actorLife {
			return key, nil
		}
	}
	leave, err := s.remotes.gate.enter(ctx, hostOf(keyID))
	if err != nil {
		return remoteKey{}, err
	}
	defer leave()
	raw, err := s.client.GetKey(ctx, keyID, s.fetchSigner())
	if err != nil {
		return remoteKey{}, fmt.Errorf("fetch key %s: %w", keyID, err)
	}
	doc, err := activitypub.Parse(raw)
	if err != nil {
		return remoteKey{}, fmt.Errorf("fetch key %s: %w", keyID, err)
	}
	place, _, _ := cutFragment(keyID)
	actor, err := activitypub.ParseActor(doc)
	if err != nil || actor.ID != place {
		pointer, err := activitypub.ParseKeyPointer(doc, keyID)
		if err != nil {
			return remoteKey{}, fmt.Errorf("fetch key %s: %w", keyID, err)
		}
		if pointer.Owner == place {
			return remoteKey{}, fmt.Errorf("fetch key %s: %w", keyID, activitypub.ErrActor)
		}
		if actor, err = s.fetchActor(ctx, pointer.Owner); err != nil {
			return remoteKey{}, err
		}
	} else if err := s.storeActor(ctx, actor, raw); err != nil {
		return remoteKey{}, err
	}
	return pickKey(actor, keyID, s.now())
}

func (s *Service) storedKey(ctx context.Context, keyID string) (remoteKey, error) {
	owner, _, _ := cutFragment(keyID)
	actor, fetched, err := s.storedActor(ctx, owner)
	if err != nil {
		return remoteKey{}, err
	}
	return pickKey(actor, keyID, fetched)
}

func pickKey(actor *activitypub.RemoteActor, keyID string, fetched time.Time) (remoteKey, error) {
	if hostOf(actor.ID) != hostOf(keyID) {
		return remoteKey{}, fmt.Errorf("key %s is not on the host of %s", keyID, actor.ID)
	}
	if public, ok := actor.Keys[keyID]; ok {
		return remoteKey{owner: actor.ID, public: public, fetched: fetched}, nil
	}
	multikey, ok := actor.Multikeys[keyID]
	if !ok {
		return remoteKey{}, fmt.Errorf("actor %s does not list key %s", actor.ID, keyID)
	}
	public, err := proof.DecodeKey(multikey)
	if err != nil {
		return remoteKey{}, fmt.Errorf("key %s: %w", keyID, err)
	}
	return remoteKey{owner: actor.ID, public: public, fetched: fetched}, nil
}

// RemoteActor gives an actor of another server, at most a day old.
func (s *Service) RemoteActor(ctx context.Context, id string) (*activitypub.RemoteActor, error) {
	if actor, fetched, err := s.storedActor(ctx, id); err == nil && s.now().Sub(fetched) < actorLife {
		return actor, nil
	}
	return s.fetchActor(ctx, id)
}

func (s *Service) fetchActor(ctx context.Context, id string) (*activitypub.RemoteActor, error) {
	raw, err := s.client.GetObject(ctx, id, s.fetchSigner())
	if err != nil {
		return nil, fmt.Errorf("fetch actor %s: %w", id, err)
	}
	doc, err := activitypub.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("fetch actor %s: %w", id, err)
	}
	actor, err := activitypub.ParseActor(doc)
	if err != nil {
		return nil, fmt.Errorf("fetch actor %s: %w", id, err)
	}
	if actor.ID != id {
		return nil, fmt.Errorf("fetch actor %s: the document is of %s", id, actor.ID)
	}
	return actor, s.storeActor(ctx, actor, raw)
}

func (s *Service) storeActor(ctx context.Context, a *activitypub.RemoteActor, raw []byte) error {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		return tx.Actors.Put(store.HashPart(a.ID), store.Actor{ID: a.ID, Raw: raw, Inbox: a.Inbox,
			SharedInbox: a.SharedInbox, Fetched: s.now().UTC()})
	})
	if err != nil {
		return fmt.Errorf("store actor: %w", err)
	}
	s.remotes.forget(a.ID)
	return nil
}

func (s *Service) storedActor(ctx context.Context, id string) (*activitypub.RemoteActor, time.Time, error) {
	var rec store.Actor
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		rec, err = tx.Actors.Get(store.HashPart(id))
		return err
	})
	if err != nil {
		return nil, time.Time{}, err
	}
	doc, err := activitypub.Parse(rec.Raw)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("stored actor %s: %w", id, err)
	}
	actor, err := activitypub.ParseActor(doc)
	return actor, rec.Fetched, err
}

func (s *Service) knowsActor(ctx context.Context, id string) bool {
	_, _, err := s.storedActor(ctx, id)
	return err == nil
}

// assertionKey is the Multikey that actor lists under this verification method.
func (s *Service) assertionKey(ctx context.Context, actorID, method string) (string, error) {
	actor, err := s.RemoteActor(ctx, actorID)
	if err != nil {
		return "", err
	}
	key, ok := actor.Multikeys[method]
	if !ok {
		return "", fmt.Errorf("actor %s lists no assertion key %s", actorID, method)
	}
	return key, nil
}

func cutFragment(id string) (string, string, bool) {
	for i := range len(id) {
		if id[i] == '#' {
			return id[:i], id[i+1:], true
		}
	}
	return id, "", false
}
