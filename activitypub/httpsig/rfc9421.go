// SPDX-License-Identifier: EUPL-1.2

package httpsig

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/dunglas/httpsfv"
)

// The RFC 9421 profile (spec: federation.md 4.2). Both algorithms follow the
// key; the names only have to agree with it.
const (
	algRSA     = "rsa-v1_5-sha256"
	algEd25519 = "ed25519"
)

// parseDictionary reads a structured dictionary and refuses doubled names,
// which RFC 8941 would resolve silently to the last one.
func parseDictionary(values []string) (*httpsfv.Dictionary, error) {
	dict, err := httpsfv.UnmarshalDictionary(values)
	if err != nil {
		return nil, ErrMalformed.because("structured field")
	}
	if countOutsideStrings(strings.Join(values, ","), ',')+1 != len(dict.Names()) {
		return nil, ErrMalformed.because("doubled name")
	}
	return dict, nil
}

// countOutsideStrings counts a separator in a structured field. Outside quoted
// strings it cannot be anything else.
func countOutsideStrings(s string, sep byte) int {
	n, inString := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case inString && s[i] == '\\':
			i++
		case s[i] == '"':
			inString = !inString
		case s[i] == sep && !inString:
			n++
		}
	}
	return n
}

// componentNames returns the names of the covered components. Component
// parameters are refused, as are names outside the profile.
func componentNames(list httpsfv.InnerList) ([]string, error) {
	if len(list.Items) > maxCovered {
		return nil, ErrMalformed.because("too many covered components")
	}
	names := make([]string, 0, len(list.Items))
	for _, item := range list.Items {
		name, ok := item.Value.(string)
		if !ok || len(item.Params.Names()) > 0 || !isComponent(name) {
			return nil, ErrMalformed.because("covered component")
		}
		if slices.Contains(names, name) {
			return nil, ErrMalformed.because("covered twice")
		}
		names = append(names, name)
	}
	return names, nil
}

func isComponent(name string) bool {
	switch name {
	case "@method", "@target-uri", "@authority", "@path", "@query":
		return true
	case "signature", "signature-input":
		return false
	}
	return isFieldName(name)
}

// signatureBase builds the bytes that are signed (RFC 9421 2.5).
func signatureBase(m message, names []string, list httpsfv.InnerList, p Policy) ([]byte, error) {
	var base strings.Builder
	for _, name := range names {
		value, err := component(m, name, p)
		if err != nil {
			return nil, err
		}
		base.WriteString(`"` + name + `": ` + value + "\n")
	}
	params, err := httpsfv.Marshal(list)
	if err != nil {
		return nil, fmt.Errorf("writing signature parameters: %w", err)
	}
	base.WriteString(`"@signature-params": ` + params)
	return []byte(base.String()), nil
}

// component returns the value of one component (RFC 9421 2.1 and 2.2).
func component(m message, name string, p Policy) (string, error) {
	switch name {
	case "@method":
		return m.method, nil
	case "@target-uri":
		return strings.TrimSuffix(p.BaseURL, "/") + m.target, nil
	case "@authority":
		return p.authority(m.host), nil
	case "@path":
		return m.withoutQuery(), nil
	case "@query":
		return "?" + strings.TrimPrefix(m.target[len(m.withoutQuery()):], "?"), nil
	}
	values := slices.Clone(m.field(name))
	if len(values) == 0 {
		return "", ErrMalformed.because("a covered field is missing")
	}
	for i := range values {
		values[i] = strings.TrimSpace(values[i])
	}
	return strings.Join(values, ", "), nil
}

// verifyBytes runs the algorithm of the key; checkKey has approved the key.
func verifyBytes(key crypto.PublicKey, base, value []byte) error {
	ok := false
	switch k := key.(type) {
	case *rsa.PublicKey:
		sum := sha256.Sum256(base)
		ok = rsa.VerifyPKCS1v15(k, crypto.SHA256, sum[:], value) == nil
	case ed25519.PublicKey:
		ok = ed25519.Verify(k, base, value)
	}
	if !ok {
		return ErrSignature
	}
	return nil
}
