// SPDX-License-Identifier: EUPL-1.2

package main_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var fepPattern = regexp.MustCompile(`FEP-[0-9a-f]{4}\b`)

// TestFederationDocumentMatchesTheCode: every FEP that FEDERATION.md calls
// supported is named where it is implemented, and every FEP the code names is
// accounted for in the document (spec: federation.md 12).
func TestFederationDocumentMatchesTheCode(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(root, "FEDERATION.md"))
	if err != nil {
		t.Fatal(err)
	}
	document := string(raw)
	_, rest, _ := strings.Cut(document, "## Supported FEPs\n")
	list, _, found := strings.Cut(rest, "\n\nNot yet:")
	if !found {
		t.Fatal("FEDERATION.md has lost its list of FEPs")
	}
	code := fepsInCode(t)
	for _, line := range strings.Split(strings.TrimSpace(list), "\n") {
		if fep := fepPattern.FindString(line); fep != "FEP-67ff" && !code[fep] {
			t.Errorf("FEDERATION.md supports %q, no source file names it", line)
		}
	}
	for fep := range code {
		if !strings.Contains(document, fep) {
			t.Errorf("the code names %s, FEDERATION.md does not", fep)
		}
	}
}

// fepsInCode collects the FEPs that Go files other than tests name.
func fepsInCode(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, tree := range []string{"activitypub", "consensus", "instance"} {
		err := filepath.WalkDir(filepath.Join(root, tree), func(name string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			raw, err := os.ReadFile(name)
			for _, fep := range fepPattern.FindAllString(string(raw), -1) {
				found[fep] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}
