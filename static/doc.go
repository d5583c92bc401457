// SPDX-License-Identifier: EUPL-1.2

// Package static holds the files every instance serves or draws with:
// stylesheets, themes, fonts, one script, images, packed maps and the HTML
// templates. Assets gives each served file an address with a content hash, so
// that browsers may keep it for ever.
//
// It knows nothing of the rest of Polder and must not import it. Read
// assets.go first. Licences: css/LICENSE-EUPL-1.2.md, fonts/LICENSE-OFL-1.1.txt,
// geo/README.md.
package static
