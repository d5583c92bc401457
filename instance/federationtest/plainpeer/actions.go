// SPDX-License-Identifier: EUPL-1.2

package plainpeer

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Follow is a Follow of one of our users and what came of it.
type Follow struct {
	ID       string
	Target   string
	State    string // "", Accept or Reject
	Sent     time.Time
	Answered time.Time

	canonical []byte // as encoding/json orders it
	activity  Object
}

// Follow sends a Follow to the inbox of the target and remembers it.
func (s *Server) Follow(user, target string) (string, error) {
	actor, err := s.Fetch(user, target)
	if err != nil {
		return "", err
	}
	follow := Object{"@context": "https://www.w3.org/ns/activitystreams", "id": s.nextID(user), "type": "Follow",
		"actor": s.Actor(user), "object": target}
	canonical, err := json.Marshal(follow)
	if err != nil {
		return "", fmt.Errorf("writing JSON: %w", err)
	}
	s.mu.Lock()
	s.follows[follow.Text("id")] = &Follow{ID: follow.Text("id"), Target: target, Sent: s.now(),
		canonical: canonical, activity: follow}
	s.mu.Unlock()
	return follow.Text("id"), s.deliver(user, actor.Text("inbox"), follow)
}

// Unfollow takes a Follow back, the way Mastodon does: the whole Follow inside.
func (s *Server) Unfollow(user, follow string) error {
	f, ok := s.FollowState(follow)
	if !ok {
		return fmt.Errorf("no such follow: %s", follow)
	}
	actor, err := s.Fetch(user, f.Target)
	if err != nil {
		return err
	}
	undo := Object{"@context": "https://www.w3.org/ns/activitystreams", "id": follow + "/undo", "type": "Undo",
		"actor": s.Actor(user), "object": f.activity}
	return s.deliver(user, actor.Text("inbox"), undo)
}

// FollowState tells what came of a Follow.
func (s *Server) FollowState(id string) (Follow, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.follows[id]
	if !ok {
		return Follow{}, false
	}
	return *f, true
}

// Vote casts a vote the way Mastodon does: a Note with the option as its name
// and no content, to the poll's author alone.
func (s *Server) Vote(user, poll, option string) error {
	question, err := s.Fetch(user, poll)
	if err != nil {
		return err
	}
	author, err := s.Fetch(user, question.Ref("attributedTo"))
	if err != nil {
		return err
	}
	id := s.nextID(user)
	vote := Object{"@context": "https://www.w3.org/ns/activitystreams", "id": id + "/activity", "type": "Create",
		"actor": s.Actor(user), "to": author.Text("id"),
		"object": Object{"id": id, "type": "Note", "name": option, "attributedTo": s.Actor(user),
			"to": author.Text("id"), "inReplyTo": poll, "published": s.now().UTC().Format(time.RFC3339)}}
	return s.deliver(user, author.Text("inbox"), vote)
}

func (s *Server) deliver(user, inbox string, activity Object) error {
	a, err := s.Post(user, inbox, activity)
	if err != nil {
		return err
	}
	if a.Status != http.StatusAccepted && a.Status != http.StatusOK {
		return fmt.Errorf("%s to %s: status %d: %s", activity.Text("type"), inbox, a.Status, a.Body)
	}
	return nil
}

// Poll gives a poll as this server shows it now.
func (s *Server) Poll(id string) (Poll, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.polls[id]
	if !ok {
		return Poll{}, false
	}
	return *p, true
}

// Polls lists the ids of all polls in the timeline.
func (s *Server) Polls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for id := range s.polls {
		ids = append(ids, id)
	}
	return ids
}

// Post in the timeline, by id.
func (s *Server) Timeline(id string) (Object, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.timeline[id]
	return o, ok
}

// Boosts lists the Announces that arrived.
func (s *Server) Boosts() []Boost {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Boost(nil), s.boosts...)
}
