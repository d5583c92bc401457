// SPDX-License-Identifier: EUPL-1.2

package opinion

import "math"

// Previous is what an interim epoch knows of the one before it (spec:
// opinion.md 7.7). The final epoch has none. A nil *Previous is a cold start.
type Previous struct {
	// C1, C2 are the previous components over the kept columns of now: 0 where
	// a column is new. Align makes them.
	C1, C2 []float64
	K      int // 0: there were no groups
	// Centroids[k] are the ordered centroids for k groups; those of K in the
	// order the groups were shown in.
	Centroids [][]Point
}

// Align carries the components of a model over to other kept columns, which
// are recognised by their ids.
func Align(m Model, was, now []string) (c1, c2 []float64) {
	at := make(map[string]int, len(was))
	for j, id := range was {
		at[id] = j
	}
	c1, c2 = make([]float64, len(now)), make([]float64, len(now))
	for j, id := range now {
		if o, ok := at[id]; ok && o < len(m.C1Q) && o < len(m.C2Q) {
			c1[j], c2[j] = float64(m.C1Q[o])/modelUnit, float64(m.C2Q[o])/modelUnit
		}
	}
	return c1, c2
}

func (p *Previous) component(i int) []float64 {
	switch {
	case p == nil:
		return nil
	case i == 0:
		return p.C1
	}
	return p.C2
}

// continues reports whether both components keep their direction.
func (p *Previous) continues(f *Fitted) bool {
	if p == nil || len(p.C1) != len(f.Mu) || len(p.C2) != len(f.Mu) {
		return false
	}
	return math.Abs(dot(f.Comps[0], p.C1)) >= 0.9 && math.Abs(dot(f.Comps[1], p.C2)) >= 0.9
}

func (p *Previous) centroids(k int) []Point {
	if p == nil || k >= len(p.Centroids) || len(p.Centroids[k]) != k {
		return nil
	}
	return p.Centroids[k]
}

// Continue is what the epoch that opens with now takes over from the epoch
// before it, by its opening and the results of its steps: nil if that one did
// not get as far as groups.
func Continue(before *Round, results []*RoundResult, now *Round) *Previous {
	var p *Previous
	for _, r := range results {
		switch {
		case r.Model != nil:
			p = &Previous{}
			p.C1, p.C2 = Align(*r.Model, before.keptIDs(), now.keptIDs())
		case r.Solutions != nil && p != nil:
			p.K = r.K
			for _, k := range r.Centroids.Ks() {
				for len(p.Centroids) <= k {
					p.Centroids = append(p.Centroids, nil)
				}
				p.Centroids[k] = r.Centroids[k][0]
			}
			return p
		}
	}
	return nil
}

// keptIDs are the ids of the columns that the model is made from, in order.
func (r *Round) keptIDs() []string {
	var ids []string
	for j, c := range r.EngineColumns() {
		if !c.ModOut {
			ids = append(ids, r.Columns[j].ID)
		}
	}
	return ids
}
