// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"fmt"
	"maps"
	"slices"
)

// Problem says which condition of opinion.md 12 does not hold: a code O101 to
// O601, and a JSON pointer into the object, "" for the whole. It is what
// `Reject.result` carries.
type Problem struct {
	Code   string `json:"code"`
	Path   string `json:"path"`
	Detail string `json:"detail"`
}

// Error makes a Problem usable as an error.
func (p Problem) Error() string {
	if p.Path == "" {
		return p.Code + ": " + p.Detail
	}
	return p.Code + " at " + p.Path + ": " + p.Detail
}

// Facts is what a share is judged against beside the open round.
type Facts struct {
	Opening *Round          // step 1 of the epoch: columns and parameters
	Areas   map[string]bool // the leaves of the Roster
	Hubs    map[string]bool // its hubs
	Taken   map[string]bool // leaves that other inputs of this step cover
	// Own is the area's stats share of this epoch; nil if there is none.
	Own *Share
	// Last is the digest of the stats share that was used for this area before;
	// it may be sent again for another round with the same columns.
	Last string
}

// CheckShare judges a share by opinion.md 12, the first table; it gives nil or
// the first Problem. A payload or pairs not attached are not judged, so that
// anyone can check the object.
func CheckShare(s *Share, open *Round, f Facts) error {
	c := checker{s: s, open: open, f: f, columns: f.Opening.EngineColumns(), params: *f.Opening.Params}
	for _, check := range []func() error{c.place, c.round, c.body, c.pairs} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

type checker struct {
	s       *Share
	open    *Round
	f       Facts
	columns []Column
	params  Params
}

func fault(code, path, format string, args ...any) error {
	return Problem{code, path, fmt.Sprintf(format, args...)}
}

// place is O501: who is in the share may be, and is nowhere else.
func (c *checker) place() error {
	areas := c.s.Areas()
	for i, a := range areas {
		switch {
		case !c.f.Areas[a]:
			return fault("O501", "/covers", "%s is not a leaf of the Roster", a)
		case c.f.Taken[a] || i > 0 && areas[i-1] == a:
			return fault("O501", "/covers", "%s is counted twice", a)
		}
	}
	if c.s.Kind == KindAggregate && !c.f.Hubs[c.s.Area] {
		return fault("O501", "/area", "%s is not a hub of the Roster", c.s.Area)
	}
	return nil
}

// round is O102. The same stats share may answer a later round (repetition).
func (c *checker) round() error {
	s, r := c.s, c.open
	again := s.Phase == PhaseStats && r.Phase == PhaseStats && c.f.Last != "" && s.Digest == c.f.Last
	switch {
	case s.ColumnsDigest != r.ColumnsDigest:
		return fault("O102", "/columnsDigest", "is of other columns")
	case again:
		return nil
	case s.Round.ID != r.ID || s.Round.Digest != r.Digest || s.Context != r.Context:
		return fault("O102", "/round", "is not the open step %s", r.ID)
	case s.ModelDigest != r.ModelDigest:
		return fault("O102", "/modelDigest", "is of another model")
	case s.Epoch != r.Epoch || s.Step != r.Step || s.Phase != r.Phase:
		return fault("O101", "/phase", "does not fit the round")
	}
	return nil
}

func (c *checker) body() error {
	if c.s.InConv > c.s.Participants {
		return fault("O201", "/inConv", "%d of %d participants", c.s.InConv, c.s.Participants)
	}
	if c.s.Body == nil {
		return nil
	}
	switch c.s.Phase {
	case PhaseStats:
		return c.stats()
	case PhaseMove:
		return c.sums()
	case PhaseScore:
		return c.scores()
	}
	return c.groups()
}

// stats is O101 and O201 for the own counts and those per level.
func (c *checker) stats() error {
	b := c.s.Body
	if err := c.counts("/payload", b.A, b.D, b.S, c.s.Participants, "O201"); err != nil {
		return err
	}
	for _, level := range slices.Sorted(maps.Keys(b.Other)) {
		l := b.Other[level]
		if err := c.counts("/payload/other/"+level, l.A, l.D, l.S, l.Participants, "O201"); err != nil {
			return err
		}
	}
	return nil
}

// counts checks 0 <= A, D; A + D <= S <= people, per column.
func (c *checker) counts(path string, a, d, s []int64, people int64, code string) error {
	if n := len(c.columns); len(a) != n || len(d) != n || len(s) != n {
		return fault("O101", path, "%d, %d and %d numbers for %d columns", len(a), len(d), len(s), n)
	}
	for j := range s {
		switch {
		case a[j] < 0:
			return fault(code, fmt.Sprintf("%s/A/%d", path, j), "%d is negative", a[j])
		case d[j] < 0:
			return fault(code, fmt.Sprintf("%s/D/%d", path, j), "%d is negative", d[j])
		case a[j]+d[j] > s[j] || s[j] > people:
			return fault(code, fmt.Sprintf("%s/S/%d", path, j), "%d agree, %d disagree, %d votes, %d people", a[j], d[j], s[j], people)
		}
	}
	return nil
}

// pairs is O202, O203 and O204.
func (c *checker) pairs() error {
	s := c.s
	if s.Phase != PhaseStats {
		return nil
	}
	people := s.Participants
	if s.Paired > 0 {
		people = s.Paired
	}
	if _, named := s.Blobs[BlobPairs]; named || s.Pairs.M > 0 {
		if people < int64(c.params.MinShare) {
			return fault("O204", "/blobs/pairs", "pair statistics of fewer than %d people", c.params.MinShare)
		}
	}
	if s.Pairs.M == 0 || s.Body == nil {
		return nil
	}
	kept := keptColumns(c.columns)
	if s.Pairs.M != len(kept) {
		return fault("O101", "/blobs/pairs", "%d columns, %d are kept", s.Pairs.M, len(kept))
	}
	for k := range kept {
		if err := c.diagonal(k, kept[k]); err != nil {
			return err
		}
	}
	for j := range kept {
		for k := j + 1; k < len(kept); k++ {
			if err := c.pair(j, k, s.Body.S[kept[j]], s.Body.S[kept[k]]); err != nil {
				return err
			}
		}
	}
	return nil
}

// keptColumns are the numbers of the columns that are not modOut.
func keptColumns(columns []Column) (kept []int) {
	for j, c := range columns {
		if !c.ModOut {
			kept = append(kept, j)
		}
	}
	return kept
}

func (c *checker) diagonal(k, column int) error {
	b, p := c.s.Body, c.s.Pairs.Cells[c.s.Pairs.Index(k, k)]
	n, xx := int64(p.N), int64(p.XX)
	votes, sides := b.S[column], b.A[column]+b.D[column]
	if c.s.Kind == KindDirect && votes < int64(c.params.PairMin) {
		votes, sides = 0, 0
	}
	wrong := n > votes || xx > sides || n < 0 || xx < 0 || xx > n
	if c.s.Kind == KindDirect {
		wrong = n != votes || xx != sides
	}
	if wrong {
		return fault("O202", fmt.Sprintf("/blobs/pairs/%d", k), "N %d, XX %d for %d votes, %d of them not pass", n, xx, votes, sides)
	}
	if n > 0 && n < int64(c.params.PairMin) {
		return fault("O203", fmt.Sprintf("/blobs/pairs/%d", k), "N %d is below pairMin", n)
	}
	return nil
}

func (c *checker) pair(j, k int, sj, sk int64) error {
	p := c.s.Pairs.Cells[c.s.Pairs.Index(j, k)]
	n := int64(p.N)
	most := max(abs(p.XX), abs(p.T), abs(p.U))
	if n < 0 || n > min(sj, sk) || n > 0 && n < int64(c.params.PairMin) || most > n {
		return fault("O203", fmt.Sprintf("/blobs/pairs/%d/%d", j, k), "N %d, XX %d, T %d and %d for %d and %d votes", n, p.XX, p.T, p.U, sj, sk)
	}
	return nil
}

// ceil divides and rounds up.
func ceil(a, b int64) int64 { return (a + b - 1) / b }

func abs(v int32) int64 { return max(int64(v), -int64(v)) }

// sums is O301.
func (c *checker) sums() error {
	sums := c.s.Body.Sums
	if !sameShape(sums, func(v []ClusterSum) int { return len(v) }, c.open.Centroids) {
		return fault("O101", "/payload/sums", "does not have the starts and clusters of the round")
	}
	for _, k := range sums.Ks() {
		for i, clusters := range sums[k] {
			n, path := int64(0), fmt.Sprintf("/payload/sums/%d/%d", k, i)
			for g, v := range clusters {
				if v.N < 0 || v.N > c.s.InConv || ceil(max(v.X, -v.X, v.Y, -v.Y), maxPoint) > v.N {
					return fault("O301", fmt.Sprintf("%s/%d", path, g), "sums %d, %d of %d people", v.X, v.Y, v.N)
				}
				n += v.N
			}
			if n != c.s.InConv {
				return fault("O301", path, "%d people, inConv is %d", n, c.s.InConv)
			}
		}
	}
	return nil
}

// scores is O302.
func (c *checker) scores() error {
	scores := c.s.Body.Scores
	if !sameShape(scores, func(v Score) int { return len(v.Sizes) }, c.open.Centroids) {
		return fault("O101", "/payload/scores", "does not have the starts and clusters of the round")
	}
	for _, k := range scores.Ks() {
		for i, v := range scores[k] {
			path := fmt.Sprintf("/payload/scores/%d/%d", k, i)
			if v.Inertia < 0 || v.SilSum < 0 || ceil(v.SilSum, 1e6) > c.s.InConv {
				return fault("O302", path, "inertia %d, silSum %d of %d people", v.Inertia, v.SilSum, c.s.InConv)
			}
			n := int64(0)
			for _, size := range v.Sizes {
				if size < 0 || size > c.s.InConv {
					return fault("O302", path+"/2", "a cluster of %d people", size)
				}
				n += size
			}
			if n != c.s.InConv {
				return fault("O302", path+"/2", "%d people, inConv is %d", n, c.s.InConv)
			}
		}
	}
	return nil
}

// groups is O401.
func (c *checker) groups() error {
	want := 1
	for k := range c.open.Centroids {
		want = k
	}
	groups := c.s.Body.Groups
	if len(groups) != want {
		return fault("O101", "/payload/members", "%d groups, want %d", len(groups), want)
	}
	members, total := int64(0), NewGroupCounts(1, len(c.columns))
	for g, v := range groups {
		if v.Members < 0 || v.Members > c.s.InConv || v.Spread < 0 {
			return fault("O401", fmt.Sprintf("/payload/members/%d", g), "%d people, spread %d", v.Members, v.Spread)
		}
		if err := c.counts(fmt.Sprintf("/payload/groups/%d", g), v.A, v.D, v.S, v.Members, "O401"); err != nil {
			return err
		}
		members += v.Members
		total[0].plus(&groups[g])
	}
	if members != c.s.InConv {
		return fault("O401", "/payload/members", "%d people, inConv is %d", members, c.s.InConv)
	}
	return c.withinOwn(&total[0])
}

// withinOwn compares with the stats share of the same place, if it is readable.
func (c *checker) withinOwn(total *GroupCounts) error {
	own := c.f.Own
	if own == nil || own.Body == nil {
		return nil
	}
	for j := range total.S {
		if total.A[j] > own.Body.A[j] || total.D[j] > own.Body.D[j] || total.S[j] > own.Body.S[j] {
			return fault("O401", fmt.Sprintf("/payload/S/%d", j), "%d votes in groups, %d in stats", total.S[j], own.Body.S[j])
		}
	}
	if total.Members > own.Participants {
		return fault("O401", "/participants", "%d people in groups, %d in stats", total.Members, own.Participants)
	}
	return nil
}
