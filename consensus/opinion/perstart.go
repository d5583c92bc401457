// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// PerStart holds something for every start of every k, as {"2":[..],"3":[..]}
// (spec: opinion.md 12).
type PerStart[T any] map[int][]T

// The bodies of the move and score phases.
type (
	Centroids = PerStart[[]Point]
	Sums      = PerStart[[]ClusterSum]
	Scores    = PerStart[Score]
)

// Ks lists k in ascending order.
func (p PerStart[T]) Ks() []int { return slices.Sorted(maps.Keys(p)) }

// UnmarshalJSON reads [x,y].
func (p *Point) UnmarshalJSON(raw []byte) error {
	v, err := integers(raw, 2)
	if err != nil {
		return err
	}
	p.X, p.Y = v[0], v[1]
	return nil
}

// MarshalJSON writes [n, Σx, Σy].
func (c ClusterSum) MarshalJSON() ([]byte, error) { return json.Marshal([3]int64{c.N, c.X, c.Y}) }

// UnmarshalJSON reads [n, Σx, Σy].
func (c *ClusterSum) UnmarshalJSON(raw []byte) error {
	v, err := integers(raw, 3)
	if err != nil {
		return err
	}
	c.N, c.X, c.Y = v[0], v[1], v[2]
	return nil
}

// MarshalJSON writes [inertia, silSum, [sizes]].
func (s Score) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{s.Inertia, s.SilSum, s.Sizes})
}

// UnmarshalJSON reads [inertia, silSum, [sizes]].
func (s *Score) UnmarshalJSON(raw []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(raw, &parts); err != nil {
		return err
	}
	if len(parts) != 3 {
		return fmt.Errorf("a score of %d parts", len(parts))
	}
	for i, to := range []any{&s.Inertia, &s.SilSum, &s.Sizes} {
		if err := json.Unmarshal(parts[i], to); err != nil {
			return err
		}
	}
	return nil
}

func integers(raw []byte, n int) ([]int64, error) {
	var v []int64
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, err
	}
	if len(v) != n {
		return nil, fmt.Errorf("%d numbers, want %d", len(v), n)
	}
	return v, nil
}

// sameShape reports whether both hold the same k, starts and cluster counts.
func sameShape[T any](p PerStart[T], size func(T) int, c Centroids) bool {
	if len(p) != len(c) {
		return false
	}
	for k, starts := range c {
		if len(p[k]) != len(starts) {
			return false
		}
		for i := range starts {
			if size(p[k][i]) != len(starts[i]) {
				return false
			}
		}
	}
	return true
}
