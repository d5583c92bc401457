// SPDX-License-Identifier: EUPL-1.2

package opinion

import "math"

// assignment keeps the sums of Step up to date while centroids move. A person
// is compared with all centroids again only when the nearest one may have
// changed: when the centroids moved further than the lead that the nearest one
// had over the second (Hamerly 2010). It gives the same sums as Step.
type assignment struct {
	points    [][]Point
	centroids []Point
	sums      []ClusterSum
	nearest   [][]uint8
	lead      [][]float64 // by person: the drift of the own cluster up to which nothing can change
	drift     []float64   // by cluster: how much lead its members can have lost since the start
}

// slop is more than rounding can take from a lead, in units of 2^-20.
const slop = 1

func newAssignment(points [][]Point, centroids []Point) *assignment {
	a := &assignment{points: points, centroids: centroids, sums: make([]ClusterSum, len(centroids)), drift: make([]float64, len(centroids))}
	for i, part := range points {
		a.nearest = append(a.nearest, make([]uint8, len(part)))
		a.lead = append(a.lead, make([]float64, len(part)))
		for n, p := range part {
			at, lead := lead(p, centroids)
			a.nearest[i][n], a.lead[i][n] = uint8(at), lead
			a.sums[at].add(p, 1)
		}
	}
	return a
}

func (s *ClusterSum) add(p Point, sign int64) {
	s.N += sign
	s.X += sign * p.X
	s.Y += sign * p.Y
}

// lead gives the nearest centroid and how much nearer it is than the second.
func lead(p Point, centroids []Point) (at int, ahead float64) {
	da, db := int64(math.MaxInt64), int64(math.MaxInt64)
	for j := range centroids {
		switch d := distance(p, centroids[j]); {
		case d < da:
			da, db, at = d, da, j
		case d < db:
			db = d
		}
	}
	return at, math.Sqrt(float64(db)) - math.Sqrt(float64(da))
}

// moveTo takes new centroids and brings the sums up to date.
func (a *assignment) moveTo(centroids []Point) {
	a.addDrift(centroids)
	a.centroids = centroids
	for i, part := range a.points {
		nearest, leads := a.nearest[i], a.lead[i]
		for n := range part {
			if was := nearest[n]; leads[n] <= a.drift[was]+slop {
				at, ahead := lead(part[n], centroids)
				leads[n] = ahead + a.drift[at]
				if at != int(was) {
					nearest[n] = uint8(at)
					a.sums[was].add(part[n], -1)
					a.sums[at].add(part[n], 1)
				}
			}
		}
	}
}

// addDrift adds, for each cluster, its own step and the largest of the others.
func (a *assignment) addDrift(centroids []Point) {
	steps := make([]float64, len(centroids))
	for j, c := range centroids {
		steps[j] = math.Sqrt(float64(distance(c, a.centroids[j])))
	}
	for j := range steps {
		others := 0.0
		for k, s := range steps {
			if k != j {
				others = math.Max(others, s)
			}
		}
		a.drift[j] += steps[j] + others
	}
}

// inertia of the present centroids, as in Rate.
func (a *assignment) inertia() (sum int64) {
	for i, part := range a.points {
		for n, p := range part {
			sum += distance(p, a.centroids[a.nearest[i][n]]) >> 20
		}
	}
	return sum
}
