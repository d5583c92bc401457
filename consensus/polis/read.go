// SPDX-License-Identifier: EUPL-1.2

package polis

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Names of the files in a folder of an export.
const (
	HistoryName  = "votes.csv"
	MatrixName   = "participants-votes.csv"
	CommentsName = "comments.csv"
	SummaryName  = "summary.csv"
)

// Default limits of Source and Files: far above any published export, low
// enough that a wrong file does not fill the memory.
const (
	defaultBytes = 512 << 20
	defaultVotes = 20_000_000
)

// Source is one open file. A Source without a Reader is an absent file.
type Source struct {
	Name   string // for messages
	Reader io.Reader
}

// Files are the parts of one export, already open.
type Files struct {
	Votes    Source // votes.csv or participants-votes.csv, told apart by the header
	Comments Source // may be absent: no texts, and votes.csv cannot be checked
	Summary  Source // may be absent

	MaxBytes int64 // per file, 0 = 512 MiB
	MaxVotes int   // rows of votes.csv or cells of the matrix, 0 = 20 million
}

// Read reads an export from a folder or from a single vote file.
//
// In a folder it takes votes.csv, or participants-votes.csv if there is none,
// with comments.csv and summary.csv when they are there. A single file stands
// alone. commentsPath, when not empty, names the comments file to use instead.
// What is wrong with a file comes back as *Error with its name and line; a
// file of unclear orientation as ErrOrientation.
func Read(path, commentsPath string) (*Export, error) {
	votes, summary := path, ""
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read votes: %w", err)
	}
	if info.IsDir() {
		if votes, err = voteFile(path); err != nil {
			return nil, err
		}
		summary = present(filepath.Join(path, SummaryName))
		if commentsPath == "" {
			commentsPath = present(filepath.Join(path, CommentsName))
		}
	}
	return readPaths(votes, commentsPath, summary)
}

func voteFile(folder string) (string, error) {
	for _, name := range []string{HistoryName, MatrixName} {
		if path := present(filepath.Join(folder, name)); path != "" {
			return path, nil
		}
	}
	return "", fmt.Errorf("read votes: the folder %s has neither %s nor %s: %w", folder, HistoryName, MatrixName, fs.ErrNotExist)
}

// present gives the path back if something is there, else "". Whatever else is
// wrong with it comes out when it is opened.
func present(path string) string {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return path
}

func readPaths(votes, comments, summary string) (*Export, error) {
	var f Files
	for _, part := range []struct {
		path string
		into *Source
	}{{votes, &f.Votes}, {comments, &f.Comments}, {summary, &f.Summary}} {
		if part.path == "" {
			continue
		}
		file, err := os.Open(part.path)
		if err != nil {
			return nil, fmt.Errorf("read votes: %w", err)
		}
		defer file.Close() // only read
		*part.into = Source{Name: part.path, Reader: file}
	}
	return Parse(f)
}

// Parse reads an export from open files.
func Parse(f Files) (*Export, error) {
	if f.Votes.Reader == nil {
		return nil, errors.New("read votes: no vote file is given")
	}
	f = f.withDefaults()
	comments, err := f.comments()
	if err != nil {
		return nil, err
	}
	t, err := openTable(f.Votes.Name, f.Votes.Reader, f.MaxBytes)
	if err != nil {
		return nil, err
	}
	if err := t.readHeader(); err != nil {
		return nil, err
	}
	var e *Export
	switch {
	case t.has("comment-id", "voter-id", "vote", "timestamp"):
		e, err = f.parseHistory(t, comments)
	case t.has("participant"):
		e, err = f.parseMatrix(t, comments)
	default:
		err = t.errorf("this is neither %s (timestamp, comment-id, voter-id, vote) nor %s (participant, one column per comment id)", HistoryName, MatrixName)
	}
	if err != nil {
		return nil, err
	}
	if e.Summary, err = f.summary(); err != nil {
		return nil, err
	}
	return e, nil
}

func (f Files) parseHistory(t *table, comments map[int64]comment) (*Export, error) {
	all, err := readHistory(t, f.MaxVotes)
	if err != nil {
		return nil, err
	}
	finding := unchecked("there is no " + CommentsName + " to compare with")
	if f.Comments.Reader != nil {
		if finding, err = compareHistory(all, comments, CommentsName); err != nil {
			return nil, &Error{File: t.name, Err: err}
		}
	}
	last := lastOf(all)
	e := orient(last, comments, finding)
	e.Superseded = len(all) - len(last)
	return e, nil
}

func (f Files) parseMatrix(t *table, comments map[int64]comment) (*Export, error) {
	m, err := readMatrix(t, f.MaxVotes)
	if err != nil {
		return nil, err
	}
	finding, err := m.compare()
	if err != nil {
		return nil, &Error{File: t.name, Err: err}
	}
	return orient(m.last, comments, finding), nil
}

// orient assembles the export with agree as +1.
func orient(last []entry, comments map[int64]comment, finding Finding) *Export {
	if finding.Orientation == Inverted {
		turnRound(last)
	}
	e := assemble(last, comments)
	e.Finding = finding
	return e
}

func (f Files) comments() (map[int64]comment, error) {
	if f.Comments.Reader == nil {
		return map[int64]comment{}, nil
	}
	t, err := openTable(f.Comments.Name, f.Comments.Reader, f.MaxBytes)
	if err != nil {
		return nil, err
	}
	return readComments(t)
}

func (f Files) summary() (Summary, error) {
	if f.Summary.Reader == nil {
		return Summary{}, nil
	}
	t, err := openTable(f.Summary.Name, f.Summary.Reader, f.MaxBytes)
	if err != nil {
		return Summary{}, err
	}
	return readSummary(t)
}

func (f Files) withDefaults() Files {
	if f.MaxBytes == 0 {
		f.MaxBytes = defaultBytes
	}
	if f.MaxVotes == 0 {
		f.MaxVotes = defaultVotes
	}
	return f
}
