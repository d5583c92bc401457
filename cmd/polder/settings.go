// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"net"
	"net/url"

	"polder/instance"
	"polder/instance/config"
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
}

// timing are the delays a configuration sets.
func timing(c *config.Config) instance.Timing {
	return instance.Timing{
		MergeDelay: c.Log.MergeDelay.Std(), Grace: c.Log.Grace.Std(),
		TallyBy: c.Count.TallyBy.Std(), Objection: c.Count.Objection.Std(),
		Debounce: c.Count.Debounce.Std(), Interim: c.Count.Tick.Std(),
		PollOpen: c.Count.PollOpen.Std(), PollCounting: c.Count.PollCounting.Std(),
		QuestionUpdate: c.Count.QuestionUpdate.Std(),
	}
}

// options are what an instance with this configuration is started with; the
// caller adds listener and log.
func options(c *config.Config) (instanceOptions, error) {
	o := instanceOptions{
		Dir: c.Dir, URL: c.Server.PublicURL, Level: c.Instance.Level, Area: c.Instance.Area, Name: c.Instance.Name,
		Parent: c.Federation.Parent, Languages: c.Instance.Languages, Dev: c.Dev, CertFile: c.CertFile, KeyFile: c.KeyFile,
		Timing: timing(c), K: c.Privacy.K, Contact: c.Security.Contact,
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
