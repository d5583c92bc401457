// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"polder/consensus"
	"polder/consensus/area"
	"polder/instance"
	"polder/instance/store"
	"polder/instance/web"
	"polder/instance/web/pages"
)

// demoTiming are the delays of the demo: those of the specification, set down
// to seconds, which only -dev admits.
var demoTiming = instance.Timing{MergeDelay: time.Second, Grace: time.Second, TallyBy: 3 * time.Second,
	Objection: 3 * time.Second, Debounce: time.Second, Interim: 5 * time.Second, PollOpen: 5 * time.Second,
	PollCounting: time.Second, QuestionUpdate: 5 * time.Second, StatsDeadline: time.Minute, StepDeadline: 20 * time.Second,
	ShareGap: 24 * time.Hour}

// demoNetwork is the running network of a demo.
type demoNetwork struct {
	nation, province *running
	places           []*running
	remote           *remoteServer
	client           *http.Client
	close            []func() error
}

// demoInstance names one instance of the demo.
type demoInstance struct {
	folder string
	label  string
	level  string
	area   area.Area
	name   string
}

func demoInstances(p *demoPlan, nation area.Area) []demoInstance {
	list := []demoInstance{
		{"nation", hostLabel(nation.Name), "nation", nation, nation.Name},
		{"province", "provincie-" + hostLabel(p.Province.Name), "province", p.Province, "Provincie " + p.Province.Name},
	}
	for _, m := range p.Municipalities {
		list = append(list, demoInstance{m.Code, hostLabel(m.Name), "municipality", m, "Gemeente " + m.Name})
	}
	return list
}

// listenDemo takes the ports: consecutive ones from first, those of an earlier
// run of the same folder, or free ones if first is 0.
func listenDemo(ports []int, first, count int) ([]net.Listener, []int, error) {
	var listeners []net.Listener
	var taken []int
	for i := range count {
		port := 0
		switch {
		case i < len(ports):
			port = ports[i]
		case first > 0:
			port = first + i
		}
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			for _, open := range listeners {
				open.Close()
			}
			return nil, nil, fmt.Errorf("port %d cannot be used: %w", port, err)
		}
		listeners = append(listeners, l)
		taken = append(taken, l.Addr().(*net.TCPAddr).Port)
	}
	return listeners, taken, nil
}

// startDemo brings up every instance and the remote server.
func startDemo(ctx context.Context, dir string, state *demoState, p *demoPlan, nation area.Area, firstPort int, about *pages.Demo, log *slog.Logger) (*demoNetwork, error) {
	list := demoInstances(p, nation)
	listeners, ports, err := listenDemo(state.Ports, firstPort, len(list)+1)
	if err != nil {
		return nil, err
	}
	state.Ports = ports
	if err := state.save(); err != nil {
		return nil, err
	}
	n := &demoNetwork{client: loopbackClient()}
	parent := ""
	for i, in := range list {
		url := fmt.Sprintf("http://%s.localhost:%d", in.label, ports[i])
		r, err := startDemoInstance(ctx, dir, in, url, parent, listeners[i], about, log)
		if err != nil {
			return nil, errors.Join(err, n.Close())
		}
		n.close = append(n.close, r.Close)
		switch i {
		case 0:
			n.nation, parent = r, url
		case 1:
			n.province, parent = r, url
		default:
			n.places = append(n.places, r)
		}
	}
	return n, n.startRemote(ctx, state, listeners[len(list)], ports[len(list)])
}

func startDemoInstance(ctx context.Context, dir string, in demoInstance, url, parent string, l net.Listener, about *pages.Demo, log *slog.Logger) (*running, error) {
	opt := instanceOptions{Dir: filepath.Join(dir, in.folder), URL: url, Level: in.level, Area: in.area.Code, Name: in.name,
		Parent: parent, Languages: []string{"nl", "en", "fy"}, Dev: true, Listener: l, Timing: demoTiming, K: 10,
		Contact: "mailto:security@" + in.label + ".example", Demo: about, Log: log.With("instance", in.label)}
	if _, err := os.Stat(filepath.Join(opt.Dir, "keys", "application.key")); err != nil {
		if err := os.RemoveAll(opt.Dir); err != nil { // half made by a killed run: nothing has been voted in it
			return nil, fmt.Errorf("make %s: %w", in.name, err)
		}
		if err := createInstance(opt); err != nil {
			return nil, fmt.Errorf("make %s: %w", in.name, err)
		}
	}
	r, err := startInstance(ctx, opt)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", in.name, err)
	}
	return r, nil
}

func (n *demoNetwork) startRemote(ctx context.Context, state *demoState, l net.Listener, port int) error {
	remote, key, err := newRemoteServer(fmt.Sprintf("http://fediverse.localhost:%d", port), state.RemoteKey)
	if err != nil {
		return errors.Join(err, n.Close())
	}
	n.remote, state.RemoteKey = remote, key
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- web.Serve(ctx, l, remote, "", "") }()
	n.close = append(n.close, func() error {
		cancel()
		return <-done
	})
	return state.save()
}

// Close stops everything, the last started first.
func (n *demoNetwork) Close() error {
	var all error
	for i := len(n.close) - 1; i >= 0; i-- {
		if err := n.close[i](); err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, http.ErrServerClosed) {
			all = errors.Join(all, err)
		}
	}
	n.close = nil
	return all
}

// all lists every instance.
func (n *demoNetwork) all() []*running {
	return append([]*running{n.nation, n.province}, n.places...)
}

// The officials through whom the demo acts. Every instance has both: one
// writes, another approves.
var (
	demoAuthor   = consensus.Actor{ID: "opsteller", Roles: consensus.NewRoles(consensus.RoleEditor, consensus.RoleProjectLead)}
	demoApprover = consensus.Actor{ID: "beheerder", Roles: consensus.NewRoles(consensus.RoleAdmin, consensus.RoleProcessOwner)}
)

// bind makes the ties: nation and province, province and municipalities, each
// with the key ceremony on both sides.
func (n *demoNetwork) bind(ctx context.Context) error {
	if err := bindTwo(ctx, n.nation, n.province); err != nil {
		return err
	}
	for _, m := range n.places {
		if err := bindTwo(ctx, n.province, m); err != nil {
			return err
		}
	}
	return nil
}

func bindTwo(ctx context.Context, parent, member *running) error {
	if _, err := membership(ctx, parent, member); err != nil {
		if _, err := parent.Service.InviteMember(ctx, demoApprover, member.Base); err != nil {
			return fmt.Errorf("invite %s: %w", member.Base, err)
		}
	}
	err := eventually(ctx, "membership of "+member.Base, func() (bool, error) {
		ours, err := membership(ctx, parent, member)
		if err != nil {
			return false, err
		}
		theirs, err := membership(ctx, member, parent)
		if err != nil {
			return false, nil // the invitation is on its way
		}
		if ours.State == consensus.MembershipActive && theirs.State == consensus.MembershipActive {
			return true, nil
		}
		if !ours.Pinned {
			return false, pinByPhone(ctx, parent, ours.Actor, ours.TallyKey)
		}
		if !theirs.Pinned {
			return false, pinByPhone(ctx, member, theirs.Actor, theirs.TallyKey)
		}
		if theirs.State == consensus.MembershipInvited {
			return false, member.Service.AnswerMembership(ctx, demoApprover, theirs.Actor, true, "")
		}
		return false, nil
	})
	return err
}

// pinByPhone types the blocks that the officials would read out to each other.
func pinByPhone(ctx context.Context, at *running, other, key string) error {
	groups, err := instance.FingerprintGroups(key)
	if err != nil {
		return err
	}
	blank := instance.BlankBlocks(key)
	return at.Service.PinKey(ctx, demoApprover, other, [2]string{groups[blank[0]], groups[blank[1]]})
}

var errNoMembership = errors.New("no membership yet")

func membership(ctx context.Context, at, with *running) (store.Membership, error) {
	list, err := at.Service.Memberships(ctx)
	if err != nil {
		return store.Membership{}, err
	}
	for _, m := range list {
		if m.Actor == with.Service.Actor() && !m.Ended() {
			return m, nil
		}
	}
	return store.Membership{}, errNoMembership
}

// eventually asks again until something holds; background work makes it hold.
func eventually(ctx context.Context, what string, holds func() (bool, error)) error {
	deadline := time.Now().Add(2 * time.Minute)
	for {
		ok, err := holds()
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if ok {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: not reached in two minutes", what)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}
