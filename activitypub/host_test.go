// SPDX-License-Identifier: EUPL-1.2

package activitypub

import (
	"errors"
	"strings"
	"testing"
)

// Row 49: one form to compare and store, whatever was written.
func TestNormalizeHost(t *testing.T) {
	for in, want := range map[string]string{
		"mastodon.example":                   "mastodon.example",
		"Mastodon.EXAMPLE":                   "mastodon.example",
		"gemeente-a.localhost:8001":          "gemeente-a.localhost:8001",
		"LOCALHOST:80":                       "localhost:80",
		"127.0.0.1:8080":                     "127.0.0.1:8080",
		"münchen.example":                    "xn--mnchen-3ya.example",
		"MÜNCHEN.example":                    "xn--mnchen-3ya.example",
		"xn--mnchen-3ya.example":             "xn--mnchen-3ya.example",
		"XN--MNCHEN-3YA.example":             "xn--mnchen-3ya.example",
		"mu\u0308nchen.example":              "xn--mnchen-3ya.example",  // combining form
		"mastodon。example":                   "mastodon.example",        // ideographic full stop
		"ｍastodon.example":                   "mastodon.example",        // full-width letter
		"mаstodon.example":                   "xn--mstodon-2fg.example", // Cyrillic a: another host
		"r3---sn.example":                    "r3---sn.example",
		strings.Repeat("a", 63) + ".example": strings.Repeat("a", 63) + ".example",
	} {
		got, err := NormalizeHost(in)
		if err != nil || got != want {
			t.Errorf("%q: got %q, %v, want %q", in, got, err, want)
		}
		if again, err := NormalizeHost(got); err != nil || again != got {
			t.Errorf("%q is not stable: %q, %v", got, again, err)
		}
	}
	for _, in := range []string{
		"", ".", "mastodon.example.", ".example", "a..b", "-a.example", "a-.example", "a_b.example", "a b.example",
		"a/b", "user@a.example", "a.example:", "a.example:0", "a.example:65536", "a.example:080", "a.example:x", "a.example:1:2",
		"[::1]", "::1", "a\x00b.example", "a\r\nb.example", "xn--a.example", "xn--.example", strings.Repeat("a", 64) + ".example",
		strings.Repeat("a.", 127) + "example", "a\u200bb.example..", "☃\ufffd.example",
	} {
		if got, err := NormalizeHost(in); !errors.Is(err, ErrHost) {
			t.Errorf("%q: got %q, %v", in, got, err)
		}
	}
}

func TestHostOf(t *testing.T) {
	for in, want := range map[string]string{
		"https://Mastodon.Example/users/anna#main-key": "mastodon.example",
		"https://mastodon.example:443/x":               "mastodon.example",
		"http://a.localhost:80/":                       "a.localhost",
		"https://mastodon.example:8443/x":              "mastodon.example:8443",
		"http://mastodon.example:443/x":                "mastodon.example:443",
	} {
		if got, err := HostOf(in); err != nil || got != want {
			t.Errorf("%s: got %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "/users/anna", "mastodon.example", "acct:a@b.example", "ftp://a.example/", "https:a.example",
		"https:///x", "https://u:p@a.example/", "https://a.example./", "https://[::1]/", "https://a.example:99999/", "javascript:alert(1)", "https://a%2eexample/"} {
		if got, err := HostOf(in); !errors.Is(err, ErrHost) {
			t.Errorf("%s: got %q, %v", in, got, err)
		}
	}
}

func TestSameHost(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"https://a.example/1", "https://A.example:443/2#x", true},
		{"https://a.example/1", "http://a.example/1", false},
		{"https://a.example/1", "https://a.example:8443/1", false},
		{"https://a.example/1", "https://b.a.example/1", false},
		{"https://a.example/1", "https://a.example.evil.example/1", false},
		{"https://a.example/1", "https://a.example@evil.example/1", false},
		{"https://münchen.example/1", "https://xn--mnchen-3ya.example/2", true},
		{"", "", false},
	} {
		if SameHost(c.a, c.b) != c.want {
			t.Errorf("%s and %s: %v", c.a, c.b, !c.want)
		}
	}
}

func TestDisplayHost(t *testing.T) {
	for in, want := range map[string]string{
		"mastodon.example":            "mastodon.example",
		"xn--mnchen-3ya.example":      "münchen.example",
		"xn--mnchen-3ya.example:8443": "münchen.example:8443",
		"xn--mstodon-2fg.example":     "xn--mstodon-2fg.example", // Cyrillic a in a Latin name
		"xn--80ak6aa92e.com":          "xn--80ak6aa92e.com",      // all Cyrillic, looks Latin
		"xn--e1afmkfd.xn--p1ai":       "пример.рф",
	} {
		if got := DisplayHost(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestParseHandle(t *testing.T) {
	for in, want := range map[string]string{
		"anna@mastodon.example":          "anna@mastodon.example",
		"@Anna@Mastodon.Example":         "Anna@mastodon.example",
		"acct:anna@mastodon.example":     "anna@mastodon.example",
		"ACCT:a.b-c_d@localhost:8001":    "a.b-c_d@localhost:8001",
		"acct:stad.example@stad.example": "stad.example@stad.example",
	} {
		h, err := ParseHandle(in)
		if err != nil || h.String() != want || h.Acct() != "acct:"+want || h.Mention() != "@"+want {
			t.Errorf("%q: got %v, %v", in, h, err)
		}
	}
	for _, in := range []string{"", "@", "anna", "@anna", "anna@", "@@b.example", "a@b@c.example", "a b@c.example", ".a@b.example",
		"a.@b.example", "a\n@b.example", "ann\u0430@b.example", "a@b.example/", "acct:", "acct:a", strings.Repeat("a", 254) + "@b.example"} {
		if h, err := ParseHandle(in); !errors.Is(err, ErrHandle) {
			t.Errorf("%q: got %v, %v", in, h, err)
		}
	}
	a, b := Handle{"Anna", "m.example"}, Handle{"anna", "m.example"}
	if !a.Equal(b) || a.Equal(Handle{"anna", "n.example"}) || !(Handle{}).IsZero() {
		t.Error("handles compare wrongly")
	}
}
