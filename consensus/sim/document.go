// SPDX-License-Identifier: EUPL-1.2

package sim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"polder/consensus"
	"polder/consensus/eligibility"
	"polder/consensus/tally"
)

// item is one signed tally that exists somewhere.
type item struct {
	id     int
	leaf   int // whose area it is about, -1 if no member's
	origin origin
	doc    *tally.Doc
	// With Config.Wire only: the companion, and the counts it was made of.
	sealed *tally.Doc
	counts *tally.Counts
}

// origin is the truth about a tally, which no instance knows.
type origin int

const (
	fromMember   origin = iota // signed by the member
	fromStuffer                // signed by the member, with impossible counts
	fromThief                  // signed by somebody else with the member's key
	fromStranger               // signed by a key that is not pinned
)

func (o origin) valid() bool { return o == fromMember || o == fromThief }

// document makes a tally. In wire form it goes through tally.NewDirect and
// tally.Parse; else the same Doc is put together without JSON, which is a
// hundred times faster, with a digest over everything in which two tallies can
// differ.
func (w *world) document(h tally.Header, c *tally.Counts, key string) (direct, sealed *tally.Doc) {
	if w.cfg.Wire {
		return w.wireDocument(h, c, key)
	}
	direct = plainDocument(h, c, w.def)
	direct.Key = key
	return direct, nil
}

func (w *world) wireDocument(h tally.Header, c *tally.Counts, key string) (direct, sealed *tally.Doc) {
	raw, rawSealed, err := tally.NewDirect(h, c, w.def)
	if err != nil {
		panic(fmt.Sprintf("write tally: %v", err)) // a fault of the simulation itself
	}
	direct = mustParse(raw)
	direct.Key = key
	if rawSealed != nil {
		sealed = mustParse(rawSealed)
		sealed.Key = key
	}
	return direct, sealed
}

func mustParse(raw []byte) *tally.Doc {
	d, err := tally.Parse(raw)
	if err != nil {
		panic(fmt.Sprintf("read own tally: %v", err))
	}
	return d
}

func plainDocument(h tally.Header, c *tally.Counts, def *consensus.Definition) *tally.Doc {
	d := &tally.Doc{
		Type: "Tally", Kind: tally.KindDirect, ID: tally.ID(h.Consultation, h.Epoch, h.Revision), AttributedTo: h.AttributedTo,
		To: tally.Addresses{tally.Public}, CC: h.CC, Context: h.Context, Consultation: h.Consultation, ConsultationDigest: h.ConsultationDigest,
		Area: h.Area, AreaScheme: h.AreaScheme, Epoch: h.Epoch, Revision: h.Revision, Previous: h.Previous, Status: h.Status,
		Corrects: h.Corrects, Reason: h.Reason, Period: tally.Period{Start: h.Start, End: h.End}, Published: h.Published,
		Log: []tally.LogRef{}, Policy: &tally.Policy{K: int64(def.K)}, Software: h.Software,
	}
	if h.Status != tally.StatusWithdrawn {
		fillCounts(d, c, def)
	}
	d.Digest = contentDigest(d, c)
	return d
}

// fillCounts applies the small number rules as tally.NewDirect does, for the one
// question of the simulation, whose two levels never merge.
func fillCounts(d *tally.Doc, c *tally.Counts, def *consensus.Definition) {
	answers := tally.AnswersFor(d.Status, def, false)
	p := tally.Suppress(c, def, answers)
	d.Turnout = &tally.Turnout{
		Eligible: byLevel(c.Eligible), Issued: byLevel(c.Issued), Accepted: map[string]int64{},
		Groups: p.Turnout.Groups, Hidden: p.Turnout.Hidden,
	}
	levels := c.Questions[0].Levels
	for _, g := range p.Turnout.Groups {
		d.Turnout.Accepted[g.Key()] = levels[g[0]].Ballots
	}
	d.Excluded = tally.Excluded{Void: c.Void, Superseded: c.Superseded}
	if d.Withheld = p.Withheld; !d.Withheld {
		d.Questions = []tally.Question{plainQuestion(levels, p.Questions[0], answers)}
	}
	if d.Status != tally.StatusInterim && !p.Complete() {
		d.Sealed = fmt.Sprintf("sha256:%x", sha256.Sum256([]byte("sealed "+d.ID)))
	}
}

func plainQuestion(levels map[eligibility.Level]*tally.LevelCounts, g tally.Grouping, answers tally.Answers) tally.Question {
	q := tally.Question{ID: question, Max: 1, Ballots: map[string]int64{}, Groups: g.Groups, Hidden: g.Hidden}
	for _, group := range g.Groups {
		q.Ballots[group.Key()] = levels[group[0]].Ballots
	}
	if answers == tally.AnswersNone {
		return q
	}
	q.Blank = map[string]int64{}
	for _, id := range optionIDs {
		o := tally.Option{ID: id, N: map[string]int64{}}
		for _, group := range g.Groups {
			o.N[group.Key()], q.Blank[group.Key()] = levels[group[0]].Options[id], 0
		}
		q.Options = append(q.Options, o)
	}
	return q
}

func byLevel(counts map[eligibility.Level]int64) map[string]int64 {
	out := make(map[string]int64, len(counts))
	for l, n := range counts {
		out[string(l)] = n
	}
	return out
}

// contentDigest differs whenever two tallies of one run do. Id, area, context
// and epoch lie in the id; the counts of a leaf follow from the numbers here.
func contentDigest(d *tally.Doc, c *tally.Counts) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%s\n%s\n%s\n%s\n%d\n%d\n", d.ID, d.AttributedTo, d.Context, d.Area, d.Status, d.Reason, d.Published.UnixMilli(), c.Issued[official])
	for _, ref := range []*tally.Ref{d.Previous, d.Corrects} {
		if ref != nil {
			fmt.Fprintf(h, "%d %s\n", ref.Revision, ref.Digest)
		}
	}
	for _, l := range []eligibility.Level{signal, official} {
		s := c.Questions[0].Levels[l]
		fmt.Fprintf(h, "%d %d %d\n", s.Ballots, s.Options[optionIDs[0]], s.Options[optionIDs[1]])
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// rosterDigest is the digest of a Roster that was put together without JSON.
func rosterDigest(r *tally.Roster) string {
	raw, err := json.Marshal(r)
	if err != nil {
		panic(fmt.Sprintf("digest roster: %v", err))
	}
	return fmt.Sprintf("sha256:%x", sha256.Sum256(raw))
}

// moment turns virtual milliseconds into a time.
func moment(ms int64) time.Time { return time.UnixMilli(begin + ms).UTC() }

// begin is the opening of the vote, in unix milliseconds: 2026-11-20T20:00Z.
const begin = 1_795_204_800_000
