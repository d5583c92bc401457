// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"errors"
	"fmt"
	"html"
	"time"

	"polder/activitypub"
	"polder/consensus"
	"polder/instance/store"
)

// announceConsultation publishes a consultation: its Group becomes visible and
// its pinned lead Note goes to the followers of the Organization, boosted by
// the Organization (spec: federation.md 8).
func (s *Service) announceConsultation(tx *store.Tx, con *store.Consultation) error {
	group := s.Consultation(con.Slug)
	con.LeadNote = s.Note(newID())
	note := s.leadNote(con)
	inboxes, err := followerInboxes(tx, group, nil)
	if err != nil {
		return err
	}
	if err := s.publishObject(tx, note, "lead", con.ID, group, inboxes, true); err != nil {
		return err
	}
	return s.boost(tx, con.LeadNote, group)
}

// boost makes the Organization announce an object of one of our Groups: by id,
// with published, which every server understands.
func (s *Service) boost(tx *store.Tx, object, author string) error {
	inboxes, err := followerInboxes(tx, s.Organization(), nil)
	if err != nil {
		return err
	}
	announce := activitypub.Activity{Context: activitypub.ObjectContext, ID: s.NewActivity(),
		Type: activitypub.TypeAnnounce, Actor: s.Organization(), Published: activitypub.At(s.now()),
		To: []string{activitypub.Public}, CC: []string{s.Organization() + "/followers", author},
		Object: activitypub.Link(object)}
	return s.publish(tx, send{actor: s.Organization(), activity: announce, inboxes: inboxes, public: true})
}

func (s *Service) leadNote(con *store.Consultation) activitypub.Object {
	group := s.Consultation(con.Slug)
	lang := s.opt.Languages[0]
	content := fmt.Sprintf("<p><strong>%s</strong></p><p>%s %s <a href=\"%s\">%s</a></p>",
		html.EscapeString(pick(con.Title, lang)), html.EscapeString(con.Charter.Question),
		html.EscapeString(s.text("wire.until", "date", s.printer.Date(con.ClosesAt))), group, html.EscapeString(s.text("wire.more")))
	return s.groupNote(con, con.LeadNote, "lead", content, "")
}

// sendResultNote tells followers in words that the votes are counted, once,
// with the first tally after closing (spec: federation.md 6).
func (s *Service) sendResultNote(tx *store.Tx, con *store.Consultation) error {
	group := s.Consultation(con.Slug)
	content := fmt.Sprintf("<p><strong>%s</strong></p><p>%s <a href=\"%s/results\">%s</a></p>",
		html.EscapeString(pick(con.Title, s.opt.Languages[0])), html.EscapeString(s.text("wire.result")),
		group, html.EscapeString(s.text("wire.result.link")))
	note := s.groupNote(con, s.Note(newID()), "result", content, con.LeadNote)
	inboxes, err := followerInboxes(tx, group, nil)
	if err != nil {
		return err
	}
	return s.publishObject(tx, note, "result", con.ID, group+"/results", inboxes, true)
}

// groupNote is a public Note by the Group of a consultation.
func (s *Service) groupNote(con *store.Consultation, id, kind, content, inReplyTo string) activitypub.Object {
	group := s.Consultation(con.Slug)
	return activitypub.Object{
		Context: activitypub.ObjectContext, ID: id, Type: activitypub.TypeNote,
		AttributedTo: group, Audience: group, InReplyTo: inReplyTo, Thread: con.LeadNote + "/context",
		To: []string{activitypub.Public}, CC: []string{group + "/followers"},
		Published: activitypub.At(s.now()), URL: id, Content: content,
		ContentMap: activitypub.LangMap{s.opt.Languages[0]: content},
		Replies:    activitypub.NewReplies(id + "/replies"), InteractionPolicy: activitypub.OpenPolicy(),
		Kind: kind, Consultation: group,
	}
}

// sendGroupUpdate tells followers and capable peers that the Group changed:
// state, phase or dates.
func (s *Service) sendGroupUpdate(tx *store.Tx, con *store.Consultation) error {
	actor, err := s.ConsultationActor(con)
	if err != nil {
		return err
	}
	actor.Context = ""
	inboxes, err := followerInboxes(tx, actor.ID, nil)
	if err != nil {
		return err
	}
	update := activitypub.Activity{Context: activitypub.ActorContext, ID: s.NewActivity(),
		Type: activitypub.TypeUpdate, Actor: actor.ID, To: []string{activitypub.Public},
		Published: activitypub.At(s.now()), Object: activitypub.Embed(actor)}
	return s.publish(tx, send{actor: actor.ID, activity: update, inboxes: inboxes, replaces: "actor " + actor.ID})
}

// openPolls publishes every question and every visible statement as an
// ActivityPub poll. All of them take
// votes from now on; the flood rule limits only how many go out per day.
func (s *Service) openPolls(tx *store.Tx, con *store.Consultation) error {
	t, err := s.talk(tx, con)
	if err != nil {
		return err
	}
	for i := range t.asked {
		number := i + 1
		if i >= t.fixed {
			number = t.visible[i-t.fixed].Number
		}
		if err := s.openPoll(tx, con, t.asked[i].ID, number); err != nil {
			return err
		}
	}
	return s.floodPolls(tx, con)
}

func (s *Service) openPoll(tx *store.Tx, con *store.Consultation, question string, number int) error {
	poll := store.Poll{ID: newID(), Consultation: con.ID, Question: question, Number: number, Published: s.now().UTC()}
	return errors.Join(tx.Polls.Put(poll.ID, poll), s.sendPoll(tx, con, poll, nil, true))
}

// floodLimit is the number of statements or polls of one Group that go out to
// followers per day (spec: federation.md 5).
const floodLimit = 3

// floodPolls sends the next polls to followers, as many as the day allows.
func (s *Service) floodPolls(tx *store.Tx, con *store.Consultation) error {
	if con.State != consensus.StateOpen {
		return nil
	}
	today := s.today()
	polls, err := pollsOf(tx, con.ID)
	if err != nil {
		return err
	}
	sent := 0
	for _, p := range polls {
		if p.Delivered && p.DeliveredOn == today {
			sent++
		}
	}
	for _, p := range polls {
		if p.Delivered || sent >= floodLimit {
			continue
		}
		p.Delivered, p.DeliveredOn = true, today
		sent++
		inboxes, err := followerInboxes(tx, s.Consultation(con.Slug), nil)
		if err != nil {
			return err
		}
		if err := errors.Join(tx.Polls.Put(p.ID, p), s.sendPoll(tx, con, p, inboxes, false)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) today() string { return s.now().UTC().Format(time.DateOnly) }

// sendPoll sends the Create of a poll to these inboxes, or lists it in the
// outbox, where every poll stands from the first moment.
func (s *Service) sendPoll(tx *store.Tx, con *store.Consultation, p store.Poll, inboxes []string, list bool) error {
	question, err := s.questionObject(tx, con, p)
	if err != nil {
		return err
	}
	create := activitypub.NewCreate(question.ID+"/activity", question)
	return s.publish(tx, send{actor: question.AttributedTo, activity: create, inboxes: inboxes, public: list})
}

// pollsOf lists the polls of a consultation in order.
func pollsOf(tx *store.Tx, consultation string) ([]store.Poll, error) {
	return store.Collect(tx.Polls.By("consultation", store.Prefix(consultation)))
}

// closedForGood is true once no state can bring voting back.
func closedForGood(state consensus.State) bool {
	switch state {
	case consensus.StateAnnounced, consensus.StateOpen, consensus.StateSuspended, consensus.StateDraft, consensus.StateReview:
		return false
	}
	return true
}
