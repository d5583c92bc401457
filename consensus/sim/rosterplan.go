// SPDX-License-Identifier: EUPL-1.2

package sim

import (
	"slices"
	"time"

	"polder/consensus/tally"
)

// rosterChange is one revision the convener means to publish.
type rosterChange struct {
	leaf  int
	apply func(w *world, r *tally.Roster, m *tally.Member)
}

// change plans a revision.
func (w *world) change(at int64, apply func(*world, *tally.Roster, *tally.Member), leaf int) {
	w.plan = append(w.plan, rosterChange{leaf, apply})
	w.at(at, changeRoster, nation, len(w.plan)-1)
}

// planRoster spreads one of every kind of change over the run.
func (w *world) planRoster(c *cast) {
	open, all := w.closesAt(), w.calm()-12*hour
	for _, x := range c.take(2) { // reports to two provinces, and one of them stops counting it
		l := w.leaves[x]
		l.second = 1 + (l.parent+w.dice.IntN(max(1, w.cfg.Provinces-1)))%max(1, w.cfg.Provinces)
		w.change(w.dice.between(hour, all), moveToSecond, x)
	}
	for _, x := range c.take(1) { // expelled while nobody reaches it
		at := w.dice.between(hour, all)
		w.cutDuring(apart([]int{w.leaves[x].id}, len(w.nodes)), at-10*hour, min(at+10*hour, w.calm()))
		w.change(at, expel, x)
	}
	for _, x := range c.take(1) {
		w.change(w.dice.between(hour, all), withdraw, x)
	}
	for _, x := range c.take(1) {
		w.change(w.dice.between(open+hour, all), freeze, x)
	}
	for _, x := range c.take(2) {
		w.change(w.dice.between(hour, all), rotateKey, x)
	}
	for _, x := range c.take(1) {
		w.change(w.dice.between(hour, all), succeed, x)
	}
	if i := slices.IndexFunc(w.leaves, func(l *leaf) bool { return l.forker != forksNever }); i >= 0 {
		w.change(w.dice.between(open+hour, all), settle, i)
	}
	// A race: two revisions within a second, both on their way at once.
	race := w.dice.between(hour, all)
	w.change(race, extend, 0)
	w.change(race+second/2, extend, 0)
}

// applyChange publishes a planned revision, later if the convener is down or may
// not sign.
func (w *world) applyChange(i int) {
	h := w.hubs[nation]
	if !h.up || h.guarding {
		w.after(10*minute, changeRoster, nation, i)
		return
	}
	last := h.latest
	next := *last
	next.Members = slices.Clone(last.Members)
	next.Previous = &tally.Ref{Revision: last.Revision, Digest: last.Digest}
	next.Revision = tally.NextRevision(last.Revision, begin+w.local(h.node))
	if w.cfg.Breakage.PlusOne {
		next.Revision = last.Revision + 1
	}
	next.ID = tally.RosterID(next.Context, next.Revision)
	m, ok := next.Member(w.leaves[w.plan[i].leaf].area)
	if !ok {
		return
	}
	w.plan[i].apply(w, &next, m)
	w.publishRoster(h, &next)
}

func (w *world) publishRoster(h *hub, r *tally.Roster) {
	r.Digest = ""
	r.Digest = rosterDigest(r)
	w.rosters = append(w.rosters, r)
	if !w.learnRosters(h.node, []*tally.Roster{r}) {
		return
	}
	for _, n := range w.nodes {
		if n.id != nation {
			w.send(message{from: nation, to: n.id, roster: r})
		}
	}
}

// firstRoster has every member active and every province as hub.
func (w *world) firstRoster() *tally.Roster {
	convener := w.nodes[nation].actor
	r := &tally.Roster{
		Type: "Roster", AttributedTo: convener, To: tally.Addresses{tally.Public}, Context: w.def.Root, Revision: begin - day,
		ConsultationDigest: w.digest, RollDate: w.def.RollDate, AreaScheme: w.def.AreaScheme, WitnessQuorum: 2,
		Quorum:    tally.Quorum{Members: int64(len(w.leaves) * 8 / 10), EligiblePermille: 700},
		Deadlines: tally.Deadlines{ClosesAt: moment(w.closesAt()), TallyBy: moment(w.tallyBy()), ObjectionUntil: moment(w.objectionUntil())},
	}
	if w.cfg.Breakage.PlusOne {
		r.Revision = 1
	}
	r.ID = tally.RosterID(r.Context, r.Revision)
	for _, h := range w.hubs[1:] {
		r.Members = append(r.Members, tally.Member{
			Area: h.area, Role: tally.RoleHub, Actor: h.actor, Status: tally.MemberActive, Count: tally.CountLatest, Epoch: 1,
			Parent: convener, Keys: tally.MemberKeys{Tally: []string{keyOf(h.area, 1)}}, Since: moment(-day),
		})
	}
	for _, l := range w.leaves {
		r.Members = append(r.Members, tally.Member{
			Area: l.area, Role: tally.RoleLeaf, Actor: l.actor, Status: tally.MemberActive, Count: tally.CountLatest, Epoch: 1,
			Parent: w.nodes[l.parent].actor, Keys: tally.MemberKeys{Tally: []string{keyOf(l.host, 1)}}, Eligible: l.voters.eligible, Since: moment(-day),
		})
	}
	r.Digest = rosterDigest(r)
	return r
}

// The changes. They replace the slices of the member, which the Roster before
// shares.

func moveToSecond(w *world, r *tally.Roster, m *tally.Member) {
	for _, l := range w.leaves {
		if l.area == m.Area && l.second != 0 {
			m.Parent = w.nodes[l.second].actor
		}
	}
}

func expel(_ *world, _ *tally.Roster, m *tally.Member) {
	m.Status, m.Count, m.Reason = tally.MemberExpelled, tally.CountExclude, "proven fraud"
}

// withdraw: the member takes its tally back, and the Roster says so.
func withdraw(w *world, _ *tally.Roster, m *tally.Member) {
	m.Status, m.Reason = tally.MemberWithdrawn, "court"
	for _, l := range w.leaves {
		if l.area == m.Area {
			l.leaving, l.dirty = true, true
		}
	}
}

// freeze: the member left after closing; the newest tally the convener knows and
// holds valid stays counted.
func freeze(w *world, r *tally.Roster, m *tally.Member) {
	v := tally.Value(m.Area, w.hubs[nation].docs(), w.hubs[nation].latest, w.def)
	if v.Doc != nil {
		m.Status, m.Count = tally.MemberWithdrawn, tally.CountFrozen+v.Doc.Digest
	}
}

// rotateKey retires the key at the newest revision the convener has seen.
func rotateKey(w *world, _ *tally.Roster, m *tally.Member) {
	var last int64
	for _, it := range w.hubs[nation].order {
		if it.doc.Area == m.Area && it.doc.Key == m.Keys.Tally[0] {
			last = max(last, it.doc.Revision)
		}
	}
	m.Keys.Retired = append(slices.Clone(m.Keys.Retired), tally.RetiredKey{Key: m.Keys.Tally[0], LastRevision: last})
	m.Keys.Tally = []string{keyOf(m.Area+" rotated", 2)}
}

// replaceKeys ends what a thief can do: everything by the old key is void.
func replaceKeys(_ *world, _ *tally.Roster, m *tally.Member) {
	m.Distrust = append(slices.Clone(m.Distrust), tally.Distrust{Key: m.Keys.Tally[0], Keep: []string{}})
	m.Keys.Tally = []string{keyOf(m.Area+" after theft", 2)}
	m.Epoch, m.Reason = m.Epoch+1, "key-compromise"
}

// succeed is herindeling: another actor takes the area over.
func succeed(_ *world, _ *tally.Roster, m *tally.Member) {
	m.Actor = "https://new-" + m.Area + ".example/actor"
	m.Keys.Tally = []string{keyOf(m.Area+" successor", 1)}
	m.Epoch, m.Status = m.Epoch+1, tally.MemberSucceeded
}

// settle ends a dispute: the member starts again in a new epoch.
func settle(_ *world, _ *tally.Roster, m *tally.Member) {
	m.Epoch, m.Reason = m.Epoch+1, "dispute settled"
}

// extend gives everybody two hours more for objections.
func extend(_ *world, r *tally.Roster, _ *tally.Member) {
	r.Deadlines.ObjectionUntil = r.Deadlines.ObjectionUntil.Add(2 * time.Hour)
}
