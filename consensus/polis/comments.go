// SPDX-License-Identifier: EUPL-1.2

package polis

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// comment is a row of comments.csv: the statement and its stated agrees.
type comment struct {
	Statement
	agrees int64
}

// commentColumns is the index of each column of comments.csv, -1 if absent.
type commentColumns struct{ id, agrees, moderated, meta, seed, text int }

// readComments reads both layouts; the columns is-meta, is-seed and
// comment-body may be absent.
func readComments(t *table) (map[int64]comment, error) {
	if err := t.readHeader(); err != nil {
		return nil, err
	}
	if !t.has("comment-id", "agrees", "moderated") {
		return nil, t.errorf("this is no comments.csv: columns comment-id, agrees and moderated are needed")
	}
	c := commentColumns{
		id: t.column("comment-id"), agrees: t.column("agrees"), moderated: t.column("moderated"),
		meta: t.column("is-meta"), seed: t.column("is-seed"), text: t.column("comment-body"),
	}
	out := map[int64]comment{}
	for {
		row, err := t.next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		one, err := readComment(t, c, row)
		if err != nil {
			return nil, err
		}
		if _, twice := out[one.ID]; twice {
			return nil, t.errorf("comment-id %d occurs twice", one.ID)
		}
		out[one.ID] = one
	}
}

func readComment(t *table, c commentColumns, row []string) (one comment, err error) {
	if one.ID, err = t.id("comment-id", row[c.id]); err != nil {
		return one, err
	}
	if one.agrees, err = t.id("agrees", row[c.agrees]); err != nil {
		return one, err
	}
	if one.Moderated, err = t.moderated(row[c.moderated]); err != nil {
		return one, err
	}
	if one.Meta, err = t.flag("is-meta", row, c.meta); err != nil {
		return one, err
	}
	if one.Seed, err = t.flag("is-seed", row, c.seed); err != nil {
		return one, err
	}
	if c.text >= 0 {
		if !utf8.ValidString(row[c.text]) {
			return one, t.errorf("comment-body is not UTF-8")
		}
		one.Text = strings.TrimSpace(row[c.text])
	}
	return one, nil
}

func (t *table) moderated(s string) (int8, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 8)
	if err != nil || n < -1 || n > 1 {
		return 0, t.errorf("moderated %q is not -1, 0 or 1", clip(s))
	}
	return int8(n), nil
}

// flag reads a boolean; an absent column or an empty field is false.
func (t *table) flag(what string, row []string, column int) (bool, error) {
	if column < 0 {
		return false, nil
	}
	switch strings.ToLower(strings.TrimSpace(row[column])) {
	case "true", "t", "1":
		return true, nil
	case "false", "f", "0", "":
		return false, nil
	}
	return false, t.errorf("%s %q is not true or false", what, clip(row[column]))
}
