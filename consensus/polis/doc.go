// SPDX-License-Identifier: EUPL-1.2

// Package polis reads the CSV files that Pol.is exports (spec: opinion.md 15):
// votes.csv with every change of a vote, participants-votes.csv with the last
// votes as a matrix, comments.csv in its older and newer layout, summary.csv.
//
// Whichever vote file is read, the result is the same: last votes only, people
// and statements in ascending order of their numbers, statements without votes
// left out, agree always +1. One kind of export writes agree as -1; the check
// of the orientation finds that out from the counts the files carry and says
// so (Finding). Votes are never turned round without that sentence.
//
// The package must not import anything of this module. Texts come out as they
// stand in the file: whoever shows or stores them cleans them of markup.
//
// Read export.go first, then read.go.
package polis
