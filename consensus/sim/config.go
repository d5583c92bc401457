// SPDX-License-Identifier: EUPL-1.2

package sim

import (
	"time"

	"polder/consensus/tally"
)

// Config says what is simulated. Default and Quiet make useful ones.
type Config struct {
	Seed      uint64
	Members   int // municipalities
	Provinces int
	Voting    time.Duration // from opening to closesAt
	Healing   time.Duration // from closesAt to the end; the last part is without faults
	Faults    Faults
	Breakage  Breakage

	// Wire writes every tally with tally.NewDirect and reads it with tally.Parse,
	// and sends sealed tallies to the convener. It costs a millisecond a tally.
	Wire bool

	// CrashAt, if not 0, lets the node that makes that commit crash just before
	// it, or just after it if CrashAfter is set. Commits count from 1.
	CrashAt    int
	CrashAfter bool
}

// Faults are upper limits; each seed draws its own rates below them.
type Faults struct {
	SilentLoss, ErrorLoss int  // per mille of messages
	Duplicates            int  // per mille of messages
	SlowDelivery          bool // delays up to 6 hours, so that messages overtake each other
	Cuts                  int  // partitions of up to 30 hours
	CommitCrash           int  // per 100,000 commits, before or after
	Crashes               int  // per mille of the nodes, each once
	Restores              int  // per mille of the nodes are set back to an old backup
	DayBack               int  // per mille of the restores also set the clock back 24 hours
	Clocks                bool // clocks are up to 10 minutes wrong
	Late                  int  // per mille of the members miss the deadlines
	Dead                  int  // per mille of the members stop for ever
	Forkers               int  // per mille of the members sign two contents for one revision
	Stuffers              int  // per mille of the members report impossible counts
	Thieves               int  // per mille of the members lose a key to a thief
	Strangers             int  // messages signed by others
	Replays               int  // old messages sent again
	RosterChanges         bool // moves, expulsions, rotations, races and more
}

// Breakage switches protections off. The tests must notice each of them.
type Breakage struct {
	Rules   tally.Rules
	PlusOne bool // a revision is the one before plus 1, not a hybrid logical clock
	NoGuard bool // an instance never asks its parents what it signed before
	// NewestOnly: hubs compare the newest tally of each area, not all they hold.
	NewestOnly bool
}

// Default is the simulation of aggregation.md 10: 342 municipalities in 12
// provinces, 72 hours of voting, 90 hours of healing, every fault.
func Default(seed uint64) Config {
	c := Quiet(seed)
	c.Faults = Faults{
		SilentLoss: 300, ErrorLoss: 300, Duplicates: 200, SlowDelivery: true, Cuts: 10, CommitCrash: 100, Crashes: 300,
		Restores: 50, DayBack: 300, Clocks: true, Late: 30, Dead: 20, Forkers: 17, Stuffers: 10, Thieves: 6,
		Strangers: 60, Replays: 300, RosterChanges: true,
	}
	return c
}

// Quiet is the same country without any fault.
func Quiet(seed uint64) Config {
	return Config{Seed: seed, Members: 342, Provinces: 12, Voting: 72 * time.Hour, Healing: 90 * time.Hour}
}

// Violation is an invariant that did not hold.
type Violation struct {
	Invariant string // I1 to I18 of aggregation.md 10, or honest, truth, agreement
	Detail    string
}

// Outcome is what a run gave.
type Outcome struct {
	Violations []Violation
	Digest     string // over every event and the final aggregates: equal for equal seeds
	Events     int
	Commits    int
	Tallies    int
	Rosters    int
	Honest     int // members that never did or suffered anything dishonest
	Accused    int // of these, disputed somewhere at some time
	Forks      int // forks that reached a hub
	Found      int // of these, disputed at every hub that counts the area
	Sealed     int // areas whose hidden counts are in the nation's final sum (Config.Wire)
	Wrong      int // honest members whose value at the end is not their last count
}

// Violated reports whether an invariant was violated.
func (o *Outcome) Violated(invariant string) bool {
	for _, v := range o.Violations {
		if v.Invariant == invariant {
			return true
		}
	}
	return false
}
