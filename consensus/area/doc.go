// SPDX-License-Identifier: EUPL-1.2

// Package area is the list of places that count: municipalities, provinces
// and the nation, with their CBS codes, parents and numbers of residents.
//
// Contributions to a total are keyed by these codes, never by the address of
// an instance (spec: aggregation.md 1). The list is data: it carries the dates
// between which an area exists and its successor, and nothing in the program
// relies on how many areas there are.
//
// The package must not import anything of this module; it does no I/O apart
// from reading the embedded files when a caller asks for them.
//
// Read list.go first.
package area
