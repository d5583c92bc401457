// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"math"
	"slices"
	"strconv"
	"testing"
)

// fixture is what a production Pol.is server computed for some votes. Its
// engine writes agree as -1.
type fixture struct {
	Votes   [][3]int `json:"votes"`
	Tids    []int    `json:"tids"`
	ModOut  []int    `json:"mod_out"`
	MetaIDs []int    `json:"meta_tids"`
	InConv  []int    `json:"in_conv"`
	PCA     struct {
		Center    []float64    `json:"center"`
		Comps     [2][]float64 `json:"comps"`
		Extremity []float64    `json:"comment-extremity"`
	} `json:"pca"`
	Base struct {
		ID      []int     `json:"id"`
		Members [][]int   `json:"members"`
		X       []float64 `json:"x"`
		Y       []float64 `json:"y"`
	} `json:"base_clusters"`
	Groups []struct {
		ID      int   `json:"id"`
		Members []int `json:"members"`
	} `json:"group_clusters"`
	Repness    map[string][]fixtureLine `json:"repness"`
	Consensus  map[string][]fixtureLine `json:"consensus"`
	GroupAware map[string]float64       `json:"group_aware_consensus"`
	Priorities map[string]float64       `json:"comment_priorities"`
	GroupVotes map[string]struct {
		Members int64 `json:"n-members"`
		Votes   map[string]struct{ A, D, S int64 }
	} `json:"group_votes"`
}

type fixtureLine struct {
	Tid         int     `json:"tid"`
	Success     int64   `json:"n-success"`
	Trials      int64   `json:"n-trials"`
	P           float64 `json:"p-success"`
	PTest       float64 `json:"p-test"`
	Repness     float64 `json:"repness"`
	RepnessTest float64 `json:"repness-test"`
	For         string  `json:"repful-for"`
	BestAgree   bool    `json:"best-agree"`
	Agrees      int64   `json:"n-agree"`
}

// replay holds the votes of a fixture as the engine takes them.
type replay struct {
	fixture
	t       *testing.T
	votes   *Matrix
	columns []Column
	row     map[int]int
	fit     Fitted
	groups  []GroupCounts
}

func replayed(t *testing.T, name string) *replay {
	r := &replay{t: t, row: map[int]int{}}
	readJSON(t, "engine_"+name+".json.gz", &r.fixture)
	at := map[int]int{}
	for j, tid := range r.Tids {
		at[tid] = j
		meta := slices.Contains(r.MetaIDs, tid)
		r.columns = append(r.columns, Column{ModOut: meta || slices.Contains(r.ModOut, tid), Meta: meta})
	}
	r.votes = NewMatrix(len(r.Tids))
	for _, v := range r.Votes {
		if _, ok := r.row[v[0]]; !ok {
			r.row[v[0]] = r.votes.Rows()
		}
		if err := r.votes.AddVote(r.row[v[0]], Vote{Column: at[v[1]], Value: int8(v[2])}); err != nil {
			t.Fatal(err)
		}
	}
	s, err := r.votes.Stats(r.columns)
	if err != nil {
		t.Fatal(err)
	}
	if r.fit, err = Fit(s, r.columns, canonicalParams(), nil); err != nil {
		t.Fatal(err)
	}
	return r
}

// tally counts the votes of the people whom the fixture puts in each group.
func (r *replay) tally() {
	members := map[int][]int{}
	for i, id := range r.Base.ID {
		members[id] = r.Base.Members[i]
	}
	for _, g := range r.Groups {
		var p Placed
		for _, id := range g.Members {
			for _, person := range members[id] {
				if row, ok := r.row[person]; ok {
					p.Rows = append(p.Rows, row)
				}
			}
		}
		p.Points = make([]Point, len(p.Rows))
		r.groups = append(r.groups, Tally(r.votes, p, nil, len(r.columns))[0])
	}
}

func (r *replay) near(what string, got, want, margin float64) {
	r.t.Helper()
	if !(math.Abs(got-want) <= margin) {
		r.t.Errorf("%s: got %.17g, want %.17g", what, got, want)
	}
}

// TestProductionValues compares with a production server, given the groups it
// had.
func TestProductionValues(t *testing.T) {
	for _, name := range []string{"150ptpt-3gp-no-strict-no-meta", "25ptpt-3gp-no-strict-with-meta", "50ptpt-3gp-strict-no-meta", "below-100-ptpts"} {
		t.Run(name, func(t *testing.T) {
			r := replayed(t, name)
			r.tally()
			if name != "50ptpt-3gp-strict-no-meta" { // four votes are missing there
				r.model()
				r.positions()
				r.priorities()
			}
			r.counts()
			r.lists()
		})
	}
}

func (r *replay) model() {
	k := 0
	sign := [2]float64{1, 1}
	extremity := r.fit.Extremity(r.columns)
	for j, c := range r.columns {
		r.near("extremity", extremity[j], r.PCA.Extremity[j], 1e-9)
		if c.ModOut {
			continue
		}
		r.near("center", -r.fit.Mu[k], r.PCA.Center[j], 1e-12)
		for i := range 2 {
			if k == 0 && r.fit.Comps[i][0]*r.PCA.Comps[i][j] < 0 {
				sign[i] = -1
			}
			r.near("component", sign[i]*r.fit.Comps[i][k], r.PCA.Comps[i][j], 1e-9)
		}
		k++
	}
}

// positions compares the mean position of every base cluster, in floats and,
// within their rounding, in the integers that groups are made of.
func (r *replay) positions() {
	project := newProjector(&r.fit.Model, r.columns)
	for i, people := range r.Base.Members {
		var x, y, qx, qy float64
		for _, person := range people {
			row := r.votes.rows[r.row[person]]
			px, py := r.floatPosition(row)
			q := project.row(row)
			x, y, qx, qy = x+px, y+py, qx+float64(q.X)/pointUnit, qy+float64(q.Y)/pointUnit
		}
		n := float64(len(people))
		r.near("x", math.Abs(x/n), math.Abs(r.Base.X[i]), 1e-9)
		r.near("y", math.Abs(y/n), math.Abs(r.Base.Y[i]), 1e-9)
		r.near("integer x", qx/n, x/n, 2e-6)
		r.near("integer y", qy/n, y/n, 2e-6)
	}
}

func (r *replay) floatPosition(row []cell) (x, y float64) {
	kept, v := keptIndex(r.columns), 0
	for _, c := range row {
		if k := kept[c.column()]; k >= 0 {
			d := float64(c.value()) - r.fit.Mu[k]
			x, y, v = x+d*r.fit.Comps[0][k], y+d*r.fit.Comps[1][k], v+1
		}
	}
	f := math.Sqrt(float64(r.fit.Model.NCols) / float64(v+r.fit.Model.NModOut))
	return x * f, y * f
}

func (r *replay) priorities() {
	got := Priorities(r.groups, r.fit.Extremity(r.columns), r.columns)
	for j, tid := range r.Tids {
		want := r.Priorities[strconv.Itoa(tid)]
		r.near("priority of "+strconv.Itoa(tid), got[j], want, 1e-9*math.Abs(want))
	}
}

func (r *replay) counts() {
	gac, _ := GroupAware(r.groups)
	for j, tid := range r.Tids {
		r.near("group-aware", gac[j], r.GroupAware[strconv.Itoa(tid)], 1e-14)
		for g, group := range r.Groups {
			want := r.GroupVotes[strconv.Itoa(group.ID)]
			v, got := want.Votes[strconv.Itoa(tid)], r.groups[g]
			if got.Members != want.Members || got.A[j] != v.A || got.D[j] != v.D || got.S[j] != v.S {
				r.t.Errorf("group %d, statement %d: %d %d %d of %d people, want %+v", group.ID, tid, got.A[j], got.D[j], got.S[j], got.Members, v)
			}
		}
	}
}

func (r *replay) lists() {
	for g, list := range Repness(r.groups, r.columns) {
		r.compare("repness", list, r.Repness[strconv.Itoa(r.Groups[g].ID)], true)
	}
	s, err := r.votes.Counts(len(r.columns))
	if err != nil {
		r.t.Fatal(err)
	}
	agree, disagree := Majority(s, r.columns)
	r.compare("agree", agree, r.Consensus["agree"], false)
	r.compare("disagree", disagree, r.Consensus["disagree"], false)
}

func (r *replay) compare(what string, got []Statement, want []fixtureLine, group bool) {
	if len(got) != len(want) {
		r.t.Errorf("%s: %d lines, want %d: %+v", what, len(got), len(want), got)
		return
	}
	for i, w := range want {
		g := got[i]
		if r.Tids[g.Column] != w.Tid || g.Success != w.Success || g.Trials != w.Trials || g.BestAgree != w.BestAgree {
			r.t.Errorf("%s %d: got %+v of statement %d, want %+v", what, i, g, r.Tids[g.Column], w)
		}
		r.near(what+" p", g.P, w.P, 1e-6)
		r.near(what+" p-test", g.PTest, w.PTest, 1e-6*math.Max(1, math.Abs(w.PTest)))
		if group {
			r.near(what+" repness", g.Repness, w.Repness, 1e-6*math.Max(1, w.Repness))
			r.near(what+" repness-test", g.RepnessTest, w.RepnessTest, 1e-6*math.Max(1, math.Abs(w.RepnessTest)))
			if g.direction() != w.For || (w.BestAgree && g.Agrees != w.Agrees) {
				r.t.Errorf("%s %d: direction %s, %d agrees, want %+v", what, i, g.direction(), g.Agrees, w)
			}
		}
	}
}
