// SPDX-License-Identifier: EUPL-1.2

package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"polder/instance/store"
)

func bytewise(t *testing.T, s suite) {
	e := s.fresh(t)
	keys := []string{"\x00", "\x00\x00", "\x00\xff", "\x01", "A", "AA", "B", "a", "a\x00", "a\x00b", "aa", "\x7f", "\x80", "\xc3\xa9", "\xff", "\xff\x00", "\xff\xff"}
	slices.Sort(keys)
	for i := range keys { // written in another order
		put(t, e, "t", keys[(i*7)%len(keys)], "")
	}
	want := make([]string, len(keys))
	for i, k := range keys {
		want[i] = k + "="
	}
	if got := whole(t, e, "t"); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func ranges(t *testing.T, s suite) {
	e := s.fresh(t)
	put(t, e, "s", "b", "", "z", "") // neighbours that must not show
	put(t, e, "t", "a", "", "b", "", "b1", "", "b2", "", "c", "", "\xff", "", "\xff\xff", "")
	put(t, e, "u", "a", "")
	b := func(s string) []byte { return []byte(s) }
	for _, c := range []struct {
		r    store.Range
		want []string
	}{
		{store.Range{From: b("b")}, []string{"b=", "b1=", "b2=", "c=", "\xff=", "\xff\xff="}},
		{store.Range{From: b("aa"), To: b("b2")}, []string{"b=", "b1="}},
		{store.Range{From: b("b"), To: b("b")}, []string{}},
		{store.Range{From: b("c"), To: b("b")}, []string{}},
		{store.Range{From: b("\xff\xff\xff")}, []string{}},
		{store.Range{To: b("a")}, []string{}},
		{store.Range{Limit: 2}, []string{"a=", "b="}},
		{store.Range{Limit: 99, To: b("b")}, []string{"a="}},
		{store.Range{Reverse: true, Limit: 2}, []string{"\xff\xff=", "\xff="}},
		{store.Range{Reverse: true, From: b("b"), To: b("c")}, []string{"b2=", "b1=", "b="}},
		{store.Range{Reverse: true, From: b("b1"), To: b("bb")}, []string{"b2=", "b1="}},
		{store.Range{Reverse: true, To: b("\xff\xff\xff"), Limit: 1}, []string{"\xff\xff="}},
		{store.Range{Reverse: true, To: b("a")}, []string{}},
		{store.Range{Reverse: true, From: b("c"), To: b("b")}, []string{}},
		{store.PrefixRange(b("b")), []string{"b=", "b1=", "b2="}},
		{store.PrefixRange(b("\xff")), []string{"\xff=", "\xff\xff="}},
		{store.PrefixRange(nil), []string{"a=", "b=", "b1=", "b2=", "c=", "\xff=", "\xff\xff="}},
	} {
		check := func(r store.Reader) error {
			if got := content(t, r, "t", c.r); !slices.Equal(got, c.want) {
				t.Errorf("%+v: got %q, want %q", c.r, got, c.want)
			}
			return nil
		}
		view(t, e, check)
		update(t, e, func(w store.Writer) error { return check(w) })
	}
	view(t, e, func(r store.Reader) error {
		seq := r.Scan("t", store.Range{})
		for range 2 { // breaking off is fine, ranging again starts anew
			for kv, err := range seq {
				if string(kv.Key) != "a" {
					t.Errorf("starts at %q, %v", kv.Key, err)
				}
				break
			}
		}
		return nil
	})
}

func writesWhileRanging(t *testing.T, s suite) {
	for _, reverse := range []bool{false, true} {
		t.Run(fmt.Sprintf("reverse=%t", reverse), func(t *testing.T) {
			e := s.fresh(t)
			const n = 2000 // many pages
			update(t, e, func(w store.Writer) error {
				for i := range n {
					if err := w.Put("t", fmt.Appendf(nil, "%05d", i), []byte("value that fills pages")); err != nil {
						return err
					}
				}
				return nil
			})
			update(t, e, func(w store.Writer) error { return deleteOddDoubleEven(t, w, n, reverse) })
			got := whole(t, e, "t")
			if len(got) != n/2 || got[1] != "00002=seen" || got[n/2-1] != fmt.Sprintf("%05d=seen", n-2) {
				t.Errorf("%d left, first %q", len(got), got[:min(3, len(got))])
			}
			if got := whole(t, e, "u"); len(got) != n/2 {
				t.Errorf("%d written elsewhere, want %d", len(got), n/2)
			}
		})
	}
}

// deleteOddDoubleEven changes every row of t while ranging over it.
func deleteOddDoubleEven(t *testing.T, w store.Writer, n int, reverse bool) error {
	seen := 0
	for kv, err := range w.Scan("t", store.Range{Reverse: reverse}) {
		if err != nil {
			return err
		}
		seen++
		odd := kv.Key[len(kv.Key)-1]%2 == 1
		if odd {
			err = w.Delete("t", kv.Key)
		} else {
			err = errors.Join(w.Put("t", kv.Key, []byte("seen")), w.Put("u", kv.Key, nil))
		}
		if err != nil {
			return err
		}
	}
	if seen != n {
		t.Errorf("ranged over %d rows, want each of %d once", seen, n)
	}
	return nil
}
