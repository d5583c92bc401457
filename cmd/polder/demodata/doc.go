// SPDX-License-Identifier: EUPL-1.2

// Package demodata is the conversation that "polder demo" replays when no
// other file is named: vtaiwan.uberx of the Pol.is open data, 1,921 people and
// 49,443 last votes on 197 statements, as numbers only. The statements are
// short Dutch paraphrases in our own words.
//
// Whoever shows the data shows Notice and Attribution with it: these are real
// votes of another conversation, used as an example (CC BY 4.0).
//
// The package must not import anything of this module but consensus/polis, and
// only cmd/polder imports it. Read README.md for the origin of the files, then
// export.go.
package demodata
