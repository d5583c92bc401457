// SPDX-License-Identifier: EUPL-1.2

package polis_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"polder/consensus/polis"
)

// Order of the rows means nothing as long as no two have the same time.
func TestOrderOfRowsMeansNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rows []string
		for i := range rapid.IntRange(0, 40).Draw(t, "rows") {
			rows = append(rows, fmt.Sprintf("%d,%d,%d,%d\n", 1000+i,
				rapid.IntRange(0, 5).Draw(t, "statement"), rapid.IntRange(0, 5).Draw(t, "person"), rapid.IntRange(-1, 1).Draw(t, "vote")))
		}
		want, err := parse(header+strings.Join(rows, ""), "")
		if err != nil {
			t.Fatal(err)
		}
		got, err := parse(header+strings.Join(rapid.Permutation(rows).Draw(t, "order"), ""), "")
		if err != nil || !slices.Equal(got.Votes, want.Votes) || !slices.Equal(got.Participants, want.Participants) {
			t.Fatalf("%v, %v", got, err)
		}
		check(t, want)
	})
}

// check holds what every export promises.
func check(t rapid.TB, e *polis.Export) {
	t.Helper()
	rising := func(ids []int64) bool {
		return slices.IsSorted(ids) && len(slices.Compact(slices.Clone(ids))) == len(ids)
	}
	var statements []int64
	for _, s := range e.Statements {
		statements = append(statements, s.ID)
	}
	if !rising(e.Participants) || !rising(statements) {
		t.Fatalf("numbers are not ascending: %v, %v", e.Participants, statements)
	}
	people, columns := make([]int, len(e.Participants)), make([]int, len(e.Statements))
	for i, v := range e.Votes {
		people[v.Rank]++
		columns[v.Column]++
		if v.Value < -1 || v.Value > 1 {
			t.Fatalf("vote %+v", v)
		}
		if i > 0 && (e.Votes[i-1].Rank > v.Rank || e.Votes[i-1].Rank == v.Rank && e.Votes[i-1].Column >= v.Column) {
			t.Fatalf("votes are not in order at %d", i)
		}
	}
	if slices.Contains(people, 0) || slices.Contains(columns, 0) {
		t.Fatal("somebody or something without a vote is in the export")
	}
}

func FuzzCSVImport(f *testing.F) {
	f.Add(header+"1,0,0,1\n2,0,1,-1\n", "comment-id,agrees,disagrees,moderated\n0,1,1,1\n", "topic,x\n")
	f.Add("participant,xid,group-id,n-comments,n-votes,n-agree,n-disagree,1,4\n1,,1,0,2,1,1,-1,1\n", "", "voters,1\n")
	f.Add("\xef\xbb\xbf"+header+"1,0,0,\"1\"\r\n", "comment-id,agrees,moderated,comment-body\n0,1,1,\"a\nb\"\n", "")
	f.Add(header+"1e300,0,0,1\n", "comment-id,agrees,moderated,is-meta\n0,1,-1,t\n", "\xff")
	f.Fuzz(func(t *testing.T, votes, comments, summary string) {
		files := polis.Files{Votes: polis.Source{Name: "v", Reader: strings.NewReader(votes)}, MaxBytes: 1 << 20}
		if comments != "" {
			files.Comments = polis.Source{Name: "c", Reader: strings.NewReader(comments)}
		}
		if summary != "" {
			files.Summary = polis.Source{Name: "s", Reader: strings.NewReader(summary)}
		}
		e, err := polis.Parse(files)
		if (e == nil) == (err == nil) {
			t.Fatalf("export %v and error %v", e, err)
		}
		if err != nil {
			_ = err.Error() // a message must never panic either
			return
		}
		check(t, e)
		e.MostVoted(50)
	})
}
