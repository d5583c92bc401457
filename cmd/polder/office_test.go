// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"polder/consensus"
	"polder/instance/config"
)

// newInstance makes an instance in a folder and gives what starts it.
func newInstance(t *testing.T, dir string) instanceOptions {
	t.Helper()
	o := instanceOptions{Dir: dir, URL: "http://gemeente.localhost:8441", Level: "municipality", Area: "GM0037", Name: "Gemeente Stadskanaal",
		Languages: []string{"nl", "en"}, Dev: true, Timing: timing(config.Default()), K: 10, Log: slog.New(slog.DiscardHandler)}
	if err := createInstance(o); err != nil {
		t.Fatal(err)
	}
	return o
}

// startTest starts an instance on a free port.
func startTest(t *testing.T, o instanceOptions) *running {
	t.Helper()
	var err error
	if o.Listener, err = listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	r, err := startInstance(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// polder runs a command line in this process.
func polder(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = execute(t.Context(), args, stdio{strings.NewReader("een lang wachtwoord\n"), &o, &e})
	return code, o.String(), e.String()
}

// announce makes a consultation that takes letter codes.
func announce(t *testing.T, r *running) {
	t.Helper()
	ctx := context.Background()
	if _, err := r.Service.CreateDraft(ctx, demoAuthor, benchDraft(r.Service.Now())); err != nil {
		t.Fatal(err)
	}
	if err := r.Service.StepConsultation(ctx, demoAuthor, benchSlug, consensus.Event{Kind: consensus.EventSubmit}); err != nil {
		t.Fatal(err)
	}
	if err := r.Service.StepConsultation(ctx, demoApprover, benchSlug, consensus.Event{Kind: consensus.EventApprove}); err != nil {
		t.Fatal(err)
	}
}

// TestCommandsWorkThroughBothDoors: a socket, or a loopback port where the path
// is too long for one. The commands cannot tell the difference.
func TestCommandsWorkThroughBothDoors(t *testing.T) {
	for _, c := range []struct{ name, below, left string }{
		{"socket", "a", doorSocket},
		{"loopback", strings.Repeat("very-long-name/", 8), doorFile},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(shortDir(t), c.below)
			o := newInstance(t, dir)
			r := startTest(t, o)
			d, err := openDoor(r, o)
			if err != nil {
				t.Fatal(err)
			}
			info, err := os.Lstat(filepath.Join(dir, c.left))
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", c.left, info, err)
			}
			announce(t, r)
			workThroughDoor(t, dir)
			if err := d.Close(); err != nil {
				t.Error(err)
			}
			if _, err := os.Lstat(filepath.Join(dir, c.left)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s is left: %v", c.left, err)
			}
		})
	}
}

// shortDir is a temporary folder whose path leaves room for a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "p")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func workThroughDoor(t *testing.T, dir string) {
	t.Helper()
	file := func(name string) string { return filepath.Join(t.TempDir(), name) }
	hashes, backup := file("h.txt"), file("b.zip")
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"account create -username griffie -email g@example.nl -role editor -password-stdin", 0, "otpauth://totp/"},
		{"account create -username griffie -email h@example.nl -role editor -password-stdin", 1, "already in use"},
		{"account list", 0, "griffie"},
		{"account token -username griffie", 0, "\n"},
		{"codes generate -count 7 -out-print " + file("p.csv") + " -out-hash " + hashes, 0, "7 codes"},
		{"codes import -consultation " + benchSlug + " " + hashes, 0, "7 new codes for " + benchSlug},
		{"codes import -consultation " + benchSlug + " " + hashes, 0, "0 new codes"},
		{"codes import -consultation nothing " + hashes, 1, `there is no consultation "nothing"`},
		{"backup -with-secrets -out " + backup, 0, "with the private keys"},
		{"health", 0, "ok"},
	} {
		args := strings.Fields(c.args)
		if !strings.HasPrefix(c.args, "codes generate") {
			args = append(args, "-dir", dir)
		}
		code, out, errs := polder(t, args...)
		if code != c.code || !strings.Contains(out+errs, c.says) {
			t.Errorf("polder %s: exit %d\n%s%s", c.args, code, out, errs)
		}
	}
	restored := file("r")
	if code, _, errs := polder(t, "restore", backup, "-dir", restored); code != 0 {
		t.Fatalf("restore: %s", errs)
	}
	if _, out, errs := polder(t, "account", "list", "-dir", restored); !strings.Contains(out, "griffie") {
		t.Errorf("restored without the account: %s%s", out, errs)
	}
}

func TestLoopbackDoorWantsItsSecret(t *testing.T) {
	dir := filepath.Join(shortDir(t), strings.Repeat("very-long-name/", 8))
	o := newInstance(t, dir)
	r := startTest(t, o)
	d, err := openDoor(r, o)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	found, err := findDoor(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"", "wrong", found.secret + "x"} {
		thief := *found
		thief.secret = secret
		if _, err := thief.Accounts(t.Context()); err == nil {
			t.Errorf("secret %q opens the door", secret)
		}
	}
	if _, err := found.Accounts(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestBackupThatBreaksOffIsRefused: a connection that ends early is never taken
// for the whole.
func TestBackupThatBreaksOffIsRefused(t *testing.T) {
	for end, handler := range map[string]http.HandlerFunc{
		"did not finish": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", backupEnd)
			w.Write([]byte("half"))
			w.Header().Set(backupEnd, "error: the disk is full")
		},
		"receive the backup": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", backupEnd)
			w.Write(make([]byte, 1<<16))
			panic(http.ErrAbortHandler)
		},
	} {
		r := &remoteOffice{client: &http.Client{Transport: handlerTransport{t, handler}}, base: "http://control"}
		out := filepath.Join(t.TempDir(), "b.zip")
		_, err := backupTo(t.Context(), r, out, false)
		if err == nil || !strings.Contains(err.Error(), end) {
			t.Errorf("%v, want %q", err, end)
		}
		if left, _ := filepath.Glob(out + "*"); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

// handlerTransport serves requests by a handler over a real connection.
type handlerTransport struct {
	t *testing.T
	h http.Handler
}

func (h handlerTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	l, err := listen("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &http.Server{Handler: h.h}
	go s.Serve(l)
	h.t.Cleanup(func() { s.Close() })
	out := req.Clone(req.Context())
	out.URL.Host = l.Addr().String()
	return http.DefaultTransport.RoundTrip(out)
}

// TestInstancesShareAProcess: several run side by side, and each gives its store
// and port back when it is closed or its context ends.
func TestInstancesShareAProcess(t *testing.T) {
	first, second := newInstance(t, t.TempDir()), newInstance(t, t.TempDir())
	for range 2 {
		a := startTest(t, first)
		ctx, cancel := context.WithCancel(context.Background())
		var err error
		if second.Listener, err = listen("127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		b, err := startInstance(ctx, second)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []*running{a, b} {
			resp, err := http.Get("http://" + r.Addr + "/healthz")
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			if string(body) != "ok\n" {
				t.Errorf("health: %s", body)
			}
		}
		cancel()
		if err := errors.Join(a.Close(), b.Wait()); err != nil {
			t.Error(err)
		}
	}
}

func TestFlagsStandAnywhere(t *testing.T) {
	for _, c := range []struct {
		args string
		want string
	}{
		{"-dir D F", "D F"}, {"F -dir D", "D F"}, {"F --dir D", "D F"}, {"--dir=D F", "D F"}, {"-dir D -- -F", "D -F"},
		{"F", " F"}, {"", "the file is missing"}, {"F G", `takes no argument "G"`}, {"-x F", "not defined"}, {"F -dir", "needs an argument"},
	} {
		f := newFlags("try")
		dir := f.String("dir", "", "")
		given, err := f.parse(strings.Fields(c.args), stdio{}, "the file")
		got := fmt.Sprint(err)
		if err == nil {
			got = *dir + " " + strings.Join(given, " ")
		} else if !errors.Is(err, errUsage) {
			t.Errorf("%q: %v is no wrong usage", c.args, err)
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%q: %q, want %q", c.args, got, c.want)
		}
	}
}
