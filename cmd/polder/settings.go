// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"time"

	"polder/consensus/opinion"
	"polder/instance"
	"polder/instance/auth"
	"polder/instance/config"
	"polder/static"
)

// newConfig is the configuration of a new instance.
func newConfig(o instanceOptions) *config.Config {
	c := config.Default()
	c.Dev = o.Dev
	c.Instance.Level, c.Instance.Area, c.Instance.Name = o.Level, o.Area, o.Name
	if len(o.Languages) > 0 {
		c.Instance.Languages = o.Languages
	}
	c.Server.PublicURL, c.Server.Listen = o.URL, listenFor(o)
	if u, err := url.Parse(o.URL); err == nil {
		c.Instance.Host = u.Host
	}
	c.Federation.Parent = o.Parent
	c.Security.Contact = o.Contact
	if o.Timing != (instance.Timing{}) {
		setTiming(c, o.Timing)
	}
	return c
}

// listenFor is where the instance will listen: its listener if it has one, the
// loopback port that its public address names, else the port that a reverse
// proxy forwards to.
func listenFor(o instanceOptions) string {
	if o.Listener != nil {
		return o.Listener.Addr().String()
	}
	if u, err := url.Parse(o.URL); err == nil && u.Scheme == "http" && u.Port() != "" {
		return net.JoinHostPort("127.0.0.1", u.Port())
	}
	return config.Default().Server.Listen
}

func setTiming(c *config.Config, t instance.Timing) {
	c.Log.MergeDelay, c.Log.Grace = config.Duration(t.MergeDelay), config.Duration(t.Grace)
	c.Count.TallyBy, c.Count.Objection = config.Duration(t.TallyBy), config.Duration(t.Objection)
	c.Count.Debounce, c.Count.Tick = config.Duration(t.Debounce), config.Duration(t.Interim)
	c.Count.PollOpen, c.Count.PollCounting = config.Duration(t.PollOpen), config.Duration(t.PollCounting)
	c.Count.QuestionUpdate = config.Duration(t.QuestionUpdate)
	c.Opinion.StatsDeadline, c.Opinion.StepDeadline = config.Duration(t.StatsDeadline), config.Duration(t.StepDeadline)
	c.Opinion.ShareGap = config.Duration(t.ShareGap)
}

// opinionFloors are the constants of opinion rounds that the settings may raise.
func opinionFloors(c *config.Config) opinion.Params {
	p := opinion.DefaultParams()
	p.InConvMin, p.PairMin, p.MinShare, p.MinClustered = c.Opinion.InConvMin, c.Opinion.PairMin, c.Opinion.MinShare, c.Opinion.MinPeople
	return p
}

// interimPace is the time between two interim tallies. They are kept for good
// by everyone who adds up, so a real instance publishes one an hour at most.
func interimPace(c *config.Config) time.Duration {
	if c.Dev {
		return c.Count.Tick.Std()
	}
	return max(c.Count.Tick.Std(), time.Hour)
}

// timing are the delays a configuration sets.
func timing(c *config.Config) instance.Timing {
	return instance.Timing{
		MergeDelay: c.Log.MergeDelay.Std(), Grace: c.Log.Grace.Std(),
		TallyBy: c.Count.TallyBy.Std(), Objection: c.Count.Objection.Std(),
		Debounce: c.Count.Debounce.Std(), Interim: interimPace(c),
		PollOpen: c.Count.PollOpen.Std(), PollCounting: c.Count.PollCounting.Std(),
		QuestionUpdate: c.Count.QuestionUpdate.Std(), StatsDeadline: c.Opinion.StatsDeadline.Std(),
		StepDeadline: c.Opinion.StepDeadline.Std(), ShareGap: c.Opinion.ShareGap.Std(),
	}
}

// options are what an instance with this configuration is started with; the
// caller adds listener and log.
func options(c *config.Config) (o instanceOptions, err error) {
	o = instanceOptions{
		Dir: c.Dir, StorePath: c.Path(c.Store.Path), URL: c.Server.PublicURL, Level: c.Instance.Level, Area: c.Instance.Area,
		Name: c.Instance.Name, Parent: c.Federation.Parent, Languages: c.Instance.Languages, Dev: c.Dev,
		PasswordOnly: !c.Security.StaffTOTP, CertFile: c.CertFile, KeyFile: c.KeyFile,
		Timing: timing(c), Opinion: opinionFloors(c), K: c.Privacy.K, Contact: c.Security.Contact, Limits: auth.DefaultLimits(),
	}
	hosts := o.Limits["inbox-host"]
	hosts.N, hosts.Per = c.Limits.InboxPerHost.N, c.Limits.InboxPerHost.Per
	o.Limits["inbox-host"] = hosts
	if o.Look, err = look(c); err != nil {
		return o, err
	}
	for _, text := range c.Server.TrustedProxies {
		p, err := config.ParseProxy(text)
		if err != nil {
			return o, err
		}
		o.TrustedProxies = append(o.TrustedProxies, &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())})
	}
	return o, checkPlace(o.Level, o.Area)
}

// look reads theme and logo. A theme that nobody chose is that of the level.
func look(c *config.Config) (l static.Options, err error) {
	if c.Origin("ui.theme") != "default" {
		l.Theme = c.UI.Theme
	}
	if l.ThemeCSS, err = optionalFile(c.Path(c.UI.ThemeFile)); err != nil {
		return l, fmt.Errorf("read ui.theme_file: %w", err)
	}
	if l.Logo, err = optionalFile(c.Path(c.UI.LogoFile)); err != nil {
		return l, fmt.Errorf("read ui.logo_file: %w", err)
	}
	return l, nil
}

// optionalFile reads a file; no name is no file.
func optionalFile(name string) ([]byte, error) {
	if name == "" {
		return nil, nil
	}
	return os.ReadFile(name)
}
