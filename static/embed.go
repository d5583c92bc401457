// SPDX-License-Identifier: EUPL-1.2

package static

import (
	"embed"
	"io/fs"
)

//go:generate go run polder/cmd/assets geo -borders ../cmd/assets/testdata/municipalities_2023_small.geojson -names ../consensus/area/data/gemeenten_2023.csv -out geo

//go:embed css fonts geo img js templates themes
var files embed.FS

// Templates is the folder of HTML templates, parsed by instance/web/pages.
func Templates() fs.FS { return sub("templates") }

// Maps is the folder of packed maps, one file per province (PV21.json) and
// NL.json, read by instance/web/pictures.
func Maps() fs.FS { return sub("geo") }

func sub(dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // dir is a constant of this package
	}
	return f
}
