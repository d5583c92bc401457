// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"polder/activitypub/proof"
)

func (c *Coordinator) columns() []Column { return c.Opening.EngineColumns() }

// closeStats computes the model and opens the first move.
func (c *Coordinator) closeStats(shares []*Share, sum Answer) (RoundResult, *Round, error) {
	columns, params := c.columns(), *c.Opening.Params
	total := NewStats(len(columns))
	if len(shares) > 0 {
		total = Stats{Participants: sum.Participants, A: sum.Body.A, D: sum.Body.D, S: sum.Body.S, Pairs: sum.Pairs, Paired: sum.Paired}
	}
	fit, err := Fit(total, columns, params, c.Previous)
	if err != nil {
		return RoundResult{}, nil, err
	}
	digest, err := ModelDigest(&fit.Model)
	if err != nil {
		return RoundResult{}, nil, err
	}
	c.total, c.fit, c.inModel, c.prev = total, fit, shares, nil
	for _, s := range shares {
		c.own[s.Area] = s
	}
	if c.Previous.continues(&fit) {
		c.prev = c.Previous
	}
	next := &Round{Phase: PhaseMove, Centroids: Centroids{}}
	for k := 2; k <= params.KMax; k++ {
		for r := range params.Inits {
			start := Start(k, r, fit.Model.SdQ)
			if before := c.prev.centroids(k); r == 0 && before != nil {
				start = before
			}
			next.Centroids[k] = append(next.Centroids[k], start)
		}
	}
	return RoundResult{Model: &fit.Model, ModelDigest: digest}, next, nil
}

// closeMove updates all centroids. Those that have come to rest stay in the
// round: moving them again changes nothing.
func (c *Coordinator) closeMove(sum Answer) (RoundResult, *Round) {
	moved, next := false, Centroids{}
	for _, k := range c.Open.Centroids.Ks() {
		for i, was := range c.Open.Centroids[k] {
			sums := make([]ClusterSum, k)
			if sum.Body.Sums != nil {
				sums = sum.Body.Sums[k][i]
			}
			now, m := Move(was, sums)
			next[k], moved = append(next[k], now), moved || m
		}
	}
	done := !moved || c.Open.Step-1 >= int64(c.Opening.Params.MaxUpdates)
	r := RoundResult{Centroids: next, Done: &done}
	if !done {
		return r, &Round{Phase: PhaseMove, Centroids: next}
	}
	ordered := Centroids{}
	for _, k := range next.Ks() {
		for _, centroids := range next[k] {
			ordered[k] = append(ordered[k], Order(centroids))
		}
	}
	return r, &Round{Phase: PhaseScore, Centroids: ordered}
}

// closeScore chooses the best start of each k, and k (7.4 to 7.8).
func (c *Coordinator) closeScore(sum Answer) (RoundResult, *Round) {
	r := RoundResult{Centroids: Centroids{}, Solutions: Solutions{}}
	var best []Solution
	for _, k := range c.Open.Centroids.Ks() {
		var starts []Solution
		for i, centroids := range c.Open.Centroids[k] {
			score := Score{Sizes: make([]int64, k)}
			if sum.Body.Scores != nil {
				score = sum.Body.Scores[k][i]
			}
			starts = append(starts, Solution{Init: i, Centroids: centroids, Score: score})
		}
		b := Best(starts, c.Opening.Params.MinGroup)
		best = append(best, b)
		dropped := int64(0)
		if b.Dropped {
			dropped = 1
		}
		r.Solutions[k] = []int64{int64(b.Init), b.Score.Inertia, b.Score.SilSum, dropped}
		r.Centroids[k] = [][]Point{b.Centroids}
	}
	o := &Outcome{Columns: c.columns(), Params: *c.Opening.Params, Fit: c.fit, Solutions: best, Clustered: sum.InConv}
	o.K, o.Centroids = grouping{prev: c.prev}.choose(best)
	if o.Reason = o.reason(); o.Reason != "" {
		o.K, o.Centroids = 0, nil
	}
	c.found = o.Finding()
	next := &Round{Phase: PhaseTally}
	if o.K > 0 {
		next.Centroids = Centroids{o.K: {o.Centroids}}
		r.Centroids[o.K] = [][]Point{o.Centroids}
	}
	r.K, r.Reason = o.K, o.Reason
	return r, next
}

// closeTally makes the common result and its published form.
func (c *Coordinator) closeTally(shares []*Share, sum Answer, out *Closed) (RoundResult, error) {
	f := c.found
	total, err := c.everybody()
	if err != nil {
		return RoundResult{}, err
	}
	f.Stats, f.Groups = total, sum.Body.Groups
	if f.Groups == nil {
		f.Groups = NewGroupCounts(max(f.K, 1), len(f.Columns))
	}
	quality, err := c.quality(f, sum.InConv)
	if err != nil {
		return RoundResult{}, err
	}
	c.inTally = shares
	out.Exact = NewResult(f)
	return c.published(out, quality)
}

func (c *Coordinator) published(out *Closed, quality *Quality) (r RoundResult, err error) {
	if out.Full, err = withNonce(out.Exact, c.Convener.Nonce); err != nil {
		return r, err
	}
	rules := Publication{K: c.Convener.K, Interim: !c.Opening.Final, Totals: c.Opening.Final || c.Convener.ShowTotals}
	if quality != nil {
		rules.Level = quality.Level
		if r.Quality, err = json.Marshal(quality); err != nil {
			return r, err
		}
	}
	r.Result, err = json.Marshal(Publish(out.Exact, c.columns(), rules))
	digest := BlobDigest(out.Full)
	r.Blobs = map[string]Blob{BlobResult: {Digest: digest, Size: int64(len(out.Full)), URL: c.Convener.BlobBase + digest[len("sha256:"):], MediaType: blobType}}
	return r, err
}

// withNonce is the JCS form of the exact result with a nonce, so that its
// digest does not let anyone guess a withheld cell.
func withNonce(r *Result, nonce [16]byte) ([]byte, error) {
	raw, err := json.Marshal(struct {
		*Result
		Nonce string `json:"nonce"`
	}{r, hex.EncodeToString(nonce[:])})
	if err != nil {
		return nil, err
	}
	return proof.Canonicalize(raw)
}

// everybody adds the counts of those who answered `stats` late to the total:
// they are not in the model, but they are people (12, the situations).
func (c *Coordinator) everybody() (Stats, error) {
	total, covered := c.total.Clone(), map[string]bool{}
	for _, s := range c.inModel {
		for _, a := range s.Areas() {
			covered[a] = true
		}
	}
	for _, area := range c.lateAreas() {
		s := c.own[area]
		if slices.ContainsFunc(s.Areas(), func(a string) bool { return covered[a] }) {
			continue
		}
		for _, a := range s.Areas() {
			covered[a] = true
		}
		counts := s.Stats()
		counts.Pairs, counts.Paired = Pairs{}, 0
		if err := total.Merge(counts); err != nil {
			return total, err
		}
	}
	return total, nil
}

// Late are the digests of the stats shares that came after the model and are in
// the result by their counts alone. Together with the inputs of the results they
// are what an epoch can be rebuilt from.
func (c *Coordinator) Late() []string {
	var out []string
	for _, area := range c.lateAreas() {
		out = append(out, c.own[area].Digest)
	}
	return out
}

func (c *Coordinator) lateAreas() []string {
	var out []string
	for area, s := range c.own {
		if !slices.Contains(c.inModel, s) {
			out = append(out, area)
		}
	}
	slices.Sort(out)
	return out
}

// quality leaves out each contributor with pairs in turn (13). One alone is not
// left out: its quality is that of the folds, or unknown.
func (c *Coordinator) quality(f Finding, clustered int64) (*Quality, error) {
	if c.Quality != nil {
		return c.Quality, nil
	}
	var parts []Stats
	for _, s := range c.inModel {
		if s.Pairs.M > 0 {
			parts = append(parts, s.Stats())
		}
	}
	if len(parts) < 2 {
		return nil, nil //nolint:nilnil // replaced below
	}
	silhouette := int64(0)
	if f.K > 0 && clustered > 0 {
		silhouette = f.SilSum[f.K-2] / clustered
	}
	q, err := LeaveOneOut(&c.fit, c.total, parts, f.Columns, *c.Opening.Params, silhouette)
	return &q, err
}

// ErrUnchanged means that no late tally has come in.
var ErrUnchanged = errors.New("nothing new to count")

// Revise publishes the result again with the tallies that came in late; it
// supersedes the former one (12). Until the next epoch opens it may be called
// at any time after the epoch is done; the error is ErrUnchanged without need.
func (c *Coordinator) Revise(now time.Time) (*Closed, error) {
	shares := c.inHand()
	if !c.Done() || slices.Equal(shares, c.inTally) {
		return nil, ErrUnchanged
	}
	sum, err := MergeShares(PhaseTally, shares)
	if err != nil {
		return nil, err
	}
	out := &Closed{}
	r, err := c.closeTally(shares, sum, out)
	if err != nil {
		return nil, err
	}
	r.Supersedes = &Ref{ID: c.Final.ID, Digest: c.Final.Digest, Revision: c.Final.Revision}
	if out.Result, err = c.result(r, shares, now); err != nil {
		return nil, err
	}
	c.ref, c.Final = &Ref{Revision: out.Result.Revision, Digest: out.Result.Digest}, out.Result
	return out, nil
}
