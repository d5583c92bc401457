// SPDX-License-Identifier: EUPL-1.2

package sim

import (
	"slices"
	"strings"

	"polder/consensus/tally"
)

// How often a leaf looks whether it has to publish, and asks its parents.
const (
	pauseLow, pauseHigh = 2 * hour, 6 * hour
	pollEvery           = 6 * hour
)

// once marks a wake-up beside the regular ones.
const once = -1

// wake publishes if something is due and comes back later.
func (w *world) wake(l *leaf) {
	if !l.up {
		return
	}
	m, ok := l.latest.Member(l.area)
	if l.guarding {
		w.after(w.dice.between(5*minute, 15*minute), wakeLeaf, l.id, once)
		return
	}
	if !ok || m.Count != tally.CountLatest || l.gone {
		return
	}
	if status := w.status(l); w.due(l, status) {
		w.publish(l, m, status)
	}
}

// wakeUp is wake with the next one planned, unless it is an extra one.
func (w *world) wakeUp(l *leaf, start int) {
	if start == once {
		w.wake(l)
		return
	}
	if !l.up || start != l.starts {
		return
	}
	w.after(w.untilNext(l), wakeLeaf, l.id, start)
	w.wake(l)
}

// untilNext is some hours, but not beyond the next change of status.
func (w *world) untilNext(l *leaf) int64 {
	pause, local := w.dice.between(pauseLow, pauseHigh), w.local(l.node)
	for _, at := range []int64{w.closesAt() + 20*minute, w.objections(l)} {
		if local < at && local+pause > at {
			return at - local + w.dice.between(second, hour)
		}
	}
	return pause
}

// objections is objectionUntil of the Roster the leaf knows.
func (w *world) objections(l *leaf) int64 {
	return l.latest.Deadlines.ObjectionUntil.UnixMilli() - begin
}

// status is what a tally published now has, by the clock of the leaf. A count
// that was final stays final.
func (w *world) status(l *leaf) string {
	local := w.local(l.node)
	switch {
	case l.leaving:
		return tally.StatusWithdrawn
	case l.head != nil && l.head.doc.Final():
		return tally.StatusFinal
	case local < w.closesAt()+20*minute:
		return tally.StatusInterim
	case local < w.objections(l):
		return tally.StatusProvisional
	}
	return tally.StatusFinal
}

func (w *world) due(l *leaf, status string) bool {
	if l.head == nil || l.dirty || status == tally.StatusInterim || l.head.doc.Status != status {
		return true
	}
	return status == tally.StatusProvisional && w.dice.of1000(30) // an objection led to a recount
}

// publish signs the next tally of the chain and sends it. The commit comes
// before the sending: what the store does not hold never left the house.
func (w *world) publish(l *leaf, m *tally.Member, status string) {
	l.published++
	h := w.header(l, m, status)
	key := m.Keys.Tally[0]
	acts := l.published == l.turn || l.turn == atFinal && status == tally.StatusFinal && (l.head == nil || l.head.doc.Status != status)
	if acts && l.forker != forksNever {
		w.fork(l, h, key)
		return
	}
	from, extra := fromMember, int64(0)
	if acts && l.stuffer {
		from, extra = fromStuffer, l.voters.eligible
	}
	it := w.newItem(l, from, h, extra, key)
	if w.commit(l.node, func() { l.keep(it) }) {
		w.sendTally(l, it, l.targets())
	}
}

func (l *leaf) keep(items ...*item) {
	l.own = append(l.own, items...)
	l.head, l.dirty = items[len(items)-1], false
	if l.leaving {
		l.gone = true
	}
}

// atFinal as turn: the last tally, whichever number it has.
const atFinal = -1

// fork signs two contents for one revision.
func (w *world) fork(l *leaf, h tally.Header, key string) {
	a, b := w.newItem(l, fromMember, h, 0, key), w.newItem(l, fromMember, h, 11, key)
	next := a
	if l.forker == forksAcross || l.forker == forksHidden {
		next = b
	}
	l.turn = 0
	if !w.commit(l.node, func() { l.keep(next) }) {
		return
	}
	if l.forker == forksHidden {
		// Everybody sees a; b exists only as the previous of what follows.
		w.sendTally(l, a, l.targets())
		return
	}
	w.sendTally(l, a, []int{nation})
	w.sendTally(l, b, []int{l.parent})
}

func (w *world) header(l *leaf, m *tally.Member, status string) tally.Header {
	h := tally.Header{
		AttributedTo: m.Actor, CC: []string{w.nodes[nation].actor}, Context: w.def.Root, Consultation: strings.TrimSuffix(m.Actor, "/actor") + "/consultations/water",
		ConsultationDigest: w.digest, Area: l.area, AreaScheme: w.def.AreaScheme, Epoch: m.Epoch, Status: status,
		Start: moment(0), End: moment(w.closesAt()), Published: moment(w.local(l.node)), Software: "sim", Convener: w.nodes[nation].actor,
	}
	var last int64
	if l.head != nil {
		last = l.head.doc.Revision
		h.Previous = &tally.Ref{Revision: last, Digest: l.head.doc.Digest}
		if status == tally.StatusProvisional && l.head.doc.Status == status {
			h.Corrects, h.Reason = h.Previous, "objection"
		}
	}
	h.Revision = tally.NextRevision(last, begin+w.local(l.node))
	if w.cfg.Breakage.PlusOne {
		h.Revision = last + 1
	}
	return h
}

// newItem makes a tally of the ballots cast up to now. Ballots are cast by the
// real time, whatever the clock of the instance says.
func (w *world) newItem(l *leaf, from origin, h tally.Header, extra int64, key string) *item {
	counts := l.voters.tallyAt(w.def, w.now, w.closesAt(), extra)
	for i := range h.Nonce {
		h.Nonce[i] = byte(len(w.items) >> (8 * (i % 4)))
	}
	it := &item{id: len(w.items), leaf: l.index, origin: from}
	it.doc, it.sealed = w.document(h, counts, key)
	if w.cfg.Wire {
		it.counts = counts
	}
	w.items = append(w.items, it)
	return it
}

func (l *leaf) targets() []int {
	to := []int{nation, l.parent}
	if l.second != 0 && l.second != l.parent {
		to = append(to, l.second)
	}
	return to
}

func (w *world) sendTally(l *leaf, it *item, to []int) {
	for _, id := range to {
		w.send(message{from: l.id, to: id, item: it, direct: true})
	}
}

// poll asks one parent what it holds of this place, and for rosters.
func (w *world) poll(l *leaf, start int) {
	if !l.up || start != l.starts {
		return
	}
	w.after(w.dice.about(pollEvery), pollLeaf, l.id, start)
	to := l.targets()
	w.question(l.node, to[w.dice.IntN(len(to))])
}

// adopt takes over own tallies that a parent holds and the own store does not:
// the start-up guard, and the same look later on. If one of them is newer than
// the newest known, the next tally has to follow it, and soon: until then the
// parents count an old one. A parent that lacks the newest gets it again.
func (w *world) adopt(l *leaf, m *message) {
	member, ok := l.latest.Member(l.area)
	if ok && l.forker == forksNever && !w.cfg.Breakage.NoGuard {
		var fresh []*item
		for _, it := range m.found.items {
			mine := it.doc.Context == w.def.Root && slices.Contains(member.PinnedKeys(), it.doc.Key)
			if mine && !slices.Contains(l.own, it) {
				fresh = append(fresh, it)
			}
		}
		if len(fresh) > 0 && !w.commit(l.node, func() { l.own = append(l.own, fresh...); w.findHead(l) }) {
			return
		}
	}
	if m.found.guard {
		l.guarding = false
	}
	if l.dirty {
		w.after(w.dice.between(minute, 10*minute), wakeLeaf, l.id, once)
	}
	if l.head != nil && !slices.Contains(m.found.items, l.head) {
		w.sendTally(l, l.head, []int{m.from})
	}
}

// findHead finds the newest own tally under the present epoch and actor. The
// leaf has to publish when there is none, when it is not what it thought, or
// when its key does not count for it any more.
func (w *world) findHead(l *leaf) {
	member, ok := l.latest.Member(l.area)
	if !ok {
		return
	}
	var head *item
	for _, it := range l.own {
		if it.doc.Epoch == member.Epoch && it.doc.AttributedTo == member.Actor && (head == nil || it.doc.Revision > head.doc.Revision) {
			head = it
		}
	}
	if head == nil || head != l.head || !pinned(member, head.doc) {
		l.dirty = true
	}
	l.head = head
}

// obey does what a newer Roster asks.
func (w *world) obey(l *leaf) {
	w.findHead(l)
	if l.dirty {
		w.after(w.dice.between(minute, 10*minute), wakeLeaf, l.id, once)
	}
	if parent := w.parents(l.latest)[l.index]; parent != l.parent && parent != nation {
		l.parent = parent
		if l.head != nil && !l.guarding {
			w.sendTally(l, l.head, []int{parent})
		}
	}
}

// pinned reports whether the key of d counts for it: not yet retired at its
// revision, and not distrusted. It is a second writing of the rule of 7.3.
func pinned(m *tally.Member, d *tally.Doc) bool {
	for _, x := range m.Distrust {
		if x.Key == d.Key && !slices.Contains(x.Keep, d.Digest) {
			return false
		}
	}
	for _, k := range m.Keys.Retired {
		if k.Key == d.Key && d.Revision <= k.LastRevision {
			return true
		}
	}
	return slices.Contains(m.Keys.Tally, d.Key)
}
