// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"polder/cmd/polder/demodata"
	"polder/consensus/area"
	"polder/consensus/polis"
	"polder/instance/web/pages"
)

// demoFlags are the flags of `polder demo`.
type demoFlags struct {
	dir            string
	municipalities int
	votes          string
	port           int
	once, json     bool
}

const demoUsage = `Usage: polder demo [-dir DIR] [-municipalities N] [-votes DIR_OR_CSV] [-port FIRST_PORT] [-once] [-json]

Starts a nation, a province and N municipalities on this computer, lets the
participants of a vote file vote in a joint consultation, closes it and checks
the totals. With -once it then stops; otherwise it opens a second consultation
for you to follow, vote in and manage, and stays up until you press Ctrl-C.
The same -dir goes on with a run that was stopped.
`

func parseDemo(args []string, errOut io.Writer) (demoFlags, error) {
	var f demoFlags
	set := flag.NewFlagSet("demo", flag.ContinueOnError)
	set.SetOutput(errOut)
	set.Usage = func() { fmt.Fprint(errOut, demoUsage) }
	set.StringVar(&f.dir, "dir", "", "folder of the demo")
	set.IntVar(&f.municipalities, "municipalities", 4, "number of municipalities, at least 2")
	set.StringVar(&f.votes, "votes", "", "folder or file of a Pol.is export")
	set.IntVar(&f.port, "port", 8440, "first port; 0 takes free ones")
	set.BoolVar(&f.once, "once", false, "stop after the check")
	set.BoolVar(&f.json, "json", false, "print one JSON object when the point is reached")
	if err := set.Parse(args); err != nil {
		return f, errUsage
	}
	if set.NArg() > 0 {
		fmt.Fprintf(errOut, "polder demo takes no argument %q\n", set.Arg(0))
		return f, errUsage
	}
	return f, nil
}

// runDemo is the command `polder demo`.
func runDemo(ctx context.Context, args []string, stdio stdio) error {
	f, err := parseDemo(args, stdio.Err)
	if err != nil {
		return err
	}
	dir, cleanUp, err := demoFolder(f)
	if err != nil {
		return err
	}
	defer cleanUp()
	d := &demo{flags: f, dir: dir, out: stdio.Out, progress: newProgress(stdio.Err), started: time.Now()}
	return d.run(ctx)
}

// demoFolder is the folder of the run: the given one, polder-demo here, or a
// temporary one for -once.
func demoFolder(f demoFlags) (string, func(), error) {
	switch {
	case f.dir != "":
		return f.dir, func() {}, os.MkdirAll(f.dir, 0o755)
	case !f.once:
		return "polder-demo", func() {}, os.MkdirAll("polder-demo", 0o755)
	}
	dir, err := os.MkdirTemp("", "polder-demo-")
	return dir, func() { os.RemoveAll(dir) }, err
}

// demo is one run.
type demo struct {
	flags    demoFlags
	dir      string
	out      io.Writer
	progress *progress
	started  time.Time

	plan    *demoPlan
	state   *demoState
	network *demoNetwork
	journal *journal
}

func (d *demo) run(ctx context.Context) error {
	nation, about, err := d.prepare()
	if err != nil {
		return err
	}
	log, closeLog, err := d.logFile()
	if err != nil {
		return err
	}
	defer closeLog()
	if d.journal, err = openJournal(filepath.Join(d.dir, "acknowledged.log")); err != nil {
		return err
	}
	defer d.journal.Close()
	d.progress.step("Starting %d instances (short delays: this is a -dev network)", 2+d.flags.municipalities)
	if d.network, err = startDemo(ctx, d.dir, d.state, d.plan, nation, d.flags.port, about, log); err != nil {
		return err
	}
	err = d.play(ctx)
	return errors.Join(err, d.network.Close())
}

// prepare reads the vote file, makes the plan and finds the state of the folder.
func (d *demo) prepare() (nation area.Area, about *pages.Demo, err error) {
	export, about, err := readVotes(d.flags.votes)
	if err != nil {
		return nation, nil, err
	}
	d.progress.step("%s", export.Finding.String())
	areas, err := area.Embedded()
	if err != nil {
		return nation, nil, err
	}
	if d.plan, err = planDemo(export, areas, d.flags.municipalities); err != nil {
		return nation, nil, err
	}
	if d.state, err = loadDemoState(d.dir); err != nil {
		return nation, nil, err
	}
	source := d.plan.digest()
	if d.state.Source != "" && (d.state.Source != source || d.state.Municipalities != d.flags.municipalities) {
		return nation, nil, fmt.Errorf("%s belongs to a demo with other votes or another number of municipalities: choose another -dir", d.dir)
	}
	d.state.Source, d.state.Municipalities = source, d.flags.municipalities
	return areas.Nation(), about, d.state.save()
}

// readVotes reads the given export, or the one that comes with the program.
func readVotes(path string) (*polis.Export, *pages.Demo, error) {
	if path == "" {
		export, err := demodata.Export()
		if err != nil {
			return nil, nil, fmt.Errorf("read the votes of the demo: %w", err)
		}
		return export, &pages.Demo{Source: pages.Link{Text: demodata.Name, URL: demodata.SourceURL}, Licence: demodata.Licence}, nil
	}
	export, err := polis.Read(path, "")
	if err != nil {
		return nil, nil, fmt.Errorf("read the vote file: %w", err)
	}
	return export, &pages.Demo{Source: pages.Link{Text: filepath.Base(path)}}, nil
}

func (d *demo) logFile() (*slog.Logger, func(), error) {
	file, err := os.OpenFile(filepath.Join(d.dir, "demo.log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("open the demo's log: %w", err)
	}
	return slog.New(slog.NewJSONHandler(file, nil)), func() { file.Close() }, nil
}

// play is the story of the demo.
func (d *demo) play(ctx context.Context) error {
	finished, open := demoRounds(d.plan)
	if err := d.officials(ctx); err != nil {
		return err
	}
	d.progress.step("Tying nation, province and municipalities together")
	if err := d.network.bind(ctx); err != nil {
		return err
	}
	d.progress.step("Opening a joint conversation over %d statements", len(d.plan.Questions))
	if err := d.network.hold(ctx, d.plan, d.state, finished); err != nil {
		return err
	}
	if err := d.cast(ctx, finished.slug, nil); err != nil {
		return err
	}
	if err := d.network.moderate(ctx, d.plan, finished.slug); err != nil {
		return err
	}
	d.progress.step("Closing, counting and adding up")
	if err := d.network.closeVoting(ctx, finished.slug); err != nil {
		return err
	}
	if err := d.network.final(ctx, finished.slug); err != nil {
		return err
	}
	report, err := d.check(ctx, finished.slug)
	if err != nil {
		return err
	}
	if d.flags.once {
		return d.show(report, false)
	}
	d.progress.step("Opening a second consultation for you")
	if err := d.network.hold(ctx, d.plan, d.state, open); err != nil {
		return err
	}
	fifth := func(v demoVoter) bool { return v.Rank%5 == 0 }
	if err := d.cast(ctx, open.slug, fifth); err != nil {
		return err
	}
	report.opened(d.network, open.slug)
	if err := d.show(report, true); err != nil {
		return err
	}
	<-ctx.Done()
	d.progress.step("Stopping")
	return nil
}

// cast casts the votes of a round, those of an earlier run left out. A round
// that is closed already takes none.
func (d *demo) cast(ctx context.Context, slug string, keep func(demoVoter) bool) error {
	con, err := d.network.nation.Service.ConsultationBySlug(ctx, slug)
	if err != nil {
		return err
	}
	if closedForVotes(con) {
		return nil
	}
	places, err := d.network.castPlaces(ctx, d.plan, d.state, slug)
	if err != nil {
		return err
	}
	d.progress.step("Casting votes")
	c := &caster{plan: d.plan, places: places, remote: d.network.remote, client: d.network.client, journal: d.journal,
		cookie: d.network.cookieFor, report: d.progress.count}
	if err := c.run(ctx, keep); err != nil {
		return fmt.Errorf("cast votes: %w", err)
	}
	d.progress.count(c.count.Load(), c.total)
	return nil
}

func (d *demo) show(r *demoReport, up bool) error {
	if d.flags.json {
		enc := json.NewEncoder(d.out)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(r); err != nil {
			return fmt.Errorf("print the result: %w", err)
		}
		return nil
	}
	return r.print(d.out, d, up)
}
