// SPDX-License-Identifier: EUPL-1.2

// Command assets is the developer command behind `go generate ./static`. Its
// results are checked in; the server never runs it.
//
//	assets css -components index.css -tokens theme.css -own app.css -out nlds.css
//	assets geo -borders small.geojson -provinces provinces.geojson -names areas.csv -out static/geo
//
// css keeps the rules of the NL Design System components in use and the
// design tokens they need. geo turns borders into packed SVG paths.
// It must not import the server. Read main.go first.
package main
