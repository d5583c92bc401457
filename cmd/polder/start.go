// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"polder/activitypub/client"
	"polder/consensus/area"
	"polder/instance"
	"polder/instance/boltstore"
	"polder/instance/locale"
	"polder/instance/store"
	"polder/instance/web"
	"polder/instance/web/pages"
	"polder/static"
)

// instanceOptions are what one instance is made and started with.
type instanceOptions struct {
	Dir       string // holds polder.toml, polder.db, keys and secrets
	URL       string // public address
	Level     string // municipality, province, nation
	Area      string // CBS code
	Name      string
	Parent    string // address of the instance above, or empty
	Languages []string
	Dev       bool

	Listener          net.Listener
	CertFile, KeyFile string // empty: plain http
	TrustedProxies    []*net.IPNet

	Timing  instance.Timing
	K       int // smallest number that is shown
	Contact string
	Look    static.Options
	Demo    *pages.Demo // set in a demonstration
	Log     *slog.Logger
}

// storeFile is the name of the store in the folder of an instance.
const storeFile = "polder.db"

// running is one instance at work: store, keys, service, workers and web
// server as one value. Several may run in one process.
type running struct {
	Service *instance.Service
	Keys    *instance.Keyring
	Store   *store.Store
	Base    string // public address
	Addr    string // where it listens

	sealer *pages.Sealer
	client *client.Client
	stop   context.CancelFunc
	group  *errgroup.Group
	ended  chan struct{} // closed when err is final
	err    error
}

// startInstance starts an instance from its folder. It ends when ctx does, when
// Close is called, or when a part of it fails. The listener is closed even if
// the start fails.
func startInstance(ctx context.Context, o instanceOptions) (*running, error) {
	r := &running{Base: o.URL, Addr: o.Listener.Addr().String(), ended: make(chan struct{})}
	handler, err := r.assemble(ctx, o)
	if err != nil {
		o.Listener.Close()
		if r.Store != nil {
			r.Store.Close()
		}
		return nil, err
	}
	ctx, r.stop = context.WithCancel(ctx)
	r.group, ctx = errgroup.WithContext(ctx)
	r.group.Go(func() error { return web.Serve(ctx, o.Listener, handler, o.CertFile, o.KeyFile) })
	r.group.Go(func() error { return r.Service.Run(ctx) })
	go r.finish()
	return r, nil
}

// assemble opens the store and wires everything up to the HTTP handler.
func (r *running) assemble(ctx context.Context, o instanceOptions) (http.Handler, error) {
	var err error
	if r.Keys, err = instance.LoadKeyring(o.Dir); err != nil {
		return nil, err
	}
	if r.Store, err = openStore(ctx, o.Dir); err != nil {
		return nil, err
	}
	areas, err := area.Embedded()
	if err != nil {
		return nil, err
	}
	texts, err := loadTexts()
	if err != nil {
		return nil, err
	}
	limits := web.NewLimits(web.DefaultLimits(), time.Now)
	r.client = client.New(client.Options{UserAgent: "polder/" + version() + " (+" + o.URL + ")", AllowPrivate: o.Dev})
	opt := instance.Options{
		BaseURL: o.URL, Level: o.Level, Area: o.Area, Name: o.Name, Languages: o.Languages, Parent: o.Parent,
		Dev: o.Dev, K: o.K, Version: version(), Contact: o.Contact, Timing: o.Timing,
		Store: r.Store, Keys: r.Keys, Client: r.client, Areas: areas, Texts: texts, Now: time.Now, Log: o.Log,
	}
	if !o.Dev { // in development all peers share the loopback address
		opt.AdmitHost = func(host string) (time.Duration, bool) { return limits.Allow("inbox-host", host) }
	}
	if r.Service, err = instance.New(ctx, opt); err != nil {
		return nil, err
	}
	return r.handler(o, areas, texts, limits)
}

// openStore opens the store in the folder of an instance.
func openStore(ctx context.Context, dir string) (*store.Store, error) {
	engine, err := boltstore.Open(filepath.Join(dir, storeFile))
	if err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, engine)
	if err != nil {
		engine.Close()
		return nil, err
	}
	return s, nil
}

// loadTexts reads the catalogues; times are shown as in the Netherlands.
func loadTexts() (*locale.Catalogues, error) {
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		return nil, fmt.Errorf("load the time zone: %w", err)
	}
	return locale.Load(zone)
}

// finish waits for workers and web server, and closes the store after both.
func (r *running) finish() {
	err := r.group.Wait()
	r.stop()
	r.client.Close()
	if errors.Is(err, context.Canceled) || errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	r.err = errors.Join(err, r.Store.Close())
	close(r.ended)
}

// Wait returns when the instance has ended and its store is closed. Its error
// is nil after Close or the end of the context.
func (r *running) Wait() error {
	<-r.ended
	return r.err
}

// Close stops the workers, drains the web server for at most ten seconds and
// closes the store.
func (r *running) Close() error {
	r.stop()
	return r.Wait()
}
