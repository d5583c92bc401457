// SPDX-License-Identifier: EUPL-1.2

package static_test

import (
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"polder/static"
)

func newAssets(t *testing.T, o static.Options) *static.Assets {
	t.Helper()
	a, err := static.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

var hashed = regexp.MustCompile(`^/static/css/app\.[0-9a-f]{8}\.css$`)

// An address names its content: it changes with the theme and only with it.
func TestURL(t *testing.T) {
	neutral, province := newAssets(t, static.Options{}), newAssets(t, static.Options{Theme: "province"})
	if u := neutral.URL("css/app.css"); !hashed.MatchString(u) || u != province.URL("css/app.css") {
		t.Errorf("addresses of one file: %s and %s", u, province.URL("css/app.css"))
	}
	if neutral.URL("themes/theme.css") == province.URL("themes/theme.css") {
		t.Error("two themes have one address")
	}
	if neutral.Theme() != "neutral-theme" || province.Theme() != "province-theme" {
		t.Errorf("theme classes %s, %s", neutral.Theme(), province.Theme())
	}
}

// Stylesheets name fonts by their hashed address, which is served.
func TestStylesheetLinks(t *testing.T) {
	a := newAssets(t, static.Options{})
	f, err := a.Open(strings.TrimPrefix(a.URL("css/app.css"), static.Prefix))
	if err != nil {
		t.Fatal(err)
	}
	links := regexp.MustCompile(`url\((/static/[^)]+)\)`).FindAllStringSubmatch(string(f.Body), -1)
	if len(links) != 2 {
		t.Fatalf("%d links, want the two fonts", len(links))
	}
	for _, l := range links {
		if _, err := a.Open(strings.TrimPrefix(l[1], static.Prefix)); err != nil {
			t.Error(err)
		}
	}
}

func TestServe(t *testing.T) {
	a := newAssets(t, static.Options{})
	cases := []struct {
		name, method, path, accept string
		status                     int
		encoding                   string
	}{
		{"plain", "GET", a.URL("css/app.css"), "", 200, ""},
		{"packed", "GET", a.URL("css/app.css"), "br, gzip;q=0.8", 200, "gzip"},
		{"gzip refused", "GET", a.URL("css/app.css"), "gzip;q=0", 200, ""},
		{"head", "HEAD", a.URL("js/app.js"), "gzip", 200, "gzip"},
		{"font is packed already", "GET", a.URL("fonts/source-sans-3.woff2"), "gzip", 200, ""},
		{"no hash", "GET", "/static/css/app.css", "", 404, ""},
		{"old hash", "GET", "/static/css/app.00000000.css", "", 404, ""},
		{"template", "GET", "/static/templates/home.html", "", 404, ""},
		{"outside", "GET", "/static/../go.mod", "", 404, ""},
		{"post", "POST", a.URL("css/app.css"), "", 404, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(c.method, c.path, nil)
			r.Header.Set("Accept-Encoding", c.accept)
			a.ServeHTTP(w, r)
			res := w.Result()
			if res.StatusCode != c.status || res.Header.Get("Content-Encoding") != c.encoding {
				t.Errorf("status %d encoding %q, want %d %q", res.StatusCode, res.Header.Get("Content-Encoding"), c.status, c.encoding)
			}
			if c.status == http.StatusOK && !strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
				t.Error("answer may not be kept")
			}
			if c.method == "HEAD" && w.Body.Len() != 0 {
				t.Error("HEAD has a body")
			}
		})
	}
	if _, err := a.Open("x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("unknown file: %v", err)
	}
}

// The budgets of interface.md 6 in bytes after gzip: CSS 20 kB, script 5 kB raw,
// fonts 60 kB.
func TestBudgets(t *testing.T) {
	for _, theme := range []string{"neutral", "province", "nation"} {
		a := newAssets(t, static.Options{Theme: theme})
		css := 0
		for _, name := range []string{"css/nlds.css", "themes/theme.css", "css/app.css"} {
			css += len(open(t, a, name).Gzip())
		}
		if css > 20<<10 {
			t.Errorf("stylesheets of %s: %d bytes", theme, css)
		}
	}
	a := newAssets(t, static.Options{})
	if n := len(open(t, a, "js/app.js").Body); n > 5<<10 {
		t.Errorf("script: %d bytes", n)
	}
	fonts := len(open(t, a, "fonts/source-sans-3.woff2").Body) + len(open(t, a, "fonts/source-sans-3-italic.woff2").Body)
	if fonts > 60<<10 {
		t.Errorf("fonts: %d bytes", fonts)
	}
}

func open(t *testing.T, a *static.Assets, name string) *static.File {
	t.Helper()
	f, err := a.Open(strings.TrimPrefix(a.URL(name), static.Prefix))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A logo of the municipality replaces ours.
func TestLogo(t *testing.T) {
	if got := newAssets(t, static.Options{Logo: []byte("<svg/>")}).Logo(); string(got) != "<svg/>" {
		t.Errorf("logo %s", got)
	}
	if got := newAssets(t, static.Options{}).Logo(); !strings.HasPrefix(string(got), "<svg") {
		t.Errorf("neutral logo %.20s", got)
	}
}

// Every class of the component library that a template uses is in nlds.css,
// and every own class is in app.css.
func TestClassesExist(t *testing.T) {
	styles := readFile(t, "css/nlds.css") + readFile(t, "css/app.css")
	names, err := filepath.Glob("templates/*.html")
	if err != nil || len(names) == 0 {
		t.Fatal("no templates", err)
	}
	seen := map[string]bool{}
	action := regexp.MustCompile(`\{\{[^}]*\}\}`)
	attribute := regexp.MustCompile(`class="([^"]*)"`)
	for _, name := range names {
		for _, m := range attribute.FindAllStringSubmatch(action.ReplaceAllString(readFile(t, name), " "), -1) {
			for _, class := range strings.Fields(m[1]) {
				if strings.HasSuffix(class, "--") || seen[class] {
					continue // built from a value
				}
				seen[class] = true
				if !regexp.MustCompile(`\.`+regexp.QuoteMeta(class)+`[^a-zA-Z0-9_-]`).MatchString(styles) && !plainClasses[class] {
					t.Errorf("%s: class %s is in no stylesheet", name, class)
				}
			}
		}
	}
}

// plainClasses carry no style of their own.
var plainClasses = map[string]bool{
	"utrecht-form-label": true, "app-header": true, "app-figure--map": true, "app-cols__main": true,
	"utrecht-breadcrumb-nav__link": true, "utrecht-alert__content": true, "utrecht-table__row": true,
	"primary-action": true, "secondary-action": true, // second half of a class
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
