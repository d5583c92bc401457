// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"polder/instance/locale"
)

// textKey finds the catalogue keys that program code names: refusals, texts of
// the wire, and messages of pages.
var textKey = regexp.MustCompile(`(?:\bs\.text\(|Msg\(|Public: |refuse\(Code\w+, )"([a-z0-9_-]+\.[a-z0-9_.-]+)"|"(error\.[a-z0-9-]+)"`)

// TestCodeNamesOnlyKnownTexts: a key that no catalogue has would be shown as it
// is, on a page or on other servers.
func TestCodeNamesOnlyKnownTexts(t *testing.T) {
	texts, err := loadTexts()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	err = filepath.WalkDir("../../instance", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range textKey.FindAllStringSubmatch(string(src), -1) {
			key := m[1] + m[2]
			if strings.HasSuffix(key, ".") {
				continue // the code adds the rest
			}
			found++
			for _, lang := range locale.Languages() {
				if !texts.Printer(lang).Has(key) {
					t.Errorf("%s names text %q, which %s does not have", path, key, lang)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 50 {
		t.Errorf("only %d texts were found in the code", found)
	}
}
