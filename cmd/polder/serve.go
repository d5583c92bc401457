// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"polder/instance/config"
)

// runServe is `polder serve`.
func runServe(ctx context.Context, args []string, io stdio) error {
	src, show, err := serveFlags(args, io)
	if err != nil {
		return err
	}
	c, err := loadConfig(src)
	if err != nil {
		return err
	}
	if show {
		return c.PrintConfig(io.Out)
	}
	for _, w := range append(c.Warnings(), withoutEffect(c)...) {
		fmt.Fprintf(io.Err, "WARNING: %s\n", w)
	}
	return serve(ctx, c, io)
}

// serveFlags reads the command line into the sources of a configuration.
func serveFlags(args []string, io stdio) (src config.Sources, show bool, err error) {
	f := newFlags("serve")
	src = config.Sources{Environ: os.Environ(), Flags: map[string]string{}}
	f.StringVar(&src.Dir, "dir", "", "folder of the instance")
	f.StringVar(&src.File, "config", "", "configuration file (default polder.toml in -dir)")
	f.BoolVar(&src.Dev, "dev", false, "for trying out: http, loopback peers, no rate limits for loopback")
	f.BoolVar(&show, "print-config", false, "print the configuration in force and stop")
	f.String("listen", "", "address to listen on, such as 127.0.0.1:8080 or :0")
	f.String("tls-cert", "", "PEM file of the certificate")
	f.String("tls-key", "", "PEM file of its key")
	f.String("log-level", "", "debug, info, warn or error")
	f.Func("set", "key=value of the configuration; may be repeated", func(pair string) error {
		src.Set = append(src.Set, pair)
		return nil
	})
	if _, err := f.parse(args, io); err != nil {
		return src, false, err
	}
	f.Visit(func(g *flag.Flag) {
		switch g.Name {
		case "listen", "tls-cert", "tls-key", "log-level":
			src.Flags["--"+g.Name] = g.Value.String()
		}
	})
	return src, show, f.require("dir")
}

// loadConfig loads a configuration; everything that is wrong becomes one error.
func loadConfig(src config.Sources) (*config.Config, error) {
	c, err := config.Load(src)
	var problems config.Problems
	if errors.As(err, &problems) {
		return nil, fmt.Errorf("the configuration cannot be used: %s", strings.Join(problems, "; "))
	}
	if err != nil {
		return nil, err
	}
	if c.TLS.ACME || !c.Federation.Enabled {
		return nil, errors.New("this version can neither fetch certificates (tls.acme) nor run without federation (federation.enabled = false)")
	}
	return c, nil
}

// withoutEffect names settings whose feature this version does not have, so
// that nobody counts on them.
func withoutEffect(c *config.Config) []string {
	var list []string
	for _, key := range []string{"mail.host", "oidc.issuer", "metrics.listen", "ui.embed_origins", "clients.resident_polls", "limits.code_tries"} {
		if c.Origin(key) != "default" {
			list = append(list, key+" has no effect in this version")
		}
	}
	return list
}

// serve runs the instance until ctx ends.
func serve(ctx context.Context, c *config.Config, io stdio) error {
	o, err := options(c)
	if err != nil {
		return err
	}
	if err := isInstance(o.Dir); err != nil {
		return err
	}
	o.Log = newLog(io.Err, c.LogLevel)
	if err := compareClock(ctx, o); err != nil {
		return err
	}
	if err := checkCertificate(o); err != nil {
		return err
	}
	if o.Listener, err = listen(c.Server.Listen); err != nil {
		return err
	}
	r, err := startInstance(ctx, o)
	if err != nil {
		return err
	}
	door, err := openDoor(r, o)
	if err != nil {
		return errors.Join(err, r.Close())
	}
	fmt.Fprintf(io.Out, "%s is up: listening on %s, public address %s\n", o.Name, listening(r.Addr, r.tls), r.Base)
	return errors.Join(r.Wait(), door.Close())
}

// isInstance tells what is missing from a folder that cannot be served.
func isInstance(dir string) error {
	_, err := os.Stat(filepath.Join(dir, "keys"))
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrNotExist):
		if _, err := os.Stat(filepath.Join(dir, storeFile)); err == nil {
			return fmt.Errorf("%s has no keys: put the folders keys and secrets of this instance back, or restore a backup made with -with-secrets", dir)
		}
		return fmt.Errorf("%s is not the folder of an instance; polder init makes one", dir)
	}
	return err
}

// checkCertificate finds a wrong file before anything is started.
func checkCertificate(o instanceOptions) error {
	if o.CertFile == "" {
		return nil
	}
	if _, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile); err != nil {
		return fmt.Errorf("certificate %s with key %s: %w", o.CertFile, o.KeyFile, err)
	}
	return nil
}

// listen takes the port.
func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use by another program; choose another with -listen", address)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("this user may not listen on %s; choose a port from 1024 on with -listen", address)
	case err != nil:
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return l, nil
}

func listening(addr string, secure bool) string {
	if secure {
		return "https://" + addr
	}
	return "http://" + addr
}

// newLog writes text on a terminal and JSON elsewhere.
func newLog(w io.Writer, level slog.Level) *slog.Logger {
	opt := &slog.HandlerOptions{Level: level}
	if isTerminal(w) {
		return slog.New(slog.NewTextHandler(w, opt))
	}
	return slog.New(slog.NewJSONHandler(w, opt))
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
