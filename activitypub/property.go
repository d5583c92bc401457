// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
)

// maxIRI is the longest id or address that is read, in bytes.
const maxIRI = 2048

// ID is the document's own id, "" if it has none or it is no single string.
func (d *Document) ID() string { return iriOf(d.Fields["id"]) }

// Type is the type if it is a string, or element 0 of an array of types.
func (d *Document) Type() string { return first(d.Types()) }

// Types lists all types, in order.
func (d *Document) Types() []string { return d.Strings("type") }

// Has reports whether the property is there and not null.
func (d *Document) Has(key string) bool {
	raw, ok := d.Fields[key]
	return ok && string(raw) != "null"
}

// String is the property as text: a string, the first string of an array, or the
// @value of a value object; else "".
func (d *Document) String(key string) string { return first(d.Strings(key)) }

// Strings is every text among the values of the property; see String.
func (d *Document) Strings(key string) []string {
	var out []string
	for _, raw := range elements(d.Fields[key]) {
		switch raw[0] {
		case '"':
			out = append(out, unquote(raw))
		case '{':
			if v, err := Parse(raw); err == nil && v.Has("@value") {
				out = append(out, v.String("@value"))
			}
		}
	}
	return out
}

// IRI is the property as an id: a string, the id of an object, else the href of
// a link object; of an array the first such. It is "" if there is none.
// An id with white space or control characters, or longer than 2,048 bytes, does
// not count: it could break headers, logs and keys (security.md, row 66).
func (d *Document) IRI(key string) string { return first(d.IRIs(key)) }

// IRIs is every id among the values of the property; see IRI.
func (d *Document) IRIs(key string) []string {
	var out []string
	for _, raw := range elements(d.Fields[key]) {
		iri := iriOf(raw)
		if raw[0] == '{' {
			iri = objectIRI(raw)
		}
		if iri != "" {
			out = append(out, iri)
		}
	}
	return out
}

func objectIRI(raw []byte) string {
	o, err := Parse(raw)
	if err != nil {
		return ""
	}
	if id := o.ID(); id != "" {
		return id
	}
	return iriOf(o.Fields["href"])
}

// Object is the embedded object, or the first one in an array. ErrMissing: there
// is no such property. ErrShape: there are only ids or plain values.
func (d *Document) Object(key string) (*Document, error) {
	if !d.Has(key) {
		return nil, fmt.Errorf("%q: %w", key, ErrMissing)
	}
	for _, raw := range elements(d.Fields[key]) {
		if raw[0] == '{' {
			return Parse(raw)
		}
	}
	return nil, fmt.Errorf("%q: %w", key, ErrShape)
}

// Objects is every embedded object among the values of the property; ids between
// them are passed over (see IRIs), and an absent property has none. ErrShape: a
// value is neither an id nor an object.
func (d *Document) Objects(key string) ([]*Document, error) {
	out := []*Document{}
	for _, raw := range elements(d.Fields[key]) {
		switch raw[0] {
		case '{':
			o, err := Parse(raw)
			if err != nil {
				return nil, err
			}
			out = append(out, o)
		case '"':
		default:
			return nil, fmt.Errorf("%q: %w", key, ErrShape)
		}
	}
	return out, nil
}

// Time is the property as an instant, in the zone it was written in.
func (d *Document) Time(key string) (time.Time, bool) {
	return parseTime(d.String(key))
}

// Int is the property as a whole number; 3.0 and 1e3 are whole, 2.5 is not.
func (d *Document) Int(key string) (int64, bool) {
	list := elements(d.Fields[key])
	if len(list) == 0 {
		return 0, false
	}
	text := string(list[0])
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	const exact = 1 << 53
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > exact {
		return 0, false
	}
	return int64(f), true
}

// Bool is the property as true or false.
func (d *Document) Bool(key string) (value, ok bool) {
	list := elements(d.Fields[key])
	if len(list) == 0 {
		return false, false
	}
	switch string(list[0]) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

// LangMap is a map of language to text such as contentMap; values that are not
// text are left out. It is empty if there is none.
func (d *Document) LangMap(key string) LangMap {
	out := LangMap{}
	o, err := d.Object(key)
	if err != nil {
		return out
	}
	for lang := range o.Fields {
		if text := o.String(lang); text != "" {
			out[lang] = text
		}
	}
	return out
}

// elements is the values of a property: the elements of an array (not nested
// ones) or the one value; none if it is absent or null. None of them is empty.
// raw must have passed the scanner.
func elements(raw json.RawMessage) []json.RawMessage {
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return nil
	case raw[0] != '[':
		return []json.RawMessage{raw}
	}
	var out []json.RawMessage
	s := scanner{raw: raw, pos: 1}
	for {
		s.space()
		switch s.peek() {
		case ']', 0:
			return out
		case ',':
			s.pos++
			continue
		}
		start := s.pos
		if s.value(0) != nil {
			return out
		}
		if item := raw[start:s.pos:s.pos]; !bytes.Equal(item, []byte("null")) {
			out = append(out, item)
		}
	}
}

// iriOf reads a JSON string as an id; "" if it is none or not usable as one.
func iriOf(raw json.RawMessage) string {
	iri := ""
	if len(raw) > 2 && raw[0] == '"' {
		iri = unquote(raw)
	}
	if len(iri) > maxIRI || hasControl(iri) {
		return ""
	}
	return iri
}

// hasControl reports white space, line ends and control characters, also those
// beyond ASCII that some software takes for line ends.
func hasControl(s string) bool {
	for _, r := range s {
		if r <= ' ' || r >= 0x7f && r <= 0xa0 || r == 0x2028 || r == 0x2029 {
			return true
		}
	}
	return false
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
