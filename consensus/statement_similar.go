// SPDX-License-Identifier: EUPL-1.2

package consensus

import (
	"cmp"
	"slices"
	"time"
)

// AppealTerm is how long an author can ask for a second look at a decision
// (spec: product.md 4.2 and 9).
const AppealTerm = 14 * 24 * time.Hour

// AppealUntil is until when the author may appeal the last decision about the
// statement; zero if there is nothing to appeal. A merge is no refusal.
func (s *Statement) AppealUntil() time.Time {
	if s.State != StatementRejected && s.State != StatementHidden || s.Changed.IsZero() {
		return time.Time{}
	}
	return s.Changed.Add(AppealTerm)
}

// Likeness finds texts that look like another one, for a moderator to compare.
// It is made once for a list of texts.
type Likeness struct{ grams [][]uint64 }

// NewLikeness prepares texts.
func NewLikeness(texts []string) *Likeness {
	l := &Likeness{grams: make([][]uint64, len(texts))}
	for i, text := range texts {
		l.grams[i] = trigrams(text)
	}
	return l
}

// leastAlike is the part of the letter groups, in thousandths, that two texts
// must share to be shown beside each other.
const leastAlike = 350

// Nearest gives the indexes of at most `most` texts like this one, the most
// alike first.
func (l *Likeness) Nearest(text string, most int) (out []int) {
	type near struct{ i, share int }
	var list []near
	own := trigrams(text)
	for i, other := range l.grams {
		if share := shared(own, other); share >= leastAlike {
			list = append(list, near{i, share})
		}
	}
	slices.SortStableFunc(list, func(a, b near) int { return cmp.Compare(b.share, a.share) })
	for _, n := range list[:min(most, len(list))] {
		out = append(out, n.i)
	}
	return out
}

// trigrams are the groups of three characters of a text's Sameness, each once,
// sorted: three runes in one number.
func trigrams(text string) (out []uint64) {
	runes := []rune(" " + Sameness(text) + " ")
	for i := 0; i+2 < len(runes); i++ {
		out = append(out, uint64(runes[i])<<42|uint64(runes[i+1])<<21|uint64(runes[i+2]))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// shared is twice what both have over what they have together, in thousandths
// (Dice).
func shared(a, b []uint64) int {
	if len(a)+len(b) == 0 {
		return 0
	}
	both, i, j := 0, 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			both, i, j = both+1, i+1, j+1
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return 2000 * both / (len(a) + len(b))
}
