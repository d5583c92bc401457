// SPDX-License-Identifier: EUPL-1.2

package polis

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Error is what is wrong with a file, and where.
type Error struct {
	File string // as the caller named it
	Line int    // first line is 1; 0 when the whole file is meant
	Err  error
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// errTooLarge is returned when a file has more bytes or votes than allowed.
var errTooLarge = errors.New("the file is too large")

// table is a CSV file that is read row by row.
type table struct {
	name   string
	rows   *csv.Reader
	header []string
}

// openTable skips a UTF-8 byte order mark and prepares reading; at most limit
// bytes are taken.
func openTable(name string, r io.Reader, limit int64) (*table, error) {
	in := bufio.NewReaderSize(&limited{r: r, left: limit}, 1<<16)
	mark, err := in.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, &Error{File: name, Err: err}
	}
	switch {
	case bytes.Equal(mark, []byte("\xef\xbb\xbf")):
		_, _ = in.Discard(3) // the three bytes just seen
	case bytes.HasPrefix(mark, []byte("\xff\xfe")), bytes.HasPrefix(mark, []byte("\xfe\xff")):
		return nil, &Error{File: name, Line: 1, Err: errors.New("the file is UTF-16, save it as UTF-8")}
	}
	t := &table{name: name, rows: csv.NewReader(in)}
	t.rows.ReuseRecord = true
	return t, nil
}

// readHeader reads the first row: names, each once.
func (t *table) readHeader() error {
	row, err := t.next()
	if errors.Is(err, io.EOF) {
		return &Error{File: t.name, Err: errors.New("the file is empty")}
	}
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, name := range row {
		name = strings.TrimSpace(name)
		if seen[name] {
			return t.errorf("column %q occurs twice", name)
		}
		seen[name] = true
		t.header = append(t.header, name)
	}
	return nil
}

// column gives the index of a column, or -1.
func (t *table) column(name string) int { return slices.Index(t.header, name) }

// has reports whether all these columns are there.
func (t *table) has(names ...string) bool {
	return !slices.ContainsFunc(names, func(n string) bool { return t.column(n) < 0 })
}

// next gives the next row, valid until the call after it, or io.EOF.
func (t *table) next() ([]string, error) {
	row, err := t.rows.Read()
	if err == nil || errors.Is(err, io.EOF) {
		return row, err
	}
	var bad *csv.ParseError
	if errors.As(err, &bad) {
		return nil, &Error{File: t.name, Line: bad.Line, Err: bad.Err}
	}
	return nil, &Error{File: t.name, Err: err}
}

// errorf places a message at the row read last.
func (t *table) errorf(format string, args ...any) error {
	line, _ := t.rows.FieldPos(0)
	return &Error{File: t.name, Line: line, Err: fmt.Errorf(format, args...)}
}

// id reads the number of a statement or a person.
func (t *table) id(what, s string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil || n < 0 {
		return 0, t.errorf("%s %q is not a number", what, clip(s))
	}
	return n, nil
}

// vote reads 1, 0 or -1.
func (t *table) vote(s string) (int8, error) {
	switch strings.TrimSpace(s) {
	case "1", "+1":
		return 1, nil
	case "0", "-0":
		return 0, nil
	case "-1":
		return -1, nil
	}
	return 0, t.errorf("vote %q is not 1, 0 or -1", clip(s))
}

// clip keeps a message readable when a field is not.
func clip(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "..."
}

// limited fails, instead of ending quietly, when more than left bytes come.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if int64(n) > l.left {
		return int(l.left), errTooLarge
	}
	l.left -= int64(n)
	return n, err
}
