// SPDX-License-Identifier: EUPL-1.2

package pages_test

import "polder/instance/web/pages"

// opinion is an example of opinion groups; its figures are made up.
func opinion() *pages.OpinionView {
	counts := func(letter string, agree, disagree, pass int64) pages.OpinionCounts {
		return pages.OpinionCounts{Letter: letter, Agree: agree, Disagree: disagree, Pass: pass}
	}
	row := pages.OpinionRow{Number: 7, Text: nl("Wie rijdt, moet verzekerd zijn."), All: counts("", 410, 40, 50),
		Groups: []pages.OpinionCounts{counts("A", 300, 20, 30), {Letter: "B", Withheld: true}}}
	typical := row
	typical.For = "disagree"
	return &pages.OpinionView{At: day(11, 24, 9), Final: true, Quality: "indicative", Participants: 700, Clustered: 520, Votes: 9100, Statements: 31,
		Groups: []pages.OpinionGroup{{Letter: "A", Size: 380, Typical: []pages.OpinionRow{typical}}, {Letter: "B", Size: 140}},
		Common: []pages.OpinionRow{row}, Differences: []pages.OpinionRow{row}, Unsure: []pages.OpinionRow{row},
		MajorityYes: []pages.OpinionRow{row}, MajorityNo: []pages.OpinionRow{row}}
}

func withOpinion(o *pages.OpinionView) pages.ResultsView {
	v := results()
	v.Opinion = o
	return v
}

func noGroups(reason string) *pages.OpinionView {
	return &pages.OpinionView{At: day(11, 24, 9), Reason: reason, Participants: 12, Votes: 90, Statements: 8}
}
