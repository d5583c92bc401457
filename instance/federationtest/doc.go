// SPDX-License-Identifier: EUPL-1.2

// Package federationtest runs several real instances in one process for tests:
// real stores in temporary folders, real handlers, a transport that hands
// requests from one to the other, and a clock that tests move. Queues are
// worked step by step until nothing is left, so no test sleeps.
//
// Three kinds of company meet them: plainpeer, an ordinary server written
// without our packages; Rogue, a server that signs and serves what a test says;
// Insider, who acts with the keys of an instance behind its back. The rows of
// security.md 1 are the subtests <row>/<name> of the tests TestAttack*.
//
// It is test support and must not be imported by anything but tests. Read
// cluster.go first, then rogue.go and arena_test.go.
package federationtest
