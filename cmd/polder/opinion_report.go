// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"polder/consensus/opinion"
)

// lineWidth is where the report breaks lines.
const lineWidth = 100

// listedStatements is how many statements a list by rank shows.
const listedStatements = 10

// opinionText writes the report of one run; errors come out of its Flush.
type opinionText struct {
	*bufio.Writer
	*opinionRun
}

// write prints the report for people (spec: opinion.md 16).
func (r *opinionRun) write(w io.Writer) error {
	t := opinionText{bufio.NewWriter(w), r}
	t.head()
	t.groups()
	t.stability()
	t.agreed()
	t.majority()
	t.representative()
	t.differences()
	t.uncertain()
	t.line("")
	t.line("Method %s: a documented, deterministic method of the Pol.is family. Groups need not equal", "polder-opinion/1")
	t.line("those of pol.is itself, which depend on that server's history.")
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	return nil
}

func (t opinionText) line(format string, args ...any) { fmt.Fprintf(t, format+"\n", args...) }

// title begins a part of the report.
func (t opinionText) title(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	t.line("\n%s\n%s", text, strings.Repeat("-", utf8.RuneCountInString(text)))
}

func (t opinionText) head() {
	if topic := printable(t.export.Summary.Topic); topic != "" {
		t.line("%s", topic)
	}
	if url := printable(t.export.Summary.URL); url != "" {
		t.line("%s", url)
	}
	t.line("%s\n", t.export.Finding)
	s := &t.out.Stats
	var agree, disagree, votes int64
	for j := range s.S {
		agree, disagree, votes = agree+s.A[j], disagree+s.D[j], votes+s.S[j]
	}
	t.line("participants  %d, of whom %d with enough votes to be in a group", s.Participants, t.out.Clustered)
	kept, meta := opinion.Kept(t.columns), 0
	for _, c := range t.columns {
		if c.Meta {
			meta++
		}
	}
	t.line("statements    %d: %d compared, %d removed or about people rather than opinions (%d)", len(t.columns), kept, len(t.columns)-kept, meta)
	t.line("votes         %d, %.1f per person: %s agree, %s disagree, %s pass", votes, float64(votes)/float64(max(s.Participants, 1)),
		percent(agree, votes), percent(disagree, votes), percent(votes-agree-disagree, votes))
	if n := t.export.Superseded; n > 0 {
		t.line("              %d earlier votes were replaced by the same person", n)
	}
	if t.members > 0 {
		t.line("members       %d, who computed by the protocol between instances; the model rests on %d people", t.members, s.PairPeople())
	}
}

// whyNoGroups explains a reason in words.
var whyNoGroups = map[opinion.Reason]string{
	opinion.NoVariance:       "everybody votes alike, there is no difference to see",
	opinion.TooFewPeople:     "too few people have cast enough votes",
	opinion.TooFewStatements: "there are too few statements to compare",
	opinion.SmallGroups:      "every division has a group that is too small",
	opinion.UnstableGroups:   "the groups change when some people are left out",
}

func (t opinionText) groups() {
	t.title("Groups")
	if t.out.K == 0 {
		t.line("No groups (%s): %s.", t.out.Reason, whyNoGroups[t.out.Reason])
	} else {
		t.line("k = %d: of the divisions that may be chosen this one has the highest silhouette.", t.out.K)
		for g, c := range t.out.Groups {
			t.line("  group %s  %5d people  %4s", letter(g), c.Members, percent(c.Members, t.out.Clustered))
		}
	}
	if t.out.Reason == opinion.NoVariance || t.out.Clustered == 0 {
		return
	}
	t.line("\n  k  silhouette  sizes")
	for _, s := range t.out.Solutions {
		note := ""
		switch {
		case len(s.Centroids) == t.out.K:
			note = "  <- chosen"
		case s.Dropped:
			note = "  may not be chosen: a group is too small"
		}
		t.line("  %d  %10.3f  %s%s", len(s.Centroids), float64(s.Score.SilSum)/1e6/float64(t.out.Clustered), joined(s.Score.Sizes, ", "), note)
	}
}

// whatLevel explains a level of quality in words.
var whatLevel = map[opinion.Level]string{
	opinion.Stable:     "the groups are the same when a tenth of the people is left out",
	opinion.Indicative: "the groups are an indication: some people change group when others are left out",
	opinion.Unstable:   "do not rely on the groups: they change when some people are left out",
}

func (t opinionText) stability() {
	q := t.quality
	if q == nil {
		return
	}
	t.title("Stability: %s", q.Level)
	t.line("%s.", sentenceCase(whatLevel[q.Level]))
	t.line("  leaving out a tenth, ten times: same k %d times", q.SameK)
	t.line("  same group, per mille      %s", joined(q.Agreement, " "))
	t.line("  first component, per mille  %s", joined(q.Cos1, " "))
	t.line("  second component, per mille %s", joined(q.Cos2, " "))
}

func sentenceCase(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func letter(g int) string { return string(rune('A' + g)) }

func joined(numbers []int64, between string) string {
	out := make([]string, len(numbers))
	for i, n := range numbers {
		out[i] = fmt.Sprint(n)
	}
	return strings.Join(out, between)
}

// percent is n of total as a whole percentage.
func percent(n, total int64) string {
	if total == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f%%", 100*float64(n)/float64(total))
}

// printable is a text of a file on one line, without characters that steer a
// terminal.
func printable(s string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r) || r == utf8.RuneError:
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(clean), " ")
}
