// SPDX-License-Identifier: EUPL-1.2

// Package activitypub holds the wire types of Polder: what an ActivityPub
// document looks like when we send it (typed structs) and how one is read when
// it arrives (Document, kept as received).
//
// It knows nothing of votes, storage, HTTP servers or clients, and imports only
// the standard library, golang.org/x/net/idna and its own sibling packages;
// never consensus, never instance, never echo.
//
// There is no JSON-LD processor: contexts are constants on the way out and have
// no effect on the way in (spec: federation.md 1, rule 9).
//
// Read parse.go first (what comes in), then object.go (what goes out).
package activitypub
