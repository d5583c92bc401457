// SPDX-License-Identifier: EUPL-1.2

package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the name in go.mod; rules name packages without it.
const module = "polder"

// root is the folder of go.mod, seen from this package.
const root = "../.."

// rule says which packages of the module and which libraries a package may
// import. The first rule whose pattern fits decides. A pattern ending in /...
// stands for a package and everything below it, one ending in /* only for what
// lies below. A nil list of libraries means any that is not confined.
type rule struct {
	pattern   string
	own       []string
	libraries []string
}

var none = []string{}

// rules is the import table of docs/architecture.md, most specific first.
var rules = []rule{
	{"cmd/assets", none, none},
	{"cmd/polder/demodata", []string{"consensus/polis"}, none},
	{"cmd/...", []string{"..."}, nil},

	{"instance/web/browsertest", none, none}, // tests and nothing else
	{"instance/web/...", []string{"instance", "instance/auth", "instance/locale", "instance/web/...", "activitypub/...", "consensus/...", "static"}, nil},
	{"instance/auth", []string{"instance/store", "consensus/eligibility"}, nil},
	{"instance/boltstore", []string{"instance/store"}, nil},
	{"instance/pgstore", []string{"instance/store"}, nil},
	{"instance/storetest", []string{"instance/store"}, nil},
	{"instance/federationtest/plainpeer", none, none}, // a foreign server: written without our packages
	{"instance/federationtest", []string{"..."}, nil},
	{"instance/store", []string{"consensus/...", "activitypub"}, nil},
	{"instance/config", none, []string{"github.com/pelletier/go-toml/v2", "golang.org/x/text"}},
	{"instance/locale", none, []string{"github.com/pelletier/go-toml/v2", "golang.org/x/text"}},
	{"instance", []string{"instance/store", "instance/locale", "activitypub/...", "consensus/..."}, nil},

	{"consensus/area", none, none},
	{"consensus/polis", none, none},
	{"consensus/opinion", []string{"consensus", "consensus/area", "consensus/polis", "consensus/tally", "activitypub/proof"}, none},
	{"consensus/sim", []string{"consensus/...", "activitypub/proof"}, nil},
	{"consensus/...", []string{"consensus/...", "activitypub/proof"}, []string{"golang.org/x/mod", "golang.org/x/crypto", "github.com/transparency-dev/formats"}},

	{"activitypub/proof", none, []string{"github.com/gowebpki/jcs", "golang.org/x/crypto"}},
	{"activitypub/...", []string{"activitypub/..."}, []string{
		"github.com/gowebpki/jcs", "github.com/dunglas/httpsfv", "github.com/go-fed/httpsig", "code.dny.dev/ssrf",
		"golang.org/x/crypto", "golang.org/x/net", "golang.org/x/text", "golang.org/x/sync", "golang.org/x/time",
	}},
	{"static", none, []string{"github.com/pelletier/go-toml/v2", "golang.org/x/text"}},
}

// confined libraries may be imported in these packages or files only. A
// library is matched with everything below its path.
var confined = map[string][]string{
	"github.com/labstack/echo/v4":        {"instance/web/...", "instance/federationtest"}, // the latter serves the real routes in tests
	"go.etcd.io/bbolt":                   {"instance/boltstore"},
	"github.com/jackc/pgx/v5":            {"instance/pgstore"},
	"github.com/go-fed/httpsig":          {"activitypub/httpsig/cavage.go"},
	"github.com/microcosm-cc/bluemonday": {"instance/sanitize.go"},
}

// httpClients may use the client side of net/http (httpClientNames).
var httpClients = []string{"activitypub/client", "instance/auth/oidc.go", "cmd/polder/..."}

var httpClientNames = []string{"Client", "DefaultClient", "DefaultTransport", "Get", "Head", "Post", "PostForm", "Transport"}

// testSupport packages are imported by tests and by each other only.
var testSupport = []string{"instance/storetest", "instance/federationtest", "instance/federationtest/plainpeer", "instance/web/browsertest", "consensus/sim"}

// forbiddenNames say nothing about what a package or file is for.
var forbiddenNames = []string{"util", "utils", "common", "helper", "helpers", "models", "types", "misc", "base", "shared"}

// source is one Go file that is not a test.
type source struct {
	name       string   // base name
	imports    []string // full import paths
	httpClient []string // names of net/http it uses as a client
}

// layoutPackage is what the rules look at.
type layoutPackage struct {
	path        string // without the module: "instance/web"; "." for the root
	name        string // of the package clause
	files       []source
	testImports []string // full import paths of its tests
	tests       []string // base names of its test files
	doc         string   // package comment of doc.go, "" without one
}

// TestLayout holds every package of the module against the rules.
func TestLayout(t *testing.T) {
	packages := listPackages(t)
	if len(packages) < 10 {
		t.Fatalf("only %d packages were found", len(packages))
	}
	for _, p := range packages {
		for _, problem := range violations(p) {
			t.Errorf("%s: %s", p.path, problem)
		}
	}
}

// TestFiles holds every text file of the repository against the rules for
// files: the licence line of Go files, no folder of somebody's machine.
func TestFiles(t *testing.T) {
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains([]string{".git", "polder-demo"}, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if d.Name() == ".git" {
			return nil // a second working tree has a file there
		}
		if info, err := d.Info(); err != nil || !info.Mode().IsRegular() || info.Size() > 4<<20 {
			return err
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for _, problem := range fileProblems(d.Name(), raw) {
			t.Errorf("%s: %s", strings.TrimPrefix(filepath.ToSlash(name), root+"/"), problem)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// violations lists every rule that a package breaks.
func violations(p layoutPackage) []string {
	var out []string
	out = append(out, nameProblems(p)...)
	out = append(out, docProblems(p)...)
	r, ok := ruleFor(p.path)
	if !ok {
		return append(out, "no import rule covers this package; add one and a line in docs/architecture.md")
	}
	for _, f := range p.files {
		for _, problem := range fileImports(p, f, r) {
			out = append(out, f.name+" "+problem)
		}
	}
	return append(out, testProblems(p)...)
}

func nameProblems(p layoutPackage) []string {
	var out []string
	for _, element := range append(strings.Split(p.path, "/"), p.name) {
		if slices.Contains(forbiddenNames, element) {
			out = append(out, fmt.Sprintf("%q says nothing about the package", element))
		}
	}
	for _, f := range p.files {
		if slices.Contains(forbiddenNames, strings.TrimSuffix(f.name, ".go")) {
			out = append(out, f.name+" says nothing about the file")
		}
	}
	return out
}

// docProblems wants purpose, import limits and the file to read first.
func docProblems(p layoutPackage) []string {
	switch {
	case len(p.files) == 0:
		return nil // tests only
	case p.doc == "":
		return []string{"doc.go with a package comment is missing"}
	case !regexp.MustCompile(`(?i)must\s+not|import(s|ed)?\b`).MatchString(p.doc):
		return []string{"doc.go does not say what the package must not import"}
	case !regexp.MustCompile(`(?i)\bread\s+\S+\.(go|md)\b`).MatchString(p.doc):
		return []string{"doc.go does not name the file to read first"}
	}
	return nil
}

func fileImports(p layoutPackage, f source, r rule) []string {
	var out []string
	for _, imported := range f.imports {
		if own, ok := ownPath(imported); ok {
			if own != p.path && !fitsAny(own, r.own) {
				out = append(out, "imports "+own)
			}
			if slices.Contains(testSupport, own) && !slices.Contains(testSupport, p.path) {
				out = append(out, "imports "+own+", which is for tests")
			}
			continue
		}
		if imported == "net/http" && fits(p.path, "consensus/...") {
			out = append(out, "imports net/http")
		}
		if standard(imported) {
			continue
		}
		if r.libraries != nil && !slices.ContainsFunc(r.libraries, func(l string) bool { return below(imported, l) }) {
			out = append(out, "imports the library "+imported)
		}
		for library, places := range confined {
			if below(imported, library) && !fitsAny(p.path, places) && !slices.Contains(places, p.path+"/"+f.name) {
				out = append(out, "imports "+imported+", which is confined to "+strings.Join(places, ", "))
			}
		}
	}
	support := slices.Contains(testSupport, p.path)
	if len(f.httpClient) > 0 && !support && !fitsAny(p.path, httpClients) && !slices.Contains(httpClients, p.path+"/"+f.name) {
		out = append(out, "is an HTTP client: http."+strings.Join(f.httpClient, ", http."))
	}
	return out
}

// testProblems: tests may reach further than the code they test, but the two
// reusable trees stay reusable with their tests.
func testProblems(p layoutPackage) []string {
	var out []string
	for _, imported := range p.testImports {
		own, ok := ownPath(imported)
		reusable := fits(p.path, "activitypub/...") || fits(p.path, "consensus/...")
		if ok && reusable && (fits(own, "instance/...") || fits(own, "cmd/...")) {
			out = append(out, "a test imports "+own)
		}
	}
	for _, name := range p.tests {
		if slices.Contains(forbiddenNames, strings.TrimSuffix(name, "_test.go")) {
			out = append(out, name+" says nothing about the file")
		}
	}
	return out
}

// fileProblems looks at the bytes of one file.
func fileProblems(name string, raw []byte) []string {
	if bytes.IndexByte(raw, 0) >= 0 {
		return nil // not text
	}
	var out []string
	first, _, _ := strings.Cut(string(raw), "\n")
	if strings.HasSuffix(name, ".go") && first != "// SPDX-License-Identifier: EUPL-1.2" {
		out = append(out, "the first line is not the SPDX line of EUPL-1.2")
	}
	if found := machinePath.Find(raw); found != nil {
		out = append(out, fmt.Sprintf("names a folder of one machine: %q", bytes.TrimSpace(found)))
	}
	return out
}

// machinePath finds folders such as those of a home directory. It is put
// together so that it does not find itself.
var machinePath = regexp.MustCompile(`(^|[\s"'` + "`" + `(=:])/(wor` + `k|far` + `m|roo` + `t|home/[a-z]+|User` + `s/[A-Za-z]+|tmp/[a-z]+)/`)

func ruleFor(p string) (rule, bool) {
	i := slices.IndexFunc(rules, func(r rule) bool { return fits(p, r.pattern) })
	if i < 0 {
		return rule{}, false
	}
	return rules[i], true
}

func fitsAny(p string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return fits(p, pattern) })
}

// fits reports whether package p is one that the pattern stands for.
func fits(p, pattern string) bool {
	if pattern == "..." {
		return true
	}
	if tree, ok := strings.CutSuffix(pattern, "/..."); ok {
		return below(p, tree)
	}
	if tree, ok := strings.CutSuffix(pattern, "/*"); ok {
		return p != tree && below(p, tree)
	}
	return p == pattern
}

// below reports whether p is the package tree or lies in it.
func below(p, tree string) bool { return p == tree || strings.HasPrefix(p, tree+"/") }

// ownPath cuts the module off an import path of this module.
func ownPath(imported string) (string, bool) {
	if imported == module {
		return ".", true
	}
	return strings.CutPrefix(imported, module+"/")
}

// standard reports whether a path belongs to the standard library: its first
// element has no dot.
func standard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

// listPackages asks the go command for the packages and reads their files.
func listPackages(t *testing.T) []layoutPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Name,Dir,GoFiles,IgnoredGoFiles,TestGoFiles,XTestGoFiles,TestImports,XTestImports", "./...")
	cmd.Dir = root
	var failed strings.Builder
	cmd.Stderr = &failed
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, failed.String())
	}
	var packages []layoutPackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var l struct {
			ImportPath, Name, Dir                              string
			GoFiles, IgnoredGoFiles, TestGoFiles, XTestGoFiles []string
			TestImports, XTestImports                          []string
		}
		err := d.Decode(&l)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatal(err)
		}
		p := layoutPackage{name: l.Name, testImports: slices.Concat(l.TestImports, l.XTestImports), tests: slices.Concat(l.TestGoFiles, l.XTestGoFiles)}
		p.path, _ = ownPath(l.ImportPath)
		for _, name := range slices.Concat(l.GoFiles, l.IgnoredGoFiles) {
			if strings.HasSuffix(name, "_test.go") {
				p.tests = append(p.tests, name)
				continue
			}
			f, doc := readSource(t, filepath.Join(l.Dir, name))
			p.files = append(p.files, f)
			p.doc += doc
		}
		packages = append(packages, p)
	}
}

// readSource parses one file; doc is the package comment if it is doc.go.
func readSource(t *testing.T, name string) (f source, doc string) {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	f, doc, err = parseSource(filepath.Base(name), raw)
	if err != nil {
		t.Fatal(err)
	}
	return f, doc
}

func parseSource(name string, raw []byte) (f source, doc string, err error) {
	tree, err := parser.ParseFile(token.NewFileSet(), name, raw, parser.ParseComments)
	if err != nil {
		return f, "", err
	}
	f.name = name
	httpName := "" // what net/http is called in this file
	for _, spec := range tree.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return f, "", err
		}
		f.imports = append(f.imports, imported)
		if imported == "net/http" {
			httpName = path.Base(imported)
			if spec.Name != nil {
				httpName = spec.Name.Name
			}
		}
	}
	f.httpClient = clientNames(tree, httpName)
	if name == "doc.go" {
		doc = tree.Doc.Text()
	}
	return f, doc, nil
}

// clientNames lists what a file uses of the client side of net/http.
func clientNames(tree *ast.File, httpName string) []string {
	var found []string
	ast.Inspect(tree, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := s.X.(*ast.Ident); ok && httpName != "" && x.Name == httpName && slices.Contains(httpClientNames, s.Sel.Name) {
			found = append(found, s.Sel.Name)
		}
		return true
	})
	slices.Sort(found)
	return slices.Compact(found)
}
