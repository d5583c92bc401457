// SPDX-License-Identifier: EUPL-1.2

package sim

import "math/rand/v2"

const (
	second = int64(1000)
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
)

// dice draws integers from a seeded PCG.
type dice struct{ *rand.Rand }

func newDice(seed, stream uint64) dice { return dice{rand.New(rand.NewPCG(seed, stream))} }

// between draws from lo to hi, both included.
func (d dice) between(lo, hi int64) int64 {
	if hi <= lo {
		return lo
	}
	return lo + d.Int64N(hi-lo+1)
}

// of1000 is true permille times out of a thousand.
func (d dice) of1000(permille int) bool { return permille > 0 && d.IntN(1000) < permille }

// about gives t plus or minus a fifth.
func (d dice) about(t int64) int64 { return d.between(t-t/5, t+t/5) }

// bell is close to normally distributed around 0 with deviation 1, in 1/1024.
func (d dice) bell() int64 {
	var sum int64
	for range 12 {
		sum += d.Int64N(1025)
	}
	return sum - 6*1024
}

// skewed is close to lognormal in integers: median * 2^(octaves * bell), at
// most limit. Powers of two are interpolated, so that no processor's floating
// point decides the course of a run.
func (d dice) skewed(median, octaves, limit int64) int64 {
	x := octaves * d.bell() // in 1/1024 octave
	whole, part := x>>10, x&1023
	value := median + median*part/1024
	if whole >= 0 {
		value <<= min(whole, 40)
	} else {
		value >>= min(-whole, 40)
	}
	return min(max(value, 1), limit)
}

// some gives n different numbers below total, in random order.
func (d dice) some(n, total int) []int { return d.Perm(total)[:min(n, total)] }
