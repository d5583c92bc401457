// SPDX-License-Identifier: EUPL-1.2

package polis

import (
	"errors"
	"io"
	"strings"
	"unicode"
)

// matrix is what participants-votes.csv holds.
type matrix struct {
	last   []entry
	agrees []stated // per row; nil when the file has no column n-agree
}

// cell is a column of votes on one statement.
type cell struct {
	column    int
	statement int64
}

// readMatrix reads participants-votes.csv with or without xid. The columns
// xid, group-id and the other counts are not used.
func readMatrix(t *table, most int) (*matrix, error) {
	cells, err := voteColumns(t)
	if err != nil {
		return nil, err
	}
	m := &matrix{}
	seen := map[int64]bool{}
	participant, agrees := t.column("participant"), t.column("n-agree")
	for {
		row, err := t.next()
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil {
			return nil, err
		}
		id, err := t.id("participant", row[participant])
		if err != nil {
			return nil, err
		}
		if seen[id] {
			return nil, t.errorf("participant %d occurs twice", id)
		}
		seen[id] = true
		counted, err := m.readRow(t, id, cells, row)
		if err != nil {
			return nil, err
		}
		if len(m.last) > most {
			return nil, t.errorf("%w: more than %d votes", errTooLarge, most)
		}
		if agrees < 0 {
			continue
		}
		if counted.agrees, err = t.id("n-agree", row[agrees]); err != nil {
			return nil, err
		}
		m.agrees = append(m.agrees, counted)
	}
}

// readRow adds the votes of one person and counts them.
func (m *matrix) readRow(t *table, participant int64, cells []cell, row []string) (counted stated, err error) {
	for _, c := range cells {
		if strings.TrimSpace(row[c.column]) == "" {
			continue
		}
		value, err := t.vote(row[c.column])
		if err != nil {
			return counted, err
		}
		switch value {
		case 1:
			counted.plus++
		case -1:
			counted.minus++
		}
		m.last = append(m.last, entry{participant: participant, statement: c.statement, value: value})
	}
	return counted, nil
}

// voteColumns finds the columns named by a comment id. Names that begin with a
// letter are other columns of the tool; anything else is a damaged header.
func voteColumns(t *table) ([]cell, error) {
	var cells []cell
	seen := map[int64]bool{}
	for i, name := range t.header {
		if name != "" && unicode.IsLetter([]rune(name)[0]) {
			continue
		}
		id, err := t.id("column", name)
		if err != nil {
			return nil, err
		}
		if seen[id] {
			return nil, t.errorf("column %d occurs twice", id)
		}
		seen[id] = true
		cells = append(cells, cell{column: i, statement: id})
	}
	return cells, nil
}

// compare holds n-agree against the row's own votes.
func (m *matrix) compare() (Finding, error) {
	if m.agrees == nil && len(m.last) > 0 {
		return unchecked("the file has no column n-agree to compare with"), nil
	}
	return judge(m.agrees, "n-agree", "people")
}
