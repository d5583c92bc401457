// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"context"
	"strings"
	"testing"
	"time"

	"polder/consensus"
	"polder/instance"
)

// sender is somebody in a conversation who has voted on enough.
func sender(t *testing.T, n *Node) instance.Voter {
	t.Helper()
	for _, id := range n.Converse("kade", seeds...)[:5] {
		if err := n.Vote("kade", id, "agree", "open", "ann"); err != nil {
			t.Fatal(err)
		}
	}
	return n.voter("ann")
}

func (n *Node) send(text string) string {
	n.cluster.t.Helper()
	st, err := n.Service.SubmitStatement(context.Background(), "kade", n.voter("ann"), text, "nl")
	if err != nil {
		n.cluster.t.Fatal(err)
	}
	return st.ID
}

// own is what its author sees of a statement.
func (n *Node) own(id string) instance.Statement {
	n.cluster.t.Helper()
	mine, err := n.Service.MyParticipation(context.Background(), n.Consultation("kade").ID, n.voter("ann"))
	if err != nil {
		n.cluster.t.Fatal(err)
	}
	for _, st := range mine.Sent {
		if st.ID == id {
			return st
		}
	}
	n.cluster.t.Fatalf("ann sent no %s", id)
	return instance.Statement{}
}

// The author takes a statement back; nobody else can, and it can be said again.
func TestWithdrawStatement(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	n := NewCluster(t, Groningen).Node(Groningen)
	ann := sender(t, n)
	id := n.send("Er komt een speelplaats bij de kade.")
	if err := n.Service.WithdrawStatement(ctx, "kade", n.voter("bob"), id); code(err) != "error.not-found" {
		t.Errorf("somebody else: %v", err)
	}
	if err := n.Service.WithdrawStatement(ctx, "kade", ann, id); err != nil {
		t.Fatal(err)
	}
	if st := n.own(id); st.State != consensus.StatementWithdrawn {
		t.Errorf("it is %s", st.State)
	}
	if err := n.Service.WithdrawStatement(ctx, "kade", ann, id); code(err) != "error.state" {
		t.Errorf("twice: %v", err)
	}
	n.send("Er komt een speelplaats bij de kade.")
}

// A rejection is appealed once, within two weeks; somebody else than the first
// decider answers, and until then nothing else is decided.
func TestAppealStatement(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	n := NewCluster(t, Groningen).Node(Groningen)
	ann, svc := sender(t, n), n.Service
	first := consensus.Actor{ID: "mia", Roles: consensus.NewRoles(consensus.RoleModerator)}
	second := consensus.Actor{ID: "max", Roles: consensus.NewRoles(consensus.RoleModerator)}
	id := n.send("Er komt een speelplaats bij de kade.")
	appeal := func(text string) string { return code(svc.AppealStatement(ctx, "kade", ann, id, text)) }
	if got := appeal("Waarom niet?"); got != "error.appeal" {
		t.Errorf("before a decision: %s", got)
	}
	if err := svc.ModerateStatement(ctx, first, "kade", id, instance.Decision{Action: "reject", Reason: "offTopic"}); err != nil {
		t.Fatal(err)
	}
	if got := appeal(" "); got != "error.appeal-text" {
		t.Errorf("without a word: %s", got)
	}
	if got := appeal(strings.Repeat("x", 501)); got != "error.appeal-text" {
		t.Errorf("too many words: %s", got)
	}
	if got := appeal("Kinderen spelen daar."); got != "<nil>" {
		t.Fatal(got)
	}
	if err := svc.ModerateStatement(ctx, first, "kade", id, instance.Decision{Action: "restore"}); code(err) != "error.appeal-waits" {
		t.Errorf("a way around the appeal: %v", err)
	}
	if err := svc.DecideAppeal(ctx, first, "kade", id, false, "Nee."); code(err) != "error.appeal-same" {
		t.Errorf("the first decider: %v", err)
	}
	if err := svc.DecideAppeal(ctx, Author, "kade", id, false, "Nee."); Author.Roles.May(consensus.ActDecideAppeal) == (code(err) == "error.forbidden") {
		t.Errorf("somebody without the role: %v", err)
	}
	if counts, err := svc.StatementCounts(ctx, n.Consultation("kade").ID); err != nil || counts.Appeals != 1 || counts.ByState[consensus.StatementRejected] != 1 {
		t.Errorf("%+v %v", counts, err)
	}
	if err := svc.DecideAppeal(ctx, second, "kade", id, false, "Het blijft zo."); err != nil {
		t.Fatal(err)
	}
	if st := n.own(id); st.State != consensus.StatementRejected || st.Appeal == nil || st.Appeal.Answer != "Het blijft zo." || st.Decider != "" {
		t.Errorf("%+v", st)
	}
	if got := appeal("Nog een keer."); got != "error.appeal" {
		t.Errorf("a second appeal: %s", got)
	}
}

// An appeal that is granted shows the statement; one that comes late is refused.
func TestAppealGrantedOrLate(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := NewCluster(t, Groningen)
	n := c.Node(Groningen)
	ann, svc := sender(t, n), n.Service
	second := consensus.Actor{ID: "max", Roles: consensus.NewRoles(consensus.RoleProcessOwner)}
	id, late := n.send("Er komt een speelplaats bij de kade."), n.send("De brug moet open blijven.")
	for _, x := range []string{id, late} {
		if err := svc.ModerateStatement(ctx, Author, "kade", x, instance.Decision{Action: "reject", Reason: "offTopic"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := svc.AppealStatement(ctx, "kade", ann, id, "Kinderen spelen daar."); err != nil {
		t.Fatal(err)
	}
	if err := svc.DecideAppeal(ctx, second, "kade", id, true, ""); err != nil {
		t.Fatal(err)
	}
	if st := n.own(id); st.State != consensus.StatementVisible || st.Number != len(seeds)+1 || !st.Appeal.Granted {
		t.Errorf("%+v", st)
	}
	st := n.own(late)
	if got := st.AppealUntil(); !got.Equal(c.Now().UTC().Add(14 * 24 * time.Hour)) {
		t.Errorf("until %v, now %v", got, c.Now())
	}
}
