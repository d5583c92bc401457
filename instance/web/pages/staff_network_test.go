// SPDX-License-Identifier: EUPL-1.2

package pages_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"polder/consensus/eligibility"
	"polder/instance/federationtest"
)

// Whatever the demo does can be done by hand: four offices find each other,
// compare keys, hold a joint consultation, take letter codes, vote, close it
// and see the total. Nothing here but requests of browsers; the clock moves
// and letters are printed, as they would be.
func TestJointConsultationByHand(t *testing.T) {
	t.Parallel()
	c := federationtest.NewCluster(t, nationPlace, provPlace, groningen, midden)
	nation, prov := newOffice(t, c, nationPlace), newOffice(t, c, provPlace)
	gron, mid := newOffice(t, c, groningen), newOffice(t, c, midden)
	head, provBert, gronBert, midBert := nation.approver(), prov.approver(), gron.approver(), mid.approver()

	bindByHand(head, provBert)
	bindByHand(provBert, gronBert)
	bindByHand(provBert, midBert)

	anna := nation.author()
	anna.open("/staff/consultations/new").says("Gemeente Midden-Groningen")
	draft := append(nation.complete(), "slug", "water", "title-nl", "Samen over water", "statements", "Water moet schoon.\nWater moet goedkoop.",
		"joint", "yes", "member", "PV20", "member", "GM0014", "member", "GM1952", "action", "submit")
	anna.submit("/staff/consultations", draft...).says("Ingediend")

	head.open("/staff").says("Goedkeuren: Samen over water")
	head.open("/staff/consultations/water/preview").says("Water moet goedkoop.")
	head.open("/staff/consultations/water").submit("/staff/consultations/water/approve").says("Goedgekeurd en aangekondigd")
	c.Settle()

	for _, bert := range []*official{provBert, gronBert, midBert} {
		bert.open("/staff").says("Uitnodiging om samen te vragen: Samen over water")
		bert.open("/staff/joint").says("De kopie is gelijk aan het origineel")
		bert.submit(actionOf(bert, "/staff/joint/", "/adopt"), "context", "Bij ons is veel water.").says("Overgenomen")
		c.Settle()
	}
	c.Advance(time.Minute)
	head.open("/staff/consultations/water").says("loopt")

	letters := map[*official][]string{gronBert: print(gronBert, 14), midBert: print(midBert, 11)}
	for bert, codes := range letters {
		for i, code := range codes {
			voter := bert.o.browser("water")
			voter.post("/code", "code", code).want(t, 303, voter.box())
			voter.vote("q1", []string{"agree", "disagree"}[i%2]).want(t, 303, voter.box())
		}
	}

	anna.open("/staff/consultations/water").submit("/staff/consultations/water/close", "reason", "Iedereen heeft gestemd.").says("Een tweede persoon moet het sluiten bevestigen")
	if form := formTo(anna.page.doc(t), "/staff/consultations/water/close"); form != nil {
		t.Error("who asked to close is offered to confirm it")
	}
	head.open("/staff/consultations/water").says("anna wil deze raadpleging nu sluiten")
	head.submit("/staff/consultations/water/close").says("Gesloten. Het tellen begint.")
	for range 4 {
		c.Advance(15 * time.Minute)
	}

	head.login().open("/staff/consultations/water").says("telling aangenomen")
	gronBert.login().open("/staff/consultations/water").says("aangenomen")
	visitor := nation.browser("water")
	page := visitor.get("/consultations/water/results")
	for _, want := range []string{"Groningen", "Midden-Groningen"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page of the nation does not name %s", want)
		}
	}
	j, err := nation.node.Service.JointResult(t.Context(), nation.stored("water"))
	check(t, err)
	q, ok := j.Aggregate.Question("q1")
	if !ok || q.Ballots["code"] != 25 || q.Options[0].N["code"] != 13 || !j.Aggregate.Final() {
		t.Errorf("the total is %+v, final %v; 13 of 25 agree", q, j.Aggregate.Final())
	}
	joined(t, head, gronBert)
}

// joined ends the memberships again, from both sides, with reasons.
func joined(t *testing.T, head, member *official) {
	head.open("/staff/members")
	head.submit(membershipPath(head, "suspend"), "reason", "Onderzoek").says("De aansluiting is bijgewerkt")
	head.submit(membershipPath(head, "resume"), "reason", "Klaar").says("Aangesloten")
	if a := head.send(membershipPath(head, "expel"), "reason", " "); a.StatusCode != 400 || !strings.Contains(a.body, "Geef een reden") {
		t.Errorf("expelled without a reason: %d", a.StatusCode)
	}
	member.open("/staff/members")
	member.submit(membershipPath(member, "leave"), "reason", "Wij gaan zelf verder.").says("Vertrokken")
}

// bindByHand makes one office a member of another: invitation, key ceremony by
// telephone on both sides, acceptance.
func bindByHand(parent, member *official) {
	t := parent.o.t
	t.Helper()
	parent.open("/staff/members").submit("/staff/members", "url", "https://"+member.o.node.Host).says("De uitnodiging is verstuurd")
	parent.o.cluster.Settle()

	ours := fingerprintOf(member) // read out by telephone
	parent.open("/staff/members")
	pin := membershipPath(parent, "pin")
	first, second := blanks(parent, pin, ours)
	if a := parent.send(pin, "block1", first, "block2", "0000"); a.StatusCode != 400 || !strings.Contains(a.body, "De twee blokken kloppen niet") {
		t.Fatalf("a wrong block: status %d", a.StatusCode)
	}
	parent.submit(pin, "block1", first, "block2", second).says("De sleutel is vastgelegd")

	theirs := fingerprintOf(parent)
	member.open("/staff").says("Aansluiting van")
	member.open("/staff/members")
	accept := membershipPath(member, "accept")
	first, second = blanks(member, accept, theirs)
	member.submit(accept, "block1", first, "block2", second)
	parent.o.cluster.Settle()
	member.open("/staff/members").says("Aangesloten")
	parent.open("/staff/members").says("Aangesloten")
}

// actionOf finds the form whose address begins and ends like this.
func actionOf(p *official, begins, ends string) string {
	p.o.t.Helper()
	for _, f := range all(p.page.doc(p.o.t), func(n *html.Node) bool { return n.Data == "form" }) {
		if to := attr(f, "action"); strings.HasPrefix(to, begins) && strings.HasSuffix(to, ends) {
			return to
		}
	}
	p.o.t.Fatalf("%s: no form %s...%s on %s", p.name, begins, ends, p.at)
	return ""
}

// print makes letters and hands the list of hashes in.
func print(p *official, count int) (codes []string) {
	t := p.o.t
	t.Helper()
	kcode := make([]byte, 32)
	rand.Read(kcode)
	list, err := eligibility.GenerateCodes(rand.Reader, kcode, count)
	check(t, err)
	var file bytes.Buffer
	check(t, eligibility.WriteHashes(&file, rand.Reader, kcode, list))
	const path = "/staff/consultations/water/codes"
	p.open("/staff/consultations/water")
	if formTo(p.page.doc(t), path) == nil {
		t.Fatal("no form for letter codes")
	}
	p.upload(path, "hashes", file.Bytes()).want(t, 303, "/staff/consultations/water")
	p.open("/staff/consultations/water").says(fmt.Sprintf("%d verstuurd", count))
	for _, c := range list {
		codes = append(codes, c.Code.Letter())
	}
	return codes
}
