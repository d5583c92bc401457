// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"io/fs"

	"polder/instance/locale"
	"polder/instance/web/pictures"
	"polder/static"
)

// Renderer draws pages. It is made once at start and read-only afterwards, so
// every request may use it at the same time.
type Renderer struct {
	site       Site
	assets     *static.Assets
	catalogues *locale.Catalogues
	maps       *pictures.Maps
	sets       map[string]*template.Template // by language
}

// NewRenderer parses the templates once and binds them to each language of the
// site.
func NewRenderer(site Site, assets *static.Assets, catalogues *locale.Catalogues) (*Renderer, error) {
	if len(site.Languages) == 0 {
		site.Languages = locale.Languages()
	}
	maps, err := pictures.LoadMaps(static.Maps())
	if err != nil {
		return nil, err
	}
	r := &Renderer{site: site, assets: assets, catalogues: catalogues, maps: maps, sets: map[string]*template.Template{}}
	parsed, err := template.New("pages").Funcs(r.funcs(site.Languages[0])).ParseFS(static.Templates(), "*.html")
	if err != nil {
		return nil, fmt.Errorf("parse templates: %w", err)
	}
	for _, lang := range site.Languages {
		set, err := parsed.Clone()
		if err != nil {
			return nil, fmt.Errorf("copy templates: %w", err)
		}
		r.sets[lang] = set.Funcs(r.funcs(lang))
	}
	return r, nil
}

// Render writes a whole page. Nothing is written if the template fails.
func (r *Renderer) Render(w io.Writer, f Frame, v View) error {
	f.Lang = r.lang(f.Lang)
	return r.execute(w, f.Lang, v.Template(), page{Frame: f, View: v})
}

// Card writes the voting card alone, for requests with X-Fragment: 1.
func (r *Renderer) Card(w io.Writer, lang string, c Card) error {
	return r.execute(w, r.lang(lang), "card", c)
}

// CountryMap writes the country map of an overview as an SVG file
// (image/svg+xml); the page shows it through OverviewView.MapURL.
func (r *Renderer) CountryMap(w io.Writer, lang string, v OverviewView) error {
	p := r.catalogues.Printer(r.lang(lang))
	m, ok := r.maps.Map("NL")
	if !ok {
		return fmt.Errorf("draw country map: %w", fs.ErrNotExist)
	}
	marks := v.marks(p)
	_, err := w.Write(pictures.CountryMap(p, m, pictures.CountryTitle(p, m, marks), marks))
	return err
}

// lang is the language itself if the site offers it, else the site's first.
func (r *Renderer) lang(lang string) string {
	if _, ok := r.sets[lang]; ok {
		return lang
	}
	return r.site.Languages[0]
}

func (r *Renderer) execute(w io.Writer, lang, name string, data any) error {
	var b bytes.Buffer
	if err := r.sets[lang].ExecuteTemplate(&b, name, data); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	_, err := b.WriteTo(w)
	return err
}

// page is the data of a whole page.
type page struct {
	Frame Frame
	View  View
}

// headed is a page with its title and the current item of the menu.
type headed struct {
	page
	Title   string
	Section string
}
