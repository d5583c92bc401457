// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"polder/consensus"
	"polder/instance/store"
)

// Draft is what an official fills in for a new consultation.
type Draft struct {
	Slug       string
	Title      map[string]string
	Summary    map[string]string
	Charter    consensus.Charter
	Definition consensus.Definition // without root
	Joint      bool
	Members    []string // instance actors to invite, members or members of members
	// Seeds are the statements of the office in a conversation, in the first
	// language, in order; nil leaves those that are stored as they are.
	Seeds []string
}

var slugPattern = regexp.MustCompile(`^[a-z0-9-]{1,30}$`)

// reservedNames cannot be slugs: they are, or look like, other accounts.
var reservedNames = []string{"gemeente", "provincie", "rijk", "waterschap", "helpdesk", "actor", "organization", "admin"}

// CreateDraft stores a new consultation in state draft.
func (s *Service) CreateDraft(ctx context.Context, by consensus.Actor, d Draft) (*store.Consultation, error) {
	if !slugPattern.MatchString(d.Slug) || slices.Contains(reservedNames, d.Slug) {
		return nil, refuse(CodeInvalid, "error.slug", nil)
	}
	con := &store.Consultation{}
	con.ID = newID()
	if _, err := con.Advance(consensus.Event{Kind: consensus.EventCreate}, by, s.zoned()); err != nil {
		return nil, AsError(err)
	}
	s.fill(con, d)
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		if err := s.invitees(ctx, tx, con, d.Members); err != nil {
			return err
		}
		con.Generation = 0
		if err := putConsultation(tx, con); err != nil {
			return err
		}
		return s.keepSeeds(tx, con, d.Seeds)
	})
	if errors.Is(err, store.ErrExists) {
		return nil, refuse(CodeConflict, "error.slug-taken", err)
	}
	if err != nil {
		return nil, AsError(fmt.Errorf("create draft: %w", err))
	}
	return con, s.audit(ctx, by.ID, "consultation.create", d.Slug, "")
}

// SaveDraft replaces the content of a draft.
func (s *Service) SaveDraft(ctx context.Context, by consensus.Actor, slug string, d Draft) error {
	err := s.changeConsultation(ctx, slug, func(tx *store.Tx, con *store.Consultation) error {
		if con.State != consensus.StateDraft {
			return AsError(consensus.ErrConflict)
		}
		if !by.Roles.May(consensus.ActDraft) {
			return AsError(consensus.ErrForbidden)
		}
		d.Slug = slug
		s.fill(con, d)
		if err := s.keepSeeds(tx, con, d.Seeds); err != nil {
			return err
		}
		return s.invitees(ctx, tx, con, d.Members)
	})
	if err != nil {
		return err
	}
	return s.audit(ctx, by.ID, "consultation.save", slug, "")
}

// fill sets what the draft says and what follows from it for this instance.
func (s *Service) fill(con *store.Consultation, d Draft) {
	con.Slug, con.Title, con.Summary, con.Charter = d.Slug, d.Title, d.Summary, d.Charter
	con.Area, con.Joint, con.Convener = s.opt.Area, d.Joint, true
	con.Leaf = !d.Joint || s.opt.Level == "municipality"
	con.Hub = d.Joint
	con.Root, con.ConvenerActor, con.Epoch = s.Consultation(d.Slug), s.Actor(), 1
	def := d.Definition
	def.V, def.Root, def.AreaScheme = 1, con.Root, areaScheme
	def.K = max(def.K, s.opt.K)
	if def.Openings == "" {
		def.Openings = "auditors"
	}
	con.Definition = &def
	con.Clocks = s.clocks()
	con.TallyBy, con.ObjectionUntil = time.Time{}, time.Time{}
}

// clocks are the terms of a new consultation. Only -dev shortens them.
func (s *Service) clocks() *consensus.Clocks {
	c := consensus.DefaultClocks()
	if s.opt.Dev {
		c.TallyBy = consensus.Exactly(s.opt.Timing.TallyBy)
		c.Objection = consensus.Exactly(s.opt.Timing.Objection)
	}
	return &c
}

// zoned is now in the zone of the instance, in which calendar days count, in
// whole seconds: the dates that go into signed documents have no fraction.
func (s *Service) zoned() time.Time {
	return s.now().Truncate(time.Second).In(s.printer.Zone())
}

// StepConsultation fires one event of the state machine (spec: product.md 4.1).
func (s *Service) StepConsultation(ctx context.Context, by consensus.Actor, slug string, e consensus.Event) error {
	e.Dev = s.opt.Dev
	if err := s.prepareKeys(ctx, slug, e); err != nil {
		return err
	}
	err := s.changeConsultation(ctx, slug, func(tx *store.Tx, con *store.Consultation) error {
		return s.advance(tx, con, e, by)
	})
	if err != nil {
		return err
	}
	s.poke()
	return s.audit(ctx, by.ID, "consultation."+string(e.Kind), slug, e.Reason)
}

// prepareKeys makes K_c before the transaction that announces a consultation:
// files are no part of a transaction, and a key that is never used harms nobody.
func (s *Service) prepareKeys(ctx context.Context, slug string, e consensus.Event) error {
	if e.Kind != consensus.EventApprove {
		return nil
	}
	con, err := s.ConsultationBySlug(ctx, slug)
	if err != nil {
		return err
	}
	if con.Leaf {
		if _, err := s.keys.NewConsultationKey(con.ID); err != nil {
			return AsError(err)
		}
	}
	return nil
}

// advance moves con and does what the step asks for, in the same transaction.
func (s *Service) advance(tx *store.Tx, con *store.Consultation, e consensus.Event, by consensus.Actor) error {
	effects, err := con.Advance(e, by, s.zoned())
	if err != nil {
		return err
	}
	for _, effect := range effects {
		if err := s.apply(tx, con, effect); err != nil {
			return fmt.Errorf("%s: %w", effect.Kind, err)
		}
	}
	return nil
}

func (s *Service) apply(tx *store.Tx, con *store.Consultation, e consensus.Effect) error {
	switch e.Kind {
	case consensus.EffectFreeze:
		return s.freeze(tx, con)
	case consensus.EffectPublishConsultation:
		return s.announceConsultation(tx, con)
	case consensus.EffectPublishRoster:
		con.RosterDirty, con.RosterReason = true, e.Reason
	case consensus.EffectOpenLog:
		if con.Leaf && con.Definition != nil {
			return s.openPolls(tx, con)
		}
	case consensus.EffectPublishUpdate:
		return s.sendGroupUpdate(tx, con)
	case consensus.EffectStartCount:
		return s.updatePolls(tx, con)
	}
	return nil
}

// freeze stores the definition under its digest; nothing changes it any more.
func (s *Service) freeze(tx *store.Tx, con *store.Consultation) error {
	raw, digest, err := con.Definition.Encode()
	if err != nil {
		return err
	}
	con.DefinitionDigest = digest
	con.RosterDirty = con.Convener
	return tx.Definitions.Put(digest, raw)
}

// RequestClose and ApproveClose are the two halves of "close now": one official
// asks with a public reason, another approves.
func (s *Service) RequestClose(ctx context.Context, by consensus.Actor, slug, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return refuse(CodeInvalid, "error.reason-needed", nil)
	}
	err := s.changeConsultation(ctx, slug, func(_ *store.Tx, con *store.Consultation) error {
		if !by.Roles.May(consensus.ActDraft) && !by.Roles.May(consensus.ActSteer) {
			return AsError(consensus.ErrForbidden)
		}
		if con.State != consensus.StateOpen {
			return AsError(consensus.ErrConflict)
		}
		con.CloseRequest = &store.CloseRequest{By: by.ID, Roles: by.Roles, Reason: reason, At: s.now().UTC()}
		return nil
	})
	if err != nil {
		return err
	}
	return s.audit(ctx, by.ID, "consultation.requestClose", slug, reason)
}

// ApproveClose closes the consultation that another official asked to close.
func (s *Service) ApproveClose(ctx context.Context, by consensus.Actor, slug string) error {
	con, err := s.ConsultationBySlug(ctx, slug)
	if err != nil {
		return err
	}
	if con.CloseRequest == nil {
		return AsError(consensus.ErrConflict)
	}
	asked := con.CloseRequest
	second := consensus.Actor{ID: asked.By, Roles: asked.Roles}
	return s.StepConsultation(ctx, by, slug, consensus.Event{Kind: consensus.EventCloseNow, Reason: asked.Reason, Second: &second})
}

// ExtendVoting moves the end of the running vote, and everything planned
// after it, to a later moment.
func (s *Service) ExtendVoting(ctx context.Context, by consensus.Actor, slug string, until time.Time, reason string) error {
	con, err := s.ConsultationBySlug(ctx, slug)
	if err != nil {
		return err
	}
	shift := until.Sub(con.ClosesAt)
	if shift <= 0 {
		return refuse(CodeInvalid, "error.only-later", nil)
	}
	phases := slices.Clone(con.Phases)
	for i, p := range phases {
		if !p.EndsAt.Before(con.ClosesAt) {
			phases[i].EndsAt = p.EndsAt.Add(shift)
			if !p.StartsAt.Before(con.ClosesAt) {
				phases[i].StartsAt = p.StartsAt.Add(shift)
			}
		}
	}
	return s.StepConsultation(ctx, by, slug, consensus.Event{Kind: consensus.EventChangeDates, Phases: phases, Reason: reason})
}

// changeConsultation loads, changes and stores one consultation in a transaction.
func (s *Service) changeConsultation(ctx context.Context, slug string, change func(*store.Tx, *store.Consultation) error) error {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		row, err := tx.Consultations.Only("slug", slug)
		if err != nil {
			return err
		}
		con := row.Value
		if err := change(tx, &con); err != nil {
			return err
		}
		return putConsultation(tx, &con)
	})
	if err != nil {
		return AsError(fmt.Errorf("change consultation %s: %w", clean(slug, 40), err))
	}
	return nil
}

// ConsultationBySlug finds a consultation, drafts included.
func (s *Service) ConsultationBySlug(ctx context.Context, slug string) (*store.Consultation, error) {
	con, err := s.lookUp(ctx, "slug", slug)
	if err != nil {
		return nil, AsError(fmt.Errorf("consultation %s: %w", clean(slug, 40), err))
	}
	return con, nil
}

// lookUp finds a consultation by a unique index, from the cache. The value is
// the caller's own; what it points to is shared and must not be changed.
func (s *Service) lookUp(ctx context.Context, index, entry string) (*store.Consultation, error) {
	var con store.Consultation
	err := s.store.View(ctx, func(tx *store.Tx) error {
		id, err := tx.Consultations.KeyOf(index, entry)
		if err != nil {
			return err
		}
		cached, err := s.cachedConsultation(tx, id)
		if err == nil {
			con = *cached
		}
		return err
	})
	return &con, err
}

func (s *Service) consultationByID(ctx context.Context, id string) (*store.Consultation, error) {
	var con *store.Consultation
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		con, err = s.cachedConsultation(tx, id)
		return err
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("consultation %s: %w", id, err))
	}
	return con, nil
}

// Consultations lists all consultations, the newest first; drafts only if asked.
// The values are shared: nobody may change them.
func (s *Service) Consultations(ctx context.Context, drafts bool) ([]*store.Consultation, error) {
	var list []*store.Consultation
	err := s.store.View(ctx, func(tx *store.Tx) error {
		list = nil
		for id, err := range tx.Consultations.Keys("") {
			if err != nil {
				return err
			}
			con, err := s.cachedConsultation(tx, id)
			if err != nil {
				return err
			}
			if drafts || published(con) {
				list = append(list, con)
			}
		}
		slices.Reverse(list)
		return nil
	})
	if err != nil {
		return nil, AsError(fmt.Errorf("list consultations: %w", err))
	}
	return list, nil
}
