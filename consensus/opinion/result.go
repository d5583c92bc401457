// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// Micro is a real number in signed objects: rounded to a millionth.
type Micro int64

func micro(v float64) Micro { return Micro(math.RoundToEven(v * 1e6)) }

func micros(v []float64) []Micro {
	out := make([]Micro, len(v))
	for i, x := range v {
		out[i] = micro(x)
	}
	return out
}

// PerK holds one number for k = 2, 3, ... and is written as {"2":..,"3":..}.
type PerK []int64

// MarshalJSON writes the keys in ascending order.
func (p PerK) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, v := range p {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = strconv.AppendInt(b, int64(i+2), 10)
		b = append(b, '"', ':')
		b = strconv.AppendInt(b, v, 10)
	}
	return append(b, '}'), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (p *PerK) UnmarshalJSON(raw []byte) error {
	var by map[int]int64
	if err := json.Unmarshal(raw, &by); err != nil {
		return err
	}
	*p = make(PerK, len(by))
	for k, v := range by {
		if k < 2 || k >= len(by)+2 {
			return fmt.Errorf("%d among %d values of k: %w", k, len(by), ErrShape)
		}
		(*p)[k-2] = v
	}
	return nil
}

// Votes are counts per column.
type Votes struct {
	A []int64 `json:"A"`
	D []int64 `json:"D"`
	S []int64 `json:"S"`
}

// Line is a Statement in a Result; the column is its place in the round.
type Line struct {
	Column      int    `json:"column"`
	Success     int64  `json:"n-success"`
	Trials      int64  `json:"n-trials"`
	P           Micro  `json:"p-success"`
	PTest       Micro  `json:"p-test"`
	Repness     *Micro `json:"repness,omitempty"`
	RepnessTest *Micro `json:"repness-test,omitempty"`
	For         string `json:"repful-for,omitempty"`
	Agrees      *int64 `json:"n-agree,omitempty"`
	BestAgree   bool   `json:"best-agree,omitempty"`
}

// MajorityLists are the majority statements of all people.
type MajorityLists struct {
	Agree    []Line `json:"agree"`
	Disagree []Line `json:"disagree"`
}

// Result is the common result of an epoch: integers only, byte-identical for
// every split of the same people (spec: opinion.md 12).
type Result struct {
	K           *int          `json:"k"`
	Reason      Reason        `json:"reason,omitempty"`
	SilSum      PerK          `json:"silSum"`
	Centroids   []Point       `json:"centroids"`
	Sizes       []int64       `json:"sizes"`
	Spread      []int64       `json:"spread"`
	A           []int64       `json:"A"`
	D           []int64       `json:"D"`
	S           []int64       `json:"S"`
	Groups      []Votes       `json:"groups"`
	Gac         []Micro       `json:"gac"`
	GacDisagree []Micro       `json:"gacDisagree"`
	Repness     [][]Line      `json:"repness"`
	Majority    MajorityLists `json:"majority"`
	Priorities  []Micro       `json:"priorities"`
}

// Finding is what a convener knows at the end of an epoch, and all that a
// Result is made of.
type Finding struct {
	Columns   []Column
	Model     Model
	Stats     Stats // all rows
	SilSum    PerK
	K         int // 0: none
	Reason    Reason
	Centroids []Point       // ordered, of the chosen k
	Groups    []GroupCounts // without groups the one virtual group
}

// Finding is the outcome as a convener would know it.
func (o *Outcome) Finding() Finding {
	f := Finding{Columns: o.Columns, Model: o.Fit.Model, Stats: o.Stats, K: o.K, Reason: o.Reason, Centroids: o.Centroids, Groups: o.Groups}
	for _, s := range o.Solutions {
		f.SilSum = append(f.SilSum, s.Score.SilSum)
	}
	return f
}

// Result is the common result of this run.
func (o *Outcome) Result() *Result { return NewResult(o.Finding()) }

// NewResult derives lists and figures from counts. It uses the published model
// integers, so that everybody who has them gets the same bytes.
func NewResult(f Finding) *Result {
	r := &Result{Reason: f.Reason, SilSum: f.SilSum, Centroids: []Point{}, Sizes: []int64{}, Spread: []int64{},
		A: f.Stats.A, D: f.Stats.D, S: f.Stats.S, Groups: []Votes{}, Repness: [][]Line{}}
	if f.K > 0 {
		r.K, r.Centroids = &f.K, f.Centroids
		for _, statements := range Repness(f.Groups, f.Columns) {
			r.Repness = append(r.Repness, lines(statements, true))
		}
	}
	for _, g := range f.Groups {
		r.Sizes, r.Spread = append(r.Sizes, g.Members), append(r.Spread, g.Spread)
		r.Groups = append(r.Groups, Votes{A: g.A, D: g.D, S: g.S})
	}
	gac, gacDisagree := GroupAware(f.Groups)
	r.Gac, r.GacDisagree = micros(gac), micros(gacDisagree)
	agree, disagree := Majority(f.Stats, f.Columns)
	r.Majority = MajorityLists{lines(agree, false), lines(disagree, false)}
	r.Priorities = micros(Priorities(f.Groups, Extremity(&f.Model, f.Stats, f.Columns), f.Columns))
	return r
}

func lines(statements []Statement, group bool) []Line {
	out := make([]Line, len(statements))
	for i, s := range statements {
		l := Line{Column: s.Column, Success: s.Success, Trials: s.Trials, P: micro(s.P), PTest: micro(s.PTest)}
		if group {
			r, t := micro(s.Repness), micro(s.RepnessTest)
			l.Repness, l.RepnessTest, l.For, l.BestAgree = &r, &t, s.direction(), s.BestAgree
		}
		if s.BestAgree {
			l.Agrees = &s.Agrees
		}
		out[i] = l
	}
	return out
}

func (s *Statement) direction() string {
	if s.Agree {
		return "agree"
	}
	return "disagree"
}

// Ranking lists the kept columns by gac, highest first: what all groups agree
// on. Ties stay in column order.
func Ranking[T cmp.Ordered](gac []T, columns []Column) []int {
	var out []int
	for j, c := range columns {
		if !c.ModOut {
			out = append(out, j)
		}
	}
	slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(gac[b], gac[a]) })
	return out
}
