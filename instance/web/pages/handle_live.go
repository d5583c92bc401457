// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"polder/consensus"
	"polder/instance"
	"polder/instance/web"
)

// Limits of live streams (spec: security.md 2, "streams"; interface.md 3).
const (
	streamsPerAddress = 5
	streamsInAll      = 5000
	figuresEvery      = 2 * time.Second
	commentEvery      = 20 * time.Second
)

// streams counts open live streams. mu guards all fields.
type streams struct {
	mu      sync.Mutex
	address map[string]int
	all     int
}

// enter takes a place, or reports that there is none.
func (s *streams) enter(address string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= streamsInAll || s.address[address] >= streamsPerAddress {
		return false
	}
	if s.address == nil {
		s.address = map[string]int{}
	}
	s.address[address]++
	s.all++
	return true
}

func (s *streams) leave(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.address[address]--; s.address[address] == 0 {
		delete(s.address, address)
	}
}

// figures keeps the newest figures of each consultation, so that any number of
// streams reads them once per interval. mu guards by.
type figures struct {
	mu sync.Mutex
	by map[string]liveFigures // by slug
}

type liveFigures struct {
	at   time.Time
	data string
	over bool // nothing moves any more
}

// live is GET /consultations/{slug}/live: what is public of the running count,
// as server-sent events, at most one per interval and none without a change.
func (p *Pages) live(c echo.Context) error {
	con, err := p.publicConsultation(c)
	if err != nil {
		return err
	}
	address := web.LimitKey(c.RealIP())
	if !p.Dev && !p.streams.enter(address) {
		c.Response().Header().Set("Retry-After", "60")
		return c.NoContent(http.StatusTooManyRequests)
	}
	if !p.Dev {
		defer p.streams.leave(address)
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	c.Response().WriteHeader(http.StatusOK)
	return p.stream(c.Request().Context(), c.Response(), con.Slug)
}

// stream writes events until the reader goes away or nothing moves any more.
func (p *Pages) stream(ctx context.Context, w http.ResponseWriter, slug string) error {
	out := http.NewResponseController(w)
	ticker := time.NewTicker(figuresEvery)
	defer ticker.Stop()
	last, quiet := "", time.Now()
	lead := "retry: 5000\n\n"
	for {
		f, err := p.figuresOf(ctx, slug)
		if err != nil {
			return nil // the connection ends; the reader comes back
		}
		text := lead
		lead = ""
		switch {
		case f.data != last:
			text += "event: figures\ndata: " + f.data + "\n\n"
			last = f.data
		case time.Since(quiet) >= commentEvery:
			text += ": here\n\n"
		}
		if text != "" {
			quiet = time.Now()
			out.SetWriteDeadline(quiet.Add(10 * time.Second)) // the server's limit is for whole answers
			if _, err := fmt.Fprint(w, text); err != nil {
				return nil
			}
			if err := out.Flush(); err != nil {
				return nil
			}
		}
		if f.over {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// figuresOf reads the figures of a consultation at most once per interval.
func (p *Pages) figuresOf(ctx context.Context, slug string) (liveFigures, error) {
	p.figures.mu.Lock()
	defer p.figures.mu.Unlock()
	if f, ok := p.figures.by[slug]; ok && time.Since(f.at) < figuresEvery {
		return f, nil
	}
	page, err := p.views.Page(ctx, slug, instance.Voter{})
	if err != nil {
		return liveFigures{}, err
	}
	f := liveFigures{at: time.Now(), data: "{}", over: page.State != consensus.StateOpen && page.State != consensus.StateSuspended}
	if page.Tally != nil {
		if n := turnoutOf(page.Tally, page.Definition, true); n >= 0 {
			f.data = fmt.Sprintf(`{"ballots":%d}`, n)
		}
	}
	if p.figures.by == nil {
		p.figures.by = map[string]liveFigures{}
	}
	p.figures.by[slug] = f
	return f, nil
}
