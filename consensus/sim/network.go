// SPDX-License-Identifier: EUPL-1.2

package sim

import (
	"slices"

	"polder/consensus/tally"
)

// message is what travels: a tally, a Roster, or the answer to a question.
type message struct {
	from, to int
	item     *item
	roster   *tally.Roster
	attempt  int
	restores int  // of the sender when it was queued
	direct   bool // sent by its maker, not forwarded
	found    found
}

// found is an answer: what a hub knew when the question arrived.
type found struct {
	rosters []*tally.Roster
	items   []*item
	guard   bool
}

// cut is a partition: nodes on different sides cannot reach each other.
type cut struct {
	active bool
	side   func(id int) int // 0: on no side
}

// joined reports whether two nodes can reach each other.
func (w *world) joined(a, b int) bool {
	for i := range w.cuts {
		if c := &w.cuts[i]; c.active {
			x, y := c.side(a), c.side(b)
			if x != y && x != 0 && y != 0 {
				return false
			}
		}
	}
	return true
}

const (
	attempts  = 8           // of a delivery (federation.md, delivery queue)
	sampleOld = 50          // one in so many messages is kept for replays
	slowest   = 6 * hour    // delivery
	longest   = 10 * second // question and answer: an HTTP timeout
)

// send queues a message and makes the first attempt.
func (w *world) send(m message) {
	m.restores = w.nodes[m.from].restores
	if w.cfg.Faults.Replays > 0 && m.item != nil && w.dice.IntN(sampleOld) == 0 {
		old := m
		w.sent = append(w.sent, &old)
	}
	w.attempt(&m)
}

func (w *world) attempt(m *message) {
	lossy := w.now < w.calm()
	if lossy && w.dice.of1000(w.rates.errors) {
		w.later(m)
		return
	}
	if lossy && w.dice.of1000(w.rates.silent) {
		return // answered 202 and lost all the same
	}
	w.queue.push(event{at: w.now + w.delay(), kind: deliver, node: m.to, msg: m})
	if w.dice.of1000(w.rates.duplicates) {
		w.queue.push(event{at: w.now + w.delay(), kind: deliver, node: m.to, msg: m})
	}
}

func (w *world) delay() int64 {
	if !w.cfg.Faults.SlowDelivery || w.now >= w.calm() {
		return w.dice.between(20, 2*second)
	}
	return w.dice.skewed(3*second, 3, slowest)
}

// later queues the next attempt: after 1, 3, 9, ... minutes.
func (w *world) later(m *message) {
	if m.attempt+1 >= attempts {
		return
	}
	next := *m
	next.attempt++
	wait := minute
	for range m.attempt {
		wait *= 3
	}
	w.queue.push(event{at: w.now + wait, kind: retry, node: m.from, msg: &next})
}

// sendAgain makes the next attempt. A sender that is down tries when it is back;
// a job queued before a restore is gone.
func (w *world) sendAgain(m *message) {
	from := w.nodes[m.from]
	switch {
	case from.dead || from.restores != m.restores:
	case !from.up:
		w.queue.push(event{at: w.now + 30*minute, kind: retry, node: m.from, msg: m})
	default:
		w.attempt(m)
	}
}

func (w *world) arrive(m *message) {
	to := w.nodes[m.to]
	if !to.up || !w.joined(m.from, m.to) {
		w.later(m)
		return
	}
	if m.roster != nil {
		w.learnRosters(to, []*tally.Roster{m.roster})
		return
	}
	if h := w.hubOf(m.to); h != nil {
		w.receive(h, m)
	}
}

// replay sends an old message once more, whoever sent it.
func (w *world) replay() {
	if len(w.sent) == 0 {
		return
	}
	m := *w.sent[w.dice.IntN(len(w.sent))]
	w.queue.push(event{at: w.now + w.dice.between(20, hour), kind: deliver, node: m.to, msg: &m})
}

// reach reports whether a question from a to b gets through now.
func (w *world) reach(a, b int) bool {
	if !w.nodes[b].up || !w.joined(a, b) {
		return false
	}
	return w.now >= w.calm() || !w.dice.of1000(w.rates.errors)
}

// question sends one from a node to a hub; the answer comes later or never.
func (w *world) question(n *node, to int) {
	if w.reach(n.id, to) {
		w.after(w.dice.between(20, longest/2), ask, to, n.id)
	}
}

// serve answers a question with what the hub knows now: its rosters, and of a
// leaf every tally of its area.
func (w *world) serve(h *hub, from *node) {
	if !h.up || !w.joined(h.id, from.id) {
		return
	}
	f := found{rosters: h.rosters, guard: from.guarding}
	if l := w.leafOf(from.id); l != nil {
		f.items = h.held[l.index]
	} else {
		f.items = h.order
	}
	m := &message{from: h.id, to: from.id, restores: from.restores, found: f}
	w.queue.push(event{at: w.now + w.dice.between(20, longest/2), kind: answer, node: from.id, msg: m})
}

// pull is a question whose answer is known already: h fetches these from a node.
func (w *world) pull(h *hub, from *node, items []*item, rosters []*tally.Roster) {
	if !w.reach(h.id, from.id) {
		return
	}
	m := &message{from: from.id, to: h.id, restores: h.restores, found: found{items: items, rosters: rosters}}
	w.queue.push(event{at: w.now + w.dice.between(20, longest), kind: answer, node: h.id, msg: m})
}

// answered: a leaf or hub takes in what it asked for.
func (w *world) answered(m *message) {
	n := w.nodes[m.to]
	if !n.up || n.restores != m.restores {
		return
	}
	if !w.learnRosters(n, m.found.rosters) {
		return
	}
	if l := w.leafOf(n.id); l != nil {
		w.adopt(l, m)
		return
	}
	h := w.hubOf(n.id)
	if w.store(h, m.found.items) && h.guarding && m.found.guard {
		h.guarding = false
	}
}

// learnRosters adds unknown rosters (one Roster is one pointer in a run); false if the node crashed meanwhile.
func (w *world) learnRosters(n *node, list []*tally.Roster) bool {
	var fresh []*tally.Roster
	for _, r := range list {
		if !slices.Contains(n.rosters, r) && !slices.Contains(fresh, r) {
			fresh = append(fresh, r)
		}
	}
	if len(fresh) == 0 {
		return true
	}
	ok := w.commit(n, func() {
		n.rosters = append(n.rosters, fresh...)
		n.latest, _ = tally.LatestRosterWith(w.cfg.Breakage.Rules, n.rosters)
	})
	if l := w.leafOf(n.id); l != nil && ok {
		w.obey(l)
	}
	return ok
}
