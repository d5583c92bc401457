// SPDX-License-Identifier: EUPL-1.2

package federationtest

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"polder/activitypub/client"
	"polder/consensus"
	"polder/consensus/area"
	"polder/consensus/opinion"
	"polder/instance"
	"polder/instance/boltstore"
	"polder/instance/locale"
	"polder/instance/store"
	"polder/instance/web"
	"polder/instance/web/fedapi"
)

// Place names one instance of a cluster.
type Place struct {
	Host  string // also the name by which tests ask for it
	Level string
	Area  string
	Name  string
}

// The usual cast: one nation, one province, two of its municipalities.
var (
	Nation    = Place{"rijk.test", "nation", "NL01", "Nederland"}
	Province  = Place{"provincie.test", "province", "PV20", "Provincie Groningen"}
	Groningen = Place{"groningen.test", "municipality", "GM0014", "Gemeente Groningen"}
	Midden    = Place{"midden.test", "municipality", "GM1952", "Gemeente Midden-Groningen"}
)

// Cluster is a set of instances with one clock.
type Cluster struct {
	t     testing.TB
	Nodes map[string]*Node
	order []string
	net   *network
	dev   bool           // short delays, no limits
	floor opinion.Params // of opinion rounds; the zero value is the default

	mu  sync.Mutex
	now time.Time
}

// Node is one instance.
type Node struct {
	Place
	Service *instance.Service
	Handler http.Handler
	Dir     string

	cluster *Cluster
	store   *store.Store
	server  *httptest.Server // for requests over a real connection; nil until there are any
	serial  int              // of forged activities
}

// Officials of every instance; their roles are those of a small office.
var (
	Author   = consensus.Actor{ID: "author", Roles: consensus.NewRoles(consensus.RoleEditor, consensus.RoleProjectLead)}
	Approver = consensus.Actor{ID: "approver", Roles: consensus.NewRoles(consensus.RoleAdmin, consensus.RoleProcessOwner)}
)

// NewCluster starts instances that know nothing of each other yet.
func NewCluster(t testing.TB, places ...Place) *Cluster {
	t.Helper()
	return newCluster(t, true, places)
}

// NewStrictCluster starts them as on the internet: without -dev, so every limit
// holds.
func NewStrictCluster(t testing.TB, places ...Place) *Cluster {
	t.Helper()
	return newCluster(t, false, places)
}

// NewOpenCluster is a cluster whose opinion rounds withhold nothing, so that
// they give what one place with all votes would.
func NewOpenCluster(t testing.TB, places ...Place) *Cluster {
	t.Helper()
	floor := opinion.DefaultParams()
	floor.PairMin, floor.MinShare = 1, 1
	return newCluster(t, true, places, func(c *Cluster) { c.floor = floor })
}

func newCluster(t testing.TB, dev bool, places []Place, with ...func(*Cluster)) *Cluster {
	t.Helper()
	c := &Cluster{t: t, Nodes: map[string]*Node{}, dev: dev, now: time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)}
	for _, set := range with {
		set(c)
	}
	c.net = &network{cluster: c, down: map[string]bool{}}
	for _, p := range places {
		c.Nodes[p.Host] = c.start(p, t.TempDir())
		c.order = append(c.order, p.Host)
	}
	return c
}

// Node finds an instance by its place.
func (c *Cluster) Node(p Place) *Node { return c.Nodes[p.Host] }

// Now is the clock of the cluster.
func (c *Cluster) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock and settles.
func (c *Cluster) Advance(d time.Duration) {
	c.t.Helper()
	c.mu.Lock()
	c.now = c.now.Add(d)
	c.mu.Unlock()
	c.Settle()
}

// Timing of a cluster: the delays of the specification shortened to minutes.
var Timing = instance.Timing{MergeDelay: time.Minute, Grace: time.Minute, TallyBy: 10 * time.Minute,
	Objection: 10 * time.Minute, Debounce: 30 * time.Second, Interim: time.Minute, PollOpen: 15 * time.Minute,
	PollCounting: 2 * time.Minute, QuestionUpdate: 3 * time.Minute,
	StatsDeadline: 5 * time.Minute, StepDeadline: time.Minute, ShareGap: 24 * time.Hour}

func (c *Cluster) start(p Place, dir string) *Node {
	c.t.Helper()
	keys, err := keysOf(p.Host, dir)
	if err != nil {
		c.t.Fatal(err)
	}
	n := &Node{Place: p, Dir: dir, cluster: c}
	n.open(keys)
	c.t.Cleanup(func() { n.store.Close() })
	return n
}

func (n *Node) open(keys *instance.Keyring) {
	t := n.cluster.t
	t.Helper()
	ctx := context.Background()
	engine, err := boltstore.Open(filepath.Join(n.Dir, "polder.db"))
	if err != nil {
		t.Fatal(err)
	}
	if n.store, err = store.Open(ctx, engine); err != nil {
		t.Fatal(err)
	}
	areas, err := area.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	texts, err := locale.Load(zone)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	n.Service, err = instance.New(ctx, instance.Options{
		BaseURL: "https://" + n.Host, Level: n.Level, Area: n.Area, Name: n.Name, Languages: []string{"nl", "en", "fy"},
		Dev: n.cluster.dev, K: 10, Version: "test", Timing: Timing, Opinion: n.cluster.floor, Store: n.store, Keys: keys, Areas: areas, Texts: texts,
		Client: client.New(client.Options{UserAgent: "polder/test", AllowPrivate: n.cluster.dev, Now: n.cluster.Now, Transport: n.cluster.net}),
		Now:    n.cluster.Now, Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	api := &fedapi.API{Service: n.Service, Limiter: everything{}, Dev: n.cluster.dev,
		Page: func(string) echo.HandlerFunc { return echo.NotFoundHandler }}
	n.Handler = web.New(web.Options{Service: n.Service, Limiter: everything{}, Log: log, Dev: n.cluster.dev, Routes: []web.Routes{api}})
}

// Stop closes the store of an instance, so that its file can be copied or
// replaced; Restart goes on with what is there then.
func (n *Node) Stop() {
	n.cluster.t.Helper()
	if err := n.store.Close(); err != nil {
		n.cluster.t.Fatal(err)
	}
}

// Restart closes an instance and opens it again from its folder.
func (n *Node) Restart() {
	n.cluster.t.Helper()
	n.store.Close()
	keys, err := instance.LoadKeyring(n.Dir)
	if err != nil {
		n.cluster.t.Fatal(err)
	}
	n.open(keys)
}

// Settle works all queues until nothing is left to do now.
func (c *Cluster) Settle() {
	c.t.Helper()
	ctx := context.Background()
	for range 200 {
		busy := 0
		for _, host := range c.order {
			n := c.Nodes[host]
			if c.net.isDown(host) {
				continue
			}
			if err := n.Service.Tick(ctx); err != nil {
				c.t.Fatalf("%s: %v", host, err)
			}
			for _, step := range []func(context.Context) (int, error){n.Service.DeliverDue, n.Service.WorkInbox} {
				did, err := step(ctx)
				if err != nil {
					c.t.Fatalf("%s: %v", host, err)
				}
				busy += did
			}
		}
		if busy == 0 {
			return
		}
	}
	c.t.Fatal("the cluster does not settle")
}

// Down cuts an instance off, or brings it back.
func (c *Cluster) Down(p Place, down bool) {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	c.net.down[p.Host] = down
}

// everything is a limiter without limits.
type everything struct{}

func (everything) Allow(string, string) (time.Duration, bool) { return 0, true }

type testWriter struct{ t testing.TB }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Log(string(p))
	return len(p), nil
}

// URL is an address on this instance.
func (n *Node) URL(path string) string { return fmt.Sprintf("https://%s%s", n.Host, path) }
