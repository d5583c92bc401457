// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// plain writes the canonical form of JSON that holds nothing whose canonical
// form takes thought: names in ASCII, strings without escapes, whole numbers of
// at most 15 digits. Nearly all signed objects are of that kind. Anything else,
// whatever is wrong included, is not ok and left to the full implementation.
func plain(raw []byte) (out []byte, ok bool) {
	p := plainReader{raw: raw, out: make([]byte, 0, len(raw))}
	if !p.value(0) {
		return nil, false
	}
	p.space()
	return p.out, p.at == len(p.raw)
}

type plainReader struct {
	raw []byte
	at  int
	out []byte
}

func (p *plainReader) space() {
	for p.at < len(p.raw) {
		switch p.raw[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// peek gives the next byte that is not a space, 0 at the end.
func (p *plainReader) peek() byte {
	p.space()
	if p.at == len(p.raw) {
		return 0
	}
	return p.raw[p.at]
}

// take copies a byte if it is next.
func (p *plainReader) take(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.at++
	p.out = append(p.out, c)
	return true
}

func (p *plainReader) value(depth int) bool {
	if depth > maxDepth {
		return false
	}
	switch c := p.peek(); {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		_, ok := p.text()
		return ok
	case c == '-' || '0' <= c && c <= '9':
		return p.number()
	}
	return p.word("true") || p.word("false") || p.word("null")
}

func (p *plainReader) word(w string) bool {
	if !strings.HasPrefix(string(p.raw[p.at:min(len(p.raw), p.at+len(w))]), w) {
		return false
	}
	p.at += len(w)
	p.out = append(p.out, w...)
	return true
}

func (p *plainReader) array(depth int) bool {
	p.take('[')
	if p.take(']') {
		return true
	}
	for p.value(depth + 1) {
		if p.take(']') {
			return true
		}
		if !p.take(',') {
			return false
		}
	}
	return false
}

// plainMember is a member as it lies in the output.
type plainMember struct {
	name string
	text []byte // "name":value
}

func (p *plainReader) object(depth int) bool {
	p.take('{')
	if p.take('}') {
		return true
	}
	first := len(p.out)
	var members []plainMember
	sorted := true
	for {
		from := len(p.out)
		name, ok := p.name()
		if !ok || !p.take(':') || !p.value(depth+1) {
			return false
		}
		sorted = sorted && (len(members) == 0 || members[len(members)-1].name < name)
		members = append(members, plainMember{name, p.out[from:]})
		if p.peek() == '}' {
			break
		}
		if !p.take(',') {
			return false
		}
	}
	if !sorted && !p.sort(first, members) {
		return false
	}
	return p.take('}')
}

// sort puts the members of an object that begins at first in order; false if a
// name stands twice.
func (p *plainReader) sort(first int, members []plainMember) bool {
	slices.SortFunc(members, func(a, b plainMember) int { return strings.Compare(a.name, b.name) })
	ordered := make([]byte, 0, len(p.out)-first)
	for i, m := range members {
		if i > 0 {
			if members[i-1].name == m.name {
				return false
			}
			ordered = append(ordered, ',')
		}
		ordered = append(ordered, m.text...)
	}
	p.out = append(p.out[:first], ordered...)
	return true
}

// name is a string of ASCII: the order of others goes by UTF-16.
func (p *plainReader) name() (string, bool) {
	if p.peek() != '"' {
		return "", false
	}
	inside, ok := p.text()
	for _, c := range inside {
		ok = ok && c < utf8.RuneSelf
	}
	return string(inside), ok
}

// text copies a string that stands for itself.
func (p *plainReader) text() (inside []byte, ok bool) {
	from, ascii := p.at, true
	for p.at++; p.at < len(p.raw); p.at++ {
		switch c := p.raw[p.at]; {
		case c == '"':
			p.at++
			p.out = append(p.out, p.raw[from:p.at]...)
			inside = p.raw[from+1 : p.at-1]
			return inside, ascii || utf8.Valid(inside)
		case c == '\\' || c < ' ':
			return nil, false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return nil, false
}

// number copies a whole number that every double holds exactly.
func (p *plainReader) number() bool {
	const most = 15
	from := p.at
	if p.raw[p.at] == '-' {
		p.at++
	}
	digits := p.at
	for p.at < len(p.raw) && '0' <= p.raw[p.at] && p.raw[p.at] <= '9' {
		p.at++
	}
	n := p.at - digits
	if n == 0 || n > most || p.raw[digits] == '0' && p.at-from > 1 {
		return false
	}
	if p.at < len(p.raw) && (p.raw[p.at] == '.' || p.raw[p.at]|' ' == 'e') {
		return false
	}
	p.out = append(p.out, p.raw[from:p.at]...)
	return true
}
