// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"strings"

	"polder/activitypub"
	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance/store"
)

// handleVotes casts the votes of one activity, one per option. The checks and
// their order are those of federation.md 6; the remote server gets no answer.
// The document itself is not kept: the job that holds it goes when it is done.
func (s *Service) handleVotes(ctx context.Context, in received, objects []*activitypub.Document) error {
	first, err := s.voteFromNote(ctx, in, objects[0])
	if err != nil {
		return err
	}
	for _, o := range objects[1:] {
		more, err := s.voteFromNote(ctx, in, o)
		if err != nil {
			return err
		}
		if more.Consultation != first.Consultation || more.Question != first.Question {
			return &reason{"unknown-poll", "votes for different polls in one activity"}
		}
		first.Options = append(first.Options, more.Options...)
	}
	if err := s.addEarlierChoices(ctx, &first); err != nil {
		return err
	}
	_, err = s.CastVote(ctx, first)
	return voteReason(err)
}

// addEarlierChoices joins a choice that arrives alone to those the voter made
// before: servers send one Note per option of a multiple-choice poll.
func (s *Service) addEarlierChoices(ctx context.Context, c *Cast) error {
	con, err := s.consultationByID(ctx, c.Consultation)
	if err != nil {
		return err
	}
	q, ok := con.Definition.Question(c.Question)
	if !ok || q.Max == 1 { // a statement is no question of the definition, and takes one answer
		return nil
	}
	own, err := s.OwnBallots(ctx, con, []Voter{{c.Level, c.Identity}})
	if err != nil {
		return err
	}
	for _, o := range own[c.Question].Options {
		if !contains(c.Options, o) {
			c.Options = append(c.Options, o)
		}
	}
	return nil
}

// voteReason turns a refusal into its code for the peer log; everything else,
// such as a store that is full, makes the job run again.
func voteReason(err error) error {
	var coded *reason
	switch {
	case err == nil:
		return nil
	case errors.As(err, &coded):
		return coded
	case errors.Is(err, consensus.ErrClosed):
		return &reason{"closed", "received outside the voting time"}
	case errors.Is(err, consensus.ErrAlreadyVoted):
		return &reason{"duplicate", "this account has voted; the first vote counts"}
	case errors.Is(err, consensus.ErrUnknownOption), errors.Is(err, consensus.ErrChoice):
		return &reason{"unknown-option", "no such option, or too many"}
	case errors.Is(err, consensus.ErrLevel), errors.Is(err, consensus.ErrNotEligible):
		return &reason{"level", "votes from the fediverse are not taken here"}
	}
	return lasting(err)
}

// lasting turns every other refusal into a reason, too: trying again would only
// end the same way.
func lasting(err error) error {
	switch e := AsError(err); e.Code {
	case CodeInternal, CodeUnavailable:
		return err
	default:
		return &reason{strings.TrimPrefix(e.Public, "error."), detail(e)}
	}
}

// voteFromNote reads one vote.
func (s *Service) voteFromNote(ctx context.Context, in received, o *activitypub.Document) (Cast, error) {
	switch {
	case o.IRI("attributedTo") != in.actor:
		return Cast{}, &reason{"not-owner", "vote attributed to another actor"}
	case hostOf(o.ID()) != hostOf(in.actor):
		return Cast{}, &reason{"not-owner", "vote id on another host"}
	case o.IsPublic() || in.doc.IsPublic():
		return Cast{}, &reason{"public-vote", "vote addressed to the public"}
	}
	poll, con, err := s.pollByID(ctx, o.IRI("inReplyTo"))
	if errors.Is(err, store.ErrNotFound) {
		return Cast{}, &reason{"unknown-poll", "vote for a poll that is not here"}
	}
	if err != nil {
		return Cast{}, err
	}
	option, ok := s.optionOf(ctx, con, poll.Question, o.String("name"))
	if !ok {
		if consensusClosed(con, in) {
			return Cast{}, &reason{"closed", "received outside the voting time"}
		}
		return Cast{}, &reason{"unknown-option", "no such option"}
	}
	return Cast{Consultation: con.ID, Question: poll.Question, Options: []string{option},
		Level: eligibility.Fediverse, Identity: in.actor, Received: in.at,
		Host: hostOf(in.actor), Inbox: s.inboxForHost(ctx, in.actor)}, nil
}

func consensusClosed(con *store.Consultation, in received) bool {
	return con.State != consensus.StateOpen || !in.at.Before(con.ClosesAt)
}

// inboxForHost is where updates of the poll go for this voter's server.
func (s *Service) inboxForHost(ctx context.Context, actor string) string {
	a, _, err := s.storedActor(ctx, actor)
	if err != nil {
		return ""
	}
	if a.SharedInbox != "" {
		return a.SharedInbox
	}
	return a.Inbox
}

// optionOf finds an option of a poll by the text that it shows.
func (s *Service) optionOf(ctx context.Context, con *store.Consultation, question, name string) (option string, ok bool) {
	err := s.store.View(ctx, func(tx *store.Tx) error {
		q, _, err := s.polled(tx, con, question)
		if err == nil {
			option, ok = optionByName(q, name)
		}
		return err
	})
	return option, ok && err == nil
}

// optionByName finds an option by the text that polls show: exact after NFC,
// else trimmed.
func optionByName(q *consensus.DefinitionQuestion, name string) (string, bool) {
	name = nfc(name)
	for _, same := range []func(string) string{func(s string) string { return s }, strings.TrimSpace} {
		for _, o := range q.Options {
			for _, text := range o.Text {
				if same(nfc(text)) == same(name) {
					return o.ID, true
				}
			}
		}
	}
	return "", false
}
