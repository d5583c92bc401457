// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"polder/consensus"
	"polder/consensus/area"
	"polder/consensus/eligibility"
	"polder/consensus/polis"
	"polder/instance"
)

// demoPlan says who votes what where: a pure function of the vote file, the
// list of areas and the number of municipalities.
type demoPlan struct {
	Province       area.Area
	Municipalities []area.Area
	Questions      []demoQuestion
	Voters         []demoVoter // with at least one vote on a question, by rank
	Topic          string
}

// demoQuestion is one statement of the vote file; its number in the conversation
// is its place in the plan, from 1.
type demoQuestion struct {
	ID        string // name within the plan
	Statement int64  // comment id of the vote file
	Text      string
	Meta      bool
	Removed   bool // by a moderator, in the file
}

// demoVoter is one participant of the vote file.
type demoVoter struct {
	Rank   int
	Place  int // index in Municipalities
	Level  eligibility.Level
	Votes  []demoVote
	Number int64 // participant id in the file
}

// demoVote is one last vote.
type demoVote struct {
	Question int // index in Questions
	Choice   string
}

// planDemo spreads the participants of an export over n municipalities.
func planDemo(export *polis.Export, areas *area.List, n int) (*demoPlan, error) {
	if n < 2 {
		return nil, fmt.Errorf("the demo needs at least 2 municipalities, not %d", n)
	}
	province, err := areas.ProvinceWith(n)
	if err != nil {
		return nil, fmt.Errorf("no province has %d municipalities", n)
	}
	p := &demoPlan{Province: province, Municipalities: areas.MostPopulous(province.Code, n), Topic: export.Summary.Topic}
	place := map[int32]int{} // column -> question
	voted := export.Counts()
	for column, s := range export.Statements {
		if voted[column].Total() == 0 {
			continue
		}
		text := s.Text
		if text == "" {
			text = fmt.Sprintf("Stelling %d", s.ID)
		}
		place[int32(column)] = len(p.Questions)
		p.Questions = append(p.Questions, demoQuestion{ID: "s" + strconv.FormatInt(s.ID, 10), Statement: s.ID,
			Text: instance.PlainText(text, 500), Meta: s.Meta, Removed: s.Removed()})
	}
	if n := len(p.Questions); n > consensus.MostStatements {
		return nil, fmt.Errorf("the vote file has %d statements, a conversation takes at most %d", n, consensus.MostStatements)
	}
	if len(p.Questions) == 0 {
		return nil, fmt.Errorf("the vote file holds no votes")
	}
	for rank, number := range export.Participants {
		v := demoVoter{Rank: rank, Place: rank % n, Level: demoLevel(rank / n), Number: number}
		for _, vote := range export.Row(rank) {
			if q, ok := place[vote.Column]; ok {
				v.Votes = append(v.Votes, demoVote{Question: q, Choice: choiceOf(vote.Value)})
			}
		}
		if len(v.Votes) > 0 {
			p.Voters = append(p.Voters, v)
		}
	}
	return p, p.fits()
}

// demoLevel gives the level of a participant by its place in the row of its
// municipality.
func demoLevel(i int) eligibility.Level {
	switch i % 10 {
	case 0:
		return eligibility.Fediverse
	case 1:
		return eligibility.Open
	}
	return eligibility.Code
}

func choiceOf(value int8) string {
	switch {
	case value > 0:
		return "agree"
	case value < 0:
		return "disagree"
	}
	return "pass"
}

// fits checks that no municipality gets more voters than it has residents.
func (p *demoPlan) fits() error {
	voters := make([]int64, len(p.Municipalities))
	for _, v := range p.Voters {
		voters[v.Place]++
	}
	for i, m := range p.Municipalities {
		if voters[i] > m.Residents {
			return fmt.Errorf("%s has %d residents, the vote file would give it %d voters: take more municipalities", m.Name, m.Residents, voters[i])
		}
	}
	return nil
}

// totals is what the network has to count: question, choice, level.
type totals map[string]map[string]map[eligibility.Level]int64

// expected adds up the votes of the plan.
func (p *demoPlan) expected() totals {
	t := totals{}
	for _, q := range p.Questions {
		t[q.ID] = emptyTotals()
	}
	for _, v := range p.Voters {
		for _, vote := range v.Votes {
			t[p.Questions[vote.Question].ID][vote.Choice][v.Level]++
		}
	}
	return t
}

func emptyTotals() map[string]map[eligibility.Level]int64 {
	t := map[string]map[eligibility.Level]int64{}
	for _, c := range demoChoices {
		t[c] = map[eligibility.Level]int64{eligibility.Open: 0, eligibility.Fediverse: 0, eligibility.Code: 0}
	}
	return t
}

var demoChoices = []string{"agree", "disagree", "pass"}

// ballots counts the ballots of one municipality per level.
func (p *demoPlan) ballots(place int) map[eligibility.Level]int64 {
	n := map[eligibility.Level]int64{eligibility.Open: 0, eligibility.Fediverse: 0, eligibility.Code: 0}
	for _, v := range p.Voters {
		if v.Place == place {
			n[v.Level] += int64(len(v.Votes))
		}
	}
	return n
}

// hostLabel makes a DNS label of a place name.
func hostLabel(name string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r) || r == '\'' || r == '.' || r == '(' || r == ')':
		default:
			if b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
				b.WriteByte('-')
			}
		}
	}
	return strings.Trim(b.String(), "-")
}

// question is the question of a statement as the definition holds it.
func (q demoQuestion) question() consensus.DefinitionQuestion {
	option := func(id, nl, en, fy string) consensus.DefinitionOption {
		return consensus.DefinitionOption{ID: id, Text: map[string]string{"nl": nl, "en": en, "fy": fy}}
	}
	return consensus.DefinitionQuestion{ID: q.ID, Kind: "single", Min: 0, Max: 1, Text: map[string]string{"nl": q.Text},
		Options: []consensus.DefinitionOption{option("agree", "Eens", "Agree", "Iens"),
			option("disagree", "Oneens", "Disagree", "Net iens"), option("pass", "Weet ik niet", "Not sure", "Wit ik net")}}
}

// conversation is the question of the definition under which all statements are
// voted on.
func conversation() consensus.DefinitionQuestion {
	q := demoQuestion{ID: "stellingen", Text: "Wat vindt u van deze stellingen?"}.question()
	q.Kind, q.Min = consensus.KindStatements, 1
	q.Text["en"], q.Text["fy"] = "What do you think of these statements?", "Wat fine jo fan dizze stellingen?"
	return q
}

// seeds are the statements for the conversation.
func (p *demoPlan) seeds() []instance.Seed {
	list := make([]instance.Seed, len(p.Questions))
	for i, q := range p.Questions {
		list[i] = instance.Seed{Text: q.Text, Lang: "nl", Meta: q.Meta}
	}
	return list
}
