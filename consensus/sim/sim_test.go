// SPDX-License-Identifier: EUPL-1.2

package sim_test

import (
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"sync/atomic"
	"testing"

	"polder/consensus/sim"
	"polder/consensus/tally"
)

// Nightly: go test -run Sim -seeds=2000 -timeout=2h ./consensus/sim
// One seed: go test -run Sim -seed=17 ./consensus/sim
var (
	seeds = flag.Int("seeds", 20, "how many seeds TestSim runs")
	seed  = flag.Uint64("seed", 0, "the only seed TestSim runs")
)

func TestMain(m *testing.M) {
	flag.Parse()
	debug.SetGCPercent(400) // the runs keep everything until they end
	os.Exit(m.Run())
}

// small is a country of 60 municipalities in 4 provinces with every fault.
func small(seed uint64) sim.Config {
	c := sim.Default(seed)
	c.Members, c.Provinces = 60, 4
	return c
}

// tiny has few and short steps, no faults.
func tiny(seed uint64) sim.Config {
	c := sim.Quiet(seed)
	c.Members, c.Provinces = 4, 2
	c.Voting, c.Healing = c.Voting/6, c.Healing/6
	return c
}

func chosenSeeds() []uint64 {
	if *seed != 0 {
		return []uint64{*seed}
	}
	n := *seeds
	if testing.Short() {
		n = min(n, 2)
	}
	var list []uint64
	for i := range n {
		list = append(list, uint64(i)+1)
	}
	return list
}

func report(t *testing.T, o *sim.Outcome) {
	t.Helper()
	for _, v := range o.Violations {
		t.Errorf("%s %s", v.Invariant, v.Detail)
	}
}

// TestSim runs the country of aggregation.md 10 with every fault: the invariants
// I1 to I7, I14 to I17 hold for every seed, and after healing all hubs agree on
// what honest members counted last. The name of a failing subtest is its seed.
func TestSim(t *testing.T) {
	var forks atomic.Int64
	t.Cleanup(func() {
		if forks.Load() == 0 && len(chosenSeeds()) > 1 {
			t.Error("no seed has a fork: the faults do not happen")
		}
	})
	for _, n := range chosenSeeds() {
		t.Run(fmt.Sprintf("seed=%d", n), func(t *testing.T) {
			t.Parallel()
			o := sim.Run(sim.Default(n))
			report(t, o)
			forks.Add(int64(o.Forks))
			if o.Found != o.Forks || o.Rosters < 10 || o.Accused != 0 || o.Wrong != 0 {
				t.Errorf("%d of %d forks found, %d rosters, %d honest members disputed, %d wrong", o.Found, o.Forks, o.Rosters, o.Accused, o.Wrong)
			}
			t.Logf("%d events, %d commits, %d tallies, %d of %d forks found", o.Events, o.Commits, o.Tallies, o.Found, o.Forks)
		})
	}
}

// TestSimWithoutFaults: nobody is disputed, nothing is wrong.
func TestSimWithoutFaults(t *testing.T) {
	o := sim.Run(sim.Quiet(1))
	report(t, o)
	if o.Honest != 342 || o.Forks != 0 {
		t.Errorf("%d honest members, %d forks", o.Honest, o.Forks)
	}
}

// TestSimSameSeedSameBytes is I18: the digest is over every event and over the
// bytes of every final aggregate.
func TestSimSameSeedSameBytes(t *testing.T) {
	seen := map[string]bool{}
	for n := uint64(1); n <= 2; n++ {
		a, b := sim.Run(small(n)), sim.Run(small(n))
		if a.Digest != b.Digest || seen[a.Digest] {
			t.Errorf("seed %d gives %s and %s, seeds before %v", n, a.Digest, b.Digest, seen)
		}
		seen[a.Digest] = true
	}
}

// TestSimFindsBreakages: with a protection switched off the invariants do not
// hold, and the simulation says so.
func TestSimFindsBreakages(t *testing.T) {
	for _, test := range []struct {
		name      string
		breakage  sim.Breakage
		faults    func(*sim.Faults)
		invariant string
		most      uint64 // seeds it may take
	}{
		{"fork rule removed", sim.Breakage{Rules: tally.Rules{IgnoreForks: true}}, nil, "I2", 5},
		{"fork rule removed, sum", sim.Breakage{Rules: tally.Rules{IgnoreForks: true}}, nil, "I3", 5},
		{"last arrived Roster", sim.Breakage{Rules: tally.Rules{LastArrivedRoster: true}}, nil, "agreement", 5},
		{"plain +1 revisions without guard", sim.Breakage{PlusOne: true, NoGuard: true}, nil, "honest", 5},
		{"deltas instead of snapshots", sim.Breakage{Rules: tally.Rules{Deltas: true}}, nil, "I3", 1},
		{"no guard, clocks a day back", sim.Breakage{NoGuard: true}, func(f *sim.Faults) { f.DayBack, f.Restores = 1000, 500 }, "truth", 5},
		{"hubs compare the newest tally only", sim.Breakage{NewestOnly: true}, func(f *sim.Faults) { f.Forkers = 150 }, "agreement", 30},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for n := uint64(1); n <= test.most; n++ {
				c := small(n)
				if test.faults != nil {
					test.faults(&c.Faults)
				}
				c.Breakage = test.breakage
				o := sim.Run(c)
				if !o.Violated(test.invariant) {
					continue
				}
				t.Logf("seed %d: %+v", n, o.Violations[0])
				c.Breakage = sim.Breakage{}
				if o := sim.Run(c); o.Violated(test.invariant) {
					t.Fatalf("seed %d violates %s without the breakage too", n, test.invariant)
				}
				return
			}
			t.Fatalf("%s is not violated in %d seeds", test.invariant, test.most)
		})
	}
}

// TestSimNumberings is the table of aggregation.md 10: how a restored backup
// ends under each numbering, with and without guard.
func TestSimNumberings(t *testing.T) {
	for _, test := range []struct {
		name     string
		breakage sim.Breakage
		dayBack  int
		clean    bool
	}{
		{"+1, no guard", sim.Breakage{PlusOne: true, NoGuard: true}, 0, false},
		{"HLC, no guard", sim.Breakage{NoGuard: true}, 0, true},
		{"HLC, guard", sim.Breakage{}, 0, true},
		{"HLC, no guard, clock -24 h", sim.Breakage{NoGuard: true}, 1000, false},
		{"HLC, guard, clock -24 h", sim.Breakage{}, 1000, true},
	} {
		accused, wrong := 0, 0
		for n := uint64(1); n <= 3; n++ {
			c := small(n)
			c.Faults.Restores, c.Faults.DayBack, c.Breakage = 500, test.dayBack, test.breakage
			o := sim.Run(c)
			accused, wrong = accused+o.Accused, wrong+o.Wrong
		}
		if clean := accused+wrong == 0; clean != test.clean {
			t.Errorf("%s: %d honest members disputed, %d wrong values", test.name, accused, wrong)
		}
		t.Logf("%s: %d honest members disputed, %d wrong values", test.name, accused, wrong)
	}
}

// TestSimCrashAtEveryCommit is I17: whichever transaction a node crashes at, just
// before or just after, the end is the same: nothing is lost, disputed or wrong.
func TestSimCrashAtEveryCommit(t *testing.T) {
	commits := sim.Run(tiny(1)).Commits
	if commits < 50 {
		t.Fatalf("only %d commits", commits)
	}
	step := 1
	if testing.Short() {
		step = 7
	}
	for n := 1; n <= commits; n += step {
		for _, after := range []bool{false, true} {
			c := tiny(1)
			c.CrashAt, c.CrashAfter = n, after
			if o := sim.Run(c); len(o.Violations) > 0 {
				t.Errorf("crash at commit %d (after %v): %v", n, after, o.Violations)
			}
		}
	}
}

// TestSimOnTheWire sends tallies as the JSON of tally.NewDirect, read by
// tally.Parse, with sealed companions for the convener. Small places withhold
// counts; with them the convener knows every ballot.
func TestSimOnTheWire(t *testing.T) {
	sealed := 0
	for n := uint64(1); n <= 2; n++ {
		c := small(n)
		c.Members, c.Provinces, c.Wire = 24, 3, true
		o := sim.Run(c)
		report(t, o)
		sealed += o.Sealed
	}
	if sealed < 2 {
		t.Errorf("the hidden counts of %d areas entered a sum", sealed)
	}
}

func BenchmarkSeed(b *testing.B) {
	for i := range b.N {
		sim.Run(sim.Default(uint64(i) + 1))
	}
}
