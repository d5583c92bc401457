// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"io"
	"os"
	"sync"
)

// progress tells on standard error how far the demo is.
type progress struct {
	mu       sync.Mutex
	w        io.Writer
	terminal bool
	open     bool  // a count stands on the last line
	shown    int64 // last count told
}

func newProgress(w io.Writer) *progress {
	p := &progress{w: w}
	if f, ok := w.(*os.File); ok {
		if info, err := f.Stat(); err == nil {
			p.terminal = info.Mode()&os.ModeCharDevice != 0
		}
	}
	return p
}

func (p *progress) step(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open {
		fmt.Fprintln(p.w)
		p.open = false
	}
	fmt.Fprintf(p.w, format+"\n", args...)
}

// count tells how many votes are in: in place on a terminal, else a line for
// every fiftieth part.
func (p *progress) count(done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.terminal {
		fmt.Fprintf(p.w, "\r  %d of %d votes", done, total)
		p.open = true
		return
	}
	if part := max(total/50, 1); done/part != p.shown/part || done == total && p.shown != total {
		fmt.Fprintf(p.w, "  %d of %d votes\n", done, total)
	}
	p.shown = done
}
