// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// threePeople are the statistics of the example of opinion.md 4.
func threePeople() Stats {
	return Stats{Participants: 3, A: []int64{2, 1, 1}, D: []int64{1, 1, 0}, S: []int64{3, 3, 1}, Pairs: Pairs{M: 3, Cells: []Pair{
		{N: 3, XX: 3, T: 1, U: 1}, {N: 3, XX: 0, T: 1, U: 0}, {N: 1, XX: -1, T: -1, U: 1},
		{N: 3, XX: 2}, {N: 1, XX: 0, T: 0, U: 1}, {N: 1, XX: 1, T: 1, U: 1},
	}}}
}

const exampleBlob = "5050533103060602060202060001040002020100000202"

func TestPairBlobOfTheSpecification(t *testing.T) {
	s := threePeople()
	raw := EncodePairs(s.Pairs)
	if got := hex.EncodeToString(raw); got != exampleBlob {
		t.Errorf("blob %s, want %s", got, exampleBlob)
	}
	if got := BlobDigest(raw); got != "sha256:2652677dc233ae71397d427614fba1eec7f26cf01ab47d6ac4e1d60b1b7b3f8b" {
		t.Errorf("digest %s", got)
	}
	back, err := DecodePairs(raw)
	if err != nil {
		t.Fatal(err)
	}
	back = back.WithDiagonal(s.A, s.D, make([]Column, 3))
	if !slices.Equal(back.Cells, s.Pairs.Cells) {
		t.Errorf("decoded %v, want %v", back.Cells, s.Pairs.Cells)
	}
}

func TestPairBlobRefusals(t *testing.T) {
	good, err := hex.DecodeString(exampleBlob)
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string][]byte{
		"empty":                nil,
		"other magic":          append([]byte("PPS2"), good[4:]...),
		"no column count":      good[:4],
		"one byte short":       good[:len(good)-1],
		"one byte too many":    append(slices.Clone(good), 0),
		"more columns":         append([]byte("PPS1\x04"), good[5:]...),
		"fewer columns":        append([]byte("PPS1\x02"), good[5:]...),
		"1001 columns":         append([]byte("PPS1\xe9\x07"), make([]byte, 2*1001*1001)...),
		"long column count":    append([]byte("PPS1\x83\x00"), good[5:]...),
		"long number":          append([]byte("PPS1\x03\x86\x00"), good[6:]...),
		"beyond 32 bits":       append([]byte("PPS1\x01"), 0x80, 0x80, 0x80, 0x80, 0x10, 0),
		"a varint of 11 bytes": append([]byte("PPS1\x01\x00"), bytes.Repeat([]byte{0xff}, 11)...),
		"too large":            append([]byte("PPS1"), make([]byte, MaxPairBytes)...),
	} {
		if _, err := DecodePairs(raw); !errors.Is(err, ErrPairs) {
			t.Errorf("%s: error %v, want ErrPairs", name, err)
		}
	}
}

func drawPairs(t *rapid.T) Pairs {
	p := NewPairs(rapid.IntRange(0, 9).Draw(t, "columns"))
	number := rapid.Int32()
	for j := range p.M {
		for k := j; k < p.M; k++ {
			c := &p.Cells[p.Index(j, k)]
			c.N, c.XX = number.Draw(t, "N"), number.Draw(t, "XX")
			if j < k {
				c.T, c.U = number.Draw(t, "T"), number.Draw(t, "U")
			}
		}
	}
	return p
}

func TestPairBlobRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPairs(t)
		back, err := DecodePairs(EncodePairs(p))
		if err != nil || back.M != p.M || !slices.Equal(back.Cells, p.Cells) {
			t.Fatalf("%v became %v: %v", p, back, err)
		}
	})
}

// Whatever is accepted is the one encoding of what it says.
func FuzzDecodePairs(f *testing.F) {
	good, _ := hex.DecodeString(exampleBlob)
	f.Add(good)
	f.Add([]byte("PPS1\x00"))
	f.Add([]byte("PPS1\x01\x02\x01"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := DecodePairs(raw)
		if err == nil && !bytes.Equal(EncodePairs(p), raw) {
			t.Errorf("%x is not the encoding of what it decodes to", raw)
		}
	})
}
