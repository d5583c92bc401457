// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"polder/activitypub"
	"polder/consensus"
	"polder/consensus/tally"
	"polder/instance/store"
)

// CharterDocument is what /participation/v1/consultations/<slug>/charter
// serves: the text that members of a joint consultation adopt with it.
type CharterDocument struct {
	Title   map[string]string `json:"title"`
	Summary map[string]string `json:"summary,omitempty"`
	Charter consensus.Charter `json:"charter"`
	Phases  []consensus.Phase `json:"phases"`
}

// CharterOf builds the charter document of a published consultation.
func CharterOf(con *store.Consultation) CharterDocument {
	return CharterDocument{Title: con.Title, Summary: con.Summary, Charter: con.Charter, Phases: con.Schedule()}
}

func (s *Service) readCharter(ctx context.Context, url string) (CharterDocument, error) {
	var doc CharterDocument
	raw, err := s.getJSON(ctx, url)
	if err != nil {
		return doc, err
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return doc, &reason{"malformed", "the charter of the joint consultation cannot be read"}
	}
	doc.Charter.Phases = doc.Phases
	return doc, nil
}

// getJSON fetches a small document of the network that is no ActivityPub object.
func (s *Service) getJSON(ctx context.Context, url string) ([]byte, error) {
	return s.get(ctx, url, "application/json")
}

// getSigned fetches a signed document from an address that is not its id, such
// as a copy or "the newest Roster"; its proof and digest say what it is.
func (s *Service) getSigned(ctx context.Context, url string) ([]byte, error) {
	return s.get(ctx, url, activitypub.Accept)
}

func (s *Service) get(ctx context.Context, url, accept string) ([]byte, error) {
	resp, err := s.client.Get(ctx, url, accept, 1<<20, s.fetchSigner())
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", url, err)
	}
	if resp.Status != 200 {
		return nil, fmt.Errorf("fetch %s: status %d", url, resp.Status)
	}
	return resp.Body, nil
}

// AnswerJoint adopts or declines a joint consultation. Adopting makes a local
// consultation with the same definition, byte for byte, and the dates of the
// Roster; a slug that is taken here gets a number.
func (s *Service) AnswerJoint(ctx context.Context, by consensus.Actor, root string, adopt bool, why string) (slug string, err error) {
	j, roster, err := s.readyToAnswer(ctx, root, adopt)
	if err != nil {
		return "", err
	}
	event := consensus.JoiningEvent{Kind: consensus.JoiningDecline, Reason: why}
	con := &store.Consultation{}
	var statements *StatementList
	if adopt {
		event = consensus.JoiningEvent{Kind: consensus.JoiningAdopt, Digest: roster.ConsultationDigest}
		if con, err = s.localCopy(by, j, roster); err != nil {
			return "", AsError(err)
		}
		if _, ok := con.Definition.StatementsQuestion(); ok {
			if statements, err = s.readStatements(ctx, root); err != nil {
				return "", refuse(CodeUnavailable, "error.statements-missing", err)
			}
		}
		if con.Leaf {
			if _, err := s.keys.NewConsultationKey(con.ID); err != nil {
				return "", AsError(err)
			}
		}
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.Joinings.Get(root)
		if err != nil {
			return err
		}
		next, answer, err := now.Joining.Next(event, by, s.zoned())
		if err != nil {
			return err
		}
		now.Joining = next
		copied := *con
		if adopt {
			if statements != nil {
				if err := s.takeStatements(tx, &copied, statements); err != nil {
					return err
				}
			}
			if err := s.storeCopy(tx, &copied, by, now, roster); err != nil {
				return err
			}
			now.Local, slug = copied.Slug, copied.Slug
		}
		return errors.Join(tx.Joinings.Put(root, now), s.sendAnswer(tx, now, string(answer), why))
	})
	if err != nil {
		return "", AsError(fmt.Errorf("answer joint consultation: %w", err))
	}
	s.poke()
	return slug, s.audit(ctx, by.ID, "joint."+string(event.Kind), root, why)
}

// readyToAnswer loads the invitation and, for adopting, the newest Roster.
func (s *Service) readyToAnswer(ctx context.Context, root string, adopt bool) (store.Joining, *tally.Roster, error) {
	var j store.Joining
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		j, err = tx.Joinings.Get(root)
		return err
	})
	if err != nil || !adopt {
		return j, nil, AsErrorOrNil(err)
	}
	roster, err := s.latestRoster(ctx, root)
	if errors.Is(err, store.ErrNotFound) {
		if err = s.pullRoster(ctx, j.Convener, root); err == nil {
			roster, err = s.latestRoster(ctx, root)
		}
	}
	if err != nil {
		return j, nil, refuse(CodeUnavailable, "error.roster-missing", err)
	}
	return j, roster, nil
}

// AsErrorOrNil is AsError for an error that may be nil.
func AsErrorOrNil(err error) error {
	if err == nil {
		return nil
	}
	return AsError(err)
}

// localCopy is the consultation a member runs for the joint one.
func (s *Service) localCopy(by consensus.Actor, j store.Joining, roster *tally.Roster) (*store.Consultation, error) {
	def, err := consensus.ParseDefinition(j.Definition)
	if err != nil {
		return nil, err
	}
	con := &store.Consultation{}
	con.ID, con.Area = newID(), s.opt.Area
	con.Title, con.Summary, con.Charter, con.Definition = j.Title, j.Summary, j.Charter, def
	con.Joint, con.Root, con.Clocks = true, def.Root, s.clocks()
	con.Leaf, con.Hub = s.opt.Level == "municipality", s.opt.Level != "municipality"
	con.ConvenerActor = j.Convener
	con.Slug = lastPart(def.Root)
	followRoster(con, roster, s.Actor())
	return con, nil
}

// followRoster takes over our parent and epoch from the Roster.
func followRoster(con *store.Consultation, roster *tally.Roster, self string) {
	con.RosterSent, con.Epoch, con.RosterActors = roster.Digest, 1, nil
	for _, m := range roster.Members {
		con.RosterActors = append(con.RosterActors, m.Actor)
	}
	if m, ok := roster.MemberByActor(self); ok {
		con.ParentActor, con.Epoch = m.Parent, m.Epoch
	}
}

func lastPart(id string) string {
	for i := len(id) - 1; i >= 0; i-- {
		if id[i] == '/' {
			return id[i+1:]
		}
	}
	return id
}

func (s *Service) storeCopy(tx *store.Tx, con *store.Consultation, by consensus.Actor, j store.Joining, roster *tally.Roster) error {
	base := con.Slug
	for n := 2; ; n++ {
		_, err := tx.Consultations.Only("slug", con.Slug)
		if errors.Is(err, store.ErrNotFound) {
			break
		}
		if err != nil {
			return err
		}
		con.Slug = fmt.Sprintf("%.26s-%d", base, n)
	}
	event := consensus.Event{Kind: consensus.EventAdopt, Digest: j.ConsultationDigest, Dates: consensus.Dates{
		OpensAt: j.OpensAt, ClosesAt: roster.Deadlines.ClosesAt, TallyBy: roster.Deadlines.TallyBy,
		ObjectionUntil: roster.Deadlines.ObjectionUntil}}
	if err := s.advance(tx, con, event, by); err != nil {
		return err
	}
	con.RosterDirty = false // only the convener publishes Rosters
	inbox, err := inboxOf(tx, con.Root)
	if err != nil {
		return err
	}
	return errors.Join(putConsultation(tx, con), s.follow(tx, s.Consultation(con.Slug), con.Root, inbox))
}

func (s *Service) sendAnswer(tx *store.Tx, j store.Joining, verb, why string) error {
	inbox, err := inboxOf(tx, j.Convener)
	if err != nil {
		return err
	}
	answer := activitypub.Activity{Context: activitypub.ObjectContext, ID: s.NewActivity(), Type: verb, Actor: s.Actor(),
		To: []string{j.Convener}, Object: activitypub.Link(j.Invite), Content: why}
	return s.publish(tx, send{actor: s.Actor(), activity: answer, inboxes: []string{inbox}})
}

// answerToJoint is the convener's side: a member adopted or declined. The
// Roster gets a new revision that says so.
func (s *Service) answerToJoint(ctx context.Context, in received, object string, accepted bool) (bool, error) {
	done := false
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		done = false
		for row, err := range tx.Consultations.List("") {
			if err != nil {
				return err
			}
			con := row.Value
			for i := range con.Members {
				m := &con.Members[i]
				if m.Invite != object || object == "" || m.Actor != in.actor {
					continue
				}
				done = true
				if m.State != tally.MemberInvited {
					return nil
				}
				m.State, m.Since = tally.MemberActive, s.now().UTC().Format("2006-01-02T15:04:05Z")
				if !accepted {
					m.State, m.Reason = memberDeclined, clean(in.doc.String("content"), 500)
				}
				con.RosterDirty = true
				return putConsultation(tx, &con)
			}
		}
		return nil
	})
	s.poke()
	return done, err
}

// memberDeclined is an invited instance that does not take part; it is not in
// the Roster.
const memberDeclined = "declined"
