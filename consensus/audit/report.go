// SPDX-License-Identifier: EUPL-1.2

package audit

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"polder/consensus/tally"
)

// Outcome is the verdict on one check or on all of them.
type Outcome string

// The outcomes.
const (
	Holds   Outcome = "holds"
	Wrong   Outcome = "proven wrong"
	Unknown Outcome = "could not check"
)

// Finding is one check. Subject is the id of the document it is about; Code is
// one of aggregation.md 7.6 where one fits.
type Finding struct {
	Outcome Outcome `json:"outcome"`
	Check   string  `json:"check"`
	Subject string  `json:"subject"`
	Code    string  `json:"code,omitempty"`
	Path    string  `json:"path,omitempty"`
	Detail  string  `json:"detail,omitempty"`
}

// Summary is what an aggregate that was looked at says.
type Summary struct {
	ID        string           `json:"id"`
	Context   string           `json:"context"`
	Area      string           `json:"area"`
	Status    string           `json:"status"`
	Digest    string           `json:"digest"`
	Inputs    int              `json:"inputs"`
	Coverage  tally.Coverage   `json:"coverage"`
	Questions []tally.Question `json:"questions"`
}

// Report is the result of one verification. NotChecked lists what a visitor
// cannot check or this command did not; it is never empty. Notes say what a
// reader must know but what decides nothing, such as warnings (codes W).
type Report struct {
	URL        string    `json:"url"`
	Outcome    Outcome   `json:"outcome"`
	Aggregates []Summary `json:"aggregates,omitempty"`
	Findings   []Finding `json:"findings"`
	NotChecked []string  `json:"notChecked"`
	Notes      []string  `json:"notes,omitempty"`

	mu sync.Mutex
}

// ExitCode is 0 if everything checked holds, 1 if something is proven wrong, 2
// if something that should be readable could not be checked.
func (r *Report) ExitCode() int {
	switch r.Outcome {
	case Holds:
		return 0
	case Wrong:
		return 1
	}
	return 2
}

// add records a finding.
func (r *Report) add(f Finding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Findings = append(r.Findings, f)
}

func (r *Report) holds(check, subject string) {
	r.add(Finding{Outcome: Holds, Check: check, Subject: subject})
}

func (r *Report) wrong(check, subject, code, format string, args ...any) {
	r.add(Finding{Outcome: Wrong, Check: check, Subject: subject, Code: code, Detail: fmt.Sprintf(format, args...)})
}

func (r *Report) unknown(check, subject, format string, args ...any) {
	r.add(Finding{Outcome: Unknown, Check: check, Subject: subject, Detail: fmt.Sprintf(format, args...)})
}

// problems records each as proven wrong, or that the check holds if there is
// none. It reports whether there is none.
func (r *Report) problems(check, subject string, list []tally.Problem) bool {
	for _, p := range list {
		r.add(Finding{Wrong, check, subject, p.Code, p.Path, p.Detail})
	}
	if len(list) == 0 {
		r.holds(check, subject)
	}
	return len(list) == 0
}

func (r *Report) notChecked(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if line := fmt.Sprintf(format, args...); !slices.Contains(r.NotChecked, line) {
		r.NotChecked = append(r.NotChecked, line)
	}
}

func (r *Report) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if line := fmt.Sprintf(format, args...); !slices.Contains(r.Notes, line) {
		r.Notes = append(r.Notes, line)
	}
}

// finish draws the conclusion: wrong outweighs unknown, unknown outweighs holds,
// and a report without a single check is unknown.
func (r *Report) finish() *Report {
	r.notChecked("ballot logs, receipts and witnesses (F301 to F303), and that each digest is in its maker's register")
	r.Outcome = Unknown
	if len(r.Findings) > 0 {
		r.Outcome = Holds
	}
	for _, f := range r.Findings {
		if f.Outcome == Wrong {
			r.Outcome = Wrong
			break
		}
		if f.Outcome == Unknown {
			r.Outcome = Unknown
		}
	}
	return r
}

// WriteText writes the report for people: what fails first, in full, then what
// holds in counts, then what was not checked.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", r.URL)
	for _, a := range r.Aggregates {
		a.write(&b)
	}
	for _, f := range r.Findings {
		if f.Outcome != Holds {
			f.write(&b)
		}
	}
	r.writeHolds(&b)
	writeList(&b, "Notes", r.Notes)
	writeList(&b, "Not checked", r.NotChecked)
	fmt.Fprintf(&b, "\nResult: %s\n", r.Outcome)
	_, err := io.WriteString(w, b.String())
	return err
}

func (f Finding) write(b *strings.Builder) {
	fmt.Fprintf(b, "%s: %s\n  %s\n", strings.ToUpper(string(f.Outcome)), f.Check, f.Subject)
	line := strings.TrimSpace(strings.Join([]string{f.Code, f.Path, f.Detail}, " "))
	if line != "" {
		fmt.Fprintf(b, "  %s\n", line)
	}
}

func (r *Report) writeHolds(b *strings.Builder) {
	var order []string
	count := map[string]int{}
	for _, f := range r.Findings {
		if f.Outcome != Holds {
			continue
		}
		if count[f.Check]++; count[f.Check] == 1 {
			order = append(order, f.Check)
		}
	}
	for _, check := range order {
		if n := count[check]; n > 1 {
			fmt.Fprintf(b, "holds: %s (%d documents)\n", check, n)
			continue
		}
		fmt.Fprintf(b, "holds: %s\n", check)
	}
}

func writeList(b *strings.Builder, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s:\n", title)
	for _, l := range lines {
		fmt.Fprintf(b, "  - %s\n", l)
	}
}

func (s Summary) write(b *strings.Builder) {
	c := s.Coverage
	fmt.Fprintf(b, "%s\n  %s, %s; reported %d of %d, final %d; %d of %d eligible\n", s.ID, s.Area, s.Status,
		c.Reported, c.Expected, c.Final, c.EligibleReported, c.Eligible)
	for _, q := range s.Questions {
		fmt.Fprintf(b, "  %s:", q.ID)
		for _, g := range q.Groups {
			fmt.Fprintf(b, " %s %d", g.Key(), q.Ballots[g.Key()])
		}
		fmt.Fprintln(b, " ballots")
		for _, o := range q.Options {
			writeOption(b, o, q.Groups)
		}
	}
	fmt.Fprintln(b)
}

func writeOption(b *strings.Builder, o tally.Option, groups []tally.Group) {
	fmt.Fprintf(b, "    %s:", o.ID)
	for _, g := range groups {
		if o.Scores != nil {
			fmt.Fprintf(b, " %s %v", g.Key(), o.Scores[g.Key()])
			continue
		}
		fmt.Fprintf(b, " %s %d", g.Key(), o.N[g.Key()])
	}
	fmt.Fprintln(b)
}
