// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"polder/consensus/polis"
)

var dataSets = []string{"15-per-hour-seattle", "american-assembly.bowling-green", "bg2050-volunteers", "brexit-consensus", "london.youth.policing", "vtaiwan.uberx"}

// reference is a canonical file, as far as it is needed to take its model over.
type reference struct {
	Mu      []float64
	Comps   [2][]float64
	MuQ     []int64
	C1Q     []int64
	C2Q     []int64
	SdQ     int64
	Eig     []float64
	Sd      float64
	TraceC  float64 `json:"trace_C"`
	NAll    int     `json:"n_all"`
	NModOut int     `json:"n_modout"`
	raw     any
}

func canonicalParams() Params {
	p := LocalParams()
	p.MinClustered, p.MinStatements, p.MinGroup = 0, 0, 0
	return p
}

func openGzip(t testing.TB, path string) io.Reader {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func readJSON(t testing.TB, path string, into any) {
	t.Helper()
	raw, err := io.ReadAll(openGzip(t, path))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

func readReference(t testing.TB, set string) reference {
	t.Helper()
	var r reference
	readJSON(t, "canonical_"+set+".json.gz", &r)
	readJSON(t, "canonical_"+set+".json.gz", &r.raw)
	return r
}

// conversation is one data set as the engine takes it.
type conversation struct {
	votes   *Matrix
	columns []Column
	labels  Labels
}

func readConversation(t testing.TB, set, file string) conversation {
	t.Helper()
	e, err := polis.Parse(polis.Files{
		Votes:    polis.Source{Name: file, Reader: openGzip(t, "votes/"+set+"/"+file+".gz")},
		Comments: polis.Source{Name: "comments.csv", Reader: openGzip(t, "votes/"+set+"/comments.csv.gz")},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := conversation{votes: NewMatrix(len(e.Statements)), labels: Labels{People: [][]int64{e.Participants}}}
	for _, s := range e.Statements {
		c.columns = append(c.columns, Column{ModOut: s.Removed() || s.Meta, Meta: s.Meta})
		c.labels.Statements = append(c.labels.Statements, s.ID)
	}
	for rank := range e.Participants {
		var row []Vote
		for _, v := range e.Row(rank) {
			row = append(row, Vote{Column: int(v.Column), Value: v.Value})
		}
		if err := c.votes.AppendRow(row); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func canonicalOf(t testing.TB, o *Outcome, c conversation) any {
	t.Helper()
	var stability *Quality
	if o.K > 0 {
		q, err := o.Folds(c.votes)
		if err != nil {
			t.Fatal(err)
		}
		stability = &q
	}
	raw, err := o.Canonical(c.labels, stability)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestReferenceResults compares every number of the reference results, with
// the components this package computes.
func TestReferenceResults(t *testing.T) {
	for _, set := range dataSets {
		t.Run(set, func(t *testing.T) {
			c := readConversation(t, set, "participants-votes.csv")
			o, err := Run([]*Matrix{c.votes}, c.columns, canonicalParams())
			if err != nil {
				t.Fatal(err)
			}
			report(t, differences(canonicalOf(t, o, c), readReference(t, set).raw, "", ownSolver))
		})
	}
}

// TestReferenceModel takes the model integers from the file. From there on all
// is exact.
func TestReferenceModel(t *testing.T) {
	for _, set := range dataSets {
		t.Run(set, func(t *testing.T) {
			c, r := readConversation(t, set, "participants-votes.csv"), readReference(t, set)
			s, err := c.votes.Stats(c.columns)
			if err != nil {
				t.Fatal(err)
			}
			fit := Fitted{Mu: r.Mu, Comps: r.Comps, Eig: r.Eig, Trace: r.TraceC, Sd: r.Sd, Model: Model{MuQ: r.MuQ, C1Q: r.C1Q, C2Q: r.C2Q,
				SdQ: r.SdQ, NCols: r.NAll, NModOut: r.NModOut, Participants: s.Participants, InConvMin: 7}}
			o, err := RunModel([]*Matrix{c.votes}, c.columns, canonicalParams(), s, fit, nil)
			if err != nil {
				t.Fatal(err)
			}
			report(t, differences(canonicalOf(t, o, c), r.raw, "", givenModel))
		})
	}
}

func TestHistoryGivesTheSame(t *testing.T) {
	set := "london.youth.policing"
	c := readConversation(t, set, "votes.csv")
	o, err := Run([]*Matrix{c.votes}, c.columns, canonicalParams())
	if err != nil {
		t.Fatal(err)
	}
	report(t, differences(canonicalOf(t, o, c), readReference(t, set).raw, "", ownSolver))
}

// With the floors of a real consultation two of the sets have no groups.
func TestFloors(t *testing.T) {
	for set, reason := range map[string]Reason{"london.youth.policing": TooFewPeople, "bg2050-volunteers": SmallGroups, "brexit-consensus": ""} {
		c := readConversation(t, set, "participants-votes.csv")
		o, err := Run([]*Matrix{c.votes}, c.columns, LocalParams())
		if err != nil || o.Reason != reason {
			t.Errorf("%s: reason %q, error %v, want %q", set, o.Reason, err, reason)
		}
		if (o.K == 0) != (reason != "") || len(o.Groups) != max(1, o.K) {
			t.Errorf("%s: %d groups, %d counts", set, o.K, len(o.Groups))
		}
	}
}

func TestLevels(t *testing.T) {
	for set, level := range map[string]Level{"15-per-hour-seattle": Indicative, "bg2050-volunteers": Unstable, "brexit-consensus": Indicative,
		"london.youth.policing": Unstable, "vtaiwan.uberx": Stable} {
		c := readConversation(t, set, "participants-votes.csv")
		o, err := Run([]*Matrix{c.votes}, c.columns, canonicalParams())
		if err != nil {
			t.Fatal(err)
		}
		q, err := o.Folds(c.votes)
		if err != nil || q.Level != level {
			t.Errorf("%s: %+v, error %v, want %s", set, q, err, level)
		}
		if q.Level != Unstable {
			continue
		}
		if err := o.Withdraw([]*Matrix{c.votes}); err != nil || o.Result().K != nil || o.Reason != UnstableGroups || o.Groups[0].Members != o.Clustered {
			t.Errorf("%s: groups remain after Withdraw: %v", set, err)
		}
	}
}
