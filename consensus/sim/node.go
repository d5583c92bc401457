// SPDX-License-Identifier: EUPL-1.2

package sim

import (
	"polder/consensus/tally"
)

// node is what every instance has. Fields marked "kept" are in its store and
// come back from a backup; the rest is lost at a crash or lives outside.
type node struct {
	id    int
	actor string
	skew  int64 // how far its clock is wrong, in milliseconds

	up       bool
	dead     bool // never comes back
	guarding bool // asks its parents before it signs anything
	restores int  // a job queued before a restore is gone after it
	starts   int  // its periodic events carry this number, old ones are void

	rosters []*tally.Roster // kept, in order of arrival
	latest  *tally.Roster   // of rosters, by the rule; nil before the first
	backup  backup
}

// backup is how long the append-only lists of a node were when it was made.
type backup struct {
	made    bool
	rosters int
	own     int
	order   int
}

// leaf is a municipality.
type leaf struct {
	*node
	index  int
	area   string
	host   string
	voters voters

	own       []*item // kept: everything it signed, as far as it knows
	head      *item   // newest of own under the present epoch and actor
	dirty     bool    // has to publish although nothing changed
	published int     // how many tallies it made
	parent    int     // node id of the hub it reports to beside the nation

	forker  forkPlan
	stuffer bool
	turn    int  // at which publication a dishonest one acts
	victim  bool // of a thief
	second  int  // another province it also reports to, 0 for none
	leaving bool // publishes status withdrawn next
	gone    bool // withdrew
}

// honest reports whether nothing dishonest was done by or to the leaf.
func (l *leaf) honest() bool { return l.forker == forksNever && !l.stuffer && !l.victim }

// forkPlan is how a dishonest member signs two contents for one revision.
type forkPlan int

const (
	forksNever   forkPlan = iota
	forksApart            // one to the nation, the other to the province; goes on from the first
	forksAcross           // the same, goes on from the second
	forksHidden           // one is shown to nobody, but the next tally names it
	forksAtFinal          // the last tally is forked
)

// hub is a province, or the nation, which is the convener.
type hub struct {
	*node
	area  string
	order []*item   // kept: every tally in order of arrival
	held  [][]*item // order by leaf; tallies of unknown areas are in order only
	has   []uint64  // bit set of item ids
	stamp []uint64  // per leaf, changes with every tally held
	total uint64    // the same over all leaves

	compared map[int]compared // peer -> what both had when nothing was missing

	aggregates []aggregate
	disputes   map[int]int64 // leaf -> epoch in which it was seen disputed
	accused    map[int]bool  // honest leaves seen disputed

	sealed []*tally.Doc // convener only
}

// compared is the state of two hubs at a comparison.
type compared struct {
	own, peer         uint64
	latest, peersLast *tally.Roster
}

// aggregate is what is remembered of a published one.
type aggregate struct {
	status string
	inputs []tally.Input
}

func (h *hub) holds(it *item) bool {
	return it.id/64 < len(h.has) && h.has[it.id/64]&(1<<(it.id%64)) != 0
}

// insert adds a tally to the set; a known one changes nothing.
func (h *hub) insert(it *item) bool {
	if h.holds(it) {
		return false
	}
	for it.id/64 >= len(h.has) {
		h.has = append(h.has, 0)
	}
	h.has[it.id/64] |= 1 << (it.id % 64)
	h.order = append(h.order, it)
	if it.leaf >= 0 {
		h.held[it.leaf] = append(h.held[it.leaf], it)
		h.stamp[it.leaf] ^= mix(uint64(it.id) + 1)
		h.total ^= mix(uint64(it.id) + 1)
	}
	if it.sealed != nil && h.id == nation {
		h.sealed = append(h.sealed, it.sealed)
	}
	return true
}

// rebuild makes the set anew from the first n arrivals, after a restore.
func (h *hub) rebuild(n int) {
	order := h.order[:n:n]
	clear(h.disputes) // the set got smaller; I2 holds for a growing one
	h.order, h.has, h.sealed, h.total = nil, nil, nil, 0
	for i := range h.held {
		h.held[i], h.stamp[i] = nil, 0
	}
	for _, it := range order {
		h.insert(it)
	}
}

// docs is the set as the pure functions take it, in order of arrival.
func (h *hub) docs() []*tally.Doc {
	set := make([]*tally.Doc, len(h.order))
	for i, it := range h.order {
		set[i] = it.doc
	}
	return set
}

func docsOf(items []*item) []*tally.Doc {
	set := make([]*tally.Doc, len(items))
	for i, it := range items {
		set[i] = it.doc
	}
	return set
}

// mix is the finaliser of splitmix64.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}
