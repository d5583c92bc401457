// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"polder/activitypub/client"
)

const (
	mostClockError = 5 * time.Minute // beyond it signatures are refused everywhere
	clockPatience  = 3 * time.Second // a parent that is down does not hold up a start
)

// compareClock refuses a start with a clock that is far from the parent's. A
// parent that cannot be asked proves nothing.
func compareClock(ctx context.Context, o instanceOptions) error {
	if o.Parent == "" {
		return nil
	}
	c := client.New(client.Options{UserAgent: "polder/" + version() + " (+" + o.URL + ")", AllowPrivate: o.Dev, Timeout: clockPatience})
	defer c.Close()
	resp, err := c.Get(ctx, o.Parent+"/healthz", "text/plain", 1<<10, nil)
	if err != nil {
		o.Log.Warn("the parent cannot be reached, so the clock was not compared", "err", err)
		return nil
	}
	theirs, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return nil
	}
	if off := time.Since(theirs).Round(time.Second); off.Abs() > mostClockError {
		return fmt.Errorf("the clock of this computer is %s off the parent's: set it right first", off.Abs())
	}
	return nil
}
