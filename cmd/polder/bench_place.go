// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/instance"
	"polder/instance/config"
	"polder/instance/web"
	"polder/instance/web/pages"
)

const (
	benchSlug      = "meting"
	benchQuestions = 10
	benchUsers     = 40 // accounts of the remote server
)

// benchPlace is the instance that is measured: real, in a temporary folder,
// with one open consultation, in a process of its own.
type benchPlace struct {
	flags  benchFlags
	dir    string
	opt    instanceOptions
	addr   string
	con    string // id of the consultation
	codes  []string
	sealer *pages.Sealer

	child  *exec.Cmd // the instance
	inside *running  // the instance, if it runs in this process

	remote      *remoteServer
	closeRemote func() error
}

// newBenchPlace makes the instance and starts it.
func newBenchPlace(ctx context.Context, f benchFlags) (_ *benchPlace, err error) {
	dir, err := os.MkdirTemp("", "polder-bench-")
	if err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	p := &benchPlace{flags: f, dir: dir, closeRemote: func() error { return nil }}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p.addr = l.Addr().String()
	_, port, err := net.SplitHostPort(p.addr)
	if err = errors.Join(err, l.Close()); err != nil {
		return nil, err
	}
	p.opt = instanceOptions{Dir: filepath.Join(dir, "instance"), URL: "http://meting.localhost:" + port, Level: "municipality", Area: "GM0037",
		Name: "Meting", Languages: []string{"nl", "en", "fy"}, Dev: true, Log: slog.New(slog.DiscardHandler),
		Contact: "mailto:meting@polder.example", K: config.Default().Privacy.K, Timing: timing(config.Default())}
	if err := createInstance(p.opt); err != nil {
		return nil, err
	}
	if err := p.prepare(ctx); err != nil {
		return nil, err
	}
	if err := p.startRemote(ctx); err != nil {
		return nil, err
	}
	return p, p.start(ctx)
}

// prepare opens a consultation and imports letter codes, one for every ten votes.
func (p *benchPlace) prepare(ctx context.Context) (err error) {
	o, err := openInstance(ctx, p.opt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	if p.sealer, err = pages.NewSealer(o.Keys.Application, rand.Reader, p.opt.URL); err != nil {
		return err
	}
	con, err := o.Service.CreateDraft(ctx, demoAuthor, benchDraft(time.Now()))
	if err != nil {
		return err
	}
	p.con = con.ID
	for _, step := range []struct {
		by   consensus.Actor
		kind consensus.EventKind
	}{{demoAuthor, consensus.EventSubmit}, {demoApprover, consensus.EventApprove}} {
		if err := o.Service.StepConsultation(ctx, step.by, benchSlug, consensus.Event{Kind: step.kind}); err != nil {
			return err
		}
	}
	if err := o.Service.Tick(ctx); err != nil {
		return err
	}
	return p.letters(ctx, o)
}

func (p *benchPlace) letters(ctx context.Context, o *opened) error {
	key, err := eligibility.GenerateSecret(rand.Reader)
	if err != nil {
		return err
	}
	list, err := eligibility.GenerateCodes(rand.Reader, key.Bytes(), p.flags.count/benchQuestions+1)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := eligibility.WriteHashes(&file, rand.Reader, key.Bytes(), list); err != nil {
		return err
	}
	if _, err := o.Service.ImportCodes(ctx, byCommand, benchSlug, &file); err != nil {
		return err
	}
	for _, c := range list {
		p.codes = append(p.codes, c.Hash)
	}
	return nil
}

// benchDraft is a consultation of ten questions, open for a day from now.
func benchDraft(now time.Time) instance.Draft {
	phase := consensus.Phase{Kind: consensus.PhaseVote, StartsAt: now.UTC().Truncate(time.Second),
		EndsAt: now.Add(24 * time.Hour).UTC().Truncate(time.Second), Switches: consensus.Switches{Vote: true}}
	charter := demoCharter(phase)
	charter.WhoMayTakePart.Areas = []string{"GM0037"}
	d := instance.Draft{Slug: benchSlug, Title: map[string]string{"nl": "Meting"}, Charter: charter,
		Definition: consensus.Definition{RollDate: now.Format(time.DateOnly), MinAge: 16, K: 10, Results: consensus.ResultsAfterClose,
			Levels:   []eligibility.Level{eligibility.Open, eligibility.Fediverse, eligibility.Code},
			Official: []eligibility.Level{eligibility.Code}}}
	for i := range benchQuestions {
		q := demoQuestion{ID: fmt.Sprintf("q%d", i), Text: fmt.Sprintf("Stelling %d van de meting", i)}
		d.Definition.Questions = append(d.Definition.Questions, q.question())
	}
	return d
}

func (p *benchPlace) startRemote(ctx context.Context) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	base := fmt.Sprintf("http://fediverse.localhost:%d", l.Addr().(*net.TCPAddr).Port)
	if p.remote, _, err = newRemoteServer(base, nil); err != nil {
		l.Close()
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- web.Serve(ctx, l, p.remote, "", "") }()
	p.closeRemote = func() error {
		cancel()
		return <-done
	}
	return nil
}

// start runs the instance until it answers.
func (p *benchPlace) start(ctx context.Context) (err error) {
	if p.flags.profile != "" {
		if p.opt.Listener, err = listen(p.addr); err != nil {
			return err
		}
		p.inside, err = startInstance(ctx, p.opt)
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	p.child = exec.CommandContext(ctx, self, "serve", "-dir", p.opt.Dir, "-listen", p.addr, "-dev", "-log-level", "error")
	var said bytes.Buffer
	p.child.Stderr = &said
	out, err := p.child.StdoutPipe()
	if err != nil {
		return err
	}
	if err := p.child.Start(); err != nil {
		return fmt.Errorf("start the instance: %w", err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		p.child.Wait()
		p.child = nil
		return fmt.Errorf("start the instance: %s", oneLine(said.String()))
	}
	go io.Copy(io.Discard, out) // until the process ends
	return p.ready(ctx)
}

// ready asks until the start-up guard has passed.
func (p *benchPlace) ready(ctx context.Context) error {
	for {
		resp, err := http.Get("http://" + p.addr + "/readyz")
		if err != nil {
			return err
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// halt stops the instance.
func (p *benchPlace) halt() error {
	switch {
	case p.inside != nil:
		r := p.inside
		p.inside = nil
		return r.Close()
	case p.child != nil:
		c := p.child
		p.child = nil
		return errors.Join(c.Process.Signal(syscall.SIGTERM), c.Wait())
	}
	return nil
}

// Close stops everything and removes the folder.
func (p *benchPlace) Close() error {
	return errors.Join(p.halt(), p.closeRemote(), os.RemoveAll(p.dir))
}
