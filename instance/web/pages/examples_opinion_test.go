// SPDX-License-Identifier: EUPL-1.2

package pages_test

import (
	"fmt"

	"polder/consensus/opinion"
	"polder/instance/web/pages"
)

// opinionInput is an example of a result with three groups and some withheld
// figures; all of it is made up.
func opinionInput() pages.OpinionInput {
	figures := func(n ...int64) (out []opinion.Cell) {
		for i := range n {
			if n[i] < 0 {
				out = append(out, nil)
				continue
			}
			out = append(out, &n[i])
		}
		return out
	}
	k, micro := 3, func(v opinion.Micro) *opinion.Micro { return &v }
	line := func(column int, direction string) opinion.PublicLine {
		return opinion.PublicLine{Column: column, Success: figures(90)[0], Trials: figures(110)[0], P: micro(818_000), For: direction}
	}
	r := &opinion.PublicResult{K: &k, Centroids: []opinion.Point{{X: -2_000_000, Y: 0}, {X: 900_000, Y: 900_000}, {X: 1_500_000, Y: -1_400_000}},
		Sizes: []int64{380, 100, 40}, Radius: []int64{700_000, 600_000, 500_000},
		Totals: &opinion.PublicVotes{A: figures(410, 40, 200, 90, -1), D: figures(40, 400, 210, 30, -1), S: figures(500, 500, 450, 220, -1)},
		Groups: []opinion.PublicVotes{
			{A: figures(300, 20, 180, 60, -1), D: figures(20, 310, 20, 20, -1), S: figures(350, 350, 220, 150, -1)},
			{A: figures(70, 10, 15, -1, -1), D: figures(10, 70, 130, -1, -1), S: figures(95, 95, 160, -1, -1)},
			{A: figures(30, 5, 5, -1, -1), D: figures(3, 25, 30, -1, -1), S: figures(38, 38, 36, -1, -1)}},
		Ranking:  []int{0, 2, 1},
		Repness:  [][]opinion.PublicLine{{line(2, "agree")}, {line(2, "disagree"), {Column: 3, Withheld: true, For: "agree"}}, {line(1, "disagree")}},
		Majority: opinion.PublicMajority{Agree: []opinion.PublicLine{line(0, "")}, Disagree: []opinion.PublicLine{line(1, "")}}}
	in := pages.OpinionInput{Result: r, Quality: opinion.Indicative, At: day(11, 24, 9), Final: true, Participants: 700, Clustered: 520, Votes: 9100,
		Digest: "sha256:12ab", Data: "/consultations/taxi/data"}
	for i, s := range []string{"Wie rijdt, moet verzekerd zijn.", "Taxi’s mogen overal parkeren.", "Iedereen mag een rit aanbieden.", "De prijs staat vooraf vast.", "Ritten zijn er ook ’s nachts."} {
		in.Statements = append(in.Statements, pages.OpinionStatement{Number: i + 1, Text: nl(s),
			Levels: []pages.OpinionCounts{{Levels: onCode, Agree: 40, Disagree: 20, Pass: 5}, {Levels: onOpen, Withheld: true}}})
	}
	in.Statements = append(in.Statements, pages.OpinionStatement{Number: 9, Text: nl("Dit is weggehaald."), Removed: true, Reason: "Gaat over een persoon."})
	r.Totals.A, r.Totals.D, r.Totals.S = append(r.Totals.A, nil), append(r.Totals.D, nil), append(r.Totals.S, nil)
	var people []opinion.Point
	for i := range int64(520) {
		c := r.Centroids[i%3]
		people = append(people, opinion.Point{X: c.X + i%20*30_000, Y: c.Y + i%13*40_000})
	}
	in.Map = opinion.NewPublicMap(people, 1<<20, 10)
	return in
}

// opinionView is the example drawn, after a change of what goes in.
func opinionView(change func(in *pages.OpinionInput)) *pages.OpinionView {
	in := opinionInput()
	if change != nil {
		change(&in)
	}
	v := pages.NewOpinionView(in)
	return &v
}

func withOpinion(o *pages.OpinionView) pages.ResultsView {
	v := results()
	v.Opinion = o
	return v
}

func noGroups(reason opinion.Reason) *pages.OpinionView {
	return opinionView(func(in *pages.OpinionInput) {
		r := in.Result
		in.Result = &opinion.PublicResult{Reason: reason, Totals: r.Totals, Majority: r.Majority}
	})
}

func interimOpinion(in *pages.OpinionInput) {
	in.Final, in.Result.Rounded = false, true
	in.Result.Centroids, in.Result.Radius, in.Result.Groups, in.Result.Totals = nil, nil, nil, nil
}

func joint3(in *pages.OpinionInput) {
	own := []int64{40, 22}
	in.Map, in.OwnName, in.OwnSizes, in.Sort = opinion.PublicMap{}, "Stadskanaal", []*int64{&own[0], &own[1], nil}, "gap"
}

func report(o *pages.OpinionView) pages.ReportView {
	r := results()
	return pages.ReportView{Slug: r.Slug, Title: r.Title, Summary: nl("Welke regels zijn er nodig voor taxi’s?"), State: r.State, Opened: day(11, 2, 8), Closed: day(12, 5, 20),
		Turnout: r.Turnout, Eligible: r.Eligible, Issued: r.Issued, K: 10, Opinion: o, Data: "/consultations/taxi/data", Signed: r.Signed,
		Moderation: pages.ModerationFigures{Submitted: 40, Published: 31, Rejected: 8, Waiting: 1, Reasons: []pages.ReasonFigure{{Text: "Staat er al", Statements: 8}}}}
}

// opinionExamples are the pages with opinion groups in all their states.
func opinionExamples() (out []example) {
	add := func(name string, v pages.View) {
		out = append(out, example{Name: name, Site: municipality, View: v})
	}
	add("results-opinion", withOpinion(opinionView(nil)))
	add("results-opinion-own", withOpinion(opinionView(func(in *pages.OpinionInput) { in.You = &opinion.Point{X: 300_000}; in.Quality = opinion.Stable })))
	add("results-opinion-interim", withOpinion(opinionView(interimOpinion)))
	add("results-opinion-joint", withOpinion(opinionView(joint3)))
	for _, reason := range []opinion.Reason{opinion.NoVariance, opinion.TooFewPeople, opinion.TooFewStatements, opinion.SmallGroups, opinion.UnstableGroups} {
		add(fmt.Sprintf("results-no-groups-%s", reason), withOpinion(noGroups(reason)))
	}
	add("report", report(opinionView(nil)))
	add("report-no-groups", report(noGroups(opinion.UnstableGroups)))
	add("report-without-opinion", report(nil))
	return out
}
