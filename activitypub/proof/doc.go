// SPDX-License-Identifier: EUPL-1.2

// Package proof makes and checks FEP-8b32 integrity proofs of the suite
// eddsa-jcs-2022, and the digest, canonical form and Multikey they rest on.
//
// A proof says who made a document, whoever delivered it. Tallies, rosters and
// the other own types are believed on their proof alone (spec: aggregation.md
// 5); an HTTP signature authenticates transport and is never evidence.
//
// The package knows bytes and keys. It does not know actors, rosters or the
// network: whose key must have signed is the caller's decision, helped by
// Proof.ByActor. It imports the standard library and github.com/gowebpki/jcs
// only, because consensus builds on it.
//
// Read canon.go first, then verify.go.
package proof
