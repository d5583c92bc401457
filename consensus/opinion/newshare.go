// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ErrLone means that a hub has too few people or places for a sum of its own;
// their shares go to the convener one by one (spec: opinion.md 12).
var ErrLone = errors.New("too few people or places for a sum")

// ShareHeader holds what a share says about itself beside its numbers. K is the
// number of people from which numbers may be public: at least 10 (14.2).
// Restricted withholds the payload whatever its numbers are. Nonce must be 16
// random bytes.
type ShareHeader struct {
	AttributedTo       string
	Context            string // the convener's consultation
	Consultation       string // the own consultation
	ConsultationDigest string
	Area               string
	MemberEpoch        int64
	Revision           int64 // NextRevision
	Previous           *Ref
	BlobBase           string // the digest's hex form is appended to it
	K                  int64
	Restricted         bool
	Nonce              [16]byte
}

// Answer holds the numbers of one contributor, or a hub's sum, for a round.
type Answer struct {
	Participants int64
	InConv       int64
	Body         Body
	Pairs        Pairs // stats only
	Paired       int64 // of a sum: people inside Pairs
}

// NewShare is an unsigned share with the blobs it names, as a receiver would
// have it once both blobs are attached. PairsBlob and PayloadBlob are nil if
// there are none.
type NewShare struct {
	Share       *Share
	PairsBlob   []byte
	PayloadBlob []byte
}

// few reports whether n people are too few to be public.
func few(n, k int64) bool { return n > 0 && n < max(k, 10) }

// small reports whether any number of people in the answer is too few (14.2).
func (a *Answer) small(k int64) bool {
	if few(a.Participants, k) {
		return true
	}
	for _, l := range a.Body.Other {
		if few(l.Participants, k) {
			return true
		}
	}
	for _, starts := range a.Body.Sums {
		for _, clusters := range starts {
			if slices.ContainsFunc(clusters, func(c ClusterSum) bool { return few(c.N, k) }) {
				return true
			}
		}
	}
	for _, starts := range a.Body.Scores {
		for _, s := range starts {
			if slices.ContainsFunc(s.Sizes, func(n int64) bool { return few(n, k) }) {
				return true
			}
		}
	}
	return slices.ContainsFunc(a.Body.Groups, func(g GroupCounts) bool { return few(g.Members, k) })
}

// NewDirectShare writes the unsigned share of one place in answer to a round.
// Pairs are suppressed below params.PairMin, and left out below MinShare people.
func NewDirectShare(h ShareHeader, r *Round, params Params, a Answer) (*NewShare, error) {
	s := h.share(KindDirect, r)
	if a.Participants < int64(params.MinShare) {
		a.Pairs = Pairs{}
	}
	a.Pairs = Stats{Pairs: a.Pairs}.Suppress(params.PairMin).Pairs
	return h.write(s, a)
}

// NewAggregateShare writes the unsigned share of a hub: the sum of the shares of
// its members, with their blobs attached. The error is ErrLone below two places
// or MinShare people.
func NewAggregateShare(h ShareHeader, r *Round, params Params, inputs []*Share) (*NewShare, error) {
	a, err := MergeShares(r.Phase, inputs)
	if err != nil {
		return nil, err
	}
	s := h.share(KindAggregate, r)
	for _, in := range inputs {
		s.Covers = append(s.Covers, in.Areas()...)
		s.Inputs = append(s.Inputs, in.Input())
	}
	slices.Sort(s.Covers)
	if len(s.Covers) < 2 || a.Participants < int64(params.MinShare) {
		return nil, fmt.Errorf("adding %d people of %d places: %w", a.Participants, len(s.Covers), ErrLone)
	}
	if a.Pairs.M > 0 && a.Paired != a.Participants {
		s.Paired = a.Paired
	}
	return h.write(s, a)
}

func (h ShareHeader) share(kind string, r *Round) *Share {
	return &Share{
		AtContext: json.RawMessage(SignedContext), Type: "ConsensusShare", Kind: kind,
		ID: ShareID(h.Consultation, r.Epoch, r.Step, h.Revision), AttributedTo: h.AttributedTo, To: Addresses{public},
		Context: h.Context, ConsultationDigest: h.ConsultationDigest, Area: h.Area, MemberEpoch: h.MemberEpoch,
		Epoch: r.Epoch, Step: r.Step, Phase: r.Phase, Revision: h.Revision, Previous: h.Previous,
		Round: Ref{ID: r.ID, Digest: r.Digest}, ColumnsDigest: r.ColumnsDigest, ModelDigest: r.ModelDigest,
	}
}

func (h ShareHeader) write(s *Share, a Answer) (*NewShare, error) {
	out := &NewShare{}
	s.Participants, s.InConv, s.Blobs = a.Participants, a.InConv, map[string]Blob{}
	s.Withheld = h.Restricted || a.small(h.K)
	body, err := a.Body.encode(s.Phase, "")
	if err == nil && s.Withheld {
		body, err = a.Body.encode(s.Phase, hex.EncodeToString(h.Nonce[:]))
		out.PayloadBlob = body
		s.Blobs[BlobPayload] = h.blob(body)
	} else {
		s.Payload = body
	}
	if err != nil {
		return nil, fmt.Errorf("writing share %s: %w", s.ID, err)
	}
	if a.Pairs.M > 0 {
		out.PairsBlob = EncodePairs(a.Pairs)
		s.Blobs[BlobPairs] = h.blob(out.PairsBlob)
	}
	raw, err := unsigned(s)
	if err != nil {
		return nil, fmt.Errorf("writing share %s: %w", s.ID, err)
	}
	if out.Share, err = ParseShare(raw); err != nil {
		return nil, fmt.Errorf("writing share %s: %w", s.ID, err)
	}
	out.Share.Body, out.Share.Pairs = &a.Body, a.Pairs
	return out, nil
}

func (h ShareHeader) blob(raw []byte) Blob {
	digest := BlobDigest(raw)
	return Blob{Digest: digest, Size: int64(len(raw)), URL: h.BlobBase + digest[len("sha256:"):], MediaType: blobType}
}

// MergeShares adds up shares of one phase that have passed CheckShare, with
// their blobs attached. The order does not matter. The error is a Problem O601
// if a sum leaves the exact range, ErrShape for shares that do not fit.
func MergeShares(phase Phase, shares []*Share) (Answer, error) {
	var out Answer
	var total *Stats
	for i, s := range shares {
		if s.Body == nil {
			return out, fmt.Errorf("adding share %s without its payload: %w", s.ID, ErrShape)
		}
		out.Participants, out.InConv = out.Participants+s.Participants, out.InConv+s.InConv
		var err error
		switch {
		case phase == PhaseStats && total == nil:
			first := s.Stats()
			total, out.Body.Other = &first, cloneOther(s.Body.Other)
		case phase == PhaseStats:
			if err = total.Merge(s.Stats()); err == nil {
				err = addOther(out.Body.Other, s.Body.Other)
			}
		case i == 0:
			out.Body = s.Body.clone()
		default:
			err = out.Body.add(s.Body)
		}
		if errors.Is(err, ErrRange) || err == nil && !(exact(out.Participants) && exact(out.InConv)) {
			return out, Problem{"O601", "", "a sum over the shares is not below 2^53"}
		}
		if err != nil {
			return out, fmt.Errorf("adding share %s: %w", s.ID, err)
		}
	}
	if total != nil {
		out.Body.A, out.Body.D, out.Body.S = total.A, total.D, total.S
		out.Pairs, out.Paired = total.Pairs, total.PairPeople()
	}
	return out, nil
}

// clone shares nothing that add changes.
func (b *Body) clone() Body {
	var out Body
	if b.Sums != nil {
		out.Sums = Sums{}
		for k, starts := range b.Sums {
			for _, c := range starts {
				out.Sums[k] = append(out.Sums[k], slices.Clone(c))
			}
		}
	}
	if b.Scores != nil {
		out.Scores = Scores{}
		for k, starts := range b.Scores {
			for _, s := range starts {
				s.Sizes = slices.Clone(s.Sizes)
				out.Scores[k] = append(out.Scores[k], s)
			}
		}
	}
	for _, g := range b.Groups {
		g.A, g.D, g.S = slices.Clone(g.A), slices.Clone(g.D), slices.Clone(g.S)
		out.Groups = append(out.Groups, g)
	}
	return out
}

// add adds the numbers of the move, score and tally phases.
func (b *Body) add(part *Body) error {
	if len(b.Sums) != len(part.Sums) || len(b.Scores) != len(part.Scores) {
		return ErrShape
	}
	for k, starts := range b.Sums {
		if len(starts) != len(part.Sums[k]) {
			return ErrShape
		}
		for i := range starts {
			if err := AddSums(starts[i], part.Sums[k][i]); err != nil {
				return err
			}
		}
	}
	for k, starts := range b.Scores {
		if len(starts) != len(part.Scores[k]) {
			return ErrShape
		}
		for i := range starts {
			if err := starts[i].Add(part.Scores[k][i]); err != nil {
				return err
			}
		}
	}
	return AddCounts(b.Groups, part.Groups)
}

func cloneOther(other map[string]LevelCounts) map[string]LevelCounts {
	out := map[string]LevelCounts{}
	for level, c := range other {
		c.A, c.D, c.S = slices.Clone(c.A), slices.Clone(c.D), slices.Clone(c.S)
		out[level] = c
	}
	return out
}

func addOther(total, part map[string]LevelCounts) error {
	for _, level := range slices.Sorted(maps.Keys(part)) {
		p, t := part[level], total[level]
		if t.S == nil {
			total[level] = cloneOther(map[string]LevelCounts{level: p})[level]
			continue
		}
		sum := Stats{Participants: t.Participants, A: t.A, D: t.D, S: t.S}
		if err := sum.Merge(Stats{Participants: p.Participants, A: p.A, D: p.D, S: p.S}); err != nil {
			return err
		}
		t.Participants = sum.Participants
		total[level] = t
	}
	return nil
}
