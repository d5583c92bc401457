// SPDX-License-Identifier: EUPL-1.2

// Package pages renders every HTML page of an instance: typed view models
// (one file per page), the form contract, and the templates of package static.
//
// A handler fills a view model and calls Renderer.Render. The doc comment of
// each view names the path it answers and the fields of its forms, so a
// handler can be written without opening the template.
//
// It must not import a store or count anything: figures arrive counted.
// Read frame.go first, then form.go, then consultation.go.
package pages
