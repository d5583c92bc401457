// SPDX-License-Identifier: EUPL-1.2

// Package locale holds the catalogues nl, en and fy: words, plurals, dates and
// numbers, and the choice of a language for a request.
//
// Catalogues have equal key sets (a test says so). Frisian has not been read by
// a native speaker yet and is labelled so on the pages. The package knows
// nothing of pages or votes and must not import other packages of Polder.
// Read printer.go first.
package locale
