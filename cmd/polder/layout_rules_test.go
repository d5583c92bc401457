// SPDX-License-Identifier: EUPL-1.2

package main_test

import (
	"slices"
	"strings"
	"testing"
)

const goodDoc = "Package x does y. It must not import z. Read y.go first.\n"

// pkg is a package with one file y.go that imports the given paths.
func pkg(path string, imports ...string) layoutPackage {
	return layoutPackage{path: path, name: "x", doc: goodDoc, files: []source{{name: "y.go", imports: imports}}}
}

func TestRulesAllow(t *testing.T) {
	for _, p := range []layoutPackage{
		pkg("cmd/polder", "polder/instance/boltstore", "polder/instance/web", "net/http", "polder/cmd/polder/demodata"),
		pkg("cmd/polder/demodata", "polder/consensus/polis", "embed"),
		pkg("instance/web", "polder/instance", "polder/instance/web/pages", "polder/static", "github.com/labstack/echo/v4"),
		pkg("instance/web/fedapi", "polder/activitypub/httpsig", "github.com/labstack/echo/v4/middleware"),
		pkg("instance", "polder/instance/store", "polder/consensus/tally", "polder/activitypub/client", "github.com/google/uuid"),
		pkg("instance/auth", "polder/instance/store", "polder/consensus/eligibility", "golang.org/x/crypto/argon2"),
		pkg("instance/store", "polder/consensus/eligibility", "polder/activitypub"),
		pkg("instance/boltstore", "polder/instance/store", "go.etcd.io/bbolt/errors"),
		pkg("consensus", "polder/consensus/eligibility", "polder/activitypub/proof", "crypto/sha256"),
		pkg("consensus/ballotlog", "golang.org/x/mod/sumdb/tlog", "github.com/transparency-dev/formats/log"),
		pkg("activitypub/client", "polder/activitypub/httpsig", "code.dny.dev/ssrf"),
		pkg("static", "embed"),
	} {
		if problems := violations(p); problems != nil {
			t.Errorf("%s: %q", p.path, problems)
		}
	}
}

func TestRulesRefuse(t *testing.T) {
	for _, c := range []struct {
		p    layoutPackage
		says string
	}{
		{pkg("consensus", "polder/activitypub"), "imports activitypub"},
		{pkg("consensus/tally", "polder/instance"), "imports instance"},
		{pkg("consensus/tally", "net/http"), "imports net/http"},
		{pkg("consensus/area", "polder/consensus"), "imports consensus"},
		{pkg("consensus/polis", "golang.org/x/text/unicode/norm"), "imports the library"},
		{pkg("activitypub", "polder/consensus"), "imports consensus"},
		{pkg("activitypub/proof", "polder/activitypub"), "imports activitypub"},
		{pkg("activitypub", "github.com/labstack/echo/v4"), "imports the library"},
		{pkg("instance", "polder/instance/boltstore"), "imports instance/boltstore"},
		{pkg("instance", "polder/instance/web"), "imports instance/web"},
		{pkg("instance", "github.com/labstack/echo/v4"), "confined to instance/web/..., instance/federationtest"},
		{pkg("instance", "github.com/microcosm-cc/bluemonday"), "confined to instance/sanitize.go"},
		{pkg("instance/web/pages", "polder/instance/store"), "imports instance/store"},
		{pkg("instance/web/browsertest", "polder/instance"), "imports instance"},
		{pkg("instance/web", "polder/instance/web/browsertest"), "which is for tests"},
		{pkg("instance/store", "go.etcd.io/bbolt"), "confined to instance/boltstore"},
		{pkg("instance/store", "polder/activitypub/client"), "imports activitypub/client"},
		{pkg("instance/boltstore", "polder/consensus"), "imports consensus"},
		{pkg("instance/auth", "polder/instance"), "imports instance"},
		{pkg("instance/locale", "github.com/google/uuid"), "imports the library"},
		{pkg("activitypub/httpsig", "github.com/go-fed/httpsig"), "confined to activitypub/httpsig/cavage.go"},
		{pkg("cmd/polder", "polder/consensus/sim"), "which is for tests"},
		{pkg("cmd/assets", "polder/instance"), "imports instance"},
		{pkg("instance/federationtest/plainpeer", "polder/activitypub"), "imports activitypub"},
		{pkg("static", "polder/instance/locale"), "imports instance/locale"},
		{pkg("elsewhere"), "no import rule"},
		{pkg("instance/util"), `"util" says nothing`},
		{layoutPackage{path: "consensus", name: "types"}, `"types" says nothing`},
		{layoutPackage{path: "consensus", name: "x", doc: goodDoc, files: []source{{name: "helpers.go"}}}, "helpers.go says nothing"},
		{layoutPackage{path: "consensus", name: "x", tests: []string{"common_test.go"}}, "common_test.go says nothing"},
		{layoutPackage{path: "consensus", name: "x", files: []source{{name: "y.go"}}}, "doc.go with a package comment is missing"},
		{layoutPackage{path: "consensus", name: "x", doc: "Package x. Read y.go first.", files: []source{{name: "y.go"}}}, "must not import"},
		{layoutPackage{path: "consensus", name: "x", doc: "Package x must not import y.", files: []source{{name: "y.go"}}}, "read first"},
		{layoutPackage{path: "consensus", name: "x", testImports: []string{"polder/instance/store"}}, "a test imports instance/store"},
		{layoutPackage{path: "instance", name: "x", doc: goodDoc, files: []source{{name: "y.go", httpClient: []string{"Get"}}}}, "is an HTTP client: http.Get"},
	} {
		problems := violations(c.p)
		if !slices.ContainsFunc(problems, func(s string) bool { return strings.Contains(s, c.says) }) {
			t.Errorf("%s %v: %q, want %q", c.p.path, c.p.files, problems, c.says)
		}
	}
}

func TestConfinedFilesAreAllowed(t *testing.T) {
	for _, p := range []layoutPackage{
		{path: "activitypub/httpsig", files: []source{{name: "cavage.go", imports: []string{"github.com/go-fed/httpsig"}}}},
		{path: "instance", files: []source{{name: "sanitize.go", imports: []string{"github.com/microcosm-cc/bluemonday"}}}},
		{path: "activitypub/client", files: []source{{name: "get.go", httpClient: []string{"Client"}}}},
		{path: "instance/auth", files: []source{{name: "oidc.go", httpClient: []string{"Client"}}}},
		{path: "cmd/polder", files: []source{{name: "health.go", httpClient: []string{"Get"}}}},
	} {
		p.name, p.doc = "x", goodDoc
		if problems := violations(p); problems != nil {
			t.Errorf("%s: %q", p.path, problems)
		}
	}
}

func TestHTTPClientsAreFound(t *testing.T) {
	for code, want := range map[string]string{
		`import "net/http"; var c = &http.Client{}`:                                 "Client",
		`import h "net/http"; func f() { h.Get(""); h.DefaultClient.Do(nil) }`:      "DefaultClient Get",
		`import "net/http"; type t struct{ rt http.RoundTripper; r *http.Request }`: "",
		`import http "example.org/other"; var c = http.Client`:                      "",
	} {
		f, _, err := parseSource("y.go", []byte("package x\n"+code))
		if err != nil || strings.Join(f.httpClient, " ") != want {
			t.Errorf("%s: %q, %v", code, f.httpClient, err)
		}
	}
	if _, doc, err := parseSource("doc.go", []byte("// Package x is.\npackage x\n")); err != nil || doc != "Package x is.\n" {
		t.Errorf("package comment %q, %v", doc, err)
	}
}

func TestFileRules(t *testing.T) {
	licence := "// SPDX-License-Identifier: EUPL-1.2\n"
	for _, c := range []struct {
		name, text string
		problems   int
	}{
		{"a.go", licence + "\npackage x\n", 0},
		{"a.go", "package x\n", 1},
		{"a.go", "\n" + licence, 1},
		{"a.md", "# Title\n\nSee https://example.org/wor" + "k/ and a/home/page/.\n", 0},
		{"a.md", "in /hom" + "e/anna/polder\n", 1},
		{"a.sh", "cd /wor" + "k/main\n", 1},
		{"Makefile", "OUT=/roo" + "t/bin\n", 1},
		{"picture.bin", "\x00/roo" + "t/x/", 0},
	} {
		if got := fileProblems(c.name, []byte(c.text)); len(got) != c.problems {
			t.Errorf("%s %q: %q", c.name, c.text, got)
		}
	}
}
