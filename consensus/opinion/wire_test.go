// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden documents anew")

// TestGoldenDocuments pins what travels in an epoch of three members: every kind of document, byte for byte, unsigned.
func TestGoldenDocuments(t *testing.T) {
	parts := []*Matrix{generate(120, 9, 30, 1), generate(110, 9, 30, 2), generate(9, 9, 30, 3)}
	params := DefaultParams()
	params.MaxUpdates, params.KMax, params.Inits = 2, 2, 1
	n := newNetwork(t, parts, make([]Column, 9), params, 0)
	for !n.epoch.Done() {
		open := n.epoch.Open
		step := fmt.Sprintf("%s-%d", open.Phase, open.Step)
		goldenFile(t, "round-"+step+".json", open.Raw)
		goldenFile(t, "share-"+step+".json", n.direct(0, open).raw)
		n.step()
		goldenFile(t, "result-"+step+".json", n.last.Result.Raw)
	}
	goldenFile(t, "exact.json", n.last.Full)
}

// A small member's share is withheld, and its numbers are in the blob.
func TestGoldenWithheldShare(t *testing.T) {
	n := newNetwork(t, []*Matrix{generate(40, 8, 8, 1), generate(9, 8, 8, 3)}, make([]Column, 8), DefaultParams(), 0)
	l := n.direct(1, n.epoch.Open)
	if l.pairs != nil {
		t.Error("nine people have pair statistics")
	}
	goldenFile(t, "share-withheld.json", l.raw)
	goldenFile(t, "payload-withheld.json", l.payload)
}

// A hub's sum names what it covers.
func TestGoldenSum(t *testing.T) {
	n := newNetwork(t, []*Matrix{generate(40, 8, 8, 1), generate(35, 8, 8, 2)}, make([]Column, 8), DefaultParams(), 0)
	n.rules.Hubs = []string{"hub-0"}
	inputs := []*Share{n.read(n.direct(0, n.epoch.Open)), n.read(n.direct(1, n.epoch.Open))}
	s, err := NewAggregateShare(n.header("hub-0"), n.epoch.Open, n.params, inputs)
	if err != nil {
		t.Fatal(err)
	}
	goldenFile(t, "share-aggregate.json", s.Share.Raw)
}

func goldenFile(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "wire", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is\n%s\nwant\n%s", name, got, want)
	}
}

// wireFiles are the golden documents whose names begin with the prefix.
func wireFiles(t testing.TB, prefix string) [][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "wire", prefix+"*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden documents: %v", err)
	}
	var out [][]byte
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, raw)
	}
	return out
}

// A document that is read and written again keeps its bytes and its digest, so
// that whoever archives it archives what was signed.
func TestDocumentsKeepTheirBytes(t *testing.T) {
	for _, raw := range wireFiles(t, "round-") {
		first, err := ParseRound(raw)
		if err != nil {
			t.Fatal(err)
		}
		again, err := NewRound(*first)
		if err != nil || !bytes.Equal(again.Raw, raw) || again.Digest != first.Digest {
			t.Errorf("round written again is %v, %v", again, err)
		}
	}
	for _, raw := range wireFiles(t, "result-") {
		first, err := ParseRoundResult(raw)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := NewRoundResult(*first); err != nil || !bytes.Equal(again.Raw, raw) {
			t.Errorf("result written again is %v, %v", again, err)
		}
	}
}

// What an honest instance never sends is refused with O101 or O601.
func TestDocumentsBeyondTheLimits(t *testing.T) {
	round := wireFiles(t, "round-stats")[0]
	move := wireFiles(t, "round-move")[0]
	for _, c := range []struct {
		raw     []byte
		pointer string
		value   any
	}{
		{round, "/type", "Share"},
		{round, "/spec", "polder-opinion/2"},
		{round, "/epoch", 0},
		{round, "/step", 2},
		{round, "/phase", "guess"},
		{round, "/params", nil},
		{round, "/params/kMax", 6},
		{round, "/params/inits", 4},
		{round, "/params/maxUpdates", 31},
		{round, "/params/pairMin", 0},
		{round, "/params/masking", "pairwise-v1"},
		{round, "/columns", make([]RoundColumn, MaxColumns+1)},
		{round, "/columns/1/id", inProcessPlace + "/statements/0"},
		{round, "/deadline", "2020-01-01T00:00:00Z"},
		{round, "/revision", huge},
		{move, "/modelDigest", nil},
		{move, "/centroids", nil},
		{move, "/centroids/2/0/0/0", 1<<27 + 1},
		{move, "/centroids/2/0", []any{}},
		{move, "/centroids/6", []any{}},
		{move, "/centroids/02", []any{}},
		{move, "/step", 1},
	} {
		_, err := ParseRound(change(t, c.raw, c.pointer, c.value))
		var p Problem
		if !errors.As(err, &p) || p.Code != "O101" && p.Code != "O601" {
			t.Errorf("%s = %v: got %v", c.pointer, c.value, err)
		}
	}
	_, err := ParseRound(change(t, round, "/columns/0/meta", true))
	wantProblem(t, err, "O102", "/columnsDigest")
	_, err = ParseShare(change(t, wireFiles(t, "share-stats")[0], "/note", strings.Repeat("x", MaxBytes)))
	wantProblem(t, err, "O101", "")
	_, err = ParseRoundResult(change(t, wireFiles(t, "result-stats")[0], "/model/sdQ", 1))
	wantProblem(t, err, "O102", "/modelDigest")
}

// Parsers never panic, and whatever they take has the digest of its bytes.
func FuzzParseRound(f *testing.F) {
	for _, raw := range wireFiles(f, "round-") {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := ParseRound(raw)
		if err != nil {
			needsProblem(t, err)
			return
		}
		if again, err := ParseRound(r.Raw); err != nil || again.Digest != r.Digest {
			t.Errorf("read again: %v", err)
		}
		r.EngineColumns()
	})
}

func FuzzParseShare(f *testing.F) {
	for _, raw := range wireFiles(f, "share-") {
		f.Add(raw)
	}
	opening, err := ParseRound(wireFiles(f, "round-stats")[0])
	if err != nil {
		f.Fatal(err)
	}
	var open []*Round
	for _, raw := range wireFiles(f, "round-") {
		r, err := ParseRound(raw)
		if err != nil {
			f.Fatal(err)
		}
		open = append(open, r)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := ParseShare(raw)
		if err != nil {
			needsProblem(t, err)
			return
		}
		for _, r := range open {
			facts := Facts{Opening: opening, Areas: map[string]bool{}, Hubs: map[string]bool{s.Area: true}}
			for _, a := range s.Areas() {
				facts.Areas[a] = true
			}
			if CheckShare(s, r, facts) == nil && s.Body != nil {
				if _, err := MergeShares(s.Phase, []*Share{s, s}); err != nil {
					needsProblem(t, err)
				}
			}
		}
	})
}

func FuzzParseRoundResult(f *testing.F) {
	for _, raw := range wireFiles(f, "result-") {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := ParseRoundResult(raw)
		if err != nil {
			needsProblem(t, err)
			return
		}
		if _, err := json.Marshal(r); err != nil {
			t.Error(err)
		}
	})
}

func FuzzAttachPayload(f *testing.F) {
	raw := wireFiles(f, "share-withheld")[0]
	f.Add(wireFiles(f, "payload-withheld")[0])
	f.Fuzz(func(t *testing.T, payload []byte) {
		s, err := ParseShare(raw)
		if err != nil {
			t.Fatal(err)
		}
		s.Blobs[BlobPayload] = Blob{Digest: BlobDigest(payload), Size: int64(len(payload))}
		if err := s.AttachPayload(payload); err != nil {
			needsProblem(t, err)
		}
	})
}

func needsProblem(t *testing.T, err error) {
	t.Helper()
	var p Problem
	if !errors.As(err, &p) {
		t.Errorf("%v is not a Problem", err)
	}
}
