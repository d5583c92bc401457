// SPDX-License-Identifier: EUPL-1.2

package pages_test

import (
	"bytes"
	"compress/gzip"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"polder/instance/locale"
	"polder/instance/web/pages"
	"polder/static"
)

// folder receives every page as a file, to look at it in a browser:
// go test ./instance/web/pages -run Pages -pages /tmp/pages
var folder = flag.String("pages", "", "folder to write the rendered pages to")

type fixture struct {
	catalogues *locale.Catalogues
	renderers  map[string]*pages.Renderer
	assets     *static.Assets
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{renderers: map[string]*pages.Renderer{}}
	if f.catalogues, err = locale.Load(zone); err != nil {
		t.Fatal(err)
	}
	for _, site := range []pages.Site{municipality, province, nation} {
		theme := map[string]string{"municipality": "neutral"}[site.Level]
		if theme == "" {
			theme = site.Level
		}
		if f.assets, err = static.New(static.Options{Theme: theme}); err != nil {
			t.Fatal(err)
		}
		if f.renderers[site.Level], err = pages.NewRenderer(site, f.assets, f.catalogues); err != nil {
			t.Fatal(err)
		}
		if *folder != "" {
			writeAssets(t, f.assets)
		}
	}
	return f
}

func (f *fixture) render(t *testing.T, e example, lang string) []byte {
	t.Helper()
	frame := pages.Frame{Lang: lang, Path: "/consultations/taxi?q=all", Now: now, Notice: e.Notice}
	if e.Staff {
		frame.Viewer = pages.Viewer{Name: "anna", Staff: true, Accounts: true, Audit: true}
	}
	var b bytes.Buffer
	if err := f.renderers[e.Site.Level].Render(&b, frame, e.View); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Every page, in every language, is whole HTML that a strict
// Content-Security-Policy and a screen reader can live with.
func TestPages(t *testing.T) {
	f := newFixture(t)
	for _, e := range examples() {
		for _, lang := range []string{"nl", "en", "fy"} {
			t.Run(e.Name+"/"+lang, func(t *testing.T) {
				body := f.render(t, e, lang)
				if *folder != "" {
					write(t, filepath.Join(*folder, e.Name+"."+lang+".html"), body)
				}
				if i := bytes.Index(body, []byte("[[")); i >= 0 {
					t.Errorf("missing catalogue key: %s", body[i:min(i+60, len(body))])
				}
				if i := bytes.Index(body, []byte("ZgotmplZ")); i >= 0 {
					t.Errorf("refused value: %s", body[max(0, i-60):i+10])
				}
				checkBudget(t, body, e)
				doc, err := html.Parse(bytes.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				checkPage(t, doc, lang)
			})
		}
	}
}

// checkBudget is interface.md 6: 25 kB gzip, 40 for pages with a map.
func checkBudget(t *testing.T, body []byte, e example) {
	limit := 25 << 10
	if strings.HasPrefix(e.Name, "overview") {
		limit = 40 << 10
	}
	if n := packed(body); n > limit {
		t.Errorf("%d bytes gzip, at most %d", n, limit)
	}
}

func packed(body []byte) int {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(body)
	w.Close()
	return b.Len()
}

// The card alone is one element with the id that app.js replaces, and says
// what happened for the live region.
func TestCard(t *testing.T) {
	f := newFixture(t)
	for _, state := range []string{pages.CardBallot, pages.CardDone, pages.CardPlanned, pages.CardPaused, pages.CardClosed, pages.CardLevel, pages.CardWait} {
		var b bytes.Buffer
		if err := f.renderers["municipality"].Card(&b, "nl", card(state)); err != nil {
			t.Fatal(err)
		}
		got := b.String()
		for _, want := range []string{`<div class="app-vote" id="card" data-status="Stem opgeslagen: Eens.">`, `id="statement" tabindex="-1"`} {
			if !strings.Contains(got, want) {
				t.Errorf("card %s: %q is missing in\n%s", state, want, got)
			}
		}
		if strings.Contains(got, "<html") {
			t.Errorf("card %s is a whole page", state)
		}
	}
}

// A failed or closed vote is announced with its own words, never as saved.
func TestCardError(t *testing.T) {
	f := newFixture(t)
	c := card(pages.CardBallot)
	wrong := pages.Msg("vote.error")
	c.Error = &wrong
	var b bytes.Buffer
	if err := f.renderers["municipality"].Card(&b, "nl", c); err != nil {
		t.Fatal(err)
	}
	if want := `data-status="Uw stem is niet opgeslagen. Probeer het opnieuw."`; !strings.Contains(b.String(), want) {
		t.Errorf("%s is missing in %s", want, b.String())
	}
}

// What residents type is escaped everywhere.
func TestContentIsEscaped(t *testing.T) {
	f := newFixture(t)
	evil := `"><script>alert(1)</script>`
	v := consultation(card(pages.CardBallot), "open")
	v.Title, v.Summary, v.Card.Saved = nl(evil), nl(evil), evil
	v.Steps[0].Title = evil
	defer func() { v.Steps[0].Title = "" }()
	body := f.render(t, example{Name: "evil", Site: municipality, View: v}, "nl")
	if bytes.Contains(body, []byte("<script>alert")) {
		t.Error("markup of a resident got into the page")
	}
}

// An unknown language falls back to the first of the site.
func TestUnknownLanguage(t *testing.T) {
	f := newFixture(t)
	body := f.render(t, example{Name: "rules", Site: municipality, View: pages.RulesView{}}, "xx")
	if !bytes.Contains(body, []byte(`<html lang="nl"`)) {
		t.Errorf("page is not in the first language: %s", body[:200])
	}
}

// The country map stands alone: its own colours, no stylesheet, no script.
func TestCountryMap(t *testing.T) {
	f := newFixture(t)
	var b bytes.Buffer
	if err := f.renderers["nation"].CountryMap(&b, "nl", overview(true)); err != nil {
		t.Fatal(err)
	}
	if *folder != "" {
		write(t, filepath.Join(*folder, "map.svg"), b.Bytes())
	}
	svg := b.String()
	if n := strings.Count(svg, "<path fill="); n != 342 {
		t.Errorf("%d areas, want 342", n)
	}
	for _, want := range []string{"Bron: Kadaster / Centraal Bureau voor de Statistiek, 2023", `fill="#`, "Leeuwarden: Opkomst 2,3%"} {
		if !strings.Contains(svg, want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, unwanted := range []string{"class=", "style=", "<script"} {
		if strings.Contains(svg, unwanted) {
			t.Errorf("%q in a file that has no stylesheet", unwanted)
		}
	}
}

func write(t testing.TB, path string, body []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, body, 0o644); err != nil {
		t.Fatal(err)
	}
}

func writeAssets(t testing.TB, a *static.Assets) {
	for _, name := range []string{"css/nlds.css", "css/app.css", "themes/theme.css", "js/app.js", "img/icon.svg", "fonts/source-sans-3.woff2", "fonts/source-sans-3-italic.woff2"} {
		f, err := a.Open(strings.TrimPrefix(a.URL(name), static.Prefix))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(*folder, a.URL(name)), f.Body)
	}
}
