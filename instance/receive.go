// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"polder/activitypub"
	"polder/activitypub/httpsig"
	"polder/activitypub/proof"
	"polder/instance/store"
)

// maxJobs bounds the inbound queue; above it the inbox answers 503.
const maxJobs = 10_000

// Policy is the signature policy of this instance.
func (s *Service) Policy() httpsig.Policy {
	return httpsig.Policy{Host: s.Host(), BaseURL: s.Base, AllowPrivate: s.opt.Dev,
		Past: 65 * time.Minute, Future: 5 * time.Minute}
}

// Receive takes one POST to an inbox: signature, shape, who may speak for
// whom, and then one transaction that remembers the id and queues the work
// (spec: architecture.md 5.1). Nothing slow happens here and a refused request
// stores nothing but a line in the peer log.
func (s *Service) Receive(ctx context.Context, r *http.Request, body []byte) error {
	now := s.now()
	sig, err := httpsig.Parse(r, body, now, s.Policy())
	if err != nil {
		return s.refuseInbox(ctx, "", nil, refuse(CodeUnauthorized, "error.signature", err))
	}
	doc, err := activitypub.Parse(body)
	if err != nil {
		return s.refuseInbox(ctx, sig.KeyID, nil, refuse(CodeInvalid, "error.malformed", &reason{"malformed", err.Error()}))
	}
	if err := s.cheapRefusal(ctx, sig.KeyID, doc); err != nil {
		return s.refuseInbox(ctx, sig.KeyID, doc, err)
	}
	if ignorable(doc) && !s.knowsActor(ctx, doc.IRI("actor")) {
		return nil // Delete of somebody we never heard of: 202, no fetch
	}
	key, err := s.verifiedKey(ctx, sig, doc)
	if err != nil {
		return s.refuseInbox(ctx, sig.KeyID, doc, err)
	}
	if err := s.speaksFor(ctx, key.owner, doc); err != nil {
		return s.refuseInbox(ctx, sig.KeyID, doc, err)
	}
	if s.opt.AdmitHost != nil {
		if wait, ok := s.opt.AdmitHost(hostOf(key.owner)); !ok {
			return s.refuseInbox(ctx, sig.KeyID, doc, &Error{Code: CodeLimited, Public: "error.limited", Retry: wait})
		}
	}
	return s.queue(ctx, doc, body, key.owner, now)
}

// verifiedKey finds the key of a signature and checks it, with one refetch if
// the key may have been rotated.
func (s *Service) verifiedKey(ctx context.Context, sig *httpsig.Signature, doc *activitypub.Document) (remoteKey, error) {
	key, err := s.keyFor(ctx, sig.KeyID)
	if err != nil && ignorable(doc) {
		key, err = s.storedKey(ctx, sig.KeyID) // the actor is gone: the key we had decides
	}
	if errors.Is(err, errFetchBusy) {
		return key, err
	}
	if err != nil {
		return key, refuse(CodeUnauthorized, "error.signature", &reason{"no-key", err.Error()})
	}
	err = sig.Verify(key.public)
	if err == nil {
		return key, nil
	}
	if key, err = s.refetchKey(ctx, sig.KeyID, key, err); err == nil {
		err = sig.Verify(key.public)
	}
	if err != nil {
		return key, refuse(CodeUnauthorized, "error.signature", err)
	}
	return key, nil
}

// cheapRefusal tests what needs neither key nor signature.
func (s *Service) cheapRefusal(ctx context.Context, keyID string, doc *activitypub.Document) error {
	actor := doc.IRI("actor")
	switch {
	case actor == "" || doc.ID() == "" || doc.Type() == "":
		return refuse(CodeInvalid, "error.malformed", &reason{"malformed", "id, type or actor is missing"})
	case hostOf(actor) == s.Host(), hostOf(keyID) == s.Host():
		return refuse(CodeForbidden, "error.forbidden", &reason{"local-actor", "a local actor never arrives from outside"})
	case hostOf(doc.ID()) != hostOf(actor):
		return refuse(CodeForbidden, "error.forbidden", &reason{"not-owner", "activity id is on another host than its actor"})
	}
	blocked, err := s.isBlocked(ctx, hostOf(actor), hostOf(keyID), hostOf(doc.IRI("object")))
	if err != nil {
		return AsError(err)
	}
	if blocked {
		return refuse(CodeForbidden, "error.forbidden", errBlocked)
	}
	return nil
}

// ignorable is true for a self-Delete: servers send these to everyone when an
// account goes.
func ignorable(doc *activitypub.Document) bool {
	return doc.Type() == "Delete" && doc.IRI("object") == doc.IRI("actor")
}

// speaksFor is true if the owner of the key is the actor, or the activity
// carries a valid proof by its actor (spec: federation.md 4.2 rule 7).
func (s *Service) speaksFor(ctx context.Context, owner string, doc *activitypub.Document) error {
	actor := doc.IRI("actor")
	if owner == actor {
		return nil
	}
	denied := refuse(CodeForbidden, "error.forbidden", &reason{"not-owner", fmt.Sprintf("key of %s, activity of %s", owner, actor)})
	if hostOf(owner) == hostOf(actor) {
		return denied // another actor of the same host is never a proof bearer by accident
	}
	p, err := proof.Inspect(doc.Raw)
	if err != nil {
		return denied
	}
	multikey, err := s.assertionKey(ctx, actor, p.VerificationMethod)
	if err != nil {
		return denied
	}
	key, err := proof.DecodeKey(multikey)
	if err != nil || proof.Verify(doc.Raw, key) != nil {
		return denied
	}
	return nil
}

// queue is the one transaction of the inbox.
func (s *Service) queue(ctx context.Context, doc *activitypub.Document, body []byte, signer string, now time.Time) error {
	if s.jobs.full() {
		return refuse(CodeUnavailable, "error.busy", errors.New("inbound queue is full"))
	}
	due := store.TimePart(now)
	fresh := false
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		fresh = false
		err := tx.Seen.Insert(store.HashPart(doc.ID()), now.UTC())
		if errors.Is(err, store.ErrExists) {
			return nil
		}
		if err != nil {
			return err
		}
		fresh = true
		return tx.Jobs.Insert(store.Key(due, newID()), store.Job{
			Raw: body, Activity: doc.ID(), Signer: signer, Received: now.UTC()})
	})
	if err != nil {
		return AsError(fmt.Errorf("queue activity: %w", err))
	}
	if fresh {
		s.jobs.added(1)
	}
	return nil
}

// RefuseUnread refuses a POST to an inbox for its size, media type or encoding,
// before anything of it is believed, and leaves the line in the peer log.
func (s *Service) RefuseUnread(ctx context.Context, code Code, public string, why error) error {
	return s.refuseInbox(ctx, "", nil, refuse(code, public, why))
}

// refuseInbox leaves one line in the peer log and returns the refusal.
func (s *Service) refuseInbox(ctx context.Context, keyID string, doc *activitypub.Document, err error) error {
	own := AsError(err)
	line := store.PeerLine{At: s.now().UTC(), Host: hostOf(keyID), Code: reasonCode(own), Detail: detail(own)}
	if doc != nil {
		line.Type, line.Activity = doc.Type(), doc.ID()
		if line.Host == "" {
			line.Host = hostOf(doc.IRI("actor"))
		}
	}
	s.peerLog.add(line)
	return own
}

func reasonCode(e *Error) string {
	var own *reason
	if errors.As(e.Err, &own) {
		return own.code
	}
	if code := httpsig.Reason(e.Err); code != "" {
		return code
	}
	if errors.Is(e.Err, errBlocked) {
		return "blocked"
	}
	return strings.ReplaceAll(string(e.Code), "_", "-")
}

func detail(e *Error) string {
	if e.Err == nil {
		return ""
	}
	return clean(e.Err.Error(), 300)
}

// clean makes foreign text fit for a log line.
func clean(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	return text
}
