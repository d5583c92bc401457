// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"
)

const healthPatience = 4 * time.Second

// runHealth is `polder health`: it asks /healthz of the running instance.
func runHealth(ctx context.Context, args []string, io stdio) error {
	f := newFlags("health")
	dir := f.String("dir", ".", "folder of the instance")
	if _, err := f.parse(args, io); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthPatience)
	defer cancel()
	door, err := knock(ctx, *dir)
	if err != nil {
		return err
	}
	defer door.Close()
	at, err := door.Where(ctx)
	if err != nil {
		return err
	}
	if err := askHealth(ctx, at); err != nil {
		return err
	}
	fmt.Fprintln(io.Out, "ok")
	return nil
}

// askHealth asks over the network, as visitors would. The certificate is for
// the public name, not for this address, and is not what is asked about.
func askHealth(ctx context.Context, at whereabouts) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, listening(reachable(at.Addr), at.TLS)+"/healthz", nil)
	if err != nil {
		return err
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return fmt.Errorf("the instance does not answer: %w", unwrapURL(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the instance answered with status %d", resp.StatusCode)
	}
	return nil
}

// reachable turns "every address" into one that can be dialled.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("localhost", port)
	}
	return addr
}
