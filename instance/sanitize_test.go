// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPlainText(t *testing.T) {
	for in, want := range map[string]string{
		"Gemeente 's-Gravenhage":                        "Gemeente 's-Gravenhage",
		"<b>Polder</b> van <script>alert(1)</script>nu": "Polder van nu",
		"Fiets &amp; voet":                              "Fiets & voet",
		"&lt;img src=x onerror=alert(1)&gt;Stadskanaal": "Stadskanaal",
		"een\n\ttwee  drie":                             "een twee drie",
		"5 < 6":                                         "5 < 6",
		"<svg/onload=alert(1)>":                         "",
	} {
		if got := PlainText(in, 100); got != want {
			t.Errorf("PlainText(%q) = %q, want %q", in, got, want)
		}
	}
	if got := PlainText(strings.Repeat("é", 30), 10); utf8.RuneCountInString(got) != 10 {
		t.Errorf("cut to %q", got)
	}
}

func FuzzSanitize(f *testing.F) {
	for _, s := range []string{"<p>a</p>", "&amp;lt;b&amp;gt;", "<<b>b>", "<a href=javascript:x>y", "a\x00b", "<!--", "&#60;b&#62;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := PlainText(s, 500)
		if twice := PlainText(once, 500); twice != once {
			t.Errorf("%q becomes %q, then %q", s, once, twice)
		}
		if strings.Contains(strings.ToLower(once), "<script") {
			t.Errorf("%q keeps a script: %q", s, once)
		}
	})
}
