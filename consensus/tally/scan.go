// SPDX-License-Identifier: EUPL-1.2

package tally

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// scan walks the bytes of a document that proof.Digest accepted and checks what
// the typed decoder would not: integers only, none negative in fields we know,
// arrays of at most MaxArray, and no name that differs from a known one in case
// alone (encoding/json would take it for that field while every other reader
// ignores it). Broken syntax it leaves to the decoder that comes after it.
func scan(raw []byte, known map[string]bool) error {
	s := scanner{raw: raw, known: known}
	for s.at < len(raw) {
		if err := s.step(); err != nil {
			return err
		}
	}
	return nil
}

// nesting is an open array or object.
type nesting struct {
	object  bool
	wantKey bool
	items   int
}

type scanner struct {
	raw   []byte
	at    int
	known map[string]bool
	stack []nesting
	top   string // the field of the document we are in
}

func (s *scanner) step() error {
	switch c := s.raw[s.at]; {
	case c == '"':
		return s.text()
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	case c == '{' || c == '[':
		s.stack = append(s.stack, nesting{object: c == '{', wantKey: c == '{'})
	case c == '}' || c == ']':
		if len(s.stack) > 0 {
			s.stack = s.stack[:len(s.stack)-1]
		}
	case c == ',':
		if err := s.comma(); err != nil {
			return err
		}
	}
	s.at++
	return nil
}

func (s *scanner) comma() error {
	if len(s.stack) == 0 {
		return nil
	}
	n := &s.stack[len(s.stack)-1]
	n.wantKey = n.object
	if n.items++; !n.object && n.items >= MaxArray {
		return s.refuse("more than %d array items", MaxArray)
	}
	return nil
}

func (s *scanner) text() error {
	end := s.at + 1
	for end < len(s.raw) && s.raw[end] != '"' {
		if s.raw[end] == '\\' {
			end++
		}
		end++
	}
	quoted := s.raw[s.at:min(end+1, len(s.raw))]
	s.at = end + 1
	if len(s.stack) == 0 || !s.stack[len(s.stack)-1].wantKey {
		return nil
	}
	s.stack[len(s.stack)-1].wantKey = false
	return s.name(quoted)
}

func (s *scanner) name(quoted []byte) error {
	key := string(bytes.Trim(quoted, `"`))
	if bytes.IndexByte(quoted, '\\') >= 0 && json.Unmarshal(quoted, &key) != nil {
		return s.refuse("a name is not text")
	}
	if len(s.stack) == 1 {
		s.top = key
	}
	if exact := sameName(key); exact != "" && exact != key {
		return s.refuse("name %q is %q in another case", key, exact)
	}
	return nil
}

func (s *scanner) number() error {
	end := s.at
	for end < len(s.raw) && bytes.IndexByte([]byte("+-.0123456789eE"), s.raw[end]) >= 0 {
		end++
	}
	v := string(s.raw[s.at:end])
	s.at = end
	digits := v
	if v[0] == '-' {
		if digits = v[1:]; s.known[s.top] {
			return s.refuse("%s is negative", v)
		}
	}
	const largest = "9007199254740991" // 2^53-1
	if bytes.ContainsAny([]byte(digits), "+-.eE") || len(digits) > len(largest) || len(digits) == len(largest) && digits > largest {
		return s.refuse("%s is not an integer of at most 2^53-1", v)
	}
	return nil
}

func (s *scanner) refuse(format string, args ...any) error {
	return Problem{CodeSchema, "/" + s.top, fmt.Sprintf(format, args...)}
}
