// SPDX-License-Identifier: EUPL-1.2

package sim

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"

	"polder/activitypub/proof"
	"polder/consensus"
	"polder/consensus/tally"
)

// nation is the node that is convener; provinces follow, then the leaves.
const nation = 0

// world is one run.
type world struct {
	cfg    Config
	dice   dice
	now    int64 // virtual milliseconds since the opening
	queue  queue
	trace  hash.Hash
	def    *consensus.Definition
	digest string // of def

	nodes  []*node
	hubs   []*hub // by node id
	leaves []*leaf
	items  []*item

	rosters  []*tally.Roster // everything the convener ever published
	plan     []rosterChange
	cuts     []cut
	sent     []*message // sample of old messages, for replays
	rates    rates
	commits  int
	events   int
	outcome  *Outcome
	reported map[string]int // violations so far, by invariant
	parentOf map[*tally.Roster][]int
	hubID    map[string]int // actor -> node
}

// rates are what this seed drew below Config.Faults.
type rates struct {
	silent, errors, duplicates int
}

// Times of the run, in virtual milliseconds.
func (w *world) closesAt() int64 { return w.cfg.Voting.Milliseconds() }
func (w *world) end() int64      { return (w.cfg.Voting + w.cfg.Healing).Milliseconds() }

// tallyBy and objectionUntil lie in the first half of the healing.
func (w *world) tallyBy() int64        { return w.closesAt() + w.cfg.Healing.Milliseconds()*4/15 }
func (w *world) objectionUntil() int64 { return w.closesAt() + w.cfg.Healing.Milliseconds()*8/15 }

// calm is when messages stop getting lost: everybody can catch up.
func (w *world) calm() int64 { return w.closesAt() + w.cfg.Healing.Milliseconds()*11/15 }

// Run simulates the country of cfg until the end and checks it.
func Run(cfg Config) *Outcome {
	w := newWorld(cfg)
	w.start()
	for {
		e, ok := w.queue.pop()
		if !ok || e.at > w.end() {
			break
		}
		w.now = e.at
		w.events++
		w.note(int64(e.kind), int64(e.node), e.at, int64(e.i))
		w.handle(e)
	}
	w.now = w.end()
	w.checkEnd()
	w.outcome.Events, w.outcome.Commits = w.events, w.commits
	w.outcome.Tallies, w.outcome.Rosters = len(w.items), len(w.rosters)
	w.outcome.Digest = hex.EncodeToString(w.trace.Sum(nil))
	return w.outcome
}

func newWorld(cfg Config) *world {
	w := &world{cfg: cfg, dice: newDice(cfg.Seed, 1), trace: sha256.New(), outcome: &Outcome{},
		reported: map[string]int{}, parentOf: map[*tally.Roster][]int{}, hubID: map[string]int{}}
	w.def = newDefinition("https://nl.example/consultations/water")
	_, digest, err := w.def.Encode()
	if err != nil {
		panic(fmt.Sprintf("encode definition: %v", err))
	}
	w.digest = digest
	f := cfg.Faults
	w.rates = rates{w.dice.IntN(f.SilentLoss + 1), w.dice.IntN(f.ErrorLoss + 1), w.dice.IntN(f.Duplicates + 1)}
	w.addHub("NL00", "nl.example")
	for i := range cfg.Provinces {
		w.addHub(fmt.Sprintf("PV%02d", 20+i), fmt.Sprintf("pv%02d.example", 20+i))
	}
	for i := range cfg.Members {
		w.addLeaf(i)
	}
	for _, h := range w.hubs {
		h.held, h.stamp = make([][]*item, len(w.leaves)), make([]uint64, len(w.leaves))
	}
	return w
}

func (w *world) addNode(host string) *node {
	n := &node{id: len(w.nodes), actor: "https://" + host + "/actor", up: true}
	if w.cfg.Faults.Clocks {
		n.skew = w.dice.between(-10*minute, 10*minute)
	}
	w.nodes = append(w.nodes, n)
	return n
}

func (w *world) addHub(area, host string) {
	h := &hub{node: w.addNode(host), area: area, disputes: map[int]int64{}, accused: map[int]bool{}, compared: map[int]compared{}}
	w.hubs, w.hubID[h.actor] = append(w.hubs, h), h.id
}

func (w *world) addLeaf(i int) {
	host := fmt.Sprintf("gm%04d.example", i+1)
	w.leaves = append(w.leaves, &leaf{
		node: w.addNode(host), index: i, area: fmt.Sprintf("GM%04d", i+1), host: host, voters: drawVoters(w.dice),
	})
}

// leafOf and hubOf find what a node is; exactly one is not nil.
func (w *world) leafOf(id int) *leaf {
	if id < len(w.hubs) {
		return nil
	}
	return w.leaves[id-len(w.hubs)]
}

func (w *world) hubOf(id int) *hub {
	if id >= len(w.hubs) {
		return nil
	}
	return w.hubs[id]
}

// at and after schedule an event.
func (w *world) at(t int64, k kind, node, i int) {
	w.queue.push(event{at: max(t, w.now), kind: k, node: node, i: i})
}

func (w *world) after(d int64, k kind, node, i int) { w.at(w.now+d, k, node, i) }

// local is the time on the clock of a node.
func (w *world) local(n *node) int64 { return w.now + n.skew }

// note adds numbers to the trace that Outcome.Digest is made of.
func (w *world) note(values ...int64) {
	var b [8]byte
	for _, v := range values {
		binary.LittleEndian.PutUint64(b[:], uint64(v))
		w.trace.Write(b[:])
	}
}

// violate reports a broken invariant; a few examples of each are enough.
func (w *world) violate(invariant, format string, args ...any) {
	if w.reported[invariant]++; w.reported[invariant] > 5 {
		return
	}
	detail := fmt.Sprintf("at %dh: ", w.now/hour) + fmt.Sprintf(format, args...)
	w.outcome.Violations = append(w.outcome.Violations, Violation{invariant, detail})
}

// commit is a transaction of a node: do is its effect, which lasts. The node may
// crash just before, then do has not happened, or just after. Only when commit
// returns true does the node go on to what follows, such as sending.
func (w *world) commit(n *node, do func()) bool {
	w.commits++
	chosen := w.commits == w.cfg.CrashAt && w.now < w.calm()
	before, after := chosen && !w.cfg.CrashAfter, chosen && w.cfg.CrashAfter
	if f := w.cfg.Faults.CommitCrash; f > 0 && w.now < w.calm() {
		before = before || w.dice.IntN(100_000) < f
		after = after || w.dice.IntN(100_000) < f
	}
	if before {
		w.crash(n)
		return false
	}
	do()
	if after {
		w.crash(n)
		return false
	}
	return true
}

// keyOf makes the tally key of a place: real Multikeys, because a Roster takes
// no others, but nobody signs with them.
func keyOf(host string, generation int) string {
	seed := sha256.Sum256(fmt.Appendf(nil, "%s %d", host, generation))
	return proof.EncodeKey(ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey))
}

// handlers do the work of an event.
var handlers = [...]func(w *world, e event){
	wakeLeaf:     func(w *world, e event) { w.wakeUp(w.leafOf(e.node), e.i) },
	pollLeaf:     func(w *world, e event) { w.poll(w.leafOf(e.node), e.i) },
	sweepHub:     func(w *world, e event) { w.sweep(w.hubOf(e.node), e.i) },
	emitHub:      func(w *world, e event) { w.emit(w.hubOf(e.node), e.i) },
	deliver:      func(w *world, e event) { w.arrive(e.msg) },
	retry:        func(w *world, e event) { w.sendAgain(e.msg) },
	ask:          func(w *world, e event) { w.serve(w.hubOf(e.node), w.nodes[e.i]) },
	answer:       func(w *world, e event) { w.answered(e.msg) },
	guardTry:     func(w *world, e event) { w.guardAsks(w.nodes[e.node], e.i) },
	crashNode:    func(w *world, e event) { w.crashFor(w.nodes[e.node], int64(e.i)) },
	startNode:    func(w *world, e event) { w.startUp(w.nodes[e.node]) },
	backupNode:   func(w *world, e event) { w.backUp(w.nodes[e.node]) },
	restoreNode:  func(w *world, e event) { w.restore(w.nodes[e.node], e.i == 1) },
	cutBegins:    func(w *world, e event) { w.cuts[e.i].active = true },
	cutEnds:      func(w *world, e event) { w.cuts[e.i].active = false },
	changeRoster: func(w *world, e event) { w.applyChange(e.i) },
	strangerActs: func(w *world, _ event) { w.strangerActs() },
	thiefActs:    func(w *world, e event) { w.steal(w.leafOf(e.node)) },
	replayOld:    func(w *world, _ event) { w.replay() },
}

func (w *world) handle(e event) { handlers[e.kind](w, e) }
