// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"fmt"
	"slices"
	"time"
)

// inProcess is a final epoch between members in one process. Every round, share
// and result is written, read again and checked as between instances; only the
// signatures are missing.
type inProcess struct {
	convener *Coordinator
	members  []Member
	params   Params
	now      time.Time
	model    *Model

	shares  map[Phase][]*Share // of the last step of each phase, by member
	updates PerStart[int]      // of the centroids of each start
	settled PerStart[bool]
	score   *RoundResult // of the score phase
}

// RunProtocol computes the opinion groups of the people of all parts by the
// protocol of opinion.md 12, each part a member. With params.PairMin and
// params.MinShare 1 it yields the same as Run. The error is a Problem, for more
// columns than a federated instrument may have among others, or as of Run.
func RunProtocol(parts []*Matrix, columns []Column, params Params, now time.Time) (*Outcome, error) {
	p, err := newInProcess(parts, columns, params, now)
	if err != nil {
		return nil, fmt.Errorf("opening a round: %w", err)
	}
	for !p.convener.Done() {
		if err := p.step(); err != nil {
			return nil, fmt.Errorf("step %d, %s: %w", p.convener.Open.Step, p.convener.Open.Phase, err)
		}
	}
	return p.outcome(parts)
}

const inProcessPlace = "https://convener.example/consultations/1"

func newInProcess(parts []*Matrix, columns []Column, params Params, now time.Time) (*inProcess, error) {
	p := &inProcess{params: params, now: now, shares: map[Phase][]*Share{}, updates: PerStart[int]{}, settled: PerStart[bool]{}}
	c := Convener{Actor: "https://convener.example/actor", Context: inProcessPlace, BlobBase: inProcessPlace + "/blobs/",
		K: publicPeople, Long: time.Hour, Short: time.Minute}
	r := Round{AttributedTo: c.Actor, Context: c.Context, Epoch: 1, Step: 1, Phase: PhaseStats, Final: true, Revision: NextRevision(0, now),
		Roster: &Ref{ID: inProcessPlace + "/roster", Digest: BlobDigest(nil)}, Params: &params, Published: now, Deadline: now.Add(c.Long)}
	for j, col := range columns {
		id := fmt.Sprintf("%s/statements/%d", inProcessPlace, j)
		r.Columns = append(r.Columns, RoundColumn{ID: id, Digest: BlobDigest([]byte(id)), ModOut: col.ModOut, Meta: col.Meta})
	}
	opening, err := NewRound(r)
	if err != nil {
		return nil, err
	}
	for i, votes := range parts {
		c.Members = append(c.Members, Contributor{Area: fmt.Sprintf("member-%d", i), Actor: fmt.Sprintf("https://member-%d.example/actor", i)})
		p.members = append(p.members, Member{Opening: opening, Votes: votes})
	}
	p.convener, err = NewCoordinator(c, opening, nil, nil, nil)
	return p, err
}

// publicPeople is the number of people from which figures may be public (14.2).
const publicPeople = 10

// step lets every member answer the open round, and closes it.
func (p *inProcess) step() error {
	open := p.convener.Open
	shares, faults := make([]*Share, len(p.members)), make([]error, len(p.members))
	each(len(p.members), func(i int) { shares[i], faults[i] = p.answer(i, open) })
	for i, s := range shares {
		if faults[i] != nil {
			return fmt.Errorf("answer of member %d: %w", i, faults[i])
		}
		if err := p.convener.Offer(s); err != nil {
			return fmt.Errorf("share of member %d: %w", i, err)
		}
	}
	p.shares[open.Phase] = shares
	closed, err := p.convener.Advance(p.now)
	if err != nil {
		return err
	}
	result, err := ParseRoundResult(closed.Result.Raw)
	if err != nil {
		return err
	}
	switch open.Phase {
	case PhaseStats:
		p.model = result.Model
	case PhaseMove:
		p.countUpdates(open.Centroids, result.Centroids)
	case PhaseScore:
		p.score = result
	}
	return nil
}

// answer is the share of a member as the convener receives it.
func (p *inProcess) answer(i int, open *Round) (*Share, error) {
	a, err := p.members[i].Answer(open, p.model)
	if err != nil {
		return nil, err
	}
	m := p.convener.Convener.Members[i]
	own := fmt.Sprintf("https://member-%d.example/consultations/1", i)
	sent, err := NewDirectShare(ShareHeader{AttributedTo: m.Actor, Context: inProcessPlace, Consultation: own, Area: m.Area, MemberEpoch: 1,
		Revision: NextRevision(0, p.now), BlobBase: own + "/blobs/", K: publicPeople}, open, p.params, a)
	if err != nil {
		return nil, err
	}
	s, err := ParseShare(sent.Share.Raw)
	if err == nil && sent.PayloadBlob != nil {
		err = s.AttachPayload(sent.PayloadBlob)
	}
	if err == nil && sent.PairsBlob != nil {
		err = s.AttachPairs(sent.PairsBlob, p.members[i].Opening.EngineColumns())
	}
	return s, err
}

// countUpdates notes how many updates each start needed, the last one without
// change included.
func (p *inProcess) countUpdates(was, now Centroids) {
	for _, k := range was.Ks() {
		if p.updates[k] == nil {
			p.updates[k], p.settled[k] = make([]int, len(was[k])), make([]bool, len(was[k]))
		}
		for i := range was[k] {
			if !p.settled[k][i] {
				p.updates[k][i]++
				p.settled[k][i] = slices.Equal(was[k][i], now[k][i])
			}
		}
	}
}

// outcome puts together what the convener and the members know.
func (p *inProcess) outcome(parts []*Matrix) (*Outcome, error) {
	c := p.convener
	o := &Outcome{Columns: c.columns(), Params: p.params, Stats: c.total, Fit: c.fit, K: p.score.K, Reason: p.score.Reason}
	tally, err := MergeShares(PhaseTally, p.shares[PhaseTally])
	if err != nil {
		return nil, err
	}
	if o.Clustered, o.Groups = tally.InConv, tally.Body.Groups; o.Groups == nil {
		o.Groups = NewGroupCounts(max(o.K, 1), len(o.Columns))
	}
	for _, votes := range parts {
		o.Placed = append(o.Placed, o.Fit.Model.Place(o.Columns, votes))
	}
	if o.K > 0 {
		o.Centroids = p.score.Centroids[o.K][0]
	}
	return o, p.solutions(o)
}

// solutions fills in the best start of each k.
func (p *inProcess) solutions(o *Outcome) error {
	scores, err := MergeShares(PhaseScore, p.shares[PhaseScore])
	if err != nil {
		return err
	}
	for _, k := range p.score.Centroids.Ks() {
		found := p.score.Solutions[k]
		init := int(found[0])
		s := Solution{Init: init, Rounds: p.updates[k][init], Centroids: p.score.Centroids[k][0], Dropped: found[3] == 1,
			Score: Score{Inertia: found[1], SilSum: found[2], Sizes: make([]int64, k)}}
		if scores.Body.Scores != nil {
			s.Score.Sizes = scores.Body.Scores[k][init].Sizes
		}
		o.Solutions = append(o.Solutions, s)
	}
	return nil
}

// Together is the outcome as one sees it who holds the rows of all parts in one
// matrix: for Folds, and for Canonical with labels of its rows.
func (o *Outcome) Together(votes *Matrix) *Outcome {
	out := *o
	out.Placed = []Placed{o.Fit.Model.Place(o.Columns, votes)}
	return &out
}
