// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// scanner checks a whole JSON text in one pass without building a tree:
// grammar, depth, array length, duplicate keys, string encoding, number range
// and refused keywords. It allocates only for keys with escapes and for very
// large objects, so a hostile text costs no more than its own length.
type scanner struct {
	raw []byte
	pos int
	// keys holds the decoded keys of all open objects, innermost last.
	keys [][]byte
}

// Up to this many members an object's keys are compared one by one.
const linearKeys = 24

func (s *scanner) fail(err error) error { return &ParseError{Err: err, Offset: s.pos} }

// document reads the top-level object and returns its members as slices of raw.
func (s *scanner) document() (map[string]json.RawMessage, error) {
	if len(s.raw) > MaxDocument {
		return nil, s.fail(ErrTooLarge)
	}
	if !utf8.Valid(s.raw) {
		return nil, s.fail(ErrEncoding)
	}
	s.space()
	if s.peek() != '{' {
		return nil, s.fail(s.notObject())
	}
	fields := make(map[string]json.RawMessage, 16)
	if err := s.object(1, fields); err != nil {
		return nil, err
	}
	s.space()
	if s.pos != len(s.raw) {
		return nil, s.fail(ErrSyntax)
	}
	return fields, nil
}

// notObject tells another JSON value from something that is no JSON at all.
func (s *scanner) notObject() error {
	if json.Valid(s.raw) {
		return ErrNotObject
	}
	return ErrSyntax
}

func (s *scanner) peek() byte {
	if s.pos < len(s.raw) {
		return s.raw[s.pos]
	}
	return 0 // no token starts with NUL
}

func (s *scanner) space() {
	for s.pos < len(s.raw) {
		switch s.raw[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// value reads any value; depth is that of the container around it.
func (s *scanner) value(depth int) error {
	switch c := s.peek(); {
	case c == '"':
		_, err := s.str()
		return err
	case c == '{':
		return s.object(depth+1, nil)
	case c == '[':
		return s.array(depth + 1)
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	case c == 't':
		return s.literal("true")
	case c == 'f':
		return s.literal("false")
	case c == 'n':
		return s.literal("null")
	}
	return s.fail(ErrSyntax)
}

func (s *scanner) literal(word string) error {
	if !bytes.HasPrefix(s.raw[s.pos:], []byte(word)) {
		return s.fail(ErrSyntax)
	}
	s.pos += len(word)
	return nil
}

// object reads an object; with fields it also keeps the members.
func (s *scanner) object(depth int, fields map[string]json.RawMessage) error {
	if depth > MaxDepth {
		return s.fail(ErrDepth)
	}
	s.pos++
	s.space()
	if s.peek() == '}' {
		s.pos++
		return nil
	}
	open := objectKeys{base: len(s.keys)}
	for {
		if err := s.member(depth, &open, fields); err != nil {
			return err
		}
		s.space()
		switch s.peek() {
		case ',':
			s.pos++
			s.space()
		case '}':
			s.pos++
			s.keys = s.keys[:open.base]
			return nil
		default:
			return s.fail(ErrSyntax)
		}
	}
}

// objectKeys finds duplicates among the keys of one open object.
type objectKeys struct {
	base int                 // where its keys start in scanner.keys
	seen map[string]struct{} // only beyond linearKeys members
}

func (s *scanner) member(depth int, open *objectKeys, fields map[string]json.RawMessage) error {
	key, err := s.key()
	if err != nil {
		return err
	}
	if _, dup := fields[string(key)]; dup || fields == nil && !s.add(open, key) {
		return s.fail(ErrDuplicateKey)
	}
	s.space()
	if s.peek() != ':' {
		return s.fail(ErrSyntax)
	}
	s.pos++
	s.space()
	start := s.pos
	if err := s.value(depth); err != nil {
		return err
	}
	if fields != nil {
		fields[string(key)] = s.raw[start:s.pos:s.pos]
	}
	return nil
}

// add records a key of the innermost object and reports whether it is new.
func (s *scanner) add(open *objectKeys, key []byte) bool {
	siblings := s.keys[open.base:]
	if open.seen == nil && len(siblings) >= linearKeys {
		open.seen = make(map[string]struct{}, 2*linearKeys)
		for _, k := range siblings {
			open.seen[string(k)] = struct{}{}
		}
	}
	if open.seen != nil {
		if _, dup := open.seen[string(key)]; dup {
			return false
		}
		open.seen[string(key)] = struct{}{}
		return true // the stack keeps the first ones only
	}
	for _, k := range siblings {
		if bytes.Equal(k, key) {
			return false
		}
	}
	s.keys = append(s.keys, key)
	return true
}

// key reads a member name, decoded, and refuses the JSON-LD keywords that give a
// document a second meaning (CVE-2022-24307 and its kin).
func (s *scanner) key() ([]byte, error) {
	if s.peek() != '"' {
		return nil, s.fail(ErrSyntax)
	}
	start := s.pos
	escaped, err := s.str()
	if err != nil {
		return nil, err
	}
	key := s.raw[start+1 : s.pos-1]
	if escaped {
		key = []byte(unquote(s.raw[start:s.pos]))
	}
	switch string(key) {
	case "@graph", "@included", "@reverse":
		return nil, s.fail(ErrKeyword)
	}
	return key, nil
}

func (s *scanner) array(depth int) error {
	if depth > MaxDepth {
		return s.fail(ErrDepth)
	}
	s.pos++
	s.space()
	if s.peek() == ']' {
		s.pos++
		return nil
	}
	for n := 1; ; n++ {
		if n > MaxArray {
			return s.fail(ErrArray)
		}
		if err := s.value(depth); err != nil {
			return err
		}
		s.space()
		switch s.peek() {
		case ',':
			s.pos++
			s.space()
		case ']':
			s.pos++
			return nil
		default:
			return s.fail(ErrSyntax)
		}
	}
}

// str reads a string and reports whether it has escapes.
func (s *scanner) str() (escaped bool, err error) {
	s.pos++
	for s.pos < len(s.raw) {
		switch c := s.raw[s.pos]; {
		case c == '"':
			s.pos++
			return escaped, nil
		case c < 0x20:
			return false, s.fail(ErrSyntax)
		case c == '\\':
			escaped = true
			if err := s.escape(); err != nil {
				return false, err
			}
		default:
			s.pos++
		}
	}
	return false, s.fail(ErrSyntax)
}

// escape reads one escape; a surrogate must come as a pair, high half first.
func (s *scanner) escape() error {
	s.pos++
	switch s.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.pos++
		return nil
	case 'u':
	default:
		return s.fail(ErrSyntax)
	}
	u, ok := s.hex4()
	if !ok {
		return s.fail(ErrSyntax)
	}
	if u < 0xD800 || u > 0xDFFF {
		return nil
	}
	if u >= 0xDC00 || !bytes.HasPrefix(s.raw[s.pos:], []byte(`\u`)) {
		return s.fail(ErrEncoding)
	}
	s.pos++
	low, ok := s.hex4()
	if !ok {
		return s.fail(ErrSyntax)
	}
	if low < 0xDC00 || low > 0xDFFF {
		return s.fail(ErrEncoding)
	}
	return nil
}

// hex4 reads the "u" it stands on and four hexadecimal digits.
func (s *scanner) hex4() (uint16, bool) {
	if s.pos+5 > len(s.raw) {
		return 0, false
	}
	var u uint16
	for _, c := range s.raw[s.pos+1 : s.pos+5] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		u = u<<4 | uint16(c)
	}
	s.pos += 5
	return u, true
}

// Integers of at most this many bytes are in range without conversion.
const plainDigits = 18

func (s *scanner) number() error {
	start := s.pos
	if s.peek() == '-' {
		s.pos++
	}
	if s.peek() == '0' {
		s.pos++
	} else if !s.digits() {
		return s.fail(ErrSyntax)
	}
	plain := true
	if s.peek() == '.' {
		plain = false
		s.pos++
		if !s.digits() {
			return s.fail(ErrSyntax)
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		plain = false
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		if !s.digits() {
			return s.fail(ErrSyntax)
		}
	}
	if plain && s.pos-start <= plainDigits {
		return nil
	}
	if _, err := strconv.ParseFloat(string(s.raw[start:s.pos]), 64); err != nil {
		return s.fail(ErrNumber)
	}
	return nil
}

// digits reads one or more digits.
func (s *scanner) digits() bool {
	start := s.pos
	for s.pos < len(s.raw) && s.raw[s.pos] >= '0' && s.raw[s.pos] <= '9' {
		s.pos++
	}
	return s.pos > start
}

// unquote decodes a JSON string that the scanner has accepted.
func unquote(raw []byte) string {
	if len(raw) < 2 || raw[0] != '"' {
		return ""
	}
	if inner := raw[1 : len(raw)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return string(inner)
	}
	var out string
	if err := json.Unmarshal(raw, &out); err != nil {
		return "" // not reached for scanned input
	}
	return out
}
