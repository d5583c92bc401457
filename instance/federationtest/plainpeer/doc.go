// SPDX-License-Identifier: EUPL-1.2

// Package plainpeer is a small ActivityPub server of its own, as far from the
// code it tests as possible: it knows nothing of polder: properties, signs and
// verifies draft-cavage with crypto/rsa, reads JSON into plain maps and looks
// accounts up by WebFinger. It behaves like the large servers where they are
// strict: it wants application/activity+json, a SHA-256 digest and a fresh Date,
// takes an object only from its own host, and a poll whose published or option
// names change is a broken poll.
//
// It must not import any package of this module, nor any library: an error in
// our own code must not hide itself by being on both sides of a test. It is test
// support and imported by tests only.
//
// Read server.go first, then inbox.go.
package plainpeer
