// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"polder/consensus/opinion"
	"polder/instance"
)

// shownGroups is what `opinion show` tells of a conversation: public figures
// alone.
type shownGroups struct {
	At         time.Time             `json:"at"`
	Interim    bool                  `json:"interim,omitempty"`
	Joint      bool                  `json:"joint,omitempty"`
	Quality    opinion.Level         `json:"quality,omitempty"`
	Coverage   opinion.RoundCoverage `json:"coverage"`
	Statements []shownStatement      `json:"statements"`
	Result     *opinion.PublicResult `json:"result"`
}

type shownStatement struct {
	Number int    `json:"number"`
	Text   string `json:"text"`
}

// Groups gives the public opinion groups of a conversation.
func (d *desk) Groups(ctx context.Context, slug string) (*shownGroups, error) {
	con, err := d.Service.ConsultationBySlug(ctx, slug)
	if err != nil {
		return nil, noSuch(err, "there is no consultation %q", slug)
	}
	g, err := d.Service.Groups(ctx, con)
	if err != nil {
		return nil, noSuch(err, "%q has no opinion groups that may be shown yet", slug)
	}
	out := &shownGroups{At: g.At, Interim: g.Interim, Joint: g.Joint, Quality: g.Level, Coverage: g.Coverage, Result: g.Public}
	for _, c := range g.Columns {
		out.Statements = append(out.Statements, shownStatement{c.Number, c.Text})
	}
	return out, nil
}

// OpenData gives one file of the open data of a conversation.
func (d *desk) OpenData(ctx context.Context, slug, name string) ([]byte, error) {
	con, err := d.Service.ConsultationBySlug(ctx, slug)
	if err != nil {
		return nil, noSuch(err, "there is no consultation %q", slug)
	}
	f, err := d.Service.OpenData(ctx, con, name)
	return f.Content, noSuch(err, "%q has no final result to export yet", slug)
}

// noSuch says in words what is not there; other errors stay what they are.
func noSuch(err error, format string, args ...any) error {
	var e *instance.Error
	if errors.As(err, &e) && e.Code == instance.CodeNotFound {
		return fmt.Errorf(format, args...)
	}
	return err
}

// runOpinionShow is `polder opinion show`.
func runOpinionShow(ctx context.Context, args []string, io stdio) error {
	f := newFlags("opinion show")
	dir := f.String("dir", "", "folder of the instance")
	asJSON := f.Bool("json", false, "print JSON")
	given, err := f.parse(args, io, "CONSULTATION")
	if err != nil {
		return err
	}
	if err := f.require("dir"); err != nil {
		return err
	}
	o, err := enterOffice(ctx, *dir)
	if err != nil {
		return err
	}
	g, err := o.Groups(ctx, given[0])
	if err := errors.Join(err, o.Close()); err != nil {
		return err
	}
	if *asJSON {
		return json.NewEncoder(io.Out).Encode(g)
	}
	_, err = fmt.Fprint(io.Out, g.text())
	return err
}

// text is a short report: groups, and what all of them agree on.
func (g *shownGroups) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Computed %s", g.At.Format("2006-01-02 15:04"))
	if g.Interim {
		b.WriteString(", while people vote: figures are rounded to 5")
	}
	b.WriteString(".\n")
	if g.Joint {
		fmt.Fprintf(&b, "%d people of %d places; %d of them in the model.\n", g.Coverage.ParticipantsTotal, g.Coverage.InstancesInTally, g.Coverage.ParticipantsInModel)
	}
	if g.Result.K == nil {
		fmt.Fprintf(&b, "No opinion groups: %s.\n", g.Result.Reason)
		return b.String()
	}
	fmt.Fprintf(&b, "%d opinion groups", *g.Result.K)
	if g.Quality != "" {
		fmt.Fprintf(&b, ", %s", g.Quality)
	}
	b.WriteString(":\n")
	for i, n := range g.Result.Sizes {
		fmt.Fprintf(&b, "  %c  %d people\n", 'A'+i, n)
	}
	b.WriteString("\nWhat the groups agree on most:\n")
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, j := range g.Result.Ranking[:min(5, len(g.Result.Ranking))] {
		if j < len(g.Statements) {
			fmt.Fprintf(w, "  %d\t%s\n", g.Statements[j].Number, g.Statements[j].Text)
		}
	}
	w.Flush()
	return b.String()
}

// runOpinionExport is `polder opinion export`.
func runOpinionExport(ctx context.Context, args []string, io stdio) error {
	f := newFlags("opinion export")
	dir := f.String("dir", "", "folder of the instance")
	out := f.String("out", "", "folder for the files; it is made if it is not there")
	given, err := f.parse(args, io, "CONSULTATION")
	if err != nil {
		return err
	}
	if err := f.require("dir", "out"); err != nil {
		return err
	}
	o, err := enterOffice(ctx, *dir)
	if err != nil {
		return err
	}
	files := map[string][]byte{}
	for _, name := range instance.DataNames {
		if files[name], err = o.OpenData(ctx, given[0], name); err != nil {
			return errors.Join(err, o.Close())
		}
	}
	if err := o.Close(); err != nil {
		return err
	}
	if err := os.MkdirAll(*out, 0o755); err != nil {
		return fmt.Errorf("make the folder for the files: %w", err)
	}
	for _, name := range instance.DataNames {
		if err := os.WriteFile(filepath.Join(*out, name), files[name], 0o644); err != nil {
			return fmt.Errorf("write %s: %w", strconv.Quote(name), err)
		}
	}
	_, err = fmt.Fprintf(io.Out, "%d files in %s. They hold counts, no votes of persons.\n", len(files), *out)
	return err
}
