// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance"
	"polder/instance/store"
)

var seeds = []string{"Het fietspad mag parkeerplaatsen kosten.", "Er komen meer bomen langs de kade.", "De snelheid gaat omlaag naar 30.",
	"Bussen krijgen een eigen baan.", "De kade wordt afgesloten voor auto's.", "Er komt een brug voor voetgangers."}

func (n *Node) voter(identity string) instance.Voter {
	return instance.Voter{Level: eligibility.Open, Identity: identity}
}

// row is what is kept of one voter for opinion groups.
func (n *Node) rows(slug string) (list []store.OpinionRow) {
	n.cluster.t.Helper()
	err := n.store.View(context.Background(), func(tx *store.Tx) error {
		for r, err := range tx.Rows.List(store.Prefix(n.Consultation(slug).ID)) {
			if err != nil {
				return err
			}
			list = append(list, r.Value)
		}
		return nil
	})
	if err != nil {
		n.cluster.t.Fatal(err)
	}
	return list
}

func code(err error) string {
	var e *instance.Error
	if errors.As(err, &e) {
		return e.Public
	}
	return fmt.Sprint(err)
}

func TestStatementVote(t *testing.T) {
	t.Parallel()
	c := NewCluster(t, Groningen)
	n := c.Node(Groningen)
	ids := n.Converse("kade", seeds...)
	for i, option := range []string{"agree", "disagree", "pass", "agree"} {
		if err := n.Vote("kade", ids[i], option, eligibility.Open, "ann"); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.Vote("kade", ids[0], "disagree", eligibility.Open, "ann"); err != nil { // changed
		t.Fatal(err)
	}
	con := n.Consultation("kade")
	own, err := n.Service.OwnBallots(context.Background(), con, []instance.Voter{n.voter("ann")})
	if err != nil || len(own) != 4 || own[ids[0]].Options[0] != "disagree" || own[ids[0]].Seq != 2 {
		t.Errorf("own ballots %v %v", own, err)
	}
	if rows := n.rows("kade"); len(rows) != 1 || fmt.Sprint(rows[0].Votes) != "[{1 -1} {2 -1} {3 0} {4 1}]" {
		t.Errorf("rows %v", rows)
	}
	for question, want := range map[string]string{"statements": "error.stale", "0192f8a0-0000-7000-8000-000000000000": "error.stale"} {
		if got := code(n.Vote("kade", question, "agree", eligibility.Open, "ann")); got != want {
			t.Errorf("vote on %s: %s", question, got)
		}
	}
	cast := instance.Cast{Consultation: con.ID, Question: ids[2], Level: eligibility.Open, Identity: "ann", Received: c.Now()}
	if err := n.Service.WithdrawVote(context.Background(), cast); err != nil {
		t.Fatal(err)
	}
	if rows := n.rows("kade"); len(rows[0].Votes) != 3 {
		t.Errorf("after withdrawing %v", rows)
	}
	if per, err := n.Service.BallotsPerLevel(context.Background(), con); err != nil || per[eligibility.Open] != 3 {
		t.Errorf("ballots %v %v", per, err)
	}
	if err := n.Service.Recount(context.Background(), con); err != nil {
		t.Error(err)
	}
	c.Advance(2 * time.Minute)
	c.Advance(time.Hour)
	c.Advance(5 * time.Minute) // counted, without one question that a tally holds
	if con = n.Consultation("kade"); con.Counting != consensus.CountingCounted {
		t.Errorf("counting stands at %q", con.Counting)
	}
	c.Advance(time.Hour)
	if rows := n.rows("kade"); len(rows) != 0 {
		t.Errorf("with K_c the rows go: %v", rows)
	}
}

// TestStatementVotesAtOnce: a hundred people vote on everything at the same
// time; ballots, counts and rows agree.
func TestStatementVotesAtOnce(t *testing.T) {
	t.Parallel()
	c := NewCluster(t, Groningen)
	n := c.Node(Groningen)
	ids := n.Converse("kade", seeds[:3]...)
	con := n.Consultation("kade")
	asked := slices.Concat(ids, ids[:1]) // the first one twice
	var wait sync.WaitGroup
	failed := make(chan error, 400)
	for i := range 100 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for j, id := range asked {
				_, err := n.Service.CastVote(context.Background(), instance.Cast{Consultation: con.ID, Question: id,
					Options: []string{consensus.StatementOptions[(i+j)%3]}, Level: eligibility.Open, Identity: fmt.Sprint("voter ", i), Received: c.Now()})
				failed <- err
			}
		}()
	}
	wait.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			t.Fatal(err)
		}
	}
	if per, err := n.Service.BallotsPerLevel(context.Background(), con); err != nil || per[eligibility.Open] != 300 {
		t.Errorf("ballots %v %v", per, err)
	}
	if rows := n.rows("kade"); len(rows) != 100 {
		t.Errorf("%d rows", len(rows))
	}
	if err := n.Service.Recount(context.Background(), con); err != nil {
		t.Error(err)
	}
	n.Restart()
	if err := n.Service.Recount(context.Background(), con); err != nil {
		t.Errorf("after a restart: %v", err)
	}
}

func TestRecountFindsARowThatLies(t *testing.T) {
	t.Parallel()
	c := NewCluster(t, Groningen)
	n := c.Node(Groningen)
	ids := n.Converse("kade", seeds[:1]...)
	if err := n.Vote("kade", ids[0], "agree", eligibility.Open, "ann"); err != nil {
		t.Fatal(err)
	}
	con := n.Consultation("kade")
	err := n.store.Update(context.Background(), func(tx *store.Tx) error {
		row, err := tx.Rows.First(store.Query{Prefix: store.Prefix(con.ID)})
		if err != nil {
			return err
		}
		return tx.Rows.Modify(row.Key, func(r *store.OpinionRow) error {
			r.Votes = r.Votes.With(1, -1)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Service.Recount(context.Background(), con); err == nil || !strings.Contains(err.Error(), "rows") {
		t.Errorf("recount says %v", err)
	}
}

func TestSubmitStatement(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := NewCluster(t, Groningen)
	n := c.Node(Groningen)
	ids := n.Converse("kade", seeds...)
	const text = "Er komt een speelplaats bij de kade."
	for i := range 5 {
		if _, err := n.Service.SubmitStatement(ctx, "kade", n.voter("ann"), text, "nl"); code(err) != "error.statement-votes" {
			t.Fatalf("after %d votes: %v", i, err)
		}
		if err := n.Vote("kade", ids[i], "agree", eligibility.Open, "ann"); err != nil {
			t.Fatal(err)
		}
	}
	sent, err := n.Service.SubmitStatement(ctx, "kade", n.voter("ann"), text, "nl")
	if err != nil || sent.State != consensus.StatementPending || sent.Number != 0 {
		t.Fatalf("%+v %v", sent, err)
	}
	if strings.Contains(fmt.Sprintf("%+v", sent), "ann") {
		t.Error("the author is named")
	}
	if got := code(n.Vote("kade", sent.ID, "agree", eligibility.Open, "ann")); got != "error.stale" {
		t.Errorf("a vote on a pending statement: %s", got)
	}
	for text, want := range map[string]string{"te kort": "error.statement-text", "er komt een SPEELPLAATS bij de kade": "error.statement-duplicate",
		seeds[1] + "!": "error.statement-duplicate"} {
		if _, err := n.Service.SubmitStatement(ctx, "kade", n.voter("ann"), text, "nl"); code(err) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
	moderate := func(id string, d instance.Decision) string {
		return code(n.Service.ModerateStatement(ctx, Author, "kade", id, d))
	}
	if err := n.Service.ModerateStatement(ctx, consensus.Actor{ID: "x"}, "kade", sent.ID, instance.Decision{Action: "approve"}); code(err) != "error.forbidden" {
		t.Errorf("without a role: %v", err)
	}
	if got := moderate(sent.ID, instance.Decision{Action: "reject"}); got != "error.statement-reason" {
		t.Errorf("without a reason: %s", got)
	}
	if got := moderate(sent.ID, instance.Decision{Action: "approve"}); got != "<nil>" {
		t.Fatal(got)
	}
	if err := n.Vote("kade", sent.ID, "agree", eligibility.Open, "ann"); err != nil {
		t.Error(err)
	}
	if err := n.Service.EditStatement(ctx, Author, "kade", sent.ID, "Er komt een grote speelplaats."); code(err) != "error.statement-frozen" {
		t.Errorf("edit after a vote: %v", err)
	}
	if got := moderate(sent.ID, instance.Decision{Action: "merge", Into: 99}); got != "error.statement-into" {
		t.Errorf("into nothing: %s", got)
	}
	if got := moderate(sent.ID, instance.Decision{Action: "merge", Into: 2}); got != "<nil>" {
		t.Error(got)
	}
	if got := code(n.Vote("kade", sent.ID, "pass", eligibility.Open, "ann")); got != "error.stale" {
		t.Errorf("a vote on a merged statement: %s", got)
	}
	mine, err := n.Service.MyParticipation(ctx, n.Consultation("kade").ID, n.voter("ann"))
	if err != nil || mine.Votes != 6 || len(mine.Sent) != 1 || mine.Sent[0].Reason != "duplicate" || mine.Sent[0].MergedInto != ids[1] {
		t.Errorf("participation %+v %v", mine, err)
	}
	if other, err := n.Service.MyParticipation(ctx, n.Consultation("kade").ID, n.voter("bob")); err != nil || len(other.Sent) != 0 {
		t.Errorf("somebody else sees %+v %v", other, err)
	}
	if err := n.Service.Recount(ctx, n.Consultation("kade")); err != nil {
		t.Errorf("votes on a merged statement are kept: %v", err)
	}
}

func TestLockedConversation(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := NewCluster(t, Groningen)
	n := c.Node(Groningen)
	ids := n.Converse("kade", seeds...)
	for _, id := range ids[:5] {
		if err := n.Vote("kade", id, "agree", eligibility.Open, "ann"); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.Service.LockInstrument(ctx, Author, "kade", true, ""); code(err) != "error.reason-needed" {
		t.Errorf("without a reason: %v", err)
	}
	if err := n.Service.LockInstrument(ctx, Author, "kade", true, "Eerst rust."); err != nil {
		t.Fatal(err)
	}
	if got := code(n.Vote("kade", ids[5], "agree", eligibility.Open, "ann")); got != "error.closed" {
		t.Errorf("vote: %s", got)
	}
	if _, err := n.Service.SubmitStatement(ctx, "kade", n.voter("ann"), "Er komt een speelplaats bij.", "nl"); code(err) != "error.closed" {
		t.Errorf("submit: %v", err)
	}
	if err := n.Service.LockInstrument(ctx, Author, "kade", false, ""); err != nil {
		t.Fatal(err)
	}
	if err := n.Vote("kade", ids[5], "agree", eligibility.Open, "ann"); err != nil {
		t.Error(err)
	}
}

func TestNextStatement(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := NewCluster(t, Groningen)
	n := c.Node(Groningen)
	ids := n.Converse("kade", seeds...)
	con := n.Consultation("kade").ID
	seen := map[string]bool{}
	for range ids {
		next, err := n.Service.NextStatement(ctx, con, n.voter("ann"))
		again, _ := n.Service.NextStatement(ctx, con, n.voter("ann"))
		if err != nil || next == "" || seen[next] || again != next {
			t.Fatalf("next %q, again %q, %v", next, again, err)
		}
		seen[next] = true
		if err := n.Vote("kade", next, "pass", eligibility.Open, "ann"); err != nil {
			t.Fatal(err)
		}
	}
	if next, err := n.Service.NextStatement(ctx, con, n.voter("ann")); err != nil || next != "" {
		t.Errorf("after the last: %q %v", next, err)
	}
	n.Service.SetPriorities(con, map[string]float64{ids[3]: 1e9})
	first := 0
	for i := range 50 {
		if next, _ := n.Service.NextStatement(ctx, con, n.voter(fmt.Sprint(i))); next == ids[3] {
			first++
		}
	}
	if first != 50 {
		t.Errorf("the heaviest statement was drawn %d times of 50", first)
	}
}

// TestStatementPolls: statements are polls of the fediverse, also those approved
// later, and a vote from there is a vote like any other.
func TestStatementPolls(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := NewCluster(t, Groningen)
	x := &arena{c: c, n: c.Node(Groningen), rogue: c.Rogue("rogue.test")}
	x.mallory = x.rogue.Account("mallory", 0)
	n := x.n
	d := c.Conversation("fietspad")
	vote := &d.Charter.Phases[0]
	vote.StartsAt, vote.EndsAt = vote.StartsAt.Add(time.Hour), vote.EndsAt.Add(time.Hour)
	n.Announce(d)
	for _, text := range seeds {
		if _, err := n.Service.AddSeed(ctx, Author, "fietspad", text, "nl"); err != nil {
			t.Fatal(err)
		}
	}
	c.Advance(time.Hour + time.Minute)
	list := polls(t, c, n)
	if len(list) != len(seeds) {
		t.Fatalf("%d polls", len(list))
	}
	late, err := n.Service.AddSeed(ctx, Author, "fietspad", "Later komt er nog een stelling bij.", "nl")
	if err != nil {
		t.Fatal(err)
	}
	c.Settle()
	if list = polls(t, c, n); len(list) != len(seeds)+1 {
		t.Fatalf("%d polls after a late one", len(list))
	}
	x.poll = list[6]
	if got := x.knock(t, x.mallory.Message(n.URL("/inbox"), x.vote(x.mallory, "Oneens"))); got != http.StatusAccepted {
		t.Fatalf("status %d", got)
	}
	c.Settle()
	own, err := n.Service.OwnBallots(ctx, n.Consultation("fietspad"), []instance.Voter{{Level: eligibility.Fediverse, Identity: x.mallory.ID}})
	if err != nil || own[late.ID].Options == nil || own[late.ID].Options[0] != "disagree" {
		t.Errorf("the vote from the fediverse: %v %v %+v", own, err, n.PeerLog(1))
	}
	if err := n.Service.ModerateStatement(ctx, Author, "fietspad", late.ID, instance.Decision{Action: "hide", Reason: "insult"}); err != nil {
		t.Fatal(err)
	}
	o, err := n.Service.QuestionObject(ctx, x.poll)
	if err != nil || o.Kind != "statement" || o.Closed.IsZero() || strings.Contains(o.Content, "Later") || o.Number != 7 {
		t.Errorf("a hidden statement: %+v %v", o, err)
	}
	x.poll = list[0]
	if o, err = n.Service.QuestionObject(ctx, x.poll); err != nil || !strings.Contains(o.Content, "parkeerplaatsen") || !strings.Contains(o.Content, "?s=1") {
		t.Errorf("a statement: %+v %v", o, err)
	}
	if err := n.Service.Recount(ctx, n.Consultation("fietspad")); err != nil {
		t.Error(err)
	}
}
