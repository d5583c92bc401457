// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Context is the JSON text of an "@context" value. It is a string type so that
// the contexts can be constants.
type Context string

// MarshalJSON writes the context as it is.
func (c Context) MarshalJSON() ([]byte, error) { return []byte(c), nil }

// UnmarshalJSON keeps the context as it came.
func (c *Context) UnmarshalJSON(b []byte) error {
	*c = Context(b)
	return nil
}

// LangMap maps a language tag to text, e.g. {"nl": "<p>Ja</p>"}.
type LangMap map[string]string

// Time is an instant on the wire: RFC 3339 with whole seconds, in the zone it
// was given (events carry their local offset; everything else is UTC, see At).
type Time struct{ time.Time }

// At is t in UTC, cut to seconds: what every field but the times of an event has.
func At(t time.Time) Time {
	if t.IsZero() {
		return Time{}
	}
	return Time{t.UTC().Truncate(time.Second)}
}

// String is the wire form.
func (t Time) String() string { return t.Format(time.RFC3339) }

// MarshalJSON writes RFC 3339 with whole seconds.
func (t Time) MarshalJSON() ([]byte, error) {
	if y := t.Year(); y < 0 || y > 9999 {
		return nil, fmt.Errorf("writing a time: year %d outside 0..9999", y)
	}
	return t.AppendFormat(nil, `"`+time.RFC3339+`"`), nil
}

// UnmarshalJSON reads any RFC 3339 time.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("reading a time: %w", err)
	}
	at, ok := parseTime(s)
	if !ok {
		return fmt.Errorf("reading a time: %q is not RFC 3339", s)
	}
	t.Time = at
	return nil
}

// parseTime reads RFC 3339 with or without fraction; a time without a zone,
// which some servers send, is taken as UTC.
func parseTime(s string) (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, true
	}
	t, err := time.Parse("2006-01-02T15:04:05", s)
	return t, err == nil
}

// OneOrMany is a list that is written as the bare value when it holds one, and
// read from either form.
type OneOrMany[T any] []T

// MarshalJSON writes one value bare, any other number as an array.
func (l OneOrMany[T]) MarshalJSON() ([]byte, error) {
	if len(l) == 1 {
		return Marshal(l[0])
	}
	if l == nil {
		return []byte("[]"), nil
	}
	return Marshal([]T(l))
}

// UnmarshalJSON reads a bare value or an array.
func (l *OneOrMany[T]) UnmarshalJSON(b []byte) error {
	if string(b) == "null" || b[0] == '[' {
		return json.Unmarshal(b, (*[]T)(l))
	}
	var one T
	if err := json.Unmarshal(b, &one); err != nil {
		return err
	}
	*l = OneOrMany[T]{one}
	return nil
}

// IRIOrObject is a reference to something or the thing itself: the value of
// "object", "result" and of the items of a collection. Build one with Link,
// Links, Embed or Raw; the zero value is left out of documents.
type IRIOrObject struct {
	iri   string
	value any
}

// Link refers to a thing by its id.
func Link(iri string) IRIOrObject { return IRIOrObject{iri: iri} }

// Links refers to one or several things by id (the object of a Flag).
func Links(iris ...string) IRIOrObject { return IRIOrObject{value: OneOrMany[string](iris)} }

// Embed carries one of our own structs, or anything encoding/json can write.
func Embed(v any) IRIOrObject { return IRIOrObject{value: v} }

// Raw carries a received or signed document. Its bytes are written as they are
// (only white space between tokens is dropped, which canonical JSON has none of),
// so proofs inside stay valid.
func Raw(doc []byte) IRIOrObject { return IRIOrObject{value: json.RawMessage(doc)} }

// IRI is the id when the value is a Link, else "".
func (x IRIOrObject) IRI() string { return x.iri }

// Value is what was embedded, a json.RawMessage after decoding; nil for a Link.
func (x IRIOrObject) Value() any { return x.value }

// IsZero reports whether there is nothing to write.
func (x IRIOrObject) IsZero() bool { return x.iri == "" && x.value == nil }

// MarshalJSON writes the id as a string or the embedded value.
func (x IRIOrObject) MarshalJSON() ([]byte, error) {
	if x.value != nil {
		return Marshal(x.value)
	}
	if x.iri == "" {
		return nil, errors.New("writing a reference: empty")
	}
	return Marshal(x.iri)
}

// UnmarshalJSON reads a string as a Link and anything else as Raw.
func (x *IRIOrObject) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*x = IRIOrObject{}
		return nil
	}
	if b[0] == '"' {
		x.value = nil
		return json.Unmarshal(b, &x.iri)
	}
	*x = Raw(bytes.Clone(b))
	return nil
}

// LevelCount is one entry of Participants: a level, or merged levels joined by
// "+", and how many people.
type LevelCount struct {
	Level string
	Count int64
}

// LevelCounts is written as one JSON object in the order given, which is the
// order of the levels, weakest first (a Go map would sort by name).
type LevelCounts []LevelCount

// MarshalJSON writes {"fediverse":40,"code":351}.
func (l LevelCounts) MarshalJSON() ([]byte, error) {
	m := newMembers()
	for _, c := range l {
		m.add(c.Level, c.Count)
	}
	return m.close()
}

// UnmarshalJSON keeps the order of the document.
func (l *LevelCounts) UnmarshalJSON(b []byte) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return errors.New("reading counts: not an object")
	}
	var out LevelCounts
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return fmt.Errorf("reading counts: %w", err)
		}
		var n int64
		if err := dec.Decode(&n); err != nil {
			return fmt.Errorf("reading counts: %w", err)
		}
		out = append(out, LevelCount{Level: key.(string), Count: n})
	}
	*l = out
	return nil
}
