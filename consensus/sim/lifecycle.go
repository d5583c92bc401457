// SPDX-License-Identifier: EUPL-1.2

package sim

import "polder/consensus/tally"

// guardLonger caps the pause between two tries of the guard.
const guardLonger = 30 * minute

// crash stops a node for a while. What is kept stays; questions under way and
// the guard's answer are lost.
func (w *world) crash(n *node) {
	if w.cfg.CrashAt != 0 {
		w.crashFor(n, 10)
		return
	}
	w.crashFor(n, w.dice.skewed(20, 2, 20*60))
}

// crashFor stops a node for some minutes: 0 for a random time, less for ever.
func (w *world) crashFor(n *node, minutes int64) {
	if minutes == 0 {
		w.crash(n)
		return
	}
	if minutes < 0 {
		n.dead = true
	}
	n.up = false
	if !n.dead {
		w.after(minutes*minute, startNode, n.id, 0)
	}
}

// startUp begins the periodic work of a node. Until a parent has told it what
// it signed before, it signs nothing.
func (w *world) startUp(n *node) {
	if n.dead {
		return
	}
	n.up = true
	n.starts++
	if n.guarding = !w.cfg.Breakage.NoGuard; n.guarding {
		w.guardAsks(n, 0)
	}
	w.begin(n)
}

// begin plans the periodic events of a node.
func (w *world) begin(n *node) {
	if w.leafOf(n.id) != nil {
		w.after(w.dice.between(second, pauseHigh), wakeLeaf, n.id, n.starts)
		w.after(w.dice.between(second, pollEvery), pollLeaf, n.id, n.starts)
		return
	}
	w.after(w.dice.between(second, sweepSlow), sweepHub, n.id, n.starts)
	w.after(w.dice.between(second, w.emitEvery()), emitHub, n.id, n.starts)
}

// guardAsks asks the parents (the convener: the provinces, which keep what it
// published) until one has answered.
func (w *world) guardAsks(n *node, try int) {
	if !n.up || !n.guarding {
		return
	}
	for _, to := range w.guardians(n) {
		w.question(n, to)
	}
	w.after(min(minute<<min(try, 10), guardLonger), guardTry, n.id, try+1)
}

func (w *world) guardians(n *node) []int {
	if l := w.leafOf(n.id); l != nil {
		return l.targets()
	}
	if n.id != nation {
		return []int{nation}
	}
	var provinces []int
	for _, p := range w.hubs[1:] {
		provinces = append(provinces, p.id)
	}
	return provinces
}

// backUp notes what a backup made now would hold.
func (w *world) backUp(n *node) {
	b := backup{made: true, rosters: len(n.rosters)}
	if l := w.leafOf(n.id); l != nil {
		b.own = len(l.own)
	}
	if h := w.hubOf(n.id); h != nil {
		b.order = len(h.order)
	}
	n.backup = b
}

// restore sets a node back to its backup and starts it a little later, perhaps
// with a clock that is a day behind.
func (w *world) restore(n *node, dayBack bool) {
	if n.dead || !n.backup.made {
		return
	}
	n.up = false
	n.restores++
	if dayBack {
		n.skew -= day
	}
	n.rosters = n.rosters[:n.backup.rosters:n.backup.rosters]
	n.latest, _ = tally.LatestRosterWith(w.cfg.Breakage.Rules, n.rosters)
	if l := w.leafOf(n.id); l != nil {
		l.own = l.own[:n.backup.own:n.backup.own]
		w.findHead(l)
	}
	if h := w.hubOf(n.id); h != nil {
		h.rebuild(n.backup.order)
	}
	w.after(w.dice.between(10*minute, hour), startNode, n.id, 0)
}
