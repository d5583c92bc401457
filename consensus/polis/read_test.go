// SPDX-License-Identifier: EUPL-1.2

package polis_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"polder/consensus/polis"
)

func read(t *testing.T, path, comments string) *polis.Export {
	t.Helper()
	e, err := polis.Read(path, comments)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestBothVoteFilesGiveTheSame(t *testing.T) {
	for _, set := range []string{"london.youth.policing", "15-per-hour-seattle"} {
		folder := filepath.Join("testdata", set)
		comments := filepath.Join(folder, polis.CommentsName)
		history := read(t, filepath.Join(folder, polis.HistoryName), comments)
		matrix := read(t, filepath.Join(folder, polis.MatrixName), comments)
		if history.Finding.Orientation != polis.AsIs || matrix.Finding.Orientation != polis.AsIs {
			t.Errorf("%s: %s / %s", set, history.Finding, matrix.Finding)
		}
		matrix.Finding, matrix.Superseded = history.Finding, history.Superseded
		if d := cmp.Diff(history, matrix); d != "" {
			t.Errorf("%s: votes.csv and participants-votes.csv differ:\n%s", set, d)
		}
	}
}

func TestFolderIsVotesWithCommentsAndSummary(t *testing.T) {
	e := read(t, "testdata/london.youth.policing", "")
	if len(e.Participants) != 26 || len(e.Statements) != 36 || len(e.Votes) != 638 || e.Superseded != 2 {
		t.Errorf("%d people, %d statements, %d votes, %d superseded", len(e.Participants), len(e.Statements), len(e.Votes), e.Superseded)
	}
	if e.Summary.Voters != 26 || !strings.HasPrefix(e.Summary.Topic, "What is the best way") {
		t.Errorf("summary %+v", e.Summary)
	}
	if first := e.Statements[0]; first.ID != 1 || first.Text == "" || first.Moderated != 1 {
		t.Errorf("first statement %+v", first)
	}
	want := "Orientation of the votes: as it should be, +1 is agree (36 of 36 statements fit comments.csv)."
	if e.Finding.String() != want {
		t.Errorf("finding %q", e.Finding)
	}
}

func TestFolderWithoutHistoryReadsTheMatrix(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{polis.MatrixName, polis.CommentsName} {
		copyFile(t, filepath.Join("testdata/15-per-hour-seattle", name), filepath.Join(folder, name), nil)
	}
	e := read(t, folder, "")
	if len(e.Participants) != 339 || len(e.Statements) != 54 || len(e.Votes) != 2872 {
		t.Errorf("%d people, %d statements, %d votes", len(e.Participants), len(e.Statements), len(e.Votes))
	}
	if e.Finding.Unit != "people" || e.Finding.Compared == 0 || e.Statements[0].Text == "" {
		t.Errorf("%+v", e.Finding)
	}
}

func TestNewerCommentsLayout(t *testing.T) {
	e := read(t, "testdata/bg2050-volunteers", "")
	if len(e.Statements) != 24 || len(e.Votes)+e.Superseded != 1397 || e.Finding.Plus != 23 { // one statement was only passed
		t.Errorf("%d statements, %d votes, %d superseded, %s", len(e.Statements), len(e.Votes), e.Superseded, e.Finding)
	}
	if s := e.Statements[3]; !s.Seed || s.Meta || !strings.HasSuffix(s.Text, "not feel welcome now") {
		t.Errorf("statement 3: %+v", s)
	}
	if !strings.Contains(e.Summary.Description, "\n\nWhat would you want") {
		t.Errorf("the line breaks of the description are gone: %q", e.Summary.Description)
	}
}

func TestInvertedHistoryIsFoundAndTurnedRound(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{polis.HistoryName, polis.CommentsName} {
		turn := map[string]func(string) string{polis.HistoryName: negateLastField}[name]
		copyFile(t, filepath.Join("testdata/london.youth.policing", name), filepath.Join(folder, name), turn)
	}
	want, got := read(t, "testdata/london.youth.policing", ""), read(t, folder, "")
	if got.Finding.Orientation != polis.Inverted || !strings.Contains(got.Finding.String(), "all votes were turned round") {
		t.Errorf("finding %+v", got.Finding)
	}
	if !slices.Equal(got.Votes, want.Votes) {
		t.Error("the votes of the inverted file are not those of the original")
	}
}

func TestInvertedMatrixIsFound(t *testing.T) {
	e, err := parse("participant,group-id,n-comments,n-votes,n-agree,n-disagree,0,1,2\n7,0,0,3,2,1,-1,-1,1\n9,,0,2,0,1,1,0,\n", "")
	if err != nil {
		t.Fatal(err)
	}
	if e.Finding.Orientation != polis.Inverted || e.Votes[0] != (polis.Vote{Rank: 0, Column: 0, Value: 1}) {
		t.Errorf("%s, %v", e.Finding, e.Votes)
	}
}

func TestUnclearOrientationIsRefused(t *testing.T) {
	votes := "timestamp,comment-id,voter-id,vote\n1,0,0,1\n2,1,0,1\n3,2,0,-1\n"
	_, err := parse(votes, "comment-id,agrees,disagrees,moderated\n0,1,0,1\n1,0,1,1\n2,1,0,1\n")
	var at *polis.Error
	if !errors.Is(err, polis.ErrOrientation) || !errors.As(err, &at) || at.File != "votes.csv" {
		t.Errorf("%v", err)
	}
}

func TestWithoutCommentsNothingIsChecked(t *testing.T) {
	e := read(t, "testdata/london.youth.policing/votes.csv", "")
	if e.Finding.Orientation != polis.Unchecked || !strings.Contains(e.Finding.String(), "no comments.csv") {
		t.Errorf("%+v", e.Finding)
	}
	if e.Statements[0].Text != "" || e.Summary.Topic != "" {
		t.Error("a single file took more than itself")
	}
}

func TestMissingFiles(t *testing.T) {
	empty := t.TempDir()
	for _, c := range []struct{ path, comments string }{
		{empty, ""},
		{filepath.Join(empty, "votes.csv"), ""},
		{"testdata/london.youth.policing", filepath.Join(empty, "comments.csv")},
	} {
		if _, err := polis.Read(c.path, c.comments); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v: %v", c, err)
		}
	}
	if _, err := polis.Parse(polis.Files{}); err == nil {
		t.Error("no files at all were accepted")
	}
}

// negateLastField turns a vote row of votes.csv round.
func negateLastField(line string) string {
	cut := strings.LastIndexByte(line, ',') + 1
	return line[:cut] + map[string]string{"1": "-1", "-1": "1", "0": "0", "vote": "vote"}[line[cut:]]
}

// copyFile copies a file, each line changed by edit when there is one.
func copyFile(t *testing.T, from, to string, edit func(string) string) {
	t.Helper()
	raw, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		lines := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
		for i, line := range lines {
			lines[i] = edit(line)
		}
		raw = []byte(strings.Join(lines, "\n"))
	}
	if err := os.WriteFile(to, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}
