// SPDX-License-Identifier: EUPL-1.2

package sim

import (
	"slices"
	"testing"

	"polder/consensus/tally"
)

// healed is a small country after a quiet run, with the total of the nation.
func healed(t *testing.T) (*world, *hub, *tally.Result) {
	t.Helper()
	cfg := Quiet(1)
	cfg.Members, cfg.Provinces = 6, 2
	cfg.Voting, cfg.Healing = cfg.Voting/6, cfg.Healing/6
	w := newWorld(cfg)
	w.start()
	for e, ok := w.queue.pop(); ok && e.at <= w.end(); e, ok = w.queue.pop() {
		w.now = e.at
		w.handle(e)
	}
	w.now = w.end()
	if w.checkEnd(); len(w.outcome.Violations) > 0 {
		t.Fatal(w.outcome.Violations)
	}
	h := w.hubs[nation]
	res, _ := w.total(h)
	return w, h, res
}

// TestChecksNotice: a check that never fails proves nothing, so each is shown
// what it has to find.
func TestChecksNotice(t *testing.T) {
	for invariant, spoil := range map[string]func(w *world, h *hub, res *tally.Result){
		"I2": func(w *world, h *hub, res *tally.Result) { res.Rows[0].Disputed = true },
		"I3": func(w *world, h *hub, res *tally.Result) { res.Questions[0].Options[0].N[string(official)]++ },
		"I4": func(w *world, h *hub, res *tally.Result) { res.Inputs = append(res.Inputs, res.Inputs[0]) },
		"I6": func(w *world, h *hub, res *tally.Result) { res.Coverage.Expected++ },
		"I7": func(w *world, h *hub, res *tally.Result) { res.Turnout.Issued[string(official)] = 1 },
		"I14": func(w *world, h *hub, res *tally.Result) {
			h.rebuild(len(h.order) - 1)
			w.checkInputs(h)
		},
		"I16": func(w *world, h *hub, res *tally.Result) {
			h.aggregates[len(h.aggregates)-1].status = tally.StatusProvisional
			w.checkClosing()
		},
		"I17": func(w *world, h *hub, res *tally.Result) {
			w.leaves[0].up = false
			w.checkRosters()
		},
		"I5": func(w *world, h *hub, res *tally.Result) {
			h.rebuild(len(h.order) / 2)
			w.checkLevels(w.results())
		},
		"agreement": func(w *world, h *hub, res *tally.Result) {
			h.rebuild(len(h.order) / 2)
			w.checkLevels(w.results())
		},
		"truth": func(w *world, h *hub, res *tally.Result) {
			h.rebuild(len(h.order) / 2)
			w.checkTruth(w.results())
		},
		"honest": func(w *world, h *hub, res *tally.Result) { res.Rows[0].Disputed = true },
	} {
		w, h, res := healed(t)
		spoil(w, h, res)
		w.checkTotal(h, res)
		if !w.outcome.Violated(invariant) {
			t.Errorf("%s is not noticed: %v", invariant, w.outcome.Violations)
		}
	}
}

// results are the totals of all hubs.
func (w *world) results() (list []*tally.Result) {
	for _, h := range w.hubs {
		res, _ := w.total(h)
		list = append(list, res)
	}
	return list
}

// TestQueueOrder: events come by time, equal times as they were scheduled.
func TestQueueOrder(t *testing.T) {
	var q queue
	d := newDice(1, 4)
	for i := range 500 {
		q.push(event{at: d.between(0, 40), i: i})
	}
	var last event
	for n := 0; ; n++ {
		e, ok := q.pop()
		if !ok {
			if n != 500 {
				t.Fatalf("%d events", n)
			}
			return
		}
		if n > 0 && e.before(last) {
			t.Fatalf("%v after %v", e, last)
		}
		last = e
	}
}

// TestSkewed: half of the delays are below the median, a few are far above it,
// none beyond the limit.
func TestSkewed(t *testing.T) {
	d := newDice(1, 5)
	var list []int64
	for range 10_000 {
		list = append(list, d.skewed(3*second, 3, slowest))
	}
	slices.Sort(list)
	if m := list[5000]; m < 2*second || m > 4*second {
		t.Errorf("median %d ms", m)
	}
	if far := list[9900]; far < minute || list[9999] > slowest {
		t.Errorf("one in a hundred takes %d ms, the slowest %d", far, list[9999])
	}
}
