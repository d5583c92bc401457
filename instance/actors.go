// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"
	"html"
	"strings"

	"polder/activitypub"
	"polder/consensus"
	"polder/instance/store"
)

// userNames are the account names of the Organization per level
// (spec: federation.md 3).
var userNames = map[string]string{
	"municipality": "gemeente", "province": "provincie", "nation": "rijk", "waterboard": "waterschap",
}

// UserName is the account name of the Organization: @gemeente@host.
func (s *Service) UserName() string { return userNames[s.opt.Level] }

// slugName turns a slug into an account name: hyphens become underscores.
func slugName(slug string) string { return strings.ReplaceAll(slug, "-", "_") }

func yes() *bool { return new(true) }
func no() *bool  { return new(false) }

// InstanceActor is the Application that signs our GETs and speaks with other
// instances; it is readable without a signature.
func (s *Service) InstanceActor(ctx context.Context) (activitypub.Actor, error) {
	a := activitypub.Actor{
		Context: activitypub.ActorContext, ID: s.Actor(), Type: activitypub.TypeApplication,
		PreferredUsername: hostName(s.Host()), Name: "Polder " + s.opt.Name, URL: s.Base + "/about",
		Published: activitypub.At(s.created), ManuallyApprovesFollowers: true,
		Implements: activitypub.InstanceSpecifications(),
		Kind:       "instance", Level: s.opt.Level, AreaCode: s.opt.Area, AreaScheme: areaScheme,
		Members: s.Actor() + "/members", Heads: s.Base + "/participation/v1/heads",
	}
	a.AssertionMethod = []activitypub.Multikey{{ID: s.tallyMethod(), Type: "Multikey",
		Controller: s.Actor(), PublicKeyMultibase: s.keys.TallyMultikey()}}
	if err := s.finishActor(&a); err != nil {
		return a, err
	}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		for row, err := range tx.Memberships.List("") {
			if err != nil {
				return err
			}
			if m := row.Value; m.Other == "parent" && tied(m.State) {
				a.MemberOf = append(a.MemberOf, m.Actor)
			}
		}
		return nil
	})
	return a, err
}

// areaScheme is the edition of the embedded list of areas.
const areaScheme = "CBS-2023"

// tallyMethod is the verification method of our tally key.
func (s *Service) tallyMethod() string { return s.Actor() + "#tally-1" }

func (s *Service) finishActor(a *activitypub.Actor) error {
	a.Locate(s.Base)
	pem, err := s.keys.ActorPEM()
	if err != nil {
		return err
	}
	a.SetKey(pem)
	return nil
}

// OrganizationActor is the municipality, province or nation that people follow.
func (s *Service) OrganizationActor() (activitypub.Actor, error) {
	a := activitypub.Actor{
		Context: activitypub.ActorContext, ID: s.Organization(), Type: activitypub.TypeOrganization,
		PreferredUsername: s.UserName(), Name: s.opt.Name,
		Summary: "<p>" + html.EscapeString(s.text("actor.summary", "name", s.opt.Name)) + "</p>",
		URL:     s.Organization(), Published: activitypub.At(s.created),
		Discoverable: yes(), Indexable: yes(), HidesCCPublic: no(),
		AttributionDomains: []string{hostName(s.Host())},
		Webfinger:          s.UserName() + "@" + s.Host(),
		Generator:          activitypub.NewGenerator(s.Actor()),
		Kind:               s.opt.Level, Level: s.opt.Level, AreaCode: s.opt.Area, AreaScheme: areaScheme,
	}
	if found, err := s.opt.Areas.Get(s.opt.Area); err == nil {
		a.TOOI = found.TOOI()
		a.Attachment = []activitypub.Attachment{{Type: "PropertyValue", Name: "TOOI", Value: strings.ToLower(s.opt.Area)}}
	}
	return a, s.finishActor(&a)
}

// ConsultationActor is the Group of a published consultation.
func (s *Service) ConsultationActor(con *store.Consultation) (activitypub.Actor, error) {
	id := s.Consultation(con.Slug)
	lang := s.opt.Languages[0]
	a := activitypub.Actor{
		Context: activitypub.ActorContext, ID: id, Type: activitypub.TypeGroup,
		PreferredUsername: slugName(con.Slug), Name: pick(con.Title, lang),
		Summary: "<p>" + html.EscapeString(con.Charter.Question) + "</p>",
		URL:     id, Published: activitypub.At(con.PublishedAt), AttributedTo: id + "/moderators",
		Discoverable: yes(), HidesCCPublic: no(),
		Webfinger: slugName(con.Slug) + "@" + s.Host(),
		Generator: activitypub.NewGenerator(s.Actor()),
		Kind:      "consultation", State: string(con.State), Phase: phaseNow(con, s.now()),
		OpensAt: activitypub.At(con.OpensAt), ClosesAt: activitypub.At(con.ClosesAt),
		Method: []string{"poll"}, AreaCode: s.opt.Area,
		OfficialLevels:   levelNames(con.Definition.Official),
		Charter:          s.Base + "/participation/v1/consultations/" + con.Slug + "/charter",
		DefinitionDigest: con.DefinitionDigest, Tallies: id + "/tallies",
	}
	if con.Root != id {
		a.PartOf = con.Root
	}
	return a, s.finishActor(&a)
}

// MembersCollection lists the instance actors of our active members.
func (s *Service) MembersCollection(ctx context.Context) (activitypub.Collection, error) {
	members := []activitypub.IRIOrObject{}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		for row, err := range tx.Memberships.List("") {
			if err != nil {
				return err
			}
			if m := row.Value; m.Other == "member" && tied(m.State) {
				members = append(members, activitypub.Link(m.Actor))
			}
		}
		return nil
	})
	if err != nil {
		return activitypub.Collection{}, AsError(err)
	}
	return activitypub.Collection{Context: activitypub.ObjectContext, Type: activitypub.TypeCollection,
		ID: s.Actor() + "/members", TotalItems: new(len(members)), Items: members}, nil
}

// tied is true while both sides stand by the membership.
func tied(state consensus.MembershipState) bool {
	return state == consensus.MembershipAccepted || state == consensus.MembershipActive ||
		state == consensus.MembershipSuspended
}

// FindAccount resolves user@host to an actor id of ours, for WebFinger.
func (s *Service) FindAccount(ctx context.Context, user string) (string, error) {
	switch strings.ToLower(user) {
	case s.UserName():
		return s.Organization(), nil
	case hostName(s.Host()):
		return s.Actor(), nil
	}
	var id string
	err := s.store.View(ctx, func(tx *store.Tx) error {
		for key, err := range tx.Consultations.Keys("") {
			if err != nil {
				return err
			}
			con, err := s.cachedConsultation(tx, key)
			if err != nil {
				return err
			}
			if slugName(con.Slug) == strings.ToLower(user) && published(con) {
				id = s.Consultation(con.Slug)
				return nil
			}
		}
		return fmt.Errorf("account %q: %w", clean(user, 60), store.ErrNotFound)
	})
	if err != nil {
		return "", AsError(err)
	}
	return id, nil
}

// AccountOf is the user name of a local actor id, for the WebFinger subject.
func (s *Service) AccountOf(id string) (string, error) {
	switch id {
	case s.Actor(), s.Base, s.Base + "/", s.Base + "/about":
		return hostName(s.Host()), nil
	case s.Organization():
		return s.UserName(), nil
	}
	if slug, rest, ok := s.Slug(id); ok && rest == "" {
		return slugName(slug), nil
	}
	return "", refuse(CodeNotFound, "error.not-found", errors.New("no such account"))
}

// published is true once others may see the consultation.
func published(con *store.Consultation) bool {
	switch con.State {
	case consensus.StateDraft, consensus.StateReview:
		return false
	case consensus.StateCancelled:
		return !con.PublishedAt.IsZero()
	}
	return true
}
