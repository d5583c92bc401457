// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"polder/activitypub/client"
	"polder/consensus/area"
	"polder/consensus/opinion"
	"polder/instance"
	"polder/instance/auth"
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
	StorePath string // empty: polder.db in Dir
	URL       string // public address
	Level     string // municipality, province, nation
	Area      string // CBS code
	Name      string
	Parent    string // address of the instance above, or empty
	Languages []string
	Dev       bool
	// PasswordOnly lets staff in without a second factor.
	PasswordOnly bool

	Listener          net.Listener
	CertFile, KeyFile string // empty: plain http
	TrustedProxies    []*net.IPNet

	Timing  instance.Timing
	Opinion opinion.Params // floors of opinion rounds; the zero value is the default
	K       int            // smallest number that is shown
	Contact string
	Limits  map[string]auth.Limit // nil: those of security.md 4.4
	Look    static.Options
	Demo    *pages.Demo // set in a demonstration
	Log     *slog.Logger
}

// storeFile is the name of the store in the folder of an instance.
const storeFile = "polder.db"

// opened is an instance whose parts are put together, but which does nothing by
// itself yet: no workers, no web server.
type opened struct {
	Service *instance.Service
	Auth    *auth.Authenticator
	Keys    *instance.Keyring
	Store   *store.Store

	limiter *auth.Limiter
	client  *client.Client
	areas   *area.List
	texts   *locale.Catalogues
}

// running is one instance at work: store, keys, service, workers and web
// server as one value. Several may run in one process.
type running struct {
	*opened
	Base string // public address
	Addr string // where it listens

	tls    bool
	sealer *pages.Sealer
	stop   context.CancelFunc
	group  *errgroup.Group
	ended  chan struct{} // closed when err is final
	err    error
}

// startInstance starts an instance from its folder. It ends when ctx does, when
// Close is called, or when a part of it fails. The listener is closed even if
// the start fails.
func startInstance(ctx context.Context, o instanceOptions) (*running, error) {
	parts, err := openInstance(ctx, o)
	if err != nil {
		o.Listener.Close()
		return nil, err
	}
	r := &running{opened: parts, Base: o.URL, Addr: o.Listener.Addr().String(), tls: o.CertFile != "", ended: make(chan struct{})}
	handler, err := r.handler(o)
	if err != nil {
		o.Listener.Close()
		return nil, errors.Join(err, parts.Close())
	}
	ctx, r.stop = context.WithCancel(ctx)
	r.group, ctx = errgroup.WithContext(ctx)
	r.group.Go(func() error { return web.Serve(ctx, o.Listener, handler, o.CertFile, o.KeyFile) })
	r.group.Go(func() error { return r.Service.Run(ctx) })
	go r.finish()
	return r, nil
}

// openInstance puts the parts of an instance together from its folder.
func openInstance(ctx context.Context, o instanceOptions) (_ *opened, err error) {
	p := &opened{}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	if p.Keys, err = instance.LoadKeyring(o.Dir); err != nil {
		return nil, err
	}
	if p.Store, err = openStore(ctx, storePath(o)); err != nil {
		return nil, err
	}
	if p.areas, err = area.Embedded(); err != nil {
		return nil, err
	}
	if p.texts, err = loadTexts(); err != nil {
		return nil, err
	}
	p.limiter = auth.NewLimiter(auth.LimiterOptions{Limits: limitsOf(o), Now: time.Now, ExemptLoopback: o.Dev})
	p.client = client.New(client.Options{UserAgent: "polder/" + version() + " (+" + o.URL + ")", AllowPrivate: o.Dev})
	if p.Service, err = instance.New(ctx, p.serviceOptions(o)); err != nil {
		return nil, err
	}
	p.Auth, err = auth.New(auth.Options{Store: p.Store, Key: p.Keys.Application, Now: time.Now, Limiter: p.limiter, Issuer: o.Name,
		StaffTOTP: !o.PasswordOnly, Audit: func(tx *store.Tx, actor, action, target string) error {
			return p.Service.AuditIn(tx, actor, action, target, "")
		}})
	return p, err
}

func (p *opened) serviceOptions(o instanceOptions) instance.Options {
	opt := instance.Options{
		BaseURL: o.URL, Level: o.Level, Area: o.Area, Name: o.Name, Languages: o.Languages, Parent: o.Parent,
		Dev: o.Dev, K: o.K, Version: version(), Contact: o.Contact, Timing: o.Timing, Opinion: o.Opinion,
		Store: p.Store, Keys: p.Keys, Client: p.client, Areas: p.areas, Texts: p.texts, Now: time.Now, Log: o.Log,
	}
	if !o.Dev { // in development all peers are on this computer
		opt.AdmitHost = func(host string) (time.Duration, bool) { return p.limiter.Allow("inbox-host", host) }
	}
	return opt
}

// Close closes the store.
func (p *opened) Close() error {
	if p.client != nil {
		p.client.Close()
	}
	if p.Store == nil {
		return nil
	}
	return p.Store.Close()
}

// limitsOf are the rate limits, by the names under which web asks for them.
func limitsOf(o instanceOptions) map[string]auth.Limit {
	limits := o.Limits
	if limits == nil {
		limits = auth.DefaultLimits()
	}
	limits = maps.Clone(limits)
	limits["bad-signature"], limits["votes"] = limits["signature"], limits["vote"]
	return limits
}

func storePath(o instanceOptions) string {
	if o.StorePath != "" {
		return o.StorePath
	}
	return filepath.Join(o.Dir, storeFile)
}

// openStore opens a store that is there.
func openStore(ctx context.Context, path string) (*store.Store, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("there is no store at %s; polder init makes one, polder restore brings one back", path)
	}
	return createStore(ctx, path)
}

// createStore opens a store, or makes an empty one.
func createStore(ctx context.Context, path string) (*store.Store, error) {
	engine, err := boltstore.Open(path)
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
	if errors.Is(err, context.Canceled) || errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	r.err = errors.Join(err, r.opened.Close())
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
