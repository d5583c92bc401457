// SPDX-License-Identifier: EUPL-1.2

package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"polder/consensus/area"
)

// TestMapsHoldTheAreasOfTheList: the drawn maps and the list that counts are
// two files; a code in only one of them would be a place nobody can see or
// nobody can report for.
func TestMapsHoldTheAreasOfTheList(t *testing.T) {
	list, err := area.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	compare := func(name string, want []area.Area) {
		got, source := mapCodes(t, name)
		codes := make([]string, 0, len(want))
		for _, a := range want {
			codes = append(codes, a.Code)
		}
		slices.Sort(codes)
		if !slices.Equal(got, codes) {
			t.Errorf("%s has %d areas, the list %d: %v", name, len(got), len(codes), got)
		}
		if source != area.Source {
			t.Errorf("%s names the source %q", name, source)
		}
	}
	compare("NL.json", list.Municipalities())
	for _, p := range list.Provinces() {
		compare(p.Code+".json", list.Children(p.Code))
	}
}

// mapCodes gives the codes of a packed map, sorted, and its source line.
// Every one of them has a path to draw.
func mapCodes(t *testing.T, name string) (codes []string, source string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "static", "geo", name))
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Source string
		Areas  []struct{ Code, D string }
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, a := range m.Areas {
		if a.D == "" {
			t.Errorf("%s: %s has no borders", name, a.Code)
		}
		codes = append(codes, a.Code)
	}
	slices.Sort(codes)
	return codes, m.Source
}
