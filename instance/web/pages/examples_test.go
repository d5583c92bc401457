// SPDX-License-Identifier: EUPL-1.2

package pages_test

import (
	"net/url"
	"time"

	"polder/instance/web/pages"
	"polder/instance/web/pictures"
)

// now is the moment at which every example is drawn.
var now = time.Date(2026, 11, 23, 9, 42, 0, 0, time.UTC)

func day(month time.Month, d, hour int) time.Time {
	return time.Date(2026, month, d, hour, 0, 0, 0, time.UTC)
}

func nl(s string) pages.Text { return pages.Text{Text: s, Lang: "nl"} }

var municipality = pages.Site{
	Name: "Gemeente Stadskanaal", Area: "Stadskanaal", AreaCode: "GM0037", Level: "municipality",
	URL: "https://stadskanaal.example", Languages: []string{"nl", "en", "fy"}, Dev: true,
	Demo:     &pages.Demo{Source: pages.Link{Text: "Pol.is, vtaiwan.uberx", URL: "https://github.com/compdemocracy/openData"}, Licence: "CC BY 4.0"},
	Contact:  pages.Contact{Mail: "denkmee@stadskanaal.example", Phone: "14 0599", Hours: "9.00 - 17.00"},
	Parent:   &pages.Link{Text: "Provincie Groningen", URL: "https://groningen.example"},
	Source:   "https://polder.example/source",
	Software: "polder/0.1.0",
}

var province = pages.Site{
	Name: "Provinsje Fryslân", Area: "Fryslân", AreaCode: "PV21", Level: "province",
	URL: "https://fryslan.example", Languages: []string{"nl", "en", "fy"}, Software: "polder/0.1.0",
	Contact: pages.Contact{Mail: "tinkmei@fryslan.example"},
}

var nation = pages.Site{
	Name: "Landelijk punt", Area: "Nederland", AreaCode: "NL", Level: "nation",
	URL: "https://nederland.example", Languages: []string{"nl", "en", "fy"}, Software: "polder/0.1.0",
}

// example is one page as it is tested.
type example struct {
	Name string // unique
	Site pages.Site
	View pages.View
	// what the frame adds
	Staff  bool
	Notice *pages.Notice
}

var statementOptions = []pages.BallotOption{{ID: "agree"}, {ID: "disagree"}, {ID: "pass"}}

var statements = []pages.BallotQuestion{
	{ID: "s1", Number: 1, Kind: "statement", Text: nl("Taxi’s moeten dezelfde regels krijgen als particuliere chauffeurs."), Options: statementOptions, Voted: true},
	{ID: "s2", Number: 2, Kind: "statement", Text: nl("De passagier moet vooraf de prijs weten."), Options: statementOptions},
	{ID: "s3", Number: 3, Kind: "single", Text: nl("Wie moet de vergunningen geven?"), Options: []pages.BallotOption{{ID: "town", Text: nl("De gemeente")}, {ID: "land", Text: nl("Het Rijk"), Chosen: true}, {ID: "nobody", Text: nl("Niemand")}}},
	{ID: "s4", Number: 4, Kind: "approval", Max: 2, Text: nl("Welke speeltuinen knappen we eerst op?"), Options: []pages.BallotOption{{ID: "north", Text: nl("Park Noord")}, {ID: "school", Text: nl("Schoolstraat"), Chosen: true}, {ID: "wings", Text: nl("De Wieken")}}},
}

var ways = pages.Ways{
	Slug: "taxi", Code: true, Browser: true, Fediverse: true, Handle: "@taxi@stadskanaal.example",
	Paper:    nl("Formulier aan de balie van het gemeentehuis, elke werkdag van 9.00 tot 12.00 uur."),
	Official: []string{"code", "paper"}, Signal: []string{"open", "fediverse"}, RollDate: day(11, 1, 0),
}

func card(state string) pages.Card {
	return pages.Card{Slug: "taxi", State: state, Question: &statements[1], Answered: 1, Of: 20, Level: "open", OpensAt: day(12, 1, 8), ClosedAt: day(11, 22, 20), Saved: "Eens", Previous: "s1", Ways: ways}
}

var steps = []pictures.Step{
	{Kind: "inform", Start: day(9, 1, 8), End: day(9, 29, 8), State: pictures.Done},
	{Kind: "vote", Title: "Debat en stemmen", Start: day(11, 2, 8), End: day(12, 5, 20), State: pictures.Now},
	{Kind: "answer", Start: day(12, 19, 8), State: pictures.Planned},
	{Kind: "evaluate", State: pictures.Planned},
}

var promises = []pictures.Span{
	{Step: steps[0]}, {Step: steps[1]},
	{Step: pictures.Step{Kind: "answer", Start: day(12, 6, 8), End: day(12, 30, 8), State: pictures.Planned}, Promise: day(12, 28, 8)},
}

var joint = &pages.Joint{Convener: pages.Link{Text: "Landelijk punt", URL: "https://nederland.example"}, Total: pages.Link{Text: "Totaal van alle gemeenten", URL: "https://nederland.example/consultations/taxi/results"}, Members: 5}

func consultation(c pages.Card, state string) pages.ConsultationView {
	return pages.ConsultationView{
		Slug: "taxi", Title: nl("Hoe regelen we taxi’s en deelritten?"), Summary: nl("Iedereen kan met een app een rit aanbieden. Welke regels moeten daarvoor gelden? Geef uw mening over 20 korte stellingen."),
		Level: "advise", State: state, OpensAt: day(11, 2, 8), ClosesAt: day(12, 5, 20), DaysLeft: 12, Questions: 20,
		Eligible: 25400, Turnout: 1842, Signals: 214, K: 10, Steps: steps, Card: c, Ways: ways,
		Follow:    pages.Follow{Handle: "@taxi@stadskanaal.example", Actor: "https://stadskanaal.example/consultations/taxi", Polls: true},
		CanChange: nl("De regels voor vergunningen en tarieven."), IsFixed: nl("De wet personenvervoer."), Body: "raad", Decision: day(12, 30, 0),
		Joint: joint, Results: pages.ResultsState{Policy: "live", Status: "interim"}, Promises: promises, LiveURL: "/consultations/taxi/live",
	}
}

var signed = pages.Signed{
	URL: "https://stadskanaal.example/consultations/taxi/tallies/1-1795510800123", Digest: "sha256:e1c4000000000000000000000000000000000000000000000000000000000000",
	Revision: 1795510800123, Published: day(11, 24, 9), Verify: "polder verify tally https://stadskanaal.example/consultations/taxi/tallies/1-1795510800123", Checks: "SAL",
}

func stratum(levels []string, counts ...int64) pages.Stratum {
	s := pages.Stratum{Levels: levels, Counts: counts}
	for _, n := range counts {
		s.Ballots += n
	}
	return s
}

var (
	onCode  = []string{"code"}
	onPaper = []string{"paper"}
	onFedi  = []string{"fediverse"}
	onOpen  = []string{"open"}
	merged  = []string{"code", "paper"}
)

var questionResults = []pages.QuestionResult{
	{ID: "s1", Number: 1, Kind: "statement", Text: statements[0].Text, Options: statementOptions,
		Official: []pages.Stratum{stratum(onCode, 1204, 540, 98), stratum(onPaper, 20, 11, 3)}, Signal: []pages.Stratum{stratum(onOpen, 88, 12, 4), stratum(onFedi, 61, 33, 2)}},
	{ID: "s2", Number: 2, Kind: "statement", Text: statements[1].Text, Options: statementOptions,
		Official: []pages.Stratum{stratum(merged, 640, 610, 320)}, HiddenSignal: true},
	{ID: "s3", Number: 3, Kind: "single", Text: statements[2].Text, Options: statements[2].Options,
		Official: []pages.Stratum{stratum(onCode, 402, 329, 97)}, Signal: []pages.Stratum{stratum(onFedi, 12, 30, 2)}},
	{ID: "s4", Number: 4, Kind: "statement", Text: nl("Chauffeurs moeten een verzekering hebben."), Options: statementOptions, HiddenOfficial: true},
}

func results() pages.ResultsView {
	return pages.ResultsView{
		Slug: "taxi", Title: nl("Hoe regelen we taxi’s en deelritten?"), Closed: true, K: 10,
		State:    pages.ResultsState{Policy: "afterClose", Status: "provisional", Counted: day(11, 24, 9), Final: day(12, 14, 12)},
		Turnout:  []pages.Stratum{{Levels: onCode, Ballots: 1842}, {Levels: onPaper, Ballots: 34}, {Levels: onOpen, Ballots: 104}, {Levels: onFedi, Ballots: 96}},
		Eligible: 25400, Issued: 25400, Questions: questionResults, Signed: signed, Joint: joint, CSV: "/consultations/taxi/data/tallies.csv",
	}
}

func member(code, name, status string, counted bool, n, eligible int64) pages.MemberRow {
	m := pages.MemberRow{Area: code, Name: name, Status: status, Counted: counted, Eligible: eligible, URL: "https://" + code + ".example"}
	if n > 0 {
		m.Official = []pages.Stratum{{Levels: onCode, Ballots: n}}
		m.Signal = []pages.Stratum{{Levels: onFedi, Ballots: n / 9}}
		m.Revision, m.Checks, m.Tally = day(11, 24, 9), "SA", "https://"+code+".example/tallies/1"
	}
	return m
}

func overview(home bool) pages.OverviewView {
	withheld := member("GM0088", "Schiermonnikoog", pages.MemberWithheld, false, 0, 800)
	withheld.Tally, withheld.Revision = "https://schier.example/tallies/1", day(11, 24, 9)
	missing := member("GM0072", "Harlingen", pages.MemberMissing, false, 0, 13000)
	missing.LastSeen = day(11, 20, 7)
	signedTotal := signed
	signedTotal.URL = "https://fryslan.example/consultations/taxi/tallies/1-1795514400871"
	signedTotal.Verify = "polder verify aggregate --deep https://fryslan.example"
	return pages.OverviewView{
		Home: home, Slug: "taxi", Title: nl("Hoe regelen we taxi’s en deelritten?"), K: 10, Sealed: 2,
		Choices:  []pages.ConsultationCard{{Slug: "taxi", Title: nl("Hoe regelen we taxi’s en deelritten?"), State: "answering"}, {Slug: "taxi-live", Title: nl("Taxi’s, tweede ronde"), State: "open"}},
		State:    pages.ResultsState{Policy: "afterClose", Status: "provisional", Final: day(12, 14, 12)},
		Coverage: pages.Coverage{Expected: 7, Reported: 5, Final: 3, Eligible: 402000, EligibleReported: 351000, Newest: day(11, 24, 9)},
		Official: []pages.Stratum{{Levels: onCode, Ballots: 14701}}, Signal: []pages.Stratum{{Levels: onFedi, Ballots: 1633}},
		Members: []pages.MemberRow{
			member("GM1900", "Súdwest-Fryslân", pages.MemberFinal, true, 2181, 71000), member("GM0080", "Leeuwarden", pages.MemberFinal, true, 2338, 101000),
			member("GM0074", "Heerenveen", pages.MemberDisputed, true, 743, 40000), missing, withheld,
			member("GM0086", "Opsterland", pages.MemberCorrected, true, 1514, 24000), member("GM1949", "Waadhoeke", pages.MemberProvisional, true, 485, 37000),
		},
		Questions: questionResults, Disputed: []string{"Heerenveen"}, Signed: signedTotal, Network: &network,
	}
}

func peer(area, name, link string) pages.Peer {
	return pages.Peer{Area: area, Name: name, URL: "https://" + area + ".example", Link: link, Membership: "active", LastContact: day(11, 23, 9), NewestTally: day(11, 23, 8), Delivered: 12, Accepted: 11, Rejected: 1}
}

var network = pages.NetworkState{
	Self: pages.Peer{Name: "Fryslân", Area: "PV21", Link: "ok"}, Parent: &pages.Peer{Name: "Landelijk punt", Link: "ok", Membership: "active"}, Checked: now,
	Members: []pages.Peer{peer("GM0072", "Harlingen", "late"), peer("GM0074", "Heerenveen", "ok"), peer("GM0080", "Leeuwarden", "ok"), peer("GM0086", "Opsterland", "down"), {Area: "GM0096", Name: "Vlieland", Link: "off"}},
}

var cards = []pages.ConsultationCard{
	{Slug: "taxi", Title: nl("Hoe regelen we taxi’s en deelritten?"), Summary: nl("Geef uw mening over 20 stellingen over regels, prijzen en veiligheid."), State: "open", ClosesAt: day(12, 5, 20), DaysLeft: 12, Questions: 20, Joint: 4, Ballots: 1842, Steps: steps},
	{Slug: "speeltuin", Title: nl("Welke speeltuinen knappen we eerst op?"), Summary: nl("Peiling met één vraag. Kies drie van de zeven plekken."), State: "open", Questions: 1, Ballots: -1},
	{Slug: "zon", Title: nl("Zonnepanelen langs de N355"), Summary: nl("Lees de plannen. Stemmen kan vanaf 8 december."), State: "announced", OpensAt: day(12, 8, 8), Questions: 5, Ballots: -1},
}

func refusedForm(field, key string, values url.Values) pages.Form {
	return pages.Form{Values: values, Problems: []pages.Problem{pages.Wrong(field, key)}}
}
