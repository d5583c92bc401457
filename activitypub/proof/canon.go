// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/gowebpki/jcs"
)

// maxDepth bounds the nesting of arrays and objects (spec: security.md 2).
const maxDepth = 32

// Sentinel errors about the document itself.
var (
	// ErrDepth reports JSON nested deeper than 32 levels.
	ErrDepth = errors.New("JSON is nested too deeply")
	// ErrNotObject reports JSON that is not an object.
	ErrNotObject = errors.New("JSON is not an object")
)

// Canonicalize returns the RFC 8785 (JCS) form of raw. It refuses what I-JSON
// forbids: duplicate names, invalid UTF-8, lone surrogates and numbers beyond
// a double; and nesting deeper than 32.
func Canonicalize(raw []byte) ([]byte, error) {
	if tooDeep(raw) {
		return nil, ErrDepth
	}
	if out, ok := plain(raw); ok {
		return out, nil
	}
	out, err := jcs.Transform(raw)
	if err != nil {
		return nil, fmt.Errorf("canonicalizing JSON: %w", err)
	}
	return out, nil
}

// Digest returns "sha256:" and the lower-case hexadecimal SHA-256 of the
// canonical form of the object raw without its top-level "proof" (spec:
// aggregation.md 5). With or without a proof the digest is the same.
func Digest(raw []byte) (string, error) {
	obj, err := parseObject(raw)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(obj.without("proof"))
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// tooDeep counts brackets outside strings. It runs before the recursive
// parser, so that hostile input costs no stack.
func tooDeep(raw []byte) bool {
	depth, inString := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// object is a canonical JSON object, split into its members.
type object struct {
	canon   []byte
	members []member
}

// member is one member of a canonical object. The slices share memory with
// the object.
type member struct {
	name  string // as written, between the quotes
	text  []byte // "name":value
	value []byte
}

func parseObject(raw []byte) (object, error) {
	canon, err := Canonicalize(raw)
	if err != nil {
		return object{}, err
	}
	return split(canon)
}

// split finds the members of canon, which must be canonical JSON: no white
// space and no surprises, so scanning for quotes and brackets is enough.
func split(canon []byte) (object, error) {
	if len(canon) < 2 || canon[0] != '{' {
		return object{}, ErrNotObject
	}
	obj := object{canon: canon}
	for i := 1; i < len(canon)-1; {
		nameEnd := endOfValue(canon, i)
		end := endOfValue(canon, nameEnd+1)
		obj.members = append(obj.members, member{
			name:  string(canon[i+1 : nameEnd-1]),
			text:  canon[i:end],
			value: canon[nameEnd+1 : end],
		})
		i = end + 1
	}
	return obj, nil
}

// endOfValue returns the index after the JSON value that starts at i.
func endOfValue(canon []byte, i int) int {
	depth := 0
	for ; i < len(canon); i++ {
		switch canon[i] {
		case '"':
			i = closingQuote(canon, i)
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ':':
			if depth == 0 {
				return i
			}
		}
	}
	return i
}

// closingQuote returns the index of the quote that ends the string opened at i.
func closingQuote(canon []byte, i int) int {
	for i++; i < len(canon) && canon[i] != '"'; i++ {
		if canon[i] == '\\' {
			i++
		}
	}
	return i
}

// get returns the canonical value of the member name.
func (o object) get(name string) ([]byte, bool) {
	for _, m := range o.members {
		if m.name == name {
			return m.value, true
		}
	}
	return nil, false
}

// without returns the canonical form of the object minus one member. Removing
// a member keeps the others in canonical order.
func (o object) without(name string) []byte {
	var out bytes.Buffer
	out.Grow(len(o.canon))
	out.WriteByte('{')
	for _, m := range o.members {
		if m.name == name {
			continue
		}
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		out.Write(m.text)
	}
	out.WriteByte('}')
	return out.Bytes()
}
