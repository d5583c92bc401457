// SPDX-License-Identifier: EUPL-1.2

package httpsig

import (
	"slices"
	"strings"
)

// param is one parameter of a draft-cavage Signature header.
type param struct{ name, value string }

// knownParams are the names with a meaning. Other names are skipped, unless
// they differ from these in case only.
var knownParams = [...]string{"keyId", "algorithm", "headers", "signature", "created", "expires"}

// parseParams reads `name="value", name=number`, with or without space around
// the commas. There are no escapes, no doubled names and no second way to read
// anything: what this returns is the only reading of the header in Polder.
func parseParams(s string) ([]param, error) {
	var params []param
	for rest := strings.Trim(s, " \t"); ; {
		p, after, ok := cutParam(rest)
		if !ok || !addable(params, p.name) {
			return nil, ErrMalformed.because("Signature header")
		}
		params = append(params, p)
		after = strings.TrimLeft(after, " \t")
		if after == "" {
			return params, nil
		}
		if after[0] != ',' {
			return nil, ErrMalformed.because("Signature header")
		}
		rest = strings.TrimLeft(after[1:], " \t")
	}
}

// cutParam splits the first parameter off s.
func cutParam(s string) (p param, rest string, ok bool) {
	name, rest, ok := strings.Cut(s, "=")
	if !ok || !isFieldName(strings.ToLower(name)) {
		return param{}, "", false
	}
	if strings.HasPrefix(rest, `"`) {
		value, rest, ok := strings.Cut(rest[1:], `"`)
		ok = ok && !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' || r == '\\' })
		return param{name, value}, rest, ok
	}
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(rest)
	}
	return param{name, rest[:end]}, rest[end:], end > 0
}

// addable refuses a name that occurs already and a known name in odd case.
func addable(params []param, name string) bool {
	for _, known := range knownParams {
		if strings.EqualFold(known, name) && known != name {
			return false
		}
	}
	return !slices.ContainsFunc(params, func(p param) bool { return strings.EqualFold(p.name, name) })
}

// get returns the value of a parameter, or "".
func get(params []param, name string) string {
	for _, p := range params {
		if p.name == name {
			return p.value
		}
	}
	return ""
}
