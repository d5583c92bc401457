// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"code.dny.dev/ssrf"
)

// maxAddresses bounds how many addresses of a name are tried.
const maxAddresses = 4

// dialer connects to public addresses only. The address it checks is the one
// it dials, so a name that resolves differently the next time gains nothing.
type dialer struct {
	guard        *ssrf.Guardian
	allowPrivate bool
	lookup       func(ctx context.Context, host string) ([]netip.Addr, error)
	connect      func(ctx context.Context, network, address string) (net.Conn, error)
}

func newDialer(o Options) *dialer {
	d := &dialer{
		guard:        ssrf.New(ssrf.WithPorts(443)),
		allowPrivate: o.AllowPrivate,
		lookup:       o.Lookup,
		connect:      o.Connect,
	}
	if o.AllowPrivate {
		d.guard = ssrf.New(ssrf.WithAnyPort(),
			ssrf.WithAllowedV4Prefixes(netip.MustParsePrefix("127.0.0.0/8")),
			ssrf.WithAllowedV6Prefixes(netip.MustParsePrefix("::1/128")))
	}
	if d.lookup == nil {
		d.lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	if d.connect == nil {
		// Control sees the address once more, at the last possible moment.
		d.connect = (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second, Control: d.guard.Safe}).DialContext
	}
	return d
}

// dial resolves, checks and connects within 3 s. It tries the addresses in the
// resolver's order and divides what is left of the time among them.
func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	addrs, err := d.resolve(ctx, address)
	if err != nil {
		return nil, err
	}
	var failures []error
	for i, addr := range addrs {
		conn, err := d.try(ctx, network, addr, len(addrs)-i)
		if err == nil {
			return conn, nil
		}
		failures = append(failures, err)
	}
	return nil, errors.Join(failures...)
}

// resolve turns host:port into addresses.
func (d *dialer) resolve(ctx context.Context, address string) ([]netip.AddrPort, error) {
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("splitting address: %w", err)
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("reading port: %w", err)
	}
	addrs, err := d.addresses(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("looking up %s: %w", host, err)
	}
	if len(addrs) == 0 {
		return nil, fmt.Errorf("looking up %s: no address", host)
	}
	targets := make([]netip.AddrPort, 0, maxAddresses)
	for _, addr := range addrs[:min(len(addrs), maxAddresses)] {
		targets = append(targets, netip.AddrPortFrom(addr.Unmap(), uint16(port)))
	}
	return targets, nil
}

func (d *dialer) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr}, nil
	}
	if d.allowPrivate && (host == "localhost" || strings.HasSuffix(host, ".localhost")) {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}, nil
	}
	return d.lookup(ctx, host)
}

// try connects to one address with its share of the remaining time.
func (d *dialer) try(ctx context.Context, network string, target netip.AddrPort, left int) (net.Conn, error) {
	if err := d.guard.SafeAddrPort(target); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAddress, err)
	}
	if deadline, ok := ctx.Deadline(); ok && left > 1 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(deadline)/time.Duration(left))
		defer cancel()
	}
	conn, err := d.connect(ctx, network, target.String())
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", target, err)
	}
	return conn, nil
}
