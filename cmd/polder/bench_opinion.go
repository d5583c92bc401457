// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"polder/consensus/opinion"
)

// opinionShape is one measurement of `polder bench opinion` (spec: opinion.md
// 19).
type opinionShape struct {
	name               string
	people, statements int
	mean               float64 // votes per person
	cores              int     // 0: all
	kept               bool    // after one more vote, with sums that were kept up to date
	members            int     // who compute by the protocol between instances; 0: one instance
	aim                time.Duration
	published          string
}

// opinionShapes are told apart by the first word of their name in -only.
func opinionShapes() []opinionShape {
	const engine = "Pol.is Python engine"
	return []opinionShape{
		{"small", 2000, 200, 60, 1, false, 0, 30 * time.Millisecond, engine + ", arm64 laptop, 120 k votes: 6.5 s cold, 14.4 s warm"},
		{"town", 2031, 896, 115, 1, false, 0, 150 * time.Millisecond, "red-dwarf 0.4.0 on bowling-green, a set of this size: 1.35 s"},
		{"city", 33_422, 783, 62.8, 1, false, 0, 600 * time.Millisecond, engine + ", r8g.4xlarge: 519.6 s cold, 1856 s warm"},
		{"nation", 100_000, 1000, 51, 1, false, 0, 2 * time.Second, ""},
		{"nation-all", 100_000, 1000, 51, 0, false, 0, 1200 * time.Millisecond, ""},
		{"nation-vote", 100_000, 1000, 51, 0, true, 0, 400 * time.Millisecond, ""},
		{"federation", 34_200, 300, 40, 0, false, 342, 10 * time.Second, ""},
	}
}

// opinionComparison stands below every table.
const opinionComparison = `Times are from votes in memory to the result as JSON: sums, model, positions, groups, counts, lists.
Figures of others were published for other machines (compdemocracy/polis PR 2675 and 2676; red-dwarf: opinion.md 19)
and for programs that do more: Polder neither replays the history of votes nor warm-starts base clusters.
Crowds are made up with a fixed seed; Pol.is exports can be measured by their path.
`

// opinionFigures is what one measurement found.
type opinionFigures struct {
	Name       string  `json:"name"`
	What       string  `json:"what"`
	People     int     `json:"people"`
	Statements int     `json:"statements"`
	Votes      int64   `json:"votes"`
	Groups     int     `json:"k"`
	Cores      int     `json:"cores"`
	Runs       int     `json:"runs"`
	Best       float64 `json:"bestSeconds"`
	Median     float64 `json:"medianSeconds"`
	Aim        float64 `json:"aimSeconds,omitempty"`
	Vote       float64 `json:"voteMicros,omitempty"` // for the vote itself
	MiB        float64 `json:"peakMiB,omitempty"`    // resident memory of this process, votes included
	Published  string  `json:"published,omitempty"`
}

// opinionBenchReport is what `polder bench opinion -json` prints.
type opinionBenchReport struct {
	Version    string           `json:"version"`
	Go         string           `json:"go"`
	System     string           `json:"system"`
	CPU        string           `json:"cpu"`
	Cores      int              `json:"cores"`
	Comparison string           `json:"comparison"`
	Results    []opinionFigures `json:"results"`
}

// opinionBench is one run of the command.
type opinionBench struct {
	runs     int
	json     bool
	shapes   []opinionShape
	path     []string // of an export and its comments file, instead of the shapes
	progress *progress
}

func runBenchOpinion(ctx context.Context, args []string, io stdio) error {
	b, err := parseBenchOpinion(args, io)
	if err != nil {
		return err
	}
	results, err := b.measureAll(ctx)
	if err != nil {
		return err
	}
	r := opinionBenchReport{Version: version(), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, CPU: cpuName(),
		Cores: runtime.NumCPU(), Comparison: strings.ReplaceAll(strings.TrimSpace(opinionComparison), "\n", " "), Results: results}
	if !b.json {
		return r.write(io.Out)
	}
	enc := json.NewEncoder(io.Out)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

func parseBenchOpinion(args []string, io stdio) (*opinionBench, error) {
	f := newFlags("bench opinion")
	b := &opinionBench{progress: newProgress(io.Err)}
	var names []string
	for _, s := range opinionShapes() {
		names = append(names, s.name)
	}
	f.IntVar(&b.runs, "runs", 5, "runs of each kind, of which the best and the median are told")
	f.BoolVar(&b.json, "json", false, "print JSON")
	only := f.String("only", strings.Join(names, ","), "crowds to measure")
	given, err := f.parse(args, io, "[PATH]", "[COMMENTS]")
	if err != nil {
		return nil, err
	}
	if b.path = given; b.runs < 1 {
		return nil, usagef("bench opinion: -runs must be at least 1")
	}
	for name := range strings.SplitSeq(*only, ",") {
		at := slices.Index(names, strings.TrimSpace(name))
		if at < 0 {
			return nil, usagef("bench opinion: there is no crowd %q; it has %s", name, strings.Join(names, ", "))
		}
		b.shapes = append(b.shapes, opinionShapes()[at])
	}
	return b, nil
}

func (b *opinionBench) measureAll(ctx context.Context) ([]opinionFigures, error) {
	if len(b.path) > 0 {
		x, err := b.measureExport(ctx)
		return []opinionFigures{x}, err
	}
	var out []opinionFigures
	var votes *opinion.Matrix
	var last opinionShape
	for _, s := range b.shapes {
		if votes == nil || s.people != last.people || s.statements != last.statements {
			votes = nil // let go of it before the next one is made
			b.progress.step("Making %d people and %d statements", s.people, s.statements)
			votes = makeCrowd(s.people, s.statements, s.mean)
		}
		last = s
		b.progress.step("Measuring %s", s.name)
		x, err := b.measure(ctx, s, crowdOf(votes, s), make([]opinion.Column, s.statements))
		if err != nil {
			return nil, fmt.Errorf("bench opinion %s: %w", s.name, err)
		}
		out = append(out, x)
	}
	return out, nil
}

func (b *opinionBench) measureExport(ctx context.Context) (opinionFigures, error) {
	comments := ""
	if len(b.path) > 1 {
		comments = b.path[1]
	}
	in, err := readOpinion(b.path[0], comments, b.progress)
	if err != nil {
		return opinionFigures{}, err
	}
	s := opinionShape{name: "export", people: len(in.export.Participants), statements: len(in.columns)}
	return b.measure(ctx, s, []*opinion.Matrix{in.votes}, in.columns)
}

// write prints the report for people.
func (r *opinionBenchReport) write(w io.Writer) error {
	fmt.Fprintf(w, "polder %s, %s, %s\n%d cores, %s\n\n", r.Version, r.Go, r.System, r.Cores, r.CPU)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\tWHAT\tPEOPLE\tSTATEMENTS\tVOTES\tCORES\tBEST ms\tMEDIAN ms\tAIM ms\tPEAK MiB")
	for _, x := range r.Results {
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%d\t%.0f\t%.0f\t%s\t%s\n", x.Name, x.What, x.People, x.Statements, x.Votes, x.Cores,
			1000*x.Best, 1000*x.Median, number(1000*x.Aim, 0), number(x.MiB, 0))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w)
	for _, x := range r.Results {
		if x.Vote > 0 {
			fmt.Fprintf(w, "%s: the vote itself takes %.0f microseconds.\n", x.Name, x.Vote)
		}
		if x.Published != "" {
			fmt.Fprintf(w, "%s, published by others: %s\n", x.Name, x.Published)
		}
	}
	_, err := fmt.Fprint(w, opinionComparison)
	return err
}
