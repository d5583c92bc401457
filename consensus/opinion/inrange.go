// SPDX-License-Identifier: EUPL-1.2

package opinion

import "math"

// inRange is O601 for the sum of the shares in hand with one more: a share that
// is in bounds by itself must not make it impossible to close the step. It is
// refused on arrival, so that its sender is known. Bounds that are easy to add
// settle nearly every case; only beyond them the shares are added up.
func inRange(s *Share, among map[string]*Share) error {
	peaks, pairs := s.peak(), s.pairPeak()
	rest := []*Share{s}
	for area, other := range among {
		if area != s.Area {
			peaks, pairs = peaks+other.peak(), pairs+other.pairPeak()
			rest = append(rest, other)
		}
	}
	if peaks < limit && pairs < math.MaxInt32 {
		return nil
	}
	_, err := MergeShares(s.Phase, rest)
	return err
}

// peak is at least the absolute value of every number of a checked share: votes
// are at most the people, clusters and groups at most inConv.
func (s *Share) peak() int64 {
	peak := max(s.Participants, s.InConv)
	for _, l := range s.Body.Other {
		peak = max(peak, l.Participants)
	}
	for _, starts := range s.Body.Sums {
		for _, clusters := range starts {
			for _, c := range clusters {
				peak = max(peak, c.X, -c.X, c.Y, -c.Y)
			}
		}
	}
	for _, starts := range s.Body.Scores {
		for _, v := range starts {
			peak = max(peak, v.Inertia, v.SilSum)
		}
	}
	for _, g := range s.Body.Groups {
		peak = max(peak, g.Spread)
	}
	return peak
}

// pairPeak bounds the cells of the pair statistics, which are 32 bits wide.
func (s *Share) pairPeak() int64 {
	if s.Pairs.M == 0 {
		return 0
	}
	return s.pairPeople()
}
