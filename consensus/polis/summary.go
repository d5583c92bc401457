// SPDX-License-Identifier: EUPL-1.2

package polis

import (
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// Summary is what summary.csv says about the conversation. The numbers are
// those of the tool that exported it and are not compared with the votes.
type Summary struct {
	Topic, URL, Description string
	Views, Voters           int64
	Commenters, Comments    int64
	Groups                  int64
}

// readSummary reads the rows key,value; there is no header, unknown keys and
// absent ones are no error, a description may hold line breaks.
func readSummary(t *table) (Summary, error) {
	var s Summary
	texts := map[string]*string{"topic": &s.Topic, "url": &s.URL, "conversation-description": &s.Description}
	numbers := map[string]*int64{
		"views": &s.Views, "voters": &s.Voters, "commenters": &s.Commenters,
		"comments": &s.Comments, "groups": &s.Groups,
	}
	t.rows.FieldsPerRecord = 2
	for {
		row, err := t.next()
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err != nil {
			return s, err
		}
		if !utf8.ValidString(row[1]) {
			return s, t.errorf("the value is not UTF-8")
		}
		if text, ok := texts[row[0]]; ok {
			*text = strings.TrimSpace(row[1])
		}
		if number, ok := numbers[row[0]]; ok {
			if *number, err = t.id(row[0], row[1]); err != nil {
				return s, err
			}
		}
	}
}
