// SPDX-License-Identifier: EUPL-1.2

// Package eligibility says who may vote and how a voter is recognised without
// being known: the levels, the voter key that stands for one person at one
// question, and the letter codes that are sent to residents (spec: product.md
// 7, aggregation.md 3).
//
// It must not import mail, OpenID Connect or storage packages, nor any other
// package of this module. Clock and randomness are parameters.
//
// Read voterkey.go first, then lettercode.go.
package eligibility
