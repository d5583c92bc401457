// SPDX-License-Identifier: EUPL-1.2

package plainpeer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Boost is an Announce that arrived: who boosted which object.
type Boost struct {
	Actor, Object, Published string
}

// Poll is a Question as this server shows it.
type Poll struct {
	ID        string
	Author    string
	Published string
	EndTime   string
	Names     []string
	Counts    []int // nil: the author shows none
	Voters    int
	Closed    string
	Edited    string // `updated`: shown to readers as "edited"
	Updates   int
	Broken    string // why an Update could not be taken
}

// inbox takes one activity: signature and digest, then who may say what.
func (s *Server) inbox(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		http.Error(w, "cannot read", http.StatusBadRequest)
		return
	}
	activity, err := s.check(r, body)
	if err != nil {
		s.note(fmt.Sprintf("%s: %v", r.URL.Path, err))
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	if err := s.take(activity); err != nil {
		s.note(fmt.Sprintf("%s %s: %v", activity.Text("type"), activity.Text("id"), err))
	}
	s.mu.Lock()
	s.received = append(s.received, Received{At: s.now(), Path: r.URL.Path, Activity: activity, Raw: body})
	s.mu.Unlock()
	w.WriteHeader(http.StatusAccepted)
}

func (s *Server) note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = append(s.refused, text)
}

func (s *Server) check(r *http.Request, body []byte) (Object, error) {
	if got := r.Header.Get("Content-Type"); got != activityJSON {
		return nil, fmt.Errorf("media type %q", got)
	}
	if r.Header.Get("User-Agent") == "" {
		return nil, fmt.Errorf("no User-Agent")
	}
	owner, err := s.verify(r, body)
	if err != nil {
		return nil, err
	}
	activity, err := decode(body)
	if err != nil {
		return nil, err
	}
	if activity.Ref("actor") != owner {
		return nil, fmt.Errorf("signed by %s, actor %s", owner, activity.Ref("actor"))
	}
	if !sameHost(activity.Text("id"), owner) {
		return nil, fmt.Errorf("activity %s of %s", activity.Text("id"), owner)
	}
	return activity, nil
}

func sameHost(a, b string) bool {
	x, err := url.Parse(a)
	if err != nil {
		return false
	}
	y, err := url.Parse(b)
	return err == nil && x.Host == y.Host && x.Host != ""
}

func (s *Server) take(a Object) error {
	switch a.Text("type") {
	case "Accept", "Reject":
		return s.answered(a)
	case "Announce":
		return s.boosted(a)
	case "Create":
		return s.created(a)
	case "Update":
		return s.updated(a)
	}
	return nil
}

// answered needs the whole Follow back, unchanged: some servers know their own
// Follow only by comparing.
func (s *Server) answered(a Object) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	object := a.Sub("object")
	f := s.follows[object.Text("id")]
	if f == nil {
		return fmt.Errorf("an answer to a Follow that was never sent")
	}
	if a.Ref("actor") != f.Target {
		return fmt.Errorf("Follow of %s answered by %s", f.Target, a.Ref("actor"))
	}
	got, err := json.Marshal(object)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, f.canonical) {
		return fmt.Errorf("the Follow came back changed: %s", got)
	}
	f.State, f.Answered = a.Text("type"), s.now()
	return nil
}

// boosted fetches what was boosted at its origin.
func (s *Server) boosted(a Object) error {
	if a.Sub("object") != nil {
		return fmt.Errorf("an embedded object in Announce is ignored")
	}
	id := a.Text("object")
	o, err := s.Fetch("", id)
	if err != nil {
		return err
	}
	if err := s.show(o); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.boosts = append(s.boosts, Boost{Actor: a.Ref("actor"), Object: id, Published: a.Text("published")})
	return nil
}

func (s *Server) created(a Object) error {
	o := a.Sub("object")
	if o.Ref("attributedTo") != a.Ref("actor") {
		return fmt.Errorf("created by %s, attributed to %s", a.Ref("actor"), o.Ref("attributedTo"))
	}
	return s.show(o)
}

// show puts a post in the timeline; a Question becomes a poll.
func (s *Server) show(o Object) error {
	id := o.Text("id")
	if !sameHost(id, o.Ref("attributedTo")) || !sameHost(id, o.Text("url")) {
		return fmt.Errorf("%s has author %s and url %s", id, o.Ref("attributedTo"), o.Text("url"))
	}
	if o["summary"] != nil {
		return fmt.Errorf("%s would be hidden behind a content warning", id)
	}
	if _, err := time.Parse(time.RFC3339, o.Text("published")); err != nil {
		return fmt.Errorf("%s: published: %w", id, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timeline[id] = o
	if o.Text("type") == "Question" && s.polls[id] == nil {
		s.polls[id] = readPoll(o)
	}
	return nil
}

func readPoll(o Object) *Poll {
	p := &Poll{ID: o.Text("id"), Author: o.Ref("attributedTo"), Published: o.Text("published"),
		EndTime: o.Text("endTime"), Closed: o.Text("closed"), Edited: o.Text("updated")}
	p.Voters, _ = o.Number("votersCount")
	for _, option := range append(o.List("oneOf"), o.List("anyOf")...) {
		p.Names = append(p.Names, option.Text("name"))
		if n, ok := option.Sub("replies").Number("totalItems"); ok {
			p.Counts = append(p.Counts, n)
		}
	}
	return p
}

// updated takes new counts. A server that finds other option names or another
// published would throw its votes away or refuse, so that is an error here.
func (s *Server) updated(a Object) error {
	o := a.Sub("object")
	if o.Text("type") != "Question" {
		return nil
	}
	if o.Ref("attributedTo") != a.Ref("actor") {
		return fmt.Errorf("update of a poll by %s", a.Ref("actor"))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.polls[o.Text("id")]
	if old == nil {
		return nil // Mastodon fetches it when somebody looks
	}
	now := readPoll(o)
	if old.Published != now.Published || fmt.Sprint(old.Names) != fmt.Sprint(now.Names) {
		old.Broken = "published or options changed"
		return fmt.Errorf("poll %s: %s", old.ID, old.Broken)
	}
	now.Updates = old.Updates + 1
	*old = *now
	s.timeline[old.ID] = o
	return nil
}
