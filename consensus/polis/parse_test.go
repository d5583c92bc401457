// SPDX-License-Identifier: EUPL-1.2

package polis_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"polder/consensus/polis"
)

// parse reads a vote file and, when given, a comments file.
func parse(votes, comments string) (*polis.Export, error) {
	f := polis.Files{Votes: polis.Source{Name: "votes.csv", Reader: strings.NewReader(votes)}}
	if comments != "" {
		f.Comments = polis.Source{Name: "comments.csv", Reader: strings.NewReader(comments)}
	}
	return polis.Parse(f)
}

const header = "timestamp,comment-id,voter-id,vote\n"

func TestLastVoteWins(t *testing.T) {
	for name, c := range map[string]struct {
		rows string
		want int8
	}{
		"later time":               {"2000,5,3,-1\n1000,5,3,1\n", -1},
		"equal time, later row":    {"1000,5,3,-1\n1000,5,3,1\n", 1},
		"milliseconds and seconds": {"1700000000,5,3,1\n1600000000000,5,3,-1\n", 1},
		"fraction of a second":     {"1700000000.25,5,3,-1\n1700000000.5,5,3,0\n1700000000,5,3,1\n", 0},
	} {
		e, err := parse(header+c.rows, "")
		if err != nil || len(e.Votes) != 1 || e.Votes[0].Value != c.want {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
}

func TestEncodingOfTheFile(t *testing.T) {
	want, err := parse(header+"1,0,0,1\n2,0,1,-1\n", "comment-id,agrees,disagrees,moderated,comment-body\n0,1,1,1,\"een\ntwee\"\n")
	if err != nil {
		t.Fatal(err)
	}
	crlf := func(s string) string { return "\xef\xbb\xbf" + strings.ReplaceAll(s, "\n", "\r\n") }
	got, err := parse(crlf(header+"1,0,0,1\n\n2,0,1,-1"), crlf("comment-id,agrees,disagrees,moderated,comment-body\n0,1,1,1,\"een\ntwee\"\n"))
	if err != nil || !slices.Equal(got.Votes, want.Votes) || got.Statements[0] != want.Statements[0] {
		t.Errorf("byte order mark and CRLF: %+v, %v", got, err)
	}
	if text := got.Statements[0].Text; text != "een\ntwee" {
		t.Errorf("text %q", text)
	}
	_, err = parse("\xff\xfet\x00i\x00", "")
	if err == nil || !strings.Contains(err.Error(), "UTF-16") {
		t.Errorf("UTF-16: %v", err)
	}
}

func TestStatementsAndPeopleWithoutVotesAreLeftOut(t *testing.T) {
	e, err := parse("participant,xid,group-id,n-comments,n-votes,n-agree,n-disagree,10,9,8\n31,abc,,0,0,0,0,,,\n4,,,0,1,1,0,,1,\n",
		"comment-id,agrees,disagrees,moderated\n8,0,0,1\n9,1,0,-1\n10,0,0,0\n")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(e.Participants, []int64{4}) || len(e.Statements) != 1 || e.Statements[0].ID != 9 || !e.Statements[0].Removed() {
		t.Errorf("%+v", e)
	}
}

func TestNoVotesIsAnEmptyExport(t *testing.T) {
	for _, file := range []string{header, "participant,n-agree,0\n"} {
		e, err := parse(file, "comment-id,agrees,moderated\n0,0,1\n")
		if err != nil || len(e.Participants)+len(e.Statements)+len(e.Votes) != 0 || e.Finding.Orientation != polis.Unchecked {
			t.Errorf("%q: %+v, %v", file, e, err)
		}
	}
}

func TestMatrixWithoutCountsIsNotChecked(t *testing.T) {
	e, err := parse("participant,0\n1,-1\n", "")
	if err != nil || e.Finding.Orientation != polis.Unchecked || e.Votes[0].Value != -1 {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestMostVotedAndRows(t *testing.T) {
	e, err := parse(header+"1,3,1,1\n2,3,2,-1\n3,8,1,0\n4,8,9,0\n5,2,2,1\n6,9,1,1\n7,9,2,1\n8,9,9,1\n9,9,9,-1\n", "")
	if err != nil {
		t.Fatal(err)
	}
	var ids []int64
	for _, c := range e.MostVoted(3) {
		ids = append(ids, e.Statements[c].ID)
	}
	if !slices.Equal(ids, []int64{9, 3, 8}) {
		t.Errorf("most voted: %v", ids)
	}
	if len(e.MostVoted(50)) != 4 || len(e.MostVoted(0)) != 0 || len(e.MostVoted(-1)) != 0 {
		t.Error("the number asked for is not a bound")
	}
	if c := e.Counts()[3]; c != (polis.Counts{Agree: 2, Disagree: 1}) || c.Total() != 3 {
		t.Errorf("counts of the last statement: %+v", c)
	}
	if row := e.Row(1); len(row) != 3 || row[0] != (polis.Vote{Rank: 1, Column: 0, Value: 1}) {
		t.Errorf("row of participant 2: %v", row)
	}
}

func TestBadFilesNameFileAndLine(t *testing.T) {
	comments := "comment-id,agrees,disagrees,moderated,is-meta,comment-body\n"
	for name, c := range map[string]struct{ votes, comments, says string }{
		"empty":              {"", "", "votes.csv: the file is empty"},
		"blank lines only":   {"\n\n", "", "votes.csv: the file is empty"},
		"other header":       {"naam,adres\n", "", "votes.csv:1: this is neither"},
		"comments as votes":  {comments, "", "votes.csv:1: this is neither"},
		"votes as comments":  {header, header, "comments.csv:1: this is no comments.csv"},
		"column twice":       {"timestamp,comment-id,voter-id,vote,vote\n", "", `votes.csv:1: column "vote" occurs twice`},
		"vote out of range":  {header + "1,0,0,1\n1,0,1,2\n", "", `votes.csv:3: vote "2"`},
		"vote missing":       {header + "1,0,0,\n", "", `votes.csv:2: vote ""`},
		"too few fields":     {header + "1,0,0\n", "", "votes.csv:2: wrong number of fields"},
		"open quote":         {header + "1,0,0,\"1\n", "", "votes.csv:"},
		"quote inside":       {header + "1,0,0,1\"\n", "", "votes.csv:2:"},
		"no number":          {header + "1,x,0,1\n", "", `votes.csv:2: comment-id "x" is not a number`},
		"below zero":         {header + "1,0,-4,1\n", "", `votes.csv:2: voter-id "-4"`},
		"beyond 64 bits":     {header + "1,0,99999999999999999999,1\n", "", "votes.csv:2: voter-id"},
		"no time":            {header + "gisteren,0,0,1\n", "", `votes.csv:2: timestamp "gisteren"`},
		"NaN":                {header + "NaN,0,0,1\n", "", "votes.csv:2: timestamp"},
		"person twice":       {"participant,0\n1,1\n1,0\n", "", "votes.csv:3: participant 1 occurs twice"},
		"damaged column":     {"participant,0,1.0\n", "", `votes.csv:1: column "1.0"`},
		"statement twice":    {"participant,7,07\n", "", "votes.csv:1: column 7 occurs twice"},
		"cell":               {"participant,7\n1,agree\n", "", `votes.csv:2: vote "agree"`},
		"n-agree":            {"participant,n-agree,7\n1,many,1\n", "", `votes.csv:2: n-agree "many"`},
		"comment twice":      {header, comments + "0,0,0,1,,a\n0,0,0,1,,b\n", "comments.csv:3: comment-id 0 occurs twice"},
		"moderated":          {header, comments + "0,0,0,2,,a\n", `comments.csv:2: moderated "2"`},
		"is-meta":            {header, comments + "0,0,0,1,maybe,a\n", `comments.csv:2: is-meta "maybe"`},
		"text is not UTF-8":  {header, comments + "0,0,0,1,,\xff\n", "comments.csv:2: comment-body is not UTF-8"},
		"line after newline": {header, comments + "0,0,0,1,,\"a\nb\"\n1,0,0,9,,c\n", `comments.csv:4: moderated "9"`},
	} {
		_, err := parse(c.votes, c.comments)
		var at *polis.Error
		if !errors.As(err, &at) || !strings.HasPrefix(err.Error(), c.says) {
			t.Errorf("%s: %v, want %s", name, err, c.says)
		}
	}
}

func TestSummaryErrors(t *testing.T) {
	for text, says := range map[string]string{
		"topic\n":              "summary.csv:1: wrong number of fields",
		"topic,a\nvoters,x\n":  `summary.csv:2: voters "x"`,
		"topic,\"a\n":          "summary.csv:",
		"topic,\xff\n":         "summary.csv:1: the value is not UTF-8",
		"\xfe\xff\x00t\x00o\n": "summary.csv:1: the file is UTF-16",
	} {
		_, err := polis.Parse(polis.Files{
			Votes:   polis.Source{Name: "votes.csv", Reader: strings.NewReader(header)},
			Summary: polis.Source{Name: "summary.csv", Reader: strings.NewReader(text)},
		})
		if err == nil || !strings.HasPrefix(err.Error(), says) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestLimits(t *testing.T) {
	open := func() polis.Source {
		return polis.Source{Name: "votes.csv", Reader: strings.NewReader(header + "1,0,0,1\n1,0,1,1\n1,0,2,1\n")}
	}
	for name, f := range map[string]polis.Files{
		"bytes": {Votes: open(), MaxBytes: 50},
		"votes": {Votes: open(), MaxVotes: 2},
	} {
		if _, err := polis.Parse(f); err == nil || !strings.Contains(err.Error(), "too large") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if e, err := polis.Parse(polis.Files{Votes: open(), MaxBytes: int64(len(header)) + 24, MaxVotes: 3}); err != nil || len(e.Votes) != 3 {
		t.Errorf("exactly the limit: %v", err)
	}
}
