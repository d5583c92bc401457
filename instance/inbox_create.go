// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"

	"polder/activitypub"
	"polder/instance/store"
)

// maxVotesInOne bounds the votes in one Create with an array as its object.
const maxVotesInOne = 10

// handleCreate sorts by what was created: a signed document of the network, or
// one or more votes. Of replies and mentions, suggestions for statements are
// taken; other contributions are ignored.
func (s *Service) handleCreate(ctx context.Context, in received) error {
	objects, err := in.doc.Objects("object")
	if err != nil || len(objects) == 0 {
		return nil
	}
	if len(objects) == 1 && isSignedType(objects[0].Type()) {
		return s.handleSigned(ctx, in, objects[0])
	}
	if !looksLikeVote(objects[0]) {
		return s.handlePost(ctx, in, objects[0])
	}
	if len(objects) > maxVotesInOne {
		return &reason{"too-many", fmt.Sprintf("%d votes in one activity", len(objects))}
	}
	return s.handleVotes(ctx, in, objects)
}

// looksLikeVote is the shape of a poll vote: a Note with a name and without
// content, in reply to something (spec: federation.md 6).
func looksLikeVote(o *activitypub.Document) bool {
	return o.Type() == activitypub.TypeNote && o.String("name") != "" &&
		o.String("content") == "" && o.IRI("inReplyTo") != ""
}

// handleSigned takes a document of our own types that another instance sent.
func (s *Service) handleSigned(ctx context.Context, in received, object *activitypub.Document) error {
	author := object.IRI("attributedTo")
	if author != in.actor {
		ok, err := s.mayForward(ctx, in.actor, object)
		if err != nil {
			return err
		}
		if !ok {
			return &reason{"third-party", "a signed document created by somebody else than its author"}
		}
		in.actor = author // who is answered
		s.meet(ctx, author)
	}
	err := s.takeSigned(ctx, object, hostOf(in.actor))
	return s.answerSigned(ctx, in, object, err)
}

// mayForward: a hub hands on a share that it could not add up (spec: opinion.md
// 12, "small instances"). The share is judged by the proof of its author.
func (s *Service) mayForward(ctx context.Context, hub string, object *activitypub.Document) (bool, error) {
	if object.Type() != typeShare {
		return false, nil
	}
	roster, err := s.latestRoster(ctx, object.IRI("context"))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	m, ok := roster.MemberByActor(object.IRI("attributedTo"))
	return ok && m.Parent == hub, nil
}
