// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"errors"
	"math"
	"slices"
)

// Level is how much trust the groups deserve (spec: opinion.md 13).
type Level string

// Levels.
const (
	Stable     Level = "stable"
	Indicative Level = "indicative" // shown with a warning in words
	Unstable   Level = "unstable"   // no groups are published
)

// Quality tells how the outcome changes when people are left out: a tenth at a
// time (Folds), or one contributor at a time (LeaveOneOut, which fills only
// the cosines). Agreement and cosines are per mille, silhouette per million.
type Quality struct {
	Level      Level   `json:"level"`
	SameK      int     `json:"sameK"`
	Agreement  []int64 `json:"agreement"`
	Cos1       []int64 `json:"cos1"`
	Cos2       []int64 `json:"cos2"`
	Silhouette int64   `json:"silhouette"`
}

const (
	folds     = 10
	maxGroups = 5
)

// Folds leaves out each tenth of the people of a consultation of one instance:
// its rows with votes, numbered in their order, which must be that of rowKey.
// The outcome must have groups and come from votes alone. It costs ten further
// models and groupings.
func (o *Outcome) Folds(votes *Matrix) (Quality, error) {
	q := Quality{Agreement: []int64{}, Cos1: []int64{}, Cos2: []int64{}}
	total, err := votes.Stats(o.Columns)
	if err != nil {
		return q, err
	}
	for f := range folds {
		if err := o.fold(&q, total, votes, f); err != nil {
			return q, err
		}
	}
	q.Silhouette = o.silhouette()
	q.Level = q.judgeFolds()
	return q, nil
}

// fold computes everything without the people of one fold.
func (o *Outcome) fold(q *Quality, total Stats, votes *Matrix, f int) error {
	part, inside := votes.fold(f)
	left, err := part.Stats(o.Columns)
	if err != nil {
		return err
	}
	rest := total.Clone()
	if err := rest.Sub(left); err != nil {
		return err
	}
	fit, err := Fit(rest.Suppress(o.Params.PairMin), o.Columns, o.Params, nil)
	if err != nil {
		return err
	}
	fit.Model.NCols, fit.Model.NModOut = o.Fit.Model.NCols, o.Fit.Model.NModOut
	q.cosines(&o.Fit, &fit)
	everyone := fit.Model.placeRows(o.Columns, votes, o.Placed[0].Rows)
	var stay []Point
	for i, row := range o.Placed[0].Rows {
		if !inside[row] {
			stay = append(stay, everyone[i])
		}
	}
	g := grouping{points: [][]Point{stay}, sdQ: fit.Model.SdQ, params: o.Params}
	k, centroids := g.choose(g.search())
	if k == o.K {
		q.SameK++
	}
	q.Agreement = append(q.Agreement, o.agreement(everyone, centroids))
	return nil
}

// fold gives the people of one fold and which rows they are.
func (m *Matrix) fold(f int) (part *Matrix, inside []bool) {
	part, inside = NewMatrix(len(m.counts.S)), make([]bool, len(m.rows))
	index := 0
	for i, row := range m.rows {
		if len(row) == 0 {
			continue
		}
		if inside[i] = index%folds == f; inside[i] {
			part.adopt(row)
		}
		index++
	}
	return part, inside
}

// adopt adds a row that stays shared with another matrix.
func (m *Matrix) adopt(row []cell) {
	m.rows = append(m.rows, row[:len(row):len(row)])
	m.counts.Participants++
	for _, c := range row {
		m.counts.count(c, 1)
	}
}

func (q *Quality) cosines(full, part *Fitted) {
	cosine := func(i int) int64 { return int64(float64(1000*math.Abs(dot(full.Comps[i], part.Comps[i]))) + 1e-6) }
	q.Cos1, q.Cos2 = append(q.Cos1, cosine(0)), append(q.Cos2, cosine(1))
}

// agreement is the share of people, per mille, who are in the same group after
// the best renaming of the groups.
func (o *Outcome) agreement(points, centroids []Point) int64 {
	if len(centroids) == 0 || len(points) == 0 {
		return 0
	}
	var table [maxGroups][maxGroups]int64
	for i, p := range points {
		table[o.Group(0, i)][nearest(p, centroids)]++
	}
	best := int64(0)
	permutations(maxGroups, func(p []int) {
		sum := int64(0)
		for i, j := range p {
			sum += table[i][j]
		}
		best = max(best, sum)
	})
	return 1000 * best / int64(len(points))
}

// silhouette of the chosen groups, per million.
func (o *Outcome) silhouette() int64 {
	if o.K == 0 || o.Clustered == 0 {
		return 0
	}
	return o.Solutions[o.K-2].Score.SilSum / o.Clustered
}

func (q *Quality) judgeFolds() Level {
	least, median := slices.Min(q.Cos1), lowerMedian(q.Agreement)
	switch {
	case least < 850 || q.SameK < 6 || median < 850:
		return Unstable
	case q.Silhouette >= 550000 && least >= 950 && q.SameK >= 9 && median >= 950:
		return Stable
	}
	return Indicative
}

func lowerMedian(v []int64) int64 {
	s := slices.Sorted(slices.Values(v))
	return s[(len(s)-1)/2]
}

// LeaveOneOut leaves out each contributor with pair statistics in turn and
// compares the components. Parts are their statistics as they were added.
func (o *Outcome) LeaveOneOut(parts []Stats) (Quality, error) {
	return LeaveOneOut(&o.Fit, o.Stats, parts, o.Columns, o.Params, o.silhouette())
}

// LeaveOneOut is the same for a convener that has shares only. Silhouette is
// silSum/n of the chosen k, per million.
func LeaveOneOut(full *Fitted, total Stats, parts []Stats, columns []Column, params Params, silhouette int64) (Quality, error) {
	q := Quality{Agreement: []int64{}, Cos1: []int64{}, Cos2: []int64{}, Silhouette: silhouette}
	paired := slices.DeleteFunc(slices.Clone(parts), func(s Stats) bool { return s.Pairs.M == 0 })
	fits, faults := make([]Fitted, len(paired)), make([]error, len(paired))
	each(len(paired), func(i int) {
		rest := total.Clone()
		if faults[i] = rest.Sub(paired[i]); faults[i] == nil {
			fits[i], faults[i] = Fit(rest, columns, params, nil)
		}
	})
	if err := errors.Join(faults...); err != nil {
		return q, err
	}
	for i := range fits {
		q.cosines(full, &fits[i])
	}
	q.Level = q.judgeParts()
	return q, nil
}

func (q *Quality) judgeParts() Level {
	if len(q.Cos1) == 0 {
		return Indicative
	}
	switch least := slices.Min(q.Cos1); {
	case least < 850:
		return Unstable
	case q.Silhouette >= 550000 && least >= 950 && len(q.Cos1) >= 3:
		return Stable
	}
	return Indicative
}
