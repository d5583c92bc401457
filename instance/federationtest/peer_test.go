// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance"
	"polder/instance/federationtest/plainpeer"
)

const public = "https://www.w3.org/ns/activitystreams#Public"

// plain puts a plain server into the network.
func (c *Cluster) plain(host string) *plainpeer.Server {
	c.t.Helper()
	p, err := plainpeer.New(host, c.Transport(), c.Now)
	if err != nil {
		c.t.Fatal(err)
	}
	c.Serve(host, p)
	return p
}

// later is a draft of which voting starts in ten minutes and lasts an hour.
func (c *Cluster) later(slug, results string, questions int) instance.Draft {
	d := c.Draft(slug, questions, false)
	start := c.Now().Add(10 * time.Minute)
	d.Charter.Phases[0].StartsAt, d.Charter.Phases[0].EndsAt = start, start.Add(time.Hour)
	d.Definition.Results = results
	return d
}

// follow makes a user of the plain server follow an actor and checks the answer.
func follow(t *testing.T, c *Cluster, p *plainpeer.Server, user, target string) string {
	t.Helper()
	id, err := p.Follow(user, target)
	if err != nil {
		t.Fatalf("follow %s: %v", target, err)
	}
	c.Settle()
	f, _ := p.FollowState(id)
	if f.State != "Accept" || f.Answered.Sub(f.Sent) > 3*time.Second {
		t.Fatalf("follow of %s: %q after %v; refused: %q", target, f.State, f.Answered.Sub(f.Sent), p.Refused())
	}
	return id
}

func finger(t *testing.T, p *plainpeer.Server, user string, n *Node) string {
	t.Helper()
	id, err := p.Finger(user, n.Host)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// open starts the consultation and gives its only poll as the plain server got it.
func openPoll(t *testing.T, c *Cluster, p *plainpeer.Server) plainpeer.Poll {
	t.Helper()
	c.Advance(11 * time.Minute)
	ids := p.Polls()
	if len(ids) != 1 {
		t.Fatalf("polls in the timeline: %q; refused: %q", ids, p.Refused())
	}
	poll, _ := p.Poll(ids[0])
	return poll
}

func noRefusals(t *testing.T, p *plainpeer.Server) {
	t.Helper()
	if refused := p.Refused(); len(refused) > 0 {
		t.Errorf("the plain server refused: %q", refused)
	}
}

// TestPlainServerTakesPart is the road of a person on an ordinary server: find
// the municipality, follow it and its consultation, read, vote, see counts.
func TestPlainServerTakesPart(t *testing.T) {
	t.Parallel()
	c := NewCluster(t, Groningen)
	n, p := c.Node(Groningen), c.plain("social.test")

	organization := finger(t, p, "gemeente", n)
	followed := follow(t, c, p, "anna", organization)
	n.Announce(c.later("fietspad-2026", consensus.ResultsLive, 1))

	group := finger(t, p, "fietspad_2026", n)
	if actor, err := p.Fetch("", group); err != nil || actor.Text("type") != "Group" || actor.Text("preferredUsername") != "fietspad_2026" {
		t.Fatalf("group: %v %v", actor, err)
	}
	lead := leadIn(t, p, organization, group)
	groupFollow := follow(t, c, p, "anna", group)
	poll := openPoll(t, c, p)
	if poll.Author != group || fmt.Sprint(poll.Names) != "[Eens Oneens Weet ik niet]" {
		t.Errorf("poll: %+v", poll)
	}
	collections(t, p, group, lead, poll.ID)

	for i, choice := range []string{"Eens", "Oneens", "Eens"} {
		if err := p.Vote(fmt.Sprintf("voter%d", i), poll.ID, choice); err != nil {
			t.Fatal(err)
		}
	}
	c.Settle()
	if err := p.Vote("voter0", poll.ID, "Oneens"); err != nil { // the first vote counts
		t.Fatal(err)
	}
	c.Settle()
	if got := n.reasons(1); got[0] != "duplicate" {
		t.Errorf("a second vote is logged as %q", got)
	}
	tag := counted(t, p, poll.ID, "", []int{2, 1, 0})
	c.Advance(4 * time.Minute)
	sameBut(t, p, poll, []int{2, 1, 0}, "")
	unchanged(t, p, poll.ID, tag)

	if err := p.Vote("late-riser", poll.ID, "Weet ik niet"); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	counted(t, p, poll.ID, tag, []int{2, 1, 1})
	c.Advance(time.Hour)
	sameBut(t, p, poll, []int{2, 1, 1}, poll.EndTime)
	if err := p.Vote("too-late", poll.ID, "Eens"); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	if got := n.reasons(1); got[0] != "closed" {
		t.Errorf("a late vote is logged as %q", got)
	}
	counted(t, p, poll.ID, "", []int{2, 1, 1})

	undo(t, c, p, followed, groupFollow)
	noRefusals(t, p)
}

// leadIn checks that the Organization boosted the lead Note by its id.
func leadIn(t *testing.T, p *plainpeer.Server, organization, group string) string {
	t.Helper()
	boosts := p.Boosts()
	if len(boosts) != 1 || boosts[0].Actor != organization || boosts[0].Published == "" {
		t.Fatalf("boosts %+v; refused: %q", boosts, p.Refused())
	}
	lead, ok := p.Timeline(boosts[0].Object)
	if !ok || lead.Text("type") != "Note" || lead.Ref("attributedTo") != group || !lead.Addressed(public) {
		t.Fatalf("lead note: %v", lead)
	}
	return lead.Text("id")
}

// collections checks outbox and pins as another server reads them.
func collections(t *testing.T, p *plainpeer.Server, group, lead, poll string) {
	t.Helper()
	pins, err := p.Items(group + "/featured")
	if err != nil || len(pins) != 1 || pins[0].Text("id") != lead {
		t.Errorf("featured: %v %v", pins, err)
	}
	sent, err := p.Items(group + "/outbox")
	if err != nil || len(sent) != 2 {
		t.Fatalf("outbox: %v %v", sent, err)
	}
	for i, want := range []string{poll, lead} { // newest first
		if sent[i].Text("type") != "Create" || sent[i].Sub("object").Text("id") != want {
			t.Errorf("outbox %d: %v", i, sent[i])
		}
	}
	if _, err := p.Fetch("anna", lead); err != nil {
		t.Error(err)
	}
}

// counted reads the counts of a poll by GET; before, the ETag of an older
// reading, must not be valid any more.
func counted(t *testing.T, p *plainpeer.Server, poll, before string, want []int) (tag string) {
	t.Helper()
	a, err := p.Get("", poll, map[string]string{"If-None-Match": before})
	if err != nil || a.Status != http.StatusOK {
		t.Fatalf("GET %s: %v %+v", poll, err, a)
	}
	o, err := p.Fetch("", poll)
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	total := 0
	for _, option := range o.List("oneOf") {
		n, ok := option.Sub("replies").Number("totalItems")
		if !ok {
			t.Fatalf("poll without counts: %v", o)
		}
		got, total = append(got, n), total+n
	}
	if voters, _ := o.Number("votersCount"); !slices.Equal(got, want) || voters != total {
		t.Errorf("counts %v of %d voters, want %v", got, voters, want)
	}
	return a.Header.Get("ETag")
}

// unchanged asks again with the ETag.
func unchanged(t *testing.T, p *plainpeer.Server, poll, tag string) {
	t.Helper()
	a, err := p.Get("", poll, map[string]string{"If-None-Match": tag})
	if err != nil || a.Status != http.StatusNotModified || len(a.Body) != 0 || tag == "" {
		t.Errorf("GET with ETag %s: %v %+v", tag, err, a)
	}
}

// sameBut checks what the last Update made of the poll on the plain server.
func sameBut(t *testing.T, p *plainpeer.Server, first plainpeer.Poll, counts []int, closed string) {
	t.Helper()
	now, _ := p.Poll(first.ID)
	switch {
	case now.Updates == first.Updates:
		t.Errorf("no update arrived")
	case now.Broken != "" || now.Edited != "":
		t.Errorf("readers would see the poll as changed: %+v", now)
	case now.EndTime != first.EndTime || now.Closed != closed:
		t.Errorf("ends %q closed %q, want %q and %q", now.EndTime, now.Closed, first.EndTime, closed)
	case !slices.Equal(now.Counts, counts):
		t.Errorf("the update shows %v, want %v", now.Counts, counts)
	}
}

// undo takes all follows back; from then on nothing is delivered.
func undo(t *testing.T, c *Cluster, p *plainpeer.Server, follows ...string) {
	t.Helper()
	for _, id := range follows {
		if err := p.Unfollow("anna", id); err != nil {
			t.Fatal(err)
		}
	}
	c.Settle()
	n := c.Node(Groningen)
	before := len(p.Received())
	n.Announce(c.later("plein", consensus.ResultsLive, 1))
	c.Advance(11 * time.Minute)
	for _, got := range p.Received()[before:] {
		if got.Activity.Text("type") != "Update" { // of the poll its users voted in
			t.Errorf("delivered after Undo: %s", got.Raw)
		}
	}
}

// TestPlainServerSeesNoCountsBeforeTheTally: with afterClose a poll shows no
// counts at all until the provisional tally, and then only if level fediverse
// stands alone in it.
func TestPlainServerSeesNoCountsBeforeTheTally(t *testing.T) {
	t.Parallel()
	for _, voters := range []int{9, 12} {
		t.Run(fmt.Sprint(voters), func(t *testing.T) {
			c := NewCluster(t, Groningen)
			n, p := c.Node(Groningen), c.plain("social.test")
			n.Announce(c.later("fietspad", consensus.ResultsAfterClose, 1))
			group := finger(t, p, "fietspad", n)
			follow(t, c, p, "anna", group)
			poll := openPoll(t, c, p)
			for i := range voters {
				if err := p.Vote(fmt.Sprintf("v%d", i), poll.ID, poll.Names[i%2]); err != nil {
					t.Fatal(err)
				}
				if err := n.Vote("fietspad", "qa", []string{"agree", "pass"}[i%2], eligibility.Open, fmt.Sprint(i)); err != nil {
					t.Fatal(err)
				}
			}
			c.Advance(5 * time.Minute)
			if now, _ := p.Poll(poll.ID); now.Updates != 0 || now.Counts != nil {
				t.Errorf("counts before close: %+v", now)
			}
			hidden(t, p, poll.ID)
			c.Advance(54*time.Minute + 30*time.Second)
			now, _ := p.Poll(poll.ID)
			if now.Closed != poll.EndTime || now.Counts != nil {
				t.Errorf("at close: %+v", now)
			}
			hidden(t, p, poll.ID)
			c.Advance(3 * time.Minute) // merge delay and grace: the provisional tally
			c.Advance(time.Minute)
			now, _ = p.Poll(poll.ID)
			if stands := voters >= 10; stands != (now.Counts != nil) {
				t.Errorf("after the tally: %+v", now)
			}
			if voters < 10 {
				hidden(t, p, poll.ID)
			} else {
				counted(t, p, poll.ID, "", []int{6, 6, 0})
			}
			noRefusals(t, p)
		})
	}
}

// hidden checks that GET shows no counts.
func hidden(t *testing.T, p *plainpeer.Server, poll string) {
	t.Helper()
	o, err := p.Fetch("", poll)
	if err != nil {
		t.Fatal(err)
	}
	if o["votersCount"] != nil {
		t.Errorf("the poll shows %v voters", o["votersCount"])
	}
	for _, option := range o.List("oneOf") {
		if option["replies"] != nil {
			t.Errorf("the poll shows counts: %v", option)
		}
	}
}

// TestPlainServerGetsNoOwnTypes: signed documents go to capable peers only.
func TestPlainServerGetsNoOwnTypes(t *testing.T) {
	t.Parallel()
	c := NewCluster(t, Groningen)
	n, p := c.Node(Groningen), c.plain("social.test")
	follow(t, c, p, "anna", n.URL("/organization"))
	n.Announce(c.later("fietspad", consensus.ResultsAfterClose, 1))
	follow(t, c, p, "anna", n.URL("/consultations/fietspad"))
	c.Advance(time.Hour)
	c.Advance(2 * time.Hour)
	if n.Consultation("fietspad").Counting != consensus.CountingFinal {
		t.Fatal("the count is not final")
	}
	for _, got := range p.Received() {
		kind := got.Activity.Sub("object").Text("type")
		if slices.Contains([]string{"Tally", "Roster"}, kind) {
			t.Errorf("a plain server got a %s", kind)
		}
	}
	if id, err := p.Follow("anna", n.URL("/actor")); err != nil {
		t.Fatal(err)
	} else {
		c.Settle()
		if f, _ := p.FollowState(id); f.State != "Reject" {
			t.Errorf("Follow of the instance actor: %q", f.State)
		}
	}
	noRefusals(t, p)
}
