// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"bytes"
	"context"
	"strings"
	"time"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance"
	"polder/instance/store"
)

// Bind makes member a member of parent, with the key ceremony on both sides.
func (c *Cluster) Bind(parent, member Place) {
	c.t.Helper()
	p, m := c.Node(parent), c.Node(member)
	ctx := context.Background()
	if _, err := p.Service.InviteMember(ctx, Approver, "https://"+member.Host); err != nil {
		c.t.Fatalf("invite %s: %v", member.Host, err)
	}
	c.Settle()
	p.Pin("https://" + member.Host + "/actor")
	m.Pin("https://" + parent.Host + "/actor")
	if err := m.Service.AnswerMembership(ctx, Approver, "https://"+parent.Host+"/actor", true, ""); err != nil {
		c.t.Fatalf("accept %s: %v", parent.Host, err)
	}
	c.Settle()
	for _, n := range []*Node{p, m} {
		list, err := n.Service.Memberships(ctx)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, x := range list {
			if x.State != consensus.MembershipActive {
				c.t.Fatalf("%s: membership with %s is %q", n.Host, x.Actor, x.State)
			}
		}
	}
}

// Pin types the two blocks that the ceremony leaves blank.
func (n *Node) Pin(other string) {
	t := n.cluster.t
	t.Helper()
	list, err := n.Service.Memberships(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range list {
		if m.Actor != other {
			continue
		}
		groups, err := instance.FingerprintGroups(m.TallyKey)
		if err != nil {
			t.Fatal(err)
		}
		blank := instance.BlankBlocks(m.TallyKey)
		if err := n.Service.PinKey(context.Background(), Approver, other, [2]string{groups[blank[0]], groups[blank[1]]}); err != nil {
			t.Fatalf("pin %s: %v", other, err)
		}
		return
	}
	t.Fatalf("%s knows no membership with %s", n.Host, other)
}

// Draft is a complete draft: questions agree / disagree / pass, open for an hour.
func (c *Cluster) Draft(slug string, questions int, joint bool, members ...Place) instance.Draft {
	now := c.Now()
	vote := consensus.Phase{Kind: consensus.PhaseVote, StartsAt: now, EndsAt: now.Add(time.Hour), Switches: consensus.Switches{Vote: true}}
	d := instance.Draft{Slug: slug, Title: map[string]string{"nl": "Proef " + slug}, Joint: joint,
		Charter: Charter([]consensus.Phase{vote}),
		Definition: consensus.Definition{RollDate: "2026-11-01", MinAge: 16, K: 10, Results: consensus.ResultsAfterClose,
			Levels:   []eligibility.Level{eligibility.Open, eligibility.Fediverse, eligibility.Code},
			Official: []eligibility.Level{eligibility.Code}}}
	for i := range questions {
		d.Definition.Questions = append(d.Definition.Questions, Statement(i))
	}
	for _, m := range members {
		d.Members = append(d.Members, "https://"+m.Host+"/actor")
	}
	return d
}

// Statement is question i with the answers of a statement.
func Statement(i int) consensus.DefinitionQuestion {
	return consensus.DefinitionQuestion{ID: "q" + string(rune('a'+i)), Kind: "single", Min: 0, Max: 1,
		Text: map[string]string{"nl": "Stelling " + string(rune('A'+i))},
		Options: []consensus.DefinitionOption{
			{ID: "agree", Text: map[string]string{"nl": "Eens"}},
			{ID: "disagree", Text: map[string]string{"nl": "Oneens"}},
			{ID: "pass", Text: map[string]string{"nl": "Weet ik niet"}}}}
}

// Conversation is a complete draft of one conversation over statements.
func (c *Cluster) Conversation(slug string) instance.Draft {
	d := c.Draft(slug, 0, false)
	q := Statement(0)
	q.ID, q.Kind, q.Min, q.Text = "statements", consensus.KindStatements, 1, map[string]string{"nl": "Wat vindt u van de stellingen?"}
	d.Definition.Questions = []consensus.DefinitionQuestion{q}
	return d
}

// Converse opens a conversation with seeds and returns their ids.
func (n *Node) Converse(slug string, seeds ...string) (ids []string) {
	t := n.cluster.t
	t.Helper()
	n.Announce(n.cluster.Conversation(slug))
	for _, text := range seeds {
		st, err := n.Service.AddSeed(context.Background(), Author, slug, text, "nl")
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, st.ID)
	}
	n.cluster.Settle()
	return ids
}

// ConverseJointly opens a joint conversation with seeds, convened by the nation
// and adopted by everyone else, and returns the ids of the statements.
func (c *Cluster) ConverseJointly(slug string, seeds ...string) (ids []string) {
	c.t.Helper()
	n, d := c.Node(Nation), c.Conversation(slug)
	d.Joint = true
	var members []Place
	for _, host := range c.order {
		if host != Nation.Host {
			members = append(members, c.Nodes[host].Place)
			d.Members = append(d.Members, c.Nodes[host].Service.Actor())
		}
	}
	n.draft(d)
	list := make([]instance.Seed, len(seeds))
	for i, text := range seeds {
		list[i] = instance.Seed{Text: text, Lang: "nl"}
	}
	added, err := n.Service.ImportSeeds(context.Background(), Author, slug, list)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, st := range added {
		ids = append(ids, st.ID)
	}
	n.approve(slug)
	c.AdoptAll(members...)
	return ids
}

// Charter is a complete charter for tests.
func Charter(phases []consensus.Phase) consensus.Charter {
	return consensus.Charter{Question: "Waar komt het fietspad?", WhyNow: "De weg wordt vernieuwd.",
		CanChange: "De plaats van het fietspad.", IsFixed: "Het budget.", ParticipationLevel: "consult",
		DecidingBody:   consensus.DecidingBody{Body: "raad", Role: "wethouder mobiliteit"},
		FormalLink:     consensus.FormalLink{Reference: consensus.NoneYet, ExpectedDecisionDate: "2027-01-20"},
		WhoMayTakePart: consensus.WhoMayTakePart{Areas: []string{"GM0014"}, MinAge: 16, RollDate: "2026-11-01", Levels: consensus.ActionLevels{Vote: eligibility.Open}},
		Phases:         phases,
		Weighing:       consensus.Weighing{OfficialLevels: []eligibility.Level{eligibility.Code}, Method: "meeste stemmen"},
		OfflineWays:    consensus.OfflineWays{Ways: []string{"balie"}},
		Contact:        consensus.Contact{Role: "projectleider", Email: "project@gemeente.example", Telephone: "14 050"},
		PrivacyNotice:  consensus.PrivacyNotice{URL: "https://gemeente.example/privacy", LegalBasis: "publieke taak", Retention: "1 jaar"},
		LegalBasis:     consensus.LegalBasis{Code: "ordinance", Article: "artikel 3", Why: "De verordening vraagt erom."}}
}

// Announce takes a draft through review and approval.
func (n *Node) Announce(d instance.Draft) {
	n.cluster.t.Helper()
	n.draft(d)
	n.approve(d.Slug)
}

func (n *Node) draft(d instance.Draft) {
	t := n.cluster.t
	t.Helper()
	ctx := context.Background()
	if d.Joint {
		if _, err := n.Service.RefreshCandidates(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := n.Service.CreateDraft(ctx, Author, d); err != nil {
		t.Fatalf("create draft: %v", err)
	}
}

func (n *Node) approve(slug string) {
	t := n.cluster.t
	t.Helper()
	ctx := context.Background()
	for _, step := range []struct {
		by   consensus.Actor
		kind consensus.EventKind
	}{{Author, consensus.EventSubmit}, {Approver, consensus.EventApprove}} {
		if err := n.Service.StepConsultation(ctx, step.by, slug, consensus.Event{Kind: step.kind}); err != nil {
			t.Fatalf("%s: %v", step.kind, err)
		}
	}
	n.cluster.Settle()
}

// AdoptAll makes every other instance adopt what it was invited to.
func (c *Cluster) AdoptAll(by ...Place) {
	c.t.Helper()
	for _, p := range by {
		n := c.Node(p)
		list, err := n.Service.Joinings(context.Background())
		if err != nil {
			c.t.Fatal(err)
		}
		adopted := 0
		for _, j := range list {
			if j.State != consensus.JoiningReceived {
				continue
			}
			if _, err := n.Service.AnswerJoint(context.Background(), Approver, j.Canonical, true, ""); err != nil {
				c.t.Fatalf("%s adopts: %v", p.Host, err)
			}
			adopted++
		}
		if adopted == 0 {
			c.t.Fatalf("%s was not invited", p.Host)
		}
	}
	c.Advance(time.Minute)
}

// Codes imports n letter codes and returns their hashes, as voters' identities.
func (n *Node) Codes(slug string, count int) []string {
	t := n.cluster.t
	t.Helper()
	kcode, err := eligibility.GenerateSecret(random{})
	if err != nil {
		t.Fatal(err)
	}
	list, err := eligibility.GenerateCodes(random{}, kcode.Bytes(), count)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := eligibility.WriteHashes(&file, random{}, kcode.Bytes(), list); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Service.ImportCodes(context.Background(), "author", slug, strings.NewReader(file.String())); err != nil {
		t.Fatal(err)
	}
	var hashes []string
	for _, c := range list {
		hashes = append(hashes, c.Hash)
	}
	return hashes
}

// Consultation loads a consultation.
func (n *Node) Consultation(slug string) *store.Consultation {
	n.cluster.t.Helper()
	con, err := n.Service.ConsultationBySlug(context.Background(), slug)
	if err != nil {
		n.cluster.t.Fatal(err)
	}
	return con
}

// Vote casts one ballot.
func (n *Node) Vote(slug, question, option string, level eligibility.Level, identity string) error {
	con := n.Consultation(slug)
	_, err := n.Service.CastVote(context.Background(), instance.Cast{Consultation: con.ID, Question: question,
		Options: []string{option}, Level: level, Identity: identity, Received: n.cluster.Now()})
	return err
}
