// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"polder/consensus/opinion"
)

// agreed lists what all groups agree on: the highest products of the shares
// that agree, in every group.
func (t opinionText) agreed() {
	if t.out.K == 0 {
		return
	}
	t.title("What all groups agree on")
	gac, _ := opinion.GroupAware(t.out.Groups)
	for _, j := range opinion.Ranking(gac, t.columns)[:min(listedStatements, opinion.Kept(t.columns))] {
		t.statement(fmt.Sprintf("%.3f", gac[j]), j)
		t.line("        agree: %s", t.perGroup(j))
	}
}

// majority lists what most of all people say, in a group or not.
func (t opinionText) majority() {
	agree, disagree := opinion.Majority(t.out.Stats, t.columns)
	for _, list := range []struct {
		word       string
		statements []opinion.Statement
	}{{"agree", agree}, {"disagree", disagree}} {
		t.title("Most people %s", list.word)
		if len(list.statements) == 0 {
			t.line("With no statement.")
		}
		for _, s := range list.statements {
			t.statement(percent(s.Success, s.Trials), s.Column)
			t.line("        %d of %d %s", s.Success, s.Trials, list.word)
		}
	}
}

// representative lists per group what sets it apart from the others.
func (t opinionText) representative() {
	if t.out.K == 0 {
		return
	}
	for g, statements := range opinion.Repness(t.out.Groups, t.columns) {
		t.title("What group %s stands for", letter(g))
		for _, s := range statements {
			word := "disagree"
			if s.Agree {
				word = "agree"
			}
			t.statement(word, s.Column)
			t.line("        %d of %d (%s) %s, %.1f times as often as the others", s.Success, s.Trials, percent(s.Success, s.Trials), word, s.Repness)
		}
	}
}

// differences lists the statements that pull people apart most.
func (t opinionText) differences() {
	if t.out.K == 0 {
		return
	}
	t.title("Where opinions differ most")
	extremity := t.out.Fit.Extremity(t.columns)
	for _, j := range opinion.Ranking(extremity, t.columns)[:min(listSize, opinion.Kept(t.columns))] {
		t.statement(fmt.Sprintf("%.3f", extremity[j]), j)
		t.line("        agree: %s", t.perGroup(j))
	}
}

// listSize is how many statements the lists without a size of their own show.
const listSize = 5

// uncertain lists what nobody is sure about: more than three in ten pass.
func (t opinionText) uncertain() {
	s := &t.out.Stats
	passes := func(j int) int64 { return s.S[j] - s.A[j] - s.D[j] }
	weight := func(j int) float64 {
		share := float64(passes(j)) / float64(s.S[j])
		return share * share * float64(passes(j))
	}
	var list []int
	for j, c := range t.columns {
		if !c.ModOut && 10*passes(j) > 3*s.S[j] {
			list = append(list, j)
		}
	}
	slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(weight(b), weight(a)) })
	t.title("Uncertain")
	if len(list) == 0 {
		t.line("No statement is passed by more than three in ten.")
	}
	for _, j := range list[:min(listSize, len(list))] {
		t.statement(percent(passes(j), s.S[j]), j)
		t.line("        %d of %d pass", passes(j), s.S[j])
	}
}

// perGroup is the share of agrees in every group.
func (t opinionText) perGroup(j int) string {
	var out []string
	for g, c := range t.out.Groups {
		out = append(out, fmt.Sprintf("%s %s of %d", letter(g), percent(c.A[j], c.S[j]), c.S[j]))
	}
	return strings.Join(out, ", ")
}

// statement prints a figure, the number of a statement and its text, broken
// into lines.
func (t opinionText) statement(figure string, column int) {
	s := t.export.Statements[column]
	text := printable(s.Text)
	if text == "" {
		text = "(no text)"
	}
	lines := wrapped(text, lineWidth-16)
	t.line("%8s  #%-4d %s", figure, s.ID, lines[0])
	for _, l := range lines[1:] {
		t.line("%16s%s", "", l)
	}
}

// wrapped breaks a text of single spaces at spaces; a longer word stays whole.
func wrapped(text string, width int) []string {
	var lines []string
	line, used := "", 0
	for word := range strings.FieldsSeq(text) {
		n := utf8.RuneCountInString(word)
		if used > 0 && used+1+n > width {
			lines = append(lines, line)
			line, used = "", 0
		}
		if used > 0 {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+n
	}
	return append(lines, line)
}
