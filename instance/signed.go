// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"polder/activitypub"
	"polder/activitypub/proof"
	"polder/consensus/opinion"
	"polder/consensus/tally"
	"polder/instance/store"
)

// sign gives an unsigned document its proof with the tally key. From then on
// its bytes are frozen.
func (s *Service) sign(doc []byte) ([]byte, error) {
	raw, err := proof.Sign(doc, s.keys.Tally, s.tallyMethod(), s.now().UTC())
	if err != nil {
		return nil, fmt.Errorf("sign document: %w", err)
	}
	return raw, nil
}

// sendSigned sends a signed document of ours in a Create.
func (s *Service) sendSigned(tx *store.Tx, raw []byte, to, inboxes []string) error {
	doc, err := activitypub.Parse(raw)
	if err != nil {
		return fmt.Errorf("send signed document: %w", err)
	}
	create := activitypub.Activity{Context: activitypub.ObjectContext, ID: s.NewActivity(), Type: activitypub.TypeCreate,
		Actor: s.Actor(), To: to, Published: activitypub.At(s.now()), Object: activitypub.Raw(raw)}
	// Newer documents replace older ones in the queue of a host that is down:
	// the newest one names its predecessor, and pull fetches the rest.
	tag := doc.Type() + " " + doc.String("kind") + " " + doc.IRI("context") + " " + doc.String("area")
	if doc.Type() == typeShare || doc.Type() == typeRoundResult { // the steps of an epoch do not replace each other
		epoch, _ := doc.Int("epoch")
		step, _ := doc.Int("step")
		tag += fmt.Sprintf(" %d-%d", epoch, step)
	}
	return s.publish(tx, send{actor: s.Actor(), activity: create, inboxes: inboxes, replaces: tag})
}

// takeSigned checks a signed document of the network and keeps it by digest.
// It returns a tally.Problem (an F code) when the document is not valid; a
// valid signature with invalid content is kept as evidence, an unsigned one is
// dropped (spec: security.md row 61).
func (s *Service) takeSigned(ctx context.Context, doc *activitypub.Document, from string) error {
	switch doc.Type() {
	case "Tally":
		return s.takeTally(ctx, doc)
	case "Roster":
		return s.takeRoster(ctx, doc)
	case typeRound:
		return s.takeRound(ctx, doc)
	case typeShare:
		return s.takeShare(ctx, doc)
	case typeRoundResult:
		return s.takeRoundResult(ctx, doc)
	}
	return &reason{"unsupported", doc.Type() + " is not taken yet"}
}

// answerSigned tells the author whether its document was accepted.
func (s *Service) answerSigned(ctx context.Context, in received, object *activitypub.Document, failed error) error {
	digest, err := proof.Digest(object.Raw)
	if err != nil {
		return &reason{"malformed", err.Error()}
	}
	answer := activitypub.Activity{Context: activitypub.ObjectContext, ID: s.NewActivity(), Type: activitypub.TypeAccept,
		Actor: s.Actor(), To: []string{in.actor}, Object: activitypub.Link(object.ID()),
		Result: activitypub.Embed(map[string]any{"digest": digest, "checks": "SA"})}
	var problem tally.Problem
	var fault opinion.Problem
	var refused *reason
	switch {
	case failed == nil:
	case errors.As(failed, &fault):
		result, err := s.faultyShare(ctx, object, fault)
		if err != nil {
			return err
		}
		answer.Type, answer.Result = activitypub.TypeReject, activitypub.Embed(result)
		refused = &reason{fault.Code, fault.Path + " " + fault.Detail}
	case errors.As(failed, &problem):
		answer.Type, answer.Result = activitypub.TypeReject, activitypub.Embed(problem)
		refused = &reason{problem.Code, problem.Path + " " + problem.Detail}
	case errors.As(failed, &refused):
		answer.Type = activitypub.TypeReject
		answer.Result = activitypub.Embed(tally.Problem{Code: refused.code, Detail: refused.text})
	default:
		return failed
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		inbox, err := inboxOf(tx, in.actor)
		if err != nil {
			return err
		}
		return s.publish(tx, send{actor: s.Actor(), activity: answer, inboxes: []string{inbox}})
	})
	if err != nil {
		return fmt.Errorf("answer signed document: %w", err)
	}
	if refused != nil {
		return refused
	}
	return nil
}

// faultyShare is what the author of a share is told. One that answered another
// step than the open one also gets that step.
func (s *Service) faultyShare(ctx context.Context, object *activitypub.Document, fault opinion.Problem) (map[string]any, error) {
	result := map[string]any{"code": fault.Code, "path": fault.Path, "detail": fault.Detail}
	if fault.Code != "O102" {
		return result, nil
	}
	con, err := s.consultationByRoot(ctx, object.IRI("context"))
	if err != nil {
		return result, err
	}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		st, err := roundsIn(tx, con.ID)
		if err != nil || st.Open == "" {
			return err
		}
		rec, err := tx.Signed.Get(st.Open)
		result["round"] = json.RawMessage(rec.Raw)
		return err
	})
	return result, err
}

// takeTally checks a tally against the newest Roster of its context.
func (s *Service) takeTally(ctx context.Context, doc *activitypub.Document) error {
	d, err := tally.Parse(doc.Raw)
	if err != nil {
		return err
	}
	if hostOf(d.ID) != hostOf(d.AttributedTo) {
		return tally.Problem{Code: tally.CodeSchema, Path: "/id", Detail: "not on the host of its author"}
	}
	con, err := s.consultationByRoot(ctx, d.Context)
	if errors.Is(err, store.ErrNotFound) {
		return &reason{"not-in-roster", "tally of a consultation that does not run here"}
	}
	if err != nil {
		return err
	}
	if d.Kind == tally.KindSealed && !con.Convener {
		return &reason{"not-addressed", "a sealed tally is for the convener alone"}
	}
	roster, err := s.latestRoster(ctx, d.Context)
	if err != nil {
		return &reason{"not-in-roster", "no Roster of this consultation is known"}
	}
	member, ok := roster.Member(d.Area)
	if !ok || member.Actor != d.AttributedTo {
		return tally.Problem{Code: tally.CodeSigner, Path: "/attributedTo", Detail: "not in the Roster for this area"}
	}
	if err := d.VerifyBy(member.PinnedKeys()...); err != nil {
		return tally.Problem{Code: tally.CodeSigner, Path: "/proof", Detail: "no proof by a pinned key"}
	}
	fails, _ := d.Validate(con.Definition, roster)
	rec := signedTally(d, s.now().UTC(), false)
	if len(fails) > 0 {
		rec.Fail = fails[0].Code
	}
	changed, err := s.keepSigned(ctx, rec, con)
	if err != nil {
		return err
	}
	if changed != nil {
		return *changed
	}
	if len(fails) > 0 {
		return fails[0]
	}
	return nil
}

// keepSigned stores a document by its digest and marks the aggregate dirty. A
// second content under a known id is kept too, since it proves a fork, but
// reported as F105.
func (s *Service) keepSigned(ctx context.Context, rec store.Signed, con *store.Consultation) (*tally.Problem, error) {
	var changed *tally.Problem
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		changed = nil
		err := tx.Signed.Insert(rec.Digest, rec)
		if errors.Is(err, store.ErrExists) {
			return nil
		}
		if err != nil {
			return err
		}
		for row, err := range tx.Signed.By("id", store.IDPrefix(rec.ID)) {
			if err != nil {
				return err
			}
			if row.Value.Digest != rec.Digest {
				changed = &tally.Problem{Code: tally.CodeChanged, Path: "/id", Detail: "already known with other content"}
			}
		}
		if !con.Hub || rec.Type != "Tally" {
			return nil
		}
		return markAggregate(tx, con.ID, s.now().UTC())
	})
	if err != nil {
		return nil, fmt.Errorf("keep signed document: %w", err)
	}
	s.poke()
	return changed, nil
}

func markAggregate(tx *store.Tx, consultation string, now time.Time) error {
	a, err := tx.Aggregating.Get(consultation)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if a.DirtySince.IsZero() {
		a.DirtySince = now
	}
	return tx.Aggregating.Put(consultation, a)
}

// tallyCache keeps parsed tallies by digest. They never change, and parsing one
// takes far longer than adding it up. mu guards docs.
type tallyCache struct {
	mu   sync.Mutex
	docs map[string]*tally.Doc
}

func (c *tallyCache) get(digest string) *tally.Doc {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.docs[digest]
}

// mostParsed bounds the cache; when it is full it starts anew.
const mostParsed = 5000

// parseTally reads a stored tally back; its key was verified when it came in.
// The result is shared: nobody may change it.
func (s *Service) parseTally(rec store.Signed) (*tally.Doc, error) {
	if d := s.tallies.get(rec.Digest); d != nil && d.Key == rec.Key {
		return d, nil
	}
	d, err := tally.Parse(rec.Raw)
	if err != nil {
		return nil, fmt.Errorf("stored tally %s: %w", rec.Digest, err)
	}
	d.Key = rec.Key
	s.tallies.mu.Lock()
	defer s.tallies.mu.Unlock()
	if s.tallies.docs == nil || len(s.tallies.docs) >= mostParsed {
		s.tallies.docs = map[string]*tally.Doc{}
	}
	s.tallies.docs[rec.Digest] = d
	return d, nil
}

// tallySet loads every tally of a context: the grow-only set of which the
// total is a pure function, and the sealed companions the convener holds.
func (s *Service) tallySet(tx *store.Tx, context string) (set, sealed []*tally.Doc, err error) {
	for row, err := range tx.Signed.By("chain", store.ChainPrefix(context, "Tally")) {
		if err != nil {
			return nil, nil, err
		}
		if row.Value.Kind == tally.KindAggregate {
			continue
		}
		d, err := s.parseTally(row.Value)
		if err != nil {
			return nil, nil, err
		}
		if d.Kind == tally.KindSealed {
			sealed = append(sealed, d)
		} else {
			set = append(set, d)
		}
	}
	return set, sealed, nil
}

func (s *Service) consultationByRoot(ctx context.Context, root string) (*store.Consultation, error) {
	return s.lookUp(ctx, "root", root)
}
