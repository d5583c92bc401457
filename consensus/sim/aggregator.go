// SPDX-License-Identifier: EUPL-1.2

package sim

import (
	"polder/consensus/tally"
)

const (
	sweepSlow = 15 * minute // while open
	sweepFast = 2 * minute  // between close and final
)

// emitEvery is rarer than in life, where 30 s after a change is enough: totals
// are pure, so those in between would teach nothing.
func (w *world) emitEvery() int64 { return w.cfg.Healing.Milliseconds() / 4 }

// parents gives the node id of the hub of every leaf, by a Roster: the nation
// for a leaf whose parent is no hub.
func (w *world) parents(r *tally.Roster) []int {
	if list, ok := w.parentOf[r]; ok {
		return list
	}
	byArea := map[string]int{}
	for _, m := range r.Members {
		if m.Role == tally.RoleLeaf {
			byArea[m.Area] = w.hubID[m.Parent]
		}
	}
	list := make([]int, len(w.leaves))
	for i, l := range w.leaves {
		list[i] = byArea[l.area]
	}
	w.parentOf[r] = list
	return list
}

// inScope reports whether the hub adds up the leaf, by the Roster it knows.
func (w *world) inScope(h *hub, leaf int) bool {
	if h.id == nation {
		return true
	}
	return leaf >= 0 && w.parents(h.latest)[leaf] == h.id
}

// receive stores a tally and shows an accepted one to the other hub that counts
// the area, so that the branches of a fork meet.
func (w *world) receive(h *hub, m *message) {
	if !m.direct && !w.inScope(h, m.item.leaf) || h.holds(m.item) {
		return
	}
	if !w.commit(h.node, func() { h.insert(m.item) }) || !m.direct || m.item.leaf < 0 || !m.item.origin.valid() {
		return
	}
	other := nation
	if h.id == nation {
		other = w.parents(h.latest)[m.item.leaf]
	}
	if other != h.id {
		w.send(message{from: h.id, to: other, item: m.item})
	}
}

// store takes in a batch; false if the hub crashed.
func (w *world) store(h *hub, items []*item) bool {
	var fresh []*item
	for _, it := range items {
		if !h.holds(it) && w.inScope(h, it.leaf) {
			fresh = append(fresh, it)
		}
	}
	return len(fresh) == 0 || w.commit(h.node, func() {
		for _, it := range fresh {
			h.insert(it)
		}
	})
}

// sweep looks at the heads of members and of the other hubs and fetches what is
// missing.
func (w *world) sweep(h *hub, start int) {
	if !h.up || start != h.starts {
		return
	}
	pause := sweepSlow
	if w.now >= w.closesAt() && w.now < w.objectionUntil() {
		pause = sweepFast
	}
	w.after(w.dice.about(pause), sweepHub, h.id, start)
	parents := w.parents(h.latest)
	for i, l := range w.leaves {
		if l.up && l.head != nil && (h.id == nation || parents[i] == h.id) && !h.holds(l.head) {
			w.pull(h, l.node, w.missing(h, l.own), nil)
		}
	}
	if h.id != nation {
		w.compare(h, w.hubs[nation])
		return
	}
	for _, p := range w.hubs[1:] {
		w.compare(h, p)
	}
}

// missing reads the collection of a leaf, newest first, up to a known tally.
func (w *world) missing(h *hub, own []*item) []*item {
	var list []*item
	for i := len(own) - 1; i >= 0 && !h.holds(own[i]); i-- {
		list = append(list, own[i])
	}
	return list
}

// compare fetches from another hub every tally in scope that h lacks, by area.
// Comparing the newest tally of each area alone would not do: two hubs may know
// the same newest one and different branches of a fork below it, and would
// count different values for ever.
func (w *world) compare(h, peer *hub) {
	state := compared{h.total, peer.total, h.latest, peer.latest}
	if !peer.up || h.compared[peer.id] == state {
		return
	}
	items := w.lacking(h, peer)
	var rosters []*tally.Roster
	if h.latest != peer.latest || len(h.rosters) != len(peer.rosters) {
		rosters = peer.rosters
	}
	if len(items) > 0 || rosters != nil {
		w.pull(h, peer.node, items, rosters)
		return
	}
	h.compared[peer.id] = state
}

func (w *world) lacking(h, peer *hub) (items []*item) {
	parents := w.parents(h.latest)
	for i := range w.leaves {
		if peer.stamp[i] == 0 || peer.stamp[i] == h.stamp[i] || h.id != nation && parents[i] != h.id {
			continue
		}
		theirs := peer.held[i]
		if w.cfg.Breakage.NewestOnly {
			theirs = newest(theirs)
		}
		for _, it := range theirs {
			if !h.holds(it) {
				items = append(items, it)
			}
		}
	}
	return items
}

func newest(held []*item) []*item {
	at := 0
	for i, it := range held {
		if it.doc.Revision > held[at].doc.Revision {
			at = i
		}
	}
	return held[at : at+1]
}

// emit publishes the aggregate of a hub and checks it against the set it was
// made from.
func (w *world) emit(h *hub, start int) {
	if !h.up || start != h.starts {
		return
	}
	w.after(w.dice.about(w.emitEvery()), emitHub, h.id, start)
	if h.guarding {
		return
	}
	res, status := w.total(h)
	w.checkTotal(h, res)
	w.commit(h.node, func() { h.aggregates = append(h.aggregates, aggregate{status, res.Inputs}) })
}

// total is what the hub would publish now.
func (w *world) total(h *hub) (*tally.Result, string) {
	parent := h.actor
	if h.id == nation {
		parent = ""
	}
	set, rules := h.docs(), w.cfg.Breakage.Rules
	res := tally.TotalWith(rules, set, nil, h.latest, w.def, parent)
	previous := ""
	if n := len(h.aggregates); n > 0 {
		previous = h.aggregates[n-1].status
	}
	status := tally.AggregateStatus(res, h.latest, moment(w.local(h.node)), previous)
	if final := status == tally.StatusFinal || status == tally.StatusCorrected; final && len(h.sealed) > 0 {
		res = tally.TotalWith(rules, set, h.sealed, h.latest, w.def, parent)
	}
	return res, status
}
