// SPDX-License-Identifier: EUPL-1.2

package polis

import (
	"cmp"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// change is one row of votes.csv.
type change struct {
	statement, participant int64
	at                     int64 // unix milliseconds
	position               int32 // row of the file
	value                  int8
}

// readHistory reads votes.csv, every row.
func readHistory(t *table, most int) ([]change, error) {
	statement, participant := t.column("comment-id"), t.column("voter-id")
	value, at := t.column("vote"), t.column("timestamp")
	var all []change
	for {
		row, err := t.next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		if len(all) == most {
			return nil, t.errorf("%w: more than %d votes", errTooLarge, most)
		}
		c := change{position: int32(len(all))}
		if c.statement, err = t.id("comment-id", row[statement]); err != nil {
			return nil, err
		}
		if c.participant, err = t.id("voter-id", row[participant]); err != nil {
			return nil, err
		}
		if c.value, err = t.vote(row[value]); err != nil {
			return nil, err
		}
		if c.at, err = t.moment(row[at]); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
}

// moment reads a timestamp: milliseconds above 10^11, else seconds.
func (t *table) moment(s string) (int64, error) {
	s = strings.TrimSpace(s)
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(n) || n < 0 || n > 9e15 {
		return 0, t.errorf("timestamp %q is not a time in milliseconds or seconds", clip(s))
	}
	if n <= 1e11 {
		n *= 1000
	}
	return int64(math.Round(n)), nil
}

// lastOf keeps of every person and statement the last vote: the latest time,
// of equal times the later row.
func lastOf(all []change) []entry {
	slices.SortFunc(all, func(a, b change) int {
		return cmp.Or(
			cmp.Compare(a.statement, b.statement),
			cmp.Compare(a.participant, b.participant),
			cmp.Compare(a.at, b.at),
			cmp.Compare(a.position, b.position),
		)
	})
	var last []entry
	for i, c := range all {
		if i+1 < len(all) && all[i+1].statement == c.statement && all[i+1].participant == c.participant {
			continue
		}
		last = append(last, entry{participant: c.participant, statement: c.statement, value: c.value})
	}
	return last
}

// compareHistory counts every row per statement, superseded ones too: that is
// what comments.csv counts.
func compareHistory(all []change, comments map[int64]comment, source string) (Finding, error) {
	counted := map[int64]stated{}
	for id, c := range comments {
		counted[id] = stated{agrees: c.agrees}
	}
	for _, c := range all {
		s, known := counted[c.statement]
		if !known {
			continue // not in comments.csv: nothing is stated about it
		}
		switch c.value {
		case 1:
			s.plus++
		case -1:
			s.minus++
		}
		counted[c.statement] = s
	}
	each := make([]stated, 0, len(counted))
	for _, s := range counted {
		each = append(each, s)
	}
	return judge(each, source, "statements")
}
