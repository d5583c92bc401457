// SPDX-License-Identifier: EUPL-1.2

package sim

import (
	"cmp"
	"slices"
	"strings"

	"polder/consensus/tally"
)

// verdict is what should count of one area, found without consensus/tally: from
// what the simulation knows about each tally, by the words of aggregation.md 7.3.
type verdict struct {
	value    *item
	disputed bool
}

type said struct {
	revision int64
	digest   string
}

// judge gives the verdict on the tallies a hub holds of one leaf.
func judge(m *tally.Member, context string, held []*item) verdict {
	var signed []*item
	var claims []said
	for _, it := range held {
		d := it.doc
		if it.origin == fromStranger || d.Context != context || d.Epoch != m.Epoch || d.AttributedTo != m.Actor || !pinned(m, d) {
			continue
		}
		signed = append(signed, it)
		claims = append(claims, said{d.Revision, d.Digest})
		if d.Previous != nil {
			claims = append(claims, said{d.Previous.Revision, d.Previous.Digest})
		}
	}
	fork, disputed := leastFork(claims)
	if m.Count == tally.CountExclude {
		return verdict{}
	}
	frozen, isFrozen := strings.CutPrefix(m.Count, tally.CountFrozen)
	v := verdict{disputed: disputed}
	for _, it := range signed {
		if !it.origin.valid() || isFrozen && it.doc.Digest != frozen || !isFrozen && disputed && it.doc.Revision >= fork {
			continue
		}
		if v.value == nil || it.doc.Revision > v.value.doc.Revision {
			v.value = it
		}
	}
	return v
}

// leastFork is the least revision that is claimed with two digests.
func leastFork(claims []said) (int64, bool) {
	slices.SortFunc(claims, func(a, b said) int { return cmp.Compare(a.revision, b.revision) })
	for i := 1; i < len(claims); i++ {
		if claims[i].revision == claims[i-1].revision && claims[i].digest != claims[i-1].digest {
			return claims[i].revision, true
		}
	}
	return 0, false
}

// sums are the totals of some tallies, per level: accepted from turnout;
// ballots, and the answers, from the question.
type sums struct {
	accepted, ballots map[string]int64
	options           map[string]int64 // option " " level
	answered          map[string]bool  // level -> some tally shows answers
}

// add adds up values. Of tallies that show answers and tallies that show turnout
// only, only the first kind is in the question, so that options and ballots are
// those of the same people.
func addUp(values []*item) sums {
	s := sums{map[string]int64{}, map[string]int64{}, map[string]int64{}, map[string]bool{}}
	for _, it := range values {
		for level := range shownLevels(it.doc) {
			s.answered[level] = true
		}
	}
	for _, it := range values {
		if it.doc.Turnout != nil {
			for level, n := range it.doc.Turnout.Accepted {
				s.accepted[level] += n
			}
		}
		shown := shownLevels(it.doc)
		for _, q := range it.doc.Questions {
			for level, n := range q.Ballots {
				if s.answered[level] && !shown[level] {
					continue
				}
				s.ballots[level] += n
				for _, o := range q.Options {
					s.options[o.ID+" "+level] += o.N[level]
				}
			}
		}
	}
	return s
}

// shownLevels are the levels whose answers a tally shows.
func shownLevels(d *tally.Doc) map[string]bool {
	levels := map[string]bool{}
	for _, q := range d.Questions {
		for _, o := range q.Options {
			for level := range o.N {
				levels[level] = true
			}
		}
	}
	return levels
}

// equals compares the sums with a result that has no sealed sum.
func (s sums) equals(res *tally.Result) bool {
	for level, n := range s.accepted {
		if res.Turnout.Accepted[level] != n {
			return false
		}
	}
	for level, n := range res.Turnout.Accepted {
		if s.accepted[level] != n {
			return false
		}
	}
	for _, q := range res.Questions {
		for level, n := range q.Ballots {
			if s.ballots[level] != n {
				return false
			}
			for _, o := range q.Options {
				if s.options[o.ID+" "+level] != o.N[level] {
					return false
				}
			}
		}
	}
	return true
}
