// SPDX-License-Identifier: EUPL-1.2

// Package federationtest runs several real instances in one process for tests:
// real stores in temporary folders, real handlers, a transport that hands
// requests from one to the other, and a clock that tests move. Queues are
// worked step by step until nothing is left, so no test sleeps.
//
// It is test support and must not be imported by anything but tests. Read
// cluster.go first.
package federationtest
