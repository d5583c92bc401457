// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
)

// The kinds of Share.
const (
	KindDirect    = "direct"    // of one place with voters
	KindAggregate = "aggregate" // a hub's sum
)

// LevelCounts are the votes at one level of verification, per column.
type LevelCounts struct {
	Participants int64   `json:"participants"`
	A            []int64 `json:"A"`
	D            []int64 `json:"D"`
	S            []int64 `json:"S"`
}

// Body holds the numbers of a share; which fields are set depends on the phase.
type Body struct {
	A, D, S []int64                // stats
	Other   map[string]LevelCounts // stats: unofficial levels, and official ones if several
	Sums    Sums                   // move
	Scores  Scores                 // score
	Groups  []GroupCounts          // tally
}

// ShareInput is a share that went into a sum or a step.
type ShareInput struct {
	Area         string `json:"area"`
	ID           string `json:"id"`
	Digest       string `json:"digest"`
	Participants int64  `json:"participants,omitempty"`
}

// Blob describes bytes that only the addressee and auditors may read.
type Blob struct {
	Digest    string `json:"digest"`
	Size      int64  `json:"size"`
	URL       string `json:"url"`
	MediaType string `json:"mediaType"`
}

// The names and the media type of blobs.
const (
	BlobPairs   = "pairs"
	BlobPayload = "payload"
	blobType    = "application/octet-stream"
)

// Share is the answer of a contributor or hub to a Round: a ConsensusShare of
// opinion.md 12 in the envelope of aggregation.md 8. Body is set by ParseShare,
// or by AttachPayload if the payload is withheld; Pairs by AttachPairs. Paired,
// in a hub's sum, is the number of people inside the pairs if not all are.
type Share struct {
	Raw    []byte `json:"-"`
	Digest string `json:"-"`
	Body   *Body  `json:"-"`
	Pairs  Pairs  `json:"-"`

	AtContext          json.RawMessage `json:"@context,omitempty"`
	Type               string          `json:"type"`
	Kind               string          `json:"kind"`
	ID                 string          `json:"id"`
	AttributedTo       string          `json:"attributedTo"`
	To                 Addresses       `json:"to,omitempty"`
	Context            string          `json:"context"`
	ConsultationDigest string          `json:"consultationDigest"`
	Area               string          `json:"area"`
	Covers             []string        `json:"covers,omitempty"`
	Inputs             []ShareInput    `json:"inputs,omitempty"`
	MemberEpoch        int64           `json:"memberEpoch"`
	Epoch              int64           `json:"epoch"`
	Step               int64           `json:"step"`
	Phase              Phase           `json:"phase"`
	Revision           int64           `json:"revision"`
	Previous           *Ref            `json:"previous"`
	Round              Ref             `json:"round"`
	ColumnsDigest      string          `json:"columnsDigest"`
	ModelDigest        string          `json:"modelDigest,omitempty"`
	Participants       int64           `json:"participants"`
	Paired             int64           `json:"paired,omitempty"`
	InConv             int64           `json:"inConv"`
	Withheld           bool            `json:"withheld"`
	Payload            json.RawMessage `json:"payload,omitempty"`
	Blobs              map[string]Blob `json:"blobs,omitempty"`
}

// payload is the JSON of a Body. A, D, S are lists in stats, lists of lists in
// tally. Nonce stands only in the blob, so that its digest cannot be guessed.
type payload struct {
	A       json.RawMessage        `json:"A,omitempty"`
	D       json.RawMessage        `json:"D,omitempty"`
	S       json.RawMessage        `json:"S,omitempty"`
	Other   map[string]LevelCounts `json:"other,omitempty"`
	Sums    Sums                   `json:"sums,omitempty"`
	Scores  Scores                 `json:"scores,omitempty"`
	Members []int64                `json:"members,omitempty"`
	Spread  []int64                `json:"spread,omitempty"`
	Nonce   string                 `json:"nonce,omitempty"`
}

var (
	shareNames   = namesOf(Share{}, payload{})
	payloadNames = namesOf(payload{})
)

// ParseShare reads a ConsensusShare, signed or not. The error is a Problem O101
// or O601; CheckShare judges it against the round.
func ParseShare(raw []byte) (*Share, error) {
	s := &Share{Raw: bytes.Clone(raw)}
	var err error
	if s.Digest, err = decode(raw, s, shareNames); err != nil {
		return nil, err
	}
	absent := len(s.Payload) == 0 || string(s.Payload) == "null"
	for _, c := range []struct {
		bad          bool
		path, detail string
	}{
		{s.Type != "ConsensusShare", "/type", "is not ConsensusShare"},
		{s.Kind != KindDirect && s.Kind != KindAggregate, "/kind", "is unknown"},
		{s.ID == "", "/id", "is missing"},
		{s.Area == "", "/area", "is missing"},
		{s.Participants < 0, "/participants", "is negative"},
		{s.InConv < 0, "/inConv", "is negative"},
		{s.Paired < 0 || s.Paired > s.Participants || s.Paired > 0 && s.Kind == KindDirect, "/paired", "is out of place"},
		{s.Kind == KindAggregate && (len(s.Covers) == 0 || len(s.Inputs) == 0), "/covers", "is missing in a sum"},
		{s.Kind == KindDirect && len(s.Covers)+len(s.Inputs) > 0, "/covers", "stands in sums only"},
		{len(s.Covers) > MaxInputs || len(s.Inputs) > MaxInputs, "/inputs", "has too many entries"},
		{s.Withheld != absent, "/payload", "is absent exactly if withheld"},
		{s.Withheld != (s.Blobs[BlobPayload].Digest != ""), "/blobs/payload", "exists exactly if withheld"},
		{s.Phase != PhaseStats && s.Blobs[BlobPairs].Digest != "", "/blobs/pairs", "belongs to stats"},
	} {
		if c.bad {
			return nil, Problem{"O101", c.path, c.detail}
		}
	}
	if s.Withheld {
		s.Payload = nil
		return s, nil
	}
	s.Body, err = parseBody(s.Phase, s.Payload)
	return s, err
}

// parseBody reads a payload whose bytes were scanned.
func parseBody(phase Phase, raw []byte) (*Body, error) {
	var p payload
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, Problem{"O101", "/payload", err.Error()}
	}
	b, err := &Body{}, error(nil)
	switch phase {
	case PhaseStats:
		b.Other = p.Other
		err = p.counts(&b.A, &b.D, &b.S)
	case PhaseMove:
		b.Sums = p.Sums
	case PhaseScore:
		b.Scores = p.Scores
	case PhaseTally:
		b.Groups, err = p.groups()
	default:
		err = Problem{"O101", "/phase", "is unknown"}
	}
	return b, err
}

// counts reads A, D and S, all of the type of their targets.
func (p *payload) counts(a, d, s any) error {
	for _, f := range []struct {
		name string
		raw  json.RawMessage
		to   any
	}{{"A", p.A, a}, {"D", p.D, d}, {"S", p.S, s}} {
		if f.raw == nil {
			return Problem{"O101", "/payload/" + f.name, "is missing"}
		}
		if err := json.Unmarshal(f.raw, f.to); err != nil {
			return Problem{"O101", "/payload/" + f.name, err.Error()}
		}
	}
	return nil
}

func (p *payload) groups() ([]GroupCounts, error) {
	var a, d, s [][]int64
	if err := p.counts(&a, &d, &s); err != nil {
		return nil, err
	}
	n := len(p.Members)
	if n == 0 || n > maxGroups || len(p.Spread) != n || len(a) != n || len(d) != n || len(s) != n {
		return nil, Problem{"O101", "/payload/members", "is not one number per group"}
	}
	out := make([]GroupCounts, n)
	for g := range out {
		out[g] = GroupCounts{Members: p.Members[g], Spread: p.Spread[g], A: a[g], D: d[g], S: s[g]}
	}
	return out, nil
}

// encode writes the JSON of a body; the nonce is "" but in a blob.
func (b *Body) encode(phase Phase, nonce string) ([]byte, error) {
	p := payload{Nonce: nonce}
	var a, d, s any
	switch phase {
	case PhaseStats:
		p.Other = b.Other
		a, d, s = b.A, b.D, b.S
	case PhaseMove:
		p.Sums = b.Sums
	case PhaseScore:
		p.Scores = b.Scores
	case PhaseTally:
		var tables [3][][]int64
		for _, g := range b.Groups {
			p.Members, p.Spread = append(p.Members, g.Members), append(p.Spread, g.Spread)
			tables[0], tables[1], tables[2] = append(tables[0], g.A), append(tables[1], g.D), append(tables[2], g.S)
		}
		a, d, s = tables[0], tables[1], tables[2]
	}
	for _, f := range []struct {
		v  any
		to *json.RawMessage
	}{{a, &p.A}, {d, &p.D}, {s, &p.S}} {
		if f.v == nil {
			continue
		}
		raw, err := json.Marshal(f.v)
		if err != nil {
			return nil, err
		}
		*f.to = raw
	}
	return unsigned(p)
}

// AttachPayload adds a withheld payload from its blob. The error is a Problem.
func (s *Share) AttachPayload(raw []byte) error {
	if err := s.matches(BlobPayload, raw); err != nil {
		return err
	}
	var p payload
	if _, err := decode(raw, &p, payloadNames); err != nil {
		return err
	}
	if nonce, err := hex.DecodeString(p.Nonce); err != nil || len(nonce) != 16 {
		return Problem{"O101", "/blobs/payload", "has no nonce of 16 bytes"}
	}
	body, err := parseBody(s.Phase, raw)
	if err != nil {
		return err
	}
	s.Body = body
	return nil
}

// AttachPairs adds the pair statistics from their blob; AttachPayload comes
// first if the payload is withheld. The error is a Problem.
func (s *Share) AttachPairs(raw []byte, columns []Column) error {
	if err := s.matches(BlobPairs, raw); err != nil {
		return err
	}
	pairs, err := DecodePairs(raw)
	if err != nil {
		return Problem{"O101", "/blobs/pairs", err.Error()}
	}
	if s.Body == nil || len(s.Body.A) != len(columns) || len(s.Body.D) != len(columns) || pairs.M != Kept(columns) {
		return Problem{"O101", "/blobs/pairs", "does not fit the columns"}
	}
	s.Pairs = pairs.WithDiagonal(s.Body.A, s.Body.D, columns)
	return nil
}

func (s *Share) matches(name string, raw []byte) error {
	b, ok := s.Blobs[name]
	if !ok || b.Size != int64(len(raw)) || b.Digest != BlobDigest(raw) {
		return Problem{"O101", "/blobs/" + name, "the bytes are not those the share names"}
	}
	return nil
}

// Stats are the statistics of a stats share as the engine adds them.
func (s *Share) Stats() Stats {
	out := Stats{Participants: s.Participants, A: s.Body.A, D: s.Body.D, S: s.Body.S, Pairs: s.Pairs}
	if s.Paired > 0 {
		out.Paired = s.Paired
	}
	return out.Clone()
}

// Areas are the places whose people are in the share, ascending.
func (s *Share) Areas() []string {
	if s.Kind == KindAggregate {
		return slices.Sorted(slices.Values(s.Covers))
	}
	return []string{s.Area}
}

// Input names the share in a result or a sum.
func (s *Share) Input() ShareInput {
	return ShareInput{Area: s.Area, ID: s.ID, Digest: s.Digest, Participants: s.Participants}
}

// ShareID is the id of a share: `<consultation>/shares/<epoch>-<step>-<revision>`.
func ShareID(consultation string, epoch, step, revision int64) string {
	return fmt.Sprintf("%s/shares/%d-%d-%d", consultation, epoch, step, revision)
}
