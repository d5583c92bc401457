// SPDX-License-Identifier: EUPL-1.2

package opinion

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// margins says, per key on the way to a number, how far it may be off.
type margins struct {
	absolute map[string]float64
	relative map[string]float64
	floats   map[string]bool // keys whose numbers are real, within 1e-9, relative above 1
	free     map[string]bool // keys that are not compared
}

var reals = map[string]bool{"mu": true, "comps": true, "sd": true, "eig": true, "trace_C": true, "gac": true, "gac_disagree": true,
	"p-success": true, "p-test": true, "repness": true, "repness-test": true, "extremity": true, "priorities": true}

var ownSolver = margins{
	absolute: map[string]float64{"c1Q": 2, "c2Q": 2, "sdQ": 1, "centroids": 4, "cos1": 1, "cos2": 1, "sil": 1e-5},
	relative: map[string]float64{"silSum": 1e-5, "inertia": 1e-5},
	floats:   reals,
	free:     map[string]bool{"dataset": true, "note": true, "rounds": true, "init": true},
}

var givenModel = margins{
	absolute: map[string]float64{"cos1": 1, "cos2": 1, "sil": 1e-15},
	floats:   reals,
	free:     map[string]bool{"dataset": true, "note": true},
}

func (m margins) of(path string, want float64) float64 {
	keys := strings.Split(path, "/")
	for _, k := range keys {
		if d, ok := m.absolute[k]; ok {
			return d
		}
		if d, ok := m.relative[k]; ok {
			return d * want
		}
	}
	// The list of a group is called repness too: its counts are exact.
	if last := keys[len(keys)-1]; strings.HasPrefix(last, "n-") || last == "tid" {
		return 0
	}
	for _, k := range keys {
		if m.floats[k] {
			return 1e-9 * math.Max(1, math.Abs(want))
		}
	}
	return 0
}

// differences walks through what is wanted; keys that are missing count.
func differences(got, want any, path string, m margins) []string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s: %T, want an object", path, got)}
		}
		var out []string
		for key, v := range w {
			if !m.free[key] {
				out = append(out, differences(g[key], v, path+"/"+key, m)...)
			}
		}
		if path != "" && len(g) != len(w) {
			out = append(out, fmt.Sprintf("%s: %d members, want %d", path, len(g), len(w)))
		}
		return out
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return []string{fmt.Sprintf("%s: %v, want %d items", path, got, len(w))}
		}
		var out []string
		for i, v := range w {
			out = append(out, differences(g[i], v, fmt.Sprintf("%s/%d", path, i), m)...)
		}
		return out
	case float64:
		g, ok := got.(float64)
		if ok && math.Abs(g-w) <= m.of(path, w) {
			return nil
		}
	default:
		if got == want {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s: got %v, want %v", path, got, want)}
}

func report(t *testing.T, found []string) {
	t.Helper()
	for _, d := range found[:min(12, len(found))] {
		t.Error(d)
	}
	if len(found) > 12 {
		t.Errorf("and %d more", len(found)-12)
	}
}
