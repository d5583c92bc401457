// SPDX-License-Identifier: EUPL-1.2

// Package httpsig checks and makes HTTP signatures of fediverse requests:
// draft-cavage, which everybody speaks, and a strict profile of RFC 9421.
//
// A request is judged in three steps, so that no key is fetched for a request
// that would be refused anyway:
//
//	sig, err := httpsig.Parse(r, body, now, policy) // syntax, covered set, digest, window
//	key, err := lookUp(ctx, sig.KeyID)              // the caller's key cache
//	err = sig.Verify(key)                           // cryptography
//
// The policy is ours (spec: federation.md 4.2). github.com/go-fed/httpsig only
// builds the draft-cavage signing string and runs the algorithm, in cavage.go,
// on a copy of the request that holds nothing but what the signature covers.
// Every error carries one reason code for the peer log; see Reason.
//
// The package does not know actors: that a key belongs to the author of an
// activity is for the caller. It imports no other package of Polder.
//
// Read signature.go first, then policy.go.
package httpsig
