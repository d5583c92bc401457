// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Limits of a parsed document (security.md 2).
const (
	MaxDocument = 1 << 20 // bytes
	MaxDepth    = 32      // objects and arrays inside each other, the document itself included
	MaxArray    = 1000    // elements of one array
)

// Why a document is refused; every error of Parse is a *ParseError around one of
// these.
var (
	ErrSyntax       = errors.New("not valid JSON")
	ErrNotObject    = errors.New("not a JSON object")
	ErrTooLarge     = errors.New("document larger than 1 MiB")
	ErrDepth        = errors.New("nested deeper than 32")
	ErrArray        = errors.New("array longer than 1000")
	ErrDuplicateKey = errors.New("duplicate key")
	ErrEncoding     = errors.New("invalid UTF-8 or lone surrogate")
	ErrNumber       = errors.New("number out of range")
	ErrKeyword      = errors.New("@graph, @included and @reverse are not accepted")
)

// Why a property cannot be read.
var (
	ErrMissing = errors.New("property missing")
	ErrShape   = errors.New("property of another shape")
)

// ParseError says why and where a document was refused.
type ParseError struct {
	Err    error // one of the sentinels above
	Offset int   // byte at which reading stopped
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("parsing document: %v at byte %d", e.Err, e.Offset)
}

// Unwrap gives the sentinel.
func (e *ParseError) Unwrap() error { return e.Err }

// Document is a received JSON object: its bytes as they came, and its members by
// their exact names. Forwarding, digests and proofs use Raw; the accessors of
// property.go read the members, each of which may be a string, an array or an
// object. A Document is never changed after Parse and may be shared.
type Document struct {
	Raw    []byte
	Fields map[string]json.RawMessage // values are slices of Raw
}

// Parse checks raw against every limit above, at every depth, and splits the
// top-level object. It keeps raw, which must not be modified afterwards. Keys
// are compared exactly and twice the same key is refused, where encoding/json
// would ignore case and take the last.
func Parse(raw []byte) (*Document, error) {
	s := scanner{raw: raw}
	fields, err := s.document()
	if err != nil {
		return nil, err
	}
	return &Document{Raw: raw, Fields: fields}, nil
}
