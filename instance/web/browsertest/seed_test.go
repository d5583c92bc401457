// SPDX-License-Identifier: EUPL-1.2

//go:build browser

package browsertest_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"testing"
	"time"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance"
	"polder/instance/federationtest"
)

// Names of the cast.
var (
	nation    = federationtest.Nation
	province  = federationtest.Province
	groningen = federationtest.Groningen
	midden    = federationtest.Midden
)

// statements are as long as people write them; the last has the longest word
// that must fit a telephone.
var statements = []string{
	"Langs de Havenkade komt een vrijliggend fietspad, ook als daarvoor twintig parkeerplaatsen verdwijnen.",
	"De gemeente legt het fietspad pas aan als de brug vernieuwd is.",
	"Wie een bewonersparkeervergunningsaanvraag heeft lopen, krijgt een plaats in de garage.",
}

// draft is a consultation of an hour with the statements.
func (x *town) draft(slug, title string, members ...federationtest.Place) instance.Draft {
	d := x.Draft(slug, len(statements), len(members) > 0, members...)
	d.Title = map[string]string{"nl": title, "en": title + " (English)"}
	for i, text := range statements {
		d.Definition.Questions[i].Text = map[string]string{"nl": text}
	}
	d.Charter.Question = "Waar komt het fietspad langs de Havenkade, en wat mag het kosten?"
	return d
}

// letters makes letter codes, hands the hashes to the instance and returns the
// codes as printed.
func (x *town) letters(at federationtest.Place, slug string, count int) (codes, hashes []string) {
	x.t.Helper()
	kcode, err := eligibility.GenerateSecret(rand.Reader)
	check(x.t, err)
	list, err := eligibility.GenerateCodes(rand.Reader, kcode.Bytes(), count)
	check(x.t, err)
	var file bytes.Buffer
	check(x.t, eligibility.WriteHashes(&file, rand.Reader, kcode.Bytes(), list))
	_, err = x.Node(at).Service.ImportCodes(context.Background(), "author", slug, &file)
	check(x.t, err)
	for _, c := range list {
		codes, hashes = append(codes, c.Code.Letter()), append(hashes, c.Hash)
	}
	return codes, hashes
}

// fill casts votes on every question: official ones with letter codes, signals
// of browsers and other servers, a few of them below the smallest number shown.
func (x *town) fill(at federationtest.Place, slug string, official int) {
	x.t.Helper()
	_, hashes := x.letters(at, slug, official)
	var all sync.WaitGroup
	for q := range statements {
		question := federationtest.Statement(q).ID
		cast := func(i int, level eligibility.Level, identity string) {
			option := []string{"agree", "disagree", "agree", "pass"}[(i+q)%4]
			all.Go(func() { // at once: they share commits
				if err := x.Node(at).Vote(slug, question, option, level, identity); err != nil {
					x.t.Error(err)
				}
			})
		}
		for i, hash := range hashes {
			cast(i, eligibility.Code, hash)
		}
		for i := range 23 {
			cast(i, eligibility.Open, fmt.Sprint("browser ", i))
		}
		for i := range 4 {
			cast(i, eligibility.Fediverse, fmt.Sprint("https://elders.example/", i))
		}
	}
	all.Wait()
}

// village is one municipality with an open consultation "fietspad".
func village(t *testing.T) (x *town, codes []string) {
	t.Helper()
	x = startTown(t, groningen)
	x.Node(groningen).Announce(x.draft("fietspad", "Een fietspad langs de Havenkade"))
	codes, _ = x.letters(groningen, "fietspad", 3)
	return x, codes
}

// country is a nation, a province and two municipalities. Closed are "plein" of
// Groningen, which few voted in, "haven" of Groningen, and "water" of all
// together; open are "fietspad" of Groningen and "bomen" of all; "markt" is a
// draft and "toren" waits for approval; "kade" is a conversation over statements
// in which one waits, "brug" the draft of one.
func country(t *testing.T) *town {
	t.Helper()
	x := startTown(t, nation, province, groningen, midden)
	x.Bind(nation, province)
	x.Bind(province, groningen)
	x.Bind(province, midden)
	members := []federationtest.Place{province, groningen, midden}
	x.Node(nation).Announce(x.draft("water", "Samen over schoon water", members...))
	x.AdoptAll(members...)
	x.Node(groningen).Announce(x.draft("haven", "Wonen in de haven"))
	x.Node(groningen).Announce(x.draft("plein", "Een groen plein"))
	x.fill(groningen, "water", 61)
	x.fill(midden, "water", 53)
	x.fill(groningen, "haven", 44)
	x.fill(groningen, "plein", 6)
	for _, d := range []time.Duration{time.Hour, 5 * time.Minute, 5 * time.Minute} {
		x.Advance(d)
	}
	x.Node(groningen).Announce(x.draft("fietspad", "Een fietspad langs de Havenkade"))
	x.Node(nation).Announce(x.draft("bomen", "Meer bomen in de straat", members...))
	x.AdoptAll(members...)
	x.fill(groningen, "fietspad", 31)
	x.fill(groningen, "bomen", 12)
	x.Advance(2 * time.Minute)
	x.drafts()
	x.converse()
	return x
}

// drafts leaves work for the staff of Groningen.
func (x *town) drafts() {
	x.t.Helper()
	ctx := context.Background()
	office := x.Node(groningen).Service
	for _, d := range []instance.Draft{x.draft("markt", "De markt op zondag"), x.draft("toren", "De toren weer open")} {
		_, err := office.CreateDraft(ctx, federationtest.Author, d)
		check(x.t, err)
	}
	check(x.t, office.StepConsultation(ctx, federationtest.Author, "toren", consensus.Event{Kind: consensus.EventSubmit}))
	_, err := x.Node(nation).Service.CreateDraft(ctx, federationtest.Author, x.draft("lucht", "Samen over schone lucht", province))
	check(x.t, err)
}

// converse opens a conversation in Groningen with a statement that waits beside
// one that it looks like, and leaves the draft of another.
func (x *town) converse() {
	x.t.Helper()
	ctx, n := context.Background(), x.Node(groningen)
	seeds := []string{"Er komen meer bomen langs de kade.", "De snelheid gaat omlaag naar 30.", "Bussen krijgen een eigen baan.",
		"De kade wordt afgesloten voor auto's.", "Er komt een brug voor voetgangers."}
	for _, id := range n.Converse("kade", seeds...) {
		check(x.t, n.Vote("kade", id, "agree", eligibility.Open, "ann"))
	}
	_, err := n.Service.SubmitStatement(ctx, "kade", instance.Voter{Level: eligibility.Open, Identity: "ann"}, "Er moeten meer bomen komen langs de kade.", "nl")
	check(x.t, err)
	d := x.Conversation("brug")
	d.Seeds = seeds
	_, err = n.Service.CreateDraft(ctx, federationtest.Author, d)
	check(x.t, err)
}
