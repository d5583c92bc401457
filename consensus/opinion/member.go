// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"errors"
	"fmt"
	"time"
)

// ErrRound means that a member cannot answer a round: it is of another epoch, or
// the model is not the one it names.
var ErrRound = errors.New("the round cannot be answered")

// Member is what a contributor remembers during an epoch: its rows as they were
// when it answered `stats`, which must not change until the next one. Lloyd's
// method needs no memory, so nothing is lost by missing a step (12).
type Member struct {
	Opening *Round
	Votes   *Matrix                // frozen
	Other   map[string]LevelCounts // counts per level, see Body
}

// Answer gives the numbers for a round. From step 2 on the model is the one
// published after `stats`. The error is ErrRound or ErrShape.
func (m *Member) Answer(r *Round, model *Model) (Answer, error) {
	columns := m.Opening.EngineColumns()
	counts, err := m.Votes.Counts(len(columns))
	if err != nil {
		return Answer{}, err
	}
	out := Answer{Participants: counts.Participants}
	if r.ColumnsDigest != m.Opening.ColumnsDigest || r.Epoch != m.Opening.Epoch {
		return out, fmt.Errorf("answering %s with columns of %s: %w", r.ID, m.Opening.ID, ErrRound)
	}
	if r.Phase == PhaseStats {
		return m.stats(out, columns)
	}
	if model == nil || len(model.MuQ) != Kept(columns) || len(model.C1Q) != len(model.MuQ) || len(model.C2Q) != len(model.MuQ) {
		return out, fmt.Errorf("answering %s without its model: %w", r.ID, ErrRound)
	}
	if digest, err := ModelDigest(model); err != nil || digest != r.ModelDigest {
		return out, fmt.Errorf("answering %s with model %s: %w", r.ID, digest, ErrRound)
	}
	placed := model.Place(columns, m.Votes)
	out.InConv = int64(len(placed.Points))
	out.Body = bodyFor(r, placed, m.Votes, len(columns))
	return out, nil
}

func (m *Member) stats(out Answer, columns []Column) (Answer, error) {
	s, err := m.Votes.Stats(columns)
	if err != nil {
		return out, err
	}
	out.Body = Body{A: s.A, D: s.D, S: s.S, Other: m.Other}
	out.Pairs = s.Pairs
	view := Model{InConvMin: m.Opening.Params.InConvMin}
	for _, n := range s.S {
		if n > 0 {
			view.NCols++
		}
	}
	for i := range m.Votes.Rows() { // as far as the own votes show
		if n := len(m.Votes.Row(i)); n > 0 && n >= view.Threshold() {
			out.InConv++
		}
	}
	return out, nil
}

func bodyFor(r *Round, placed Placed, votes *Matrix, columns int) Body {
	var b Body
	switch r.Phase {
	case PhaseMove:
		b.Sums = Sums{}
		for _, k := range r.Centroids.Ks() {
			for _, c := range r.Centroids[k] {
				b.Sums[k] = append(b.Sums[k], Step(placed.Points, c))
			}
		}
	case PhaseScore:
		b.Scores = Scores{}
		for _, k := range r.Centroids.Ks() {
			for _, c := range r.Centroids[k] {
				b.Scores[k] = append(b.Scores[k], Rate(placed.Points, c))
			}
		}
	case PhaseTally:
		var chosen []Point
		for _, starts := range r.Centroids {
			chosen = starts[0]
		}
		b.Groups = Tally(votes, placed, chosen, columns)
	}
	return b
}

// Sending is what to do with the statistics for a new epoch.
type Sending int

// Decisions of Repeat.
const (
	SendNew        Sending = iota // a new share
	SendOld                       // the last share again, byte for byte, and its rows
	SendRestricted                // a new share, payload for the convener and auditors only
)

const sendAgainAfter = 24 * time.Hour

// Repeat applies the rule of repetition (12): two shares that differ by a few
// voters would reveal them. Changed is the number of participants whose votes
// changed since the last share was sent, at lastSent; the zero time means that
// there is none.
func Repeat(params Params, final bool, changed int64, lastSent, now time.Time) Sending {
	tooFew := changed < int64(params.MinChanged)
	switch {
	case lastSent.IsZero():
		return SendNew
	case final && tooFew:
		return SendRestricted
	case !final && (tooFew || now.Sub(lastSent) < sendAgainAfter):
		return SendOld
	}
	return SendNew
}
