// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// benchFlags are the flags of `polder bench`.
type benchFlags struct {
	count   int
	seconds int
	clients int
	profile string
	json    bool
	only    []string
}

// benchNames are the parts in the order they run: later ones find the store
// that earlier ones filled.
var benchNames = []string{"votes", "inbox", "reads", "startup", "memory", "total"}

// benchResult is what one measurement found.
type benchResult struct {
	Name    string  `json:"name"`
	What    string  `json:"what"`
	Count   int     `json:"count"`
	Seconds float64 `json:"seconds"`
	Rate    float64 `json:"perSecond,omitempty"`
	P50     float64 `json:"p50ms,omitempty"`
	P99     float64 `json:"p99ms,omitempty"`
	CPU     float64 `json:"cpuMicros,omitempty"` // processor time of the instance per request
	MiB     float64 `json:"rssMiB,omitempty"`    // of the instance, at the end
	Target  string  `json:"target,omitempty"`
}

// benchReport is what `polder bench -json` prints.
type benchReport struct {
	Version string        `json:"version"`
	Go      string        `json:"go"`
	System  string        `json:"system"`
	CPU     string        `json:"cpu"`
	Cores   int           `json:"cores"`
	Binary  float64       `json:"binaryMiB"`
	Clients int           `json:"clients"`
	Shared  bool          `json:"oneProcess"` // instance and load in one process, for a profile
	Results []benchResult `json:"results"`
}

// runBench is `polder bench`.
func runBench(ctx context.Context, args []string, io stdio) error {
	f, err := parseBench(args, io)
	if err != nil {
		return err
	}
	if f.profile != "" {
		stop, err := startProfile(f.profile)
		if err != nil {
			return err
		}
		defer stop()
	}
	b := &bench{flags: f, progress: io.Err, report: newBenchReport(f)}
	if err := b.run(ctx); err != nil {
		return err
	}
	if f.json {
		enc := json.NewEncoder(io.Out)
		enc.SetIndent("", "  ")
		return enc.Encode(b.report)
	}
	return b.report.write(io.Out)
}

func parseBench(args []string, io stdio) (benchFlags, error) {
	f := newFlags("bench")
	var b benchFlags
	f.IntVar(&b.count, "n", 20_000, "requests of each kind, at most")
	f.IntVar(&b.seconds, "seconds", 20, "time for each kind, at most")
	f.IntVar(&b.clients, "clients", 64, "connections at the same time")
	f.StringVar(&b.profile, "cpuprofile", "", "write a CPU profile of instance and load together, in one process")
	f.BoolVar(&b.json, "json", false, "print JSON")
	only := f.String("only", strings.Join(benchNames, ","), "parts to run")
	if _, err := f.parse(args, io); err != nil {
		return b, err
	}
	if b.count < 1 || b.seconds < 1 || b.clients < 1 || b.clients > 10_000 {
		return b, usagef("bench: -n, -seconds and -clients must be at least 1, and at most 10,000 clients")
	}
	for name := range strings.SplitSeq(*only, ",") {
		name = strings.TrimSpace(name)
		if !slices.Contains(benchNames, name) {
			return b, usagef("bench: there is no part %q; it has %s", name, strings.Join(benchNames, ", "))
		}
		b.only = append(b.only, name)
	}
	return b, nil
}

func startProfile(name string) (stop func(), err error) {
	file, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("write the profile: %w", err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		file.Close()
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		file.Close()
	}, nil
}

func newBenchReport(f benchFlags) *benchReport {
	r := &benchReport{Version: version(), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, CPU: cpuName(),
		Cores: runtime.NumCPU(), Clients: f.clients, Shared: f.profile != ""}
	if path, err := os.Executable(); err == nil {
		if info, err := os.Stat(path); err == nil {
			r.Binary = mib(info.Size())
		}
	}
	return r
}

// cpuName is the model of the processor, where the system tells.
func cpuName() string {
	raw, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(raw)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

func mib(bytes int64) float64 { return float64(bytes*10/(1<<20)) / 10 }

// write prints the report for people.
func (r *benchReport) write(w io.Writer) error {
	fmt.Fprintf(w, "polder %s, %s, %s\n%d cores, %s; binary %.1f MiB; %d connections\n\n",
		r.Version, r.Go, r.System, r.Cores, r.CPU, r.Binary, r.Clients)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\tCOUNT\tPER SECOND\tP50 ms\tP99 ms\tCPU us\tRSS MiB\tTARGET")
	for _, x := range r.Results {
		fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\n", x.What, x.Count, number(x.Rate, 0), number(x.P50, 2), number(x.P99, 2),
			number(x.CPU, 0), number(x.MiB, 1), x.Target)
	}
	return t.Flush()
}

// number writes a figure, or nothing if there is none.
func number(x float64, decimals int) string {
	if x == 0 {
		return ""
	}
	return fmt.Sprintf("%.*f", decimals, x)
}

// bench is one run.
type bench struct {
	flags    benchFlags
	progress io.Writer
	report   *benchReport
	place    *benchPlace
}

func (b *bench) run(ctx context.Context) (err error) {
	if slices.ContainsFunc(b.flags.only, func(name string) bool { return name != "total" }) {
		fmt.Fprintln(b.progress, "Making an instance with a consultation and letter codes")
		if b.place, err = newBenchPlace(ctx, b.flags); err != nil {
			return err
		}
		defer func() {
			if closed := b.place.Close(); err == nil {
				err = closed
			}
		}()
	}
	parts := map[string]func(context.Context) error{"votes": b.votes, "inbox": b.inbox, "reads": b.reads,
		"startup": b.startup, "memory": b.memory, "total": b.total}
	for _, name := range benchNames {
		if !slices.Contains(b.flags.only, name) {
			continue
		}
		fmt.Fprintf(b.progress, "Measuring %s\n", name)
		if err := parts[name](ctx); err != nil {
			return fmt.Errorf("bench %s: %w", name, err)
		}
	}
	return nil
}

// add notes a result of a load.
func (b *bench) add(name, what, target string, l loadResult) {
	r := benchResult{Name: name, What: what, Target: target, Count: len(l.times), Seconds: l.took.Seconds(),
		Rate: float64(len(l.times)) / l.took.Seconds(), P50: millis(l.quantile(0.5)), P99: millis(l.quantile(0.99)), MiB: b.place.rss()}
	if len(l.times) > 0 {
		r.CPU = float64(l.cpu.Microseconds()) / float64(len(l.times))
	}
	b.report.Results = append(b.report.Results, r)
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
