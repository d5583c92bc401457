// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Marshal is json.Marshal without HTML escaping and without a trailing newline:
// "<p>" stays readable on the wire. Use it for every document of this package.
func Marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encoding %T: %w", v, err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// members writes a JSON object member by member, in the order of the calls.
type members struct {
	buf []byte
	err error // first failure; later calls do nothing useful
}

func newMembers() *members { return &members{buf: append(make([]byte, 0, 1024), '{')} }

func (m *members) key(k string) {
	if len(m.buf) > 1 {
		m.buf = append(m.buf, ',')
	}
	m.quote(k)
	m.buf = append(m.buf, ':')
}

// add writes the member whatever its value.
func (m *members) add(k string, v any) {
	b, err := Marshal(v)
	if err != nil && m.err == nil {
		m.err = fmt.Errorf("member %q: %w", k, err)
	}
	m.key(k)
	m.buf = append(m.buf, b...)
}

// str writes the member unless v is empty.
func (m *members) str(k, v string) {
	if v == "" {
		return
	}
	m.key(k)
	m.quote(v)
}

// strs writes the member unless the list is nil; an empty list is written.
func (m *members) strs(k string, v []string) {
	if v == nil {
		return
	}
	m.key(k)
	m.buf = append(m.buf, '[')
	for i, s := range v {
		if i > 0 {
			m.buf = append(m.buf, ',')
		}
		m.quote(s)
	}
	m.buf = append(m.buf, ']')
}

// time writes the member unless t is zero.
func (m *members) time(k string, t Time) {
	if !t.IsZero() {
		m.add(k, t)
	}
}

// quote appends s as a JSON string; plain ASCII, nearly all of it, is copied.
func (m *members) quote(s string) {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			b, err := Marshal(s)
			if err != nil && m.err == nil {
				m.err = err
			}
			m.buf = append(m.buf, b...)
			return
		}
	}
	m.buf = append(m.buf, '"')
	m.buf = append(m.buf, s...)
	m.buf = append(m.buf, '"')
}

// set writes the member if present says so: for pointers, lists and maps.
func (m *members) set(k string, present bool, v any) {
	if present {
		m.add(k, v)
	}
}

func (m *members) close() ([]byte, error) {
	if m.err != nil {
		return nil, m.err
	}
	return append(m.buf, '}'), nil
}
