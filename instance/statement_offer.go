// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"strings"

	"polder/activitypub"
	"polder/consensus"
	"polder/consensus/tally"
	"polder/instance/store"
)

// follows tells whether the statements of con are those of a convener elsewhere.
func follows(con *store.Consultation) bool { return con.Joint && !con.Convener }

// moderateHere is what a moderator of a member decides: about statements sent in
// here, before the convener has them. Approving one offers it to the convener,
// so that all places vote on the same ones (spec: product.md 10).
func (s *Service) moderateHere(tx *store.Tx, con *store.Consultation, st *Statement, d Decision) error {
	if st.Number > 0 || st.Offer != "" {
		return consensus.ErrConvener
	}
	m := consensus.Moderation{Action: d.Action, Reason: d.Reason, Text: nfc(d.Text)}
	switch d.Action {
	case consensus.ModerateApprove, consensus.ModerateRestore:
		if err := st.Moderate(m, s.now()); err != nil {
			return err
		}
		st.State = consensus.StatementPending // until it has a number
		if err := unlike(tx, con, *st); err != nil {
			return err
		}
		return s.offerStatement(tx, con, st)
	case consensus.ModerateReject:
		if err := st.Moderate(m, s.now()); err != nil {
			return err
		}
		return putStatement(tx, *st)
	}
	return consensus.ErrConvener
}

// offerStatement asks the convener to take a statement into the list.
func (s *Service) offerStatement(tx *store.Tx, con *store.Consultation, st *Statement) error {
	inbox := s.knownInbox(tx, con.ConvenerActor)
	if inbox == "" {
		return refuse(CodeUnavailable, "error.busy", nil)
	}
	st.Offer = s.NewActivity()
	note := map[string]any{"type": activitypub.TypeNote, "id": s.Base + "/statements/" + st.ID, "attributedTo": s.Actor(),
		"name": st.Text, "nameMap": map[string]string{st.Lang: st.Text}, "polder:kind": "statement", "polder:consultation": con.Root}
	offer := activitypub.Activity{Context: activitypub.ObjectContext, ID: st.Offer, Type: activitypub.TypeOffer, Actor: s.Actor(),
		To: []string{con.ConvenerActor}, Object: activitypub.Embed(note), Target: con.Root}
	return errors.Join(putStatement(tx, *st), s.publish(tx, send{actor: s.Actor(), activity: offer, inboxes: []string{inbox}}))
}

// handleOffer is the convener's side: an active member offers a statement that
// its own moderator approved. It gets the next number, or the reason why not.
func (s *Service) handleOffer(ctx context.Context, in received) error {
	object, err := in.doc.Object("object")
	if err != nil || object.Type() != activitypub.TypeNote || object.String("polder:kind") != "statement" {
		return nil
	}
	id := object.ID()[strings.LastIndexByte(object.ID(), '/')+1:]
	if !isStatementID(id) || hostOf(object.ID()) != hostOf(in.actor) || object.IRI("attributedTo") != in.actor {
		return &reason{"not-owner", "a statement offered under an id of somebody else"}
	}
	refused := &reason{}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		answer := activitypub.Activity{Context: activitypub.ObjectContext, ID: s.NewActivity(), Type: activitypub.TypeAccept,
			Actor: s.Actor(), To: []string{in.actor}, Object: activitypub.Link(in.doc.ID())}
		err := s.takeOffer(tx, in, id, object)
		if errors.As(err, &refused) {
			answer.Type = activitypub.TypeReject
			answer.Result = activitypub.Embed(tally.Problem{Code: refused.code, Detail: refused.text})
			err = nil
		}
		if err != nil {
			return err
		}
		inbox, err := inboxOf(tx, in.actor)
		if err != nil {
			return err
		}
		return s.publish(tx, send{actor: s.Actor(), activity: answer, inboxes: []string{inbox}})
	})
	s.poke()
	if err == nil && refused.code != "" {
		return refused
	}
	return err
}

// takeOffer puts an offered statement into the list. The same one a second time
// changes nothing.
func (s *Service) takeOffer(tx *store.Tx, in received, id string, object *activitypub.Document) error {
	row, err := tx.Consultations.Only("root", in.doc.IRI("target"))
	if errors.Is(err, store.ErrNotFound) || err == nil && (!row.Value.Convener || !activeMember(&row.Value, in.actor)) {
		return &reason{"not-member", "a statement for a consultation in which the sender takes no part"}
	}
	if err != nil {
		return err
	}
	con := row.Value
	if _, ok := con.Definition.StatementsQuestion(); !ok || !beforeEnd(con.State) {
		return &reason{"closed", "the list takes no more statements"}
	}
	lang, text := offeredText(object)
	switch old, err := tx.Statements.Get(store.StatementKey(con.ID, id)); {
	case err == nil && old.Text == nfc(text):
		return nil
	case err == nil:
		return &reason{"conflict", "another statement has this id"}
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	st, err := consensus.NewStatement(id, nfc(text), lang, consensus.MaxStatement, s.now())
	if err != nil {
		return &reason{"malformed", err.Error()}
	}
	if err := st.Moderate(consensus.Moderation{Action: consensus.ModerateApprove}, s.now()); err != nil {
		return err
	}
	added := Statement{Statement: st, Consultation: con.ID}
	var same *DuplicateError
	if err := unlike(tx, &con, added); errors.As(err, &same) {
		return &reason{consensus.ReasonDuplicate, same.Of.ID}
	} else if err != nil {
		return err
	}
	err = s.publishStatement(tx, &con, &added)
	if errors.Is(err, consensus.ErrTooMany) {
		return &reason{"full", "the list is full"}
	}
	return err
}

func offeredText(object *activitypub.Document) (lang, text string) {
	text = PlainText(object.String("name"), consensus.MaxImported)
	for l, t := range object.LangMap("nameMap") {
		if PlainText(t, consensus.MaxImported) == text {
			lang = clean(l, 20)
		}
	}
	return lang, text
}

func activeMember(con *store.Consultation, actor string) bool {
	for _, m := range con.Members {
		if m.Actor == actor && m.State == tally.MemberActive {
			return true
		}
	}
	return false
}

// answerToOffer notes that the convener refused a statement. One that it took
// comes back with the list.
func (s *Service) answerToOffer(ctx context.Context, in received, object string, accepted bool) (bool, error) {
	done := false
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		done = false
		row, err := tx.Statements.First(store.Query{Index: "offer", Prefix: store.HashPart(object)})
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		st := row.Value
		con, err := tx.Consultations.Get(st.Consultation)
		if err != nil || con.ConvenerActor != in.actor || st.Offer != object {
			return err
		}
		done = true
		if accepted || st.Number > 0 {
			return nil
		}
		st.Offer = ""
		code, text := refusalOf(in.doc)
		if code != consensus.ReasonDuplicate {
			st.ReasonText = clean(code+": "+text, 300) // it waits for a moderator again
			return putStatement(tx, st)
		}
		if err := st.Moderate(consensus.Moderation{Action: consensus.ModerateReject, Reason: code}, s.now()); err != nil {
			return err
		}
		return putStatement(tx, st)
	})
	return done, err
}
