// SPDX-License-Identifier: EUPL-1.2

// Package storetest is the contract of store.Engine as a test suite. An engine
// is finished when Run passes on it; Benchmark measures it.
//
// It is imported by tests only, and it must not import a particular engine.
// Read run.go first: it lists the clauses.
package storetest
