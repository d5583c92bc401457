// SPDX-License-Identifier: EUPL-1.2

package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"sync"
)

// Prefix is the path under which Assets are served.
const Prefix = "/static/"

// Options choose the look of an instance (configuration, section ui).
type Options struct {
	Theme    string // embedded theme: neutral, province or nation; "" = neutral
	ThemeCSS []byte // content of ui.theme_file, instead of Theme
	Logo     []byte // content of ui.logo_file, an SVG; nil = the neutral logo
}

// File is one served file. Its bytes must not be changed.
type File struct {
	Name string // css/app.css
	Type string // media type
	Body []byte

	once   sync.Once // guards packed
	packed []byte
}

// Gzip is the packed body, made when it is first asked for (start-up stays
// fast); nil for formats that are compressed already.
func (f *File) Gzip() []byte {
	f.once.Do(func() {
		if path.Ext(f.Name) != ".woff2" {
			f.packed = pack(f.Body)
		}
	})
	return f.packed
}

// Assets are the served files of one instance with their addresses. It may be
// used by every request at the same time.
type Assets struct {
	urls   map[string]string // name -> URL
	byPath map[string]*File  // path below Prefix -> file
	theme  *Theme
	logo   []byte
}

// New reads the embedded files, replaces theme and logo where configured, and
// refuses a theme file that is incomplete or too faint (Theme.Check).
func New(o Options) (*Assets, error) {
	a := &Assets{urls: map[string]string{}, byPath: map[string]*File{}, logo: o.Logo}
	if a.logo == nil {
		a.logo = read("img/logo.svg")
	}
	theme, css, err := o.theme()
	if err != nil {
		return nil, err
	}
	a.theme = theme
	for _, name := range served() {
		a.add(name, read(name))
	}
	a.add("themes/theme.css", css)
	for _, name := range []string{"css/nlds.css", "css/app.css"} { // after the fonts they name
		a.add(name, a.link(name, read(name)))
	}
	return a, nil
}

// theme is the chosen theme with its text. Only a theme from outside is checked
// at start; the tests of this package check the embedded ones.
func (o Options) theme() (*Theme, []byte, error) {
	if o.ThemeCSS != nil {
		t, err := ParseTheme(o.ThemeCSS)
		if err != nil {
			return nil, nil, err
		}
		return t, o.ThemeCSS, t.Check(string(read("css/nlds.css")) + string(read("css/app.css")))
	}
	name := o.Theme
	if name == "" {
		name = "neutral"
	}
	css, err := files.ReadFile("themes/" + name + ".css")
	if err != nil {
		return nil, nil, fmt.Errorf("open theme: there is no theme %q", name)
	}
	t, err := ParseTheme(css)
	return t, css, err
}

// served lists the files without links to others.
func served() (names []string) {
	for _, pattern := range []string{"fonts/*.woff2", "js/*.js", "img/icon.svg"} {
		found, err := fs.Glob(files, pattern)
		if err != nil {
			panic(err) // the pattern is a constant
		}
		names = append(names, found...)
	}
	return names
}

func read(name string) []byte {
	body, err := files.ReadFile(name)
	if err != nil {
		panic(err) // embedded by this package
	}
	return body
}

// add puts a file under an address that holds the first 8 hex digits of its
// SHA-256: css/app.css becomes css/app.3f2a91c0.css.
func (a *Assets) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	hashed := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:4]) + ext
	a.urls[name] = Prefix + hashed
	a.byPath[hashed] = &File{Name: name, Type: mediaTypes[ext], Body: body}
}

var mediaTypes = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
}

func pack(body []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	w.Write(body) // a bytes.Buffer takes everything
	w.Close()
	return b.Bytes()
}

var linkPattern = regexp.MustCompile(`url\(\.\./([a-z0-9/.-]+)\)`)

// link replaces relative addresses in a stylesheet by hashed ones.
func (a *Assets) link(name string, css []byte) []byte {
	return linkPattern.ReplaceAllFunc(css, func(m []byte) []byte {
		target := string(linkPattern.FindSubmatch(m)[1])
		return []byte("url(" + a.URL(target) + ")")
	})
}

// URL is the address of a file: "css/app.css" -> "/static/css/app.3f2a91c0.css".
// An unknown name gives an address that answers 404.
func (a *Assets) URL(name string) string {
	if u, ok := a.urls[name]; ok {
		return u
	}
	return Prefix + name
}

// Open finds the file of an address, given without Prefix. The error is
// fs.ErrNotExist for anything else, an old hash included.
func (a *Assets) Open(p string) (*File, error) {
	f, ok := a.byPath[p]
	if !ok {
		return nil, fmt.Errorf("open asset %q: %w", p, fs.ErrNotExist)
	}
	return f, nil
}

// Theme is the class that belongs on <html>: "neutral-theme".
func (a *Assets) Theme() string { return a.theme.Class }

// Logo is the SVG of the header.
func (a *Assets) Logo() []byte { return a.logo }
