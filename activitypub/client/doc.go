// SPDX-License-Identifier: EUPL-1.2

// Package client makes every outgoing federation request: it fetches
// documents and keys and delivers activities.
//
// Addresses come from strangers, so nothing is trusted: the URL policy admits
// https, DNS names and port 443; the address that is really dialled must be
// public, whatever the name resolved to before; each redirect is judged like a
// first request; time, header and body are bounded (spec: security.md 3). The
// signature ladder finds out how a host wants requests signed and remembers it.
//
// The client says whether a document came from where its id says. It does not
// know actors, keys or verbs: who may say what is for the caller. No other
// package but cmd/polder may use a net/http client. Imported from Polder:
// activitypub/httpsig only.
//
// Read client.go first, then fetch.go and deliver.go.
package client
