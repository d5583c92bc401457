// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// ticksPerSecond is the unit in which Linux tells times of a process.
const ticksPerSecond = 100

// rss is the resident memory of the instance in MiB; 0 if it is not known.
func (p *benchPlace) rss() float64 {
	if p.child == nil {
		return 0
	}
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.child.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			if kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64); err == nil {
				return mib(kib << 10)
			}
		}
	}
	return 0
}

// cpu is the processor time the instance has used; 0 if it is not known.
func (p *benchPlace) cpu() time.Duration {
	if p.child == nil {
		return 0
	}
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.child.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(raw, []byte(") ")) // behind the name of the program
	fields := strings.Fields(string(rest))
	if len(fields) < 13 {
		return 0
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	if err != nil {
		return 0
	}
	system, err := strconv.ParseInt(fields[12], 10, 64)
	if err != nil {
		return 0
	}
	return time.Duration(user+system) * time.Second / ticksPerSecond
}

// settle waits until the instance has worked off what it took in: until it is
// idle for half a second, at most twenty seconds.
func (p *benchPlace) settle(ctx context.Context) error {
	const step = 500 * time.Millisecond
	for range 40 {
		before := p.cpu()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(step):
		}
		if p.cpu()-before <= step/20 {
			return nil
		}
	}
	return nil
}
