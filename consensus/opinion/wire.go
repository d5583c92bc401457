// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	reflection "reflect" // reflect is a function of the eigen solver
	"strconv"
	"strings"
	"time"

	"polder/activitypub/proof"
)

// Spec is the version of the method that a Round names.
const Spec = "polder-opinion/1"

// SignedContext is the @context of every own signed object, the CTX of
// aggregation.md 5. It is inlined; nobody fetches contexts.
const SignedContext = `["https://www.w3.org/ns/activitystreams","https://w3id.org/security/data-integrity/v2",{"polder":"https://w3id.org/polder/v1#","@vocab":"https://w3id.org/polder/v1#"}]`

// Limits of a signed object (aggregation.md 5). maxProofBytes is generous room
// for the proof that is added later.
const (
	MaxBytes      = 256 << 10
	MaxInputs     = 400
	maxProofBytes = 2 << 10
	public        = "https://www.w3.org/ns/activitystreams#Public"
)

// Ref names another signed document by digest, and by id or revision or both.
type Ref struct {
	ID       string `json:"id,omitempty"`
	Digest   string `json:"digest"`
	Revision int64  `json:"revision,omitempty"`
}

// Addresses is `to`: one IRI or a list of them.
type Addresses []string

// UnmarshalJSON reads a string, an array of strings or null.
func (a *Addresses) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		*a = Addresses{""}
		return json.Unmarshal(raw, &(*a)[0])
	}
	return json.Unmarshal(raw, (*[]string)(a))
}

// NextRevision is the hybrid logical clock of aggregation.md 5: the revision
// after prev, 0 for the first.
func NextRevision(prev int64, now time.Time) int64 { return max(prev+1, now.UnixMilli()) }

func seconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// unsigned writes an object in its one signed form, without proof.
func unsigned(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if raw, err = proof.Canonicalize(raw); err != nil {
		return nil, err
	}
	if len(raw) > MaxBytes-maxProofBytes {
		return nil, fmt.Errorf("%d bytes leave no room for a proof in %d", len(raw), MaxBytes)
	}
	return raw, nil
}

// digestOf is the digest of the JCS form of any value, such as a list.
func digestOf(v any) (string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	if raw, err = proof.Canonicalize(raw); err != nil {
		return "", err
	}
	return BlobDigest(raw), nil
}

// ModelDigest is the digest that steps after the first carry (spec: opinion.md 5).
func ModelDigest(m *Model) (string, error) { return digestOf(m) }

// decode reads a signed object into v, whose names are known, and gives its
// digest. It refuses what breaks aggregation.md 5 with a Problem.
func decode(raw []byte, v any, known names) (string, error) {
	if len(raw) > MaxBytes {
		return "", Problem{"O101", "", fmt.Sprintf("%d bytes, at most %d are allowed", len(raw), MaxBytes)}
	}
	digest, err := proof.Digest(raw) // refuses duplicate names, bad text and depth
	if err != nil {
		return "", Problem{"O101", "", err.Error()}
	}
	_, cells := v.(*RoundResult) // whose withheld figures are null
	if err := known.scan(raw, cells); err != nil {
		return "", err
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return "", Problem{"O101", "", err.Error()}
	}
	return digest, nil
}

// names maps the lower-case form of every field name to the name.
type names map[string]string

// namesOf gives the names of the structs, at any depth.
func namesOf(values ...any) names {
	out := names{}
	for _, v := range values {
		out.add(reflection.TypeOf(v))
	}
	return out
}

func (n names) add(t reflection.Type) {
	switch t.Kind() {
	case reflection.Pointer, reflection.Slice, reflection.Map:
		n.add(t.Elem())
	case reflection.Struct:
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			if name != "" && name != "-" && n[strings.ToLower(name)] == "" {
				n[strings.ToLower(name)] = name
				n.add(t.Field(i).Type)
			}
		}
	}
}

// scan checks what the typed decoder lets pass: numbers that are not integers
// below 2^53, null in a list, and names that encoding/json takes for another
// ("a" for "A", "02" for 2) while other readers of the same digest do not.
func (n names) scan(raw []byte, cells bool) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var open []bool // per nesting: is it an object
	key := false
	for {
		token, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return Problem{"O101", "", err.Error()}
		}
		inObject := len(open) > 0 && open[len(open)-1]
		switch t := token.(type) {
		case json.Delim:
			if t == '{' || t == '[' {
				open = append(open, t == '{')
			} else {
				open = open[:len(open)-1]
			}
			key = len(open) > 0 && open[len(open)-1]
			continue
		case string:
			if key {
				if err := n.check(t); err != nil {
					return err
				}
				key = false
				continue
			}
		case json.Number:
			if err := checkNumber(string(t)); err != nil {
				return err
			}
		case nil:
			if !inObject && !cells {
				return Problem{"O101", "", "null in a list"}
			}
		}
		key = inObject
	}
}

func (n names) check(key string) error {
	exact, ok := n[strings.ToLower(key)]
	if !ok {
		for _, name := range n { // names such as "ſtep" fold to ASCII
			if !isASCII(key) && strings.EqualFold(name, key) {
				exact, ok = name, true
			}
		}
	}
	if ok && exact != key {
		return Problem{"O101", "", fmt.Sprintf("name %q is %q in another case", key, exact)}
	}
	if v, err := strconv.Atoi(key); err == nil && strconv.Itoa(v) != key {
		return Problem{"O101", "", fmt.Sprintf("name %q is %d in another form", key, v)}
	}
	return nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func checkNumber(s string) error {
	if strings.ContainsAny(s, ".eE") {
		return Problem{"O101", "", s + " is not an integer"}
	}
	if v, err := strconv.ParseInt(s, 10, 64); err != nil || !exact(v) {
		return Problem{"O601", "", s + " is not below 2^53"}
	}
	return nil
}
