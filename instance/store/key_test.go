// SPDX-License-Identifier: EUPL-1.2

package store_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"polder/instance/store"
)

// part has many bytes that matter to the encoding.
var part = rapid.StringOfN(rapid.RuneFrom([]rune{0, 1, 2, 'a', 'b', 'é'}), 0, 6, -1)

func TestKeysSortAsTheirParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOfN(part, 1, 4).Draw(t, "a")
		b := rapid.SliceOfN(part, 1, 4).Draw(t, "b")
		want := slices.Compare(a, b)
		if got := cmp.Compare(store.Key(a...), store.Key(b...)); got != want {
			t.Errorf("keys of %q and %q compare %d, want %d", a, b, got, want)
		}
		if got := store.Parts(store.Key(a...)); !slices.Equal(got, a) {
			t.Errorf("parts of the key of %q are %q", a, got)
		}
		longer := append(slices.Clone(a), b...)
		if !strings.HasPrefix(store.Key(longer...), store.Prefix(a...)) {
			t.Errorf("the prefix of %q is not that of %q", a, longer)
		}
		if strings.HasPrefix(store.Key(b...), store.Prefix(a...)) != (len(b) > len(a) && slices.Equal(a, b[:len(a)])) {
			t.Errorf("prefix of %q against %q", a, b)
		}
	})
}

func TestNumberAndTimePartsSort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Uint64().Draw(t, "a"), rapid.Uint64().Draw(t, "b")
		if cmp.Compare(store.Uint64Part(a), store.Uint64Part(b)) != cmp.Compare(a, b) {
			t.Errorf("%d and %d sort wrongly", a, b)
		}
		if got, err := store.ParseUint64Part(store.Uint64Part(a)); got != a || err != nil {
			t.Errorf("%d reads back as %d, %v", a, got, err)
		}
		// the years 0 to 9999
		seconds := rapid.Int64Range(-62167219200, 253402300799)
		nanos := rapid.Int64Range(0, 999_999_999)
		u := time.Unix(seconds.Draw(t, "u"), nanos.Draw(t, "un"))
		v := time.Unix(seconds.Draw(t, "v"), nanos.Draw(t, "vn")).In(time.FixedZone("", 3600))
		if cmp.Compare(store.TimePart(u), store.TimePart(v)) != u.Compare(v) {
			t.Errorf("%v and %v sort wrongly", u, v)
		}
		if got, err := store.ParseTimePart(store.TimePart(v)); !got.Equal(v) || err != nil {
			t.Errorf("%v reads back as %v, %v", v, got, err)
		}
	})
	for _, s := range []string{"", "1", "000000000000000g", "+00000000000000f", "00000000000000001"} {
		if n, err := store.ParseUint64Part(s); err == nil {
			t.Errorf("%q reads as %d", s, n)
		}
	}
	if _, err := store.ParseTimePart("yesterday"); err == nil {
		t.Error("yesterday is a time")
	}
}

func TestAfterIsTheEndOfAPrefix(t *testing.T) {
	for prefix, want := range map[string]string{"a": "b", "a\xff": "b", "\x00": "\x01", "a\xfe\xff\xff": "a\xff"} {
		if got := store.After([]byte(prefix)); string(got) != want {
			t.Errorf("After(%q) = %q, want %q", prefix, got, want)
		}
	}
	for _, prefix := range []string{"", "\xff", "\xff\xff"} {
		if got := store.After([]byte(prefix)); got != nil {
			t.Errorf("After(%q) = %q, want none", prefix, got)
		}
	}
}
