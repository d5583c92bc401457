// SPDX-License-Identifier: EUPL-1.2

package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"polder/consensus/tally"
)

func sample(t *testing.T) *network { return newNetwork(t, [2]int{4, 3}, [2]int{5, 1}, [2]int{30, 12}) }

func deep(n *network, w web, url string) *Report {
	return VerifyAggregate(context.Background(), w, url, true)
}

// TestHolds: from every address that leads to a total, with and without deep.
func TestHolds(t *testing.T) {
	n := sample(t)
	for _, url := range []string{
		nation, nation + "/", nation + water, n.national.ID,
		province + "/about", province + water, n.regional.ID,
	} {
		n.web[province+"/about"] = []byte("<!doctype html><p>Welkom")
		for _, deeply := range []bool{true, false} {
			r := VerifyAggregate(context.Background(), n.web, url, deeply)
			if r.ExitCode() != 0 || len(r.Aggregates) != 1 || len(r.NotChecked) < 2 {
				t.Errorf("%s deep %v: %d\n%s", url, deeply, r.ExitCode(), text(t, r))
			}
		}
	}
}

// TestReport: the report says what it saw and what nobody but the convener can
// see, as JSON and as text.
func TestReport(t *testing.T) {
	n := sample(t)
	r := deep(n, n.web, nation)
	a := r.Aggregates[0]
	if a.Coverage != (tally.Coverage{Expected: 3, Reported: 3, Final: 3, Eligible: 1500, EligibleReported: 1500}) || a.Questions[0].Options[0].N["code"] != 39 {
		t.Errorf("%+v", a)
	}
	out := text(t, r)
	for _, part := range []string{"reported 3 of 3, final 3; 1500 of 1500 eligible", "agree: fediverse 0 code 39", "sealed tall", "F301 to F303",
		"holds: input: digest, pinned key, arithmetic (3 documents)", "Result: holds"} {
		if !strings.Contains(out, part) {
			t.Errorf("no %q in\n%s", part, out)
		}
	}
	raw, err := json.Marshal(r)
	if err != nil || !strings.Contains(string(raw), `"outcome":"holds"`) {
		t.Errorf("%v %s", err, raw)
	}
}

// digits lists the positions of all digits of a document.
func digits(raw []byte) []int {
	var out []int
	for i, c := range raw {
		if c >= '0' && c <= '9' {
			out = append(out, i)
		}
	}
	return out
}

// changed gives the document with another digit at one place.
func changed(raw []byte, at int) []byte {
	out := slices.Clone(raw)
	out[at] = '0' + (out[at]-'0'+1)%10
	return out
}

// TestEveryDigit changes digits of everything a total rests on, one at a time,
// and expects to be told that it is wrong: every digit of aggregates and of a
// tally, every fifth of documents that are checked by the same digest.
func TestEveryDigit(t *testing.T) {
	n := sample(t)
	copyOf := func(base string, i int) string {
		return base + water + "/inputs/" + strings.TrimPrefix(n.tallies[i].Digest, "sha256:")
	}
	for _, c := range []struct {
		name, start, address string
		stride               int
	}{
		{"national aggregate", nation, n.national.ID, 1},
		{"provincial aggregate", n.regional.ID, n.regional.ID, 1},
		{"tally at home", nation + water, n.tallies[2].ID, 1},
		{"withheld tally at home", nation, n.tallies[0].ID, 5},
		{"copy of a tally", nation, copyOf(nation, 2), 5},
		{"Roster", nation, n.roster.ID, 5},
		{"definition", nation, nation + water + "/definition", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			stride := c.stride
			if testing.Short() {
				stride = 29
			}
			raw := n.web[c.address]
			for i := 0; i < len(digits(raw)); i += stride {
				at := digits(raw)[i]
				w := n.web.clone()
				w[c.address] = changed(raw, at)
				if r := deep(n, w, c.start); r.ExitCode() != 1 {
					t.Fatalf("exit %d for another digit at %d: …%s…\n%s", r.ExitCode(), at, raw[max(0, at-40):min(len(raw), at+20)], text(t, r))
				}
			}
		})
	}
}

// TestEveryDigitOfATally is the same for verify tally and verify roster.
func TestEveryDigitOfATally(t *testing.T) {
	n := sample(t)
	stride := 1
	if testing.Short() {
		stride = 29
	}
	for _, c := range []struct {
		address string
		verify  func(w web) *Report
	}{
		{n.tallies[2].ID, func(w web) *Report { return VerifyTally(context.Background(), w, n.tallies[2].ID) }},
		{n.roster.ID, func(w web) *Report { return VerifyRoster(context.Background(), w, n.roster.ID) }},
	} {
		raw := n.web[c.address]
		for i := 0; i < len(digits(raw)); i += stride {
			at := digits(raw)[i]
			w := n.web.clone()
			w[c.address] = changed(raw, at)
			if r := c.verify(w); r.ExitCode() != 1 {
				t.Fatalf("exit %d for another digit at %d: …%s…\n%s", r.ExitCode(), at, raw[max(0, at-40):min(len(raw), at+20)], text(t, r))
			}
		}
	}
}

// TestLies: documents that are properly signed, but not by the rules.
func TestLies(t *testing.T) {
	for _, c := range []struct {
		name string
		lie  func(n *network)
		code string
	}{
		{"total above the sum, signed by the nation", func(n *network) {
			n.resign(n.national, func(d map[string]any) {
				q := d["questions"].([]any)[0].(map[string]any)
				q["ballots"].(map[string]any)["code"] = 56
				q["options"].([]any)[0].(map[string]any)["n"].(map[string]any)["code"] = 40
			})
		}, tally.CodeSum},
		{"coverage prettier than it is", func(n *network) {
			n.resign(n.national, func(d map[string]any) { d["coverage"].(map[string]any)["eligible"] = 1400 })
		}, tally.CodeSum},
		{"an input left out", func(n *network) {
			n.resign(n.national, func(d map[string]any) {
				d["inputs"] = d["inputs"].([]any)[:2]
				d["coverage"].(map[string]any)["reported"] = 2
			})
		}, tally.CodeSum},
		{"aggregate signed by somebody else", func(n *network) {
			raw := strip(n.t, n.national.Raw)
			signed := n.sign(raw, province)
			n.web[n.national.ID] = signed
			n.collections()
		}, tally.CodeSigner},
		{"Roster by a key the convener does not have", func(n *network) {
			n.instanceWithKey(nation, "thief")
		}, tally.CodeSigner},
		{"source serves another tally", func(n *network) { n.web[n.tallies[2].ID] = n.web[n.tallies[1].ID] }, tally.CodeChanged},
		{"copy is another tally", func(n *network) {
			n.web[nation+water+"/inputs/"+strings.TrimPrefix(n.tallies[2].Digest, "sha256:")] = n.tallies[1].Raw
		}, tally.CodeChanged},
		{"definition changed", func(n *network) { n.web[nation+water+"/definition"] = []byte(`{"v":1}`) }, tally.CodeChanged},
		{"heads name another total", func(n *network) {
			n.web[nation+"/participation/v1/heads"] = []byte(strings.Replace(string(n.web[nation+"/participation/v1/heads"]), n.national.Digest, n.regional.Digest, 1))
		}, tally.CodeChanged},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := sample(t)
			c.lie(n)
			r := deep(n, n.web, nation)
			if r.ExitCode() != 1 || !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Outcome == Wrong && f.Code == c.code }) {
				t.Errorf("exit %d, want 1 with %s\n%s", r.ExitCode(), c.code, text(t, r))
			}
		})
	}
}

// strip removes the proof.
func strip(t *testing.T, raw []byte) []byte {
	t.Helper()
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	delete(doc, "proof")
	out, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// resign republishes an aggregate of the nation with a change, everywhere.
func (n *network) resign(d *tally.Doc, change func(map[string]any)) {
	var doc map[string]any
	if err := json.Unmarshal(strip(n.t, d.Raw), &doc); err != nil {
		n.t.Fatal(err)
	}
	doc["revision"] = d.Revision
	for _, in := range doc["inputs"].([]any) {
		in := in.(map[string]any)
		in["revision"] = int64(in["revision"].(float64))
	}
	change(doc)
	raw, err := json.Marshal(doc)
	if err != nil {
		n.t.Fatal(err)
	}
	n.national = n.parse(n.sign(raw, nation), nation)
	n.web[n.national.ID] = n.national.Raw
	n.collections()
	n.heads()
}

func (n *network) instanceWithKey(base, name string) {
	n.put(base+"/actor", map[string]any{"id": base + "/actor", "type": "Application", "polder:heads": base + "/participation/v1/heads",
		"assertionMethod": map[string]any{"id": base + "/actor#tally-1", "type": "Multikey", "controller": base + "/actor", "publicKeyMultibase": multikey(name)}})
}

// TestUnreachable: what should be readable and is not gives exit 2, unless
// another document already proves something wrong or a copy does as well.
func TestUnreachable(t *testing.T) {
	n := sample(t)
	copyAt := nation + water + "/inputs/" + strings.TrimPrefix(n.tallies[2].Digest, "sha256:")
	for _, c := range []struct {
		name string
		down []string
		want int
	}{
		{"actor", []string{nation + "/actor"}, 2},
		{"heads", []string{nation + "/participation/v1/heads"}, 2},
		{"aggregate", []string{n.national.ID}, 2},
		{"Roster", []string{n.roster.ID}, 2},
		{"definition", []string{nation + water + "/definition"}, 2},
		{"tally at home", []string{n.tallies[2].ID}, 0},
		{"copy of a tally", []string{copyAt}, 0},
		{"tally and copy", []string{n.tallies[2].ID, copyAt}, 2},
	} {
		for _, gone := range []bool{true, false} {
			w := n.web.clone()
			for _, address := range c.down {
				if w[address] = nil; gone {
					delete(w, address)
				}
			}
			if r := deep(n, w, nation); r.ExitCode() != c.want {
				t.Errorf("%s gone %v: exit %d, want %d\n%s", c.name, gone, r.ExitCode(), c.want, text(t, r))
			}
		}
	}
	w := n.web.clone()
	delete(w, n.tallies[0].ID)
	delete(w, nation+water+"/inputs/"+strings.TrimPrefix(n.tallies[0].Digest, "sha256:"))
	w[n.tallies[2].ID] = changed(n.tallies[2].Raw, digits(n.tallies[2].Raw)[100])
	if r := deep(n, w, nation); r.ExitCode() != 1 {
		t.Errorf("wrong must outweigh missing: exit %d", r.ExitCode())
	}
}

// proxy serves the nation under another address, as a reverse proxy does.
type proxy struct {
	web
	base   string
	tamper func(path string, raw []byte) []byte
}

func (p proxy) Fetch(ctx context.Context, address string) ([]byte, error) {
	path, ok := strings.CutPrefix(address, p.base)
	if !ok {
		if strings.HasPrefix(address, nation) {
			return nil, fmt.Errorf("%s: %w", address, errDown)
		}
		return p.web.Fetch(ctx, address)
	}
	raw, err := p.web.Fetch(ctx, nation+path)
	if err != nil || p.tamper == nil {
		return raw, err
	}
	return p.tamper(path, raw), nil
}

// TestThroughProxy: with the address of a proxy, the check is of what the proxy
// serves, and the report says so.
func TestThroughProxy(t *testing.T) {
	n := sample(t)
	base := "https://proxy.example:8443"
	tallyPath := strings.TrimPrefix(n.national.ID, nation)
	for _, url := range []string{base, base + water, base + tallyPath} {
		r := VerifyAggregate(context.Background(), proxy{web: n.web, base: base}, url, true)
		if r.ExitCode() != 0 || !slices.ContainsFunc(r.Notes, func(s string) bool { return strings.Contains(s, base) }) {
			t.Errorf("%s: exit %d\n%s", url, r.ExitCode(), text(t, r))
		}
		for _, touched := range []string{"/tallies/", "/inputs/", "/roster/", "/definition"} {
			tamper := func(path string, raw []byte) []byte {
				if !strings.Contains(path, touched) {
					return raw
				}
				list := digits(raw)
				return changed(raw, list[len(list)/2])
			}
			r := VerifyAggregate(context.Background(), proxy{n.web, base, tamper}, url, true)
			if r.ExitCode() != 1 {
				t.Errorf("%s with other %s: exit %d\n%s", url, touched, r.ExitCode(), text(t, r))
			}
		}
	}
}

func TestVerifyTally(t *testing.T) {
	n := sample(t)
	for i, d := range n.tallies {
		r := VerifyTally(context.Background(), n.web, d.ID)
		if r.ExitCode() != 0 {
			t.Errorf("%s: exit %d\n%s", d.ID, r.ExitCode(), text(t, r))
		}
		if hidden := i < 2; hidden != slices.ContainsFunc(r.NotChecked, func(s string) bool { return strings.Contains(s, "sealed tally") }) {
			t.Errorf("%s: not checked %v", d.ID, r.NotChecked)
		}
	}
	if r := VerifyTally(context.Background(), n.web, n.national.ID); r.ExitCode() != 0 || len(r.Aggregates) != 1 {
		t.Errorf("an aggregate: exit %d\n%s", r.ExitCode(), text(t, r))
	}
	before := tally.ID(places[2].base+water, 1, n.tallies[2].Previous.Revision)
	w := n.web.clone()
	w[before] = n.tallies[2].Raw
	if r := VerifyTally(context.Background(), w, n.tallies[2].ID); r.ExitCode() != 1 {
		t.Errorf("another tally in the chain: exit %d", r.ExitCode())
	}
	delete(w, before)
	if r := VerifyTally(context.Background(), w, n.tallies[2].ID); r.ExitCode() != 2 {
		t.Errorf("chain with a gap: exit %d", r.ExitCode())
	}
	if r := VerifyTally(context.Background(), n.web, "https://m1.example/none"); r.ExitCode() != 2 {
		t.Errorf("nothing there: exit %d", r.ExitCode())
	}
}

func TestVerifyRoster(t *testing.T) {
	n := sample(t)
	first := n.roster.Ref()
	n.makeRoster(first.Revision+1, &tally.Ref{Revision: first.Revision, Digest: first.Digest})
	n.heads()
	for _, url := range []string{n.roster.ID, nation + water} {
		if r := VerifyRoster(context.Background(), n.web, url); r.ExitCode() != 0 {
			t.Errorf("%s: exit %d\n%s", url, r.ExitCode(), text(t, r))
		}
	}
	w := n.web.clone()
	w[first.ID] = changed(w[first.ID], digits(w[first.ID])[200])
	if r := VerifyRoster(context.Background(), w, n.roster.ID); r.ExitCode() != 1 {
		t.Errorf("changed first Roster: exit %d\n%s", r.ExitCode(), text(t, r))
	}
	w[nation+"/actor"] = nil
	if r := VerifyRoster(context.Background(), w, n.roster.ID); r.ExitCode() != 2 {
		t.Errorf("convener down: exit %d", r.ExitCode())
	}
}

// TestNothingToCheck: an address without any total is not a success.
func TestNothingToCheck(t *testing.T) {
	n := sample(t)
	n.put(places[0].base+water+"/tallies", map[string]any{"type": "OrderedCollection", "orderedItems": []any{}})
	for _, url := range []string{places[0].base, places[0].base + water, "https://nobody.example", "no address", n.tallies[0].ID} {
		r := deep(n, n.web, url)
		if r.ExitCode() != 2 || len(r.NotChecked) == 0 {
			t.Errorf("%s: exit %d\n%s", url, r.ExitCode(), text(t, r))
		}
	}
}

// TestOpenConsultationBesideFinished: a consultation without any total yet is
// named as not checked and does not spoil the others.
func TestOpenConsultationBesideFinished(t *testing.T) {
	n := sample(t)
	var h map[string]any
	if err := json.Unmarshal(n.web[nation+"/participation/v1/heads"], &h); err != nil {
		t.Fatal(err)
	}
	h["rosters"] = append(h["rosters"].([]any), map[string]any{"context": nation + "/consultations/roads", "revision": 1, "digest": n.digest})
	for _, entry := range append(h["rosters"].([]any)[:1:1], h["tallies"].([]any)...) {
		m := entry.(map[string]any)
		m["revision"] = int64(m["revision"].(float64))
	}
	n.put(nation+"/participation/v1/heads", h)
	r := deep(n, n.web, nation)
	if r.ExitCode() != 0 || !slices.ContainsFunc(r.NotChecked, func(s string) bool { return strings.Contains(s, "roads") }) {
		t.Errorf("exit %d\n%s", r.ExitCode(), text(t, r))
	}
}
