// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// shot is one request, written out in full, so that nothing is built or signed
// while the clock runs.
type shot struct {
	wire []byte
	want int // status
}

// newShot writes a request as it goes over the wire.
func newShot(req *http.Request, want int) (shot, error) {
	var b bytes.Buffer
	if err := req.Write(&b); err != nil {
		return shot{}, fmt.Errorf("write request: %w", err)
	}
	return shot{b.Bytes(), want}, nil
}

// loadResult is how long each request took, and all of them together.
type loadResult struct {
	took  time.Duration
	times []time.Duration // sorted
	cpu   time.Duration   // of the instance
}

func (l loadResult) quantile(q float64) time.Duration {
	if len(l.times) == 0 {
		return 0
	}
	return l.times[min(len(l.times)-1, int(q*float64(len(l.times))))]
}

// load sends shots over keep-alive connections, each connection one request
// after the other, until all are sent or the time is up.
func load(ctx context.Context, addr string, clients int, most time.Duration, shots []shot) (loadResult, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var next atomic.Int64
	times := make([][]time.Duration, clients)
	failed := make(chan error, clients)
	var group sync.WaitGroup
	start := time.Now()
	for i := range clients {
		group.Go(func() {
			var err error
			if times[i], err = shoot(ctx, addr, start.Add(most), shots, &next); err != nil {
				failed <- err
				cancel()
			}
		})
	}
	group.Wait()
	l := loadResult{took: time.Since(start), times: slices.Concat(times...)}
	slices.Sort(l.times)
	select {
	case err := <-failed:
		return l, err
	default:
		return l, ctx.Err()
	}
}

// shoot is one connection.
func shoot(ctx context.Context, addr string, until time.Time, shots []shot, next *atomic.Int64) ([]time.Duration, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(until.Add(30 * time.Second)); err != nil {
		return nil, err
	}
	var times []time.Duration
	answers := bufio.NewReaderSize(conn, 16<<10)
	for ctx.Err() == nil {
		i := int(next.Add(1)) - 1
		begin := time.Now()
		if i >= len(shots) || begin.After(until) {
			return times, nil
		}
		if err := fire(conn, answers, shots[i]); err != nil {
			return times, fmt.Errorf("request %d: %w", i, err)
		}
		times = append(times, time.Since(begin))
	}
	return times, nil
}

func fire(conn io.Writer, answers *bufio.Reader, s shot) error {
	if _, err := conn.Write(s.wire); err != nil {
		return err
	}
	resp, err := http.ReadResponse(answers, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != s.want {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 300)) // for the message only
		return fmt.Errorf("status %d instead of %d: %s", resp.StatusCode, s.want, oneLine(string(body)))
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}
