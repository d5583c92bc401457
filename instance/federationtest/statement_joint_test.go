// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance"
)

// talk starts the usual network with one joint conversation that all adopted.
func talk(t testing.TB, slug string, seeds ...string) *Cluster {
	t.Helper()
	c := NewCluster(t, Nation, Province, Groningen, Midden)
	c.Bind(Nation, Province)
	c.Bind(Province, Groningen)
	c.Bind(Province, Midden)
	c.ConverseJointly(slug, seeds...)
	return c
}

// list is the published list of statements of an instance, as others read it.
func (n *Node) list(t testing.TB, slug string) instance.StatementList {
	t.Helper()
	req := httptest.NewRequest(http.MethodGet, n.URL("/participation/v1/consultations/"+slug+"/statements"), nil)
	rec := httptest.NewRecorder()
	n.Handler.ServeHTTP(rec, req)
	var list instance.StatementList
	if err := json.Unmarshal(rec.Body.Bytes(), &list); err != nil || rec.Code != http.StatusOK {
		t.Fatalf("%d %v %s", rec.Code, err, rec.Body)
	}
	return list
}

// sameList tells whether every instance votes on the same statements.
func sameList(t *testing.T, c *Cluster, want int) {
	t.Helper()
	canonical := c.Node(Nation).list(t, "fietspad")
	if len(canonical.Statements) != want {
		t.Fatalf("the convener lists %d statements, want %d", len(canonical.Statements), want)
	}
	for _, p := range []Place{Province, Groningen, Midden} {
		here := c.Node(p).list(t, "fietspad")
		if !slices.Equal(here.Statements, canonical.Statements) || here.Context != canonical.Context {
			t.Errorf("%s lists %+v, the convener %+v", p.Host, here.Statements, canonical.Statements)
		}
	}
}

func TestJointConversationHasOneList(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := talk(t, "fietspad", seeds...)
	sameList(t, c, len(seeds))
	nation, groningen, midden := c.Node(Nation), c.Node(Groningen), c.Node(Midden)
	late, err := nation.Service.AddSeed(ctx, Author, "fietspad", "Later komt er nog een stelling bij.", "nl")
	if err != nil {
		t.Fatal(err)
	}
	c.Settle()
	sameList(t, c, len(seeds)+1)
	if list := polls(t, c, groningen); len(list) != len(seeds)+1 {
		t.Errorf("%d polls", len(list))
	}
	if err := groningen.Vote("fietspad", late.ID, "agree", eligibility.Open, "ann"); err != nil {
		t.Fatal(err)
	}
	for _, d := range []instance.Decision{{Action: "hide", Reason: "insult"}, {Action: "merge", Into: 1}} {
		if err := groningen.Service.ModerateStatement(ctx, Author, "fietspad", late.ID, d); code(err) != "error.statement-convener" {
			t.Errorf("%s by a member: %v", d.Action, err)
		}
	}
	if err := nation.Service.EditStatement(ctx, Author, "fietspad", late.ID, "Een heel andere tekst daarvoor."); code(err) != "error.statement-frozen" {
		t.Errorf("edit while members vote: %v", err)
	}
	if err := nation.Service.ModerateStatement(ctx, Author, "fietspad", late.ID, instance.Decision{Action: "hide", Reason: "insult"}); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	sameList(t, c, len(seeds)+1)
	if got := code(midden.Vote("fietspad", late.ID, "agree", eligibility.Open, "bob")); got != "error.stale" {
		t.Errorf("a vote on a removed statement: %s", got)
	}
	if err := groningen.Service.Recount(ctx, groningen.Consultation("fietspad")); err != nil {
		t.Errorf("votes on a removed statement are kept: %v", err)
	}
}

// TestMemberOffersAStatement: what a resident of a member sends in is approved
// there, numbered by the convener, and voted on everywhere.
func TestMemberOffersAStatement(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := talk(t, "fietspad", seeds...)
	groningen, midden := c.Node(Groningen), c.Node(Midden)
	send := func(n *Node, who, text string) instance.Statement {
		for _, st := range n.list(t, "fietspad").Statements[:5] {
			if err := n.Vote("fietspad", st.ID, "agree", eligibility.Open, who); err != nil {
				t.Fatal(err)
			}
		}
		sent, err := n.Service.SubmitStatement(ctx, "fietspad", n.voter(who), text, "nl")
		if err != nil {
			t.Fatal(err)
		}
		return sent
	}
	approve := func(n *Node, id string) string {
		return code(n.Service.ModerateStatement(ctx, Author, "fietspad", id, instance.Decision{Action: "approve"}))
	}
	first := send(groningen, "ann", "Er komt een speelplaats bij de kade.")
	same := send(midden, "bob", "Er komt een speelplaats: bij de kade!")
	c.Settle()
	sameList(t, c, len(seeds)) // nothing goes out before a moderator looked
	c.Down(Nation, true)
	if got := approve(groningen, first.ID); got != "<nil>" {
		t.Fatal(got)
	}
	if got := code(groningen.Vote("fietspad", first.ID, "agree", eligibility.Open, "ann")); got != "error.stale" {
		t.Errorf("a vote before the convener numbered it: %s", got)
	}
	if got := approve(groningen, first.ID); got != "error.statement-convener" {
		t.Errorf("approved twice: %s", got)
	}
	c.Settle()
	c.Down(Nation, false)
	c.Advance(3 * time.Minute) // the offer is sent again
	sameList(t, c, len(seeds)+1)
	if err := midden.Vote("fietspad", first.ID, "disagree", eligibility.Open, "bob"); err != nil {
		t.Errorf("a vote at another member: %v", err)
	}
	mine, err := groningen.Service.MyParticipation(ctx, groningen.Consultation("fietspad").ID, groningen.voter("ann"))
	if err != nil || len(mine.Sent) != 1 || mine.Sent[0].Number != 7 || mine.Sent[0].State != consensus.StatementVisible {
		t.Errorf("the author sees %+v %v", mine.Sent, err)
	}
	if got := approve(midden, same.ID); got != "error.statement-duplicate" {
		t.Errorf("the same words from another member: %s", got)
	}
}

// TestConvenerRefusesADuplicate: two members offer the same at the same time;
// the second author hears that it is there already.
func TestConvenerRefusesADuplicate(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := talk(t, "fietspad", seeds...)
	var offered []instance.Statement
	for _, p := range []Place{Groningen, Midden} {
		st, err := c.Node(p).Service.AddSeed(ctx, Author, "fietspad", "Er komt een speelplaats bij de kade.", "nl")
		if err != nil || st.Number != 0 || st.State != consensus.StatementPending {
			t.Fatalf("%+v %v", st, err)
		}
		offered = append(offered, st)
	}
	c.Settle()
	sameList(t, c, len(seeds)+1)
	refused := 0
	for i, p := range []Place{Groningen, Midden} {
		list, err := c.Node(p).Service.Statements(ctx, c.Node(p).Consultation("fietspad").ID, consensus.StatementRejected)
		if err != nil {
			t.Fatal(err)
		}
		for _, st := range list {
			if st.ID != offered[i].ID || st.Reason != consensus.ReasonDuplicate {
				t.Errorf("rejected %+v", st)
			}
			refused++
		}
	}
	if refused != 1 {
		t.Errorf("%d of two equal offers were refused", refused)
	}
}

// TestListIsPulled: a member that was away reads the list when it comes back,
// and after a restart everything is as it was.
func TestListIsPulled(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := talk(t, "fietspad", seeds[:2]...)
	c.Down(Midden, true)
	if _, err := c.Node(Nation).Service.AddSeed(ctx, Author, "fietspad", seeds[2], "nl"); err != nil {
		t.Fatal(err)
	}
	c.Settle()
	c.Down(Midden, false)
	n := c.Node(Midden)
	n.Restart()
	if err := n.Service.PullFrom(ctx, c.Node(Nation).URL("/actor")); err != nil {
		t.Fatal(err)
	}
	sameList(t, c, 3)
}
