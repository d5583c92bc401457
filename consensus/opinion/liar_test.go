// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"polder/activitypub/proof"
)

// change gives the document with one value, named by a JSON pointer, replaced;
// nil removes it.
func change(t *testing.T, raw []byte, pointer string, value any) []byte {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	at, parts := doc, strings.Split(pointer, "/")[1:]
	for i, p := range parts {
		final := i == len(parts)-1
		switch v := at.(type) {
		case map[string]any:
			if final && value == nil {
				delete(v, p)
			} else if final {
				v[p] = value
			}
			at = v[p]
		case []any:
			var j int
			if _, err := fmt.Sscan(p, &j); err != nil {
				t.Fatal(err)
			}
			if final {
				v[j] = value
			}
			at = v[j]
		default:
			t.Fatalf("%s leads nowhere", pointer)
		}
	}
	out, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	if out, err = proof.Canonicalize(out); err != nil {
		t.Fatal(err)
	}
	return out
}

// offered is what the convener says of a share that arrives as bytes.
func (n *network) offered(l letter) error {
	s, err := ParseShare(l.raw)
	if err == nil && s.Withheld {
		err = s.AttachPayload(l.payload)
	}
	if err == nil && l.pairs != nil {
		err = s.AttachPairs(l.pairs, n.columns)
	}
	if err != nil {
		return err
	}
	return n.epoch.Offer(s)
}

func wantProblem(t *testing.T, err error, code, path string) {
	t.Helper()
	var p Problem
	if !errors.As(err, &p) || p.Code != code || !strings.HasPrefix(p.Path, path) {
		t.Errorf("got %v, want %s at %s", err, code, path)
	}
}

// reach gives a network whose open step is of the phase.
func reach(t *testing.T, phase Phase, change func(*Params)) *network {
	t.Helper()
	params := DefaultParams()
	params.MaxUpdates = 2
	if change != nil {
		change(&params)
	}
	parts := make([]*Matrix, 3)
	for i := range parts {
		parts[i] = generate(120, 20, 15, uint64(i+1))
	}
	n := newNetwork(t, parts, make([]Column, 20), params, 0)
	for n.epoch.Open.Phase != phase {
		n.step()
	}
	return n
}

const huge = int64(1) << 53

// TestLiarsAreNamed changes one number of a true share at a time. The share is
// refused with the code and the place; the true one is taken afterwards and the
// result is as if nothing had happened.
func TestLiarsAreNamed(t *testing.T) {
	for _, phase := range []Phase{PhaseStats, PhaseMove, PhaseScore, PhaseTally} {
		t.Run(string(phase), func(t *testing.T) {
			n := reach(t, phase, func(p *Params) { p.MinGroup = 0 })
			good := n.direct(1, n.epoch.Open)
			if n.read(good).Withheld { // a withheld payload is changed in the blob
				good = n.inline(good)
			}
			for _, lie := range lies(n, phase) {
				bad := letter{raw: change(t, good.raw, lie.pointer, lie.value), pairs: good.pairs}
				err := n.offered(bad)
				var p Problem
				if !errors.As(err, &p) || p.Code != lie.code || lie.path != "" && !strings.HasPrefix(p.Path, lie.path) {
					t.Errorf("%s = %v: got %v, want %s at %s", lie.pointer, lie.value, err, lie.code, lie.path)
				}
			}
			if len(n.epoch.shares) != 0 {
				t.Fatal("a refused share is in hand")
			}
			n.run()
			honest := reach(t, PhaseStats, func(p *Params) { p.MinGroup = 0 })
			honest.run()
			if !bytes.Equal(n.result(), honest.result()) {
				t.Error("refused shares change the result")
			}
		})
	}
}

// inline puts a withheld payload into the document, where a lie is easier.
func (n *network) inline(l letter) letter {
	t := n.t.(*testing.T)
	var p any
	d := json.NewDecoder(bytes.NewReader(l.payload))
	d.UseNumber()
	if err := d.Decode(&p); err != nil {
		t.Fatal(err)
	}
	delete(p.(map[string]any), "nonce")
	raw := change(t, l.raw, "/payload", p)
	return letter{raw: change(t, change(t, raw, "/withheld", false), "/blobs/payload", nil), pairs: l.pairs}
}

type lie struct {
	pointer    string
	value      any
	code, path string
}

func lies(n *network, phase Phase) []lie {
	out := []lie{
		{"/type", "Tally", "O101", "/type"},
		{"/kind", "guess", "O101", "/kind"},
		{"/participants", -1, "O101", "/participants"},
		{"/participants", 1.5, "O101", ""},
		{"/participants", huge, "O601", ""},
		{"/inConv", 121, "O201", "/inConv"},
		{"/withheld", true, "O101", "/payload"},
		{"/payload", nil, "O101", "/payload"},
		{"/columnsDigest", BlobDigest(nil), "O102", "/columnsDigest"},
		{"/round/digest", BlobDigest(nil), "O102", "/round"},
		{"/round/id", "https://convener.example/other", "O102", "/round"},
		{"/epoch", 2, "O101", "/phase"},
		{"/area", "nowhere", "O501", "/covers"},
	}
	switch phase {
	case PhaseStats:
		return append(out, []lie{
			{"/payload/A", []int{1}, "O101", ""},
			{"/payload/A/0", nil, "O101", ""},
			{"/payload/A/0", "many", "O101", ""},
			{"/payload/D/4", huge, "O601", ""},
			{"/payload/a", []int{}, "O101", ""},
			{"/modelDigest", BlobDigest(nil), "O102", "/modelDigest"},
		}...)
	case PhaseMove:
		return append(out, []lie{
			{"/modelDigest", BlobDigest(nil), "O102", "/modelDigest"},
			{"/payload/sums/2", nil, "O101", "/payload/sums"},
			{"/payload/sums/3/0", []any{}, "O101", "/payload/sums"},
			{"/payload/sums/2/0/0/0", 121, "O301", "/payload/sums/2/0"},
			{"/payload/sums/2/0/0/0", -1, "O301", "/payload/sums/2/0"},
			{"/payload/sums/2/1/1/1", int64(121) << 27, "O301", "/payload/sums/2/1/1"},
			{"/payload/sums/2/1/1/2", -(int64(121) << 27), "O301", "/payload/sums/2/1/1"},
			{"/payload/sums/2/1/1/2", -huge, "O601", ""},
			{"/inConv", 1, "O301", "/payload/sums"},
		}...)
	case PhaseScore:
		return append(out, []lie{
			{"/payload/scores/5", nil, "O101", "/payload/scores"},
			{"/payload/scores/2/0/0", -1, "O302", "/payload/scores/2/0"},
			{"/payload/scores/2/0/1", -1, "O302", "/payload/scores/2/0"},
			{"/payload/scores/2/0/1", 121_000_000, "O302", "/payload/scores/2/0"},
			{"/payload/scores/3/1/2/0", 500, "O302", "/payload/scores/3/1/2"},
			{"/payload/scores/3/1/2/0", -1, "O302", "/payload/scores/3/1/2"},
			{"/payload/scores/3/1/2", []int{120, 0}, "O101", "/payload/scores"},
		}...)
	}
	return append(out, []lie{
		{"/payload/members/0", 121, "O401", "/payload/members/0"},
		{"/payload/members/0", -1, "O401", "/payload/members/0"},
		{"/payload/members", []int{}, "O101", "/payload/members"},
		{"/payload/spread/0", -1, "O401", "/payload/members/0"},
		{"/payload/A/0/0", 121, "O401", "/payload/"},
		{"/payload/A/0/0", -1, "O401", "/payload/"},
		{"/payload/S/0/3", 121, "O401", "/payload/"},
		{"/payload/S/0", []int{1}, "O101", "/payload/"},
		{"/inConv", 3, "O401", "/payload/members"},
	}...)
}

// Statistics are judged with their pairs: here the numbers are changed before
// the share is written, so that its digests are right.
func TestLiesInStatistics(t *testing.T) {
	cell := func(j, k int, set func(*Pair)) func(*Answer) {
		return func(a *Answer) { set(&a.Pairs.Cells[a.Pairs.Index(j, k)]) }
	}
	for name, c := range map[string]struct {
		lie        func(*Answer)
		code, path string
	}{
		"more agree than people":        {func(a *Answer) { a.Body.A[2] = 121; a.Body.S[2] = 121 }, "O201", "/payload/S/2"},
		"negative agree":                {func(a *Answer) { a.Body.A[2] = -1 }, "O201", "/payload/A/2"},
		"negative disagree":             {func(a *Answer) { a.Body.D[2] = -1 }, "O201", "/payload/D/2"},
		"more sides than votes":         {func(a *Answer) { a.Body.S[2] = a.Body.A[2] + a.Body.D[2] - 1 }, "O201", "/payload/S/2"},
		"other level beyond its people": {func(a *Answer) { a.Body.Other = map[string]LevelCounts{"open": lying(20)} }, "O201", "/payload/other/open/S"},
		"votes without pairs":           {func(a *Answer) { a.Body.S[1]--; a.Body.A[1]-- }, "O202", "/blobs/pairs/1"},
		"diagonal N":                    {cell(4, 4, func(p *Pair) { p.N-- }), "O202", "/blobs/pairs/4"},
		"diagonal XX":                   {cell(4, 4, func(p *Pair) { p.XX-- }), "O202", "/blobs/pairs/4"},
		"N beyond the votes":            {cell(0, 5, func(p *Pair) { p.N = 121 }), "O203", "/blobs/pairs/0/5"},
		"XX beyond N":                   {cell(0, 5, func(p *Pair) { p.XX = -p.N - 1 }), "O203", "/blobs/pairs/0/5"},
		"T beyond N":                    {cell(0, 5, func(p *Pair) { p.T = p.N + 1 }), "O203", "/blobs/pairs/0/5"},
		"transposed T beyond N":         {cell(0, 5, func(p *Pair) { p.U = p.N + 1 }), "O203", "/blobs/pairs/0/5"},
	} {
		t.Run(name, func(t *testing.T) {
			n := reach(t, PhaseStats, nil)
			a, err := n.members[1].Answer(n.epoch.Open, nil)
			if err != nil {
				t.Fatal(err)
			}
			c.lie(&a)
			wantProblem(t, n.offered(n.write(t, n.epoch.Open, n.params, a)), c.code, c.path)
		})
	}
}

func lying(columns int) LevelCounts {
	s := NewStats(columns)
	s.S[3] = 1
	return LevelCounts{A: s.A, D: s.D, S: s.S}
}

func (n *network) write(t *testing.T, open *Round, params Params, a Answer) letter {
	t.Helper()
	s, err := NewDirectShare(n.header(n.rules.Members[1].Area), open, params, a)
	if err != nil {
		t.Fatal(err)
	}
	return letter{s.Share.Raw, s.PayloadBlob, s.PairsBlob}
}

// A member that does not suppress rare pairs, or sends pairs of few people, is
// refused: these would tell how single people voted.
func TestPairsOfFewPeopleAreRefused(t *testing.T) {
	s, err := generate(120, 20, 15, 2).Stats(make([]Column, 20)) // those of member 1
	if err != nil {
		t.Fatal(err)
	}
	rarest := slices.MinFunc(s.Pairs.Cells, func(a, b Pair) int { return int(a.N - b.N) })
	for code, floors := range map[string]Params{
		"O204": {PairMin: 3, MinShare: 121},
		"O202": {PairMin: 121, MinShare: 10}, // no column has as many votes
		"O203": {PairMin: int(rarest.N) + 1, MinShare: 10},
	} {
		n := reach(t, PhaseStats, func(p *Params) { p.PairMin, p.MinShare = floors.PairMin, floors.MinShare })
		a, err := n.members[1].Answer(n.epoch.Open, nil)
		if err != nil {
			t.Fatal(err)
		}
		own := n.params
		own.PairMin, own.MinShare = 1, 1
		err = n.offered(n.write(t, n.epoch.Open, own, a))
		wantProblem(t, err, code, "/blobs/pairs")
	}
}

// A hub may not count a place twice, one outside the Roster, or be no hub.
func TestHubsCountNobodyTwice(t *testing.T) {
	n := reach(t, PhaseStats, nil)
	n.rules.Hubs = []string{"hub-0"}
	n.epoch = n.coordinator()
	var inputs []*Share
	for i := range 2 {
		inputs = append(inputs, n.read(n.direct(i, n.epoch.Open)))
	}
	s, err := NewAggregateShare(n.header("hub-0"), n.epoch.Open, n.params, inputs)
	if err != nil {
		t.Fatal(err)
	}
	sum := letter{s.Share.Raw, s.PayloadBlob, s.PairsBlob}
	for _, l := range []lie{
		{"/covers", []string{"member-0", "elsewhere"}, "O501", "/covers"},
		{"/covers", []string{"member-0", "member-0"}, "O501", "/covers"},
		{"/covers", []string{}, "O101", "/covers"},
		{"/area", "hub-9", "O501", "/area"},
	} {
		wantProblem(t, n.offered(letter{raw: change(t, sum.raw, l.pointer, l.value), pairs: sum.pairs}), l.code, l.path)
	}
	if err := n.offered(sum); err != nil {
		t.Fatal(err)
	}
	wantProblem(t, n.offered(n.direct(1, n.epoch.Open)), "O501", "/covers")
}

// Numbers that are in bounds one by one may not make a sum that is not: the
// share that brings it is refused, and the step can be closed without it.
func TestRunningSumsStayExact(t *testing.T) {
	n := reach(t, PhaseScore, nil)
	near := huge - 1
	for i := range 2 {
		l := n.direct(i, n.epoch.Open)
		if n.read(l).Withheld {
			l = n.inline(l)
		}
		err := n.offered(letter{raw: change(t, l.raw, "/payload/scores/2/0/0", near)})
		if i == 0 && err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			wantProblem(t, err, "O601", "")
		}
	}
	n.now = n.epoch.Open.Deadline
	if _, err := n.epoch.Advance(n.now); err != nil {
		t.Errorf("the step cannot be closed: %v", err)
	}
}

// Blobs are those the share names, byte for byte.
func TestBlobsAreTheNamedBytes(t *testing.T) {
	n := reach(t, PhaseStats, nil)
	l := n.direct(1, n.epoch.Open)
	other := slices.Clone(l.pairs)
	other[len(other)-1] ^= 2
	wantProblem(t, n.offered(letter{raw: l.raw, pairs: other}), "O101", "/blobs/pairs")
	wantProblem(t, n.offered(letter{raw: change(t, l.raw, "/blobs/pairs/size", 1), pairs: l.pairs}), "O101", "/blobs/pairs")
}
