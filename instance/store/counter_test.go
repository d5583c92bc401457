// SPDX-License-Identifier: EUPL-1.2

package store_test

import (
	"errors"
	"testing"

	"polder/instance/store"
)

func TestCounters(t *testing.T) {
	s := openStore(t)
	var got []int64
	for range 3 {
		update(t, s, func(tx *store.Tx) error {
			n, err := store.CountersIn(tx, "counters").Next("sequence")
			if _, other := store.CountersIn(tx, "counters").Add("below", -5); err == nil {
				err = other
			}
			defer func() { got = append(got[:max(0, int(n-1))], n) }()
			return err
		})
	}
	if len(got) != 3 || got[0] != 1 || got[2] != 3 {
		t.Errorf("the sequence is %v, want 1, 2, 3", got)
	}
	view(t, s, func(tx *store.Tx) error {
		c := store.CountersIn(tx, "counters")
		if n, err := c.Get("below"); n != -15 || err != nil {
			t.Errorf("below = %d, %v, want -15", n, err)
		}
		if n, err := c.Get("never set"); n != 0 || err != nil {
			t.Errorf("a number never set is %d, %v", n, err)
		}
		if _, err := c.Next("sequence"); !errors.Is(err, store.ErrReadOnly) {
			t.Errorf("Next in a View answers %v, want ErrReadOnly", err)
		}
		return nil
	})
	update(t, s, func(tx *store.Tx) error {
		c := store.CountersIn(tx, "counters")
		if err := errors.Join(c.Set("sequence", 41), c.Delete("below")); err != nil {
			return err
		}
		n, err := c.Next("sequence")
		if below, _ := c.Get("below"); n != 42 || below != 0 {
			t.Errorf("sequence is %d, below is %d", n, below)
		}
		return err
	})
}
