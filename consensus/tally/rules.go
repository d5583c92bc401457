// SPDX-License-Identifier: EUPL-1.2

package tally

// Rules switches protections of aggregation.md 7.3 OFF. It exists for the
// simulation and for tests, which must find each of these breakages; everything
// else uses Value, Total and LatestRoster, which keep all rules.
type Rules struct {
	IgnoreForks       bool // two digests at one revision are no dispute
	LastArrivedRoster bool // the last element of the set wins, not the highest revision
	Deltas            bool // every valid tally of an area is added, not the latest
}

type claim struct {
	revision int64
	digest   string
}

// forkOf returns the least revision claimed with two different digests.
func forkOf(claims []claim) (int64, bool) {
	seen := make(map[int64]string, len(claims))
	var fork int64
	found := false
	for _, c := range claims {
		digest, ok := seen[c.revision]
		if !ok {
			seen[c.revision] = c.digest
			continue
		}
		if digest != c.digest && (!found || c.revision < fork) {
			fork, found = c.revision, true
		}
	}
	return fork, found
}

// LatestRoster picks the Roster that holds: the highest revision below a fork.
// The set holds Rosters of one consultation whose proof by the pinned key of
// the convener was verified, in any order. It is nil if none is left; disputed
// reports a fork.
func LatestRoster(set []*Roster) (latest *Roster, disputed bool) {
	return LatestRosterWith(Rules{}, set)
}

// LatestRosterWith is LatestRoster with rules switched off; for the simulation.
func LatestRosterWith(rules Rules, set []*Roster) (latest *Roster, disputed bool) {
	if rules.LastArrivedRoster && len(set) > 0 {
		return set[len(set)-1], false
	}
	var claims []claim
	for _, r := range set {
		claims = append(claims, claim{r.Revision, r.Digest})
		if r.Previous != nil {
			claims = append(claims, claim{r.Previous.Revision, r.Previous.Digest})
		}
	}
	fork, found := forkOf(claims)
	if rules.IgnoreForks {
		found = false
	}
	for _, r := range set {
		if found && r.Revision >= fork {
			continue
		}
		if latest == nil || r.Revision > latest.Revision {
			latest = r
		}
	}
	return latest, found
}
