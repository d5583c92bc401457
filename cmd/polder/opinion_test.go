// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"slices"
	"strings"
	"testing"

	"polder/consensus/polis"
)

// Texts of strangers must not steer the terminal of the one who reads them.
func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"plain":                      "plain",
		" two\r\nlines\tand more ":   "two lines and more",
		"red\x1b[31m \x07bell\u202e": "red[31m bell",
		"bad \xff byte":              "bad byte",
		"“quotes” — 汉字 é":            "“quotes” — 汉字 é",
		"":                           "",
	} {
		if got := printable(text); got != want {
			t.Errorf("printable(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestWrapped(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  []string
	}{
		{"", 5, []string{""}},
		{"one two", 7, []string{"one two"}},
		{"one two three", 7, []string{"one two", "three"}},
		{"a verylongword b", 4, []string{"a", "verylongword", "b"}},
		{"éé éé éé", 5, []string{"éé éé", "éé"}},
	} {
		if got := wrapped(c.text, c.width); !slices.Equal(got, c.want) {
			t.Errorf("wrapped(%q, %d) = %q, want %q", c.text, c.width, got, c.want)
		}
	}
}

func TestPercentIsNeverDividedByZero(t *testing.T) {
	if percent(0, 0) != "-" || percent(1, 3) != "33%" || percent(3, 3) != "100%" {
		t.Error(percent(0, 0), percent(1, 3), percent(3, 3))
	}
}

// More statements than a small computer can compare are one clear error; removed
// ones do not count.
func TestTooManyStatements(t *testing.T) {
	e := &polis.Export{Participants: []int64{1}, Statements: make([]polis.Statement, maxStatements+1)}
	for j := range e.Statements {
		e.Statements[j].ID = int64(j)
		e.Votes = append(e.Votes, polis.Vote{Column: int32(j), Value: 1})
	}
	if _, err := newOpinionInput("big.csv", e); err == nil || !strings.Contains(err.Error(), "big.csv has 5001 statements, at most 5000") {
		t.Errorf("got %v", err)
	}
	e.Statements[7].Moderated = -1
	if in, err := newOpinionInput("big.csv", e); err != nil || len(in.columns) != maxStatements+1 || !in.columns[7].ModOut {
		t.Errorf("got %v", err)
	}
}

// The same numbers make the same crowd, of the size that is told.
func TestMakeCrowd(t *testing.T) {
	a, b := makeCrowd(300, 40, 20), makeCrowd(300, 40, 20)
	votes := 0
	for i := range a.Rows() {
		if !slices.Equal(a.Row(i), b.Row(i)) {
			t.Fatalf("row %d differs", i)
		}
		votes += len(a.Row(i))
	}
	if a.Rows() != 300 || votes < 300*10 || votes > 300*22 {
		t.Errorf("%d people, %d votes", a.Rows(), votes)
	}
}
