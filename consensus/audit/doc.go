// SPDX-License-Identifier: EUPL-1.2

// Package audit checks published counts from the outside: what `polder verify
// tally`, `verify aggregate` and `verify roster` do (spec: aggregation.md 4.7).
//
// It sees only what anybody can fetch, through the Fetcher its caller gives it,
// and it trusts nothing an instance says about itself beyond the keys of its
// actor document: every document is checked against the digests and keys that
// name it, every total is added up again. A Report says what holds, what is
// proven wrong, what could not be checked, and always what was not checked.
//
// The package must not import instance, activitypub (other than
// activitypub/proof) or net/http.
//
// Read report.go first, then aggregate.go.
package audit
