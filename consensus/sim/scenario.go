// SPDX-License-Identifier: EUPL-1.2

package sim

import (
	"polder/consensus/tally"
)

// start gives everybody the first Roster, plans the periodic work, hands out the
// parts that dishonest and unlucky members play, and plans the faults.
func (w *world) start() {
	for i, l := range w.leaves {
		l.parent = 1 + i%max(1, w.cfg.Provinces)
		if w.cfg.Provinces == 0 {
			l.parent = nation
		}
	}
	first := w.firstRoster()
	w.rosters = []*tally.Roster{first}
	for _, n := range w.nodes {
		n.rosters, n.latest = []*tally.Roster{first}, first
		w.begin(n)
	}
	c := &cast{order: w.dice.Perm(len(w.leaves))}
	w.castMembers(c)
	if w.cfg.Faults.RosterChanges {
		w.planRoster(c)
	}
	w.planCuts()
	w.planCrashes()
	w.planRestores()
	w.planNoise()
}

// cast hands out members so that each plays at most one part.
type cast struct{ order []int }

func (c *cast) take(n int) []int {
	n = min(n, len(c.order))
	list := c.order[:n]
	c.order = c.order[n:]
	return list
}

// count turns a per mille of the members into a number, at least 1 if asked.
func (w *world) count(permille int) int {
	if permille == 0 {
		return 0
	}
	return max(1, len(w.leaves)*permille/1000)
}

// castMembers picks who is dishonest, robbed, late or gone.
func (w *world) castMembers(c *cast) {
	f, v, end := w.cfg.Faults, w.closesAt(), w.calm()
	for i, x := range c.take(w.count(f.Forkers)) {
		l := w.leaves[x]
		l.forker, l.turn = forkPlan(1+i%4), 1+w.dice.IntN(18)
		if l.forker == forksAtFinal {
			l.turn = atFinal
		}
	}
	for i, x := range c.take(w.count(f.Stuffers)) {
		l := w.leaves[x]
		l.stuffer, l.turn = true, 2+w.dice.IntN(10)
		if i%2 == 1 {
			l.turn = atFinal
		}
	}
	for _, x := range c.take(w.count(f.Thieves)) {
		l := w.leaves[x]
		l.victim = true
		at := w.dice.between(v/4, end-12*hour)
		w.at(at, thiefActs, l.id, 0)
		w.change(at+6*hour, replaceKeys, x)
	}
	for _, x := range c.take(w.count(f.Late)) {
		back := w.objectionUntil() + w.dice.between(hour, 20*hour)
		from := w.dice.between(v/2, v)
		w.at(from, crashNode, w.leaves[x].id, int((back-from)/minute))
	}
	for i, x := range c.take(w.count(f.Dead)) {
		from := w.dice.between(0, end)
		if i == 0 {
			from = w.dice.between(0, v/2) // this one never gives a final count
		}
		w.at(from, crashNode, w.leaves[x].id, -1)
	}
}

// planCuts makes partitions of three kinds, up to 30 hours each.
func (w *world) planCuts() {
	for i := range w.cfg.Faults.Cuts {
		var side func(int) int
		switch i % 3 {
		case 0: // a member and its parent
			l := w.leaves[w.dice.IntN(len(w.leaves))]
			side = twoSides([]int{l.id}, []int{l.parent})
		case 1: // a province and the nation
			side = twoSides([]int{1 + w.dice.IntN(max(1, w.cfg.Provinces))}, []int{nation})
		default: // a random part of the country and the rest
			far := make([]int, 0, len(w.nodes))
			for id := range w.nodes {
				if w.dice.of1000(300) {
					far = append(far, id)
				}
			}
			side = apart(far, len(w.nodes))
		}
		from := w.dice.between(0, w.calm()-hour)
		w.cutDuring(side, from, min(from+w.dice.between(minute, 30*hour), w.calm()))
	}
}

func (w *world) cutDuring(side func(int) int, from, until int64) {
	w.cuts = append(w.cuts, cut{side: side})
	w.at(from, cutBegins, 0, len(w.cuts)-1)
	w.at(until, cutEnds, 0, len(w.cuts)-1)
}

func twoSides(a, b []int) func(int) int {
	sides := map[int]int{}
	for _, id := range a {
		sides[id] = 1
	}
	for _, id := range b {
		sides[id] = 2
	}
	return func(id int) int { return sides[id] }
}

func apart(far []int, all int) func(int) int {
	sides := make([]int, all)
	for i := range sides {
		sides[i] = 1
	}
	for _, id := range far {
		sides[id] = 2
	}
	return func(id int) int { return sides[id] }
}

func (w *world) planCrashes() {
	for _, id := range w.dice.some(len(w.nodes)*w.cfg.Faults.Crashes/1000, len(w.nodes)) {
		w.at(w.dice.between(0, w.calm()), crashNode, id, 0)
	}
}

// planRestores sets nodes back to a backup that is 10 to 90 % of the way back.
// Of the hubs one province and sometimes the nation get an old backup too,
// before any aggregate is final.
func (w *world) planRestores() {
	f := w.cfg.Faults
	if f.Restores == 0 {
		return
	}
	last := w.objectionUntil() - 10*hour
	for _, i := range w.dice.some(w.count(f.Restores), len(w.leaves)) {
		w.planRestore(w.leaves[i].id, w.calm()-2*hour, w.dice.of1000(f.DayBack))
	}
	if w.cfg.Provinces > 0 {
		w.planRestore(1+w.dice.IntN(w.cfg.Provinces), last, w.dice.of1000(f.DayBack))
	}
	if w.dice.of1000(300) {
		w.planRestore(nation, last, w.dice.of1000(f.DayBack))
	}
}

func (w *world) planRestore(id int, last int64, dayBack bool) {
	at, behind := w.dice.between(10*hour, last), 0
	if dayBack {
		behind = 1
	}
	w.at(at*w.dice.between(10, 90)/100, backupNode, id, 0)
	w.at(at, restoreNode, id, behind)
}

// planNoise plans what outsiders and the network do.
func (w *world) planNoise() {
	for range w.cfg.Faults.Strangers {
		w.at(w.dice.between(0, w.end()-2*hour), strangerActs, 0, 0)
	}
	for range w.cfg.Faults.Replays {
		w.at(w.dice.between(0, w.end()-2*hour), replayOld, 0, 0)
	}
}

// strangerActs sends a tally that nobody may count, in one of several disguises.
func (w *world) strangerActs() {
	l := w.leaves[w.dice.IntN(len(w.leaves))]
	m, _ := l.latest.Member(l.area)
	h := w.header(l, m, tally.StatusFinal)
	h.Previous, h.Corrects, h.Reason, h.Revision = nil, nil, "", begin+w.now+1
	key := keyOf("evil.example", 1)
	leaf := l.index
	switch w.dice.IntN(5) {
	case 0: // for a real area, as itself
		h.AttributedTo, h.Consultation = "https://evil.example/actor", "https://evil.example/consultations/water"
	case 1: // in the name of the member, with another key
	case 2: // for an area that is not in the Roster
		h.Area, leaf = "GM9999", -1
	case 3: // with the key of another member
		other, _ := l.latest.Member(w.leaves[(l.index+1)%len(w.leaves)].area)
		key = other.Keys.Tally[0]
	case 4: // of another consultation, properly signed
		h.Context, key = "https://nl.example/consultations/roads", m.Keys.Tally[0]
	}
	it := w.newItem(l, fromStranger, h, 0, key)
	it.leaf = leaf
	for _, to := range []int{nation, l.parent} {
		w.queue.push(event{at: w.now + w.delay(), kind: deliver, node: to, msg: &message{from: to, to: to, item: it, direct: true}})
	}
}

// steal signs a believable tally with the key of a member.
func (w *world) steal(l *leaf) {
	m, ok := l.latest.Member(l.area)
	if !ok || len(m.Keys.Tally) == 0 {
		return
	}
	status := tally.StatusInterim
	if w.now > w.closesAt() {
		status = tally.StatusProvisional
	}
	h := w.header(l, m, status)
	h.Corrects, h.Reason = nil, ""
	h.Revision = tally.NextRevision(h.Revision, begin+w.now+w.dice.between(minute, hour))
	it := w.newItem(l, fromThief, h, l.voters.eligible/10, m.Keys.Tally[0])
	for _, to := range l.targets() {
		w.queue.push(event{at: w.now + w.delay(), kind: deliver, node: to, msg: &message{from: to, to: to, item: it, direct: true}})
	}
}
